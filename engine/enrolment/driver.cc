#include "engine/enrolment/driver.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;

// Every match counts, so more are asked for than a decision lists: all that the cascade compares.
constexpr int kMatchesMax = 100;
constexpr size_t kCandidatesMax = 20;

// The gallery follows within milliseconds; one that needs longer is not about to.
constexpr absl::Duration kLagMax = absl::Seconds(10);

// Findings of the submission that a machine must not pass over.
bool ForcesReview(const std::vector<ledger::Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const ledger::Finding& finding) {
    return finding.code == "SAMPLES_OF_ONE_POSITION_DIFFER";
  });
}

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
  }
  return "";
}

ledger::AuditRecord AuditOf(const ledger::Enrolment& enrolment, const ledger::Decision& decision) {
  ledger::AuditRecord audit;
  audit.action = "DECIDE";
  audit.caller = enrolment.caller;
  audit.purpose = "enrolment";
  audit.detail =
      absl::StrCat("enrolment_id=", enrolment.id.value, " number=", Number(enrolment.ticket),
                   " decision=", KindName(decision.kind),
                   decision.kind == DecisionKind::kDuplicate
                       ? absl::StrCat(" original=", Number(decision.original))
                       : "");
  return audit;
}

ledger::Finding MultipleOriginals(const std::vector<Ticket>& originals) {
  std::string numbers;
  for (const Ticket original : originals) absl::StrAppend(&numbers, " ", Number(original));
  return {"MULTIPLE_ORIGINALS",
          absl::StrCat("matches several persons that are all in the gallery, with the numbers",
                       numbers, "; an examiner compares them with one another")};
}

}  // namespace

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
  std::vector<Match> matches;
};

Driver::Driver(ledger::Ledger& ledger, const gallery::Gallery& gallery,
               const search::Cascade& cascade, const search::Policy& policy, WriteWatch& writes,
               Clock clock)
    : ledger_(ledger),
      gallery_(gallery),
      cascade_(cascade),
      policy_(policy),
      writes_(writes),
      clock_(std::move(clock)) {}

absl::StatusOr<ledger::State> Driver::DriveNew(const ledger::Enrolment& enrolment,
                                               absl::Time deadline, DriveReport& report) {
  Lease lease(*this, enrolment.ticket);
  RETURN_IF_ERROR(lease.Take(deadline));
  return Run(enrolment, deadline, report);
}

absl::StatusOr<ledger::State> Driver::DriveAgain(Ticket n, absl::Time deadline,
                                                 DriveReport& report) {
  Lease lease(*this, n);
  RETURN_IF_ERROR(lease.Take(deadline));
  ASSIGN_OR_RETURN(ledger::State state, ledger_.StateOf(n));
  if (state.decision.kind != DecisionKind::kOpen) return state;
  const absl::StatusOr<bool> too_many = TooManyAttempts(n);
  if (absl::IsFailedPrecondition(too_many.status())) return ledger_.StateOf(n);  // decided just now
  if (!too_many.ok()) return too_many.status();
  if (*too_many) return GiveUp(n);
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger_.Read(n));
  if (enrolment.templates.empty()) return Untemplated(n);
  absl::StatusOr<ledger::State> driven = Run(enrolment, deadline, report);
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

absl::StatusOr<ledger::State> Driver::Run(const ledger::Enrolment& enrolment, absl::Time deadline,
                                          DriveReport& report) {
  const Ticket n = enrolment.ticket;
  if (enrolment.policy != policy_.version) {
    return absl::FailedPreconditionError(absl::StrCat(
        "number ", Number(n), ": got policy version ", static_cast<uint32_t>(enrolment.policy),
        ", want ", static_cast<uint32_t>(policy_.version), "; start the distinctd that wrote it"));
  }
  Protocol protocol(n, ForcesReview(enrolment.findings));
  Evidence evidence;
  Effect effect = protocol.Start();
  for (;;) {
    if (const auto* search = std::get_if<SearchEffect>(&effect)) {
      ASSIGN_OR_RETURN(evidence, Search(enrolment, search->upto, deadline, report));
      effect = protocol.OnSearched(evidence.matches);
    } else if (const auto* read = std::get_if<ReadStatesEffect>(&effect)) {
      ASSIGN_OR_RETURN(const std::vector<MatchState> states, ReadStates(read->tickets));
      effect = protocol.OnStatesRead(states);
    } else if (const auto* drive = std::get_if<DriveEffect>(&effect)) {
      DriveReport other;
      const absl::Status driven = DriveAgain(drive->ticket, deadline, other).status();
      if (absl::IsDeadlineExceeded(driven)) return driven;
      if (!driven.ok()) {  // whatever it is, it is not this enrolment's failure
        return absl::UnavailableError(absl::StrCat("number ", Number(n), " waits for number ",
                                                   Number(drive->ticket), ": ", driven.message()));
      }
      effect = protocol.OnDriven();
    } else if (const auto* decide = std::get_if<DecideEffect>(&effect)) {
      const absl::Time started = clock_();
      ASSIGN_OR_RETURN(const ledger::DecideResult decided, Decide(enrolment, evidence, *decide));
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
                                                absl::Time deadline, DriveReport& report) {
  Evidence evidence;
  const absl::Time started = clock_();
  const Ticket last{Number(upto) - 1};
  // An early word about a gallery that lags; the search itself takes nothing for granted.
  if (!gallery_.WaitForWatermark(last, std::min(deadline, clock_() + kLagMax)).ok()) {
    return absl::UnavailableError(absl::StrCat("gallery: got entries up to ",
                                               Number(gallery_.watermark()), ", want ",
                                               Number(last), "; it follows, call again"));
  }
  search::SearchOptions options;
  options.upto = upto;
  options.exclude = enrolment.ticket;
  options.candidates_max = kMatchesMax;
  options.llr_min = policy_.review;
  options.deadline = deadline;
  ASSIGN_OR_RETURN(evidence.list, cascade_.Search(enrolment.templates, options));
  report.work = evidence.list.work;
  report.search_time += clock_() - started;
  if (evidence.list.searched_count != evidence.list.gallery_count) {
    return absl::UnavailableError(absl::StrCat(
        "searched_count: got ", evidence.list.searched_count, ", want the gallery's ",
        evidence.list.gallery_count, "; a shard lost records, restart distinctd to rebuild it"));
  }
  for (const search::Candidate& candidate : evidence.list.candidates) {
    const search::Band band = search::BandOf(candidate.llr, policy_);
    if (band != search::Band::kNone) evidence.matches.push_back({candidate.ticket, band});
  }
  return evidence;
}

absl::StatusOr<std::vector<MatchState>> Driver::ReadStates(const std::vector<Ticket>& tickets) {
  ASSIGN_OR_RETURN(const std::vector<ledger::State> states, ledger_.StatesOf(tickets));
  std::vector<MatchState> out;
  out.reserve(states.size());
  for (const ledger::State& state : states) {
    out.push_back(
        {state.ticket, state.decision.kind, state.decision.original, state.closed_at != kNoTicket});
  }
  return out;
}

absl::StatusOr<ledger::DecideResult> Driver::Decide(const ledger::Enrolment& enrolment,
                                                    const Evidence& evidence,
                                                    const DecideEffect& decide) {
  ledger::Decision decision;
  decision.kind = decide.kind;
  if (!decide.originals.empty()) decision.original = decide.originals.front();
  decision.findings = enrolment.findings;
  if (decide.originals.size() > 1) {
    decision.findings.push_back(MultipleOriginals(decide.originals));
  }
  decision.searched_count = evidence.list.searched_count;
  decision.gallery_count = evidence.list.gallery_count;

  std::vector<Ticket> tickets;
  for (const Match& match : evidence.matches) {
    if (tickets.size() < kCandidatesMax) tickets.push_back(match.ticket);
  }
  ASSIGN_OR_RETURN(const std::vector<ledger::State> states, ledger_.StatesOf(tickets));
  for (size_t i = 0; i < tickets.size(); ++i) {
    const search::Candidate& candidate = evidence.list.candidates[i];
    ledger::CandidateRecord record;
    record.ticket = candidate.ticket;
    record.id = states[i].id;
    record.llr = candidate.llr;
    for (const fusion::PositionEvidence& one : candidate.positions) {
      record.positions.push_back({one.probe, one.llr});
    }
    decision.candidates.push_back(std::move(record));
  }
  return writes_.Checked(ledger_.Decide(enrolment.ticket, decision, AuditOf(enrolment, decision)));
}

absl::StatusOr<ledger::State> Driver::GiveUp(Ticket n) {
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger_.Read(n));
  ledger::Decision decision;
  decision.kind = DecisionKind::kReview;
  decision.findings = enrolment.findings;
  decision.findings.push_back(
      {"PROCESSING_FAILED", absl::StrCat("could not be searched in ", kFailedAttemptsMax,
                                         " attempts; the log says why, an examiner decides")});
  ASSIGN_OR_RETURN(const ledger::DecideResult decided,
                   writes_.Checked(ledger_.Decide(n, decision, AuditOf(enrolment, decision))));
  return decided.stored;
}

}  // namespace distinct::enrolment
