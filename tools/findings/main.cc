// distinct-findings: measures the checks of a submission, see
// engine/enrolment/decisions/0002-findings.md.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "matchers/finger/finger.h"
#include "matchers/image/opencv_setup.h"
#include "matchers/status.h"
#include "tools/distinct/json_output.h"
#include "tools/findings/studies.h"

namespace distinct::findings {
namespace {

struct Flags {
  std::vector<std::string> sets;
  uint64_t seed = 1;
  uint64_t town = 0;
  std::vector<uint64_t> galleries;
  std::string json = "-";
};

absl::Status Run(const Flags& flags) {
  const auto finger = finger::CreateFingerModality();
  cli::Json json;
  if (!flags.sets.empty()) {
    ASSIGN_OR_RETURN(json["prints"], StudyPrints(*finger, flags.sets));
  }
  if (flags.town > 0) json["town"] = StudyTown(*finger, flags.seed, flags.town);
  for (const uint64_t persons : flags.galleries) {
    ASSIGN_OR_RETURN(json["hands_exchanged"].emplace_back(), StudyMirrored(flags.seed, persons));
  }
  return cli::WriteJson(json, flags.json);
}

int Main(int argc, char** argv) {
  image::SetUpOpenCv();
  Flags flags;
  CLI::App app("Measures the checks of a submission: false alarms, and what is found.",
               "distinct-findings");
  app.add_option("--set", flags.sets, "DIR@DPI of real prints: REPLAY and MIXED_RECORD");
  app.add_option("--town", flags.town,
                 "Generated people, as images: SAME_FINGER_TWICE and MIXED_RECORD");
  app.add_option("--gallery", flags.galleries,
                 "Generated people, as templates, unfit for error rates: hands exchanged "
                 "(POSITIONS_SWAPPED)");
  app.add_option("--seed", flags.seed, "Which people")->capture_default_str();
  app.add_option("--json", flags.json, "- for standard output")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status done = Run(flags);
  if (done.ok()) return 0;
  std::fprintf(stderr, "distinct-findings: %s\n", done.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace distinct::findings

int main(int argc, char** argv) { return distinct::findings::Main(argc, argv); }
