// An evaluation as one page for an engineer who must believe it: figures with their intervals,
// curves, what quality is worth, and the worst failures drawn.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/distinct/eval.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/worst_pairs.h"

namespace distinct::cli {

struct PicturedPair {
  PairOfSet at;
  size_t paired_features = 0;     // what agreed
  std::vector<std::string> pngs;  // to stand side by side
};

struct WorstPictures {
  std::vector<PicturedPair> mated;  // the worst first
  std::vector<PicturedPair> nonmated;
};

struct EvalRun {
  std::string command_line;
  std::string date;
  std::string cpu;
};

// HTML without scripts, nothing loaded from elsewhere. `report`: ReportOf(evaluation).
std::string EvalPage(const Evaluation& evaluation, const Json& report,
                     const WorstPictures& pictures, const EvalRun& run);

}  // namespace distinct::cli
