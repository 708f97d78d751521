// An examiner's case as the API shows it: the stored decision, where each candidate stands now,
// which minutiae of the stored templates agree, and the images that they were made from.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "distinct/v1/adjudication.pb.h"
#include "engine/ledger/ledger.h"
#include "engine/service/parts.h"

namespace distinct::service {

// A claim whose time is over, and that of a closed case, is left out.
absl::StatusOr<v1::Case> CaseOf(const ledger::Ledger& ledger, const ledger::Case& record);

// The candidates of the decision, all of them, by falling llr. Compares the stored templates of
// `state` with those that the candidate has now: milliseconds for ten fingers and ten candidates.
// Compares only the candidate of the name `compared`, unless it is empty.
absl::Status FillCandidates(const Parts& parts, const ledger::State& state,
                            const std::string& compared,
                            google::protobuf::RepeatedPtrField<v1::CaseCandidate>& out);

// The kept samples of the records that FillCandidates() compares: the case's own if `samples_of`
// names `state`, else a candidate's, or those of one of the `persons` that the case is about.
// INVALID_ARGUMENT: none of them; nobody else's are shown.
absl::Status FillSamples(const ledger::Ledger& ledger, const ledger::State& state,
                         const std::vector<Ticket>& persons, const std::string& samples_of,
                         google::protobuf::RepeatedPtrField<v1::Sample>& out);

}  // namespace distinct::service
