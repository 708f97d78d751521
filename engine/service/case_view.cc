#include "engine/service/case_view.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/enrolment/checks.h"
#include "engine/search/inspection.h"
#include "engine/search/probe.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

v1::Verdict VerdictToProto(ledger::Verdict verdict) {
  switch (verdict) {
    case ledger::Verdict::kNone:
      return v1::VERDICT_UNSPECIFIED;
    case ledger::Verdict::kSame:
      return v1::SAME;
    case ledger::Verdict::kDifferent:
      return v1::DIFFERENT;
  }
  return v1::VERDICT_UNSPECIFIED;
}

// Of up to three samples of each of the two positions, the pair that the evidence is of: the best.
std::optional<Explanation> BestExplanation(const Modality& modality,
                                           const std::vector<Template>& probe,
                                           const std::vector<Template>& reference,
                                           const fusion::PositionEvidence& evidence) {
  std::optional<Explanation> best;
  for (const Template& one : probe) {
    if (one.position != evidence.probe) continue;
    const auto prepared = modality.Prepare(one.bytes);
    for (const Template& other : reference) {
      if (other.position != evidence.reference) continue;
      Explanation explanation = prepared->Explain(other.bytes);
      if (!best || explanation.score.value > best->score.value) best = std::move(explanation);
    }
  }
  return best;
}

// Position by position, then the fingers that match under exchanged labels.
absl::StatusOr<std::vector<fusion::PositionEvidence>> Compare(
    const search::Cascade& cascade, const Modalities& modalities,
    const std::vector<Template>& probe, const std::vector<Template>& reference) {
  ASSIGN_OR_RETURN(search::Candidate compared, cascade.Verify(probe, reference));
  const auto pairs =
      search::InspectPairs(modalities, probe, {reference}, enrolment::kSameFingerLlr);
  for (const search::InspectedPair& pair : pairs.front()) {
    if (pair.llr < enrolment::kSameFingerLlr) continue;
    if (search::MayShowTheSame(pair.probe, pair.reference)) continue;
    compared.positions.push_back({pair.probe, pair.reference, {}, pair.llr});
  }
  return std::move(compared.positions);
}

absl::Status FillComparisons(const search::Cascade& cascade, std::vector<Template> probe,
                             std::vector<Template> reference,
                             google::protobuf::RepeatedPtrField<v1::PairComparison>& out) {
  if (probe.empty() || reference.empty()) return absl::OkStatus();
  const Modalities& modalities = cascade.ModalitiesOf(probe, reference);
  probe = modalities.InForce(probe);
  reference = modalities.InForce(reference);
  ASSIGN_OR_RETURN(const auto positions, Compare(cascade, modalities, probe, reference));
  for (const fusion::PositionEvidence& evidence : positions) {
    v1::PairComparison& added = *out.Add();
    added.set_position(ToProto(evidence.probe));
    added.set_reference_position(ToProto(evidence.reference));
    added.set_llr(evidence.llr.value);
    const Modality* const modality = modalities.For(evidence.probe);
    if (modality == nullptr) continue;
    const auto explanation = BestExplanation(*modality, probe, reference, evidence);
    if (!explanation) continue;
    for (const PairedFeature& pair : explanation->pairs) {
      v1::PairedMinutiae& minutiae = *added.add_minutiae();
      minutiae.set_probe_x(pair.probe_x_px);
      minutiae.set_probe_y(pair.probe_y_px);
      minutiae.set_reference_x(pair.reference_x_px);
      minutiae.set_reference_y(pair.reference_y_px);
      minutiae.set_share(pair.share);
    }
  }
  return absl::OkStatus();
}

// Whose templates are compared, and whose samples shown: of the subject of an update the records
// that the person has now, as the search compared them; of others their own.
absl::StatusOr<std::vector<Ticket>> ComparedRecords(const ledger::Ledger& ledger,
                                                    const ledger::State& probe, Ticket of) {
  if (of == probe.subject) return ledger.RecordsOfPerson(of);
  return std::vector<Ticket>{of};
}

absl::StatusOr<std::vector<Template>> ReferenceOf(const ledger::Ledger& ledger,
                                                  const ledger::State& probe, Ticket candidate) {
  ASSIGN_OR_RETURN(const std::vector<Ticket> records, ComparedRecords(ledger, probe, candidate));
  std::vector<Template> templates;
  for (const Ticket record : records) {
    ASSIGN_OR_RETURN(ledger::Enrolment enrolment, ledger.Read(record));
    std::move(enrolment.templates.begin(), enrolment.templates.end(),
              std::back_inserter(templates));
  }
  return templates;
}

// Whose images belong to a case: its own, its candidates', and of those whom they count for the
// persons that it is about.
std::set<Ticket> NumbersOf(const ledger::State& state, const std::vector<Ticket>& persons) {
  std::set<Ticket> numbers(persons.begin(), persons.end());
  numbers.insert(state.ticket);
  if (state.decision.original != kNoTicket) numbers.insert(state.decision.original);
  for (const ledger::CandidateRecord& one : state.decision.candidates) numbers.insert(one.ticket);
  return numbers;
}

}  // namespace

absl::StatusOr<v1::Case> CaseOf(const ledger::Ledger& ledger, const ledger::Case& record) {
  ASSIGN_OR_RETURN(const ledger::State state, ledger.StateOf(record.ticket));
  v1::Case out;
  out.set_enrolment_id(state.id.value);
  out.set_kind(record.kind == ledger::CaseKind::kMerge ? v1::MERGE_CASE : v1::REVIEW_CASE);
  out.set_closed(record.closed);
  out.set_opened_at(ToText(record.opened_at));
  if (!record.closed && absl::Now() < record.claimed_until) {
    out.set_claimed_by(record.claimed_by);
    out.set_claimed_until(ToText(record.claimed_until));
  }
  ASSIGN_OR_RETURN(const std::vector<ledger::State> persons, ledger.StatesOf(record.persons));
  for (const ledger::State& person : persons) out.add_persons(person.id.value);
  return out;
}

absl::Status FillCandidates(const Parts& parts, const ledger::State& state,
                            const std::string& compared,
                            google::protobuf::RepeatedPtrField<v1::CaseCandidate>& out) {
  std::vector<Ticket> tickets;
  for (const auto& candidate : state.decision.candidates) tickets.push_back(candidate.ticket);
  ASSIGN_OR_RETURN(const std::vector<ledger::State> states, parts.ledger.StatesOf(tickets));
  ASSIGN_OR_RETURN(const std::vector<ledger::Verdict> verdicts,
                   parts.ledger.VerdictsOf(state.ticket, tickets));
  ASSIGN_OR_RETURN(const ledger::Enrolment probe, parts.ledger.Read(state.ticket));
  for (size_t i = 0; i < tickets.size(); ++i) {
    v1::CaseCandidate& added = *out.Add();
    ASSIGN_OR_RETURN(*added.mutable_candidate(),
                     CandidateOf(parts.ledger, state.decision.candidates[i]));
    added.set_kind(ToProto(states[i].decision.kind));
    added.set_erased(states[i].closed_at != kNoTicket);
    added.set_verdict(VerdictToProto(verdicts[i]));
    if (!compared.empty() && compared != states[i].id.value) continue;
    ASSIGN_OR_RETURN(std::vector<Template> reference, ReferenceOf(parts.ledger, state, tickets[i]));
    RETURN_IF_ERROR(FillComparisons(parts.cascade, probe.templates, std::move(reference),
                                    *added.mutable_comparisons()));
  }
  return absl::OkStatus();
}

absl::Status FillSamples(const ledger::Ledger& ledger, const ledger::State& state,
                         const std::vector<Ticket>& persons, const std::string& samples_of,
                         google::protobuf::RepeatedPtrField<v1::Sample>& out) {
  const absl::StatusOr<ledger::State> named = ledger.Find(EnrolmentId{samples_of});
  if (!named.ok() && !absl::IsNotFound(named.status())) return named.status();
  if (!named.ok() || !NumbersOf(state, persons).contains(named->ticket)) {
    google::rpc::BadRequest stranger;
    auto* const violation = stranger.add_field_violations();
    violation->set_field("samples_of");
    violation->set_description(
        absl::StrCat("got ", samples_of, ", want ", state.id.value,
                     ", a candidate of it or a person that it names; read the case"));
    return BadRequestError(stranger);
  }
  ASSIGN_OR_RETURN(const std::vector<Ticket> records,
                   ComparedRecords(ledger, state, named->ticket));
  for (const Ticket record : records) {
    ASSIGN_OR_RETURN(ledger::KeptSamples samples, ledger.SamplesOf(record));
    for (ledger::KeptSample& kept : samples) {
      v1::Sample& added = *out.Add();
      added.set_position(ToProto(kept.position));
      added.set_dpi(kept.dpi);
      added.set_image(std::move(kept.image));
    }
  }
  return absl::OkStatus();
}

}  // namespace distinct::service
