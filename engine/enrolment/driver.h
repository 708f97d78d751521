// Drives one enrolment at a time from OPEN to its decision: runs the protocol's effects against
// ledger, gallery and cascade.
//
// Leases: in this process an enrolment has one driver; others wait for its result. They only save
// double work, safety is the ledger's compare-and-set. A driver waits for smaller numbers only, so
// that no two wait for each other.
//
// Policy: a number is decided by the one that it was appended under, whatever is in force by then.
//
// Attempts: a drive that is not the first is counted in the ledger before it begins, so that a
// crash counts too. After kFailedAttemptsMax of them an examiner decides: nothing waits for ever
// on a probe that cannot be processed. What failed for want of coverage or time is not counted
// again.
#pragma once

#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/enrolment/protocol.h"
#include "engine/enrolment/write_watch.h"
#include "engine/gallery/gallery.h"
#include "engine/ledger/clock.h"
#include "engine/ledger/ledger.h"
#include "engine/policy.h"
#include "engine/search/cascade.h"

namespace distinct::enrolment {

// Failed attempts after which an enrolment goes to REVIEW with the finding PROCESSING_FAILED.
inline constexpr int kFailedAttemptsMax = 3;

// Whether a decision rests on a search, not on failed attempts alone.
bool WasSearched(const ledger::Decision& decision);

// By when, and behind what, an enrolment is to be decided. A deadline alone is online.
struct Urgency {
  Urgency(absl::Time by, search::Priority level = search::Priority::kOnline,
          gallery::Announcement* search = nullptr)
      : deadline(by), priority(level), announced(search) {}

  absl::Time deadline;
  search::Priority priority;         // of its search
  gallery::Announcement* announced;  // its search; null if it was not
};

// What a drive did and how long it took.
struct DriveReport {
  search::Work work;
  absl::Duration search_time, decide_time;
};

// Thread-safe.
class Driver {
 public:
  // All must outlive the driver.
  Driver(ledger::Ledger& ledger, const gallery::Gallery& gallery, const search::Cascade& cascade,
         WriteWatch& writes, Clock clock);

  // Drives what was just appended, for the first time.
  absl::StatusOr<ledger::State> DriveNew(const ledger::Enrolment& enrolment, const Urgency& urgency,
                                         DriveReport& report);
  // Drives what somebody appended earlier. Both return the decided state.
  // DEADLINE_EXCEEDED, UNAVAILABLE (the gallery lags or lost coverage) and any error of ledger or
  // cascade: it stays OPEN.
  absl::StatusOr<ledger::State> DriveAgain(Ticket n, const Urgency& urgency, DriveReport& report);

  // An examiner's word on a number in REVIEW: with the verdicts on its pairs, stored for ever, it
  // is resolved again. Repeating it after a lost answer returns what was decided.
  // FAILED_PRECONDITION, with nothing stored: it is not in REVIEW; a candidate that is not erased
  // has no verdict; it would still be in REVIEW. The message says on whom, and what comes first.
  absl::StatusOr<ledger::State> Adjudicate(Ticket n,
                                           const std::vector<ledger::PairVerdict>& verdicts,
                                           const ledger::AuditRecord& audit, absl::Time deadline);

  // Somebody in this process drives it right now.
  bool driven(Ticket n) const;

 private:
  class Lease;
  struct Evidence;
  struct Settlement;

  // Counts the attempt; true if there were too many.
  absl::StatusOr<bool> TooManyAttempts(Ticket n);
  void Finished(Ticket n, const absl::Status& status);
  absl::StatusOr<ledger::State> Run(const ledger::Enrolment& enrolment, const Urgency& urgency,
                                    DriveReport& report);
  // Runs `protocol` from `effect` to a decision that the ledger took, or was given before.
  absl::StatusOr<ledger::State> Follow(Protocol protocol, Effect effect,
                                       const ledger::Enrolment& enrolment, Settlement settlement,
                                       const Urgency& urgency, DriveReport& report);
  absl::StatusOr<Evidence> Search(const ledger::Enrolment& enrolment, Ticket upto,
                                  const Urgency& urgency, DriveReport& report);
  // Adds what the subject of an update has in common with it, which the search may have cut.
  absl::Status CompareWithSubject(const ledger::Enrolment& update, const Policy& policy,
                                  Evidence& evidence) const;
  // Adds what the checks say about whom it found, and whom only they find.
  absl::Status CheckFound(const ledger::Enrolment& enrolment, const search::SearchOptions& options,
                          Evidence& evidence) const;
  absl::StatusOr<std::vector<MatchState>> ReadStates(Ticket n, const std::vector<Ticket>& tickets,
                                                     const Settlement& settlement);
  absl::StatusOr<std::vector<ledger::CandidateRecord>> RecordsOf(const Evidence& evidence);
  absl::StatusOr<Question> QuestionOf(const ledger::Enrolment& enrolment) const;
  absl::StatusOr<ledger::State> Adjudicated(ledger::State state,
                                            const std::vector<ledger::PairVerdict>& verdicts);
  // Whether the verdicts are enough for a decision of this kind.
  absl::Status CheckSettled(const Settlement& settlement, const DecideEffect& decide) const;
  absl::Status DriveOther(Ticket n, Ticket other, const Urgency& urgency);
  absl::StatusOr<ledger::DecideResult> Decide(const ledger::Enrolment& enrolment,
                                              const Settlement& settlement,
                                              const DecideEffect& decide);
  absl::StatusOr<ledger::State> GiveUp(Ticket n);
  // An enrolment without templates was erased meanwhile; else it must never be decided.
  absl::StatusOr<ledger::State> Untemplated(Ticket n);

  ledger::Ledger& ledger_;
  const gallery::Gallery& gallery_;
  const search::Cascade& cascade_;
  WriteWatch& writes_;
  const Clock clock_;

  mutable absl::Mutex mu_;
  std::set<Ticket> leased_ ABSL_GUARDED_BY(mu_);
  // Attempts counted by this process that have not ended in a failure of their own.
  std::set<Ticket> counted_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::enrolment
