// The demo's report: what was decided and why, with pictures.
#pragma once

#include <string>

#include "tools/demo/score_study.h"
#include "tools/demo/story.h"

namespace distinct::demo {

struct ReportFacts {
  bool generated = true;
  std::string faces_disabled_reason;  // empty: faces are served
  double total_seconds = 0;
  std::string start_command;  // for good
};

// One self-contained HTML page.
std::string ReportPage(const Story& story, const ScoreStudy& study, const ReportFacts& facts);

// The same decisions as text, for the terminal.
std::string DecisionTable(const Story& story);

}  // namespace distinct::demo
