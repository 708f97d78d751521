#include "engine/enrolment/write_watch.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"

namespace distinct::enrolment {

absl::Status WriteWatch::Checked(absl::Status written) {
  if (!absl::IsResourceExhausted(written) && !absl::IsInternal(written)) return written;
  absl::MutexLock lock(&mu_);
  if (stopped_.ok()) {
    spdlog::error("no more writes until distinctd is started again: {}", written.ToString());
    stopped_ = written;
  }
  return absl::UnavailableError(absl::StrCat(
      "the store takes no writes until distinctd is started again, this one may be stored or not; "
      "repeat the call then: ",
      written.message()));
}

absl::Status WriteWatch::stopped() const {
  absl::MutexLock lock(&mu_);
  return stopped_;
}

}  // namespace distinct::enrolment
