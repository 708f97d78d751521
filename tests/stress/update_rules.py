"""The checker's rules of updates, of what counts no more, and of cases."""

import collections
import math

import world


def check_update(town):
    by_subject = collections.defaultdict(list)
    for enrolment_id, subject in town.subject.items():
        statements = town.statements.get(enrolment_id, [])
        is_own = town.person[enrolment_id] == town.person.get(subject)
        for kind in sorted({s.decision["kind"] for s in statements}):
            if kind in ("UNIQUE", "DUPLICATE"):
                yield f"{enrolment_id} updates {subject} and is {kind}"
            if kind == "ACCEPTED" and not is_own:
                yield (f"{enrolment_id} of person {town.person[enrolment_id]} is ACCEPTED for "
                       f"{subject} of person {town.person.get(subject)}")
        for named in {s.decision["update_of"] for s in statements} - {subject}:
            yield f"{enrolment_id} updates {subject}, and was answered with {named!r}"
        for call in town.updates[enrolment_id]:
            if call.code == "NOT_FOUND" and call.sent_at > town.first_told(subject):
                yield f"{subject} was answered, and {call.name} did not find it"
            if (call.code in world.REFUSED_BEFORE[1:]
                    and call.sent_at > town.first_told(enrolment_id)):
                yield f"{enrolment_id} was answered, and {call.name} was refused: {call.code}"
        if statements:
            by_subject[subject].append((statements[0].decision["number"], enrolment_id))
    for subject, updates in by_subject.items():
        updates.sort()
        for (_, earlier), (_, later) in zip(updates, updates[1:]):
            if any(s.decision["kind"] in world.UNDECIDED and s.sent_at > town.first_told(later)
                   for s in town.statements[earlier]):
                yield f"{later} was taken in while {earlier} of {subject} was under way"
    for event, live in town.replay():
        subject = town.subject.get(event.decision["id"])
        if (event.is_decision and event.decision["kind"] == "REFUSED"
                and town.person.get(subject) == event.person and subject in live):
            yield f"{event.decision['id']} is REFUSED, and is of {subject}'s own person"


def check_gone(town):
    replaced_at = {}  # by id: when a client knew that its templates had been replaced
    for enrolment_id, subject in town.subject.items():
        told = [s.told_at for s in town.statements.get(enrolment_id, [])
                if s.decision["kind"] == "ACCEPTED"]
        if told:
            replaced_at[subject] = min(min(told), replaced_at.get(subject, math.inf))
    for enrolment_id, statements in town.statements.items():
        if enrolment_id not in town.enrols:
            continue
        sent_at = town.first_sent(enrolment_id)
        listed = {c for s in statements for c, _ in s.decision["candidates"]}
        for candidate in sorted(listed):
            root = (town.final_decision(candidate) or {}).get("duplicate_of")
            if min(town.gone_at(candidate), town.gone_at(root)) < sent_at:
                yield f"{enrolment_id} has the candidate {candidate}, who was gone before"
            if replaced_at.get(candidate, math.inf) < sent_at and enrolment_id not in town.subject:
                yield f"{enrolment_id} has the candidate {candidate}, replaced before"


def check_case(town):
    if town.cases is None:
        yield "the open cases were not asked for in the end"
        return
    want = {i for i, call in town.final.items()
            if call.decision and call.decision["kind"] == "REVIEW"}
    listed = {enrolment_id for enrolment_id, kind in town.cases if kind == "REVIEW_CASE"}
    for enrolment_id in sorted(want - listed):
        yield f"{enrolment_id} is in REVIEW, and has no open case"
    for enrolment_id in sorted(listed - want):
        yield f"{enrolment_id} has an open case, and is not in REVIEW"
    for enrolment_id, kind in town.cases:
        if kind != "REVIEW_CASE":
            yield f"{enrolment_id} has a {kind}: a person is there twice"
