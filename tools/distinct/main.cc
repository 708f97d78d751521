// `distinct`: the command line of Distinct. A verb a file, see verbs.h.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tools/distinct/verbs.h"

int main(int argc, char** argv) {
  using distinct::cli::Context;
  Context context;
  CLI::App app(
      "Distinct: does this person already hold a number? Enrols, searches and compares\n"
      "fingerprints and faces.",
      "distinct");
  app.set_version_flag("--version", DISTINCT_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  distinct::cli::AddEvalVerb(app, context);
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = context.run();
  if (!status.ok()) {
    std::fprintf(stderr, "distinct: %s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
