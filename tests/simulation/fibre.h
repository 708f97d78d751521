// A thread that runs only while its owner waits for it, so that the owner decides, call by call,
// who goes on next. Real engine code runs on it unchanged and gives the turn back from whatever it
// calls of ours: its clock.
#pragma once

#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "matchers/check.h"

namespace distinct::simulation {

class Fibre {
 public:
  Fibre() : thread_([this] { Run(); }) {}
  // REQUIRES: idle().
  ~Fibre() {
    CHECK(idle());
    Begin(nullptr);
    thread_.join();
  }
  Fibre(const Fibre&) = delete;
  Fibre& operator=(const Fibre&) = delete;

  bool idle() const { return idle_; }

  // Runs `work` until it yields or ends. REQUIRES: idle().
  void Begin(std::function<void()> work) {
    CHECK(idle_);
    work_ = std::move(work);
    idle_ = false;
    Resume();
  }
  // Runs the work on until it yields or ends. REQUIRES: not idle().
  void Resume() {
    CHECK(!idle_);
    absl::MutexLock lock(&mu_);
    mine_ = true;
    mu_.Await(absl::Condition(
        +[](bool* mine) { return !*mine; }, &mine_));
  }
  // Gives the turn back. Called by the work.
  void Yield() {
    absl::MutexLock lock(&mu_);
    mine_ = false;
    mu_.Await(absl::Condition(&mine_));
  }

 private:
  void Run() {
    for (;;) {
      {
        absl::MutexLock lock(&mu_);
        mu_.Await(absl::Condition(&mine_));
      }
      const bool last = work_ == nullptr;
      if (!last) work_();
      absl::MutexLock lock(&mu_);
      idle_ = true;
      mine_ = false;
      if (last) return;
    }
  }

  // Only whoever has the turn touches these two.
  std::function<void()> work_;
  bool idle_ = true;

  absl::Mutex mu_;
  bool mine_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace distinct::simulation
