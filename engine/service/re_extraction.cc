#include "engine/service/re_extraction.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/ledger/version_changes.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// Numbers between two notes of the progress: what a stop may have to look at again, not extract.
constexpr int kStepNumbers = 64;
// How often it looks whether there is something to do.
constexpr absl::Duration kTick = absl::Milliseconds(100);
constexpr absl::Duration kYieldTick = absl::Milliseconds(2);
constexpr absl::Duration kYieldMax = absl::Seconds(1);

std::string JobOf(const ledger::VersionRecord& version) {
  return absl::StrCat("template-version/", version.modality, "/", version.to);
}

std::optional<ledger::VersionRecord> UnderWay(const ledger::Ledger& ledger) {
  const ledger::Versions versions = ledger.versions();
  if (versions->empty() || versions->back().switched_at != kNoTicket) return std::nullopt;
  return versions->back();
}

}  // namespace

ReExtraction::ReExtraction(ledger::Ledger& ledger, enrolment::WriteWatch& writes,
                           const Modalities& modalities)
    : ledger_(ledger), writes_(writes), modalities_(modalities), thread_([this] { Run(); }) {}

ReExtraction::~ReExtraction() {
  stop_.Notify();
  thread_.join();
}

absl::StatusOr<Ticket> ReExtraction::done() const {
  const std::optional<ledger::VersionRecord> version = UnderWay(ledger_);
  if (!version.has_value()) return kNoTicket;
  ASSIGN_OR_RETURN(const std::optional<std::string> kept, ledger_.JobState(JobOf(*version)));
  uint64_t number = 0;
  if (kept.has_value() && !absl::SimpleAtoi(*kept, &number)) {
    return absl::DataLossError(absl::StrCat("job: got ", *kept, " as the progress of ",
                                            JobOf(*version), ", want a number"));
  }
  return Ticket{number};
}

void ReExtraction::Run() {
  while (!stop_.HasBeenNotified()) {
    const absl::StatusOr<bool> more = Step();
    if (!more.ok()) spdlog::error("re-extraction: {}", more.status().ToString());
    if (!more.value_or(false)) stop_.WaitForNotificationWithTimeout(kTick);
  }
}

absl::StatusOr<bool> ReExtraction::Step() {
  const std::optional<ledger::VersionRecord> version = UnderWay(ledger_);
  if (!version.has_value() || !writes_.stopped().ok()) return false;
  const std::shared_ptr<const Modality> modality = modalities_.Find(version->modality, version->to);
  if (modality == nullptr) return false;  // begun by another distinctd; the status says so
  const Ticket head = ledger_.head();
  ASSIGN_OR_RETURN(Ticket last, done());
  ASSIGN_OR_RETURN(const std::vector<ledger::State> states, ledger_.List(last, kStepNumbers));
  if (states.empty()) {  // but for entries that are no enrolments
    extractor_.reset();  // tens of MB; what is enrolled now brings both versions
    if (last < head) RETURN_IF_ERROR(Note(*version, head));
    return false;
  }
  for (const ledger::State& state : states) {
    if (ledger::IsSearchable(state)) {
      RETURN_IF_ERROR(ReExtract(state.ticket, *version, *modality));
    }
    if (stop_.HasBeenNotified()) break;
    last = state.ticket;
  }
  RETURN_IF_ERROR(Note(*version, last));
  return true;
}

absl::Status ReExtraction::Note(const ledger::VersionRecord& version, Ticket done) {
  return writes_.Checked(ledger_.PutJobState(JobOf(version), absl::StrCat(Number(done))));
}

absl::Status ReExtraction::ReExtract(Ticket ticket, const ledger::VersionRecord& version,
                                     const Modality& modality) {
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger_.Read(ticket));
  if (!ledger::Lacks(enrolment.templates, version)) return absl::OkStatus();
  // Erased meanwhile, its records do not fit together any more; then there is nothing to do.
  const absl::StatusOr<ledger::KeptSamples> samples = ledger_.SamplesOf(ticket);
  if (!samples.ok()) {
    spdlog::warn("re-extraction of number {}: {}", Number(ticket), samples.status().ToString());
    return absl::OkStatus();
  }
  if (extractor_ == nullptr) extractor_ = modality.NewExtractor();
  std::vector<Template> added;
  for (const ledger::KeptSample& kept : *samples) {
    if (!modality.Serves(kept.position)) continue;
    YieldToEnrolments();
    if (stop_.HasBeenNotified()) return absl::OkStatus();
    const absl::Time started = absl::Now();
    absl::StatusOr<Extraction> extracted =
        extractor_->Extract({kept.position, kept.image, kept.dpi}, nullptr);
    if (extracted.ok()) {
      extracted->features.bytes = modality.KeepVector(extracted->features.bytes);
      added.push_back(std::move(extracted->features));
    } else {
      spdlog::info("re-extraction of number {}, {}: {}", Number(ticket),
                   std::string(PositionName(kept.position)), extracted.status().ToString());
    }
    stop_.WaitForNotificationWithTimeout(absl::Now() - started);  // half of the time is others'
  }
  if (added.empty()) return absl::OkStatus();
  return writes_.Checked(ledger_.AddVersionTemplates(ticket, added)).status();
}

void ReExtraction::YieldToEnrolments() {
  const absl::Time limit = absl::Now() + kYieldMax;
  while (ledger_.counts().open > 0 && absl::Now() < limit) {
    if (stop_.WaitForNotificationWithTimeout(kYieldTick)) return;
  }
}

}  // namespace distinct::service
