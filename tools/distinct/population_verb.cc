#include <tbb/parallel_for.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "matchers/status.h"
#include "tools/distinct/bench_plan.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/progress.h"
#include "tools/distinct/request_file.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"
#include "tools/population/population.h"
#include "tools/population/unsearched_store.h"
#include "tools/synthesis/people.h"

namespace distinct::cli {
namespace {

struct PopulationOptions {
  uint64_t seed = 1;
  uint64_t subjects = 1000;
  int fingers = 10;
  std::string scenario = "strangers";
  std::string out;
  std::string json;
};

// Made at a time, under oneTBB, and then written.
constexpr size_t kBlock = 1024;

absl::Status WriteArrivals(const PopulationOptions& options,
                           const std::vector<population::Arrival>& arrivals) {
  const std::filesystem::path folder(options.out);
  RequestWriter requests((folder / absl::StrCat("enrolments", kRequestFileSuffix)).string());
  std::ofstream truth(folder / "truth.csv");
  truth << "enrolment_id,person,impression\n";
  const synthesis::People people(options.seed);
  const std::vector<Position> fingers = population::FirstFingers(options.fingers);
  Progress progress("enrolments", arrivals.size());
  for (size_t begin = 0; begin < arrivals.size(); begin += kBlock) {
    std::vector<v1::EnrolRequest> block(std::min(kBlock, arrivals.size() - begin));
    tbb::parallel_for(size_t{0}, block.size(), [&](size_t i) {
      const population::Arrival& arrival = arrivals[begin + i];
      block[i] = TemplateRequest(population::EnrolmentIdOf(arrival), people, arrival, fingers);
    });
    for (size_t i = 0; i < block.size(); ++i) {
      RETURN_IF_ERROR(requests.Write(block[i]));
      const population::Arrival& arrival = arrivals[begin + i];
      truth << block[i].enrolment_id() << "," << arrival.person << "," << arrival.impression
            << "\n";
    }
    progress.Add(block.size());
  }
  RETURN_IF_ERROR(requests.Close());
  truth.close();
  if (truth) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("out: got a write error in ", options.out, ", want room on the disk"));
}

absl::StatusOr<Json> MakePopulation(const PopulationOptions& options) {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const std::vector<population::Arrival> arrivals,
                   population::ArrivalsOf(options.seed, options.subjects, options.scenario));
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("out: got ", options.out, " (", error.message(), "), want a folder"));
  }
  RETURN_IF_ERROR(WriteArrivals(options, arrivals));
  const std::filesystem::path file =
      std::filesystem::path(options.out) / absl::StrCat("enrolments", kRequestFileSuffix);
  return Json{{"seed", options.seed},
              {"subjects", options.subjects},
              {"scenario", options.scenario},
              {"fingers", options.fingers},
              {"enrolments", arrivals.size()},
              {"file", file.string()},
              {"bytes", std::filesystem::file_size(file)},
              {"seconds", absl::ToDoubleSeconds(absl::Now() - start)},
              {"fit_for", "load and speed; not for error rates"}};
}

}  // namespace

void AddPopulationVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<PopulationOptions>();
  CLI::App* verb =
      app.add_subcommand("population", "Make people as templates, for load; unfit for error rates");
  verb->add_option("--seed", options->seed, "Which people")->capture_default_str();
  verb->add_option("--subjects", options->subjects, "How many")
      ->check(CLI::Range(1, 100'000'000))
      ->required();
  verb->add_option("--fingers", options->fingers, "Of each")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  verb->add_option("--scenario", options->scenario,
                   "strangers: everybody comes once; returns: one in ten comes twice")
      ->check(CLI::IsMember(population::ScenarioNames()))
      ->capture_default_str();
  verb->add_option("--out", options->out, "Folder, made if it is not there")->required();
  verb->add_option("--json", options->json, "Write what was made; - for standard output (default)");
  verb->footer(
      "Writes enrolments.binpb, which `distinct enrol` reads, and truth.csv: who each is. About\n"
      "10 KB a person of ten fingers.\n\n"
      "  distinct population --seed 1 --subjects 10000 --scenario returns --out town\n"
      "  distinct enrol town/enrolments.binpb --in-flight 64 --json answers.jsonl");
  verb->callback([options, &context] {
    context.run = [options] { return WriteAnswer(MakePopulation(*options), options->json); };
  });
}

}  // namespace distinct::cli
