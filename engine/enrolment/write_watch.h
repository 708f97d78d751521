// Notices that the ledger takes no writes any more.
//
// After a write that failed for want of space or by the disk, the ledger refuses every other until
// the store is opened again (ledger.h). Whoever writes passes the result through here, so that
// health, callers and main() learn of it from one place.
#pragma once

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace distinct::enrolment {

// Thread-safe.
class WriteWatch {
 public:
  // `written`, the result of a call that writes to the ledger; UNAVAILABLE if it says that the
  // ledger has stopped. That write may be stored or not: nobody knows before the next start.
  absl::Status Checked(absl::Status written);
  template <typename T>
  absl::StatusOr<T> Checked(absl::StatusOr<T> written) {
    if (written.ok()) return written;
    return Checked(written.status());
  }

  // Why the ledger has stopped, or OK. Never OK again.
  absl::Status stopped() const;

 private:
  mutable absl::Mutex mu_;
  absl::Status stopped_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::enrolment
