// A ledger in a folder of its own, and short ways to fill it, for every test that needs one.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/ledger/key_file.h"
#include "engine/ledger/ledger.h"
#include "matchers/check.h"
#include "tests/support/temp_dir.h"

namespace distinct::testing {

inline ledger::Enrolment NewEnrolment(const ledger::Ledger& store, const std::string& id,
                                      const std::string& content = "content") {
  ledger::Enrolment enrolment;
  enrolment.id.value = id;
  enrolment.external_ref = "ref-" + id;
  enrolment.digest = store.Digest(content);
  enrolment.templates.push_back({Position::kRightIndex, 1, Quality{80}, "template of " + id});
  enrolment.metadata["station"] = "7";
  enrolment.caller = "unauthenticated local";
  return enrolment;
}

inline ledger::AuditRecord AuditOf(const std::string& action) {
  return {action, "unauthenticated local", "test", ""};
}

inline ledger::Decision DecisionOf(ledger::DecisionKind kind, Ticket original = kNoTicket) {
  ledger::Decision decision;
  decision.kind = kind;
  decision.original = original;
  return decision;
}

// `of`: the store that `directory` is a copy of, whose key file opens it.
inline std::unique_ptr<ledger::Ledger> OpenLedger(const std::filesystem::path& directory,
                                                  const std::filesystem::path& of = {}) {
  ledger::LedgerOptions options;
  if (!of.empty()) options.key_file = ledger::DefaultKeyFile(of);
  absl::StatusOr<std::unique_ptr<ledger::Ledger>> opened = ledger::Ledger::Open(directory, options);
  if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
  CHECK(opened.ok());
  return *std::move(opened);
}

inline Ticket AppendOne(ledger::Ledger& store, const std::string& id,
                        const std::string& content = "content") {
  const auto appended = store.Append(NewEnrolment(store, id, content), std::nullopt);
  CHECK(appended.ok() && appended->outcome == ledger::AppendOutcome::kNew);
  return appended->state.ticket;
}

inline ledger::DecideOp DecideOpOf(Ticket ticket, ledger::Decision decision) {
  ledger::DecideOp op;
  op.ticket = ticket;
  op.decision = std::move(decision);
  op.audit = AuditOf("DECIDE");
  return op;
}

inline ledger::DecideResult DecideOne(ledger::Ledger& store, Ticket ticket,
                                      ledger::DecisionKind kind, Ticket original = kNoTicket) {
  const auto decided = store.Decide(DecideOpOf(ticket, DecisionOf(kind, original)));
  CHECK(decided.ok());
  return *decided;
}

}  // namespace distinct::testing
