#!/usr/bin/env python3
"""Fits the line of matchers/face/calibration.h: comparison score to log-likelihood ratio.

usage: fit_face.py SCORES.tsv
       (of `distinct eval face --set lfwa --set celeba --scores SCORES.tsv`)

Log ratio of the shares of mated and non-mated pairs in bins of 0.04, fitted by two lines that meet
at the knee, each bin weighing as much as the smaller of its two counts. Logistic regression over
all pairs lost: one mated pair in 70 scores like a stranger (wrong labels, profiles), and to please
these few it halved the slope where decisions are made. Fitted on the identities whose FNV-1a hash
is even, judged on the others; pairs across the halves are left out.
"""
import math
import sys

import numpy as np

WIDTH, KNEE = 0.04, 0.31
COUNT_MIN = 5  # of either class in a bin
LOW, HIGH = -4.0, 9.9


def in_first_half(identity):
    value = 0xCBF29CE484222325
    for byte in identity.encode():
        value = ((value ^ byte) * 0x100000001B3) & (2**64 - 1)
    return value % 2 == 0


def read_halves(path):
    halves = {True: ([], []), False: ([], [])}
    known = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5 or fields[3] not in ("0", "1") or fields[4] == "-inf":
                continue
            sides = []
            for name in fields[1:3]:
                identity = name.rsplit(".", 1)[0].rsplit("_", 1)[0]
                if identity not in known:
                    known[identity] = in_first_half(identity)
                sides.append(known[identity])
            if sides[0] == sides[1]:
                halves[sides[0]][0 if fields[3] == "1" else 1].append(float(fields[4]))
    return {half: [np.array(scores) for scores in pair] for half, pair in halves.items()}


def columns(score):
    return np.stack([np.ones_like(score), np.minimum(score - KNEE, 0),
                     np.maximum(score - KNEE, 0)], axis=-1)


def fit(mated, nonmated):
    edges = np.arange(-0.2, 1.0, WIDTH)
    m = np.histogram(mated, edges)[0]
    n = np.histogram(nonmated, edges)[0]
    use = (m >= COUNT_MIN) & (n >= COUNT_MIN)
    centre = (edges[:-1] + WIDTH / 2)[use]
    ratio = np.log(m[use] / len(mated)) - np.log(n[use] / len(nonmated))
    root = np.sqrt(np.minimum(m, n)[use])
    return np.linalg.lstsq(columns(centre) * root[:, None], ratio * root, rcond=None)[0]


def cllr(mated, nonmated, line):
    llr = [np.clip(columns(scores) @ line, LOW, HIGH) for scores in (mated, nonmated)]
    return (np.mean(np.log1p(np.exp(-llr[0]))) + np.mean(np.log1p(np.exp(llr[1])))) / (
        2 * math.log(2))


def main(path):
    halves = read_halves(path)
    for half in (True, False):
        line = fit(*halves[half])
        other = halves[not half]
        above = np.mean(columns(other[1]) @ line >= 6.9)
        print(f"{'even' if half else 'odd'} half: {len(halves[half][0])} mated, "
              f"{len(halves[half][1])} non-mated; at the knee {line[0]:.2f}, slopes {line[1]:.1f} "
              f"and {line[2]:.1f}; on the other half: Cllr {cllr(*other, line):.4f}, non-mated at "
              f"6.9 and above {above:.1e}")


if __name__ == "__main__":
    main(sys.argv[1])
