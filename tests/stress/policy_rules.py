"""The checker's rule of policies: who is decided by which thresholds."""

import bisect

FIRST = {"version": 1, "number": 0, "llr_duplicate": 13.8, "llr_review": 6.9}


def in_force(town, number):
    """The policy that rules this number, by the numbers of the policies' entries alone."""
    return town.policies[bisect.bisect_left([p["number"] for p in town.policies], number) - 1]


def same(one, other):
    """Thresholds are kept as 32-bit floats."""
    return all(abs(one[field] - other[field]) < 1e-4 for field in ("llr_duplicate", "llr_review"))


def check_policy(town):
    if town.policies is None:
        yield "the policies were not asked for in the end"
        return
    if not same(town.policies[0], FIRST) or town.policies[0]["number"] != 0:
        yield f"the first policy is {town.policies[0]}"
    for version, (before, policy) in enumerate(zip(town.policies, town.policies[1:]), 2):
        if policy["version"] != version or policy["number"] <= before["number"]:
            yield f"policy {version} is {policy}, after {before}"
    for call in town.policy_calls:
        told = call.answer.get("policy")
        if call.code != "OK":
            continue
        if told not in town.policies:
            yield f"{call.name} was told {told}, which is not so in the end"
        if not same(told, call.truth["wanted"]):
            yield f"{call.name} set {call.truth['wanted']}, and was told {told}"
    for enrolment_id, statements in town.statements.items():
        for stated in {(s.decision["number"], s.decision["policy"]) for s in statements}:
            want = in_force(town, stated[0])["version"]
            if stated[1] != want:
                yield f"{enrolment_id} with number {stated[0]} has policy {stated[1]}, want {want}"
