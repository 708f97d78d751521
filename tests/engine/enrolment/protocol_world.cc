#include "tests/engine/enrolment/protocol_world.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;
using search::Band;

Ticket TicketOf(size_t index) { return Ticket{index + 1}; }
size_t IndexOf(Ticket ticket) { return Number(ticket) - 1; }

bool IsLive(const World& world, Ticket ticket) {
  const Record& record = world.records[IndexOf(ticket)];
  return record.appended && record.kind == DecisionKind::kUnique && !record.closed &&
         record.parent == kNoTicket;
}

// As ledger::CountsFor().
Ticket CountsFor(const Rules& rules, const World& world, size_t index) {
  const Record& record = world.records[index];
  switch (record.kind) {
    case DecisionKind::kDuplicate:
      return record.original;
    case DecisionKind::kAccepted:
      return TicketOf(rules.subject);
    case DecisionKind::kUnique:
      return record.parent;
    default:
      return kNoTicket;
  }
}

// The person that a decided record counts for, whether erased or not; kNoTicket if for nobody.
Ticket RootOf(const Rules& rules, const World& world, size_t index) {
  for (;;) {
    const Ticket next = CountsFor(rules, world, index);
    if (next == kNoTicket) break;
    index = IndexOf(next);
  }
  return world.records[index].kind == DecisionKind::kUnique ? TicketOf(index) : kNoTicket;
}

// Record m counts for whom the redo is not.
bool IsOther(const Rules& rules, const World& world, size_t m) {
  if (m == rules.other) return true;
  if (world.records[rules.other].kind != DecisionKind::kUnique) return false;
  const Ticket root = RootOf(rules, world, m);
  return root != kNoTicket && root == RootOf(rules, world, rules.other);
}

bool Undecided(const Record& record) {
  return record.kind == DecisionKind::kOpen || record.kind == DecisionKind::kReview;
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
    if (world_.merges_left > 0) Merge();
    return std::move(steps_);
  }

 private:
  void Add(World after, bool fault = false) {
    std::sort(after.workers.begin(), after.workers.end());  // workers have no names
    steps_.push_back({std::move(after), fault});
  }

  Question QuestionOf(size_t index) const {
    Question question;
    question.ticket = TicketOf(index);
    if (rules_.IsUpdate(index)) question.subject = TicketOf(rules_.subject);
    if (!rules_.IsRedo(index) || rules_.sin == Sin::kForgetCase) return question;
    question.others = {TicketOf(rules_.other)};
    if (rules_.sin == Sin::kCarryToAll) {
      question.others.clear();
      for (size_t i = 0; i < index; ++i) question.others.push_back(TicketOf(i));
    }
    return question;
  }

  void Start(World& world, size_t worker, Ticket ticket) const {
    Question question = QuestionOf(IndexOf(ticket));
    // One that takes later numbers for matches behaves as if it were the last.
    if (rules_.sin == Sin::kLaterCount) question.ticket = TicketOf(world.records.size());
    Run run{ticket, Protocol(question), {}};
    run.effect = run.protocol.Start();
    world.workers[worker].push_back(std::move(run));
  }

  // An idle worker appends the next enrolment, or drives any that is OPEN: a first call, a retry
  // and recovery are one and the same.
  void TakeUp(size_t worker) {
    for (size_t i = 0; i < world_.records.size(); ++i) {
      const Record& record = world_.records[i];
      if (record.appended && record.kind != DecisionKind::kOpen) continue;
      if (!record.appended && rules_.IsUpdate(i) && !MayUpdate(i)) continue;
      World after = world_;
      after.records[i].appended = true;
      Start(after, worker, TicketOf(i));
      Add(std::move(after));
      if (!record.appended) break;  // numbers have no gaps
    }
  }

  // An update of nobody is refused before it gets a number; one that comes late got none in order.
  bool MayUpdate(size_t index) const {
    const bool late = index + 1 < world_.records.size() && world_.records[index + 1].appended;
    return !late && IsLive(world_, TicketOf(rules_.subject));
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
      const bool later = rules_.sin == Sin::kLaterCount;
      const size_t end = later ? world_.records.size() : IndexOf(run.ticket) - missed;
      for (size_t m = 0; m < end; ++m) {
        const Record& record = world_.records[m];
        if (m == IndexOf(run.ticket) || !record.appended) continue;
        const Band band = rules_.BandOf(m, IndexOf(run.ticket));
        if (band == Band::kNone || (record.closed && !sees_closed)) continue;
        const bool hidden = record.dropped != kNoTicket &&
                            (run.ticket > record.dropped || rules_.sin == Sin::kDropEarly);
        // The subject of an update is compared with it in any case.
        const bool subject = rules_.IsUpdate(IndexOf(run.ticket)) && m == rules_.subject;
        if (hidden && !subject) continue;
        const bool last = IndexOf(run.ticket) + 1 == world_.records.size();
        const auto asks = last ? rules_.asks : ledger::FindingAction::kNote;
        matches.push_back({TicketOf(m), band, asks});
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
      MatchState state;
      state.ticket = ticket;
      state.kind = record.kind;
      state.counts_for = CountsFor(rules_, world_, IndexOf(ticket));
      state.closed = record.closed;
      const bool skipped =
          (rules_.sin == Sin::kSkipOpen && record.kind == DecisionKind::kOpen) ||
          (rules_.sin == Sin::kReviewAsNone && record.kind == DecisionKind::kReview) ||
          (rules_.sin == Sin::kIgnoreDuplicate && record.kind == DecisionKind::kDuplicate);
      if (skipped) state.kind = DecisionKind::kWithdrawn;
      if (skipped || rules_.sin == Sin::kIgnoreMerge) {
        if (record.kind == DecisionKind::kUnique || skipped) state.counts_for = kNoTicket;
      }
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
      if (rules_.sin == Sin::kHold) return;
      // Larger numbers drive smaller ones and those the larger again: two of them show it.
      if (rules_.sin == Sin::kLaterCount && world_.workers[worker].size() > 1) return;
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
    const bool accepted = decide.kind == DecisionKind::kAccepted;
    const Ticket needed = accepted    ? TicketOf(rules_.subject)
                          : duplicate ? decide.originals.front()
                                      : kNoTicket;
    const bool checks_original =
        rules_.sin != Sin::kIgnoreClosed && rules_.sin != Sin::kDeadOriginal;
    if (record.kind != DecisionKind::kOpen && rules_.sin != Sin::kNoCompareAndSet) {
      outcome = DecideOutcome::kLost;
    } else if (needed != kNoTicket && checks_original && !IsLive(world_, needed)) {
      outcome = DecideOutcome::kOriginalGone;
    } else {
      record.kind = decide.kind;
      record.original = duplicate ? decide.originals.front() : kNoTicket;
      if (accepted) Drop(after);
    }
    next.effect = next.protocol.OnDecided(outcome);
    Add(std::move(after));
  }

  void Drop(World& after) const {
    Ticket last = kNoTicket;
    for (size_t i = 0; i < after.records.size(); ++i) {
      if (after.records[i].appended) last = TicketOf(i);
    }
    after.records[rules_.subject].dropped = last;
  }

  void Erase(size_t target) {
    if (!world_.records[target].appended || world_.records[target].closed) return;
    // An accepted update is erased with its person, never by itself.
    if (world_.records[target].kind == DecisionKind::kAccepted) return;
    World after = world_;
    --after.erasures_left;
    const bool person = IsLive(world_, TicketOf(target));
    for (size_t i = 0; i < after.records.size(); ++i) {
      Record& record = after.records[i];
      const bool counts_for = person && (RootOf(rules_, world_, i) == TicketOf(target) ||
                                         (rules_.IsUpdate(i) && rules_.subject == target));
      if (!record.appended || record.closed || (i != target && !counts_for)) continue;
      record.closed = record.was_closed = true;
      if (Undecided(record)) record.kind = DecisionKind::kWithdrawn;
      if (rules_.sin == Sin::kForgetId && i == target) {
        record = Record();
        record.was_closed = true;
        for (Worker& worker : after.workers) worker.clear();
      }
    }
    Add(std::move(after), true);
  }

  void Merge() {
    for (size_t b = 0; b < world_.records.size(); ++b) {
      for (size_t a = 0; a < b; ++a) {
        if (!IsLive(world_, TicketOf(a)) || !IsLive(world_, TicketOf(b))) continue;
        World after = world_;
        --after.merges_left;
        after.records[b].parent = TicketOf(a);
        Add(std::move(after), true);
      }
    }
  }

  // The examiner says of every pair whether it is one person; possible once no match is OPEN or in
  // REVIEW. All verdicts on the grey pairs are tried; the shipped machine resolves them.
  void Examine(size_t index) {
    if (world_.records[index].kind != DecisionKind::kReview) return;
    std::vector<Match> matches;
    std::vector<Ticket> grey;
    for (size_t m = 0; m < index; ++m) {
      const Band band = rules_.BandOf(m, index);
      if (band == Band::kNone || !world_.records[m].appended) continue;
      const Record& record = world_.records[m];
      if (record.dropped != kNoTicket && TicketOf(index) > record.dropped) continue;
      if (Undecided(record)) return;
      matches.push_back({TicketOf(m), band});
      if (band == Band::kGrey) grey.push_back(TicketOf(m));
    }
    for (size_t said = 0; said < (size_t{1} << grey.size()); ++said) {
      const auto verdict_on = [&](Ticket ticket) {
        const auto at = std::find(grey.begin(), grey.end(), ticket);
        if (at == grey.end()) return ledger::Verdict::kNone;
        const bool same = (said >> (at - grey.begin()) & 1) != 0;
        return same ? ledger::Verdict::kSame : ledger::Verdict::kDifferent;
      };
      Protocol protocol(QuestionOf(index));
      Effect effect = protocol.OnSearched(matches);
      while (const auto* read = std::get_if<ReadStatesEffect>(&effect)) {
        std::vector<MatchState> states;
        for (const Ticket ticket : read->tickets) {
          const Record& record = world_.records[IndexOf(ticket)];
          states.push_back({ticket, record.kind, CountsFor(rules_, world_, IndexOf(ticket)),
                            record.closed, verdict_on(ticket)});
        }
        effect = protocol.OnStatesRead(states);
      }
      const auto& decide = std::get<DecideEffect>(effect);
      World after = world_;
      Record& record = after.records[index];
      record.kind = decide.kind;
      // An update that is of others too: the examiner, who has no way to accept it, refuses it.
      if (decide.kind == DecisionKind::kReview) record.kind = DecisionKind::kRefused;
      if (decide.kind == DecisionKind::kDuplicate) record.original = decide.originals.front();
      if (decide.kind == DecisionKind::kAccepted) Drop(after);
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

// `smaller` is hidden from `number` because an accepted update replaced it.
bool Hidden(const Record& smaller, Ticket number) {
  return smaller.dropped != kNoTicket && smaller.dropped < number;
}

// Why record i, which is live or an accepted update, should not be; empty if it may.
std::string BrokenBy(const Rules& rules, const World& world, size_t i) {
  const Record& record = world.records[i];
  for (size_t m = 0; m < i; ++m) {
    const Record& smaller = world.records[m];
    if (rules.BandOf(m, i) != Band::kHard || smaller.closed || !smaller.appended) continue;
    if (Hidden(smaller, TicketOf(i)) || smaller.kind == DecisionKind::kRefused) continue;
    if (rules.IsRedo(i) && IsOther(rules, world, m)) continue;
    const Ticket root = RootOf(rules, world, m);
    if (record.kind == DecisionKind::kAccepted) {
      const bool other =
          root != kNoTicket && IsLive(world, root) && root != RootOf(rules, world, i);
      if (other) return "I1u";
    } else if (IsLive(world, TicketOf(i)) && root != TicketOf(i)) {
      return IsLive(world, TicketOf(m)) ? "I1" : "I1c";
    }
  }
  return "";
}

}  // namespace

std::vector<Step> Steps(const Rules& rules, const World& world) {
  return Stepper(rules, world).All();
}

std::string BrokenInvariant(const Rules& rules, const World& before, const World& after) {
  for (size_t i = 0; i < after.records.size(); ++i) {
    const Record& record = after.records[i];
    if (record.was_closed && record.appended && !record.closed) return "I6";
    if (!MayBecome(before.records[i], record)) return "I2";
    if (!record.appended || record.closed) continue;
    const std::string broken = BrokenBy(rules, after, i);
    if (!broken.empty()) return broken;
    const Ticket root = RootOf(rules, after, i);
    const bool leads = record.kind == DecisionKind::kDuplicate;
    if (leads && (root == kNoTicket || !IsLive(after, root))) return "I5";
    const bool by_machine = leads && before.records[i].kind == DecisionKind::kOpen;
    if (by_machine && rules.IsRedo(i) && record.original == TicketOf(rules.other)) return "I8";
  }
  return "";
}

bool Finished(const Rules& rules, const World& world) {
  for (size_t i = 0; i < world.records.size(); ++i) {
    const Record& record = world.records[i];
    if (!record.appended && !rules.IsUpdate(i)) return false;
    if (record.appended && Undecided(record)) return false;
  }
  return std::all_of(world.workers.begin(), world.workers.end(),
                     [](const Worker& worker) { return worker.empty(); });
}

World EmptyWorld(size_t records, size_t workers, int erasures, int merges) {
  World world;
  world.records.resize(records);
  world.workers.resize(workers);
  world.erasures_left = erasures;
  world.merges_left = merges;
  return world;
}

}  // namespace distinct::enrolment
