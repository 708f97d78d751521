#include "tools/distinct/request_file.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace distinct::cli {
namespace {

// As the server takes them.
constexpr uint64_t kRequestBytesMax = 64 << 20;

}  // namespace

RequestWriter::RequestWriter(const std::string& path)
    : path_(path), file_(path, std::ios::binary | std::ios::trunc) {}

absl::Status RequestWriter::Write(const v1::EnrolRequest& request) {
  const std::string body = request.SerializeAsString();
  std::string length;
  for (uint64_t left = body.size(); length.empty() || left > 0; left >>= 7) {
    length.push_back(static_cast<char>(left >= 0x80 ? (left & 0x7F) | 0x80 : left));
  }
  file_ << length << body;
  return Result();
}

absl::Status RequestWriter::Close() {
  file_.close();
  return Result();
}

absl::Status RequestWriter::Result() const {
  if (file_) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("output: got ", path_, ", want a file that can be written; free space"));
}

RequestReader::RequestReader(const std::string& path)
    : path_(path), file_(path, std::ios::binary) {}

absl::StatusOr<std::optional<v1::EnrolRequest>> RequestReader::Next() {
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("requests: got ", path_,
                     ", want whole EnrolRequest messages, each after its length; make "
                     "it again"));
  };
  uint64_t length = 0;
  for (int shift = 0;; shift += 7) {
    const int byte = file_.get();
    if (byte == std::char_traits<char>::eof()) {
      if (shift == 0) return std::nullopt;
      return bad();
    }
    if (shift > 28) return bad();
    length |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  if (length > kRequestBytesMax) return bad();
  std::string body(length, '\0');
  file_.read(body.data(), static_cast<std::streamsize>(length));
  v1::EnrolRequest request;
  if (!file_ || !request.ParseFromString(body)) return bad();
  return request;
}

}  // namespace distinct::cli
