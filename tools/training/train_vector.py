#!/usr/bin/env python3
"""Trains the fixed-length finger vector of matchers/finger/vector.cc on generated prints.

usage: train_vector.py --data TRAIN.codes --gallery GALLERY.codes --out vector_weights.bin
       [--minutes 15] [--probes PROBES.codes ...]

Files are what distinct-finger-codes writes; --probes are only measured, never trained on.

Network (Zaheer et al., "Deep sets", NeurIPS 2017): every code, as 128 numbers of +1 and -1, passes
a linear layer with ReLU; the answers are summed over the minutiae, pass a second linear layer and
are scaled to length 1. Trained with symmetric InfoNCE on two impressions of each finger of a batch;
minutiae are dropped at random, as partial contact drops them.

Measured: share of mated pairs whose reference is among the best 1 % when the gallery's other
fingers compete.
"""
import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F

HIDDEN = 512
DIMENSIONS = 128
TEMPERATURE = 0.06
BATCH_FINGERS = 384
DROP_MAX = 0.5


def load(path):
    raw = open(path, "rb").read()
    fingers, codes, at = [], [], 0
    while at < len(raw):
        finger, count = np.frombuffer(raw, "<i4", 2, at)
        bits = np.unpackbits(np.frombuffer(raw, np.uint8, 16 * count, at + 8).reshape(count, 16),
                             axis=1, bitorder="little")
        fingers.append(int(finger))
        codes.append(torch.from_numpy(bits.astype(np.float32) * 2 - 1))
        at += 8 + 16 * count
    return fingers, codes


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.each = torch.nn.Linear(128, HIDDEN)
        self.all = torch.nn.Linear(HIDDEN, DIMENSIONS)

    def forward(self, codes):  # a list of [count, 128]
        counts = torch.tensor([len(c) for c in codes])
        hidden = F.relu(self.each(torch.cat(codes)))
        owner = torch.repeat_interleave(torch.arange(len(codes)), counts)
        total = torch.zeros(len(codes), HIDDEN).index_add_(0, owner, hidden)
        return F.normalize(self.all(total / counts[:, None].sqrt()))


def passes(network, gallery, fingers, codes, share=0.01):
    """Share of mated pairs that pass at the given penetration."""
    with torch.no_grad():
        others = network(gallery)
        own = network(codes)
        beaten = own @ others.t()
        limit = torch.quantile(beaten, 1 - share, dim=1)
        mated = own @ own.t()
    ok = total = 0
    for i, a in enumerate(fingers):
        for j in range(i + 1, len(fingers)):
            if fingers[j] == a:
                total += 1
                ok += int(mated[i, j] > limit[i])
    return ok / total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--gallery", required=True)
    parser.add_argument("--probes", nargs="*", default=[])
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    fingers, codes = load(args.data)
    by_finger = {}
    for i, finger in enumerate(fingers):
        by_finger.setdefault(finger, []).append(i)
    groups = [g for g in by_finger.values() if len(g) >= 2]
    gallery = load(args.gallery)[1]
    probes = {path: load(path) for path in args.probes}
    print(f"{len(groups)} fingers, {len(codes)} templates, gallery {len(gallery)}", flush=True)

    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)

    def thinned(i):
        c = codes[i]
        keep = torch.rand(len(c)) > rng.uniform(0, DROP_MAX)
        return c[keep] if keep.sum() >= 4 else c

    start, step = time.time(), 0
    while True:
        done = (time.time() - start) / (60 * args.minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 30) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
        a, b = [], []
        for g in rng.choice(len(groups), min(BATCH_FINGERS, len(groups)), replace=False):
            i, j = rng.choice(groups[g], 2, replace=False)
            a.append(thinned(i))
            b.append(thinned(j))
        both = network(a + b)
        logits = both[:len(a)] @ both[len(a):].t() / TEMPERATURE
        target = torch.arange(len(a))
        loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)) / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        if step % 100 == 0:
            rates = [f"{path}: {passes(network, gallery, *p):.4f}" for path, p in probes.items()]
            print(f"{time.time() - start:6.0f} s step {step} loss {loss.item():.3f}", *rates,
                  flush=True)
    for path, p in probes.items():
        print(f"final {path}: {passes(network, gallery, *p):.4f} at penetration 1 %")
    with open(args.out, "wb") as out:
        for layer in (network.each, network.all):
            out.write(layer.weight.detach().numpy().T.astype("<f2").tobytes())  # [in][out]
            out.write(layer.bias.detach().numpy().astype("<f4").tobytes())


if __name__ == "__main__":
    main()
