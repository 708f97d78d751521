#!/usr/bin/env python3
"""Moves the finger vector's origin to the mean of real prints.

usage: centre_vector.py --codes REAL.codes --weights vector_weights.bin [--out FILE]

REAL.codes is what `distinct-image-codes DIR[@DPI]...` writes. The discriminants are fitted to
generated prints alone (fit_vector.py); real prints lie off their mean, all on one side, so that
strangers seem alike. Only the 128 numbers of the offset change: minus the mean projection of every
second finger, the first of each pair by the order of their names. Prints, for the other half, the
share of mated pairs whose reference is among the best 1 % and 0.1 % when that half's other fingers
compete (normal tail of each probe's non-mated scores), before and after. Needs numpy and scipy.
"""
import argparse

import numpy as np
import scipy.special

from fit_vector import DIMENSIONS, histograms, load

WORDS = 512


def read(path):
    raw = open(path, "rb").read()
    words = np.frombuffer(raw, "<f2", 128 * WORDS).reshape(128, WORDS).T.astype(np.float32) * 128
    at = 2 * 128 * WORDS
    projection = np.frombuffer(raw, "<f2", WORDS * DIMENSIONS, at).reshape(WORDS, DIMENSIONS)
    return raw, words, projection.astype(np.float32), np.frombuffer(raw[-4 * DIMENSIONS:], "<f4")


def misses(fingers, projected):
    vectors = projected / np.linalg.norm(projected, axis=1, keepdims=True)
    scores = vectors @ vectors.T
    shares = []
    for i, finger in enumerate(fingers):
        others = scores[i, fingers != finger]
        for j in range(i + 1, len(fingers)):
            if fingers[j] == finger:
                z = (scores[i, j] - others.mean()) / others.std()
                shares.append(scipy.special.ndtr(-z))
    shares = np.array(shares)
    return f"{100 * np.mean(shares > 0.01):.1f} % and {100 * np.mean(shares > 0.001):.1f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--codes", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out")
    args = parser.parse_args()
    raw, words, projection, offset = read(args.weights)
    fingers, codes = load(args.codes)
    projected = histograms(codes, words) @ projection
    fitted = fingers % 2 == 0
    moved = -projected[fitted].mean(0)
    print(f"{len(set(fingers.tolist()))} fingers, {len(codes)} templates, every second fitted")
    for name, to in (("before", offset), ("after", moved)):
        print(f"{name}: of the others' mates, missed in the best 1 % and 0.1 %: "
              f"{misses(fingers[~fitted], projected[~fitted] + to)}")
    if args.out:
        with open(args.out, "wb") as out:
            out.write(raw[:-4 * DIMENSIONS] + moved.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
