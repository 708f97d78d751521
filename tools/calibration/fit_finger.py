#!/usr/bin/env python3
"""Fits the table of matchers/finger/calibration.cc: comparison score to log-likelihood ratio, and
the line that comes nearest to it.

usage: fit_finger.py SCORES.tsv          (of `distinct eval finger --set ... --scores SCORES.tsv`)

Fitted on the identities whose number is odd, judged on the even ones (listed in the output).
Non-mated density: kernel estimate, its tail above the 95th percentile exponential (peaks over
threshold with shape 0, as ridge patterns agree by chance minutia by minutia). Mated density: kernel
estimate. Their log ratio is made monotone and bounded at +/- what the data can carry.
Prints the knots, and the calibration loss (Cllr, Bruemmer and du Preez 2006, in bits; 1 = knows
nothing) on both halves.
"""
import math
import sys

import numpy as np

BOUND_LOW, BOUND_HIGH = -3.5, 18.0
STEP = 0.02


def density(values, at, width):
    out = np.zeros_like(at)
    for start in range(0, len(values), 2000):
        part = values[start:start + 2000, None]
        reflected = np.exp(-0.5 * ((at[None] - part) / width) ** 2)
        reflected += np.exp(-0.5 * ((at[None] + part) / width) ** 2)  # scores end at 0
        out += reflected.sum(0)
    return out / (len(values) * width * math.sqrt(2 * math.pi))


def fit(mated, nonmated):
    knots = np.arange(0, 1.6, STEP)
    tail_from = np.quantile(nonmated, 0.95)
    rate = 1 / np.mean(nonmated[nonmated > tail_from] - tail_from)
    n = np.where(knots < tail_from, density(nonmated, knots, 0.008),
                 0.05 * rate * np.exp(-rate * (knots - tail_from)))
    # A mated pair may score anything: one pseudo-pair spread evenly keeps the ratio finite.
    m = (density(mated, knots, 0.04) * len(mated) + 1 / 1.6) / (len(mated) + 1)
    llr = np.clip(np.log(m) - np.log(n), BOUND_LOW, BOUND_HIGH)
    # Left of where chance lies there are few of either kind, and no score speaks for one finger.
    llr[:np.argmin(llr)] = llr.min()
    return knots, np.maximum.accumulate(llr), rate


def cllr(llr_mated, llr_nonmated):
    return 0.5 / math.log(2) * (np.mean(np.log1p(np.exp(-llr_mated))) +
                                np.mean(np.log1p(np.exp(llr_nonmated))))


def main(path):
    halves = {0: ([], []), 1: ([], [])}
    for line in open(path):
        fields = line.rstrip("\n").split("\t")
        if fields[0] == "set":
            continue
        _, probe, reference, mated, score = fields[:5]
        identities = [name.rsplit(".", 1)[0].rsplit("_", 1)[0] for name in (probe, reference)]
        numbers = [int(identity.replace("_", "")) for identity in identities]
        if numbers[0] % 2 != numbers[1] % 2 or score == "-inf" or float(score) < 0:
            continue
        halves[numbers[0] % 2][0 if mated in ("1", "true") else 1].append(float(score))
    odd = [np.array(v) for v in halves[1]]
    even = [np.array(v) for v in halves[0]]
    knots, llr, rate = fit(*odd)
    last = int(np.argmax(llr >= BOUND_HIGH)) if llr[-1] >= BOUND_HIGH else len(llr) - 1
    print(f"fitted on {len(odd[0])} mated, {len(odd[1])} non-mated (odd identities)")
    print(f"non-mated tail: a factor e every {1 / rate:.4f}")
    for name, half in (("odd (fitted)", odd), ("even (judged)", even)):
        at = [np.interp(v, knots, llr) for v in half]
        print(f"Cllr {name}: {cllr(*at):.4f} bits; non-mated above llr 6.9: "
              f"{np.mean(at[1] > 6.9):.2e}, mated below 0: {np.mean(at[0] < 0):.4f}")
    print("knots:", ", ".join(f"{v:.2f}F" for v in llr[:last + 1]))
    within = (llr > BOUND_LOW) & (llr < BOUND_HIGH)
    slope, at_zero = np.polyfit(knots[within], llr[within], 1)
    line = [np.clip(slope * v + at_zero, BOUND_LOW, BOUND_HIGH) for v in even]
    print(f"line: {slope:.1f} (score - {-at_zero / slope:.3f}); "
          f"Cllr even (judged): {cllr(*line):.4f} bits")


if __name__ == "__main__":
    main(sys.argv[1])
