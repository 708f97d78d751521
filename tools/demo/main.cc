// The main job of tools/run: a day at the registry of a small town, on a server of its own.
//
//   images (generated, or --samples) -> distinctd with a fresh store -> enrolments, races, people
//   under new names -> cross-check -> table, report.html, pictures
//
// Ends with 1 if somebody who is enrolled came out UNIQUE, or somebody new did not.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "matchers/image/opencv_setup.h"
#include "matchers/kernels/cpu.h"
#include "matchers/status.h"
#include "tools/demo/demo_report.h"
#include "tools/demo/own_store.h"
#include "tools/demo/plan.h"
#include "tools/demo/score_study.h"
#include "tools/demo/story.h"
#include "tools/distinct/client.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/local_modalities.h"
#include "tools/distinct/server_process.h"

namespace distinct::demo {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string out = "demo";
  std::string samples;
  std::string distinctd;
  std::string data;
  uint64_t seed = 1;
};

// What an earlier run left, and nothing else of the folder.
absl::Status Prepare(const fs::path& out) {
  std::error_code error;
  RETURN_IF_ERROR(CheckStoreIsOurs(out));
  for (const char* part : {"store", "images", "crosscheck"}) fs::remove_all(out / part, error);
  RETURN_IF_ERROR(ClaimStore(out));
  for (const char* part : {"images", "crosscheck"}) {
    fs::create_directories(out / part, error);
    if (error) {
      return absl::InvalidArgumentError(absl::StrCat("out: got ", out.string(), " (",
                                                     error.message(),
                                                     "), want a folder that can "
                                                     "be written"));
    }
  }
  return absl::OkStatus();
}

std::string ServerProgram(const Flags& flags) {
  return flags.distinctd.empty() ? cli::ServerProgram() : flags.distinctd;
}

absl::StatusOr<bool> Run(const Flags& flags) {
  const auto start = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(kernels::LevelFromEnvironment().status());
  const fs::path out = fs::absolute(flags.out);
  // Looked at before anything is removed.
  if (!flags.samples.empty()) RETURN_IF_ERROR(PlanOver(flags.samples, false).status());
  RETURN_IF_ERROR(Prepare(out));
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const bool generated = flags.samples.empty();
  const std::string program = ServerProgram(flags);
  // Before any thread is started, since it forks.
  ASSIGN_OR_RETURN(const auto server,
                   cli::ServerProcess::Start({.program = program,
                                              .store = (out / "store").string(),
                                              .log = (out / "distinctd.log").string()}));
  if (generated) RETURN_IF_ERROR(GenerateTown(flags.seed, out / "images"));
  ASSIGN_OR_RETURN(const Plan plan,
                   PlanOver(generated ? (out / "images").string() : flags.samples, generated));
  ASSIGN_OR_RETURN(const cli::Client client, cli::Connect({server->address(), "", "", ""}));
  ASSIGN_OR_RETURN(const Story story, Play(plan, client, out / "crosscheck"));
  RETURN_IF_ERROR(server->Stop());
  RETURN_IF_ERROR(ClaimStore(out));

  ASSIGN_OR_RETURN(const cli::LocalModalities local, cli::LoadModalities(""));
  ASSIGN_OR_RETURN(const ScoreStudy study, StudyScores(plan, local, flags.data, threads));
  ReportFacts facts;
  facts.generated = generated;
  facts.faces_disabled_reason = local.faces_disabled_reason;
  facts.total_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  facts.start_command =
      absl::StrCat(program, " --store ", (out / "store").string(), " --listen 127.0.0.1:50051");
  RETURN_IF_ERROR(cli::WriteText(ReportPage(story, study, facts), out / "report.html"));
  std::printf("%s\nThe gallery against itself: %zu pairs in %zu clusters, %llu pairs compared.\n",
              DecisionTable(story).c_str(), story.crosscheck.pairs.size(),
              story.crosscheck.clusters.size(),
              static_cast<unsigned long long>(story.crosscheck.pairs_compared));
  std::printf("Report: %s (%.0f s)\n", (out / "report.html").c_str(), facts.total_seconds);
  std::printf("Start the server for good: %s\n", facts.start_command.c_str());
  return !story.Wrong();
}

int Main(int argc, char** argv) {
  image::SetUpOpenCv();
  Flags flags;
  if (const char* data = std::getenv("DISTINCT_DATA"); data != nullptr) flags.data = data;
  CLI::App app(
      "A day at the registry of a small town: enrols it, lets people come again under new\n"
      "names and at two desks at once, and reports what was decided and why.",
      "distinct-demo");
  app.add_option("--samples", flags.samples,
                 "Your own images, PERSON_POSITION_IMPRESSION.EXT (ann_LEFT_INDEX_1.png, "
                 "ann_FACE_1.jpg), instead of a generated town: first impressions enrol, later "
                 "ones come again")
      ->check(CLI::ExistingDirectory);
  app.add_option("--out", flags.out, "Folder for the store, the images and the report")
      ->capture_default_str();
  app.add_option("--data", flags.data,
                 "Folder with finger/fvc2002_db1 and so on, to compare with; default: "
                 "$DISTINCT_DATA");
  app.add_option("--seed", flags.seed, "Another town")->capture_default_str();
  app.add_option("--distinctd", flags.distinctd, "The server; default: beside this program");
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<bool> right = Run(flags);
  if (!right.ok()) {
    std::fprintf(stderr, "distinct-demo: %s\n", right.status().ToString().c_str());
    return 1;
  }
  if (!*right) std::fprintf(stderr, "distinct-demo: a decision was wrong; see the table\n");
  return *right ? 0 : 1;
}

}  // namespace
}  // namespace distinct::demo

int main(int argc, char** argv) { return distinct::demo::Main(argc, argv); }
