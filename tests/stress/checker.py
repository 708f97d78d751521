#!/usr/bin/env python3
"""Was the promise kept? Judges a campaign by what its clients wrote down (history.py) and by
nothing else.

  checker.py FOLDER      a violation a line; exit 1 if there is one

The promise, a rule each:
  number      an id has one number for ever, a number one id, and none is missing up to the head
  answer      a decision never changes, but for `erased`; only an erasure or a withdrawal withdraws
              one, and only an examiner settles one in REVIEW
  lost        what was acknowledged is there in every later answer
  content     an id with one content is never refused as another's, and never takes a second
  unique      of one person at most one UNIQUE is live at any moment, and none becomes UNIQUE
              beside one in REVIEW
  duplicate   a DUPLICATE names a live UNIQUE of the same person, with a smaller number
  update      an update is ACCEPTED, REFUSED or in REVIEW; ACCEPTED only of its own person, whom it
              never leaves behind REFUSED; one at a time is under way for a person
  gone        what was erased, withdrawn or replaced before an enrolment was sent is no candidate
  case        what is in REVIEW has an open case, nothing else has
  evidence    the decision follows from the candidates that it states, or from what an examiner said
              of them; REVIEW only where they are grey, or where one of them is in REVIEW itself, or
              a finding gives the reason, or an update is of another person too
  policy      policies are for ever; a number is decided by the last that was set before it
  order       what was acknowledged before another was sent has the smaller number and event
  feed        the events have no gap, tell what the answers tell, and are the same for every watcher
  refusal     RESOURCE_EXHAUSTED has stored nothing and says when to come back
  code        only errors that the API foresees for a server that dies
"""

import collections
import dataclasses
import math
import sys

import evidence
import history
import policy_rules
import update_rules
import world

UNKNOWN_OUTCOME = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", None)
FORESEEN = {
    "Enrol": ("ALREADY_EXISTS", "RESOURCE_EXHAUSTED"), "Erase": ("NOT_FOUND",),
    "Update": ("ALREADY_EXISTS", "RESOURCE_EXHAUSTED", "NOT_FOUND", "FAILED_PRECONDITION"),
    "Withdraw": ("NOT_FOUND", "FAILED_PRECONDITION"),
    "Adjudicate": ("FAILED_PRECONDITION",), "ListCases": (), "GetCase": (),
    "GetEnrolment": ("NOT_FOUND",), "GetStatus": (), "WatchDecisions": (), "SetPolicy": (),
    "ListPolicies": ()}
UNSETTLED = world.UNDECIDED + ("WITHDRAWN",)
# What must never change once decided, in REVIEW and again when that is settled.
FIXED = ("kind", "duplicate_of", "decided_at", "searched", "gallery", "findings", "candidates",
         "policy")


@dataclasses.dataclass(frozen=True, order=True)
class Violation:
    rule: str
    text: str

    def __str__(self):
        return f"{self.rule}: {self.text}"


def check_number(town):
    owner = {}
    for enrolment_id, statements in town.statements.items():
        numbers = {s.decision["number"] for s in statements}
        if len(numbers) > 1:
            yield f"{enrolment_id} has the numbers {sorted(numbers)}"
        for number in numbers:
            other = owner.setdefault(number, enrolment_id)
            if other != enrolment_id:
                yield f"number {number} is of {other} and of {enrolment_id}"
        for named in {s.decision["id"] for s in statements} - {enrolment_id}:
            yield f"{enrolment_id} was answered with the decision of {named}"
    erasures = {erasure.number for erasure in town.erasures()}
    for number in erasures & owner.keys():
        yield f"number {number} is of {owner[number]} and of an erasure"
    policies = {policy["number"] for policy in town.policies or ()} - {0}
    for number in policies & (erasures | owner.keys()):
        yield f"number {number} is of {owner.get(number, 'an erasure')} and of a policy"
    if town.status is None:
        yield "the head was not asked for in the end"
        return
    want = set(range(1, town.status["head"] + 1))
    # Each acceptance takes one more, of which nobody is told.
    accepted = sorted(number for number, enrolment_id in owner.items()
                      if (town.final_decision(enrolment_id) or {}).get("kind") == "ACCEPTED")
    untold = sorted(want - erasures - policies - owner.keys())
    for number in untold[len(accepted):]:
        yield f"number {number} belongs to nobody who asked"
    for acceptance, number in zip(accepted, untold):
        if number < acceptance:
            yield f"number {number} belongs to nobody, and no acceptance was before it"
    if len(untold) < len(accepted):
        yield f"{len(accepted)} updates were ACCEPTED, and only the numbers {untold} are theirs"
    for number in (erasures | policies | owner.keys()) - want:
        yield f"number {number} is not among 1 to the head, {town.status['head']}"


def check_answer(town):
    for enrolment_id, statements in town.statements.items():
        told = {}  # the first, by stage
        for statement in statements:
            decision = statement.decision
            stage = decision["kind"] if decision["kind"] in UNSETTLED else "settled"
            erased_at = min(town.first_erase(enrolment_id),
                            town.first_erase(town.subject.get(enrolment_id)))
            if stage == "WITHDRAWN" and erased_at > statement.told_at:
                yield f"{enrolment_id} is WITHDRAWN, and nobody had erased it"
            if stage == "settled" and "REVIEW" in told and (
                    town.first_adjudication(enrolment_id) > statement.told_at):
                yield f"{enrolment_id} left REVIEW, and no examiner had settled it"
            if stage != "OPEN":
                first = told.setdefault(stage, decision)
                for field in FIXED:
                    if first[field] != decision[field]:
                        yield (f"{enrolment_id}: {field} changed between {first[field]} and "
                               f"{decision[field]}")
        if "settled" in told and "WITHDRAWN" in told:
            yield f"{enrolment_id} was {told['settled']['kind']} and is WITHDRAWN"
        yield from _forgotten(enrolment_id, statements)


def _forgotten(enrolment_id, statements):
    """A later call may not know less than an earlier answer."""
    for what, holds in (("decided", lambda d: d["kind"] != "OPEN"),
                        ("settled", lambda d: d["kind"] not in world.UNDECIDED),
                        ("erased", lambda d: d["erased"]),
                        ("withdrawn", lambda d: d["kind"] == "WITHDRAWN")):
        since = min((s.told_at for s in statements if holds(s.decision)), default=math.inf)
        if any(s.sent_at > since and not holds(s.decision) for s in statements):
            yield f"{enrolment_id} was {what} and later was not"


def check_lost(town):
    for enrolment_id in town.enrols:
        erases = town.erases.get(enrolment_id, [])
        for call in town.gets.get(enrolment_id, []) + erases:
            if call.code == "NOT_FOUND" and call.sent_at > town.first_told(enrolment_id):
                yield f"{enrolment_id} was answered, and {call.name} did not find it"
        final = town.final.get(enrolment_id)
        if final is None or final.code not in ("OK", "NOT_FOUND"):
            yield f"{enrolment_id} was not asked for in the end"
        elif final.code == "OK" and final.decision["kind"] == "OPEN":
            yield f"{enrolment_id} is still OPEN in the end"
        gone_at = town.gone_at(enrolment_id)
        if any(s.sent_at > gone_at and not s.decision["erased"]
               for s in town.statements.get(enrolment_id, [])):
            yield f"{enrolment_id} was erased and is back"
        for call in erases:
            if call.method == "Withdraw" and call.code == "FAILED_PRECONDITION" and any(
                    s.sent_at > call.answered_at and s.decision["kind"] in world.UNDECIDED
                    for s in town.statements.get(enrolment_id, [])):
                yield f"{call.name} could not withdraw {enrolment_id}, which was not decided"


def check_content(town):
    for enrolment_id, calls in town.enrols.items():
        sent = {c.truth["content"] for c in calls}
        taken = {c.truth["content"] for c in calls if c.code == "OK"}
        if len(taken) > 1:
            yield f"{enrolment_id} was answered for the contents {sorted(taken)}"
        for call in calls:
            its_own = call.truth["content"] in taken or len(sent) == 1
            if call.code == "ALREADY_EXISTS" and its_own:
                yield f"{enrolment_id}: {call.name} was refused for its own content"


def check_unique(town):
    """From the answers alone, and again in the order of the feed."""
    uniques = collections.defaultdict(list)  # by person
    for enrolment_id, statements in town.statements.items():
        unique = [s for s in statements if s.decision["kind"] == "UNIQUE"]
        if unique and enrolment_id in town.person:
            uniques[town.person[enrolment_id]].append(
                (unique[0].decision["number"], enrolment_id, min(s.told_at for s in unique)))
    for person, of_person in uniques.items():
        of_person.sort()
        for (_, earlier, _), (_, later, told_at) in zip(of_person, of_person[1:]):
            if town.first_erase(earlier) > told_at:
                yield f"person {person}: {earlier} and {later} are both UNIQUE"
    waiting = collections.defaultdict(dict)  # by person: live, UNIQUE or in REVIEW
    for event, _ in town.replay():
        beside, decision = waiting[event.person], event.decision
        if not event.is_decision:
            beside.pop(decision["id"], None)
            continue
        if decision["kind"] == "UNIQUE":
            for other in beside.values():
                if other["kind"] == "UNIQUE" or other["number"] < decision["number"]:
                    yield (f"person {event.person}: {decision['id']} became UNIQUE beside "
                           f"{other['id']}, {other['kind']}")
        beside.pop(decision["id"], None)
        if decision["kind"] in ("UNIQUE", "REVIEW"):
            beside[decision["id"]] = decision


def check_duplicate(town):
    for enrolment_id, statements in town.statements.items():
        decision = statements[-1].decision
        if decision["kind"] != "DUPLICATE":
            continue
        named = decision["duplicate_of"]
        if town.person.get(named) != town.person.get(enrolment_id):
            yield (f"{enrolment_id} of person {town.person.get(enrolment_id)} is a DUPLICATE of "
                   f"{named} of person {town.person.get(named)}")
        original, final = town.final_decision(named), town.final_decision(enrolment_id)
        if original is None:
            yield f"{enrolment_id} is a DUPLICATE of {named}, who is not there"
        elif original["kind"] != "UNIQUE" or original["number"] >= decision["number"]:
            yield (f"{enrolment_id} is a DUPLICATE of {named}, which is {original['kind']} with "
                   f"number {original['number']}")
        elif original["erased"] and final and not final["erased"]:
            yield f"{enrolment_id} is a DUPLICATE of {named}, who is erased"
    for event, live in town.replay():
        named = event.decision["duplicate_of"]
        if event.is_decision and event.decision["kind"] == "DUPLICATE" and named not in live:
            yield f"{event.decision['id']} became a DUPLICATE of {named}, who was not live"


def check_order(town):
    numbered = [(e.number, e.begun_at, e.known_at, "an erasure") for e in town.erasures()]
    for call in town.policy_calls:
        if call.code == "OK":
            # The one that set it may have been the first to ask for it and never answered.
            asked_at = min(c.sent_at for c in town.policy_calls
                           if c.truth["wanted"] == call.truth["wanted"])
            numbered.append((call.answer["policy"]["number"], asked_at, call.answered_at,
                             "a policy"))
    decided = []
    sequence = {record["decision"]["id"]: record["sequence"] for record in town.feed
                if record["event"] == "DECIDED"}
    for enrolment_id in town.enrols.keys() & town.statements.keys():
        statements = town.statements[enrolment_id]
        sent_at = town.first_sent(enrolment_id)
        numbered.append((statements[0].decision["number"], sent_at, town.first_told(enrolment_id),
                         enrolment_id))
        told = [s.told_at for s in statements if s.decision["kind"] != "OPEN"]
        if told and enrolment_id in sequence:
            decided.append((sequence[enrolment_id], sent_at, min(told), enrolment_id))
    yield from _backwards(numbered, "number")
    yield from _backwards(decided, "event")


def _backwards(things, what):
    """`things`: (number, sent at, known at, name). One that was sent after another was known has
    the larger number; of equal moments nothing is concluded."""
    moments = [(sent_at, False, number, name) for number, sent_at, _, name in things]
    moments += [(known_at, True, number, name) for number, _, known_at, name in things]
    largest = (0, "nobody")
    for _, is_known, number, name in sorted(moments):
        if is_known:
            largest = max(largest, (number, name))
        elif number < largest[0]:
            yield (f"{name} has {what} {number}, and was sent after {largest[1]} was answered "
                   f"with {largest[0]}")


def check_feed(town):
    told = {record["sequence"]: record for record in town.feed}
    for call in town.watches:
        for before, event in enumerate(call.events, call.truth["after"]):
            if event["sequence"] != before + 1:
                yield f"{call.name} saw sequence {event['sequence']} after {before}"
                break
        for event in call.events:
            same = told.get(event["sequence"])
            if same is None or (same["event"], same["decision"]["id"]) != (
                    event["event"], event["decision"]["id"]):
                yield (f"{call.name} saw {event['event']} of {event['decision']['id']} as sequence "
                       f"{event['sequence']}, which is not so in the end")
    events = collections.defaultdict(list)
    for record in town.feed:
        events[record["decision"]["id"]].append(record["event"])
    for enrolment_id in events.keys() - town.enrols.keys():
        yield f"the feed tells of {enrolment_id}, whom nobody sent"
    for enrolment_id, call in town.final.items():
        seen, want = events.get(enrolment_id, []), []
        if call.decision and call.decision["kind"] != "OPEN":
            # WITHDRAWN from REVIEW was decided, from OPEN never.
            withdrawn = call.decision["kind"] == "WITHDRAWN"
            adjudicated = not withdrawn and (
                "ADJUDICATED" in seen or town.was_in_review(enrolment_id))
            want = (["DECIDED"] * (not withdrawn or "DECIDED" in seen)
                    + ["ADJUDICATED"] * (adjudicated and call.decision["kind"] != "REVIEW")
                    + ["TAKEN_BACK" if withdrawn else "ERASED"] * call.decision["erased"])
            if "ADJUDICATED" in seen and enrolment_id not in town.adjudications:
                yield f"{enrolment_id} was ADJUDICATED, and by no examiner"
        if seen != want:
            yield f"{enrolment_id} has the events {seen}, want {want}"


def check_refusal(town):
    for enrolment_id, calls in town.enrols.items():
        for refused in (c for c in calls if c.code in world.REFUSED_BEFORE):
            if (refused.code == "RESOURCE_EXHAUSTED"
                    and refused.answer["retry_after_s"] is None):
                yield f"{refused.name} was refused without a time to come back"
            for get in town.gets.get(enrolment_id, []):
                may_have_stored = any(c.code not in world.REFUSED_BEFORE
                                      and c.sent_at < get.answered_at for c in calls)
                if get.code == "OK" and get.sent_at > refused.answered_at and not may_have_stored:
                    yield f"{refused.name} was refused, and {enrolment_id} is stored"


def check_code(town):
    for call in town.calls.values():
        if call.code not in ("OK",) + UNKNOWN_OUTCOME + FORESEEN[call.method]:
            yield f"{call.name} {call.method} {call.id}: {call.code} {call.answer.get('message')}"


RULES = {rule.__name__.removeprefix("check_"): rule for rule in (
    check_number, check_answer, check_lost, check_content, check_unique, check_duplicate,
    update_rules.check_update, update_rules.check_gone, update_rules.check_case,
    evidence.check_evidence, policy_rules.check_policy, check_order, check_feed, check_refusal,
    check_code)}


def check(records):
    """Every violation once."""
    town = world.World(records)
    return sorted({Violation(name, text) for name, rule in RULES.items() for text in rule(town)})


def summary(records):
    """Figures that say what the history has tried."""
    town = world.World(records)
    decisions = [call.decision for call in town.final.values() if call.decision]
    kinds = collections.Counter(decision["kind"] for decision in decisions)
    answered = {i for i, calls in town.enrols.items()
                if any(c.code in ("OK",) + world.REFUSED_BEFORE[1:] for c in calls)}
    stored = {decision["id"] for decision in decisions}
    codes = collections.Counter(call.code for call in town.calls.values())
    return {
        "people": len(set(town.person.values())), "ids": len(town.enrols), **kinds,
        "PROCESSING_FAILED": sum("PROCESSING_FAILED" in d["findings"] for d in decisions),
        "updates": len(town.updates), "adjudicated": sum(
            record["event"] == "ADJUDICATED" for record in town.feed),
        "policies": len(town.policies or ()),
        "erased": sum(d["erased"] for d in decisions), "calls": len(town.calls),
        "of unknown outcome": sum(codes[code] for code in UNKNOWN_OUTCOME),
        "refused": codes["RESOURCE_EXHAUSTED"],
        "never answered": len(town.enrols.keys() - answered),
        "of these stored": len(stored - answered)}


def main():
    records = history.read(sys.argv[1])
    violations = check(records)
    for violation in violations:
        print(violation)
    print(f"{len(records)} records, {len(violations)} violations, {summary(records)}")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
