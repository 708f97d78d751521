#include "tools/distinct/manifest.h"

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

absl::Status CheckFields(const Json& object, const std::string& where,
                         std::initializer_list<std::string_view> fields) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": got ", object.type_name(), ", want an object"));
  }
  for (const auto& [key, value] : object.items()) {
    if (std::find(fields.begin(), fields.end(), key) == fields.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": got unknown field \"", key, "\"; see distinct enrol --help"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StringIn(const Json& object, const std::string& where,
                                     const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_string()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ".", field, ": got ",
                     found == object.end() ? "nothing" : found->type_name(), ", want a string"));
  }
  return found->get<std::string>();
}

std::string Resolve(const std::string& file, const std::string& folder) {
  const fs::path beside = fs::path(folder) / file;
  std::error_code ignored;
  return fs::exists(beside, ignored) ? beside.string() : file;
}

absl::Status ParseSamples(const Json& samples, const std::string& folder, ManifestEntry& entry) {
  if (!samples.is_array()) {
    return absl::InvalidArgumentError(
        absl::StrCat("samples: got ", samples.type_name(), ", want an array"));
  }
  for (const Json& sample : samples) {
    const std::string where = absl::StrCat("samples[", entry.samples.size(), "]");
    RETURN_IF_ERROR(CheckFields(sample, where, {"position", "file", "dpi"}));
    SampleFile file;
    ASSIGN_OR_RETURN(const std::string position, StringIn(sample, where, "position"));
    ASSIGN_OR_RETURN(file.position, PositionOf(position));
    ASSIGN_OR_RETURN(const std::string path, StringIn(sample, where, "file"));
    file.path = Resolve(path, folder);
    if (const auto dpi = sample.find("dpi"); dpi != sample.end()) {
      if (!dpi->is_number()) {
        return absl::InvalidArgumentError(
            absl::StrCat(where, ".dpi: got ", dpi->type_name(), ", want a number"));
      }
      file.dpi = dpi->get<double>();
    }
    entry.samples.push_back(std::move(file));
  }
  return absl::OkStatus();
}

absl::Status ParseMissing(const Json& missing, v1::EnrolRequest& request) {
  if (!missing.is_array()) {
    return absl::InvalidArgumentError(
        absl::StrCat("missing: got ", missing.type_name(), ", want an array"));
  }
  for (const Json& item : missing) {
    const std::string where = absl::StrCat("missing[", request.missing_size(), "]");
    RETURN_IF_ERROR(CheckFields(item, where, {"position", "reason"}));
    ASSIGN_OR_RETURN(const std::string position, StringIn(item, where, "position"));
    ASSIGN_OR_RETURN(const v1::Position parsed, PositionOf(position));
    ASSIGN_OR_RETURN(const std::string reason, StringIn(item, where, "reason"));
    v1::MissingPosition::Reason value = v1::MissingPosition::REASON_UNSPECIFIED;
    if (!v1::MissingPosition::Reason_Parse(reason, &value) ||
        value == v1::MissingPosition::REASON_UNSPECIFIED) {
      return absl::InvalidArgumentError(absl::StrCat(
          where, ".reason: got \"", reason, "\", want AMPUTATED, BANDAGED, DAMAGED or OTHER"));
    }
    v1::MissingPosition& added = *request.add_missing();
    added.set_position(parsed);
    added.set_reason(value);
  }
  return absl::OkStatus();
}

absl::Status ParseMetadata(const Json& metadata, v1::EnrolRequest& request) {
  if (!metadata.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata: got ", metadata.type_name(), ", want an object"));
  }
  for (const auto& [key, value] : metadata.items()) {
    if (!value.is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat("metadata.", key, ": got ", value.type_name(), ", want a string"));
    }
    (*request.mutable_metadata())[key] = value.get<std::string>();
  }
  return absl::OkStatus();
}

absl::Status Parse(const Json& json, const std::string& folder, ManifestEntry& entry) {
  if (json.is_object() && json.contains("enrolment_id")) {
    ASSIGN_OR_RETURN(*entry.request.mutable_enrolment_id(), StringIn(json, "line", "enrolment_id"));
  }
  RETURN_IF_ERROR(CheckFields(
      json, "line", {"enrolment_id", "external_ref", "samples", "missing", "metadata", "case_id"}));
  if (json.contains("external_ref")) {
    ASSIGN_OR_RETURN(*entry.request.mutable_external_ref(), StringIn(json, "line", "external_ref"));
  }
  if (json.contains("case_id")) {
    ASSIGN_OR_RETURN(*entry.request.mutable_case_id(), StringIn(json, "line", "case_id"));
  }
  if (json.contains("samples")) RETURN_IF_ERROR(ParseSamples(json["samples"], folder, entry));
  if (json.contains("missing")) RETURN_IF_ERROR(ParseMissing(json["missing"], entry.request));
  if (json.contains("metadata")) RETURN_IF_ERROR(ParseMetadata(json["metadata"], entry.request));
  return absl::OkStatus();
}

}  // namespace

ManifestEntry ParseManifestLine(const std::string& line, const std::string& folder) {
  ManifestEntry entry;
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  entry.status = json.is_discarded()
                     ? absl::InvalidArgumentError("line: got no JSON, want one object a line")
                     : Parse(json, folder, entry);
  return entry;
}

}  // namespace distinct::cli
