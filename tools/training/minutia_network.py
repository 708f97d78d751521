"""The minutia network: from the context of a print to its minutiae, finger area and ridges.

  context 250 dpi -> 1/2 -> 1/4 (cells of 8 px at 500 dpi) -> 1/8 -> back to 1/4: the head
                                                                -> back to 1/2: ridges, in training

Head: presence, x and y in the cell, cosine and sine of the direction, bifurcation, finger. Presence
after Zhou et al., "Objects as points", 2019. Trained on generated prints only, whose minutiae are
known exactly.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import quantise
from loop import folded, seeded
from stream import Stream

CELL = 4  # context pixels a cell
CROP_HEIGHT, CROP_WIDTH = 160, 144
BATCH = 8
SHUFFLED = 512  # pictures to draw a batch from
PRESENCE, DX, DY, COSINE, SINE, BIFURCATION, FINGER = range(7)
SIGMA_CELLS = 0.6


class Layer(nn.Sequential):
    def __init__(self, inputs, outputs, side, stride=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class MinutiaNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2, self.c3 = Layer(1, 16, 5), Layer(16, 32, 3, 2), Layer(32, 32, 3)
        self.c4, self.c5 = Layer(32, 48, 3, 2), Layer(48, 48, 3)
        self.c6, self.c7, self.c8 = Layer(48, 64, 3, 2), Layer(64, 64, 3), Layer(64, 64, 3)
        self.p, self.u = Layer(64, 32, 1), Layer(80, 48, 3)
        self.h1, self.h2 = Layer(48, 48, 3), nn.Conv2d(48, 16, 1)
        self.r0, self.r1, self.r2 = (
            Layer(48, 16, 1),
            Layer(48, 32, 3),
            nn.Conv2d(32, 4, 3, padding=1),
        )
        nn.init.constant_(self.h2.bias, 0.0)
        with torch.no_grad():
            self.h2.bias[PRESENCE] = -4.0  # one cell in fifty holds a minutia

    def forward(self, x):
        twice = lambda t: F.interpolate(t, scale_factor=2, mode='nearest')
        fine = self.c3(self.c2(self.c1(x)))
        middle = self.c5(self.c4(fine))
        wide = self.p(self.c8(self.c7(self.c6(middle))))
        cells = self.u(torch.cat([middle, twice(wide)], 1))
        head = self.h2(self.h1(cells))
        ridge = self.r2(self.r1(torch.cat([fine, twice(self.r0(cells))], 1)))
        return head.float(), F.pixel_shuffle(ridge, 2).float()

    LAYERS = ('c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'p', 'u', 'h1', 'h2')

    def integer_layers(self, contexts):
        """What finds minutiae, as quantise.IntegerLayer; `contexts` [n][H][W] calibrate."""
        largest = {}
        hooks = [
            getattr(self, name).register_forward_pre_hook(
                lambda module, inputs, name=name: largest.setdefault(name, []).append(
                    np.quantile(inputs[0].numpy().ravel()[::7], 0.9999)
                )
            )
            for name in self.LAYERS
        ]
        with torch.no_grad():
            for context in contexts:
                self(context[None, None])
        for hook in hooks:
            hook.remove()
        scale = {name: np.float32(max(values) / quantise.MOST) for name, values in largest.items()}
        scale['c1'] = quantise.INPUT_SCALE
        scale['c6'] = scale['u'] = max(scale['c6'], scale['u'])  # both read c5
        for name in self.LAYERS:
            layer = getattr(self, name)
            if name == 'h2':
                weights, bias, stride = (
                    layer.weight.detach().numpy(),
                    layer.bias.detach().numpy(),
                    1,
                )
            else:
                weights, bias = folded(layer[0], layer[1])
                stride = layer[0].stride[0]
            integers, weight_scale = quantise.quantised_weights(weights)
            yield quantise.IntegerLayer(scale[name], integers, weight_scale, bias, stride)


def targets(minutiae, left, top):
    """Head targets of one crop: [7][cells] and the weight of place, direction and type."""
    rows, columns = CROP_HEIGHT // CELL, CROP_WIDTH // CELL
    out = np.zeros((6, rows, columns), np.float32)
    near = np.zeros((rows, columns), np.float32)
    for x_px, y_px, angle, kind in minutiae:
        x = ((x_px + 0.5) / 2 - 0.5 - left + 0.5) / CELL - 0.5  # in cells
        y = ((y_px + 0.5) / 2 - 0.5 - top + 0.5) / CELL - 0.5
        if not (-0.5 <= x < columns - 0.5 and -0.5 <= y < rows - 0.5):
            continue
        for j in range(max(0, int(y) - 1), min(rows, int(y) + 3)):
            for i in range(max(0, int(x) - 1), min(columns, int(x) + 3)):
                g = np.exp(-((x - i) ** 2 + (y - j) ** 2) / (2 * SIGMA_CELLS**2))
                if abs(x - i) <= 0.5 and abs(y - j) <= 0.5:
                    g = 1.0
                if g > near[j, i]:
                    near[j, i] = g
                    out[:, j, i] = g, x - i, y - j, np.cos(angle), np.sin(angle), kind == 2
    return out, (near > 0.3).astype(np.float32)


class Batches:
    def __init__(self, program, seed, finger):
        self.stream = Stream(program, 'pictures', seed, finger, 8)
        self.finger, self.held = finger, []
        self.random = seeded(seed, finger)

    def one(self):
        while len(self.held) < SHUFFLED:
            self.finger, picture = next(self.stream)
            self.held.append(picture)
        at = self.random.integers(len(self.held))
        self.held[at], self.held[-1] = self.held[-1], self.held[at]
        context, ridge, mask, minutiae = self.held.pop()
        minutiae = minutiae.copy()
        height, width = context.shape
        if self.random.random() < 0.5:  # the other hand
            context, ridge, mask = context[:, ::-1], ridge[:, ::-1], mask[:, ::-1]
            minutiae[:, 0] = 2 * width - 1 - minutiae[:, 0]
            minutiae[:, 2] = np.pi - minutiae[:, 2]
        if self.random.random() < 0.5:
            context, ridge, mask = context[::-1], ridge[::-1], mask[::-1]
            minutiae[:, 1] = 2 * height - 1 - minutiae[:, 1]
            minutiae[:, 2] = -minutiae[:, 2]
        top = self.random.integers(height - CROP_HEIGHT + 1)
        left = self.random.integers(width - CROP_WIDTH + 1)
        crop = lambda a: a[top : top + CROP_HEIGHT, left : left + CROP_WIDTH].astype(np.float32)
        head, weight = targets(minutiae, left, top)
        gain = self.random.uniform(0.75, 1.25)
        return crop(context) / 48 * gain, crop(ridge), crop(mask) / 255, head, weight

    def next(self):
        return [
            torch.from_numpy(np.stack(parts)) for parts in zip(*(self.one() for _ in range(BATCH)))
        ]


def loss_of(network, batch):
    context, ridge, mask, head, weight = batch
    answer, drawn = network(context[:, None].to(memory_format=torch.channels_last))
    finger = F.avg_pool2d(mask[:, None], CELL)[:, 0]
    logit, target = answer[:, PRESENCE], head[:, PRESENCE]
    p = torch.sigmoid(logit)
    at_place = (target >= 0.999).float()
    presence = -(
        at_place * (1 - p) ** 2 * F.logsigmoid(logit)
        + (1 - at_place) * (1 - target) ** 4 * p**2 * F.logsigmoid(-logit)
    ).sum() / at_place.sum().clamp(min=1)
    count = weight.sum().clamp(min=1)
    place = ((answer[:, [DX, DY]] - head[:, 1:3]).abs().sum(1) * weight).sum() / count
    turn = ((answer[:, [COSINE, SINE]] - head[:, 3:5]) ** 2).sum(1)
    turn = (turn * weight).sum() / count
    kind = (
        F.binary_cross_entropy_with_logits(answer[:, BIFURCATION], head[:, 5], reduction='none')
        * weight
    ).sum() / count
    area = F.binary_cross_entropy_with_logits(answer[:, FINGER], finger)
    sure = mask * (ridge.abs() / 40).clamp(max=1)
    lines = (
        F.binary_cross_entropy_with_logits(drawn[:, 0], (ridge > 0).float(), reduction='none')
        * sure
    ).sum() / sure.sum().clamp(min=1)
    loss = presence + 0.5 * place + turn + 0.2 * kind + area + 2 * lines
    return loss, {
        'presence': presence,
        'place': place,
        'turn': turn,
        'kind': kind,
        'area': area,
        'ridges': lines,
    }
