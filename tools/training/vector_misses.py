#!/usr/bin/env python3
"""How far down the list mates stand when several fingers' vectors speak together.

usage: vector_misses.py --codes REAL.codes --weights vector_weights.bin [--fingers-per-set 10]

REAL.codes is what `distinct-image-codes DIR[@DPI]...` writes. A person of m fingers is m fingers
of one set, captured alike: the probe has impression i of each, the reference impression j, and
their scores are summed. Where the sum would stand among a gallery's is told by the normal tail of
the sums of the probe's non-mated scores (all other fingers of all sets). Real people's fingers are
seldom all as bad as one FVC 2004 impression of each, so expect better. Needs numpy and scipy.
"""
import argparse
import itertools

import numpy as np
import scipy.special

from centre_vector import read
from fit_vector import histograms, load

SHARES = (0.1, 0.03, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001)


class Half:
    """Codes of some sets, judged with an origin fitted elsewhere."""

    def __init__(self, fingers, projected):
        vectors = projected / np.linalg.norm(projected, axis=1, keepdims=True)
        self.fingers = fingers
        self.scores = vectors @ vectors.T
        others = [self.scores[i, fingers != finger] for i, finger in enumerate(fingers)]
        self.mean = np.array([scores.mean() for scores in others])
        self.variance = np.array([scores.var() for scores in others])

    def tails(self, size, together):
        """For each person: the share of strangers whose sum is expected above the mate's."""
        for first in sorted(set((self.fingers // size * size).tolist())):
            own = [np.flatnonzero(self.fingers == first + f) for f in range(size)]
            impressions = min(len(o) for o in own)
            for i, j in itertools.combinations(range(impressions), 2):
                of = np.array([o[i] for o in own])
                above = self.scores[of, [o[j] for o in own]] - self.mean[of]
                for start in range(size):
                    pick = (start + np.arange(together)) % size
                    z = above[pick].sum() / np.sqrt(self.variance[of][pick].sum())
                    yield scipy.special.ndtr(-z)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--codes", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--fingers-per-set", type=int, default=10)
    args = parser.parse_args()
    _, words, projection, _ = read(args.weights)
    fingers, codes = load(args.codes)
    projected = histograms(codes, words) @ projection
    size = args.fingers_per_set
    second = fingers // size % 2 == 1
    halves = [Half(fingers[judged], projected[judged] - projected[~judged].mean(0))
              for judged in (second, ~second)]
    print("fingers  persons  missed of mates when the best share is passed on, %")
    print(" " * 16 + "".join(f"{100 * share:9g}%" for share in SHARES))
    for together in (1, 2, 3, 4, 5, 6, 8, 10):
        tails = np.array([tail for half in halves for tail in half.tails(size, together)])
        print(f"{together:7d}  {len(tails):7d}" +
              "".join(f"{100 * np.mean(tails > share):10.2f}" for share in SHARES))


if __name__ == "__main__":
    main()
