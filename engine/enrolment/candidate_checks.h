// Runs the checks of a submission that need others: whom a search found, and the images that the
// ledger knows.
#pragma once

#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"

namespace distinct::enrolment {

struct CandidateFindings {
  std::vector<ledger::Finding> findings;
  // What those about a number ask for; more than kNote.
  std::map<Ticket, ledger::FindingAction> asks;
  // Whom the search did not find, but would have if the probe's hands were exchanged.
  std::vector<search::Candidate> mirrored;
};

// `candidates`: those of the search with `options` for `enrolment`, best first. The same whenever
// it is asked, but for erasures. Errors of ledger and cascade.
absl::StatusOr<CandidateFindings> CheckCandidates(const ledger::Ledger& ledger,
                                                  const search::Cascade& cascade,
                                                  const ledger::Enrolment& enrolment,
                                                  absl::Span<const search::Candidate> candidates,
                                                  const search::SearchOptions& options);

}  // namespace distinct::enrolment
