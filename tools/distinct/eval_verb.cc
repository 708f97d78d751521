#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/distinct/eval.h"
#include "tools/distinct/eval_report.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/local_modalities.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct EvalOptions {
  Position position = Position::kUnknownFinger;
  std::vector<std::string> sets;
  int threads = 0;
  std::string scores;
  std::string models;
  std::string json;
};

absl::Status RunEval(const EvalOptions& options) {
  ASSIGN_OR_RETURN(const kernels::CpuLevel level, kernels::LevelFromEnvironment());
  ASSIGN_OR_RETURN(const LocalModalities local, LoadModalities(options.models));
  ASSIGN_OR_RETURN(const Modality* const modality, ModalityFor(local, options.position));
  ASSIGN_OR_RETURN(const Evaluation evaluation, Evaluate(*modality, options.sets, options.threads));
  const auto report =
      ReportOf(evaluation, *modality, options.threads, kernels::CpuLevelName(level));
  if (!options.scores.empty()) RETURN_IF_ERROR(WriteScores(evaluation, options.scores));
  if (!options.json.empty()) RETURN_IF_ERROR(WriteJson(report, options.json));
  if (options.json != "-") std::fputs(TableOf(report).c_str(), stdout);
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
  if (position == Position::kFace) {
    verb->add_option("--models", options->models, "Folder that tools/models/fetch filled");
  }
  verb->callback([options, &context] { context.run = [options] { return RunEval(*options); }; });
}

}  // namespace

void AddEvalVerb(CLI::App& app, Context& context) {
  CLI::App* eval = app.add_subcommand("eval", "Measure error rates on sets of images");
  eval->footer(
      "All pairs of a set are compared, the image that sorts first as the probe. A pair is\n"
      "accepted when its score is above the threshold; an image without a template is a miss at\n"
      "every threshold. Needs no server.\n\n"
      "  distinct eval finger --set fvc2002_db1 --set fvc2002_db2@569 --json rates.json\n"
      "  distinct eval face --set lfwa --threads 2 --scores scores.tsv --json -");
  eval->require_subcommand(1);
  AddModality(*eval, context, "finger", Position::kUnknownFinger, "Sets of fingerprints");
  AddModality(*eval, context, "face", Position::kFace, "Sets of faces");
}

}  // namespace distinct::cli
