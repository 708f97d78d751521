#!/usr/bin/env python3
"""Was the promise kept? Judges a campaign by what its clients wrote down (history.py) and by
nothing else.

  checker.py FOLDER      a violation a line; exit 1 if there is one

The promise, a rule each:
  number      an id has one number for ever, a number one id, and none is missing up to the head
  answer      a decision never changes, but for `erased`; only an erasure withdraws one
  lost        what was acknowledged is there in every later answer
  content     an id with one content is never refused as another's, and never takes a second
  unique      of one person at most one UNIQUE is live at any moment, and none becomes UNIQUE
              beside one in REVIEW
  duplicate   a DUPLICATE names a live UNIQUE of the same person, with a smaller number
  evidence    the decision follows from the candidates that it states; REVIEW only where they are
              grey, or where one of them is in REVIEW itself, or a finding gives the reason
  order       what was acknowledged before another was sent has the smaller number and event
  feed        the events have no gap, tell what the answers tell, and are the same for every watcher
  refusal     RESOURCE_EXHAUSTED has stored nothing and says when to come back
  code        only errors that the API foresees for a server that dies
"""

import collections
import dataclasses
import math
import sys

import history
import world

UNKNOWN_OUTCOME = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", None)
FORESEEN = {
    "Enrol": ("ALREADY_EXISTS", "RESOURCE_EXHAUSTED"), "Erase": ("NOT_FOUND",),
    "GetEnrolment": ("NOT_FOUND",), "GetStatus": (), "WatchDecisions": ()}
# What must never change once decided.
FIXED = ("kind", "duplicate_of", "decided_at", "searched", "gallery", "findings", "candidates")
REASONS_FOR_REVIEW = {"PROCESSING_FAILED", "SAMPLES_OF_ONE_POSITION_DIFFER"}
CANDIDATES_MAX = 20  # that a decision lists


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
    if town.status is None:
        yield "the head was not asked for in the end"
        return
    want = set(range(1, town.status["head"] + 1))
    for number in want - erasures - owner.keys():
        yield f"number {number} belongs to nobody who asked"
    for number in (erasures | owner.keys()) - want:
        yield f"number {number} is not among 1 to the head, {town.status['head']}"


def check_answer(town):
    for enrolment_id, statements in town.statements.items():
        told = {}  # the first, by whether it was withdrawn
        for statement in statements:
            decision = statement.decision
            withdrawn = decision["kind"] == "WITHDRAWN"
            if withdrawn and town.first_erase(enrolment_id) > statement.told_at:
                yield f"{enrolment_id} is WITHDRAWN, and nobody had erased it"
            if decision["kind"] != "OPEN":
                first = told.setdefault(withdrawn, decision)
                for field in FIXED:
                    if first[field] != decision[field]:
                        yield (f"{enrolment_id}: {field} changed between {first[field]} and "
                               f"{decision[field]}")
        if len(told) == 2 and told[False]["kind"] != "REVIEW":
            yield f"{enrolment_id} was {told[False]['kind']} and is WITHDRAWN"
        yield from _forgotten(enrolment_id, statements)


def _forgotten(enrolment_id, statements):
    """A later call may not know less than an earlier answer."""
    for what, holds in (("decided", lambda d: d["kind"] != "OPEN"),
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
        gone_at = min((c.answered_at for c in erases if c.code == "OK"), default=math.inf)
        if any(s.sent_at > gone_at and not s.decision["erased"]
               for s in town.statements.get(enrolment_id, [])):
            yield f"{enrolment_id} was erased and is back"


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
        if decision["kind"] in ("UNIQUE", "REVIEW", "WITHDRAWN"):
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


def check_evidence(town):
    if town.status is None:
        return  # rule number
    hard_min, grey_min = town.status["llr_duplicate"], town.status["llr_review"]
    for event, live in town.replay():
        if not event.is_decision:
            continue
        decision = event.decision
        if decision["searched"] != decision["gallery"]:
            yield f"{decision['id']} was decided on {decision['searched']} of {decision['gallery']}"
        hard, grey = {}, {}  # live persons that its candidates belong to: numbers by id
        in_review = any_grey = False
        for candidate, llr in decision["candidates"]:
            record = live.get(candidate, {})
            root = live.get(record["duplicate_of"], {}) if record.get("duplicate_of") else record
            if root.get("kind") == "UNIQUE" and llr >= grey_min:
                (hard if llr >= hard_min else grey)[root["id"]] = root["number"]
            any_grey |= grey_min <= llr < hard_min
            in_review |= (town.final_decision(candidate) or {}).get("kind") in (
                "REVIEW", "WITHDRAWN")
        excused = any_grey or in_review or set(decision["findings"]) & REASONS_FOR_REVIEW
        yield from _does_not_follow(decision, hard, grey, excused)


def _does_not_follow(decision, hard, grey, excused):
    kind, name, named = decision["kind"], decision["id"], decision["duplicate_of"]
    failed = "PROCESSING_FAILED" in decision["findings"]  # in REVIEW whatever was found
    if kind == "DUPLICATE":
        if named not in hard and len(decision["candidates"]) < CANDIDATES_MAX:
            yield f"{name} is a DUPLICATE of {named}, who is no hard candidate"
        for smaller in (i for i, number in hard.items() if number < hard.get(named, 0)):
            yield f"{name} is a DUPLICATE of {named}, not of the smaller {smaller}"
    elif hard and not failed:
        yield f"{name} is {kind}, and its candidates are of {sorted(hard)}"
    elif kind == "UNIQUE" and grey:
        yield f"{name} is UNIQUE, and has grey candidates of {sorted(grey)}"
    elif kind == "REVIEW" and not excused:
        yield f"{name} is in REVIEW without a grey candidate: {decision['candidates']}"


def check_order(town):
    numbered = [(e.number, e.begun_at, e.known_at, "an erasure") for e in town.erasures()]
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
            decided = call.decision["kind"] != "WITHDRAWN" or "DECIDED" in seen
            gone = "TAKEN_BACK" if call.decision["kind"] == "WITHDRAWN" else "ERASED"
            want = ["DECIDED"] * decided + [gone] * call.decision["erased"]
        if seen != want:
            yield f"{enrolment_id} has the events {seen}, want {want}"


def check_refusal(town):
    for enrolment_id, calls in town.enrols.items():
        for refused in (c for c in calls if c.code == "RESOURCE_EXHAUSTED"):
            if refused.answer["retry_after_s"] is None:
                yield f"{refused.name} was refused without a time to come back"
            for get in town.gets.get(enrolment_id, []):
                may_have_stored = any(c.code != "RESOURCE_EXHAUSTED" and c.sent_at < get.answered_at
                                      for c in calls)
                if get.code == "OK" and get.sent_at > refused.answered_at and not may_have_stored:
                    yield f"{refused.name} was refused, and {enrolment_id} is stored"


def check_code(town):
    for call in town.calls.values():
        if call.code not in ("OK",) + UNKNOWN_OUTCOME + FORESEEN[call.method]:
            yield f"{call.name} {call.method} {call.id}: {call.code} {call.answer.get('message')}"


RULES = {rule.__name__.removeprefix("check_"): rule for rule in (
    check_number, check_answer, check_lost, check_content, check_unique, check_duplicate,
    check_evidence, check_order, check_feed, check_refusal, check_code)}


def check(records):
    """Every violation once."""
    town = world.World(records)
    return sorted({Violation(name, text) for name, rule in RULES.items() for text in rule(town)})


def summary(records):
    """Figures that say what the history has tried."""
    town = world.World(records)
    decisions = [call.decision for call in town.final.values() if call.decision]
    kinds = collections.Counter(decision["kind"] for decision in decisions)
    answered = {i for i, calls in town.enrols.items() if any(c.code == "OK" for c in calls)}
    stored = {decision["id"] for decision in decisions}
    codes = collections.Counter(call.code for call in town.calls.values())
    return {
        "people": len(set(town.person.values())), "ids": len(town.enrols), **kinds,
        "PROCESSING_FAILED": sum("PROCESSING_FAILED" in d["findings"] for d in decisions),
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
