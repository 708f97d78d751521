// Carries out the enrolment protocol: runs protocol.h's effects against ledger, gallery and
// cascade until an enrolment is decided, and keeps driving what a crash or an absent client left
// OPEN. The rules are in protocol.h; here are only threads, time and I/O.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/enrolment/admission.h"
#include "engine/enrolment/driver.h"
#include "engine/enrolment/recovery.h"
#include "engine/enrolment/write_watch.h"
#include "engine/ledger/clock.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"

namespace distinct::enrolment {

struct EnrolOutcome {
  ledger::State state;  // decided
  bool joined = false;  // an earlier call had appended it
  search::Work work;    // of this call's search; zeros if the decision was stored already
  absl::Duration append_time, search_time, decide_time;
};

// Thread-safe.
class Enroller {
 public:
  // All must outlive the enroller. Starts the recoverer and the gallery's follower threads.
  Enroller(ledger::Ledger& ledger, const Galleries& galleries, const search::Cascade& cascade,
           Clock clock = SystemClock());
  // Stops both threads; what is OPEN stays OPEN for the next start. REQUIRES: no call under way.
  ~Enroller();

  // Appends, searches, resolves, decides: blocks until decided and durable. `content` is what the
  // idempotency digest covers. An enrolment without templates, or with a finding that asks for it,
  // is appended as REFUSED. The decision carries the enrolment's findings and its own. `digest` and
  // `policy` are set here. An update is an enrolment with a subject.
  // REQUIRES: templates passed Modality::Validate(); one that the gallery refuses stops it.
  // ALREADY_EXISTS: the id was used with other content. DEADLINE_EXCEEDED: appended, goes on in
  // the background; call again with the same id or ask GetEnrolment. UNAVAILABLE: the gallery
  // lags or lost coverage; the enrolment stays OPEN and is decided later. UNAVAILABLE: the ledger
  // has stopped, see writes(). The first carries kRetryAfterPayload.
  absl::StatusOr<EnrolOutcome> Enrol(ledger::Enrolment enrolment, std::string_view content,
                                     const Urgency& urgency);

  // An examiner's verdicts on a number in REVIEW, see Driver::Adjudicate().
  absl::StatusOr<ledger::State> Adjudicate(Ticket n,
                                           const std::vector<ledger::PairVerdict>& verdicts,
                                           const ledger::AuditRecord& audit, absl::Time deadline);

  // Why enrolments cannot be decided, or OK: the ledger has stopped, for good; or the gallery
  // cannot follow it, until that is repaired.
  absl::Status status() const;
  // For everybody else who writes to the ledger.
  WriteWatch& writes();

  // True once the gallery holds every entry that the ledger held at start.
  bool caught_up() const;
  // First ticket not yet in the gallery, and the ledger's head: progress of the start.
  std::pair<Ticket, Ticket> progress() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace distinct::enrolment
