"""What the figures of the part "regularization" should say, computed here."""

import math
import re
from functools import cache

import numpy as np
from scipy import ndimage
from sentences import numbers

from dlbook.data import load_digits, stratified_split


def touching_point(labels, figure):
    """Search the finest of nested grids for the least loss plus penalty."""
    share = {"L2": 0.0, "L1": 1.0, "elastic net, half of each": 0.5}[labels[0]]
    cross = float(labels[1].replace("−", "-")) * math.sqrt(2)
    strength = float(labels[2])
    middle, side = np.zeros(2), 4.0
    for _ in range(12):
        steps = np.linspace(-side, side, 41)
        w1, w2 = np.meshgrid(middle[0] + steps, middle[1] + steps)
        a, b = w1 - 3, w2 - 1
        fit = 0.5 * (a * a + 2 * cross * a * b + 2 * b * b)
        price = share * (abs(w1) + abs(w2)) + (1 - share) * (w1 * w1 + w2 * w2) / 2
        best = np.argmin(fit + strength * price)
        middle, side = np.array([w1.flat[best], w2.flat[best]]), side / 3
    said = figure.locator(".dlbook-says").inner_text()
    np.testing.assert_allclose(numbers(said)[-3:], [*middle, fit.flat[best]], atol=0.02)
    words = ("no weight is", "one weight is", "both weights are")
    zeros = words[int((abs(middle) < 1e-3).sum())]
    assert said.endswith(f"{zeros} exactly zero.")


def masks_of_a_hidden_layer(labels, figure):
    """Compute the outputs anew, unit by unit, from the numbers on the page."""
    rate, draw = float(labels[0]), int(labels[1].split(" of ")[0])
    hidden = [2.0, 1.0, 2.5, 1.0, 1.5, 0.5]  # of the inputs 1 and 2
    weights = [1.0, -2.0, 1.0, 2.0, -1.0, 2.0]
    uniform, said = np.random.default_rng(0).random((30, 6)), []
    for numbers_of_a_draw in uniform[:draw]:
        terms = zip(numbers_of_a_draw, hidden, weights, strict=True)
        kept = [h * w / (1 - rate) for u, h, w in terms if u >= rate]
        said.append(0.5 + sum(kept))
    sentence = figure.locator(".dlbook-says").inner_text()
    found = re.search(r"Output (−?[\d.]+), mean .* far (−?[\d.]+);", sentence)
    shown = [float(n.replace("−", "-")) for n in found.groups()]
    np.testing.assert_allclose(shown, [said[-1], np.mean(said)], rtol=1e-3, atol=1e-3)
    units = figure.locator('[data-part="unit"][visibility="visible"]').count()
    assert units == (uniform[draw - 1] >= rate).sum()


@cache
def network_with_batch_norm():
    """Train by explicit formulas, batch normalization backward as its paper has it."""
    training, _ = stratified_split(load_digits(), rng=np.random.default_rng(0))
    rng = np.random.default_rng(0)
    first = rng.uniform(-1 / 8, 1 / 8, (32, 64)).astype(np.float32)
    bound = 1 / np.sqrt(32)
    last = rng.uniform(-bound, bound, (10, 32)).astype(np.float32)
    bias = rng.uniform(-bound, bound, 10).astype(np.float32)
    gamma, beta = np.ones(32), np.zeros(32)
    kept_mean, kept_var = np.zeros(32), np.ones(32)
    for _ in range(150):
        chosen = rng.choice(len(training), 64, replace=False)
        u, labels = training.inputs[chosen], training.targets[chosen]
        x = u @ first.T
        mean, var = x.mean(axis=0), x.var(axis=0)
        kept_mean = 0.9 * kept_mean + 0.1 * mean
        kept_var = 0.9 * kept_var + 0.1 * x.var(axis=0, ddof=1)
        scale = 1 / np.sqrt(var + 1e-5)
        normalized = (x - mean) * scale
        y = gamma * normalized + beta
        hidden = np.maximum(y, 0)
        scores = hidden @ last.T + bias
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        delta = p / p.sum(axis=1, keepdims=True)
        delta[np.arange(64), labels] -= 1
        delta /= 64
        to_y = (delta @ last) * (y > 0)
        to_normalized = to_y * gamma
        to_var = (to_normalized * (x - mean)).sum(axis=0) * -0.5 * scale**3
        to_mean = -(to_normalized * scale).sum(axis=0)
        to_x = to_normalized * scale + to_var * 2 * (x - mean) / 64 + to_mean / 64
        last = last - 0.5 * delta.T @ hidden
        bias = bias - 0.5 * delta.sum(axis=0)
        gamma = gamma - 0.5 * (to_y * normalized).sum(axis=0)
        beta = beta - 0.5 * to_y.sum(axis=0)
        first = first - 0.5 * to_x.T @ u
    return first, gamma, beta, kept_mean, kept_var, last, bias


def modes_of_batch_norm(labels, figure):
    """Compare the accuracy in either mode; the slider of sizes says the batches."""
    _, test = stratified_split(load_digits(), rng=np.random.default_rng(0))
    first, gamma, beta, kept_mean, kept_var, last, bias = network_with_batch_norm()
    x = test.inputs * int(labels[2].rstrip("%")) / 100 @ first.T
    order = np.argsort(test.targets, kind="stable")
    if labels[0] == "mixed":
        order = np.random.default_rng(0).permutation(len(test))
    by_batch = np.empty_like(x)
    for start in range(0, len(x), int(labels[1])):
        chosen = order[start : start + int(labels[1])]
        part = x[chosen]
        by_batch[chosen] = (part - part.mean(0)) / np.sqrt(part.var(0) + 1e-5)
    by_kept = (x - kept_mean) / np.sqrt(kept_var + 1e-5)
    said = figure.locator(".dlbook-says").inner_text()
    told = [float(n) for n in re.findall(r"([\d.]+)%", said.partition("batch:")[2])]
    for share, normalized in zip(told, (by_batch, by_kept), strict=True):
        scores = np.maximum(gamma * normalized + beta, 0) @ last.T + bias
        right = 100 * np.mean(scores.argmax(axis=1) == test.targets)
        assert abs(share - right) <= 1.0  # rounding may tip a few of 450 digits
    for name, share in zip(("batch", "kept"), told, strict=True):
        part = figure.locator(f'[data-part="{name} accuracy"]')
        assert part.text_content() == f"{share:.1f}% right"


@cache
def network_of_few_digits():
    """Train the page's network by explicit formulas: ReLU, cross-entropy, Adam."""
    few, _ = stratified_split(
        load_digits(), test_fraction=1697 / 1797, rng=np.random.default_rng(0)
    )
    rng = np.random.default_rng(0)
    weights = []
    for fan_in, fan_out in ((64, 64), (64, 10)):
        bound = 1 / np.sqrt(fan_in)
        for shape in ((fan_out, fan_in), (fan_out,)):
            weights.append(rng.uniform(-bound, bound, shape).astype(np.float32))
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    step = 0
    for _ in range(100):
        order = rng.permutation(len(few))
        for start in range(0, len(order), 25):
            chosen = order[start : start + 25]
            x, y = few.inputs[chosen], few.targets[chosen]
            hidden = np.maximum(x @ weights[0].T + weights[1], 0)
            scores = hidden @ weights[2].T + weights[3]
            p = np.exp(scores - scores.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            delta = (p - np.eye(10, dtype=np.float32)[y]) / len(y)
            below = (delta @ weights[2]) * (hidden > 0)
            step += 1
            grads = (below.T @ x, below.sum(0), delta.T @ hidden, delta.sum(0))
            for w, g, m, v in zip(weights, grads, means, squares, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                root = np.sqrt(v / (1 - 0.999**step)) + 1e-8
                w -= 0.01 * (m / (1 - 0.9**step)) / root
    return weights


def changed_digit(labels, figure):
    """Move the digit with another library, and train the network again."""
    digits = load_digits()
    first = np.flatnonzero(digits.targets == int(labels[0]))[0]
    image = digits.inputs[first].reshape(8, 8).astype(np.float64)
    if labels[1] == "yes":
        image = image[:, ::-1]
    degrees, shift = (
        float(label.rstrip("°").replace("−", "-")) for label in labels[2:]
    )
    angle, middle = np.radians(degrees), np.array([3.5, 3.5])
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    offset = middle - back @ np.add(middle, [0, shift])
    image = ndimage.affine_transform(
        image, back, offset=offset, order=1, mode="grid-constant"
    )
    for row in range(8):
        for column in range(8):
            pixel = figure.locator(f'[data-part="{row} {column}"]')
            ink = 1 - int(pixel.get_attribute("fill")[1], 16) / 15
            assert abs(ink - image[row, column]) < 0.5 / 15 + 1e-6
    weights = network_of_few_digits()
    hidden = np.maximum(weights[0] @ image.reshape(64) + weights[1], 0)
    scores = weights[2] @ hidden + weights[3]
    p = np.exp(scores - scores.max())
    p /= p.sum()
    said = figure.locator(".dlbook-says").inner_text()
    found = re.search(r"says (\d) \((\d+)%\), then (\d) \((\d+)%\)", said).groups()
    for digit, share in (found[:2], found[2:]):
        assert abs(int(share) / 100 - p[int(digit)]) < 0.03
    assert p[int(found[0])] > p.max() - 0.03
    for digit in range(10):
        bar = figure.locator(f'[data-part="bar {digit}"]')
        assert abs(float(bar.get_attribute("width")) / 120 - p[digit]) < 0.03


EXPECTED = {
    "batch-norm-modes": modes_of_batch_norm,
    "digit-changes": changed_digit,
    "dropout-masks": masks_of_a_hidden_layer,
    "penalty-geometry": touching_point,
}
