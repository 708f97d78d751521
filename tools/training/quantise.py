"""Turns a trained float network into integers: what matchers/finger/quantised_network.h reads.

Weights get a scale an output, by the largest (clipping some of them, or moving the biases by the
mean error, changes 0.05 % of the code bits at most). Activations get a scale a layer: by the
largest seen, a high quantile, or the least squared error, whichever keeps more code bits of the
second half of the patches. Half a minute on one core.
"""
import struct
from typing import NamedTuple

import numpy as np

PATCH_UNITS = 48                 # of int8 in a unit of normalised grey
INPUT_SCALE = np.float32(1 / 25)   # normalised grey, +-2.5, fills +-63
SIGNED_ZERO = 64                 # layer 0's input: real = INPUT_SCALE * (q - SIGNED_ZERO)
MOST = 127
BLOCK = 250                      # patches at a time, for memory


class Layer(NamedTuple):
    weights: np.ndarray          # [out][in][row][column]
    bias: np.ndarray             # [out]
    stride: int


class IntegerLayer(NamedTuple):
    input_scale: np.float32
    weights: np.ndarray          # int8 [out][in][row][column]
    weight_scale: np.ndarray     # float32 [out]
    bias: np.ndarray             # float32 [out], in real units
    stride: int


def convolved(x, weights, stride, zero=0):
    """[n][row][column][in] -> [n][row][column][out], padded by half a window unless the window is
    the whole picture."""
    side = weights.shape[2]
    if side < x.shape[1]:
        x = np.pad(x, ((0, 0), (side // 2,) * 2, (side // 2,) * 2, (0, 0)), constant_values=zero)
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    flat = windows.reshape(-1, weights[0].size)  # channel, row, column
    out = flat @ weights.reshape(len(weights), -1).T.astype(x.dtype)
    return out.reshape(*windows.shape[:3], len(weights))


def blocks(patches):
    return (patches[at:at + BLOCK] for at in range(0, len(patches), BLOCK))


def float_inputs(layers, patches):
    """What each layer reads, and last the network's values."""
    x = patches.astype(np.float32)[..., None] / PATCH_UNITS
    out = []
    for i, layer in enumerate(layers):
        out.append(x)
        x = convolved(x, layer.weights, layer.stride) + layer.bias
        if i + 1 < len(layers):
            x = np.maximum(x, 0)
    return out + [x.reshape(len(x), -1)]


def float_values(layers, patches):
    return np.concatenate([float_inputs(layers, block)[-1] for block in blocks(patches)])


def epilogue(layers, i):
    """float32 scale and bias by which layer i's sums become its reader's activations, or values."""
    layer = layers[i]
    reader = 1.0 if i + 1 == len(layers) else float(layers[i + 1].input_scale)
    scale = float(layer.input_scale) * layer.weight_scale.astype(np.float64)
    bias = layer.bias.astype(np.float64)
    if i == 0:
        bias = bias - SIGNED_ZERO * layer.weights.astype(np.int64).sum((1, 2, 3)) * scale
    return (scale / reader).astype(np.float32), (bias / reader).astype(np.float32)


def quantised_patches(patches):
    return np.clip(SIGNED_ZERO + np.rint(patches.astype(np.float64) * 25 / PATCH_UNITS), 0, MOST)


def integer_inputs(layers, patches):
    """As float_inputs(), by the integers: activations as the kernel computes them. Sums are exact
    in float64; the fused multiply-add is computed in float64 and rounded once more."""
    x = quantised_patches(patches)[..., None]
    out = []
    for i, layer in enumerate(layers):
        out.append(x)
        sums = convolved(x, layer.weights, layer.stride, SIGNED_ZERO if i == 0 else 0)
        scale, bias = epilogue(layers, i)
        x = (sums.astype(np.float32).astype(np.float64) * scale + bias).astype(np.float32)
        if i + 1 < len(layers):
            x = np.clip(np.rint(x), 0, MOST).astype(np.float64)
    return out + [x.reshape(len(x), -1)]


def integer_values(layers, patches):
    return np.concatenate([integer_inputs(layers, block)[-1] for block in blocks(patches)])


def quantised_weights(weights):
    """int8 weights and float32 [out] scales."""
    largest = np.maximum(np.abs(weights).max((1, 2, 3)), 1e-12)
    scale = (largest / MOST).astype(np.float32)
    return np.rint(weights / scale[:, None, None, None]).astype(np.int8), scale


def clip_of_least_error(values):
    """The largest value to represent: of 16, the one with the least squared error in 7 bits."""
    largest = values.max()
    def error(clip):
        scale = clip / MOST
        return ((np.clip(np.rint(values / scale), 0, MOST) * scale - values) ** 2).sum()
    return min((largest * k / 16 for k in range(1, 17)), key=error)


CLIPS = {
    "largest": lambda values: values.max(),
    "quantile": lambda values: np.quantile(values, 0.9999),
    "least error": clip_of_least_error,
}


def agreement(wanted, got):
    """Share of the code bits that are equal."""
    return ((wanted > 0) == (got > 0)).mean()


def quantised_layers(layers, patches):
    """IntegerLayers; the first half of the patches calibrates, the second chooses."""
    half = len(patches) // 2
    seen = [np.concatenate(parts) for parts in
            zip(*([x.ravel()[::23] for x in float_inputs(layers, block)[:-1]]
                  for block in blocks(patches[:half])))]
    weights = [quantised_weights(layer.weights) for layer in layers]
    wanted = float_values(layers, patches[half:])
    best, most = None, -1.0
    for name, clip in CLIPS.items():
        scales = [INPUT_SCALE] + [np.float32(clip(values) / MOST) for values in seen[1:]]
        candidate = [IntegerLayer(scale, w, weight_scale, layer.bias, layer.stride)
                     for scale, (w, weight_scale), layer in zip(scales, weights, layers)]
        equal = agreement(wanted, integer_values(candidate, patches[half:]))
        print(f"{name}: {100 * equal:.3f} % of the code bits equal")
        if equal > most:
            best, most = candidate, equal
    return best


def packed(layers):
    """The file's bytes: quantised_network.h says what stands where."""
    out = [b"DQN1", struct.pack("<I", len(layers))]
    for layer in layers:
        outputs, inputs, side, _ = layer.weights.shape
        out.append(struct.pack("<4If", inputs, outputs, side, layer.stride, layer.input_scale))
        out += [layer.weights.astype("<i1").tobytes(), layer.weight_scale.astype("<f4").tobytes(),
                layer.bias.astype("<f4").tobytes()]
    return b"".join(out)
