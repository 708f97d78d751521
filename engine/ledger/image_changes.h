// The images that numbers brought, by keyed digest: written with an append, gone with an erasure,
// asked for replays.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ledger/record.h"
#include "engine/ledger/store.h"

namespace distinct::ledger {

void PutImages(Transaction& transaction, Ticket ticket, const std::vector<ImageDigest>& images);
absl::Status DeleteImages(Transaction& transaction, Ticket ticket);
// By the images of `ticket`, as they came.
absl::StatusOr<std::vector<Replay>> LoadReplays(const Reader& reader, Ticket ticket);

}  // namespace distinct::ledger
