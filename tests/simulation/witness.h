// Remembers what a store has said, to callers and on reading, and names what it says differently
// later. Functions return the broken invariant, or "":
//
//   I1  no two live UNIQUE are alike          I3  what was acknowledged or read once is never lost
//   I1c UNIQUE: every smaller match is erased I5  DUPLICATE points to a live person
//   I2  decisions never change                I6  what is erased stays so and is never found again
//
//   I7  policies never change, and a number is decided by the last one before it
//
// and numbers, feed and coverage are whole. (I4, that everything gets decided, is the world's.)
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/ids.h"
#include "engine/ledger/ledger.h"
#include "engine/search/decision.h"

namespace distinct::simulation {

class Witness {
 public:
  // Every enrolment of this id shows this capture.
  void Submit(const std::string& id, size_t capture) { captures_[id] = capture; }

  // A caller was told this: by an append, a decision or a repeat of either.
  std::string Tell(const ledger::State& state);
  std::string TellErased(const std::string& id, const ledger::EraseResult& result);
  // A caller who asked for `wanted` was told this.
  std::string TellPolicy(const Policy& wanted, const ledger::PolicyRecord& told);
  // Everything that the ledger holds right now.
  std::string Read(const ledger::Ledger& ledger);

  // What Read() leaves out because it takes longer: entries and feed without gap or repeat, and
  // the policy that each number has.
  std::string ReadWhole(const ledger::Ledger& ledger) const;

  // How alike the captures of two ids are.
  search::Band BandOf(const std::string& probe, const std::string& reference,
                      const Policy& policy) const;
  bool Known(const std::string& id) const { return numbers_.contains(id); }

 private:
  std::string See(const ledger::State& state);
  std::string CheckPeople(const std::vector<ledger::State>& states) const;
  std::string SeePolicies(const std::vector<ledger::PolicyRecord>& policies);
  // Of what rules a number, by the entries before it alone.
  const Policy& PolicyOf(Ticket ticket) const;

  std::map<std::string, size_t> captures_;
  std::map<std::string, Ticket> numbers_;
  std::map<Ticket, ledger::State> seen_;
  std::vector<ledger::PolicyRecord> policies_ = {ledger::FirstPolicy()};  // by version from 1
  Ticket head_ = kNoTicket;
};

std::string Describe(const ledger::State& state);
std::string Describe(const ledger::PolicyRecord& record);

}  // namespace distinct::simulation
