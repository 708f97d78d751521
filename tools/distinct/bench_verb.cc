#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/bench_enrol.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

absl::Status RunBenchEnrol(const BenchEnrolOptions& options, const ServerAddress& server,
                           const std::string& json_path) {
  const absl::StatusOr<Json> report = BenchEnrol(options, server);
  RETURN_IF_ERROR(WriteAnswer(report, json_path));
  if (Passed(*report)) return absl::OkStatus();
  return absl::AbortedError(
      "bench enrol: got failed calls or wrong decisions, want none; see errors, unanswered and "
      "wrong in the report");
}

}  // namespace

void AddBenchVerb(CLI::App& app, Context& context) {
  CLI::App* bench = app.add_subcommand("bench", "Measure the whole engine under load");
  bench->require_subcommand(1);
  auto options = std::make_shared<BenchEnrolOptions>();
  auto from = std::make_shared<std::string>("templates");
  auto json = std::make_shared<std::string>();
  auto no_durability = std::make_shared<bool>(false);
  CLI::App* verb = bench->add_subcommand(
      "enrol", "Enrolments a second into a gallery of N generated people, and how long each waits");
  verb->add_option("--subjects", options->subjects,
                   "People held before: template-level, stored past the search")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  verb->add_option("--rate", options->rate_per_s,
                   "Enrolments sent a second, whatever becomes of them; waits count from when each "
                   "was due. 0: as many as --in-flight keeps going")
      ->check(CLI::Range(0.0, 100'000.0))
      ->capture_default_str();
  verb->add_option("--seconds", options->seconds, "How long")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  verb->add_option("--from", *from, "What is sent")
      ->check(CLI::IsMember({"images", "templates"}))
      ->capture_default_str();
  verb->add_option("--fingers", options->fingers, "Of each person, held and new")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  verb->add_option("--faces", options->faces,
                   "A folder of faces, IDENTITY_IMPRESSION.EXT, two or more of each: everybody who "
                   "comes by --from images has one of them too")
      ->check(CLI::ExistingDirectory);
  verb->add_option("--mates", options->mates, "Share of those who come that is held already")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_option("--in-flight", options->in_flight, "Of --rate 0 and of the durability's cost")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "Of the people")->capture_default_str();
  verb->add_option("--store", options->store,
                   "Folder for the store, kept: filled if it is new, else used as it is");
  verb->add_flag("--no-durability", *no_durability, "Leave out the cost of flushing");
  verb->add_option("--json", *json, "Write the report; - for standard output (default)");
  verb->footer(
      "Starts distinctd on a store in a temporary folder, unless --server names one that holds\n"
      "the subjects. The people held are put there past the search, for this benchmark only; who\n"
      "comes is enrolled through gRPC like anybody. Decisions are checked against who came.\n\n"
      "  distinct bench enrol --subjects 100000 --rate 200 --seconds 30 --from templates\n"
      "  distinct bench enrol --subjects 10000 --rate 5 --seconds 60 --from images --json b.json");
  const CLI::Option* const server = app.get_option("--server");
  verb->callback([options, from, json, no_durability, server, &context] {
    options->own_server = server->count() == 0;
    options->images = *from == "images";
    options->durability = !*no_durability;
    context.run = [options, json, &context] {
      return RunBenchEnrol(*options, context.server, *json);
    };
  });
}

}  // namespace distinct::cli
