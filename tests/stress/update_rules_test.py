#!/usr/bin/env python3
"""What the checker finds where updates, withdrawals and an examiner's work were doctored."""

import copy
import unittest

import checker
import doctored
from doctored import GREY, HARD

MISLABELLED = ["SAMPLES_OF_ONE_POSITION_DIFFER"]


def good_history():
    town = doctored.Town()
    town.enrol("a", 1, "UNIQUE")                                          # 1
    town.enrol("b", 2, "UNIQUE")                                          # 2
    town.update("u1", "a", 1, "ACCEPTED", [("a", HARD)])                  # 3, 4
    town.enrol("c", 1, "DUPLICATE", "a", [("u1", HARD)])                  # 5
    # Of another person: an examiner finds out, and takes it back.
    town.update("u2", "b", 1, "REVIEW", [("u1", HARD)])                   # 6
    town.sent("x-u2", "Adjudicate", id="u2", verdicts={"u1": "SAME"})
    town.answered("x-u2", "FAILED_PRECONDITION", retry_after_s=None, message="")
    withdrawn = town.erase("u2", method="Withdraw")                       # 7
    town.update("u3", "b", 3, "REFUSED")                                  # 8
    town.enrol("d", 4, "REVIEW", findings=MISLABELLED)                    # 9
    town.enrol("e", 4, "REVIEW", candidates=[("d", HARD)])                # 10
    town.watch("watcher-1", 0)
    town.adjudicate("d", "UNIQUE")
    town.adjudicate("e", "DUPLICATE", "d", d="SAME")
    town.update("u4", "b", 2, "REVIEW", [("b", HARD)], findings=MISLABELLED)  # 11
    town.sent("w-v", "Update", id="v", person=2, content=0, of="b")
    town.answered("w-v", "FAILED_PRECONDITION", retry_after_s=None, message="")
    town.sent("w-v2", "GetEnrolment", id="v")
    town.answered("w-v2", "NOT_FOUND", retry_after_s=None)
    town.adjudicate("u4", "ACCEPTED", b="SAME")                           # 12
    town.enrol("g", 2, "DUPLICATE", "b", [("u4", HARD)])                  # 13
    town.enrol("f", 5, "REVIEW", candidates=[("u4", GREY)])               # 14
    town.sent("w-withdraw-d", "Withdraw", id="d")
    town.answered("w-withdraw-d", "FAILED_PRECONDITION", retry_after_s=None, message="")
    town.enrol("h", 6, "REVIEW", candidates=[("u1", GREY)])               # 15
    town.adjudicate("h", "UNIQUE", u1="DIFFERENT")
    town.audit(["a", "b", "u1", "c", "u2", "u3", "d", "e", "u4", "v", "g", "f", "h"],
               {"u2": withdrawn})
    return town.records


class DoctoredUpdates(doctored.Doctored):
    good_history = staticmethod(good_history)

    def after(self, record, *more):
        """Puts records of a call between this one and the next."""
        for i, added in enumerate(more, 1):
            self.records.append({"at": record["at"] + i / 10, **added})
        self.records.sort(key=lambda r: r["at"])

    def event(self, enrolment_id, event):
        """In the auditor's feed."""
        [record] = [r for r in self.records if r["call"] == "auditor-watch"
                    and r.get("event") == event and r["decision"]["id"] == enrolment_id]
        return record

    def test_a_promise_kept(self):
        self.assertEqual(checker.check(self.records), [])
        tried = checker.summary(self.records)
        self.assertEqual((tried["updates"], tried["adjudicated"], tried["ACCEPTED"]), (5, 4, 2))

    def test_an_update_is_accepted_for_another_person(self):
        self.sending("w-u1")["person"] = 3
        self.demand("update", "u1 of person 3 is ACCEPTED for a of person 1")

    def test_an_update_becomes_a_person(self):
        for kind in ("UNIQUE", "DUPLICATE"):
            self.tell_always("u3", kind=kind)
            self.demand("update", f"u3 updates b and is {kind}")
            self.demand("evidence", f"u3 is {kind}, which no update becomes")

    def test_an_enrolment_becomes_accepted(self):
        self.tell_always("g", kind="ACCEPTED", duplicate_of="")
        self.demand("evidence", "g is ACCEPTED, which no enrolment becomes")

    def test_an_update_of_its_own_person_is_refused(self):
        self.sending("w-u3")["person"] = 2
        self.demand("update", "u3 is REFUSED, and is of b's own person")

    def test_an_update_is_answered_as_anothers(self):
        self.answer("w-u1")["decision"]["update_of"] = "b"
        self.demand("update", "u1 updates a, and was answered with 'b'")

    def test_the_person_to_be_updated_is_not_found(self):
        self.answer("w-v")["answer"] = "NOT_FOUND"
        self.demand("update", "b was answered, and w-v did not find it")

    def test_a_stored_update_is_refused_when_it_is_repeated(self):
        repeated = dict(self.sending("w-u1"), call="w-u1b")
        self.after(self.answer("w-u1"), {k: v for k, v in repeated.items() if k != "at"},
                   {"call": "w-u1b", "answer": "FAILED_PRECONDITION", "message": ""})
        self.demand("update", "u1 was answered, and w-u1b was refused")

    def test_a_refused_update_is_stored(self):
        asked = self.answer("w-v2")
        asked["answer"] = "OK"
        asked["decision"] = dict(self.decisions("u4")[0], id="v", kind="OPEN", number=16)
        self.demand("refusal", "w-v was refused, and v is stored")

    def test_two_updates_of_one_person_are_under_way(self):
        """u4 is still in REVIEW when u5 has been taken in."""
        decision = dict(copy.deepcopy(self.decisions("u3")[0]), id="u5", number=16)
        self.after(self.answer("w-v"),
                   {"call": "w-u5", "sent": "Update", "id": "u5", "person": 3, "content": 0,
                    "of": "b"}, {"call": "w-u5", "answer": "OK", "decision": decision},
                   {"call": "w-u6", "sent": "GetEnrolment", "id": "u4"},
                   {"call": "w-u6", "answer": "OK", "decision": dict(
                       copy.deepcopy(self.answer("w-u4")["decision"]))})
        self.demand("update", "u5 was taken in while u4 of b was under way")

    def test_a_withdrawn_one_still_counts(self):
        self.tell_always("g", candidates=[["u4", HARD], ["u2", HARD]])
        self.assertEqual(self.broken(), {"gone"})
        self.demand("gone", "g has the candidate u2, who was gone before")

    def test_a_duplicate_of_an_erased_person_still_counts(self):
        asked = self.answer("w-g")
        self.after(dict(asked, at=self.sending("w-g")["at"] - 0.5),
                   {"call": "w-erase-d", "sent": "Erase", "id": "d"},
                   {"call": "w-erase-d", "answer": "OK", "erased": True, "number": 16})
        self.tell_always("g", candidates=[["u4", HARD], ["e", HARD]])
        self.demand("gone", "g has the candidate e, who was gone before")

    def test_replaced_templates_still_count(self):
        self.tell_always("c", candidates=[["u1", HARD], ["a", HARD]])
        self.assertEqual(self.broken(), {"gone"})
        self.demand("gone", "c has the candidate a, replaced before")

    def test_a_withdrawn_update_is_accepted(self):
        self.answer("auditor-u2")["decision"].update(kind="ACCEPTED", erased=False)
        self.assertLessEqual({"lost", "answer", "update"}, self.broken())

    def test_what_is_in_review_cannot_be_withdrawn(self):
        refused = {"call": "w-f2", "answer": "FAILED_PRECONDITION", "message": ""}
        self.after(self.answer("w-f"), {"call": "w-f2", "sent": "Withdraw", "id": "f"}, refused)
        self.demand("lost", "w-f2 could not withdraw f, which was not decided")

    def test_withdrawn_by_nobody(self):
        self.records = [r for r in self.records if "erase-u2" not in r["call"]]
        self.demand("answer", "u2 is WITHDRAWN, and nobody had erased it")

    def test_a_case_is_missing_or_left_over(self):
        cases = self.answer("auditor-cases")
        cases["cases"] = []
        self.assertEqual(self.broken(), {"case"})
        self.demand("case", "f is in REVIEW, and has no open case")
        cases["cases"] = [["f", "REVIEW_CASE"], ["d", "REVIEW_CASE"]]
        self.demand("case", "d has an open case, and is not in REVIEW")
        cases["cases"] = [["f", "REVIEW_CASE"], ["g", "MERGE_CASE"]]
        self.demand("case", "g has a MERGE_CASE: a person is there twice")
        self.records = [r for r in self.records if r["call"] != "auditor-cases"]
        self.demand("case", "the open cases were not asked for in the end")

    def test_the_numbers_that_acceptances_take(self):
        self.answer("auditor-status")["head"] = 16
        self.demand("number", "number 16 belongs to nobody who asked")
        self.records = self.good_history()
        self.tell_always("u3", kind="ACCEPTED")
        self.demand("number", "3 updates were ACCEPTED, and only the numbers [4, 12] are theirs")
        self.records = self.good_history()
        self.tell_always("u1", number=4)
        self.demand("number", "number 3 belongs to nobody, and no acceptance was before it")

    def test_out_of_review_without_an_examiner(self):
        self.records = [r for r in self.records if r["call"] != "x-e"]
        self.demand("answer", "e left REVIEW, and no examiner had settled it")
        self.demand("feed", "e was ADJUDICATED, and by no examiner")

    def test_settled_and_in_review_again(self):
        self.answer("auditor-e")["decision"].update(kind="REVIEW", duplicate_of="")
        self.demand("answer", "e was settled and later was not")

    def test_settled_once_so_and_once_so(self):
        self.answer("auditor-h")["decision"]["kind"] = "DUPLICATE"
        self.demand("answer", "h: kind changed between UNIQUE and DUPLICATE")

    def test_a_settlement_is_not_in_the_feed(self):
        gone = self.event("h", "ADJUDICATED")
        self.records.remove(gone)
        self.demand("feed", "h has the events ['DECIDED'], want ['DECIDED', 'ADJUDICATED']")

    def test_a_person_is_unique_twice_by_an_examiner(self):
        for decision in self.decisions("e"):
            if decision["kind"] == "DUPLICATE":
                decision.update(kind="UNIQUE", duplicate_of="")
        self.demand("unique", "person 4: d and e are both UNIQUE")
        self.demand("evidence", "e is UNIQUE, and its candidates are of ['d']")

    def test_a_person_is_unique_beside_its_own_update_of_another(self):
        """u2, of person 1, is still in REVIEW when that person becomes UNIQUE."""
        self.sending("w-u2")["person"] = 4
        for record in [self.event("u2", "TAKEN_BACK")]:
            record["at"] = self.event("d", "ADJUDICATED")["at"] + 0.5
        self.records.sort(key=lambda r: r["at"])
        self.demand("unique", "person 4: d became UNIQUE beside u2, REVIEW")

    def test_another_end_than_the_examiner_said(self):
        self.sending("x-e")["verdicts"] = {"d": "DIFFERENT"}
        self.demand("evidence", "e is a DUPLICATE of d, who is no hard candidate")
        self.records = self.good_history()
        self.sending("x-h")["verdicts"] = {"u1": "SAME"}
        self.demand("evidence", "h is UNIQUE, and its candidates are of ['a']")
        self.records = self.good_history()
        self.sending("x-u4")["verdicts"] = {"b": "DIFFERENT"}
        self.demand("evidence", "u4 is ACCEPTED, and b is no hard candidate")

    def test_accepted_though_also_anothers(self):
        for llr in (HARD, GREY):
            self.tell_always("u1", candidates=[["a", HARD], ["b", llr]])
            self.demand("evidence", "u1 is ACCEPTED, and its candidates are also of ['b']")

    def test_accepted_without_a_likeness(self):
        for candidates in ([], [["a", GREY]]):
            self.tell_always("u1", candidates=candidates)
            self.demand("evidence", "u1 is ACCEPTED, and a is no hard candidate")

    def test_accepted_for_one_who_is_not_there(self):
        self.tell_always("a", kind="REVIEW")
        self.demand("evidence", "u1 is ACCEPTED for a, who was not live")

    def test_refused_though_alike(self):
        self.tell_always("u3", candidates=[["b", GREY]])
        self.demand("evidence", "u3 is REFUSED, and b is a candidate")
        self.tell_always("u3", candidates=[["a", HARD], ["u1", HARD]])
        self.demand("evidence", "u3 is REFUSED by no examiner, and its candidates are of ['a']")

    def test_an_update_is_in_review_without_need(self):
        for decision in self.decisions("u4"):
            decision["findings"] = []
        self.demand("evidence", "u4 is in REVIEW, and its candidates are of b alone")

    def test_an_error_that_nobody_foresaw(self):
        self.answer("x-u2")["answer"] = "INTERNAL"
        self.demand("code", "x-u2 Adjudicate u2: INTERNAL")


if __name__ == "__main__":
    unittest.main()
