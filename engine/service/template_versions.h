// The way of a store to a new template version: engine/ledger/decisions/0002.
//
//   Begin -> enrolments bring both versions (AddOther), ReExtraction brings the rest to it
//         -> Report -> Switch -> the next start searches by it
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "distinct/v1/types.pb.h"
#include "engine/enrolment/write_watch.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"
#include "engine/service/call.h"
#include "engine/service/extraction_pool.h"
#include "engine/service/re_extraction.h"
#include "engine/service/version_report.h"
#include "matchers/modalities.h"

namespace distinct::service {

// What a switch is asked for.
struct SwitchWish {
  std::string modality;
  uint32_t version = 0;
  uint64_t staying_max = 0;  // records that may stay in the old version
};

// Thread-safe.
class TemplateVersions {
 public:
  // All must outlive it. `modalities`: with the version in force of this store.
  TemplateVersions(ledger::Ledger& ledger, enrolment::WriteWatch& writes,
                   const Modalities& modalities, const gallery::Gallery& gallery,
                   const search::Cascade& cascade, const ExtractionPoolOptions& extraction);

  // Adds to `templates` those of the other version that are needed now: of an enrolment while a
  // version is under way, of every probe while somebody stays in the one before.
  // FAILED_PRECONDITION: they are needed, and there is no sample to extract them from.
  absl::Status AddOther(const v1::Biometrics& biometrics, bool enrols, Call& call,
                        std::vector<Template>& templates);

  // FAILED_PRECONDITION: this program does not extract it, or see Ledger::BeginVersion().
  absl::StatusOr<ledger::VersionRecord> Begin(const std::string& modality, uint32_t version,
                                              const ledger::AuditRecord& audit);
  // FAILED_PRECONDITION: no version is under way.
  absl::StatusOr<VersionReport> Report(int pairs_max) const;
  // The number up to which re-extraction has come.
  absl::StatusOr<Ticket> done() const { return re_extraction_.done(); }
  // Holds appends until what is OPEN is decided. FAILED_PRECONDITION: not under way, re-extraction
  // has not come to its end, more would stay than may, or one that was never searched; the message
  // says how many or which, and why.
  // UNAVAILABLE: what is OPEN was not decided by the deadline.
  absl::StatusOr<ledger::VersionRecord> Switch(const SwitchWish& wish,
                                               const ledger::AuditRecord& audit,
                                               absl::Time deadline);

 private:
  // A version that is not in force, by itself.
  struct Other {
    Modalities modalities;
    std::unique_ptr<ExtractionPool> pool;
  };

  absl::StatusOr<Other*> OtherOf(const std::string& modality, uint32_t version);
  absl::Status CheckWish(const SwitchWish& wish, const VersionReport& report) const;

  ledger::Ledger& ledger_;
  enrolment::WriteWatch& writes_;
  const Modalities& modalities_;
  const gallery::Gallery& gallery_;
  const search::Cascade& cascade_;
  const ExtractionPoolOptions extraction_;
  absl::Mutex mu_;
  std::map<const Modality*, std::unique_ptr<Other>> others_ ABSL_GUARDED_BY(mu_);
  ReExtraction re_extraction_;
};

}  // namespace distinct::service
