"""Histories of a server that does all right, and what a test needs to doctor them."""

import copy
import unittest

import checker
import policy_rules

HARD, GREY = 20.0, 9.0


class Town:
    """Writes the history of a server that does all right: one moment after another."""

    def __init__(self):
        self.records = []
        self._at = 0
        self._head = 0
        self._feed = []
        self._told = {}  # decisions by id
        self._policies = [dict(policy_rules.FIRST)]

    def _write(self, **record):
        self._at += 1
        self.records.append({"at": self._at, **record})

    def sent(self, call, method, **truth):
        self._write(call=call, sent=method, **truth)

    def answered(self, call, code, **fields):
        self._write(call=call, answer=code, **fields)

    def decide(self, enrolment_id, kind, of="", candidates=(), update_of="", findings=()):
        """What the server does by itself."""
        self._head += 1
        persons = sum(not d["erased"] for d in self._told.values())
        self._told[enrolment_id] = {
            "id": enrolment_id, "number": self._head, "kind": kind, "duplicate_of": of,
            "update_of": update_of, "erased": False, "decided_at": f"second {self._at}",
            "policy": len(self._policies),
            "searched": persons, "gallery": persons,
            "findings": list(findings), "candidates": [list(c) for c in candidates]}
        self._feed.append(("DECIDED", enrolment_id))
        self._drop_replaced(kind)

    def _drop_replaced(self, kind):
        self._head += kind == "ACCEPTED"

    def told(self, enrolment_id):
        return copy.deepcopy(self._told[enrolment_id])

    def enrol(self, enrolment_id, person, kind, of="", candidates=(), content=0, **more):
        call = f"w-{enrolment_id}"
        self.sent(call, "Enrol", id=enrolment_id, person=person, content=content)
        self.decide(enrolment_id, kind, of, candidates, **more)
        self.answered(call, "OK", decision=self.told(enrolment_id))

    def update(self, enrolment_id, subject, person, kind, candidates=(), **more):
        call = f"w-{enrolment_id}"
        self.sent(call, "Update", id=enrolment_id, person=person, content=0, of=subject)
        self.decide(enrolment_id, kind, candidates=candidates, update_of=subject, **more)
        self.answered(call, "OK", decision=self.told(enrolment_id))

    def adjudicate(self, enrolment_id, kind, of="", **verdicts):
        call = f"x-{enrolment_id}"
        self.sent(call, "Adjudicate", id=enrolment_id, verdicts=verdicts)
        self._told[enrolment_id].update(kind=kind, duplicate_of=of,
                                        decided_at=f"second {self._at}")
        self._feed.append(("ADJUDICATED", enrolment_id))
        self._drop_replaced(kind)
        self.answered(call, "OK", decision=self.told(enrolment_id))

    def erase(self, enrolment_id, *with_it, method="Erase"):
        self.sent(f"w-erase-{enrolment_id}", method, id=enrolment_id)
        self._head += 1
        for closed in (enrolment_id, *with_it):
            withdrawn = self._told[closed]["kind"] == "REVIEW"
            if withdrawn:
                self._told[closed]["kind"] = "WITHDRAWN"
                self._told[closed]["decided_at"] = f"second {self._at}"
            self._told[closed]["erased"] = True
            self._feed.append(("TAKEN_BACK" if withdrawn else "ERASED", closed))
        self.answered(f"w-erase-{enrolment_id}", "OK", erased=True, number=self._head)
        return self._head

    def set_policy(self, call, llr_duplicate, llr_review):
        wanted = {"llr_duplicate": llr_duplicate, "llr_review": llr_review}
        self.sent(call, "SetPolicy", wanted=wanted)
        self._head += 1
        self._policies.append({"version": len(self._policies) + 1, "number": self._head, **wanted})
        self.answered(call, "OK", policy=dict(self._policies[-1]))

    def watch(self, call, after):
        self.sent(call, "WatchDecisions", after=after)
        for i, (event, enrolment_id) in enumerate(self._feed[after:], after + 1):
            self._write(call=call, event=event, sequence=i, decision=self.told(enrolment_id))
        self.answered(call, "OK")

    def audit(self, ids, erasures):
        for enrolment_id, number in erasures.items():
            self.sent(f"auditor-erase-{enrolment_id}", "Erase", id=enrolment_id)
            self.answered(f"auditor-erase-{enrolment_id}", "OK", erased=False, number=number)
        for enrolment_id in ids:
            self.sent(f"auditor-{enrolment_id}", "GetEnrolment", id=enrolment_id)
            if enrolment_id in self._told:
                self.answered(f"auditor-{enrolment_id}", "OK", decision=self.told(enrolment_id))
            else:
                self.answered(f"auditor-{enrolment_id}", "NOT_FOUND", retry_after_s=None)
        self.sent("auditor-cases", "ListCases")
        self.answered("auditor-cases", "OK", cases=[
            [i, "REVIEW_CASE"] for i in self._told if self._told[i]["kind"] == "REVIEW"])
        self.watch("auditor-watch", 0)
        self.sent("auditor-status", "GetStatus")
        self.answered("auditor-status", "OK", head=self._head, open=0)
        self.sent("auditor-policies", "ListPolicies")
        self.answered("auditor-policies", "OK", policies=copy.deepcopy(self._policies))


class Doctored(unittest.TestCase):
    def setUp(self):
        self.records = self.good_history()

    def answer(self, call):
        [record] = [r for r in self.records if r["call"] == call and "answer" in r]
        return record

    def sending(self, call):
        [record] = [r for r in self.records if r["call"] == call and "sent" in r]
        return record

    def decisions(self, enrolment_id):
        return [r["decision"] for r in self.records
                if "decision" in r and r["decision"]["id"] == enrolment_id]

    def tell_always(self, enrolment_id, **fields):
        """As if the server had decided so from the beginning."""
        for decision in self.decisions(enrolment_id):
            decision.update(fields)

    def broken(self):
        return {violation.rule for violation in checker.check(self.records)}

    def demand(self, rule, text):
        """One violation at least is of this rule and says this."""
        violations = checker.check(self.records)
        self.assertTrue([v for v in violations if v.rule == rule and text in v.text], violations)
