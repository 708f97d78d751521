#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/ledger/maintenance.h"
#include "matchers/status.h"
#include "tools/distinct/store_facts.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct RestoreOptions {
  std::string backup;
  std::string store;
  std::string key_file;
  uint32_t backup_id = 0;
  bool list = false;
  std::string json;
};

absl::StatusOr<Json> List(const RestoreOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<ledger::BackupInfo> infos,
                   ledger::ListBackups(options.backup));
  Json json = Json::array();
  for (const ledger::BackupInfo& info : infos) {
    json.push_back(
        {{"backup_id", info.id},
         {"made_at", absl::FormatTime(absl::RFC3339_sec, info.made_at, absl::UTCTimeZone())},
         {"head", Number(info.head)},
         {"bytes", info.bytes},
         {"damaged", info.damaged}});
  }
  return json;
}

absl::StatusOr<Json> Restore(const RestoreOptions& options) {
  if (options.list) return List(options);
  if (options.store.empty()) {
    return absl::InvalidArgumentError("store: got none, want --store with an empty folder");
  }
  ASSIGN_OR_RETURN(const std::vector<ledger::BackupInfo> infos,
                   ledger::ListBackups(options.backup));
  const uint32_t latest = infos.empty() ? 0 : infos.back().id;
  const uint32_t id = options.backup_id == 0 ? latest : options.backup_id;
  Progress progress("entries", 0);
  ASSIGN_OR_RETURN(const ledger::StoreFacts facts,
                   ledger::RestoreStore(options.backup, id, {options.store, options.key_file},
                                        ShowOn(progress)));
  Json json = FactsJson(facts);
  json["backup_id"] = id;
  return json;
}

}  // namespace

void AddRestoreVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* verb = app.add_subcommand("restore", "Get a store back from a backup");
  verb->add_option("backup", options->backup, "The folder of backups")->required();
  verb->add_option("--store", options->store, "An empty or absent folder, which becomes the store");
  verb->add_option("--key-file", options->key_file,
                   "The store's key; default: STORE.key beside it");
  verb->add_option("--backup-id", options->backup_id, "Which; default: the latest");
  verb->add_flag("--list", options->list, "Show which backups there are and restore none");
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Every file's checksum and then every record is verified before the folder gets its name.\n"
      "Put the key file in place first. Callers then repeat what they sent since the backup,\n"
      "erasures first, since who was erased since is back; numbers given out since are given\n"
      "again, so compare them with the callers'.\n\n"
      "  distinct restore /backup/distinct --list\n"
      "  distinct restore /backup/distinct --store /var/lib/distinct");
  verb->callback([options, &context] {
    context.run = [options] { return WriteAnswer(Restore(*options), options->json); };
  });
}

}  // namespace distinct::cli
