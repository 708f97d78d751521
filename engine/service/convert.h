// Between the API's messages and the engine's types.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "distinct/v1/types.pb.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"
#include "matchers/fusion/fusion.h"

namespace distinct::service {

// Nothing for a number that is no position of ours. The numbers are the same on both sides
// (ISO/IEC 19794-2, and 16 for the face).
std::optional<Position> FromProto(v1::Position position);
v1::Position ToProto(Position position);

// Of what Validate() refuses: online.
search::Priority PriorityOf(v1::Priority priority);

v1::DecisionKind ToProto(ledger::DecisionKind kind);
v1::FindingAction ToProto(ledger::FindingAction action);
std::string_view ReasonName(v1::MissingPosition::Reason reason);

void FillFindings(absl::Span<const ledger::Finding> findings,
                  google::protobuf::RepeatedPtrField<v1::Finding>& out);
void FillEvidence(absl::Span<const fusion::PositionEvidence> positions,
                  google::protobuf::RepeatedPtrField<v1::PositionEvidence>& out);

// The decision as the API shows it. Reads the ledger for what a state does not hold: the caller's
// references, the name of a duplicate's original, the policy's version.
absl::StatusOr<v1::Decision> DecisionOf(const ledger::Ledger& ledger, const ledger::State& state);

absl::StatusOr<v1::Candidate> CandidateOf(const ledger::Ledger& ledger,
                                          const ledger::CandidateRecord& candidate);

std::string ToText(absl::Time time);  // RFC 3339, UTC, milliseconds
double Milliseconds(absl::Duration duration);

}  // namespace distinct::service
