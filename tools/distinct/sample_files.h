// A person's images on disk: what a manifest line, a command-line argument or a folder names, made
// into the messages of the API.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "distinct/v1/types.pb.h"

namespace distinct::cli {

struct SampleFile {
  v1::Position position = v1::UNKNOWN_FINGER;
  std::string path;
  double dpi = 0;  // 0: as the file says, else 500
};

// INVALID_ARGUMENT: outside image::kDpiMin to kDpiMax; `field` names it in the message.
absl::Status CheckDpi(const std::string& field, double dpi);

// "RIGHT_INDEX" or "2", as in ISO/IEC 19794-2. INVALID_ARGUMENT: another word.
absl::StatusOr<v1::Position> PositionOf(const std::string& word);

// POSITION=FILE or POSITION=FILE@DPI, as on the command line.
absl::StatusOr<SampleFile> ParseSampleArgument(const std::string& argument);

// Reads the files. NOT_FOUND: one cannot be read.
absl::StatusOr<v1::Biometrics> ReadSamples(absl::Span<const SampleFile> files);

// Both at once.
absl::StatusOr<v1::Biometrics> ReadSampleArguments(absl::Span<const std::string> arguments);

// Images PERSON_POSITION_IMPRESSION.EXT of a folder; POSITION as PositionOf() takes it.
struct PersonImage {
  std::string impression;
  SampleFile sample;
};

// By person; the images of each by impression, then position. INVALID_ARGUMENT: no such folder, no
// image, or an image that is not named so.
absl::StatusOr<std::map<std::string, std::vector<PersonImage>>> ReadPeople(
    const std::string& folder);

}  // namespace distinct::cli
