"""Trains one of the fingerprint networks on generated prints and writes its integers.

The order matters: the descriptor network learns on what the extractor finds, so train `minutiae`
first, build, then train `descriptors`, build, then fit the vector (fit_vector.py) and the score
(tools/calibration/fit_finger.py).
A run of the default length takes 60 to 90 minutes on two cores; a GPU is used where there is one.
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

import descriptor_network
import loop
import minutia_network
import quantise

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, 'tests', 'golden', 'descriptor')
CHECK_STEPS = 40


class Minutiae:
    steps, peak, file = 8000, 2e-3, 'minutia_weights.bin'
    network, batches, loss_of = (
        minutia_network.MinutiaNetwork,
        minutia_network.Batches,
        staticmethod(minutia_network.loss_of),
    )

    @staticmethod
    def write_golden(network, layers, out):
        """Its test measures what it finds instead."""

    @staticmethod
    def integers(network, program, seed):
        batches = minutia_network.Batches(program, seed, 0)
        contexts = [batches.one()[0].copy() for _ in range(64)]
        batches.stream.close()
        return list(network.integer_layers([torch.from_numpy(context) for context in contexts]))


class Descriptors:
    steps, peak, file = 9500, 3e-3, 'descriptor_weights.bin'
    network, batches, loss_of = (
        descriptor_network.DescriptorNetwork,
        descriptor_network.Batches,
        staticmethod(descriptor_network.loss_of),
    )

    @staticmethod
    def integers(network, program, seed):
        batches = descriptor_network.Batches(program, seed, 0)
        patches = [batches.next().numpy() for _ in range(6)]
        batches.stream.close()
        patches = np.concatenate(patches)[:, 0].clip(-2.5, 2.5)
        return quantise.quantised_layers(
            network.float_layers(), np.rint(patches * 48).astype(np.int8)
        )

    @staticmethod
    def write_golden(network, layers, out):
        """The values of the test's patches, by the network and by its integers."""
        patches = np.fromfile(os.path.join(GOLDEN, 'patches.i8'), np.int8).reshape(-1, 48, 48)
        floats = torch.from_numpy(patches[:, None].astype(np.float32) / quantise.PATCH_UNITS)
        with torch.no_grad():
            values = network(floats).numpy()
        values.astype('<f4').tofile(os.path.join(out, 'values.f32'))
        integers = quantise.integer_values(layers, patches)
        integers.astype('<f4').tofile(os.path.join(out, 'quantised_values.f32'))


KINDS = {'minutiae': Minutiae, 'descriptors': Descriptors}


def generator_version():
    """What makes the prints: the tree that git has of tools/synthesis, and if it was changed."""
    tree = subprocess.run(
        ['git', '-C', ROOT, 'rev-parse', 'HEAD:tools/synthesis'], capture_output=True, text=True
    )
    changed = subprocess.run(
        ['git', '-C', ROOT, 'status', '--porcelain', 'tools/synthesis'],
        capture_output=True,
        text=True,
    )
    return tree.stdout.strip() + (' and changes' if changed.stdout.strip() else '')


def thinned(history):
    """Of the curve some forty entries and the last."""
    curve = history['curve']
    kept = list(range(0, len(curve), max(1, len(curve) // 40)))
    if curve and kept[-1] != len(curve) - 1:
        kept.append(len(curve) - 1)
    return {**history, 'curve': [curve[i] for i in kept]}


def run(kind, program, seed, steps, out, resume):
    torch.manual_seed(seed)
    network = kind.network()
    history = loop.train(
        network,
        lambda finger: kind.batches(program, seed, finger),
        kind.loss_of,
        steps,
        kind.peak,
        out,
        resume,
    )
    layers = kind.integers(network.cpu(), program, seed + 1)
    kind.write_golden(network, layers, out)
    weights = quantise.packed(layers)
    with open(os.path.join(out, kind.file), 'wb') as file:
        file.write(weights)
    provenance = {
        'weights_sha256': hashlib.sha256(weights).hexdigest(),
        'generator': generator_version(),
        'seed': seed,
        'steps': steps,
        'torch': torch.__version__,
        **thinned(history),
    }
    with open(os.path.join(out, kind.file.replace('.bin', '.json')), 'w') as file:
        json.dump(provenance, file, indent=1)
        file.write('\n')
    return history['curve']


def check(program):
    """A short run of each network, interrupted and resumed: every part works, the loss falls."""
    loop.REPORT_STEPS = 10
    for name, kind in KINDS.items():
        with tempfile.TemporaryDirectory() as out:
            run(kind, program, 1, CHECK_STEPS // 2, out, False)
            curve = run(kind, program, 1, CHECK_STEPS, out, True)
            first, last = (
                sum(v for k, v in entry.items() if k != 'step') for entry in (curve[0], curve[-1])
            )
            if not last < 0.95 * first:
                sys.exit(f'{name}: the loss went from {first:.2f} to {last:.2f}; it should fall')
            size = os.path.getsize(os.path.join(out, kind.file))
            print(f'{name}: loss {first:.2f} -> {last:.2f}, {size} bytes')


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('network', nargs='?', choices=sorted(KINDS))
    parser.add_argument('--out', help='folder for checkpoints, weights and their provenance')
    parser.add_argument('--seed', type=int, default=1, help='world of generated people')
    parser.add_argument('--steps', type=int, help='default: 8000, of descriptors 9500')
    parser.add_argument(
        '--threads',
        type=int,
        default=max(1, (os.cpu_count() or 2) - 1),
        help='of the trainer; the generator takes about as much as is left',
    )
    parser.add_argument('--resume', action='store_true', help='go on from the checkpoint in --out')
    parser.add_argument(
        '--check', action='store_true', help='only prove that training works: four minutes'
    )
    parser.add_argument(
        '--program', default=os.path.join(ROOT, 'build/release/bin/distinct-training-data')
    )
    args = parser.parse_args()
    if not os.path.exists(args.program):
        sys.exit(
            f'{args.program} is not there; build first: tools/run, or '
            'ninja -C build/release distinct-training-data'
        )
    torch.set_num_threads(args.threads)
    if args.check:
        return check(args.program)
    if args.network is None or args.out is None:
        parser.error('say which network and --out')
    kind = KINDS[args.network]
    run(kind, args.program, args.seed, args.steps or kind.steps, args.out, args.resume)
    provenance = kind.file.replace('.bin', '.json')
    print(
        f'{args.out}: copy {kind.file} and {provenance} to matchers/finger, any values to '
        f'{GOLDEN}, and build'
    )


if __name__ == '__main__':
    main()
