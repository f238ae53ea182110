"""What the figures of the part "backprop" should say, computed here."""

import re

import numpy as np
import pytest

from dlbook.autograd import Value
from dlbook.data import (
    load_digits,
    standardize,
    stratified_split,
)


def walk_back(labels, figure):
    """Compare what is shown at the end with the gradients that the engine computes."""
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    f = (a * b + c) * a
    f.backward()
    step, last = map(int, labels[0].split(" of "))
    texts = [
        text.replace("−", "-").removeprefix("grad ")
        for text in figure.locator('[data-part^="grad-"]').all_text_contents()
        if text
    ]
    if step == 0:
        assert texts == []
    if step == last:
        assert sorted(map(float, texts)) == sorted(node.grad for node in f.graph())


def network(labels, figure):
    """Compare the slopes shown at the end with those that nudging finds."""
    step, last = map(int, labels[0].split(" of "))
    shown = {
        part.get_attribute("data-part"): part.text_content().replace("−", "-")
        for part in figure.locator('[data-part^="slope "]').all()
    }
    if step == 0:
        assert not any(shown.values())
    if step < last:
        return
    weights = [[2.0, -1.0, 0.0], [1.0, 1.0, -1.0], [3.0, -2.0, 0.0]]  # bias last

    def loss(h, unit, k):
        nudged = np.array(weights)
        nudged[unit, k] += h
        hidden = 1 / (1 + np.exp(-nudged[:2] @ [1.0, 2.0, 1.0]))
        answer = 1 / (1 + np.exp(-nudged[2] @ [*hidden, 1.0]))
        return (answer - 1.0) ** 2 / 2

    for unit, name in enumerate(("hidden 1", "hidden 2", "output")):
        for k in range(2):
            slope = (loss(1e-5, unit, k) - loss(-1e-5, unit, k)) / 2e-5
            text = shown[f"slope {name} {k + 1}"].removeprefix("∂ ")
            np.testing.assert_allclose(float(text), slope, rtol=1e-3)


def learning_at_a_rate(labels, figure):
    """Train again by explicit formulas, without layers, optimizers or a loop of fit."""
    rng = np.random.default_rng(0)
    rest, _ = stratified_split(load_digits(), rng=rng)
    training, validation = stratified_split(rest, rng=rng)
    training, held_out = standardize(training, validation)
    rule, rate = labels[0], float(labels[1])
    rng = np.random.default_rng(0)
    weights = []
    for fan_in, fan_out in ((64, 32), (32, 10)):
        bound = 1 / np.sqrt(fan_in)
        for shape in ((fan_out, fan_in), (fan_out,)):
            weights.append(rng.uniform(-bound, bound, shape).astype(np.float32))
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    step, losses = 0, []
    with np.errstate(all="ignore"):
        for _ in range(12):
            order, total = rng.permutation(len(training)), 0.0
            for start in range(0, len(order), 32):
                chosen = order[start : start + 32]
                x, y = training.inputs[chosen], training.targets[chosen]
                hidden = np.maximum(x @ weights[0].T + weights[1], 0)
                scores = hidden @ weights[2].T + weights[3]
                p = scores - scores.max(axis=1, keepdims=True)
                p -= np.log(np.exp(p).sum(axis=1, keepdims=True))
                total -= p[np.arange(len(y)), y].sum()
                delta = (np.exp(p) - np.eye(10, dtype=np.float32)[y]) / len(y)
                below = (delta @ weights[2]) * (hidden > 0)
                step += 1
                grads = (below.T @ x, below.sum(0), delta.T @ hidden, delta.sum(0))
                for w, g, m, v in zip(weights, grads, means, squares, strict=True):
                    if rule == "Adam":
                        m += 0.1 * (g - m)
                        v += 0.001 * (g * g - v)
                        root = np.sqrt(v / (1 - 0.999**step)) + 1e-8
                        g = m / (1 - 0.9**step) / root
                    w -= rate * g
            losses.append(total / len(order))
    said = figure.locator(".dlbook-says").inner_text()
    assert said.startswith(f"{rule}, {labels[1]}: ")
    loss, share = re.search(r"loss ([\d.e+-]+) in .* ([\d.]+)% of", said).groups()
    hidden = np.maximum(held_out.inputs @ weights[0].T + weights[1], 0)
    right = (hidden @ weights[2].T + weights[3]).argmax(1) == held_out.targets
    if rate <= 0.1:  # beyond, rounding decides the course of the run
        assert float(loss) == pytest.approx(losses[-1], rel=0.1, abs=2e-3)
        assert abs(float(share) - 100 * right.mean()) <= 1.5


EXPECTED = {
    "backward-stepper": walk_back,
    "network-stepper": network,
    "rate-explorer": learning_at_a_rate,
}
