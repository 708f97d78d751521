#include "engine/ledger/changes.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/ledger/case_changes.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/digest.h"
#include "engine/ledger/image_changes.h"
#include "engine/ledger/rows.h"
#include "engine/ledger/version_changes.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

constexpr size_t kIdBytesMax = 128;
constexpr size_t kTagBytesMax = 64;

std::string Key(Ticket ticket) { return Key64(Number(ticket)); }

absl::Status CheckWord(const char* field, std::string_view word, size_t bytes_max,
                       std::string_view marks) {
  const bool clean = std::all_of(word.begin(), word.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           marks.find(c) != std::string_view::npos;
  });
  if (clean && !word.empty() && word.size() <= bytes_max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": got \"", absl::CHexEscape(std::string(word.substr(0, bytes_max))), "\" of ",
      word.size(), " bytes, want 1 to ", bytes_max, " of [A-Za-z0-9", std::string(marks), "]"));
}

absl::Status CheckEnrolment(const Enrolment& enrolment, const std::optional<Decision>& refused) {
  RETURN_IF_ERROR(CheckWord("enrolment_id", enrolment.id.value, kIdBytesMax, "._:@/-"));
  if (enrolment.digest.size() != kDigestBytes) {
    return absl::InvalidArgumentError(absl::StrCat("digest: got ", enrolment.digest.size(),
                                                   " bytes, want ", kDigestBytes,
                                                   "; take it from Ledger::Digest()"));
  }
  if (refused.has_value() && refused->kind != DecisionKind::kRefused) {
    return absl::InvalidArgumentError("refused.kind: got another decision, want REFUSED");
  }
  if (!refused.has_value() && enrolment.templates.empty()) {
    return absl::InvalidArgumentError(
        "templates: got none, want at least one; append it as REFUSED instead");
  }
  return absl::OkStatus();
}

absl::Status NoSuchEnrolment(const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("enrolment: got ", name, ", want one that was appended; check the id"));
}

bool IsUndecided(const State& state) {
  return state.decision.kind == DecisionKind::kOpen || state.decision.kind == DecisionKind::kReview;
}

void PutState(const Change& change, const State& state) {
  change.transaction.Put(Family::kState, Key(state.ticket), Encode(state));
}

void AddFeed(const Change& change, EventKind kind, Ticket ticket) {
  const uint64_t sequence = static_cast<uint64_t>(change.tip.head.feed) + 1;
  change.tip.head.feed = FeedSequence{sequence};
  change.transaction.Put(Family::kFeed, Key64(sequence), Encode(FeedRecord{kind, ticket}));
}

// Everything that the erasure of `target` closes: of a live person all that counts for it, over
// merged persons and their own, and its updates that are under way.
absl::StatusOr<std::vector<State>> ToClose(const Change& change, const State& target) {
  std::vector<State> states = {target};
  if (!IsLive(target)) return states;
  for (size_t at = 0; at < states.size(); ++at) {
    ASSIGN_OR_RETURN(const std::vector<Ticket> members,
                     TicketsUnder(change.transaction, Family::kPerson, Key(states[at].ticket)));
    for (const Ticket member : members) {
      ASSIGN_OR_RETURN(State state, RequireState(change.transaction, member));
      if (state.closed_at == kNoTicket) states.push_back(std::move(state));
    }
  }
  std::sort(states.begin(), states.end(),
            [](const State& x, const State& y) { return x.ticket < y.ticket; });
  return states;
}

absl::Status Close(const Change& change, State state, Ticket number) {
  --CountOf(change.tip.counts, state);
  const bool undecided = IsUndecided(state);
  if (undecided) {
    state.decision.kind = DecisionKind::kWithdrawn;
    state.decision.decided_at = change.now;
  }
  state.closed_at = number;
  ++CountOf(change.tip.counts, state);
  PutState(change, state);
  change.transaction.Delete(Family::kOpen, Key(state.ticket));
  SubjectKeys::Destroy(change.transaction, state.ticket);
  RETURN_IF_ERROR(DeleteImages(change.transaction, state.ticket));
  AddFeed(change, undecided ? EventKind::kWithdrawn : EventKind::kErased, state.ticket);
  return CloseCase(change, state.ticket);
}

// An update may be appended for a live person that has no other under way.
absl::Status CheckSubject(const Change& change, Ticket subject) {
  const auto refuse = [&](const std::string& got) {
    return absl::FailedPreconditionError(
        absl::StrCat("update_of: got number ", Number(subject), ", ", got,
                     ", want a live person without an update under way; read it, and decide or "
                     "withdraw the update first"));
  };
  ASSIGN_OR_RETURN(const std::optional<State> state, LoadState(change.transaction, subject));
  if (!state.has_value()) return NoSuchEnrolment(absl::StrCat("number ", Number(subject)));
  if (!IsLive(*state)) return refuse("a record that is no live person");
  ASSIGN_OR_RETURN(const std::vector<Ticket> members,
                   TicketsUnder(change.transaction, Family::kPerson, Key(subject)));
  for (const Ticket member : members) {
    ASSIGN_OR_RETURN(const State update, RequireState(change.transaction, member));
    if (update.subject == subject && IsUndecided(update)) {
      return refuse(absl::StrCat("one whose update ", update.id.value, " is not decided"));
    }
  }
  return absl::OkStatus();
}

// The record whose verdicts an enrolment carries: a DUPLICATE that an examiner took back, and that
// is out of the gallery, where it would lead to the wrong person for ever. Of nothing else: who was
// told apart from somebody and erased later has nothing to be enrolled again past them.
absl::Status CheckCase(const Change& change, Ticket ticket) {
  ASSIGN_OR_RETURN(const std::optional<State> state, LoadState(change.transaction, ticket));
  if (!state.has_value()) return NoSuchEnrolment(absl::StrCat("number ", Number(ticket)));
  Verdict verdict = Verdict::kNone;
  if (state->decision.kind == DecisionKind::kDuplicate) {
    ASSIGN_OR_RETURN(verdict, LoadVerdict(change.transaction, ticket, state->decision.original));
  }
  if (verdict != Verdict::kDifferent) {
    return absl::FailedPreconditionError(
        absl::StrCat("case_id: got ", state->id.value,
                     ", want a DUPLICATE that was said to be DIFFERENT from whom it is of; "
                     "adjudicate it first; of a person enrolled again name the DUPLICATE"));
  }
  if (state->closed_at != kNoTicket) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("case_id: got ", state->id.value,
                   ", which is not erased, want an erased record; erase it, then enrol again"));
}

// The templates that an accepted update replaces: of the subject and of its earlier updates.
absl::Status DropReplaced(const Change& change, const State& update) {
  ASSIGN_OR_RETURN(std::vector<Ticket> members,
                   TicketsUnder(change.transaction, Family::kPerson, Key(update.subject)));
  members.insert(members.begin(), update.subject);
  std::vector<State> replaced;
  for (const Ticket member : members) {
    if (member == update.ticket) continue;
    ASSIGN_OR_RETURN(State state, RequireState(change.transaction, member));
    const bool own = member == update.subject || (state.subject == update.subject &&
                                                  state.decision.kind == DecisionKind::kAccepted);
    if (own && state.dropped_at == kNoTicket && state.closed_at == kNoTicket) {
      replaced.push_back(std::move(state));
    }
  }
  EntryRecord entry;
  entry.kind = EntryKind::kDrop;
  entry.target = update.ticket;
  for (const State& state : replaced) entry.closed.push_back(state.ticket);
  const Ticket number = AddEntry(change, std::move(entry));
  for (State& state : replaced) {
    state.dropped_at = number;
    PutState(change, state);
  }
  return absl::OkStatus();
}

bool MayBecome(const State& state, DecisionKind from, DecisionKind kind) {
  const bool update = state.subject != kNoTicket;
  switch (kind) {
    case DecisionKind::kUnique:
    case DecisionKind::kDuplicate:
      return !update;
    case DecisionKind::kAccepted:
      return update;
    case DecisionKind::kRefused:
      return update || from == DecisionKind::kOpen;
    case DecisionKind::kReview:
      return true;
    default:
      return false;
  }
}

}  // namespace

uint64_t& CountOf(Counts& counts, const State& state) {
  const DecisionKind kind = state.decision.kind;
  if (state.closed_at != kNoTicket && kind != DecisionKind::kWithdrawn) return counts.erased;
  switch (kind) {
    case DecisionKind::kOpen:
      return counts.open;
    case DecisionKind::kUnique:
      return counts.unique;
    case DecisionKind::kDuplicate:
      return counts.duplicate;
    case DecisionKind::kReview:
      return counts.review;
    case DecisionKind::kRefused:
      return counts.refused;
    case DecisionKind::kWithdrawn:
      return counts.withdrawn;
    case DecisionKind::kAccepted:
      return counts.accepted;
  }
  CHECK(false);
  return counts.open;
}

std::string ChainLink(std::string_view previous, uint64_t number, std::string_view digest) {
  return Sha256(std::string(previous) + Key64(number) + std::string(digest));
}

Ticket AddEntry(const Change& change, EntryRecord entry) {
  HeadRecord& head = change.tip.head;
  const uint64_t number = Number(head.head) + 1;
  head.head = Ticket{number};
  if (!entry.brings_templates()) entry.digest = Sha256(EntryContent(entry));
  head.chain = ChainLink(head.chain, number, entry.digest);
  entry.chain = head.chain;
  entry.appended_at = change.now;
  change.transaction.Put(Family::kEntry, Key64(number), Encode(entry));
  return head.head;
}

absl::StatusOr<AppendResult> AppendEnrolment(const Change& change, const Enrolment& enrolment,
                                             const std::optional<Decision>& refused) {
  RETURN_IF_ERROR(CheckEnrolment(enrolment, refused));
  ASSIGN_OR_RETURN(const std::optional<IdRecord> known,
                   Load(change.transaction, Family::kId, enrolment.id.value, DecodeId));
  AppendResult result;
  if (known.has_value()) {
    result.outcome =
        known->digest == enrolment.digest ? AppendOutcome::kJoined : AppendOutcome::kConflict;
    ASSIGN_OR_RETURN(result.state, RequireState(change.transaction, known->ticket));
    return result;
  }

  RETURN_IF_ERROR(CheckVersions(change.tip, enrolment.templates));
  const bool update = enrolment.subject != kNoTicket;
  if (update) RETURN_IF_ERROR(CheckSubject(change, enrolment.subject));
  const bool carries = enrolment.case_ticket != kNoTicket;
  if (carries) RETURN_IF_ERROR(CheckCase(change, enrolment.case_ticket));
  EntryRecord entry;
  entry.kind = update ? EntryKind::kUpdate : EntryKind::kEnrol;
  entry.digest = enrolment.digest;
  entry.enrolment = enrolment;
  entry.enrolment.policy = change.tip.policies->back().policy.version;
  result.policy = entry.enrolment.policy;
  const Ticket ticket = AddEntry(change, std::move(entry));
  change.transaction.Put(Family::kId, enrolment.id.value,
                         Encode(IdRecord{ticket, enrolment.digest}));
  result.state.ticket = ticket;
  result.state.id = enrolment.id;
  result.state.subject = enrolment.subject;
  if (update) {
    change.transaction.Put(Family::kPerson, PersonKey(enrolment.subject, ticket), "");
  }
  if (refused.has_value()) {
    result.state.decision = *refused;
    result.state.decision.decided_at = change.now;
    AddFeed(change, EventKind::kDecided, ticket);
  } else {
    change.transaction.Put(Family::kOpen, Key(ticket), Encode(OpenRecord{}));
    change.keys.PutTemplates(change.transaction, ticket, enrolment.templates,
                             enrolment.samples.get());
    PutImages(change.transaction, ticket, enrolment.images);
  }
  PutState(change, result.state);
  ++CountOf(change.tip.counts, result.state);
  AddAudit(change,
           {update ? "UPDATE" : "ENROL", enrolment.caller, update ? "update" : "enrolment",
            absl::StrCat("enrolment_id=", enrolment.id.value, " number=", Number(ticket),
                         carries ? absl::StrCat(" case=", Number(enrolment.case_ticket)) : "",
                         refused.has_value() ? " decision=REFUSED" : "")});
  return result;
}

absl::StatusOr<DecideResult> DecideEnrolment(const Change& change, const DecideOp& op) {
  const Decision& decision = op.decision;
  ASSIGN_OR_RETURN(std::optional<State> state, LoadState(change.transaction, op.ticket));
  if (!state.has_value()) return NoSuchEnrolment(absl::StrCat("number ", Number(op.ticket)));
  if (!MayBecome(*state, op.from, decision.kind)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "decision.kind: got ", static_cast<int>(decision.kind),
        ", want UNIQUE, DUPLICATE or REVIEW of an enrolment, ACCEPTED, REFUSED or REVIEW of an "
        "update; an enrolment is REFUSED while it is OPEN, WITHDRAWN is an erasure"));
  }
  DecideResult result;
  result.stored = *state;
  if (state->decision.kind != op.from || !IsUndecided(*state)) return result;
  const Ticket needed = decision.kind == DecisionKind::kDuplicate  ? decision.original
                        : decision.kind == DecisionKind::kAccepted ? state->subject
                                                                   : kNoTicket;
  if (needed != kNoTicket || decision.kind == DecisionKind::kDuplicate) {
    ASSIGN_OR_RETURN(const std::optional<State> original, LoadState(change.transaction, needed));
    if (!original.has_value() || original->ticket >= op.ticket) {
      return absl::InvalidArgumentError(absl::StrCat("decision.original: got ", Number(needed),
                                                     ", want an enrolment with a number below ",
                                                     Number(op.ticket)));
    }
    if (!IsLive(*original)) {
      result.original_gone = true;
      return result;
    }
  }

  PutVerdicts(change, op.ticket, op.verdicts, op.audit.caller);
  --CountOf(change.tip.counts, *state);
  state->decision = decision;
  state->decision.decided_at = change.now;
  ++CountOf(change.tip.counts, *state);
  PutState(change, *state);
  if (decision.kind == DecisionKind::kDuplicate) {
    change.transaction.Put(Family::kPerson, PersonKey(decision.original, op.ticket), "");
  }
  if (decision.kind == DecisionKind::kAccepted) RETURN_IF_ERROR(DropReplaced(change, *state));
  change.transaction.Delete(Family::kOpen, Key(op.ticket));
  RETURN_IF_ERROR(CloseCase(change, op.ticket));
  OpenCase(change, *state, op.persons);
  AddFeed(change, op.from == DecisionKind::kOpen ? EventKind::kDecided : EventKind::kAdjudicated,
          op.ticket);
  AddAudit(change, op.audit);
  result.stored = *std::move(state);
  result.won = true;
  return result;
}

absl::StatusOr<EraseResult> EraseEnrolment(const Change& change, const EnrolmentId& id,
                                           const AuditRecord& audit) {
  ASSIGN_OR_RETURN(const Ticket ticket, TicketOf(change.transaction, id));
  ASSIGN_OR_RETURN(const State target, RequireState(change.transaction, ticket));
  EraseResult result;
  if (target.closed_at != kNoTicket) {
    result.number = target.closed_at;
    return result;
  }
  if (target.decision.kind == DecisionKind::kAccepted) {
    return absl::FailedPreconditionError(
        absl::StrCat("enrolment_id: got ", id.value,
                     ", an accepted update whose person would be found no more, want the person; "
                     "erase that"));
  }
  ASSIGN_OR_RETURN(std::vector<State> states, ToClose(change, target));

  EntryRecord entry;
  entry.kind = EntryKind::kErase;
  entry.target = ticket;
  for (const State& state : states) entry.closed.push_back(state.ticket);
  result.closed = entry.closed;
  result.number = AddEntry(change, std::move(entry));
  for (State& state : states) RETURN_IF_ERROR(Close(change, std::move(state), result.number));
  AddAudit(change, audit);
  return result;
}

absl::StatusOr<EraseResult> WithdrawEnrolment(const Change& change, const EnrolmentId& id,
                                              const AuditRecord& audit) {
  ASSIGN_OR_RETURN(const Ticket ticket, TicketOf(change.transaction, id));
  ASSIGN_OR_RETURN(const State state, RequireState(change.transaction, ticket));
  if (!IsUndecided(state) && state.decision.kind != DecisionKind::kWithdrawn) {
    return absl::FailedPreconditionError(
        absl::StrCat("enrolment_id: got ", id.value,
                     ", which is decided, want one that is OPEN or in REVIEW; erase it instead"));
  }
  return EraseEnrolment(change, id, audit);
}

absl::StatusOr<State> MergePersons(const Change& change, const EnrolmentId& a, const EnrolmentId& b,
                                   const AuditRecord& audit) {
  ASSIGN_OR_RETURN(const Ticket one, TicketOf(change.transaction, a));
  ASSIGN_OR_RETURN(const Ticket other, TicketOf(change.transaction, b));
  ASSIGN_OR_RETURN(const State earlier, RequireState(change.transaction, std::min(one, other)));
  ASSIGN_OR_RETURN(State later, RequireState(change.transaction, std::max(one, other)));
  if (later.parent == earlier.ticket) return later;
  for (const State* state : {&earlier, static_cast<const State*>(&later)}) {
    if (IsLive(*state) && one != other) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "enrolment_id: got ", state->id.value,
        ", want two different live persons: UNIQUE, not erased, not merged before; read it"));
  }
  later.parent = earlier.ticket;
  PutState(change, later);
  change.transaction.Put(Family::kPerson, PersonKey(earlier.ticket, later.ticket), "");
  AddFeed(change, EventKind::kMerged, later.ticket);
  AddAudit(change, audit);
  RETURN_IF_ERROR(CloseSettledMergeCases(change));
  return later;
}

absl::StatusOr<int> AddFailedAttempt(const Change& change, Ticket ticket) {
  ASSIGN_OR_RETURN(std::optional<OpenRecord> open,
                   Load(change.transaction, Family::kOpen, Key(ticket), DecodeOpen));
  if (!open.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "number ", Number(ticket), ": got an enrolment that is not OPEN, want OPEN; read it"));
  }
  ++open->attempts;
  change.transaction.Put(Family::kOpen, Key(ticket), Encode(*open));
  return static_cast<int>(open->attempts);
}

void AddAudit(const Change& change, const AuditRecord& record) {
  HeadRecord& head = change.tip.head;
  AuditRow row;
  row.at = change.now;
  row.record = record;
  head.audit += 1;
  head.audit_hash = ChainLink(head.audit_hash, head.audit, AuditContent(row));
  row.hash = head.audit_hash;
  change.transaction.Put(Family::kAudit, Key64(head.audit), Encode(row));
}

absl::Status AddTag(const Change& change, const EnrolmentId& id, std::string_view tag) {
  RETURN_IF_ERROR(CheckTag(tag));
  ASSIGN_OR_RETURN(const Ticket ticket, TicketOf(change.transaction, id));
  change.transaction.Put(Family::kTag, TagMemberKey(tag, ticket), "");
  change.transaction.Put(Family::kTag, TagOfKey(ticket, tag), "");
  return absl::OkStatus();
}

absl::Status RemoveTag(const Change& change, const EnrolmentId& id, std::string_view tag) {
  RETURN_IF_ERROR(CheckTag(tag));
  ASSIGN_OR_RETURN(const Ticket ticket, TicketOf(change.transaction, id));
  change.transaction.Delete(Family::kTag, TagMemberKey(tag, ticket));
  change.transaction.Delete(Family::kTag, TagOfKey(ticket, tag));
  return absl::OkStatus();
}

absl::StatusOr<Ticket> TicketOf(const Reader& reader, const EnrolmentId& id) {
  ASSIGN_OR_RETURN(const std::optional<IdRecord> record,
                   Load(reader, Family::kId, id.value, DecodeId));
  if (!record.has_value())
    return NoSuchEnrolment(absl::StrCat("\"", absl::CHexEscape(id.value), "\""));
  return record->ticket;
}

absl::Status CheckTag(std::string_view tag) { return CheckWord("tag", tag, kTagBytesMax, "._-"); }

}  // namespace distinct::ledger
