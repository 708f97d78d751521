#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "matchers/finger/record.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/distinct/image_set.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/local_modalities.h"
#include "tools/distinct/sample_files.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct ExtractOptions {
  std::string image;
  std::string position = "UNKNOWN_FINGER";
  std::optional<double> dpi;
  std::string template_path;
  std::string record_path;
  std::string png;
  std::string models;
  std::string json;
};

absl::Status RunExtract(const ExtractOptions& options) {
  RETURN_IF_ERROR(kernels::LevelFromEnvironment().status());
  const std::optional<Position> position = ParsePosition(options.position);
  if (!position) {
    return absl::InvalidArgumentError(
        absl::StrCat("position: got ", options.position,
                     ", want RIGHT_THUMB to LEFT_LITTLE, UNKNOWN_FINGER or FACE"));
  }
  if (!options.record_path.empty() && !IsFinger(*position)) {
    return absl::InvalidArgumentError(
        "record: got FACE, want a finger: the record is one of minutiae; see --template");
  }
  if (options.dpi) RETURN_IF_ERROR(CheckDpi("dpi", *options.dpi));
  ASSIGN_OR_RETURN(const std::string image, ReadFile(options.image));
  ASSIGN_OR_RETURN(const LocalModalities local, LoadModalities(options.models));
  ASSIGN_OR_RETURN(const Modality* const modality, ModalityFor(local, *position));
  const Sample sample{*position, image, options.dpi.value_or(0)};
  const std::unique_ptr<Extractor> extractor = modality->NewExtractor();
  const auto start = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const Extraction extraction, extractor->Extract(sample, nullptr));
  const std::chrono::duration<double, std::milli> span = std::chrono::steady_clock::now() - start;
  const Template& features = extraction.features;
  if (!options.template_path.empty()) {
    RETURN_IF_ERROR(WriteText(features.bytes, options.template_path));
  }
  if (!options.record_path.empty()) {
    const std::string record = finger::WriteRecord(features.bytes, *position);
    RETURN_IF_ERROR(WriteText(record, options.record_path));
  }
  if (!options.png.empty()) {
    ASSIGN_OR_RETURN(const std::string png, DrawSample(local, sample, features.bytes));
    RETURN_IF_ERROR(WriteText(png, options.png));
  }
  const Json json = {{"modality", std::string(modality->name())},
                     {"position", std::string(PositionName(*position))},
                     {"template_version", features.version},
                     {"template_bytes", features.bytes.size()},
                     {"quality", features.quality.value},
                     {"flags", extraction.flags},
                     {"extract_ms", span.count()}};
  return WriteJson(json, options.json.empty() ? "-" : options.json);
}

}  // namespace

void AddExtractVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<ExtractOptions>();
  CLI::App* verb = app.add_subcommand("extract", "The template of one image, and what was seen");
  verb->add_option("image", options->image,
                   "PNG, JPEG, JPEG 2000, TIFF, BMP or PGM; of a finger also a minutiae record")
      ->required();
  verb->add_option("--position", options->position, "RIGHT_INDEX, ..., UNKNOWN_FINGER or FACE")
      ->capture_default_str();
  verb->add_option("--dpi", options->dpi,
                   "True resolution of a print; default: as the file says, else 500");
  verb->add_option("--template", options->template_path, "Write the template's bytes");
  verb->add_option("--record", options->record_path,
                   "Write the minutiae as a record of ISO/IEC 19794-2:2005");
  verb->add_option("--png", options->png,
                   "Write a picture: minutiae and their directions over the print, or the face's "
                   "box and points");
  verb->add_option("--models", options->models, "Folder that tools/models/fetch filled");
  verb->add_option("--json", options->json, "Write a summary; - for standard output (default)");
  verb->footer(
      "A minutiae record (ISO/IEC 19794-2:2005, ANSI 378-2004) is flagged TEMPLATE_ONLY: without\n"
      "its image it can be compared, but not enrolled or searched for. Needs no server.\n\n"
      "  distinct extract a.png --position RIGHT_INDEX --png seen.png --template a.tpl\n"
      "  distinct extract f.jpg --position FACE --png seen.png");
  verb->callback([options, &context] { context.run = [options] { return RunExtract(*options); }; });
}

}  // namespace distinct::cli
