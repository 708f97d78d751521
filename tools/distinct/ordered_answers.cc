#include "tools/distinct/ordered_answers.h"

#include <utility>

namespace distinct::cli {

void OrderedAnswers::WaitForRoom(uint64_t line) {
  absl::MutexLock lock(&mu_);
  const auto has_room = [&] {
    mu_.AssertHeld();
    return line <= next_ + kAheadMax;
  };
  mu_.Await(absl::Condition(&has_room));
}

void OrderedAnswers::Put(uint64_t line, Json answer) {
  absl::MutexLock lock(&mu_);
  waiting_.emplace(line, std::move(answer));
  // Under the lock: two threads must not hand on answers at once.
  for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_;
       first = waiting_.erase(first)) {
    sink_(first->second);
    ++next_;
  }
}

}  // namespace distinct::cli
