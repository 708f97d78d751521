#include <memory>
#include <string>

#include "engine/ledger/maintenance.h"
#include "matchers/status.h"
#include "tools/distinct/store_facts.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct VerifyOptions {
  std::string store;
  std::string key_file;
  std::string json;
};

absl::StatusOr<Json> VerifyLedger(const VerifyOptions& options) {
  Progress progress("entries", 0);
  ASSIGN_OR_RETURN(const ledger::StoreFacts facts,
                   ledger::VerifyStore({options.store, options.key_file}, ShowOn(progress)));
  return FactsJson(facts);
}

}  // namespace

void AddLedgerVerbs(CLI::App& app, Context& context) {
  CLI::App* ledger = app.add_subcommand("ledger", "Look at a store's ledger without a server");
  ledger->require_subcommand(1);
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb = ledger->add_subcommand("verify", "Check every record of a store");
  verb->add_option("--store", options->store, "The store's folder; nothing in it is changed")
      ->required();
  verb->add_option("--key-file", options->key_file,
                   "The store's key; default: STORE.key beside it");
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Checksums, grammar, chains, encryption, and that the records fit together, as a start of\n"
      "distinctd checks them. Ends with 1 and names the first bad record and the way out.\n\n"
      "  distinct ledger verify --store /var/lib/distinct");
  verb->callback([options, &context] {
    context.run = [options] { return WriteAnswer(VerifyLedger(*options), options->json); };
  });
}

}  // namespace distinct::cli
