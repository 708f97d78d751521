#include "engine/ledger/migration.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/rows.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

// As the commit queue's groups; what a stop loses and the next start repeats is one of them.
constexpr size_t kBatchBytesMax = 1 << 20;

// One batch from `from` on; the key to go on from, or nothing after the last record.
absl::StatusOr<std::optional<Ticket>> EncryptBatch(Store& store, const SubjectKeys& keys,
                                                   Ticket from) {
  Transaction transaction = store.Begin();
  std::optional<Ticket> next;
  const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (key.size() != 8) return BadRecord(Family::kTemplate, key, "got a key that is no number");
    const Ticket ticket{ParseKey64(key)};
    if (transaction.bytes() >= kBatchBytesMax) {
      next = ticket;
      return false;
    }
    if (!body.empty() && body.front() == kEncryptedVersion) return true;
    const absl::StatusOr<std::vector<Template>> templates = DecodeTemplates(body);
    if (!templates.ok()) {
      return BadRecord(Family::kTemplate, key, std::string(templates.status().message()));
    }
    keys.PutTemplates(transaction, ticket, *templates);
    return true;
  };
  RETURN_IF_ERROR(store.Snapshot()->Scan(Family::kTemplate, Key64(Number(from)), visit));
  if (!transaction.empty()) RETURN_IF_ERROR(store.Commit(transaction));
  return next;
}

absl::Status Put(Store& store, std::string_view key, std::string_view body) {
  Transaction transaction = store.Begin();
  transaction.Put(Family::kMeta, key, body);
  return store.Commit(transaction);
}

// Until schema 2 templates were in the clear.
absl::Status EncryptAll(Store& store, const SubjectKeys& keys, const Progress& progress) {
  ASSIGN_OR_RETURN(const HeadRecord head,
                   Require(*store.Snapshot(), Family::kMeta, kMetaHead, DecodeHead));
  RETURN_IF_ERROR(Put(store, kMetaKek, keys.Mark()));
  for (std::optional<Ticket> next = Ticket{1}; next.has_value();) {
    if (progress) progress("numbers encrypted", Number(*next) - 1, Number(head.head));
    ASSIGN_OR_RETURN(next, EncryptBatch(store, keys, *next));
  }
  if (progress) progress("numbers encrypted", Number(head.head), Number(head.head));
  // Before the schema is set: a stop here must not leave plain templates in old tables for good.
  RETURN_IF_ERROR(store.Rewrite(Family::kTemplate));
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(Store& store, const SubjectKeys& keys, const Progress& progress) {
  ASSIGN_OR_RETURN(const std::optional<uint32_t> schema, StoredSchema(*store.Snapshot()));
  if (schema == kSchemaVersion) return absl::OkStatus();
  if (schema < kSchemaEncrypted) RETURN_IF_ERROR(EncryptAll(store, keys, progress));
  return Put(store, kMetaSchema, Key64(kSchemaVersion));
}

}  // namespace distinct::ledger
