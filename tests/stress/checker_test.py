#!/usr/bin/env python3
"""The checker finds nothing in a history that keeps the promise, and what was put in where one of
its lines is doctored: a server that broke each rule in turn. Updates and cases have their own:
update_rules_test.py."""

import copy
import unittest

import checker
import doctored
from doctored import GREY, HARD


def good_history():
    town = doctored.Town()
    town.enrol("a", 1, "UNIQUE")                                          # 1
    town.enrol("b", 1, "DUPLICATE", "a", [("a", HARD)])                   # 2
    town.enrol("c", 2, "UNIQUE")                                          # 3
    town.enrol("d", 2, "REVIEW", candidates=[("c", GREY)])                # 4
    town.watch("watcher-1", 0)
    town.enrol("f", 3, "UNIQUE")                                          # 5
    town.enrol("g", 3, "DUPLICATE", "f", [("f", HARD)])                   # 6
    first = town.erase("f", "g")                                          # 7
    town.enrol("h", 3, "UNIQUE")                                          # 8
    second = town.erase("d")                                              # 9
    town.watch("watcher-2", 4)
    # Its client vanished; the server decided it by itself.
    town.sent("w-k", "Enrol", id="k", person=1, content=0)
    town.decide("k", "DUPLICATE", "a", [("b", HARD), ("a", HARD)])        # 10
    # Never arrived.
    town.sent("w-l", "Enrol", id="l", person=5, content=0)
    # Refused, asked for, sent again; and the same id with another content.
    town.sent("w-m1", "Enrol", id="m", person=4, content=0)
    town.answered("w-m1", "RESOURCE_EXHAUSTED", retry_after_s=1.0, message="")
    town.sent("w-m2", "GetEnrolment", id="m")
    town.answered("w-m2", "NOT_FOUND", retry_after_s=None)
    town.enrol("m", 4, "UNIQUE")                                          # 11
    town.sent("w-m3", "Enrol", id="m", person=4, content=1)
    town.answered("w-m3", "ALREADY_EXISTS", retry_after_s=None, message="")
    town.audit("abcdfghklm", {"f": first, "d": second})
    return town.records


class DoctoredHistory(doctored.Doctored):
    good_history = staticmethod(good_history)

    def test_a_promise_kept(self):
        self.assertEqual(checker.check(self.records), [])
        tried = checker.summary(self.records)
        self.assertEqual((tried["ids"], tried["UNIQUE"], tried["erased"]), (10, 5, 3))
        self.assertEqual((tried["never answered"], tried["of these stored"]), (2, 1))

    def test_an_acknowledged_enrolment_is_lost(self):
        lost = self.answer("auditor-m")
        del lost["decision"]
        lost["answer"] = "NOT_FOUND"
        self.assertIn("lost", self.broken())

    def test_an_acknowledged_enrolment_is_open_again(self):
        self.answer("auditor-m")["decision"]["kind"] = "OPEN"
        self.assertLessEqual({"lost", "answer"}, self.broken())

    def test_an_erased_one_is_back(self):
        self.answer("auditor-f")["decision"]["erased"] = False
        self.assertLessEqual({"lost", "answer"}, self.broken())

    def test_an_erasure_is_lost(self):
        for enrolment_id in "fg":
            self.tell_always(enrolment_id, erased=False)
        self.records = [r for r in self.records if r.get("event") != "ERASED"]
        self.assertLessEqual({"lost", "unique"}, self.broken())

    def test_nobody_asked_in_the_end(self):
        self.records = [r for r in self.records if r["call"] != "auditor-m"]
        self.assertEqual(self.broken(), {"lost"})
        self.records = [r for r in self.records if r["call"] != "auditor-status"]
        self.assertEqual(self.broken(), {"lost", "number"})

    def test_a_decision_changes(self):
        for field, value in (("kind", "REVIEW"), ("decided_at", "later"), ("searched", 7),
                             ("candidates", [["c", GREY]])):
            self.records = self.good_history()
            self.answer("auditor-a")["decision"][field] = value
            self.assertIn("answer", self.broken(), field)
        self.records = self.good_history()
        self.answer("auditor-b")["decision"]["duplicate_of"] = "c"
        self.assertIn("answer", self.broken())

    def test_a_number_changes(self):
        self.answer("auditor-m")["decision"]["number"] = 12
        self.demand("number", "m has the numbers [11, 12]")

    def test_one_number_is_given_twice(self):
        self.tell_always("m", number=1)
        self.demand("number", "number 1 is of a and of m")

    def test_the_number_of_an_erasure_is_given_again(self):
        self.tell_always("h", number=7)
        self.demand("number", "number 7 is of h and of an erasure")

    def test_a_number_is_left_out(self):
        self.answer("auditor-status")["head"] = 12
        self.assertEqual(self.broken(), {"number"})
        self.answer("auditor-status")["head"] = 10
        self.assertEqual(self.broken(), {"number"})

    def test_the_answer_is_anothers(self):
        self.answer("w-b")["decision"] = self.answer("w-a")["decision"]
        self.demand("number", "b was answered with the decision of a")

    def test_one_person_is_unique_twice(self):
        self.tell_always("b", kind="UNIQUE", duplicate_of="", candidates=[])
        self.assertLessEqual({"unique"}, self.broken())
        # Seen from the answers alone, if the feed tells nothing.
        self.records = [r for r in self.records if r["call"] != "auditor-watch"]
        self.assertIn("unique", self.broken())

    def test_one_person_is_unique_before_its_erasure(self):
        """h was answered UNIQUE, and only then was f erased."""
        at = self.answer("w-h")["at"]
        for record in self.records:
            if record["call"] == "w-erase-f":
                record["at"] = at + 0.5
        self.records.sort(key=lambda record: record["at"])
        self.assertIn("unique", self.broken())

    def test_one_person_is_unique_in_the_feed_before_its_erasure(self):
        events = [r for r in self.records if r["call"] == "auditor-watch" and "event" in r]
        erased = next(e for e in events if e["event"] == "ERASED" and e["decision"]["id"] == "f")
        unique = next(e for e in events if e["decision"]["id"] == "h")
        for field in ("event", "decision"):
            erased[field], unique[field] = unique[field], erased[field]
        self.assertIn("unique", self.broken())

    def test_a_person_becomes_unique_beside_its_record_in_review(self):
        for call in ("w-k", "auditor-k"):
            self.sending(call)["person"] = 2
        self.tell_always("k", number=10, kind="UNIQUE", duplicate_of="", candidates=[])
        self.tell_always("d", kind="REVIEW", erased=False)
        self.records = [r for r in self.records if "erase-d" not in r["call"]
                        and not (r.get("event") == "TAKEN_BACK" and r["decision"]["id"] == "d")]
        self.assertIn("unique", self.broken())

    def test_a_duplicate_of_a_stranger(self):
        self.tell_always("b", duplicate_of="c", candidates=[["c", HARD]])
        self.demand("duplicate", "b of person 1 is a DUPLICATE of c of person 2")

    def test_a_duplicate_of_nobody(self):
        self.tell_always("b", duplicate_of="l")
        self.demand("duplicate", "b is a DUPLICATE of l, who is not there")

    def test_a_duplicate_of_a_duplicate(self):
        self.tell_always("k", duplicate_of="b")
        self.assertIn("duplicate", self.broken())

    def test_a_duplicate_of_a_larger_number(self):
        self.tell_always("b", duplicate_of="k")
        self.tell_always("k", kind="UNIQUE")
        self.assertIn("duplicate", self.broken())

    def test_a_duplicate_of_the_erased(self):
        """f is erased, and its duplicate stays; or comes after it."""
        self.tell_always("g", erased=False)
        self.assertIn("duplicate", self.broken())
        self.records = self.good_history()
        self.tell_always("h", kind="DUPLICATE", duplicate_of="f")
        self.demand("duplicate", "h became a DUPLICATE of f, who was not live")

    def test_review_without_a_grey_candidate(self):
        for candidates in ([], [["c", 3.0]]):
            self.tell_always("d", candidates=candidates)
            self.tell_always("d", kind="REVIEW", erased=False)
            self.assertIn("evidence", self.broken())

    def test_review_though_the_evidence_is_hard(self):
        self.tell_always("d", candidates=[["c", HARD], ["a", GREY]])
        self.assertIn("evidence", self.broken())

    def test_unique_though_the_evidence_is_hard_or_grey(self):
        for llr in (HARD, GREY):
            self.tell_always("c", candidates=[["a", llr]])
            self.assertEqual(self.broken(), {"evidence"})

    def test_a_duplicate_of_none_of_its_candidates(self):
        self.tell_always("b", candidates=[["c", HARD]])
        self.assertIn("evidence", self.broken())

    def test_a_duplicate_of_the_larger_of_two(self):
        self.tell_always("k", duplicate_of="c", candidates=[["c", HARD], ["a", HARD]])
        self.assertIn("evidence", self.broken())

    def test_a_decision_on_a_part_of_the_gallery(self):
        self.tell_always("m", searched=1)
        self.assertEqual(self.broken(), {"evidence"})

    def test_a_later_one_has_the_smaller_number(self):
        self.tell_always("a", number=3)
        self.tell_always("c", number=1)
        self.assertIn("order", self.broken())

    def test_an_erasure_has_a_smaller_number_than_one_known_before(self):
        for call in ("w-erase-f", "auditor-erase-f"):
            self.answer(call)["number"] = 6
        self.tell_always("g", number=7)
        self.assertIn("order", self.broken())

    def test_the_feed_has_another_order_than_the_answers(self):
        events = [r for r in self.records if "event" in r and r["decision"]["id"] in "ac"
                  and r["event"] == "DECIDED"]
        for a, c in zip(events[::2], events[1::2]):
            a["decision"], c["decision"] = c["decision"], a["decision"]
        self.assertIn("order", self.broken())

    def test_a_gap_in_the_feed(self):
        for call in ("watcher-1", "watcher-2", "auditor-watch"):
            self.records = self.good_history()
            [at, *_] = [r["at"] for r in self.records if r["call"] == call and "event" in r]
            self.records = [r for r in self.records if r["at"] != at + 1]
            self.assertIn("feed", self.broken(), call)

    def test_the_feed_begins_late(self):
        self.sending("watcher-2")["after"] = 3
        self.assertEqual(self.broken(), {"feed"})

    def test_two_watchers_see_different_feeds(self):
        seen = next(r for r in self.records if r["call"] == "watcher-1" and r.get("sequence") == 2)
        seen["decision"] = copy.deepcopy(self.answer("w-c")["decision"])
        self.assertEqual(self.broken(), {"feed"})

    def test_the_end_of_the_feed_is_cut_off(self):
        self.records = [r for r in self.records if not (
            r["call"] == "auditor-watch" and r.get("sequence", 0) > 5)]
        self.demand("feed", "m has the events [], want ['DECIDED']")

    def test_the_feed_tells_of_a_stranger(self):
        for record in self.records:
            if "event" in record and record["decision"]["id"] == "m":
                record["decision"]["id"] = "zz"
        self.demand("feed", "the feed tells of zz, whom nobody sent")

    def test_withdrawn_by_nobody(self):
        self.records = [r for r in self.records if "erase-d" not in r["call"]]
        self.assertIn("answer", self.broken())

    def test_unique_and_then_withdrawn(self):
        self.answer("w-d")["decision"]["kind"] = "UNIQUE"
        self.demand("answer", "d was UNIQUE and is WITHDRAWN")

    def test_refused_after_the_append(self):
        asked = self.answer("w-m2")
        asked["answer"] = "OK"
        asked["decision"] = dict(self.decisions("m")[0], kind="OPEN")
        self.assertEqual(self.broken(), {"refusal"})

    def test_refused_for_ever(self):
        self.answer("w-m1")["retry_after_s"] = None
        self.assertEqual(self.broken(), {"refusal"})

    def test_one_id_takes_two_contents(self):
        self.answer("w-m3").update(answer="OK", decision=self.decisions("m")[0])
        self.assertEqual(self.broken(), {"content"})

    def test_its_own_content_is_refused(self):
        self.sending("w-m3")["content"] = 0
        self.assertEqual(self.broken(), {"content"})

    def test_an_error_that_nobody_foresaw(self):
        self.answer("w-m1").update(answer="INTERNAL")
        self.assertEqual(self.broken(), {"code"})


if __name__ == "__main__":
    unittest.main()
