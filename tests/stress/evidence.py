"""Does a decision follow from the candidates that it states, and from what an examiner said of
them?

The records that count at a moment are the feed's. What stood in REVIEW when it was looked up may
have been settled before the decision was written, which is why a candidate that ever was in REVIEW
excuses a REVIEW.
"""

import policy_rules

REASONS_FOR_REVIEW = {"PROCESSING_FAILED", "SAMPLES_OF_ONE_POSITION_DIFFER", "SAME_FINGER_TWICE",
                      "POSITIONS_SWAPPED", "MIXED_RECORD"}
# The candidates were not searched for, or are alike only under other labels than they have.
NO_WORD_ON_CANDIDATES = {"PROCESSING_FAILED", "POSITIONS_SWAPPED"}
CANDIDATES_MAX = 20  # that a decision lists


def check_evidence(town):
    if town.policies is None:
        return  # rule policy
    reviewed = {r["decision"]["id"] for r in town.feed if r["event"] in ("ADJUDICATED",
                                                                        "TAKEN_BACK")}
    reviewed |= {r["decision"]["id"] for r in town.feed if r["decision"]["kind"] == "REVIEW"}
    for event, live in town.replay():
        if not event.is_decision:
            continue
        decision = event.decision
        if decision["searched"] != decision["gallery"]:
            yield f"{decision['id']} was decided on {decision['searched']} of {decision['gallery']}"
        found = _Found(town, event, live, reviewed)
        follows = _of_update if decision["id"] in town.subject else _of_enrolment
        for what in follows(town, event, live, found):
            yield f"{decision['id']} {what}"


class _Found:
    """The live persons that the candidates belong to: numbers by id, and whether they leave doubt.
    An examiner's word stands above the evidence."""

    def __init__(self, town, event, live, reviewed):
        policy = policy_rules.in_force(town, event.decision["number"])
        hard_min, grey_min = policy["llr_duplicate"], policy["llr_review"]
        verdicts = town.verdicts(event.decision["id"]) if event.kind == "ADJUDICATED" else {}
        self.hard, self.grey, self.sure = {}, {}, set()  # `sure`: of `hard`, whatever the moment
        self.in_review = False
        for candidate, llr in event.decision["candidates"]:
            verdict = verdicts.get(candidate)
            if verdict == "DIFFERENT" or llr < grey_min:
                continue
            self.in_review |= candidate in reviewed
            root = _root(candidate, live)
            if root is None:
                continue
            if verdict == "SAME" or llr >= hard_min:
                self.hard[root["id"]] = root["number"]
                if candidate not in reviewed and root["id"] not in reviewed:
                    self.sure.add(root["id"])
            else:
                self.grey[root["id"]] = root["number"]
        self.any_grey = any(grey_min <= llr < hard_min
                            for _, llr in event.decision["candidates"])
        self.excused = (self.any_grey or self.in_review
                        or set(event.decision["findings"]) & REASONS_FOR_REVIEW)
        self.no_word = bool(set(event.decision["findings"]) & NO_WORD_ON_CANDIDATES)
        self.all = len(event.decision["candidates"]) < CANDIDATES_MAX


def _root(candidate, live):
    """The live person that a record counts for, or None."""
    record = live.get(candidate, {})
    if record.get("kind") == "DUPLICATE":
        record = live.get(record["duplicate_of"], {})
    elif record.get("kind") == "ACCEPTED":
        record = live.get(record["update_of"], {})
    return record if record.get("kind") == "UNIQUE" else None


def _of_enrolment(town, event, live, found):
    kind, named = event.decision["kind"], event.decision["duplicate_of"]
    if kind == "DUPLICATE":
        if named not in found.hard and found.all:
            yield f"is a DUPLICATE of {named}, who is no hard candidate"
        for smaller in found.sure:
            if found.hard[smaller] < found.hard.get(named, 0):
                yield f"is a DUPLICATE of {named}, not of the smaller {smaller}"
    elif kind == "UNIQUE":
        if found.hard:
            yield f"is UNIQUE, and its candidates are of {sorted(found.hard)}"
        elif found.grey:
            yield f"is UNIQUE, and has grey candidates of {sorted(found.grey)}"
    elif kind == "REVIEW":
        if found.sure and not found.no_word:
            yield f"is REVIEW, and its candidates are of {sorted(found.sure)}"
        elif not found.excused:
            yield f"is in REVIEW without a grey candidate: {event.decision['candidates']}"
    else:
        yield f"is {kind}, which no enrolment becomes"


def _of_update(town, event, live, found):
    kind, subject = event.decision["kind"], town.subject[event.decision["id"]]
    is_live = live.get(subject, {}).get("kind") == "UNIQUE"
    others = sorted((found.hard.keys() | found.grey.keys()) - {subject})
    if kind == "ACCEPTED":
        if not is_live:
            yield f"is ACCEPTED for {subject}, who was not live"
        if others:
            yield f"is ACCEPTED, and its candidates are also of {others}"
        elif subject not in found.hard and found.all:
            yield f"is ACCEPTED, and {subject} is no hard candidate"
    elif kind == "REFUSED":
        if is_live and subject in found.hard.keys() | found.grey.keys():
            yield f"is REFUSED, and {subject} is a candidate"
        elif is_live and others:
            yield f"is REFUSED by no examiner, and its candidates are of {others}"
    elif kind == "REVIEW":
        if not (others or found.excused):
            yield f"is in REVIEW, and its candidates are of {subject} alone"
    else:
        yield f"is {kind}, which no update becomes"
