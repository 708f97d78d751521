#include "engine/enrolment/candidate_checks.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "engine/enrolment/checks.h"
#include "matchers/status.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;
using ledger::Finding;
using ledger::FindingAction;

// More alike than these are the same person's duplicates, which would say the same again.
constexpr size_t kInspectedMax = 3;

// A record that is nobody: what was refused is captured again, perhaps by some of its images.
bool IsNobody(const ledger::State& state) {
  return state.closed_at != kNoTicket || state.decision.kind == DecisionKind::kRefused ||
         state.decision.kind == DecisionKind::kWithdrawn;
}

void Add(Ticket about, std::vector<Finding> findings, CandidateFindings& found) {
  const FindingAction asked = AskedBy(findings);
  if (asked != FindingAction::kNote) {
    FindingAction& asks = found.asks[about];
    asks = std::max(asks, asked);
  }
  std::move(findings.begin(), findings.end(), std::back_inserter(found.findings));
}

bool IsReplay(const Finding& finding) { return finding.code == CheckName(ledger::Check::kReplay); }

bool Contains(absl::Span<const search::Candidate> candidates, Ticket ticket) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const search::Candidate& one) { return one.ticket == ticket; });
}

}  // namespace

absl::StatusOr<CandidateFindings> CheckCandidates(const ledger::Ledger& ledger,
                                                  const search::Cascade& cascade,
                                                  const ledger::Enrolment& enrolment,
                                                  absl::Span<const search::Candidate> candidates,
                                                  const search::SearchOptions& options) {
  CandidateFindings found;
  // Who carries on a case may be like nobody but whom it is not.
  if (candidates.empty() || enrolment.case_ticket != kNoTicket) {
    search::SearchOptions mirrored = options;
    mirrored.llr_min = kSameFingerLlr;
    ASSIGN_OR_RETURN(found.mirrored, cascade.SearchMirrored(enrolment.templates, mirrored));
    std::erase_if(found.mirrored,
                  [&](const search::Candidate& one) { return Contains(candidates, one.ticket); });
  }
  std::set<Ticket> replayed;  // named by the very image: not again by a near one
  ASSIGN_OR_RETURN(const std::vector<ledger::Replay> replays, ledger.ReplaysOf(enrolment.ticket));
  for (const ledger::Replay& replay : replays) {
    ASSIGN_OR_RETURN(const ledger::State earlier, ledger.StateOf(replay.earlier));
    replayed.insert(replay.earlier);
    Add(replay.earlier, {ReplayFinding(replay, earlier.id.value, enrolment.finding_policy)}, found);
  }
  std::vector<Ticket> persons;
  std::vector<std::string> names;
  for (const absl::Span<const search::Candidate> alike :
       {candidates, absl::MakeConstSpan(found.mirrored)}) {
    for (const search::Candidate& one : alike.first(std::min(alike.size(), kInspectedMax))) {
      ASSIGN_OR_RETURN(const ledger::State state, ledger.StateOf(one.ticket));
      if (IsNobody(state)) continue;
      persons.push_back(one.ticket);
      names.push_back(state.id.value);
    }
  }
  const auto pairs = cascade.Inspect(enrolment.templates, persons, options.upto, kSameFingerLlr);
  for (size_t i = 0; i < persons.size(); ++i) {
    std::vector<Finding> findings =
        CheckAgainstPerson(names[i], pairs[i], enrolment.finding_policy);
    if (replayed.contains(persons[i])) std::erase_if(findings, IsReplay);
    Add(persons[i], std::move(findings), found);
  }
  return found;
}

}  // namespace distinct::enrolment
