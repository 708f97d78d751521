#include "tools/distinct/request_file.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/util/delimited_message_util.h>

#include "absl/strings/str_cat.h"

namespace distinct::cli {
namespace {

// As the server takes them.
constexpr int kRequestBytesMax = 64 << 20;

}  // namespace

RequestWriter::RequestWriter(const std::string& path)
    : path_(path), file_(path, std::ios::binary | std::ios::trunc) {}

absl::Status RequestWriter::Write(const v1::EnrolRequest& request) {
  google::protobuf::util::SerializeDelimitedToOstream(request, &file_);
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
    : path_(path), file_(path, std::ios::binary), stream_(&file_) {}

absl::StatusOr<std::optional<v1::EnrolRequest>> RequestReader::Next() {
  v1::EnrolRequest request;
  bool at_end = false;
  google::protobuf::io::CodedInputStream coded(&stream_);
  coded.SetTotalBytesLimit(kRequestBytesMax);
  if (google::protobuf::util::ParseDelimitedFromCodedStream(&request, &coded, &at_end)) {
    return request;
  }
  // Protobuf calls it the end too where a length that is none stands.
  const void* more = nullptr;
  int bytes = 0;
  if (at_end && !coded.GetDirectBufferPointer(&more, &bytes)) return std::nullopt;
  return absl::InvalidArgumentError(
      absl::StrCat("requests: got ", path_,
                   ", want whole EnrolRequest messages, each after its length; make it again"));
}

}  // namespace distinct::cli
