#include "engine/enrolment/enroller.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "engine/enrolment/checks.h"
#include "engine/enrolment/driver.h"
#include "matchers/status.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;

// A recovered enrolment that takes longer waits for the next round.
constexpr absl::Duration kRecoverDeadline = absl::Seconds(10);
// The gallery lags by milliseconds, a rebuild by minutes: asking every second is no load.
constexpr int64_t kRetryAfterMs = 1000;

ledger::Decision Refusal(const ledger::Enrolment& enrolment) {
  ledger::Decision decision;
  decision.kind = DecisionKind::kRefused;
  decision.findings = enrolment.findings;
  const bool said =
      std::any_of(decision.findings.begin(), decision.findings.end(),
                  [](const ledger::Finding& f) { return f.code == "NO_USABLE_SAMPLE"; });
  if (!said && enrolment.templates.empty()) {
    decision.findings.push_back({"NO_USABLE_SAMPLE",
                                 "no sample gave a template; capture the person again and enrol "
                                 "under a new enrolment_id",
                                 ledger::FindingAction::kRefuse});
  }
  return decision;
}

// What callers get after the append: everything that they cannot mend is "come again".
absl::Status ForCaller(Ticket ticket, const absl::Status& status) {
  const std::string message =
      absl::StrCat("number ", Number(ticket), " is stored and decided later: ", status.message());
  if (absl::IsDeadlineExceeded(status)) return absl::DeadlineExceededError(message);
  if (absl::IsDataLoss(status) || absl::IsInternal(status)) return status;
  absl::Status unavailable = absl::UnavailableError(message);
  unavailable.SetPayload(kRetryAfterPayload, absl::Cord(absl::StrCat(kRetryAfterMs)));
  return unavailable;
}

}  // namespace

struct Enroller::Impl {
  Impl(ledger::Ledger& ledger_in, const Galleries& galleries, const search::Cascade& cascade,
       Clock clock_in)
      : ledger(ledger_in),
        gallery(galleries.in_force),
        clock(std::move(clock_in)),
        driver(ledger, gallery, cascade, writes, clock),
        follower(ledger, galleries),
        recoverer(ledger, clock,
                  // A store that takes no writes would fail every one of them, every second.
                  {.ready = [this] { return follower.caught_up() && writes.stopped().ok(); },
                   .driven = [this](Ticket n) { return driver.driven(n); },
                   .drive = [this](Ticket n) { return Recover(n); }}) {}

  absl::Status Recover(Ticket n) {
    DriveReport report;
    return driver.DriveAgain(n, clock() + kRecoverDeadline, report).status();
  }

  ledger::Ledger& ledger;
  gallery::Gallery& gallery;
  const Clock clock;
  WriteWatch writes;
  Driver driver;
  // Destroyed in reverse: the recoverer stops while the gallery still follows.
  Follower follower;
  Recoverer recoverer;
};

Enroller::Enroller(ledger::Ledger& ledger, const Galleries& galleries,
                   const search::Cascade& cascade, Clock clock)
    : impl_(std::make_unique<Impl>(ledger, galleries, cascade, std::move(clock))) {}

Enroller::~Enroller() = default;

absl::StatusOr<EnrolOutcome> Enroller::Enrol(ledger::Enrolment enrolment, std::string_view content,
                                             const Urgency& urgency) {
  const absl::Time started = impl_->clock();
  if (started >= urgency.deadline) {
    return absl::DeadlineExceededError(
        "deadline: got one that has passed; nothing was stored, call again with more time");
  }
  enrolment.digest = impl_->ledger.Digest(content);
  std::optional<ledger::Decision> refused;
  // Whoever it is, it will not be decided otherwise: neither searched for nor kept.
  const bool refuses = AskedBy(enrolment.findings) == ledger::FindingAction::kRefuse;
  if (enrolment.templates.empty() || refuses) refused = Refusal(enrolment);
  absl::StatusOr<ledger::AppendResult> result =
      impl_->writes.Checked(impl_->ledger.Append(enrolment, refused));
  if (absl::IsUnavailable(result.status()) && impl_->writes.stopped().ok()) {
    absl::Status held = result.status();
    held.SetPayload(kRetryAfterPayload, absl::Cord(absl::StrCat(kRetryAfterMs)));
    return held;
  }
  ASSIGN_OR_RETURN(ledger::AppendResult appended, std::move(result));

  EnrolOutcome outcome;
  outcome.append_time = impl_->clock() - started;
  outcome.joined = appended.outcome == ledger::AppendOutcome::kJoined;
  if (appended.outcome == ledger::AppendOutcome::kConflict) {
    return absl::AlreadyExistsError(
        absl::StrCat("enrolment_id: got ", enrolment.id.value,
                     " with other content than before, want the same content or a new id"));
  }
  if (appended.state.decision.kind != DecisionKind::kOpen) {
    outcome.state = std::move(appended.state);
    return outcome;
  }

  // Whoever drives it may be at any point of it.
  if (outcome.joined && urgency.announced != nullptr) urgency.announced->End();
  enrolment.ticket = appended.state.ticket;
  enrolment.policy = appended.policy;
  DriveReport report;
  absl::StatusOr<ledger::State> driven =
      outcome.joined ? impl_->driver.DriveAgain(enrolment.ticket, urgency, report)
                     : impl_->driver.DriveNew(enrolment, urgency, report);
  if (!driven.ok()) return ForCaller(enrolment.ticket, driven.status());
  outcome.state = *std::move(driven);
  outcome.work = report.work;
  outcome.search_time = report.search_time;
  outcome.decide_time = report.decide_time;
  return outcome;
}

absl::StatusOr<ledger::State> Enroller::Adjudicate(Ticket n,
                                                   const std::vector<ledger::PairVerdict>& verdicts,
                                                   const ledger::AuditRecord& audit,
                                                   absl::Time deadline) {
  return impl_->driver.Adjudicate(n, verdicts, audit, deadline);
}

absl::Status Enroller::status() const {
  const absl::Status stopped = impl_->writes.stopped();
  return stopped.ok() ? impl_->follower.status() : stopped;
}

WriteWatch& Enroller::writes() { return impl_->writes; }

bool Enroller::caught_up() const { return impl_->follower.caught_up(); }

std::pair<Ticket, Ticket> Enroller::progress() const {
  return {Ticket{Number(impl_->gallery.watermark()) + 1}, impl_->ledger.head()};
}

}  // namespace distinct::enrolment
