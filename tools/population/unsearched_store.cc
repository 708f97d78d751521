#include "tools/population/unsearched_store.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/ledger/ledger.h"
#include "matchers/check.h"
#include "matchers/finger/vector.h"
#include "matchers/status.h"
#include "tools/population/population.h"

namespace distinct::population {
namespace {

constexpr int kWriters = 64;  // as many changes as share a flush

absl::Status StoreOne(ledger::Ledger& ledger, const synthesis::People& people,
                      const UnsearchedFill& fill, uint64_t person) {
  ledger::Enrolment enrolment;
  enrolment.id = {EnrolmentIdOf(Arrival{person, 0})};
  enrolment.digest = ledger.Digest(enrolment.id.value);
  enrolment.templates = people.Capture(person, 0, fill.fingers);
  for (Template& finger : enrolment.templates) finger.bytes = finger::KeepVector(finger.bytes);
  enrolment.caller = "benchmark";
  ASSIGN_OR_RETURN(const ledger::AppendResult appended,
                   ledger.Append(std::move(enrolment), std::nullopt));
  ledger::DecideOp decide;
  decide.ticket = appended.state.ticket;
  decide.decision.kind = ledger::DecisionKind::kUnique;
  decide.audit = {.action = "DECIDE",
                  .caller = "benchmark",
                  .purpose = "filled past the search, for a benchmark",
                  .detail = absl::StrCat("number=", Number(appended.state.ticket))};
  return ledger.Decide(decide).status();
}

}  // namespace

std::vector<Position> FirstFingers(int count) {
  CHECK(count >= 1 && count <= 10);
  std::vector<Position> fingers = {
      Position::kRightThumb,  Position::kLeftThumb,  Position::kRightIndex, Position::kLeftIndex,
      Position::kRightMiddle, Position::kLeftMiddle, Position::kRightRing,  Position::kLeftRing,
      Position::kRightLittle, Position::kLeftLittle};
  fingers.resize(static_cast<size_t>(count));
  return fingers;
}

absl::Status FillStoreUnsearched(const std::filesystem::path& store,
                                 const synthesis::People& people, const UnsearchedFill& fill,
                                 const std::function<void(uint64_t persons)>& on_stored) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> ledger, ledger::Ledger::Open(store));
  if (ledger->head() != kNoTicket) {
    return absl::FailedPreconditionError(
        absl::StrCat("store: got ", Number(ledger->head()), " entries in ", store.string(),
                     ", want an empty store; people past the search go into no other"));
  }
  struct Shared {
    absl::Mutex mu;
    absl::Status error ABSL_GUARDED_BY(mu);
  } shared;
  std::atomic<uint64_t> next{0};
  const auto write = [&] {
    for (uint64_t person = next++; person < fill.persons; person = next++) {
      const absl::Status stored = StoreOne(*ledger, people, fill, person);
      if (!stored.ok()) {
        absl::MutexLock lock(&shared.mu);
        shared.error.Update(stored);
        next = fill.persons;
        return;
      }
      on_stored(1);
    }
  };
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) writers.emplace_back(write);
  for (std::thread& writer : writers) writer.join();
  absl::MutexLock lock(&shared.mu);
  return shared.error;
}

}  // namespace distinct::population
