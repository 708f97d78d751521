// The demo's day at the registry, played against a real server over the API.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/demo/plan.h"
#include "tools/distinct/client.h"
#include "tools/distinct/crosscheck.h"
#include "tools/distinct/json_output.h"

namespace distinct::demo {

enum class Verdict {
  kAsPlanned,
  kReview,  // not decided by the machine, and nobody got a number that should not
  kWrong,   // a new person who is not UNIQUE, or a person enrolled before who is
};

struct Outcome {
  Submission submission;
  cli::Json answer;  // as `distinct enrol` gives it
  Verdict verdict = Verdict::kAsPlanned;
};

struct Story {
  std::vector<Outcome> first, again, races;  // of races: the two of each next to each other
  cli::CrossCheckOutcome crosscheck;
  v1::GetStatusResponse status;  // at the end
  double enrol_seconds = 0;      // of `first`
  bool Wrong() const;
};

// Errors: the server's. An enrolment that fails is an outcome (wrong), not an error.
absl::StatusOr<Story> Play(const Plan& plan, const cli::Client& client,
                           const std::string& crosscheck_folder);

// The rules behind the verdicts. Pure.
Verdict JudgeFirst(const cli::Json& answer);
// `of_person`: every enrolment_id of the person; one that was itself missed stands for them too.
Verdict JudgeAgain(const cli::Json& answer, const std::set<std::string>& of_person);
// Exactly one UNIQUE, the other a DUPLICATE of it (or REVIEW that names it).
std::pair<Verdict, Verdict> JudgeRace(const cli::Json& a, const cli::Json& b);

}  // namespace distinct::demo
