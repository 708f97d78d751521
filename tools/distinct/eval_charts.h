// The charts of an evaluation's page, as inline SVG. `report`: ReportOf(evaluation).
#pragma once

#include <string>

#include "tools/distinct/eval.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {

// Detection error tradeoff of each set and of all, with the intervals of all.
std::string DetChart(const Evaluation& evaluation, const Json& report);

// Mated and non-mated scores of all sets, with the thresholds of FMR 0.1 % and 0.01 %.
std::string ScoreChart(const Evaluation& evaluation, const Json& pooled);

// FNMR of all sets at the threshold of FMR 0.1 % against the share of pairs left out for their
// quality, beside what a perfect and a useless quality would give.
std::string DiscardChart(const Evaluation& evaluation, const Json& report);

}  // namespace distinct::cli
