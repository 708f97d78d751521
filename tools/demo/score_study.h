// How the scores of the demo's images fall, beside those of real prints where they are at hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/demo/plan.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/local_modalities.h"

namespace distinct::demo {

struct Scores {
  std::vector<double> mated, nonmated;
};

// One position of two visits of one person, for a picture.
struct PicturedPair {
  std::string person;
  std::string position;
  double score = 0;
  std::string first_png;  // the first visit's print with its minutiae
  std::string pairs_png;  // both prints, paired minutiae joined
};

struct ScoreStudy {
  Scores demo;                // fingers of people who came twice: with themselves, with one another
  std::optional<Scores> fvc;  // the six FVC development sets
  cli::Json fvc_report;       // of `distinct eval`; null without them
  std::vector<PicturedPair> pictures;
};

// `data_folder`: holds finger/fvc2002_db1 and so on; empty: no FVC sets. Compares on this machine,
// without the server. Errors: files that cannot be read.
absl::StatusOr<ScoreStudy> StudyScores(const Plan& plan, const cli::LocalModalities& local,
                                       const std::string& data_folder, int threads);

}  // namespace distinct::demo
