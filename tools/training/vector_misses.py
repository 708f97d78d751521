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

import numpy as np
import scipy.special

from centre_vector import read
from fit_vector import histograms, load

SHARES = (0.1, 0.03, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--codes", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--fingers-per-set", type=int, default=10)
    args = parser.parse_args()
    _, words, projection, offset = read(args.weights)
    fingers, codes = load(args.codes)
    vectors = histograms(codes, words) @ projection + offset
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = vectors @ vectors.T
    mean, variance = (np.array([f(scores[i, fingers != fingers[i]]) for i in range(len(fingers))])
                      for f in (np.mean, np.var))
    size = args.fingers_per_set
    print("fingers  persons  missed of mates when the best share is passed on, %")
    print(" " * 16 + "".join(f"{100 * share:9g}%" for share in SHARES))
    for together in (1, 2, 3, 4, 5, 6, 8, 10):
        ranks = []
        for first in range(0, fingers.max() + 1, size):
            own = [np.flatnonzero(fingers == first + f) for f in range(size)]
            for i in range(min(len(o) for o in own)):
                for j in range(i + 1, min(len(o) for o in own)):
                    mated = np.array([scores[o[i], o[j]] for o in own])
                    of = np.array([o[i] for o in own])
                    for start in range(size):
                        pick = (start + np.arange(together)) % size
                        spread = np.sqrt(variance[of][pick].sum())
                        z = (mated[pick].sum() - mean[of][pick].sum()) / spread
                        ranks.append(scipy.special.ndtr(-z))
        ranks = np.array(ranks)
        print(f"{together:7d}  {len(ranks):7d}" +
              "".join(f"{100 * np.mean(ranks > share):10.2f}" for share in SHARES))


if __name__ == "__main__":
    main()
