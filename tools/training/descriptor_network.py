"""The descriptor network: 48 x 48 samples around a minutia -> 128 values, whose signs are the code.

Symmetric InfoNCE (van den Oord et al., 2018) on the values and, straight through, on their signs;
negatives are the other points of the batch, some of the same finger. Trained on generated prints
only.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import quantise
from loop import folded, seeded
from stream import PATCH, Stream

SIDE, VALUES = 48, 128
SPACING = 1.0  # context pixels from sample to sample: kPatchSpacing in matchers/finger/context.h
LAYERS = [(5, 16, 2), (3, 32, 2), (3, 48, 1), (3, 64, 1), (3, 96, 2), (3, 128, 1)]
TEMPERATURE = 0.08
FINGERS, POINTS = 32, 10  # a batch
POOL = 384  # fingers to draw a batch from
FRESH = 1  # of them new at every step
IMPRESSIONS = 6


class DescriptorNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        inputs = 1
        for i, (side, outputs, stride) in enumerate(LAYERS):
            setattr(self, f'c{i}', nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False))
            setattr(self, f'n{i}', nn.BatchNorm2d(outputs))
            inputs = outputs
        self.linear = nn.Linear(inputs * 36, VALUES, bias=False)
        self.norm = nn.BatchNorm1d(VALUES, affine=False)

    def forward(self, x):
        for i in range(len(LAYERS)):
            x = F.relu(getattr(self, f'n{i}')(getattr(self, f'c{i}')(x)))
        return self.norm(self.linear(F.dropout(x.flatten(1), 0.1, self.training)).float())

    def float_layers(self):
        """As quantise.Layer, batch normalisation folded."""
        out = [
            quantise.Layer(*folded(getattr(self, f'c{i}'), getattr(self, f'n{i}')), stride)
            for i, (_, _, stride) in enumerate(LAYERS)
        ]
        weights, bias = folded(self.linear, self.norm)
        return out + [quantise.Layer(weights.reshape(VALUES, -1, 6, 6), bias, 1)]


def sampled(patches, turn, shift):
    """SIDE x SIDE samples of PATCH x PATCH, SPACING apart, turned and shifted (context pixels)."""
    n = len(patches)
    c, s = torch.cos(turn) * SPACING * SIDE / PATCH, torch.sin(turn) * SPACING * SIDE / PATCH
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1], theta[:, 0, 2] = c, s, shift[:, 0] * 2 / PATCH
    theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = -s, c, shift[:, 1] * 2 / PATCH
    grid = F.affine_grid(theta, (n, 1, SIDE, SIDE), align_corners=False)
    return F.grid_sample(patches, grid, align_corners=False)


class Batches:
    def __init__(self, program, seed, finger):
        self.stream = Stream(program, 'patches', seed, finger, IMPRESSIONS)
        self.finger = finger
        self.random = seeded(seed, finger)
        self.pool = []

    def fill(self):
        # A few fingers anew for every step: generating more would take the trainer's cores.
        wanted = max(2 * FINGERS, len(self.pool) + FRESH)
        while len(self.pool) < wanted:
            self.finger, records = next(self.stream)
            points = {}
            for at, point in enumerate(records['point']):
                points.setdefault(int(point), []).append(at)
            points = [v for v in points.values() if len(v) > 1]
            if len(points) < POINTS:
                continue
            self.pool.append((records, points))
        self.pool = self.pool[-POOL:]

    def next(self):
        self.fill()
        pairs = [[], []]
        for at in self.random.choice(len(self.pool), FINGERS, replace=False):
            records, points = self.pool[at]
            for k in self.random.choice(len(points), POINTS, replace=False):
                for side, i in enumerate(self.random.choice(points[k], 2, replace=False)):
                    pairs[side].append(records['patch'][i])
        patches = torch.from_numpy(np.stack(pairs[0] + pairs[1])[:, None].astype(np.float32)) / 48
        n = len(patches)
        wide = torch.rand(n) < 0.15  # an extractor's larger errors
        turn = torch.randn(n) * torch.where(wide, 0.15, 0.04)
        shift = torch.randn(n, 2) * torch.where(wide, 1.5, 0.4)[:, None]
        patches = sampled(patches, turn, shift)
        gain = torch.rand(n, 1, 1, 1) * 0.6 + 0.7
        return patches * gain + torch.randn(n, 1, 1, 1) * 0.1


def contrast(a, b):
    score = a @ b.t() / TEMPERATURE
    same = torch.arange(len(a), device=a.device)
    return 0.5 * (F.cross_entropy(score, same) + F.cross_entropy(score.t(), same))


def loss_of(network, batch):
    values = network(batch.to(memory_format=torch.channels_last))
    n = len(values) // 2
    unit = F.normalize(values)
    soft = torch.tanh(1.5 * values)
    code = (soft + (values.sign() - soft).detach()) / VALUES**0.5
    by_value, by_code = contrast(unit[:n], unit[n:]), contrast(code[:n], code[n:])
    return 0.6 * by_value + by_code, {'values': by_value, 'codes': by_code}
