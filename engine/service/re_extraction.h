// Brings the records of a store to the template version that was begun: one after the other, from
// their kept samples, behind everything else.
//
//   numbers after the last that was done -> what lacks the version -> samples -> extract -> ledger
//
// Up to which number it has come is kept in the ledger, so that a start goes on there; adding what
// is there already changes nothing. It yields: nothing is extracted while enrolments wait for their
// decision, for a second at most each, and never more than half of the time.
#pragma once

#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "engine/enrolment/write_watch.h"
#include "engine/ledger/ledger.h"
#include "matchers/modalities.h"

namespace distinct::service {

// Thread-safe.
class ReExtraction {
 public:
  // All must outlive it. Starts the thread.
  ReExtraction(ledger::Ledger& ledger, enrolment::WriteWatch& writes, const Modalities& modalities);
  ~ReExtraction();  // after the sample under way

  // The number up to which all was done for the version under way; kNoTicket: none, or no version.
  absl::StatusOr<Ticket> done() const;

 private:
  void Run();
  // Some more numbers; false if there is nothing to do.
  absl::StatusOr<bool> Step();
  absl::Status ReExtract(Ticket ticket, const ledger::VersionRecord& version,
                         const Modality& modality);
  // Keeps the progress.
  absl::Status Note(const ledger::VersionRecord& version, Ticket done);
  void YieldToEnrolments();

  ledger::Ledger& ledger_;
  enrolment::WriteWatch& writes_;
  const Modalities& modalities_;
  std::unique_ptr<Extractor> extractor_;  // of the thread, while there is something to extract
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace distinct::service
