// What a switch to the template version under way would change: who has it, who would stay and
// why, and which comparisons of a sample would be decided otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/gallery/gallery.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"
#include "engine/search/decision.h"
#include "matchers/modalities.h"

namespace distinct::service {

struct StayingRecord {
  enum class Reason : uint8_t { kNoSampleKept, kFailedToExtract, kNotYetDone };
  Ticket ticket = kNoTicket;
  Reason reason = Reason::kNoSampleKept;
};

// Two records compared in both versions, by the policy in force.
struct ComparedPair {
  Ticket probe = kNoTicket, reference = kNoTicket;
  bool counts_as_mated = false;  // one person, by what was decided
  Llr before, after;
  search::Band band_before = search::Band::kNone, band_after = search::Band::kNone;
};

struct VersionReport {
  ledger::VersionScan scan;
  std::vector<StayingRecord> staying;
  std::vector<ComparedPair> pairs;
};

// Why a number that lacks the version does.
StayingRecord StayingOf(const ledger::Ledger& ledger, Ticket ticket, Ticket done);

// REQUIRES: a version is under way. `done`: the number up to which ReExtraction has come.
// `pairs_max`: of each kind, mated by what was decided and neighbours in a search.
absl::StatusOr<VersionReport> MakeVersionReport(const ledger::Ledger& ledger,
                                                const Modalities& modalities,
                                                const gallery::Gallery& gallery,
                                                const search::Cascade& cascade, Ticket done,
                                                int pairs_max);

}  // namespace distinct::service
