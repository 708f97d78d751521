#include "engine/service/parts.h"

#include "absl/strings/str_cat.h"
#include "engine/service/status.h"

namespace distinct::service {

std::optional<gallery::Announcement> AnnounceSearch(const gallery::Gallery& gallery,
                                                    const Call& call) {
  if (call.priority != search::Priority::kOnline) return std::nullopt;
  return gallery.Announce();
}

absl::Status CheckReady(const enrolment::Enroller& enroller) {
  const absl::Status status = enroller.status();
  if (!status.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "server: cannot decide enrolments, its operator must act; this call stored nothing, repeat "
        "it later: ",
        status.message()));
  }
  if (enroller.caught_up()) return absl::OkStatus();
  const auto [next, head] = enroller.progress();
  return WithRetryAfter(
      absl::UnavailableError(absl::StrCat("gallery: got ", Number(next) - 1, " of ", Number(head),
                                          " entries into memory, want all; repeat after a while, "
                                          "GetStatus shows the progress")),
      absl::Seconds(1));
}

}  // namespace distinct::service
