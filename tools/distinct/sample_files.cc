#include "tools/distinct/sample_files.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "matchers/image/resolution.h"
#include "matchers/status.h"
#include "matchers/types.h"
#include "tools/distinct/image_set.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

// The person, and where the position's word begins, of PERSON_POSITION: both may hold underscores,
// so the longest word that is a position wins.
std::optional<std::pair<std::string, v1::Position>> SplitPerson(const std::string& name) {
  for (size_t at = name.find('_'); at != std::string::npos; at = name.find('_', at + 1)) {
    const absl::StatusOr<v1::Position> position = PositionOf(name.substr(at + 1));
    if (position.ok() && at > 0) return std::pair(name.substr(0, at), *position);
  }
  return std::nullopt;
}

}  // namespace

absl::Status CheckDpi(const std::string& field, double dpi) {
  if (dpi >= image::kDpiMin && dpi <= image::kDpiMax) return absl::OkStatus();  // no NaN is
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": got ", dpi, ", want ", image::kDpiMin, " to ", image::kDpiMax,
                   " dots per inch; leave it out where the file states its resolution or has 500"));
}

absl::StatusOr<v1::Position> PositionOf(const std::string& word) {
  std::optional<Position> position = ParsePosition(word);
  int number = 0;
  if (!position && absl::SimpleAtoi(word, &number)) position = PositionFromNumber(number);
  if (!position) {
    return absl::InvalidArgumentError(
        absl::StrCat("position: got \"", word,
                     "\", want RIGHT_THUMB to LEFT_LITTLE, UNKNOWN_FINGER, FACE or an ISO number"));
  }
  return static_cast<v1::Position>(*position);
}

absl::StatusOr<SampleFile> ParseSampleArgument(const std::string& argument) {
  const size_t equals = argument.find('=');
  if (equals == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("sample: got ", argument, ", want POSITION=FILE or POSITION=FILE@DPI"));
  }
  SampleFile sample;
  ASSIGN_OR_RETURN(sample.position, PositionOf(argument.substr(0, equals)));
  sample.path = argument.substr(equals + 1);
  const size_t at = sample.path.rfind('@');
  std::error_code ignored;
  if (at != std::string::npos && !fs::exists(sample.path, ignored)) {
    if (!absl::SimpleAtod(sample.path.substr(at + 1), &sample.dpi)) {
      return absl::InvalidArgumentError(
          absl::StrCat("sample: got ", argument, ", want a number of dots per inch after the @"));
    }
    RETURN_IF_ERROR(CheckDpi(absl::StrCat("sample: ", argument), sample.dpi));
    sample.path.resize(at);
  }
  return sample;
}

absl::StatusOr<v1::Biometrics> ReadSamples(absl::Span<const SampleFile> files) {
  v1::Biometrics biometrics;
  for (const SampleFile& file : files) {
    v1::Sample& sample = *biometrics.add_samples();
    sample.set_position(file.position);
    sample.set_dpi(file.dpi);
    ASSIGN_OR_RETURN(*sample.mutable_image(), ReadFile(file.path));
  }
  return biometrics;
}

absl::StatusOr<v1::Biometrics> ReadSampleArguments(absl::Span<const std::string> arguments) {
  std::vector<SampleFile> files;
  for (const std::string& argument : arguments) {
    ASSIGN_OR_RETURN(files.emplace_back(), ParseSampleArgument(argument));
  }
  return ReadSamples(files);
}

absl::StatusOr<std::map<std::string, std::vector<PersonImage>>> ReadPeople(
    const std::string& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("folder: got ", folder, " (", error.message(), "), want a folder of images"));
  }
  std::map<std::string, std::vector<PersonImage>> people;
  for (const fs::directory_entry& entry : entries) {
    if (!entry.is_regular_file(error) || !HasImageExtension(entry.path().filename().string())) {
      continue;
    }
    const std::string stem = entry.path().stem().string();
    const size_t underscore = stem.rfind('_');
    const auto person =
        underscore == std::string::npos ? std::nullopt : SplitPerson(stem.substr(0, underscore));
    if (!person) {
      return absl::InvalidArgumentError(
          absl::StrCat("folder: got file ", entry.path().string(),
                       ", want names PERSON_POSITION_IMPRESSION.EXT such as ann_LEFT_INDEX_1.png"));
    }
    people[person->first].push_back(
        {stem.substr(underscore + 1), {person->second, entry.path().string(), 0}});
  }
  if (people.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "folder: got ", folder, " without images, want PERSON_POSITION_IMPRESSION.EXT files"));
  }
  for (auto& [name, images] : people) {
    std::sort(images.begin(), images.end(), [](const PersonImage& a, const PersonImage& b) {
      return std::tuple(a.impression.size(), a.impression, a.sample.position, a.sample.path) <
             std::tuple(b.impression.size(), b.impression, b.sample.position, b.sample.path);
    });
  }
  return people;
}

}  // namespace distinct::cli
