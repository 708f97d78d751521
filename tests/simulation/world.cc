#include "tests/simulation/world.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/enrolment/driver.h"
#include "engine/enrolment/write_watch.h"
#include "engine/gallery/gallery.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"
#include "matchers/check.h"
#include "tests/simulation/calls.h"
#include "tests/simulation/captures.h"
#include "tests/simulation/fibre.h"
#include "tests/simulation/witness.h"
#include "tests/support/temp_dir.h"

namespace distinct::simulation {
namespace {

using ledger::DecisionKind;
using ledger::State;

// A life takes some 200 steps; one that takes this many will not end.
constexpr int kStepsMax = 5000;
// One step in so many is a restart without need, while any is left.
constexpr uint64_t kRestartOneIn = 40;

// The store's folder by name; on the machine's own disk is only what the engine puts beside it.
const std::string& Folder() {
  static const testing::TempDir folder;
  static const std::string name = (folder / "store").string();
  return name;
}

// A store that was created and closed.
const DiskImage& EmptyStore() {
  static const DiskImage image = [] {
    const auto disk = std::make_shared<Disk>(DiskImage{}, Disk::Options{});
    SimulatedEnv env(disk);
    const auto created = ledger::Ledger::Open(Folder(), {.env = &env});
    CHECK(created.ok());
    return disk->Image();
  }();
  return image;
}

struct Front {
  Fibre fibre;
  std::unique_ptr<enrolment::Driver> driver;
};

class World {
 public:
  explicit World(const Plan& plan)
      : random_(plan.seed),
        disk_(std::make_shared<Disk>(
            plan.new_store ? DiskImage{} : EmptyStore(),
            Disk::Options{random_(), plan.fault, plan.breach == Breach::kNoSync})),
        env_(disk_),
        restarts_left_(Draw(3)) {
    for (size_t f = 0, fronts = 2 + Draw(3); f < fronts; ++f) {
      fronts_.push_back(std::make_unique<Front>());
    }
    calls_ = DrawCalls(random_);
    for (const Call& call : calls_) {
      if (call.kind == CallKind::kEnrol) witness_.Submit(call.id, call.capture);
    }
  }

  Outcome Run() {
    StartProcess();
    for (int steps = 0; broken_.empty() && !Done(); ++steps) {
      if (steps == kStepsMax) {
        Fail(absl::StrCat("I4: not everything is decided after ", kStepsMax, " steps"));
        break;
      }
      Step();
      if (disk_->off()) Restart();
      if (broken_.empty()) Fail(witness_.Read(*ledger_));
    }
    if (broken_.empty()) Finish();
    EndProcess();
    outcome_.broken = broken_;
    outcome_.calls = disk_->calls();
    outcome_.failures = disk_->failures();
    return std::move(outcome_);
  }

 private:
  size_t Draw(size_t count) { return static_cast<size_t>(random_() % count); }

  void Trace(const std::string& line) {
    outcome_.trace.push_back(absl::StrCat("[disk call ", disk_->calls(), "] ", line));
  }
  void Fail(const std::string& broken) {
    if (broken_.empty()) broken_ = broken;
  }

  absl::Time Now() { return absl::UnixEpoch() + absl::Seconds(++seconds_); }

  void StartProcess() {
    for (int attempt = 1; ledger_ == nullptr; ++attempt) {
      const uint64_t failures = disk_->failures();
      auto opened =
          ledger::Ledger::Open(Folder(), {.clock = [this] { return Now(); }, .env = &env_});
      if (opened.ok() && !disk_->off()) {
        ledger_ = *std::move(opened);
        break;
      }
      const std::string error =
          opened.ok() ? "the machine went off at last" : opened.status().ToString();
      Trace("start fails: " + error);
      if (disk_->failures() == failures) return Fail("I3: the store does not open: " + error);
      opened = absl::CancelledError();  // closes it
      disk_->StopProcess();
      disk_->Restart();
      if (attempt > 1) disk_->Repair();  // an operator sees to it
    }
    if (++outcome_.starts == 1) outcome_.calls_to_start = disk_->calls();
    const Captures& captures = Captures::Get();
    auto gallery = gallery::Gallery::Create(captures.modalities(), {.shards = 2});
    CHECK(gallery.ok());
    gallery_ = *std::move(gallery);
    cascade_ = std::make_unique<search::Cascade>(captures.modalities(), *gallery_,
                                                 search::CascadeBudgets{});
    writes_ = std::make_unique<enrolment::WriteWatch>();
    for (const auto& front : fronts_) {
      const auto clock = [this, fibre = &front->fibre] {
        if (!ending_) fibre->Yield();
        return Now();
      };
      front->driver =
          std::make_unique<enrolment::Driver>(*ledger_, *gallery_, *cascade_, *writes_, clock);
    }
    Trace(absl::StrCat("started with head ", Number(ledger_->head())));
  }

  // Nobody hears what is still under way.
  void EndProcess() {
    ending_ = true;
    for (const auto& front : fronts_) {
      while (!front->fibre.idle()) front->fibre.Resume();
      front->driver.reset();
    }
    ending_ = false;
    for (Call& call : calls_) call.running = 0;
    cascade_.reset();
    gallery_.reset();
    ledger_.reset();
    writes_.reset();
  }

  void Restart() {
    EndProcess();
    disk_->Restart();
    StartProcess();
  }

  bool Done() const {
    const bool idle = std::all_of(fronts_.begin(), fronts_.end(),
                                  [](const auto& front) { return front->fibre.idle(); });
    const bool answered =
        std::all_of(calls_.begin(), calls_.end(), [](const Call& call) { return call.answered; });
    return idle && answered && ledger_->counts().open == 0;
  }

  enum class Action : uint8_t { kGoOn, kBegin, kRecover, kFollow, kBackground, kStop, kCut };
  struct Choice {
    Action action;
    Front* front;
  };

  std::vector<Choice> Choices() const {
    std::vector<Choice> choices;
    const bool stopped = !writes_->stopped().ok();
    const bool waiting = std::any_of(calls_.begin(), calls_.end(), MayBegin);
    for (const auto& front : fronts_) {
      if (!front->fibre.idle()) {
        choices.insert(choices.end(), 2, {Action::kGoOn, front.get()});
      } else if (!stopped) {
        if (waiting) choices.insert(choices.end(), 2, {Action::kBegin, front.get()});
        if (ledger_->counts().open > 0) choices.push_back({Action::kRecover, front.get()});
      }
    }
    if (gallery_->watermark() < ledger_->head()) {
      choices.insert(choices.end(), 3, {Action::kFollow, nullptr});
    }
    if (env_.has_background_job()) choices.push_back({Action::kBackground, nullptr});
    if (stopped) {  // distinctd ends then; the machine may be no better off
      choices.push_back({Action::kStop, nullptr});
      choices.push_back({Action::kCut, nullptr});
    }
    return choices;
  }

  void Step() {
    if (restarts_left_ > 0 && Draw(kRestartOneIn) == 0) {
      --restarts_left_;
      return Act({Draw(2) == 0 ? Action::kStop : Action::kCut, nullptr});
    }
    const std::vector<Choice> choices = Choices();
    CHECK(!choices.empty());
    Act(choices[Draw(choices.size())]);
  }

  void Act(const Choice& choice) {
    switch (choice.action) {
      case Action::kGoOn:
        return choice.front->fibre.Resume();
      case Action::kBegin:
        return Begin(*choice.front);
      case Action::kRecover:
        return Recover(*choice.front);
      case Action::kFollow:
        return Follow(1 + static_cast<int>(Draw(2)));
      case Action::kBackground:
        Trace("RocksDB's background job");
        return env_.RunBackgroundJob();
      case Action::kStop:
        Trace("the process is killed");
        return disk_->StopProcess();
      case Action::kCut:
        Trace("the power is cut");
        return disk_->CutPower();
    }
  }

  // A client may send its call twice before it is answered.
  static bool MayBegin(const Call& call) { return !call.answered && call.running < 2; }

  void Begin(Front& front) {
    std::vector<Call*> waiting;
    for (Call& call : calls_) {
      if (MayBegin(call)) waiting.push_back(&call);
    }
    Call& call = *waiting[Draw(waiting.size())];
    ++call.running;
    front.fibre.Begin([this, &front, &call] {
      Make(front, call);
      if (!ending_) --call.running;
    });
  }

  void Make(Front& front, Call& call) {
    switch (call.kind) {
      case CallKind::kEnrol:
        return Enrol(front, call);
      case CallKind::kErase:
        return Erase(call);
      case CallKind::kSetPolicy:
        return SetPolicy(call);
    }
  }

  void Enrol(Front& front, Call& call) {
    ledger::Enrolment enrolment;
    enrolment.id.value = call.id;
    enrolment.digest = ledger_->Digest("content of " + call.id);
    std::optional<ledger::Decision> refused;
    if (call.refused) {
      refused.emplace().kind = DecisionKind::kRefused;
    } else {
      enrolment.templates = Captures::Get()[call.capture];
    }
    const auto appended = writes_->Checked(ledger_->Append(enrolment, refused));
    if (!Answered(call, appended.status())) return;
    Tell(call, appended->state);
    if (appended->state.decision.kind == DecisionKind::kOpen) {
      front.fibre.Yield();
      if (ending_) return;
      enrolment.ticket = appended->state.ticket;
      enrolment.policy = appended->policy;
      enrolment::DriveReport report;
      const bool fresh = appended->outcome == ledger::AppendOutcome::kNew;
      const auto driven =
          fresh ? front.driver->DriveNew(enrolment, absl::InfiniteFuture(), report)
                : front.driver->DriveAgain(enrolment.ticket, absl::InfiniteFuture(), report);
      if (!Answered(call, driven.status())) return;
      Tell(call, *driven);
    }
    call.answered = true;
  }

  void Erase(Call& call) {
    const auto erased =
        writes_->Checked(ledger_->Erase({call.id}, {"ERASE", "simulation", "test", ""}));
    if (absl::IsNotFound(erased.status())) {  // not yet there
      if (witness_.Known(call.id) && !ending_) Fail("I3: lost: " + erased.status().ToString());
      return;
    }
    if (!Answered(call, erased.status())) return;
    Trace(absl::StrCat("erasure of ", call.id, " told number ", Number(erased->number)));
    Fail(witness_.TellErased(call.id, *erased));
    call.answered = true;
  }

  void SetPolicy(Call& call) {
    const auto set =
        writes_->Checked(ledger_->SetPolicy(call.policy, {"POLICY", "simulation", "test", ""}));
    if (!Answered(call, set.status())) return;
    Trace(absl::StrCat(call.id, " told ", Describe(*set)));
    Fail(witness_.TellPolicy(call.policy, *set));
    call.answered = true;
  }

  // What a front does for an enrolment whose client is gone.
  void Recover(Front& front) {
    const auto open = ledger_->OpenTickets(1);
    if (!open.ok() || open->empty()) return Fail("I3: an OPEN enrolment is not listed");
    const Ticket n = open->front();
    if (Number(gallery_->watermark()) + 1 < Number(n)) return;
    front.fibre.Begin([this, &front, n] {
      enrolment::DriveReport report;
      Call nobody;
      nobody.id = absl::StrCat("recovery of ", Number(n));
      const auto driven = front.driver->DriveAgain(n, absl::InfiniteFuture(), report);
      if (Answered(nobody, driven.status())) Tell(nobody, *driven);
    });
  }

  // Whether a client hears a result; an error that it need not expect is a failure.
  bool Answered(const Call& call, const absl::Status& status) {
    if (ending_ || disk_->off()) return false;
    if (status.ok()) return true;
    Trace(absl::StrCat(call.id, " told ", status.ToString()));
    if (writes_->stopped().ok() && !absl::IsUnavailable(status)) {
      Fail(absl::StrCat("error: ", call.id, ": ", status.ToString()));
    }
    return false;
  }

  void Tell(const Call& call, const State& state) {
    Trace(absl::StrCat(call.id, " told ", Describe(state)));
    Fail(witness_.Tell(state));
  }

  void Follow(int count_max) {
    const auto entries = ledger_->Follow(gallery_->watermark(), count_max, size_t{1} << 20);
    if (!entries.ok()) return Fail("I3: cannot follow: " + entries.status().ToString());
    for (const ledger::Entry& entry : *entries) {
      const absl::Status applied = entry.kind == ledger::EntryKind::kErase
                                       ? gallery_->Erase(entry.ticket, entry.closed)
                                       : gallery_->Add(entry.ticket, entry.templates);
      if (!applied.ok()) return Fail("numbers: cannot follow: " + applied.ToString());
    }
    Trace(absl::StrCat("the gallery follows to ", Number(gallery_->watermark())));
  }

  // A last start of a healthy process, which must find everything, and nothing that was erased.
  void Finish() {
    disk_->Repair();
    while (env_.has_background_job()) env_.RunBackgroundJob();
    const ledger::Counts before = ledger_->counts();
    EndProcess();
    StartProcess();
    if (!broken_.empty()) return;
    const ledger::Counts after = ledger_->counts();
    if (before.unique != after.unique || before.duplicate != after.duplicate ||
        before.review != after.review || before.refused != after.refused ||
        before.withdrawn != after.withdrawn || before.erased != after.erased) {
      return Fail("counts: other ones after a start than before");
    }
    Follow(1000);
    Fail(witness_.Read(*ledger_));
    Fail(witness_.ReadWhole(*ledger_));
    if (broken_.empty()) SearchEverybody();
  }

  void SearchEverybody() {
    const auto states = ledger_->List(kNoTicket, 1000);
    CHECK(states.ok());
    for (const State& state : *states) {
      ++outcome_.decisions.at(static_cast<size_t>(state.decision.kind));
      for (const ledger::Finding& finding : state.decision.findings) {
        outcome_.processing_failed += finding.code == "PROCESSING_FAILED" ? 1 : 0;
      }
    }
    for (const Call& call : calls_) {
      if (call.kind != CallKind::kEnrol) continue;
      search::SearchOptions options;
      options.candidates_max = 1000;
      options.llr_min = ledger_->policy().review;
      const auto list = cascade_->Search(Captures::Get()[call.capture], options);
      CHECK(list.ok());
      std::set<Ticket> found, wanted;
      for (const search::Candidate& candidate : list->candidates) found.insert(candidate.ticket);
      for (const State& state : *states) {
        const bool searchable =
            state.closed_at == kNoTicket && state.decision.kind != DecisionKind::kRefused &&
            witness_.BandOf(call.id, state.id.value, ledger_->policy()) != search::Band::kNone;
        if (searchable) wanted.insert(state.ticket);
      }
      if (found != wanted) Fail("I6: a search finds others than those that are searchable");
    }
  }

  std::mt19937_64 random_;
  const std::shared_ptr<Disk> disk_;
  SimulatedEnv env_;
  size_t restarts_left_;
  int64_t seconds_ = 0;
  bool ending_ = false;
  std::vector<Call> calls_;
  Witness witness_;
  std::string broken_;
  Outcome outcome_;

  // The process.
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<gallery::Gallery> gallery_;
  std::unique_ptr<search::Cascade> cascade_;
  std::unique_ptr<enrolment::WriteWatch> writes_;
  std::vector<std::unique_ptr<Front>> fronts_;
};

}  // namespace

Outcome Simulate(const Plan& plan) {
  Break(plan.breach);
  Outcome outcome = World(plan).Run();
  Break(Breach::kNone);
  return outcome;
}

}  // namespace distinct::simulation
