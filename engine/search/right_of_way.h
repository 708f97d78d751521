// Online work goes before batch work: a registry's counter has somebody standing at it.
//
//   online: Enter() -> Passage, held from the call's arrival to its answer
//   batch:  BatchTurn::Pause() between two blocks of work: waits while there are passages
//
// Batch work runs on threads of its own, one block after another, and pauses in no task of oneTBB:
// a worker that waited for online work would be missing there. It is never shut out for good: an
// enrolment of a batch that is appended may be what an online one is parked on.
// Measured by bench/priorities.cc.
#pragma once

#include <tbb/parallel_for.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace distinct::search {

enum class Priority : uint8_t { kOnline, kBatch };

// Thread-safe. Must outlive its passages.
class RightOfWay {
 public:
  // Online work under way, until destroyed. Movable. Thread-compatible.
  class Passage {
   public:
    Passage(Passage&& other) noexcept : way_(std::exchange(other.way_, nullptr)) {}
    Passage& operator=(Passage&& other) noexcept {
      std::swap(way_, other.way_);
      return *this;
    }
    ~Passage();

   private:
    friend class RightOfWay;
    explicit Passage(RightOfWay* way) : way_(way) {}

    RightOfWay* way_;
  };

  Passage Enter();

  // Blocks while there are passages. False: there still were after `patience`.
  bool WaitUntilFree(absl::Duration patience);

 private:
  absl::Mutex mu_;
  int passages_ ABSL_GUARDED_BY(mu_) = 0;
};

// Where online work never ends, batch work runs for kTurn in each kPatience: a twentieth of one
// core per batch thread, so that what is appended is decided within minutes even then.
inline constexpr absl::Duration kPatience = absl::Milliseconds(100);
inline constexpr absl::Duration kTurn = absl::Milliseconds(5);

// One thread's batch work. Thread-compatible.
class BatchTurn {
 public:
  // `way` must outlive this.
  explicit BatchTurn(RightOfWay& way) : way_(way) {}

  // Call it before each block, of 20 ms at most; waits for kPatience at most. REQUIRES: this thread
  // holds no lock that online work may want, and runs no task of oneTBB.
  void Pause();

 private:
  RightOfWay& way_;
  absl::Time turn_ends_ = absl::InfinitePast();
};

// Calls `block` with 0 to `count` - 1: in parallel under oneTBB if `turn` is null, else one after
// another on this thread, with a pause before each.
template <typename Block>
void ForEachBlock(size_t count, BatchTurn* turn, const Block& block) {
  if (turn == nullptr) {
    tbb::parallel_for(size_t{0}, count, block);
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    turn->Pause();
    block(i);
  }
}

}  // namespace distinct::search
