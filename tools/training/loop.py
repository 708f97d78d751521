"""One training run: steps with a warm-up and a cosine, checkpoints, resumption, a curve."""
import json
import math
import os
import time

import numpy as np
import torch

WARM_UP_STEPS = 100
CHECKPOINT_SECONDS = 300
REPORT_STEPS = 100


def device():
    return torch.device('cuda' if torch.cuda.is_available() else 'cpu')


def optimizer_of(network, peak):
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() <= 1]
    return torch.optim.AdamW(
        [{'params': matrices, 'weight_decay': 1e-3}, {'params': vectors, 'weight_decay': 0.0}],
        lr=peak,
    )


def rate_at(step, steps, peak):
    return (
        peak * min(1.0, (step + 1) / WARM_UP_STEPS) * 0.5 * (1 + math.cos(math.pi * step / steps))
        + 1e-6
    )


def train(network, batches, loss_of, steps, peak, folder, resume):
    """Trains `network` in place. `batches(finger)` begins a source at that finger: an object with
    next() -> batch and .finger; `loss_of(network, batch)` -> (loss, {name: value}). Returns the
    run's history: its curve, its minutes over all resumptions, and its plans: from which step on
    the rate fell towards how many steps; a run resumed with another length has several.
    """
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, 'checkpoint.pt')
    network.to(device(), memory_format=torch.channels_last)
    optimizer = optimizer_of(network, peak)
    step, finger, curve, plans, minutes = 0, 0, [], [], 0.0
    if resume and os.path.exists(path):
        state = torch.load(path, map_location=device())
        network.load_state_dict(state['network'])
        optimizer.load_state_dict(state['optimizer'])
        step, finger, curve = state['step'], state['finger'], state['curve']
        plans, minutes = state['plans'], state['minutes']
        print(f'resumed at step {step}', flush=True)

    if not plans or plans[-1]['steps'] != steps:
        plans.append({'from_step': step, 'steps': steps})

    def history():
        return {
            'curve': curve,
            'plans': plans,
            'minutes': round(minutes + (time.time() - began) / 60, 1),
        }

    def save():
        torch.save(
            {
                'network': network.state_dict(),
                'optimizer': optimizer.state_dict(),
                'step': step,
                'finger': source.finger,
                **history(),
            },
            path + '.new',
        )
        os.replace(path + '.new', path)

    torch.manual_seed(step)
    source = batches(finger)
    network.train()
    began, saved, sums, first = time.time(), time.time(), {}, step
    while step < steps:
        for group in optimizer.param_groups:
            group['lr'] = rate_at(step, steps, peak)
        batch = source.next()
        with torch.autocast(device().type, dtype=torch.bfloat16):
            loss, parts = loss_of(network, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        step += 1
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value) / REPORT_STEPS
        if step % REPORT_STEPS == 0:
            entry = {'step': step, **{k: round(v, 4) for k, v in sums.items()}}
            sums = {}
            curve.append(entry)
            each = (time.time() - began) / (step - first)
            print(
                json.dumps(entry),
                f'{each * 1e3:.0f} ms a step, {each * (steps - step) / 60:.0f} min left',
                flush=True,
            )
        if time.time() - saved > CHECKPOINT_SECONDS:
            saved = time.time()
            save()
    save()
    network.eval()
    return history()


def folded(convolution, norm):
    """Weights and biases of a convolution (or linear layer) followed by batch normalisation."""
    scale = 1.0 / torch.sqrt(norm.running_var + norm.eps)
    bias = -norm.running_mean * scale
    if norm.affine:
        bias = bias * norm.weight + norm.bias
        scale = scale * norm.weight
    weight = convolution.weight * scale.reshape(-1, *([1] * (convolution.weight.dim() - 1)))
    return weight.detach().float().cpu().numpy(), bias.detach().float().cpu().numpy()


def seeded(*parts):
    return np.random.default_rng(parts)
