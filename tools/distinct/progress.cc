#include "tools/distinct/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace distinct::cli {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

// Often enough to watch on a terminal, seldom enough for a log file.
constexpr std::chrono::milliseconds kTerminalPeriod{250};
constexpr std::chrono::seconds kLogPeriod{10};

std::string Clock(double seconds) {
  char text[32];
  const auto whole = static_cast<long long>(seconds + 0.5);
  std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  return text;
}

}  // namespace

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)),
      start_(steady_clock::now()),
      terminal_(isatty(STDERR_FILENO) != 0),
      total_(total),
      printed_(start_) {}

Progress::~Progress() {
  absl::MutexLock lock(&mu_);
  Print(/*last=*/true);
}

void Progress::Add(uint64_t count) {
  absl::MutexLock lock(&mu_);
  done_ += count;
  Print(/*last=*/false);
}

void Progress::Set(uint64_t done, uint64_t total) {
  absl::MutexLock lock(&mu_);
  done_ = done;
  total_ = total;
  Print(/*last=*/false);
}

void Progress::Print(bool last) {
  const auto now = steady_clock::now();
  const steady_clock::duration period =
      terminal_ ? steady_clock::duration(kTerminalPeriod) : steady_clock::duration(kLogPeriod);
  if (!last && now - printed_ < period) return;
  printed_ = now;
  const double seconds = duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  std::string line = what_ + " " + std::to_string(done_);
  if (total_ > 0) line += " of " + std::to_string(total_);
  char rate_text[32];
  std::snprintf(rate_text, sizeof rate_text, rate < 100 ? ", %.1f/s" : ", %.0f/s", rate);
  line += rate_text;
  if (last) {
    line += ", took " + Clock(seconds);
  } else if (total_ > done_ && rate > 0) {
    line += ", ETA " + Clock(static_cast<double>(total_ - done_) / rate);
  }
  std::fprintf(stderr, terminal_ ? "\r\033[K%s%s" : "%s%s", line.c_str(),
               last || !terminal_ ? "\n" : "");
}

}  // namespace distinct::cli
