#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/distinct/image_set.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/local_modalities.h"
#include "tools/distinct/pair_picture.h"
#include "tools/distinct/sample_files.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct CompareOptions {
  std::string probe, reference;
  std::string position = "UNKNOWN_FINGER";
  std::optional<double> probe_dpi, reference_dpi;
  std::string png;
  std::string models;
  std::string json;
};

Json PairsJson(const Explanation& explanation) {
  Json pairs = Json::array();
  for (const PairedFeature& pair : explanation.pairs) {
    pairs.push_back({{"probe_px", {pair.probe_x_px, pair.probe_y_px}},
                     {"reference_px", {pair.reference_x_px, pair.reference_y_px}},
                     {"share", pair.share}});
  }
  return pairs;
}

absl::Status RunCompare(const CompareOptions& options) {
  RETURN_IF_ERROR(kernels::LevelFromEnvironment().status());
  const std::optional<Position> position = ParsePosition(options.position);
  if (!position) {
    return absl::InvalidArgumentError(absl::StrCat("position: got ", options.position,
                                                   ", want UNKNOWN_FINGER, a finger or FACE"));
  }
  if (!options.png.empty() && !IsFinger(*position)) {
    return absl::InvalidArgumentError(
        "png: got FACE, want a finger: a face's comparison has no parts to draw; see extract");
  }
  if (options.probe_dpi) RETURN_IF_ERROR(CheckDpi("probe-dpi", *options.probe_dpi));
  if (options.reference_dpi) RETURN_IF_ERROR(CheckDpi("reference-dpi", *options.reference_dpi));
  ASSIGN_OR_RETURN(const std::string probe_image, ReadFile(options.probe));
  ASSIGN_OR_RETURN(const std::string reference_image, ReadFile(options.reference));
  ASSIGN_OR_RETURN(const LocalModalities local, LoadModalities(options.models));
  const Sample probe{*position, probe_image, options.probe_dpi.value_or(0)};
  const Sample reference{*position, reference_image, options.reference_dpi.value_or(0)};
  ASSIGN_OR_RETURN(const ComparedPair compared, CompareSamples(local, probe, reference));
  if (!options.png.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> pngs,
                     DrawPair(local, probe, reference, compared));
    RETURN_IF_ERROR(WriteText(pngs.front(), options.png));
  }
  const Explanation& explanation = compared.explanation;
  ASSIGN_OR_RETURN(const Modality* const modality, ModalityFor(local, *position));
  const Json json = {{"modality", std::string(modality->name())},
                     {"score", explanation.score.value},
                     {"llr", modality->Calibrate(explanation.score).value},
                     {"probe_quality", compared.probe.features.quality.value},
                     {"reference_quality", compared.reference.features.quality.value},
                     {"pairs", PairsJson(explanation)}};
  return WriteJson(json, options.json.empty() ? "-" : options.json);
}

}  // namespace

void AddCompareVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* verb = app.add_subcommand("compare", "Two images: one source? With the reasons");
  verb->add_option("probe", options->probe, "An image, or a finger's minutiae record")->required();
  verb->add_option("reference", options->reference, "The other")->required();
  verb->add_option("--position", options->position, "UNKNOWN_FINGER, a finger, or FACE")
      ->capture_default_str();
  verb->add_option("--probe-dpi", options->probe_dpi,
                   "True resolution of a print; default: as the file says, else 500");
  verb->add_option("--reference-dpi", options->reference_dpi, "The same of the other");
  verb->add_option("--png", options->png, "Write both prints, paired minutiae joined by lines");
  verb->add_option("--models", options->models, "Folder that tools/models/fetch filled");
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "score: raw, of one algorithm. llr: the same as evidence, natural logarithm of the\n"
      "likelihood ratio. Where one is a minutiae record (ISO/IEC 19794-2:2005, ANSI 378-2004),\n"
      "geometry alone is compared. Needs no server.\n\n"
      "  distinct compare a_1.png a_2.png --png pairs.png\n"
      "  distinct compare f_1.jpg f_2.jpg --position FACE --json -");
  verb->callback([options, &context] { context.run = [options] { return RunCompare(*options); }; });
}

}  // namespace distinct::cli
