// Tells ThreadSanitizer what absl::Mutex orders. Debian builds libabsl without instrumentation, so
// the tool sees none of its locks and reports everything that they guard. The linker (--wrap, see
// tests/CMakeLists.txt) sends our calls here; the names are those of Debian 12's Abseil.
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

extern "C" {

void __tsan_acquire(void* address);
void __tsan_release(void* address);

#define REAL(name) __real__ZN4absl7debian35Mutex##name
#define WRAP(name) __wrap__ZN4absl7debian35Mutex##name

void REAL(4LockEv)(absl::Mutex*);
void WRAP(4LockEv)(absl::Mutex* mutex) {
  REAL(4LockEv)(mutex);
  __tsan_acquire(mutex);
}

void REAL(6UnlockEv)(absl::Mutex*);
void WRAP(6UnlockEv)(absl::Mutex* mutex) {
  __tsan_release(mutex);
  REAL(6UnlockEv)(mutex);
}

void REAL(10ReaderLockEv)(absl::Mutex*);
void WRAP(10ReaderLockEv)(absl::Mutex* mutex) {
  REAL(10ReaderLockEv)(mutex);
  __tsan_acquire(mutex);
}

void REAL(12ReaderUnlockEv)(absl::Mutex*);
void WRAP(12ReaderUnlockEv)(absl::Mutex* mutex) {
  __tsan_release(mutex);
  REAL(12ReaderUnlockEv)(mutex);
}

// Waiting gives the lock away and takes it back.
void REAL(5AwaitERKNS0_9ConditionE)(absl::Mutex*, const absl::Condition&);
void WRAP(5AwaitERKNS0_9ConditionE)(absl::Mutex* mutex, const absl::Condition& condition) {
  __tsan_release(mutex);
  REAL(5AwaitERKNS0_9ConditionE)(mutex, condition);
  __tsan_acquire(mutex);
}

bool REAL(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(absl::Mutex*, const absl::Condition&,
                                                              absl::Duration);
bool WRAP(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(absl::Mutex* mutex,
                                                              const absl::Condition& condition,
                                                              absl::Duration timeout) {
  __tsan_release(mutex);
  const bool met =
      REAL(16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE)(mutex, condition, timeout);
  __tsan_acquire(mutex);
  return met;
}

bool REAL(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(absl::Mutex*, const absl::Condition&,
                                                           absl::Time);
bool WRAP(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(absl::Mutex* mutex,
                                                           const absl::Condition& condition,
                                                           absl::Time deadline) {
  __tsan_release(mutex);
  const bool met =
      REAL(17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE)(mutex, condition, deadline);
  __tsan_acquire(mutex);
  return met;
}

}  // extern "C"
