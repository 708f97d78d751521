// Start-up: reads every record of a store once and refuses what does not fit together. What passed
// is handed on, and the gallery is rebuilt from it: a second reading would double the start.
//
//   entries in order -> several at a time, under oneTBB: state, templates -> in order again:
//   counted, handed on            beside it: audit, feed, ids and the rest
//
// Checked: checksum and grammar of every record; numbers without a gap up to the head; the chain
// over all entries and the one over the audit; an id, a state and, unless refused or erased,
// templates for each enrolment, which its key opens; the OPEN list; the feed without a gap.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/ledger/commit_queue.h"
#include "engine/ledger/progress.h"
#include "engine/ledger/record.h"
#include "engine/ledger/store.h"
#include "engine/ledger/subject_keys.h"

namespace distinct::ledger {

struct Recovered {
  std::string digest_key;
  Tip tip;
  // In REVIEW without an open case: decided before there were any.
  std::vector<State> without_case;
};

// REQUIRES: a store of this schema. `on_entries` may be empty; its error ends the check.
// DATA_LOSS: names the record and the way out.
absl::StatusOr<Recovered> CheckStore(const Reader& reader, const SubjectKeys& keys,
                                     const Progress& progress, const EntrySink& on_entries);

}  // namespace distinct::ledger
