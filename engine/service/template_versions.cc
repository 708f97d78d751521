#include "engine/service/template_versions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/enrolment/driver.h"
#include "engine/ledger/version_changes.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// What is OPEN is decided within milliseconds, or by the recoverer within seconds.
constexpr absl::Duration kHoldMax = absl::Seconds(30);
constexpr absl::Duration kHoldTick = absl::Milliseconds(10);
constexpr size_t kNamedMax = 5;  // numbers in a message

const char* ReasonText(StayingRecord::Reason reason) {
  switch (reason) {
    case StayingRecord::Reason::kNoSampleKept:
      return "no sample is kept";
    case StayingRecord::Reason::kFailedToExtract:
      return "its samples do not give it";
    case StayingRecord::Reason::kNotYetDone:
      return "re-extraction has not come to it";
  }
  return "";
}

// The version that an enrolment, or with `enrols` false a probe, needs beside the one in force,
// while so many stay in the one before.
const ledger::VersionRecord* Needed(const std::vector<ledger::VersionRecord>& versions, bool enrols,
                                    uint64_t staying, uint32_t& version) {
  if (versions.empty()) return nullptr;
  const ledger::VersionRecord& last = versions.back();
  const bool under_way = last.switched_at == kNoTicket;
  version = under_way ? last.to : last.from;
  return (under_way ? enrols : staying > 0) ? &last : nullptr;
}

}  // namespace

TemplateVersions::TemplateVersions(ledger::Ledger& ledger, enrolment::WriteWatch& writes,
                                   const Modalities& modalities, const gallery::Gallery& gallery,
                                   const search::Cascade& cascade,
                                   const ExtractionPoolOptions& extraction)
    : ledger_(ledger),
      writes_(writes),
      modalities_(modalities),
      gallery_(gallery),
      cascade_(cascade),
      extraction_(extraction),
      re_extraction_(ledger, writes, modalities) {}

absl::StatusOr<TemplateVersions::Other*> TemplateVersions::OtherOf(const std::string& modality,
                                                                   uint32_t version) {
  const std::shared_ptr<const Modality> found = modalities_.Find(modality, version);
  if (found == nullptr) {
    std::string known;
    for (const auto& one : modalities_.all()) {
      absl::StrAppend(&known, known.empty() ? "" : ", ", std::string(one->name()), " version ",
                      one->template_version());
    }
    return absl::FailedPreconditionError(
        absl::StrCat("template_version: got ", modality, " version ", version, ", want ", known,
                     ", which this distinctd has; start the one that has it"));
  }
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Other>& other = others_[found.get()];
  if (other == nullptr) {
    other = std::make_unique<Other>();
    other->modalities.Add(found);
    other->pool =
        std::make_unique<ExtractionPool>(other->modalities, cascade_.right_of_way(), extraction_);
  }
  return other.get();
}

absl::Status TemplateVersions::AddOther(const v1::Biometrics& biometrics, bool enrols, Call& call,
                                        std::vector<Template>& templates) {
  const ledger::Versions versions = ledger_.versions();
  uint32_t version = 0;
  const uint64_t staying = cascade_.rest_persons();
  const ledger::VersionRecord* const record = Needed(*versions, enrols, staying, version);
  if (record == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(Other* const other, OtherOf(record->modality, version));
  const auto is_of_it = [&](const Template& features) {
    return other->modalities.For(features.position) != nullptr;
  };
  if (std::none_of(templates.begin(), templates.end(), is_of_it)) return absl::OkStatus();
  std::vector<Sample> samples;
  for (const v1::Sample& sample : biometrics.samples()) {
    const Position position = FromProto(sample.position()).value_or(Position::kUnknownFinger);
    if (other->modalities.For(position) != nullptr) {
      samples.push_back({position, sample.image(), sample.dpi()});
    }
  }
  if (samples.empty() && record->switched_at != kNoTicket) {
    return absl::FailedPreconditionError(
        absl::StrCat("templates: got ", record->modality, " by template alone while ", staying,
                     " records stay in version ", version, ", want samples; send the images"));
  }
  ASSIGN_OR_RETURN(auto results, other->pool->Extract(samples, call));
  for (absl::StatusOr<Extraction>& result : results) {
    if (absl::IsFailedPrecondition(result.status())) continue;  // unusable to this version
    RETURN_IF_ERROR(result.status());
    Template& features = result->features;
    features.bytes = other->modalities.For(features.position)->KeepVector(features.bytes);
    templates.push_back(std::move(features));
  }
  if (record->switched_at == kNoTicket) return absl::OkStatus();
  // Who stays is searched by these alone: a position without would go unsearched there.
  for (const Template& features : templates) {
    if (!is_of_it(features) || features.version == version) continue;
    const bool has = std::any_of(templates.begin(), templates.end(), [&](const Template& older) {
      return older.version == version && older.position == features.position;
    });
    if (has) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(std::string(PositionName(features.position)), ": got no ", record->modality,
                     " version ", version, " of it, want one while ", staying,
                     " records stay in that; capture the finger again"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ledger::VersionRecord> TemplateVersions::Begin(const std::string& modality,
                                                              uint32_t version,
                                                              const ledger::AuditRecord& audit) {
  RETURN_IF_ERROR(OtherOf(modality, version).status());
  uint32_t from = 0;
  for (const auto& one : modalities_.all()) {  // the one in force stands first
    if (one->name() == modality && from == 0) from = one->template_version();
  }
  return writes_.Checked(
      ledger_.BeginVersion({modality, from, version, kNoTicket, kNoTicket, {}}, audit));
}

absl::StatusOr<VersionReport> TemplateVersions::Report(int pairs_max) const {
  const ledger::Versions versions = ledger_.versions();
  if (versions->empty() || versions->back().switched_at != kNoTicket) {
    return absl::FailedPreconditionError(
        "template_version: got none that is under way, want one that was begun; begin it first");
  }
  ASSIGN_OR_RETURN(const Ticket done, re_extraction_.done());
  return MakeVersionReport(ledger_, modalities_, gallery_, cascade_, done, pairs_max);
}

absl::Status TemplateVersions::CheckWish(const SwitchWish& wish,
                                         const VersionReport& report) const {
  size_t waiting = 0;
  for (const StayingRecord& one : report.staying) {
    waiting += one.reason == StayingRecord::Reason::kNotYetDone ? 1 : 0;
    ASSIGN_OR_RETURN(const ledger::State state, ledger_.StateOf(one.ticket));
    if (state.decision.kind == ledger::DecisionKind::kReview &&
        !enrolment::WasSearched(state.decision)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "template_version: got ", state.id.value, " (", ReasonText(one.reason),
          ") in REVIEW and never searched, want it settled while its version is in force; "
          "adjudicate or withdraw it"));
    }
  }
  if (waiting == 0 && report.staying.size() <= wish.staying_max) return absl::OkStatus();
  std::string named;
  for (size_t i = 0; i < std::min(report.staying.size(), kNamedMax); ++i) {
    const StayingRecord& one = report.staying[i];
    ASSIGN_OR_RETURN(const ledger::State state, ledger_.StateOf(one.ticket));
    absl::StrAppend(&named, named.empty() ? "" : ", ", state.id.value, " (", ReasonText(one.reason),
                    ")");
  }
  if (report.staying.size() > kNamedMax) absl::StrAppend(&named, ", ...");
  return absl::FailedPreconditionError(absl::StrCat(
      "template_version: got ", report.staying.size(), " records without ", wish.modality,
      " version ", wish.version, ", ", waiting, " of them not yet re-extracted: ", named,
      "; want none to wait and at most ", wish.staying_max,
      " to stay; wait for re-extraction, or accept more in staying_max after the report"));
}

absl::StatusOr<ledger::VersionRecord> TemplateVersions::Switch(const SwitchWish& wish,
                                                               const ledger::AuditRecord& audit,
                                                               absl::Time deadline) {
  const ledger::Versions versions = ledger_.versions();
  if (!versions->empty() && versions->back().switched_at != kNoTicket &&
      versions->back().modality == wish.modality && versions->back().to == wish.version) {
    return versions->back();
  }
  ASSIGN_OR_RETURN(VersionReport report, Report(0));
  RETURN_IF_ERROR(CheckWish(wish, report));

  RETURN_IF_ERROR(writes_.Checked(ledger_.HoldAppends(true)));
  auto release = absl::MakeCleanup([&] { ledger_.HoldAppends(false).IgnoreError(); });
  const absl::Time limit = std::min(deadline, absl::Now() + kHoldMax);
  ASSIGN_OR_RETURN(Ticket done, re_extraction_.done());
  for (FeedSequence seen{0}; ledger_.counts().open > 0 || done < ledger_.head();) {
    if (absl::Now() > limit) {
      return WithRetryAfter(
          absl::UnavailableError(absl::StrCat("template_version: got ", ledger_.counts().open,
                                              " enrolments that are still OPEN; call again")),
          absl::Seconds(1));
    }
    seen = ledger_.WaitFeedBeyond(seen, kHoldTick);
    ASSIGN_OR_RETURN(done, re_extraction_.done());
  }
  // What has come since the first look; nothing comes any more.
  ASSIGN_OR_RETURN(const ledger::VersionScan late, ledger_.ScanVersion(report.scan.scanned));
  for (const Ticket ticket : late.lacking) {
    report.staying.push_back(StayingOf(ledger_, ticket, done));
  }
  RETURN_IF_ERROR(CheckWish(wish, report));
  ledger::SwitchOp op{wish.modality, wish.version, late.scanned, {}};
  for (const StayingRecord& one : report.staying) op.staying.push_back(one.ticket);
  return writes_.Checked(ledger_.SwitchVersion(op, audit));
}

}  // namespace distinct::service
