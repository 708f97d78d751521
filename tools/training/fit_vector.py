#!/usr/bin/env python3
"""Fits the fixed-length finger vector (matchers/finger/vector.h) to generated prints.

usage: fit_vector.py --data TRAIN.codes --gallery GALLERY.codes --out vector_weights.bin
                     [--probes PROBES.codes ...] [--words 512] [--seed 1]

Files are what `distinct-training-data codes` writes; --probes are only measured, never fitted to.

A code, as 128 numbers of +1 and -1, is compared with a vocabulary of words (spherical k-means;
Sivic and Zisserman, "Video Google", ICCV 2003): word w adds max(0, code . w / 128 - floor). The
sums over a print's minutiae, their roots taken and scaled to length 1, are projected by linear
discriminant analysis (Fisher 1936; within-finger scatter regularised by its mean) and scaled to
length 1 again. Two minutes on one core; needs numpy and scipy. Prints the share of mated pairs
whose reference is among the best 1 % when the gallery's fingers compete.
"""
import argparse

import numpy as np
import scipy.linalg

DIMENSIONS = 128
FLOOR = 0.2
REGULARISER = 1.0
ROUNDS, SAMPLE = 8, 30000  # of k-means
BLOCK = 200                # templates at a time, for memory


def load(path):
    raw = open(path, "rb").read()
    fingers, codes, at = [], [], 0
    while at < len(raw):
        finger, count = np.frombuffer(raw, "<i4", 2, at)
        bits = np.unpackbits(np.frombuffer(raw, np.uint8, 16 * count, at + 8).reshape(count, 16),
                             axis=1, bitorder="little")
        fingers.append(int(finger))
        codes.append(bits.astype(np.float32) * 2 - 1)
        at += 8 + 16 * count
    return np.array(fingers), codes


def vocabulary(codes, words, rng):
    every = np.concatenate(codes)
    centres = every[rng.choice(len(every), words, replace=False)].copy()
    for _ in range(ROUNDS):
        sample = every[rng.choice(len(every), min(len(every), SAMPLE), replace=False)]
        nearest = (sample @ centres.T).argmax(1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, sample)
        seen = np.bincount(nearest, minlength=words) > 0
        centres = np.where(seen[:, None], sums, centres)
        centres *= np.sqrt(128) / np.linalg.norm(centres, axis=1, keepdims=True)
    return centres.astype(np.float16).astype(np.float32)  # as they will be stored


def histograms(codes, words):
    out = np.zeros((len(codes), len(words)), np.float32)
    for start in range(0, len(codes), BLOCK):
        block = codes[start:start + BLOCK]
        votes = np.maximum(np.concatenate(block) @ words.T / 128 - FLOOR, 0)
        at = 0
        for i, code in enumerate(block):
            out[start + i] = votes[at:at + len(code)].sum(0)
            at += len(code)
    out = np.sqrt(out)
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def discriminants(fingers, data):
    centred = data - data.mean(0)
    within = np.zeros((data.shape[1],) * 2)
    for finger in np.unique(fingers):
        own = centred[fingers == finger]
        own = own - own.mean(0)
        within += own.T @ own
    within /= len(data)
    size = len(within)
    within += REGULARISER * np.trace(within) / size * np.eye(size)
    vectors = scipy.linalg.eigh(centred.T @ centred / len(data), within)[1]
    return vectors[:, ::-1][:, :DIMENSIONS].astype(np.float16).astype(np.float32)


def passes(project, gallery, fingers, probes, share=0.01):
    others, own = project(gallery), project(probes)
    limit = np.quantile(own @ others.T, 1 - share, axis=1)
    mated = own @ own.T
    ok = [mated[i, j] > limit[i] for i in range(len(fingers)) for j in range(i + 1, len(fingers))
          if fingers[i] == fingers[j]]
    return np.mean(ok), len(ok)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--gallery", required=True)
    parser.add_argument("--probes", nargs="*", default=[])
    parser.add_argument("--out", required=True)
    parser.add_argument("--words", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    fingers, codes = load(args.data)
    words = vocabulary(codes, args.words, np.random.default_rng(args.seed))
    data = histograms(codes, words)
    mean = data.mean(0)
    projection = discriminants(fingers, data)
    print(f"{len(set(fingers.tolist()))} fingers, {len(codes)} templates, {args.words} words")

    def project(rows):
        out = (rows - mean) @ projection
        return out / np.linalg.norm(out, axis=1, keepdims=True)

    gallery = histograms(load(args.gallery)[1], words)
    for path in args.probes:
        owner, probes = load(path)
        share, pairs = passes(project, gallery, owner, histograms(probes, words))
        print(f"{path}: {100 * share:.2f} % of {pairs} mated pairs pass 1 % of {len(gallery)}")
    with open(args.out, "wb") as out:
        out.write((words / 128).T.astype("<f2").tobytes())               # [code bit][word]
        out.write(projection.astype("<f2").tobytes())                    # [word][dimension]
        out.write((-mean @ projection).astype("<f4").tobytes())          # [dimension]


if __name__ == "__main__":
    main()
