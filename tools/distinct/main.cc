// `distinct`: the command line of Distinct. A verb a file, see verbs.h.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "matchers/image/opencv_setup.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

void AddServerOptions(CLI::App& app, ServerAddress& server) {
  app.add_option("--server", server.address, "distinctd's HOST:PORT")->capture_default_str();
  app.add_option("--tls-ca", server.tls_ca,
                 "CA of the server's certificate (PEM); with it the connection is TLS");
  app.add_option("--tls-cert", server.tls_cert, "Our certificate (PEM), whose subject is recorded");
  app.add_option("--tls-key", server.tls_key, "Our certificate's key (PEM)");
}

// Words with anything but plain characters in quotes, so that it can be given to a shell again.
std::string CommandLine(int argc, char** argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) {
    const std::string word = i == 0 ? "distinct" : argv[i];
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || std::strchr("_-./:=@%+,", c) != nullptr;
    });
    const std::string quoted = absl::StrReplaceAll(word, {{"'", "'\\''"}});
    absl::StrAppend(&line, i == 0 ? "" : " ", plain ? word : absl::StrCat("'", quoted, "'"));
  }
  return line;
}

// A word where a verb belongs: CLI11 says only that one is missing.
int NoVerb(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  const std::vector<std::string> words = app.remaining(true);  // they fall through
  const auto verbs = at->get_subcommands([](const CLI::App*) { return true; });
  if (words.empty() || verbs.empty()) return app.exit(error);
  std::string names;
  for (const CLI::App* verb : verbs) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", verb->get_name());
  }
  std::fprintf(stderr, "distinct: verb: got %s, want one of %s; see %s --help\n",
               words.front().c_str(), names.c_str(),
               at == &app ? "distinct" : absl::StrCat("distinct ", at->get_name()).c_str());
  return error.get_exit_code();
}

int Main(int argc, char** argv) {
  image::SetUpOpenCv();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("distinct"));  // answers have the other
  Context context;
  context.command_line = CommandLine(argc, argv);
  CLI::App app(
      "Distinct: does this person already hold a number? Enrols, searches and compares\n"
      "fingerprints and faces.",
      "distinct");
  app.set_version_flag("--version", DISTINCT_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  AddServerOptions(app, context.server);
  AddEnrolVerb(app, context);
  AddIdentifyVerb(app, context);
  AddVerifyVerb(app, context);
  AddStatusVerb(app, context);
  AddUpdateVerb(app, context);
  AddWithdrawVerb(app, context);
  AddEraseVerb(app, context);
  AddCaseVerbs(app, context);
  AddAdjudicateVerb(app, context);
  AddMergeVerb(app, context);
  AddCrossCheckVerb(app, context);
  AddTagVerbs(app, context);
  AddListVerb(app, context);
  AddWatchVerb(app, context);
  AddPolicyVerbs(app, context);
  AddTemplateVersionVerbs(app, context);
  AddBackupVerb(app, context);
  AddRestoreVerb(app, context);
  AddLedgerVerbs(app, context);
  AddExtractVerb(app, context);
  AddCompareVerb(app, context);
  AddEvalVerb(app, context);
  AddPopulationVerb(app, context);
  AddBenchVerb(app, context);
  app.footer(
      "Start a server, enrol, ask:\n"
      "  distinctd --store people --listen 127.0.0.1:50051\n"
      "  distinct enrol people.jsonl --json answers.jsonl\n"
      "  distinct identify --sample RIGHT_INDEX=print.png\n"
      "Each verb has its own --help with examples.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    return NoVerb(app, error);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  const absl::Status status = context.run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "distinct: %s: %s\n", absl::StatusCodeToString(status.code()).c_str(),
               std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace distinct::cli

int main(int argc, char** argv) { return distinct::cli::Main(argc, argv); }
