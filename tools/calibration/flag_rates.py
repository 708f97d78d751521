#!/usr/bin/env python3
"""Measures the quality flags of a finger (matchers/finger/quality.h) on generated prints.

usage: flag_rates.py FLAGS.tsv          (of `distinct-training-data flags`)

Prints a table: how often a flag is there where it should be, and where it should not, with Wilson's
95 % intervals. A capture is spoiled when less than 85 % of its true minutiae are found, whole from
95 %: what a flag tells the operator to do must be worth a second capture. Then the limits of
skewness and certainty that leave 2 % of the whole captures flagged.
"""
import csv
import math
import sys

COLUMNS = ["fault", "share", "ridge_ink", "furrow_ink", "contact_px", "true_minutiae", "found",
           "area_px", "contrast_grey", "skewness", "certainty", "sure_minutiae", "quality"]
SPOILED, WHOLE = 0.85, 0.95
FALSE_ALARM = 0.02
AREA_SMALL_PX = 22000
MINUTIAE_FEW = 12
DRY, WET = ("dry", "light"), ("wet", "blotted")


def read(path):
    captures = []
    with open(path, newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            capture = {name: value if name == "fault" else float(value)
                       for name, value in zip(COLUMNS, row)}
            capture["flags"] = row[len(COLUMNS)].split(",")
            captures.append(capture)
    return captures


def wilson(count, of):
    z = 1.96
    p = count / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0, (middle - half) / (1 + z * z / of)), min(1, (middle + half) / (1 + z * z / of))


def rate(captures, flag):
    if not captures:
        return "none"
    count = sum(flag in c["flags"] for c in captures)
    low, high = wilson(count, len(captures))
    return "{:.1f} % ({:.1f} to {:.1f}) of {}".format(
        100 * count / len(captures), 100 * low, 100 * high, len(captures))


def spoiled(c):
    return c["found"] < SPOILED


def whole(c):
    return c["found"] >= WHOLE


def contrast(c):
    """Of a faint capture, as tools/training/flags.cc draws it from the share."""
    return 0.5 * (1 - c["share"])


# Flag, what should have it, what should not: names and conditions.
CASES = [
    ("DRY", "dry or light, spoiled", lambda c: c["fault"] in DRY and spoiled(c),
     "dry or light, but whole", lambda c: c["fault"] in DRY and whole(c)),
    ("DRY", "", None, "neither dry nor light", lambda c: c["fault"] not in DRY),
    ("WET", "pressed and wet, spoiled", lambda c: c["fault"] == "wet" and spoiled(c),
     "wet or blotted, but whole", lambda c: c["fault"] in WET and whole(c)),
    ("WET", "blotted, spoiled", lambda c: c["fault"] == "blotted" and spoiled(c),
     "neither wet nor blotted", lambda c: c["fault"] not in WET),
    ("SMALL_AREA", "contact below 22,000 px", lambda c: c["contact_px"] < AREA_SMALL_PX,
     "contact above", lambda c: c["contact_px"] >= AREA_SMALL_PX),
    ("LOW_CONTRAST", "faint: ridges below 0.1 of the light",
     lambda c: c["fault"] == "faint" and contrast(c) < 0.1,
     "neither faint nor wet, or above 0.2",
     lambda c: contrast(c) > 0.2 if c["fault"] == "faint" else c["fault"] not in WET),
    ("NO_RIDGES", "worn, less than 60 % found",
     lambda c: c["fault"] == "worn" and c["found"] < 0.6, "whole", whole),
    ("FEW_MINUTIAE", "fewer than 12 true ones", lambda c: c["true_minutiae"] < MINUTIAE_FEW,
     "12 and more, whole", lambda c: c["true_minutiae"] >= MINUTIAE_FEW and whole(c)),
]


def limit(captures, fact, from_below):
    """The value beyond which FALSE_ALARM of the captures lie."""
    values = sorted(c[fact] for c in captures)
    beyond = int(FALSE_ALARM * len(values))
    return values[beyond] if from_below else values[-1 - beyond]


def main(path):
    captures = read(path)
    seen = [c for c in captures if c["flags"] != ["REFUSED"]]
    print(f"{len(captures)} captures, {len(captures) - len(seen)} refused and left out below\n")
    print("| flag | where it should be | flagged | where it should not | flagged |")
    print("| --- | --- | --- | --- | --- |")
    for flag, right, is_right, wrong, is_wrong in CASES:
        detected = rate([c for c in seen if is_right(c)], flag) if is_right else ""
        alarms = rate([c for c in seen if is_wrong(c)], flag)
        print(f"| {flag} | {right} | {detected} | {wrong} | {alarms} |")
    good = [c for c in seen if c["fault"] == "none" and whole(c)]
    flagged = sum(c["flags"] != [""] for c in good)
    print(f"\nwithout a fault and whole: {flagged} of {len(good)} have any flag")
    own = {name: [c for c in seen if c["fault"] in faults and whole(c)]
           for name, faults in (("DRY", DRY), ("WET", WET))}
    print(f"{FALSE_ALARM:.0%} of the whole captures lie beyond:",
          f"skewness {limit(own['DRY'], 'skewness', True):.2f} (dry or light),",
          f"{limit(own['WET'], 'skewness', False):.2f} (wet or blotted),",
          f"certainty {limit([c for c in seen if whole(c)], 'certainty', True):.2f} (all)")


if __name__ == "__main__":
    main(sys.argv[1])
