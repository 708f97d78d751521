"""A campaign's history, arranged by call, id and person, for the checker's rules."""

import collections
import dataclasses
import math

AUDITOR = "auditor"  # the client who asks for everything when all others have left
DECISIONS = ("DECIDED", "ADJUDICATED")  # of the feed's events
UNDECIDED = ("OPEN", "REVIEW")
# Codes of an enrolment or update that has stored nothing; the first may be repeated.
REFUSED_BEFORE = ("RESOURCE_EXHAUSTED", "NOT_FOUND", "FAILED_PRECONDITION")


@dataclasses.dataclass
class Call:
    name: str
    method: str
    sent_at: float
    truth: dict
    answered_at: float = math.inf
    code: str = None  # None: never answered
    answer: dict = dataclasses.field(default_factory=dict)
    events: list = dataclasses.field(default_factory=list)

    @property
    def id(self):
        return self.truth.get("id")

    @property
    def by_auditor(self):
        return self.name.startswith(AUDITOR + "-")

    @property
    def decision(self):
        return self.answer.get("decision")


@dataclasses.dataclass(frozen=True)
class Statement:
    """A decision that the server has told: as it was at some moment between these two."""
    sent_at: float
    told_at: float
    decision: dict


@dataclasses.dataclass(frozen=True)
class Erasure:
    """Its number was given after `begun_at` and before `known_at`."""
    number: int
    begun_at: float
    known_at: float


@dataclasses.dataclass(frozen=True)
class Event:
    """Of the feed. `decision` has the kind that it had then: the feed tells every record as it is
    when the feed is read."""
    kind: str
    person: int
    decision: dict

    @property
    def is_decision(self):
        return self.kind in DECISIONS


class World:
    def __init__(self, records):
        self.calls = {}  # by name
        statements = collections.defaultdict(list)
        for record in records:
            self._add(record, statements)
        self.statements = dict(statements)  # by id
        of_id = collections.defaultdict(lambda: collections.defaultdict(list))
        for call in self.calls.values():
            of_id[call.method][call.id].append(call)
        self.updates = dict(of_id["Update"])  # by id
        self.enrols = of_id["Enrol"] | self.updates  # whatever gets a number and a decision
        self.gets = dict(of_id["GetEnrolment"])
        self.erases = {i: of_id["Erase"].get(i, []) + of_id["Withdraw"].get(i, [])
                       for i in of_id["Erase"].keys() | of_id["Withdraw"].keys()}
        self.adjudications = dict(of_id["Adjudicate"])
        self.person = {i: calls[0].truth["person"] for i, calls in self.enrols.items()}
        self.subject = {i: calls[0].truth["of"] for i, calls in self.updates.items()}
        self.watches = of_id["WatchDecisions"][None]
        # The auditor's last words.
        self.final = {i: calls[-1] for i, calls in self.gets.items() if calls[-1].by_auditor}
        statuses = [c.answer for c in of_id["GetStatus"][None] if c.by_auditor and c.code == "OK"]
        self.status = statuses[-1] if statuses else None
        lists = [c.answer["cases"] for c in of_id["ListCases"][None]
                 if c.by_auditor and c.code == "OK"]
        self.cases = [case for page in lists for case in page] if lists else None
        lists = [c.answer["policies"] for c in of_id["ListPolicies"][None]
                 if c.by_auditor and c.code == "OK"]
        self.policies = lists[-1] if lists else None  # by version
        self.policy_calls = of_id["SetPolicy"][None]
        feeds = [c.events for c in self.watches if c.by_auditor]
        self.feed = feeds[-1] if feeds else []

    def _add(self, record, statements):
        name, at = record["call"], record["at"]
        if "sent" in record:
            truth = {k: v for k, v in record.items() if k not in ("at", "call", "sent")}
            self.calls[name] = Call(name, record["sent"], at, truth)
            return
        call = self.calls[name]
        if "answer" in record:
            call.answered_at, call.code, call.answer = at, record["answer"], record
        else:
            call.events.append(record)
        if "decision" in record:
            told_of = call.id or record["decision"]["id"]
            statements[told_of].append(Statement(call.sent_at, at, record["decision"]))

    def final_decision(self, enrolment_id):
        """None: not stored, or not asked for."""
        call = self.final.get(enrolment_id)
        return call.decision if call else None

    def first_sent(self, enrolment_id):
        return min(call.sent_at for call in self.enrols[enrolment_id])

    def first_told(self, enrolment_id):
        return min((s.told_at for s in self.statements.get(enrolment_id, [])), default=math.inf)

    def first_erase(self, enrolment_id):
        """When an erasure or withdrawal of this very id may have begun to work."""
        return min((c.sent_at for c in self.erases.get(enrolment_id, [])), default=math.inf)

    def gone_at(self, enrolment_id):
        """When an erasure or withdrawal of this very id was acknowledged."""
        return min((c.answered_at for c in self.erases.get(enrolment_id, []) if c.code == "OK"),
                   default=math.inf)

    def verdicts(self, enrolment_id):
        """An examiner's, by candidate."""
        return {candidate: verdict for call in self.adjudications.get(enrolment_id, [])
                for candidate, verdict in call.truth["verdicts"].items()}

    def first_adjudication(self, enrolment_id):
        return min((c.sent_at for c in self.adjudications.get(enrolment_id, [])), default=math.inf)

    def was_in_review(self, enrolment_id):
        """Told to somebody."""
        return any(s.decision["kind"] == "REVIEW" for s in self.statements.get(enrolment_id, []))

    def erasures(self):
        """The auditor repeats every erasure, so the call that made it is among those known."""
        calls = collections.defaultdict(list)
        for enrolment_id, erases in self.erases.items():
            for call in erases:
                if call.code == "OK":
                    calls[call.answer["number"]].append(
                        (self.first_erase(enrolment_id), call.answered_at))
        return [Erasure(number, min(t[0] for t in times), min(t[1] for t in times))
                for number, times in calls.items()]

    def replay(self):
        """Each event of the feed with all records that were decided and not erased just before
        it, by id."""
        live = {}
        settled_later = {r["decision"]["id"] for r in self.feed
                         if r["event"] in ("ADJUDICATED", "TAKEN_BACK")}
        for record in self.feed:
            decision = record["decision"]
            if decision["id"] not in self.person:
                continue  # rule feed
            if record["event"] == "DECIDED" and decision["id"] in settled_later:
                decision = decision | {"kind": "REVIEW", "duplicate_of": ""}
            event = Event(record["event"], self.person[decision["id"]], decision)
            yield event, live
            if event.is_decision:
                live[decision["id"]] = decision
            else:
                live.pop(decision["id"], None)
