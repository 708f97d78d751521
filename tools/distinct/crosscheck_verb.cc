#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "matchers/status.h"
#include "tools/distinct/crosscheck.h"
#include "tools/distinct/image_set.h"
#include "tools/distinct/progress.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

struct CrossCheckVerbOptions {
  std::string tag;
  std::string against;
  std::optional<double> llr_min;
  std::string job;
  std::string out;
  std::string json;
};

// The job's name lies in OUT until its result does: the same command then resumes the same job, and
// a later one, over a gallery that has grown, starts a new one.
absl::StatusOr<std::string> JobName(const CrossCheckVerbOptions& options, const fs::path& file) {
  if (!options.job.empty()) return options.job;
  std::error_code ignored;
  if (fs::exists(file, ignored)) return ReadFile(file.string());
  const std::string name =
      absl::FormatTime("crosscheck-%Y%m%dT%H%M%E3S", absl::Now(), absl::UTCTimeZone());
  RETURN_IF_ERROR(WriteText(name, file.string()));
  return name;
}

absl::StatusOr<Json> CrossCheck(const CrossCheckVerbOptions& options, const ServerAddress& server) {
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("out: got ", options.out, " (", error.message(),
                                                   "), want a folder that can be written"));
  }
  const fs::path job_file = fs::path(options.out) / "job.txt";
  v1::StartCrossCheckRequest request;
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  const bool resumed = fs::exists(job_file, error);
  ASSIGN_OR_RETURN(*request.mutable_job(), JobName(options, job_file));
  request.set_tag(options.tag);
  request.set_against(options.against);
  if (options.llr_min) request.set_llr_min(*options.llr_min);
  bool begun = resumed;
  absl::StatusOr<CrossCheckOutcome> outcome = [&] {
    Progress progress("probes", 0);
    return RunCrossCheck(client, request, [&](const v1::CrossCheckProgress& state) {
      if (!begun) {
        std::fprintf(stderr, "job %s: goes on when you leave; the same command comes back to it\n",
                     request.job().c_str());
      }
      begun = true;
      progress.Set(state.probes_done(), state.probes_total());
    });
  }();
  if (!outcome.ok()) {
    // A name under which nothing can be resumed must not stand in the way of the next attempt.
    const bool resumable = absl::IsUnavailable(outcome.status()) ||
                           absl::IsAborted(outcome.status()) ||
                           absl::IsResourceExhausted(outcome.status());
    if (!resumable || !begun) fs::remove(job_file, error);
    return outcome.status();
  }
  RETURN_IF_ERROR(WriteCrossCheck(*outcome, request, options.out));
  fs::remove(job_file, error);
  return Json{{"pairs_compared", outcome->pairs_compared}, {"pairs", outcome->pairs.size()},
              {"clusters", outcome->clusters.size()},      {"seconds", outcome->seconds},
              {"policy_version", outcome->policy_version}, {"job", request.job()}};
}

}  // namespace

void AddCrossCheckVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<CrossCheckVerbOptions>();
  CLI::App* verb =
      app.add_subcommand("crosscheck", "The whole gallery against itself: who is in it twice?");
  verb->add_option("--out", options->out,
                   "Folder for pairs.csv (a,b,llr), clusters.csv (cluster,enrolment_id) and "
                   "report.html")
      ->required();
  CLI::Option* tag = verb->add_option("--tag", options->tag, "Only persons with this tag");
  verb->add_option("--against", options->against, "Against persons with this tag")->needs(tag);
  verb->add_option("--llr-min", options->llr_min,
                   "Report pairs from this evidence on; default: the review threshold");
  verb->add_option("--job", options->job, "Name the job, to resume it from another folder");
  verb->add_option("--json", options->json, "Write a summary; - for standard output (default)");
  verb->footer(
      "The server works on when this program ends. The same command takes the job up again, also\n"
      "after a restart of the server. No decision is changed.\n\n"
      "  distinct crosscheck --out check/\n"
      "  distinct crosscheck --tag camp-3 --against camp-4 --out check34/ --json -");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(CrossCheck(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
