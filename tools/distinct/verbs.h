// The verbs of `distinct`, a file each. Every Add...Verb() declares the verb's options and help and
// sets `context.run` when the verb was given; main.cc runs it. Add a verb: a file, a line here and
// in main.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "tools/distinct/server_address.h"

namespace distinct::cli {

struct Context {
  ServerAddress server;
  // As it was typed, for reports.
  std::string command_line;
  // Its error ends the program with 1 and the message on standard error.
  std::function<absl::Status()> run;
};

// Work with a server.
void AddEnrolVerb(CLI::App& app, Context& context);
void AddIdentifyVerb(CLI::App& app, Context& context);
void AddVerifyVerb(CLI::App& app, Context& context);
void AddStatusVerb(CLI::App& app, Context& context);
void AddUpdateVerb(CLI::App& app, Context& context);
void AddWithdrawVerb(CLI::App& app, Context& context);
void AddEraseVerb(CLI::App& app, Context& context);
void AddCaseVerbs(CLI::App& app, Context& context);  // cases, case
void AddAdjudicateVerb(CLI::App& app, Context& context);
void AddMergeVerb(CLI::App& app, Context& context);
void AddCrossCheckVerb(CLI::App& app, Context& context);
void AddTagVerbs(CLI::App& app, Context& context);  // tag, untag
void AddListVerb(CLI::App& app, Context& context);
void AddWatchVerb(CLI::App& app, Context& context);
void AddPolicyVerbs(CLI::App& app, Context& context);  // policy show, history, set
void AddTemplateVersionVerbs(CLI::App& app, Context& context);
void AddBackupVerb(CLI::App& app, Context& context);

// Work on files alone.
void AddEvalVerb(CLI::App& app, Context& context);
void AddExtractVerb(CLI::App& app, Context& context);
void AddCompareVerb(CLI::App& app, Context& context);
void AddRestoreVerb(CLI::App& app, Context& context);
void AddLedgerVerbs(CLI::App& app, Context& context);  // verify
void AddPopulationVerb(CLI::App& app, Context& context);

// Starts a server of its own.
void AddBenchVerb(CLI::App& app, Context& context);

}  // namespace distinct::cli
