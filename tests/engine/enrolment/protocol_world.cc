#include "tests/engine/enrolment/protocol_world.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;
using search::Band;

Ticket TicketOf(size_t index) { return Ticket{index + 1}; }
size_t IndexOf(Ticket ticket) { return Number(ticket) - 1; }

bool IsLive(const World& world, Ticket ticket) {
  const Record& record = world.records[IndexOf(ticket)];
  return record.appended && record.kind == DecisionKind::kUnique && !record.closed;
}

// The person that a decided record counts for, whether erased or not; kNoTicket if for nobody.
Ticket RootOf(const World& world, size_t index) {
  const Record& record = world.records[index];
  if (record.kind == DecisionKind::kUnique) return TicketOf(index);
  return record.kind == DecisionKind::kDuplicate ? record.original : kNoTicket;
}

class Stepper {
 public:
  Stepper(const Rules& rules, const World& world) : rules_(rules), world_(world) {}

  std::vector<Step> All() {
    for (size_t w = 0; w < world_.workers.size(); ++w) {
      if (world_.workers[w].empty()) {
        TakeUp(w);
      } else {
        Advance(w);
        World crashed = world_;
        crashed.workers[w].clear();
        Add(std::move(crashed), true);
      }
    }
    if (world_.erasures_left > 0) {
      for (size_t i = 0; i < world_.records.size(); ++i) Erase(i);
    }
    for (size_t i = 0; i < world_.records.size(); ++i) Examine(i);
    return std::move(steps_);
  }

 private:
  void Add(World after, bool fault = false) {
    std::sort(after.workers.begin(), after.workers.end());  // workers have no names
    steps_.push_back({std::move(after), fault});
  }

  static void Start(World& world, size_t worker, Ticket ticket) {
    Run run{ticket, Protocol(ticket, false), {}};
    run.effect = run.protocol.Start();
    world.workers[worker].push_back(std::move(run));
  }

  // An idle worker appends the next enrolment, or drives any that is OPEN: a first call, a retry
  // and recovery are one and the same.
  void TakeUp(size_t worker) {
    for (size_t i = 0; i < world_.records.size(); ++i) {
      const Record& record = world_.records[i];
      if (record.appended && record.kind != DecisionKind::kOpen) continue;
      World after = world_;
      after.records[i].appended = true;
      Start(after, worker, TicketOf(i));
      Add(std::move(after));
      if (!record.appended) break;  // numbers have no gaps
    }
  }

  void Advance(size_t worker) {
    const Run& run = world_.workers[worker].back();
    if (std::get_if<SearchEffect>(&run.effect) != nullptr) {
      Search(worker, run, 0);
      if (rules_.sin == Sin::kUncovered && Number(run.ticket) > 1) Search(worker, run, 1);
    } else if (const auto* read = std::get_if<ReadStatesEffect>(&run.effect)) {
      Read(worker, *read);
    } else if (const auto* drive = std::get_if<DriveEffect>(&run.effect)) {
      Drive(worker, *drive);
    } else if (const auto* decide = std::get_if<DecideEffect>(&run.effect)) {
      Decide(worker, *decide);
    } else {
      World after = world_;
      after.workers[worker].pop_back();
      Add(std::move(after));
    }
  }

  // Records that are erased may or may not be seen any more: both are tried.
  void Search(size_t worker, const Run& run, size_t missed) {
    for (const bool sees_closed : {false, true}) {
      std::vector<Match> matches;
      for (size_t m = 0; m + missed < IndexOf(run.ticket); ++m) {
        const Band band = rules_.BandOf(m, IndexOf(run.ticket));
        if (band == Band::kNone || (world_.records[m].closed && !sees_closed)) continue;
        matches.push_back({TicketOf(m), band});
      }
      World after = world_;
      Run& next = after.workers[worker].back();
      next.effect = next.protocol.OnSearched(matches);
      Add(std::move(after));
    }
  }

  void Read(size_t worker, const ReadStatesEffect& read) {
    std::vector<MatchState> states;
    for (const Ticket ticket : read.tickets) {
      const Record& record = world_.records[IndexOf(ticket)];
      MatchState state{ticket, record.kind, record.original, record.closed};
      const bool skipped =
          (rules_.sin == Sin::kSkipOpen && record.kind == DecisionKind::kOpen) ||
          (rules_.sin == Sin::kReviewAsNone && record.kind == DecisionKind::kReview);
      if (skipped) state.kind = DecisionKind::kWithdrawn;
      if (rules_.sin == Sin::kIgnoreClosed || rules_.sin == Sin::kBlindRead) state.closed = false;
      states.push_back(state);
    }
    World after = world_;
    Run& next = after.workers[worker].back();
    next.effect = next.protocol.OnStatesRead(states);
    Add(std::move(after));
  }

  void Drive(size_t worker, const DriveEffect& drive) {
    World after = world_;
    if (world_.records[IndexOf(drive.ticket)].kind == DecisionKind::kOpen) {
      Start(after, worker, drive.ticket);
    } else {
      Run& next = after.workers[worker].back();
      next.effect = next.protocol.OnDriven();
    }
    Add(std::move(after));
  }

  void Decide(size_t worker, const DecideEffect& decide) {
    World after = world_;
    Run& next = after.workers[worker].back();
    Record& record = after.records[IndexOf(next.ticket)];
    DecideOutcome outcome = DecideOutcome::kWon;
    const bool duplicate = decide.kind == DecisionKind::kDuplicate;
    const bool checks_original =
        rules_.sin != Sin::kIgnoreClosed && rules_.sin != Sin::kDeadOriginal;
    if (record.kind != DecisionKind::kOpen && rules_.sin != Sin::kNoCompareAndSet) {
      outcome = DecideOutcome::kLost;
    } else if (duplicate && checks_original && !IsLive(world_, decide.originals.front())) {
      outcome = DecideOutcome::kOriginalGone;
    } else {
      record.kind = decide.kind;
      record.original = duplicate ? decide.originals.front() : kNoTicket;
    }
    next.effect = next.protocol.OnDecided(outcome);
    Add(std::move(after));
  }

  void Erase(size_t target) {
    if (!world_.records[target].appended || world_.records[target].closed) return;
    World after = world_;
    --after.erasures_left;
    const bool person = IsLive(world_, TicketOf(target));
    for (size_t i = 0; i < after.records.size(); ++i) {
      Record& record = after.records[i];
      const bool counts_for =
          person && record.kind == DecisionKind::kDuplicate && record.original == TicketOf(target);
      if (!record.appended || record.closed || (i != target && !counts_for)) continue;
      record.closed = true;
      if (record.kind == DecisionKind::kOpen || record.kind == DecisionKind::kReview) {
        record.kind = DecisionKind::kWithdrawn;
      }
    }
    Add(std::move(after), true);
  }

  // The examiner says of every grey match whether it is the same person; possible once no match is
  // OPEN or in REVIEW. All verdicts are tried.
  void Examine(size_t index) {
    if (world_.records[index].kind != DecisionKind::kReview) return;
    std::vector<size_t> grey, hard;
    for (size_t m = 0; m < index; ++m) {
      const Band band = rules_.BandOf(m, index);
      if (band == Band::kNone) continue;
      const DecisionKind kind = world_.records[m].kind;
      if (kind == DecisionKind::kOpen || kind == DecisionKind::kReview) return;
      (band == Band::kGrey ? grey : hard).push_back(m);
    }
    for (size_t verdict = 0; verdict < (size_t{1} << grey.size()); ++verdict) {
      std::vector<size_t> same = hard;
      for (size_t g = 0; g < grey.size(); ++g) {
        if ((verdict >> g & 1) != 0) same.push_back(grey[g]);
      }
      Ticket original = kNoTicket;
      for (const size_t m : same) {
        const Ticket root = RootOf(world_, m);
        if (root == kNoTicket || !IsLive(world_, root) || world_.records[m].closed) continue;
        if (original == kNoTicket || root < original) original = root;
      }
      World after = world_;
      after.records[index].kind =
          original == kNoTicket ? DecisionKind::kUnique : DecisionKind::kDuplicate;
      after.records[index].original = original;
      Add(std::move(after));
    }
  }

  const Rules& rules_;
  const World& world_;
  std::vector<Step> steps_;
};

bool MayBecome(const Record& before, const Record& after) {
  if (before.kind == after.kind) return before.original == after.original;
  if (before.kind == DecisionKind::kOpen) return true;
  return before.kind == DecisionKind::kReview && after.kind != DecisionKind::kOpen;
}

}  // namespace

std::vector<Step> Steps(const Rules& rules, const World& world) {
  return Stepper(rules, world).All();
}

std::string BrokenInvariant(const Rules& rules, const World& before, const World& after) {
  for (size_t i = 0; i < after.records.size(); ++i) {
    const Record& record = after.records[i];
    if (!MayBecome(before.records[i], record)) return "I2";
    if (!record.appended || record.closed) continue;
    for (size_t m = 0; m < i; ++m) {
      const Record& smaller = after.records[m];
      if (rules.BandOf(m, i) != Band::kHard || smaller.closed) continue;
      if (!IsLive(after, TicketOf(i))) continue;
      return IsLive(after, TicketOf(m)) ? "I1" : "I1c";
    }
    if (record.kind == DecisionKind::kDuplicate && !IsLive(after, record.original)) return "I5";
  }
  return "";
}

bool Finished(const World& world) {
  return std::all_of(world.records.begin(), world.records.end(),
                     [](const Record& record) {
                       return record.appended && record.kind != DecisionKind::kOpen &&
                              record.kind != DecisionKind::kReview;
                     }) &&
         std::all_of(world.workers.begin(), world.workers.end(),
                     [](const Worker& worker) { return worker.empty(); });
}

World EmptyWorld(size_t records, size_t workers, int erasures) {
  World world;
  world.records.resize(records);
  world.workers.resize(workers);
  world.erasures_left = erasures;
  return world;
}

}  // namespace distinct::enrolment
