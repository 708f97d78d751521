#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/distinct/eval.h"
#include "tools/distinct/eval_page.h"
#include "tools/distinct/eval_report.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/local_modalities.h"
#include "tools/distinct/pair_picture.h"
#include "tools/distinct/verbs.h"
#include "tools/distinct/worst_pairs.h"

namespace distinct::cli {
namespace {

struct EvalOptions {
  Position position = Position::kUnknownFinger;
  std::vector<std::string> sets;
  int threads = 0;
  std::string scores;
  std::string models;
  std::string json;
  std::string html;
};

// Enough to see what kinds of failure there are; a picture takes up to a megabyte of the page.
constexpr size_t kMatedPictures = 12, kNonmatedPictures = 6;

// Extracted again rather than kept: a page needs a few images, a set may have a million.
absl::StatusOr<PicturedPair> Picture(const LocalModalities& local, Position position,
                                     const Evaluation& evaluation, const PairOfSet& at) {
  const ImageSet& set = evaluation.sets[at.set].set;
  const ImageFile& probe_file = set.images[at.pair.probe];
  const ImageFile& reference_file = set.images[at.pair.reference];
  ASSIGN_OR_RETURN(const std::string probe_image, ReadFile(probe_file.path));
  ASSIGN_OR_RETURN(const std::string reference_image, ReadFile(reference_file.path));
  const Sample probe{position, probe_image, probe_file.dpi};
  const Sample reference{position, reference_image, reference_file.dpi};
  ASSIGN_OR_RETURN(const ComparedPair compared, CompareSamples(local, probe, reference));
  PicturedPair picture{at, compared.explanation.pairs.size(), {}};
  ASSIGN_OR_RETURN(picture.pngs, DrawPair(local, probe, reference, compared));
  return picture;
}

absl::Status WritePage(const LocalModalities& local, const Evaluation& evaluation,
                       const Json& report, const EvalOptions& options,
                       const std::string& command_line) {
  WorstPictures pictures;
  for (const PairOfSet& at : LowestMated(evaluation.sets, kMatedPictures)) {
    ASSIGN_OR_RETURN(PicturedPair picture, Picture(local, options.position, evaluation, at));
    pictures.mated.push_back(std::move(picture));
  }
  for (const PairOfSet& at : HighestNonmated(evaluation.sets, kNonmatedPictures)) {
    ASSIGN_OR_RETURN(PicturedPair picture, Picture(local, options.position, evaluation, at));
    pictures.nonmated.push_back(std::move(picture));
  }
  const std::string date = absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::Now(), absl::UTCTimeZone());
  const EvalRun run{command_line, date, kernels::CpuModelName()};
  return WriteText(EvalPage(evaluation, report, pictures, run), options.html);
}

absl::Status RunEval(const EvalOptions& options, const std::string& command_line) {
  ASSIGN_OR_RETURN(const kernels::CpuLevel level, kernels::LevelFromEnvironment());
  ASSIGN_OR_RETURN(const LocalModalities local, LoadModalities(options.models));
  ASSIGN_OR_RETURN(const Modality* const modality, ModalityFor(local, options.position));
  ASSIGN_OR_RETURN(const Evaluation evaluation, Evaluate(*modality, options.sets, options.threads));
  const auto report =
      ReportOf(evaluation, *modality, options.threads, kernels::CpuLevelName(level));
  if (!options.scores.empty()) RETURN_IF_ERROR(WriteScores(evaluation, options.scores));
  if (!options.json.empty()) RETURN_IF_ERROR(WriteJson(report, options.json));
  if (!options.html.empty()) {
    RETURN_IF_ERROR(WritePage(local, evaluation, report, options, command_line));
  }
  if (options.json != "-" && options.html != "-") std::fputs(TableOf(report).c_str(), stdout);
  return absl::OkStatus();
}

void AddModality(CLI::App& eval, Context& context, const std::string& name, Position position,
                 const std::string& what) {
  auto options = std::make_shared<EvalOptions>();
  options->position = position;
  options->threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  CLI::App* verb = eval.add_subcommand(name, what);
  verb->add_option("--set", options->sets,
                   "Folder of images named IDENTITY_IMPRESSION.EXT, as DIR or DIR@DPI (500 unless "
                   "given); repeat for more sets")
      ->required()
      ->allow_extra_args(false);
  verb->add_option("--threads", options->threads, "Threads to extract and compare on")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  verb->add_option("--scores", options->scores,
                   "Write a line a pair: set, probe, reference, mated, score");
  verb->add_option("--json", options->json, "Write the figures; - for standard output");
  verb->add_option("--html", options->html,
                   "Write a page: rates, curves, what quality is worth, the worst failures drawn");
  if (position == Position::kFace) {
    verb->add_option("--models", options->models, "Folder that tools/models/fetch filled");
  }
  verb->callback([options, &context] {
    context.run = [options, &context] { return RunEval(*options, context.command_line); };
  });
}

}  // namespace

void AddEvalVerb(CLI::App& app, Context& context) {
  CLI::App* eval = app.add_subcommand("eval", "Measure error rates on sets of images");
  eval->footer(
      "All pairs of a set are compared, the image that sorts first as the probe. A pair is\n"
      "accepted when its score is above the threshold; an image without a template is a miss at\n"
      "every threshold. Needs no server.\n\n"
      "  distinct eval finger --set fvc2002_db1 --set fvc2002_db2@569 --json rates.json\n"
      "  distinct eval finger --set fvc2002_db1 --html report.html\n"
      "  distinct eval face --set lfwa --threads 2 --scores scores.tsv --json -");
  eval->require_subcommand(1);
  AddModality(*eval, context, "finger", Position::kUnknownFinger, "Sets of fingerprints");
  AddModality(*eval, context, "face", Position::kFace, "Sets of faces");
}

}  // namespace distinct::cli
