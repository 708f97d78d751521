// The engine's one clock, passed in, so that tests choose the time.
#pragma once

#include <functional>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace distinct {

// Thread-safe. Never used for safety: only for time stamps, deadlines and who drives what when.
using Clock = std::function<absl::Time()>;

inline Clock SystemClock() {
  return [] { return absl::Now(); };
}

}  // namespace distinct
