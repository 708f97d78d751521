#!/usr/bin/env python3
"""The checker on a history with policies that keeps the promise, and on one doctored for each thing
that a server can do wrong with them."""

import unittest

import doctored
from doctored import GREY, HARD


def good_history():
    town = doctored.Town()
    town.enrol("a", 1, "UNIQUE")                                     # 1
    town.enrol("b", 1, "DUPLICATE", "a", [("a", HARD)])              # 2
    town.set_policy("o-1", HARD + 10, HARD - 5)                      # 3
    town.enrol("c", 1, "REVIEW", candidates=[("a", HARD)])           # 4
    town.enrol("d", 2, "UNIQUE", candidates=[("a", GREY)])           # 5
    town.set_policy("o-2", HARD - 5, 6.9)                            # 6
    town.enrol("e", 1, "DUPLICATE", "a", [("a", HARD), ("b", HARD)])  # 7
    town.sent("o-3", "SetPolicy", wanted={"llr_duplicate": 1, "llr_review": 0.5})
    town.answered("o-3", "UNAVAILABLE", retry_after_s=None, message="")  # nothing came of it
    town.audit("abcde", {})
    return town.records


class DoctoredPolicies(doctored.Doctored):
    good_history = staticmethod(good_history)

    def policies(self):
        return self.answer("auditor-policies")["policies"]

    def test_a_promise_kept(self):
        self.assertEqual(self.broken(), set())

    def test_a_number_has_another_policy(self):
        for enrolment_id, policy in (("b", 2), ("c", 1), ("c", 3), ("e", 2)):
            self.records = self.good_history()
            self.tell_always(enrolment_id, policy=policy)
            self.demand("policy", f"{enrolment_id} with number")

    def test_a_number_is_decided_by_the_policy_of_another(self):
        self.tell_always("c", kind="DUPLICATE", duplicate_of="a")  # hard by the first
        self.assertIn("evidence", self.broken())
        self.records = self.good_history()
        self.tell_always("b", kind="REVIEW", duplicate_of="")      # grey by the second
        self.assertIn("evidence", self.broken())
        self.records = self.good_history()
        self.tell_always("d", kind="REVIEW")                       # grey by the first
        self.assertIn("evidence", self.broken())

    def test_the_policy_of_an_answer_changes(self):
        self.answer("auditor-c")["decision"]["policy"] = 3
        self.assertLessEqual({"answer", "policy"}, self.broken())

    def test_an_acknowledged_policy_is_lost(self):
        del self.policies()[-1]
        self.assertLessEqual({"policy", "number"}, self.broken())

    def test_a_policy_changes(self):
        self.policies()[1]["llr_review"] = 1.0
        self.demand("policy", "o-1 was told")

    def test_another_policy_is_set_than_was_asked_for(self):
        self.answer("o-1")["policy"]["llr_duplicate"] = 5.0
        self.policies()[1]["llr_duplicate"] = 5.0
        self.demand("policy", "o-1 set")

    def test_the_first_policy_is_another(self):
        self.policies()[0]["llr_duplicate"] = 5.0
        self.demand("policy", "the first policy is")

    def test_a_policy_has_the_number_of_an_enrolment(self):
        self.answer("o-1")["policy"]["number"] = self.policies()[1]["number"] = 2
        self.demand("number", "number 2 is of b and of a policy")

    def test_an_enrolment_after_a_policy_has_a_smaller_number(self):
        self.answer("o-2")["policy"]["number"] = self.policies()[2]["number"] = 7
        self.tell_always("e", number=6)
        self.assertIn("order", self.broken())

    def test_nobody_asked_in_the_end(self):
        self.records = [r for r in self.records if r["call"] != "auditor-policies"]
        self.assertIn("policy", self.broken())


if __name__ == "__main__":
    unittest.main()
