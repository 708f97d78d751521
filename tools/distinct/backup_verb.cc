#include <memory>
#include <string>

#include "engine/ledger/maintenance.h"
#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct BackupOptions {
  std::string store;
  std::string to;
  std::string json;
};

absl::StatusOr<Json> OfServer(const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  // Not repeated, and without a deadline: it takes as long as the disks do.
  grpc::ClientContext context;
  v1::CreateBackupResponse made;
  RETURN_IF_ERROR(FromGrpc(client.maintenance->CreateBackup(&context, {}, &made)));
  return Json{{"backup_id", made.backup_id()},
              {"head", made.head()},
              {"bytes", made.bytes()},
              {"seconds", made.seconds()}};
}

absl::StatusOr<Json> OfStore(const BackupOptions& options) {
  ASSIGN_OR_RETURN(const ledger::BackupInfo made, ledger::BackUpStore(options.store, options.to));
  return Json{{"backup_id", made.id}, {"head", Number(made.head)}, {"bytes", made.bytes}};
}

}  // namespace

void AddBackupVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* verb = app.add_subcommand("backup", "Add a backup of the store");
  auto* store =
      verb->add_option("--store", options->store, "A store that no server has open, itself");
  auto* to = verb->add_option("--to", options->to, "With --store: the folder of backups");
  store->needs(to);
  to->needs(store);
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Without --store the server makes it in its --backup-dir, while enrolments go on. A folder\n"
      "holds many backups, which share what did not change. The key file is in none of them: keep\n"
      "it elsewhere, a backup cannot be restored without it.\n\n"
      "  distinct backup\n"
      "  distinct backup --store /var/lib/distinct --to /backup/distinct");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(options->store.empty() ? OfServer(context.server) : OfStore(*options),
                         options->json);
    };
  });
}

}  // namespace distinct::cli
