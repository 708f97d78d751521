// From earlier schemas to this one's.
//
// Schema 1 had its templates in the clear:
//   meta/kek -> batches: each plain tmpl record sealed, its key beside it
//            -> the tables rewritten, so that the plain bytes are gone from the disk -> schema
// Schema 2 had no POLICY and TEMPLATE_VERSION entries and no families of samples: made empty, then
// schema, which is what an earlier distinctd stops at.
//
// Each batch is one write that also tells what is done: a record is plain or encrypted. So a stop
// anywhere is taken up by the next start, and no start in between serves the store.
#pragma once

#include "absl/status/status.h"
#include "engine/ledger/progress.h"
#include "engine/ledger/store.h"
#include "engine/ledger/subject_keys.h"

namespace distinct::ledger {

// Does nothing to a store of this version. Errors: those of Store::Commit(), and
// DATA_LOSS naming a record that cannot be read; nothing that could be read is lost by either.
absl::Status Migrate(Store& store, const SubjectKeys& keys, const Progress& progress);

}  // namespace distinct::ledger
