#include "engine/enrolment/driver.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/enrolment/candidate_checks.h"
#include "engine/enrolment/checks.h"
#include "engine/search/decision.h"
#include "matchers/status.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;

// Every match counts: all that the cascade compares.
constexpr int kMatchesMax = 100;

constexpr char kProcessingFailed[] = "PROCESSING_FAILED";

// The gallery follows within milliseconds; one that needs longer is not about to.
constexpr absl::Duration kLagMax = absl::Seconds(10);

// Not the enrolment's fault: it may be tried again as often as needed.
bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status);
}

const char* KindName(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::kOpen:
      return "OPEN";
    case DecisionKind::kUnique:
      return "UNIQUE";
    case DecisionKind::kDuplicate:
      return "DUPLICATE";
    case DecisionKind::kReview:
      return "REVIEW";
    case DecisionKind::kRefused:
      return "REFUSED";
    case DecisionKind::kWithdrawn:
      return "WITHDRAWN";
    case DecisionKind::kAccepted:
      return "ACCEPTED";
  }
  return "";
}

std::string DetailOf(const ledger::Enrolment& enrolment, const ledger::Decision& decision) {
  std::string detail =
      absl::StrCat("enrolment_id=", enrolment.id.value, " number=", Number(enrolment.ticket),
                   " decision=", KindName(decision.kind));
  if (enrolment.subject != kNoTicket)
    absl::StrAppend(&detail, " subject=", Number(enrolment.subject));
  if (decision.kind == DecisionKind::kDuplicate) {
    absl::StrAppend(&detail, " original=", Number(decision.original));
  }
  return detail;
}

ledger::AuditRecord AuditOf(const ledger::Enrolment& enrolment, const ledger::Decision& decision) {
  const bool update = enrolment.subject != kNoTicket;
  return {"DECIDE", enrolment.caller, update ? "update" : "enrolment",
          DetailOf(enrolment, decision)};
}

// What is to be said of a decision that a machine or an examiner came to.
void AddFindings(const ledger::Enrolment& enrolment, const DecideEffect& decide,
                 ledger::Decision& decision) {
  std::string numbers;
  for (const Ticket original : decide.originals) absl::StrAppend(&numbers, " ", Number(original));
  const auto add = [&](std::string code, std::string text) {
    decision.findings.push_back({std::move(code), std::move(text)});
  };
  if (decide.originals.size() > 1) {
    add("MULTIPLE_ORIGINALS",
        absl::StrCat("matches several persons that are all in the gallery, with the numbers",
                     numbers, "; an examiner compares them with one another"));
  }
  if (enrolment.subject == kNoTicket) return;
  const bool refused_by_check = AskedBy(decision.findings) == ledger::FindingAction::kRefuse;
  if (!decide.originals.empty()) {
    add("MATCHES_ANOTHER_PERSON",
        absl::StrCat("matches another person than the one to be updated, with the number", numbers,
                     "; an examiner compares them"));
  } else if (decide.kind == DecisionKind::kRefused && !refused_by_check) {
    add("NOT_THE_SUBJECT",
        "does not match the person to be updated, or that person is no more; capture again, or "
        "enrol the person under a new enrolment_id");
  } else if (decide.kind == DecisionKind::kReview) {
    add("UPDATE_IN_DOUBT",
        "is not beyond doubt of the person to be updated and of nobody else; an examiner compares "
        "the candidates");
  }
}

}  // namespace

bool WasSearched(const ledger::Decision& decision) {
  return std::none_of(
      decision.findings.begin(), decision.findings.end(),
      [](const ledger::Finding& finding) { return finding.code == kProcessingFailed; });
}

// Held while driving; released by the destructor.
class Driver::Lease {
 public:
  Lease(Driver& driver, Ticket n) : driver_(driver), n_(n) {}
  ~Lease() {
    if (!held_) return;
    absl::MutexLock lock(&driver_.mu_);
    driver_.leased_.erase(n_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Waits for the present driver. DEADLINE_EXCEEDED: it still drives.
  absl::Status Take(absl::Time deadline) {
    absl::MutexLock lock(&driver_.mu_);
    const auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(driver_.mu_) {
      return !driver_.leased_.contains(n_);
    };
    if (!driver_.mu_.AwaitWithDeadline(absl::Condition(&free), deadline)) {
      return absl::DeadlineExceededError(
          absl::StrCat("number ", Number(n_), " is still being decided; ask again later"));
    }
    driver_.leased_.insert(n_);
    held_ = true;
    return absl::OkStatus();
  }

 private:
  Driver& driver_;
  const Ticket n_;
  bool held_ = false;
};

// What one search found, with the scores that the protocol does not need but the decision shows.
struct Driver::Evidence {
  search::CandidateList list;
  std::vector<Match> matches;  // of the candidates, in their order
  std::vector<Match> asked;    // numbers that only a finding is about
  std::vector<ledger::Finding> findings;
};

// What a decision rests on: a search, or what an earlier one found and an examiner said of it.
struct Driver::Settlement {
  DecisionKind from = DecisionKind::kOpen;
  ledger::Decision decision;  // candidates, findings and counts; the rest is still to come
  std::vector<ledger::PairVerdict> verdicts;
  ledger::AuditRecord audit;  // of an adjudication
};

Driver::Driver(ledger::Ledger& ledger, const gallery::Gallery& gallery,
               const search::Cascade& cascade, WriteWatch& writes, Clock clock)
    : ledger_(ledger),
      gallery_(gallery),
      cascade_(cascade),
      writes_(writes),
      clock_(std::move(clock)) {}

absl::StatusOr<ledger::State> Driver::DriveNew(const ledger::Enrolment& enrolment,
                                               const Urgency& urgency, DriveReport& report) {
  Lease lease(*this, enrolment.ticket);
  RETURN_IF_ERROR(lease.Take(urgency.deadline));
  return Run(enrolment, urgency, report);
}

absl::StatusOr<ledger::State> Driver::DriveAgain(Ticket n, const Urgency& urgency,
                                                 DriveReport& report) {
  Lease lease(*this, n);
  RETURN_IF_ERROR(lease.Take(urgency.deadline));
  ASSIGN_OR_RETURN(ledger::State state, ledger_.StateOf(n));
  if (state.decision.kind != DecisionKind::kOpen) return state;
  const absl::StatusOr<bool> too_many = TooManyAttempts(n);
  if (absl::IsFailedPrecondition(too_many.status())) return ledger_.StateOf(n);  // decided just now
  if (!too_many.ok()) return too_many.status();
  if (*too_many) return GiveUp(n);
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger_.Read(n));
  if (enrolment.templates.empty()) return Untemplated(n);
  absl::StatusOr<ledger::State> driven = Run(enrolment, urgency, report);
  Finished(n, driven.status());
  return driven;
}

absl::StatusOr<ledger::State> Driver::Untemplated(Ticket n) {
  ASSIGN_OR_RETURN(ledger::State state, ledger_.StateOf(n));
  if (state.decision.kind != DecisionKind::kOpen) return state;
  return absl::DataLossError(absl::StrCat(
      "number ", Number(n), ": got no templates, want some while it is OPEN; restart distinctd, ",
      "which checks the store"));
}

bool Driver::driven(Ticket n) const {
  absl::MutexLock lock(&mu_);
  return leased_.contains(n);
}

absl::StatusOr<bool> Driver::TooManyAttempts(Ticket n) {
  {
    absl::MutexLock lock(&mu_);
    if (counted_.contains(n)) return false;
  }
  ASSIGN_OR_RETURN(const int attempts, writes_.Checked(ledger_.CountFailedAttempt(n)));
  if (attempts > kFailedAttemptsMax) return true;
  absl::MutexLock lock(&mu_);
  counted_.insert(n);
  return false;
}

void Driver::Finished(Ticket n, const absl::Status& status) {
  if (IsTransient(status)) return;
  absl::MutexLock lock(&mu_);
  counted_.erase(n);
}

absl::StatusOr<ledger::State> Driver::Run(const ledger::Enrolment& enrolment,
                                          const Urgency& urgency, DriveReport& report) {
  ASSIGN_OR_RETURN(const Question question, QuestionOf(enrolment));
  const Protocol protocol(question);
  Settlement settlement;
  settlement.decision.findings = enrolment.findings;
  return Follow(protocol, protocol.Start(), enrolment, std::move(settlement), urgency, report);
}

absl::StatusOr<Question> Driver::QuestionOf(const ledger::Enrolment& enrolment) const {
  Question question{enrolment.ticket, enrolment.subject, AskedBy(enrolment.findings)};
  ASSIGN_OR_RETURN(const std::vector<ledger::PairVerdict> verdicts,
                   ledger_.VerdictsOfCase(enrolment.case_ticket));
  for (const ledger::PairVerdict& one : verdicts) {
    const bool same = one.verdict == ledger::Verdict::kSame;
    (same ? question.same : question.others).push_back(one.other);
  }
  return question;
}

absl::StatusOr<ledger::State> Driver::Adjudicate(Ticket n,
                                                 const std::vector<ledger::PairVerdict>& verdicts,
                                                 const ledger::AuditRecord& audit,
                                                 absl::Time deadline) {
  Lease lease(*this, n);
  RETURN_IF_ERROR(lease.Take(deadline));
  ASSIGN_OR_RETURN(ledger::State state, ledger_.StateOf(n));
  if (state.decision.kind != DecisionKind::kReview) return Adjudicated(std::move(state), verdicts);
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger_.Read(n));
  ASSIGN_OR_RETURN(const Policy policy, ledger_.PolicyOf(enrolment.policy));
  Settlement settlement;
  settlement.from = DecisionKind::kReview;
  settlement.decision = state.decision;
  settlement.verdicts = verdicts;
  settlement.audit = audit;
  ASSIGN_OR_RETURN(Question question, QuestionOf(enrolment));
  question.examined = true;
  Protocol protocol(question);
  std::vector<Match> matches;
  for (const ledger::CandidateRecord& candidate : state.decision.candidates) {
    matches.push_back({candidate.ticket, search::BandOf(candidate.llr, policy)});
  }
  // What could not be searched for then is searched for now: nobody is UNIQUE unsearched.
  const Effect effect =
      WasSearched(state.decision) ? protocol.OnSearched(matches) : protocol.Start();
  DriveReport report;
  return Follow(protocol, effect, enrolment, std::move(settlement), deadline, report);
}

absl::StatusOr<ledger::State> Driver::Adjudicated(
    ledger::State state, const std::vector<ledger::PairVerdict>& verdicts) {
  std::vector<Ticket> others;
  others.reserve(verdicts.size());
  for (const ledger::PairVerdict& one : verdicts) others.push_back(one.other);
  ASSIGN_OR_RETURN(const std::vector<ledger::Verdict> stored,
                   ledger_.VerdictsOf(state.ticket, others));
  bool same = true;
  for (size_t i = 0; i < verdicts.size(); ++i) same = same && verdicts[i].verdict == stored[i];
  if (verdicts.empty()) {
    // There was nobody to compare with: its case tells that an examiner closed it.
    const absl::StatusOr<ledger::Case> record = ledger_.CaseOf(state.ticket);
    same = record.ok() && record->kind == ledger::CaseKind::kReview &&
           state.decision.kind != DecisionKind::kWithdrawn;
  }
  if (same) return state;
  return absl::FailedPreconditionError(absl::StrCat("enrolment_id: got ", state.id.value, " in ",
                                                    KindName(state.decision.kind),
                                                    ", want one in REVIEW; read it, and of a wrong "
                                                    "DUPLICATE say duplicate_of"));
}

absl::Status Driver::DriveOther(Ticket n, Ticket other, const Urgency& urgency) {
  DriveReport report;
  const absl::Status driven = DriveAgain(other, urgency, report).status();
  if (driven.ok() || absl::IsDeadlineExceeded(driven)) return driven;
  // Whatever it is, it is not this number's failure.
  return absl::UnavailableError(absl::StrCat("number ", Number(n), " waits for number ",
                                             Number(other), ": ", driven.message()));
}

absl::StatusOr<ledger::State> Driver::Follow(Protocol protocol, Effect effect,
                                             const ledger::Enrolment& enrolment,
                                             Settlement settlement, const Urgency& urgency,
                                             DriveReport& report) {
  const Ticket n = enrolment.ticket;
  for (;;) {
    if (const auto* search = std::get_if<SearchEffect>(&effect)) {
      ASSIGN_OR_RETURN(const Evidence evidence, Search(enrolment, search->upto, urgency, report));
      ASSIGN_OR_RETURN(settlement.decision.candidates, RecordsOf(evidence));
      settlement.decision.searched_count = evidence.list.searched_count;
      settlement.decision.gallery_count = evidence.list.gallery_count;
      settlement.decision.findings.insert(settlement.decision.findings.end(),
                                          evidence.findings.begin(), evidence.findings.end());
      std::vector<Match> matches = evidence.matches;
      matches.insert(matches.end(), evidence.asked.begin(), evidence.asked.end());
      effect = protocol.OnSearched(matches);
    } else if (const auto* read = std::get_if<ReadStatesEffect>(&effect)) {
      ASSIGN_OR_RETURN(const std::vector<MatchState> states,
                       ReadStates(n, read->tickets, settlement));
      effect = protocol.OnStatesRead(states);
    } else if (const auto* drive = std::get_if<DriveEffect>(&effect)) {
      RETURN_IF_ERROR(DriveOther(n, drive->ticket, urgency));
      effect = protocol.OnDriven();
    } else if (const auto* decide = std::get_if<DecideEffect>(&effect)) {
      const absl::Time started = clock_();
      ASSIGN_OR_RETURN(const ledger::DecideResult decided, Decide(enrolment, settlement, *decide));
      report.decide_time += clock_() - started;
      effect = protocol.OnDecided(decided.won             ? DecideOutcome::kWon
                                  : decided.original_gone ? DecideOutcome::kOriginalGone
                                                          : DecideOutcome::kLost);
    } else {
      return ledger_.StateOf(n);
    }
  }
}

absl::StatusOr<Driver::Evidence> Driver::Search(const ledger::Enrolment& enrolment, Ticket upto,
                                                const Urgency& urgency, DriveReport& report) {
  Evidence evidence;
  ASSIGN_OR_RETURN(const Policy policy, ledger_.PolicyOf(enrolment.policy));
  const absl::Time started = clock_();
  const Ticket last{Number(upto) - 1};
  // An early word about a gallery that lags; the search itself takes nothing for granted.
  if (!gallery_.WaitForWatermark(last, std::min(urgency.deadline, clock_() + kLagMax)).ok()) {
    return absl::UnavailableError(absl::StrCat("gallery: got entries up to ",
                                               Number(gallery_.watermark()), ", want ",
                                               Number(last), "; it follows, call again"));
  }
  search::SearchOptions options;
  options.upto = upto;
  options.exclude = enrolment.ticket;
  options.candidates_max = kMatchesMax;
  options.llr_min = policy.review;
  options.deadline = urgency.deadline;
  options.priority = urgency.priority;
  options.announced = urgency.announced;
  ASSIGN_OR_RETURN(evidence.list, cascade_.Search(enrolment.templates, options));
  report.work = evidence.list.work;
  if (evidence.list.searched_count != evidence.list.gallery_count) {
    return absl::UnavailableError(absl::StrCat(
        "searched_count: got ", evidence.list.searched_count, ", want the gallery's ",
        evidence.list.gallery_count, "; a shard lost records, restart distinctd to rebuild it"));
  }
  for (const search::Candidate& candidate : evidence.list.candidates) {
    evidence.matches.push_back({candidate.ticket, search::BandOf(candidate.llr, policy)});
  }
  if (enrolment.subject != kNoTicket)
    RETURN_IF_ERROR(CompareWithSubject(enrolment, policy, evidence));
  RETURN_IF_ERROR(CheckFound(enrolment, options, evidence));
  report.search_time += clock_() - started;
  return evidence;
}

absl::Status Driver::CheckFound(const ledger::Enrolment& enrolment,
                                const search::SearchOptions& options, Evidence& evidence) const {
  ASSIGN_OR_RETURN(CandidateFindings found, CheckCandidates(ledger_, cascade_, enrolment,
                                                            evidence.list.candidates, options));
  evidence.findings = std::move(found.findings);
  for (search::Candidate& candidate : found.mirrored) {
    // What is alike only under other labels than it has is for an examiner, if for anybody.
    evidence.matches.push_back({candidate.ticket, search::Band::kNone});
    evidence.list.candidates.push_back(std::move(candidate));
  }
  for (Match& match : evidence.matches) {
    const auto asks = found.asks.find(match.ticket);
    if (asks == found.asks.end()) continue;
    match.asks = asks->second;
    found.asks.erase(asks);
  }
  for (const auto& [ticket, asks] : found.asks) {
    evidence.asked.push_back({ticket, search::Band::kNone, asks});
  }
  return absl::OkStatus();
}

absl::Status Driver::CompareWithSubject(const ledger::Enrolment& update, const Policy& policy,
                                        Evidence& evidence) const {
  ASSIGN_OR_RETURN(const std::vector<Template> reference,
                   ledger_.TemplatesOfPerson(update.subject));
  if (reference.empty()) return absl::OkStatus();  // erased meanwhile
  ASSIGN_OR_RETURN(search::Candidate candidate, cascade_.Verify(update.templates, reference));
  candidate.ticket = update.subject;
  const search::Band band = search::BandOf(candidate.llr, policy);
  if (band == search::Band::kNone) return absl::OkStatus();
  for (size_t i = 0; i < evidence.matches.size(); ++i) {
    if (evidence.matches[i].ticket != update.subject) continue;
    if (candidate.llr > evidence.list.candidates[i].llr) {
      evidence.list.candidates[i] = std::move(candidate);
      evidence.matches[i].band = band;
    }
    return absl::OkStatus();
  }
  evidence.list.candidates.push_back(std::move(candidate));
  evidence.matches.push_back({update.subject, band});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ledger::CandidateRecord>> Driver::RecordsOf(const Evidence& evidence) {
  std::vector<Ticket> tickets;
  tickets.reserve(evidence.matches.size());
  for (const Match& match : evidence.matches) tickets.push_back(match.ticket);
  ASSIGN_OR_RETURN(const std::vector<ledger::State> states, ledger_.StatesOf(tickets));
  std::vector<ledger::CandidateRecord> records;
  for (size_t i = 0; i < tickets.size(); ++i) {
    const search::Candidate& candidate = evidence.list.candidates[i];
    ledger::CandidateRecord record;
    record.ticket = candidate.ticket;
    record.id = states[i].id;
    record.llr = candidate.llr;
    for (const fusion::PositionEvidence& one : candidate.positions) {
      record.positions.push_back({one.probe, one.llr});
    }
    records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<std::vector<MatchState>> Driver::ReadStates(Ticket n,
                                                           const std::vector<Ticket>& tickets,
                                                           const Settlement& settlement) {
  ASSIGN_OR_RETURN(const std::vector<ledger::State> states, ledger_.StatesOf(tickets));
  ASSIGN_OR_RETURN(const std::vector<ledger::Verdict> verdicts, ledger_.VerdictsOf(n, tickets));
  std::vector<MatchState> out;
  for (size_t i = 0; i < states.size(); ++i) {
    MatchState state;
    state.ticket = states[i].ticket;
    state.kind = states[i].decision.kind;
    state.counts_for = ledger::CountsFor(states[i]);
    state.closed = states[i].closed_at != kNoTicket;
    state.verdict = verdicts[i];
    for (const ledger::PairVerdict& said : settlement.verdicts) {
      if (said.other == state.ticket) state.verdict = said.verdict;
    }
    out.push_back(state);
  }
  return out;
}

absl::StatusOr<ledger::DecideResult> Driver::Decide(const ledger::Enrolment& enrolment,
                                                    const Settlement& settlement,
                                                    const DecideEffect& decide) {
  ledger::DecideOp op;
  op.ticket = enrolment.ticket;
  op.from = settlement.from;
  op.decision = settlement.decision;
  op.decision.kind = decide.kind;
  op.decision.original =
      decide.kind == DecisionKind::kDuplicate ? decide.originals.front() : kNoTicket;
  AddFindings(enrolment, decide, op.decision);
  op.persons = decide.originals;
  op.verdicts = settlement.verdicts;
  if (settlement.from == DecisionKind::kReview) {
    RETURN_IF_ERROR(CheckSettled(settlement, decide));
    op.audit = settlement.audit;
    absl::StrAppend(&op.audit.detail, " ", DetailOf(enrolment, op.decision));
  } else {
    op.audit = AuditOf(enrolment, op.decision);
  }
  return writes_.Checked(ledger_.Decide(op));
}

absl::Status Driver::CheckSettled(const Settlement& settlement, const DecideEffect& decide) const {
  std::vector<std::string> unsaid, undecided;
  for (const ledger::CandidateRecord& candidate : settlement.decision.candidates) {
    ASSIGN_OR_RETURN(const ledger::State state, ledger_.StateOf(candidate.ticket));
    if (state.closed_at != kNoTicket) continue;
    const auto said =
        std::find_if(settlement.verdicts.begin(), settlement.verdicts.end(),
                     [&](const ledger::PairVerdict& one) { return one.other == candidate.ticket; });
    if (said == settlement.verdicts.end()) {
      unsaid.push_back(candidate.id.value);
    } else if (said->verdict == ledger::Verdict::kSame &&
               state.decision.kind == DecisionKind::kReview) {
      undecided.push_back(candidate.id.value);
    }
  }
  if (!unsaid.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("verdicts: got none on ", absl::StrJoin(unsaid, ", "),
                     ", want SAME or DIFFERENT for each candidate; compare them"));
  }
  for (const ledger::PairVerdict& one : settlement.verdicts) {
    const bool denied = decide.kind == DecisionKind::kDuplicate &&
                        one.other == decide.originals.front() &&
                        one.verdict == ledger::Verdict::kDifferent;
    if (!denied) continue;
    ASSIGN_OR_RETURN(const ledger::State person, ledger_.StateOf(one.other));
    return absl::FailedPreconditionError(
        absl::StrCat("verdicts: got DIFFERENT on ", person.id.value,
                     " and SAME on a record that counts for it, want one word on both; if that "
                     "record is a wrong DUPLICATE take it back first"));
  }
  if (decide.kind != DecisionKind::kReview) return absl::OkStatus();
  if (!undecided.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("verdicts: got SAME as ", absl::StrJoin(undecided, ", "),
                     ", which is in REVIEW itself, want it decided; adjudicate that first"));
  }
  return absl::FailedPreconditionError(
      "verdicts: got SAME as another person than the one to be updated, want the update to be of "
      "its person alone; merge the two if they are one, or withdraw the update");
}

absl::StatusOr<ledger::State> Driver::GiveUp(Ticket n) {
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger_.Read(n));
  ledger::Decision decision;
  decision.kind = DecisionKind::kReview;
  decision.findings = enrolment.findings;
  decision.findings.push_back({kProcessingFailed,
                               absl::StrCat("could not be searched in ", kFailedAttemptsMax,
                                            " attempts; the log says why, an examiner decides"),
                               ledger::FindingAction::kReview});
  ledger::DecideOp op;
  op.ticket = n;
  op.decision = std::move(decision);
  op.audit = AuditOf(enrolment, op.decision);
  ASSIGN_OR_RETURN(const ledger::DecideResult decided, writes_.Checked(ledger_.Decide(op)));
  return decided.stored;
}

}  // namespace distinct::enrolment
