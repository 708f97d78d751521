// What the verbs that check a store show: progress on standard error, then what was found whole.
#pragma once

#include "engine/ledger/maintenance.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/progress.h"

namespace distinct::cli {

// Shows a check of the ledger; `shown` must outlive it.
inline ledger::Progress ShowOn(Progress& shown) {
  return [&shown](std::string_view, uint64_t done, uint64_t total) { shown.Set(done, total); };
}

inline Json FactsJson(const ledger::StoreFacts& facts) {
  const ledger::Counts& counts = facts.counts;
  return {{"head", Number(facts.head)},
          {"feed", facts.feed},
          {"audit", facts.audit},
          {"references",
           {{"unique", counts.unique},
            {"duplicate", counts.duplicate},
            {"review", counts.review},
            {"open", counts.open},
            {"refused", counts.refused},
            {"withdrawn", counts.withdrawn},
            {"erased", counts.erased},
            {"accepted", counts.accepted}}}};
}

}  // namespace distinct::cli
