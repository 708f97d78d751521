// Enrolments in one file, as the API's messages: each EnrolRequest after its length as a varint,
// the usual framing of Protobuf messages (writeDelimitedTo in Java, delimited in Python).
#pragma once

#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <fstream>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "distinct/v1/enrolment.pb.h"

namespace distinct::cli {

// Names of such files end so.
inline constexpr char kRequestFileSuffix[] = ".binpb";

// Thread-compatible.
class RequestWriter {
 public:
  explicit RequestWriter(const std::string& path);
  // UNAVAILABLE: the disk is full, or the file cannot be written.
  absl::Status Write(const v1::EnrolRequest& request);
  absl::Status Close();

 private:
  absl::Status Result() const;
  const std::string path_;
  std::ofstream file_;
};

// Thread-compatible.
class RequestReader {
 public:
  explicit RequestReader(const std::string& path);
  bool is_open() const { return file_.is_open(); }
  // Nothing at the end. INVALID_ARGUMENT: not such a file, or cut short.
  absl::StatusOr<std::optional<v1::EnrolRequest>> Next();

 private:
  const std::string path_;
  std::ifstream file_;
  google::protobuf::io::IstreamInputStream stream_;
};

}  // namespace distinct::cli
