"""What the figures of the part "compression" should say, computed here."""

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

import dlbook.compare
from dlbook.data import load_digits, stratified_split

ROOFLINES = Path(dlbook.compare.__file__).parent / "records" / "roofline"


def bound_of_an_operation(labels, figure):
    """Compute intensity and bound anew from the record, and the places of the dots."""
    records = [json.loads(p.read_text("utf-8")) for p in ROOFLINES.glob("*.json")]
    record = max(records, key=lambda record: record["date"])
    point = next(p for p in record["points"] if p["name"] == labels[0])
    size = int(labels[1].split()[0])
    roof, work = record["roof"], point["work"]
    bandwidth = max(roof["copy"], roof["triad"])
    ridge = roof["peak"] / bandwidth
    before, now = (work["flops"] / work["moved"] * 4 / n for n in (4, size))
    bound = min(roof["peak"], now * bandwidth)
    said = figure.locator(".dlbook-says").inner_text()
    told = re.search(r"([\d.e+]+) FLOP per byte\. (\w+) of the ridge at ([\d.]+)", said)
    np.testing.assert_allclose(
        [float(told[1]), float(told[3])], [now, ridge], rtol=6e-3
    )
    assert told[2] == ("Right" if now > ridge else "Left")
    limit = re.search(r"limit: ([\d.e+]+) GFLOP/s", said)
    np.testing.assert_allclose(float(limit[1]), bound / 1e9, rtol=6e-3)
    speed = work["flops"] / point["seconds"]
    if size == 4:
        told = re.search(r"Measured: ([\d.e+-]+), (\d+)% of that", said)
        np.testing.assert_allclose(float(told[1]), speed / 1e9, rtol=6e-3)
        assert abs(int(told[2]) - 100 * speed / bound) <= 0.51

    def place(part, attribute):
        found = figure.locator(f'[data-part="{part}"]')
        return float(found.get_attribute(attribute))

    across = place("bound", "cx") - place("measured", "cx")
    up = place("measured", "cy") - place("bound", "cy")
    intensities = [p["work"]["flops"] / p["work"]["moved"] for p in record["points"]]
    there = [i for i in intensities if i > 0]
    decades = np.ceil(np.log10(4 * max(there))) - np.floor(np.log10(min(there)))
    assert abs(across - 396 / decades * np.log10(now / before)) < 0.2
    speeds = [p["work"]["flops"] / p["seconds"] for p in record["points"]]
    slowest = min(s for s in speeds if s > 0)
    high = np.ceil(np.log10(1.5 * roof["peak"] / 1e9))
    decades = high - np.floor(np.log10(slowest / 1e9))
    assert abs(up - 290 / decades * np.log10(bound / speed)) < 0.2


def drawn_network(sizes, rng):
    """Draw weights and biases as torch does, uniform up to 1 / sqrt(fan_in)."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        bound = 1 / np.sqrt(fan_in)
        shapes = (fan_out, fan_in), (fan_out,)
        layers += [rng.uniform(-bound, bound, s).astype(np.float32) for s in shapes]
    return layers


def layer_outputs(layers, x):
    """Return what every layer says, the inputs first and the logits last."""
    outputs = [x]
    for place in range(0, len(layers), 2):
        z = outputs[-1] @ layers[place].T + layers[place + 1]
        outputs.append(np.maximum(z, 0) if place + 2 < len(layers) else z)
    return outputs


@cache
def teacher_and_beginner():
    """Train the page's teacher by explicit formulas; its student is as drawn."""
    training, test = stratified_split(load_digits(), rng=np.random.default_rng(0))
    rng = np.random.default_rng(0)
    layers = drawn_network((64, 300, 100, 10), rng)
    means, squares = ([np.zeros_like(w) for w in layers] for _ in range(2))
    step = 0
    for _ in range(20):
        order = rng.permutation(len(training))
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            outputs = layer_outputs(layers, training.inputs[chosen])
            p = np.exp(outputs[-1] - outputs[-1].max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            delta = p - np.eye(10, dtype=np.float32)[training.targets[chosen]]
            delta, grads = delta / len(chosen), []
            for place in range(len(layers) - 2, -1, -2):
                below = outputs[place // 2]
                grads = [delta.T @ below, delta.sum(axis=0), *grads]
                delta = (delta @ layers[place]) * (below > 0)
            step += 1
            for w, g, m, v in zip(layers, grads, means, squares, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                root = np.sqrt(v / (1 - 0.999**step)) + 1e-8
                w -= 0.002 * (m / (1 - 0.9**step)) / root
    beginner = drawn_network((64, 60, 30, 10), np.random.default_rng(0))
    shown = test.inputs[[114, 78, 4, 115, 136]]
    names = [str(d) for d in test.targets[[114, 78, 4, 115, 136]]]
    return names, layer_outputs(layers, shown)[-1], layer_outputs(beginner, shown)[-1]


def soft_targets_of_a_digit(labels, figure):
    """Soften the logits of both networks, and compute the gradient's length."""
    names, teacher, student = teacher_and_beginner()
    places = [i for i, name in enumerate(names) if name == labels[0].split(",")[0]]
    which = places[int(labels[0].split()[-1]) - 1]
    tau = float(labels[1])

    def softened(z):
        e = np.exp((z.astype(np.float64) - z.max()) / tau)
        return e / e.sum()

    q, p = softened(teacher[which]), softened(student[which])
    for digit in range(10):
        bar = figure.locator(f'[data-part="bar {digit}"]')
        assert abs(float(bar.get_attribute("width")) / 150 - q[digit]) < 0.02
        mark = figure.locator(f'[data-part="mark {digit}"]')
        assert abs((float(mark.get_attribute("x")) - 256.5) / 150 - p[digit]) < 1e-3
    length = np.linalg.norm(p - q) / tau
    said = figure.locator(".dlbook-says").inner_text()
    told = re.search(r"gradient ([\d.]+), times τ² ([\d.]+)\.$", said).groups()
    shown = [float(number) for number in told]
    np.testing.assert_allclose(shown, [length, tau**2 * length], rtol=0.1)
    first = re.search(r"the teacher says (\d) \(", said)[1]
    assert first == names[which] == str(q.argmax())


PRUNED_SIZES = ((64, 20), (20, 10))  # of the network of the pruning figure


def adam_on_digits(weights, masks, rng, epochs):
    """Train by explicit formulas: ReLU, cross-entropy, Adam; masked where used."""
    learned, _ = stratified_split(load_digits(), rng=np.random.default_rng(0))
    weights = [w.copy() for w in weights]
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(learned))
        for start in range(0, len(order), 128):
            chosen = order[start : start + 128]
            x, y = learned.inputs[chosen], learned.targets[chosen]
            first, bias1, last, bias2 = (
                w * m for w, m in zip(weights, masks, strict=True)
            )
            hidden = np.maximum(x @ first.T + bias1, 0)
            p = np.exp(hidden @ last.T + bias2)
            p /= p.sum(axis=1, keepdims=True)
            delta = (p - np.eye(10, dtype=np.float32)[y]) / len(y)
            below = (delta @ last) * (hidden > 0)
            step += 1
            grads = (below.T @ x, below.sum(0), delta.T @ hidden, delta.sum(0))
            for k, g in enumerate(grads):
                g = g * masks[k]
                means[k] += 0.1 * (g - means[k])
                squares[k] += 0.001 * (g * g - squares[k])
                root = np.sqrt(squares[k] / (1 - 0.999**step)) + 1e-8
                weights[k] -= 0.008 * (means[k] / (1 - 0.9**step)) / root
    return weights


@cache
def trained_to_be_pruned():
    """Train the page's network of 1,480 weights from the page's seed."""
    rng = np.random.default_rng(0)
    stratified_split(load_digits(), rng=rng)  # the page goes on with this generator
    weights = []
    for fan_in, fan_out in PRUNED_SIZES:
        bound = 1 / np.sqrt(fan_in)
        for shape in ((fan_out, fan_in), (fan_out,)):
            weights.append(rng.uniform(-bound, bound, shape).astype(np.float32))
    return adam_on_digits(weights, [np.float32(1)] * 4, rng, 20)


def pruned_network(labels, figure):
    """Choose the weights again, count what is left, and train the rest again."""
    weights = trained_to_be_pruned()
    both = np.concatenate([weights[0].ravel(), weights[2].ravel()])
    scores = np.abs(both)
    if labels[0] == "any":
        scores = np.random.default_rng(0).random(both.size)
    gone = round((1 - float(labels[1].rstrip("%")) / 100) * both.size)
    kept = np.ones(both.size, np.float32)
    kept[np.argsort(scores, kind="stable")[:gone]] = 0
    first, last = kept[:1280].reshape(20, 64), kept[1280:].reshape(10, 20)
    masks = [first, np.float32(1), last, np.float32(1)]
    _, new = stratified_split(load_digits(), rng=np.random.default_rng(0))
    rights = []
    after = adam_on_digits(weights, masks, np.random.default_rng(0), 5)
    for state in (weights, after):
        w1, b1, w2, b2 = (w * m for w, m in zip(state, masks, strict=True))
        answers = np.maximum(new.inputs @ w1.T + b1, 0) @ w2.T + b2
        rights.append(100 * np.mean(answers.argmax(axis=1) == new.targets))
    said = figure.locator(".dlbook-says").inner_text()
    told = re.search(r"([\d.]+)% at once, ([\d.]+)% after", said)
    for share, right in zip(told.groups(), rights, strict=True):
        assert abs(float(share) - right) <= 2.0  # rounding may tip a few of 450 digits
    found = re.search(r"this layer ([\d,]+) of 1,280 are left; (\d+) of 64", said)
    assert abs(int(found[1].replace(",", "")) - first.sum()) <= 2
    assert abs(int(found[2]) - (first.sum(axis=0) == 0).sum()) <= 2
    shown = figure.locator('[data-part="weight"][visibility="visible"]').count()
    assert shown == int(found[1].replace(",", ""))


def numbers_on_a_grid(labels, figure):
    """Let torch round the numbers of the page on the grid that the sliders name."""
    bits, kind, *_ends = labels
    given = json.loads(figure.locator("script.dlbook-data").text_content())["given"]
    places = [int(s.input_value()) for s in figure.locator("input[type=range]").all()]
    low, high = (
        np.float32(given[name][place])
        for name, place in zip(("lows", "highs"), places[2:4], strict=True)
    )
    x = given["probes"][places[4]]
    narrow = kind == "symmetric"
    q_min, q_max = -(2 ** (int(bits) - 1)) + narrow, 2 ** (int(bits) - 1) - 1
    steps = np.float32(q_max if narrow else q_max - q_min)
    scale = (max(-low, high) if narrow else high - low) / steps
    scale = max(scale, np.finfo(np.float32).eps)
    zero_point = 0 if narrow else int(q_min - np.rint(low / scale))
    zero_point = min(max(zero_point, q_min), q_max)
    data = torch.tensor([*given["numbers"], x], dtype=torch.float32)
    rounded = torch.fake_quantize_per_tensor_affine(
        data, float(scale), zero_point, q_min, q_max
    )
    error = (rounded.double() - data.double()).numpy()
    integers = np.rint(data.numpy() * (np.float32(1) / scale)) + zero_point
    outside = ((integers < q_min) | (integers > q_max))[:-1]
    squares = error[:-1] ** 2
    shares = [
        np.sqrt(squares[part].sum() / len(squares))
        for part in (~outside, outside, slice(None))
    ]
    said = figure.locator(".dlbook-says").inner_text().replace("−", "-")
    found = re.search(
        r"(\d) bits, (\w+): (\d+) levels, ([\d.]+) apart; the integer (-?\d+) stands "
        r"for 0. Of (\d+) numbers (\d+) (?:is|are) cut off\. .*: ([\d.]+) from "
        r"rounding, ([\d.]+) from clipping, ([\d.]+) together. (-?[\d.]+) becomes "
        r"(-?[\d.]+)\.",
        said,
    )
    assert found.groups()[:2] == (bits, kind)
    counts = [int(found[i]) for i in (3, 5, 6, 7)]
    assert counts == [q_max - q_min + 1, zero_point, len(squares), outside.sum()]
    told = [float(found[i]) for i in (4, 8, 9, 10, 11, 12)]
    expected = [scale, *shares, x, rounded[-1].item()]
    np.testing.assert_allclose(told, expected, rtol=0, atol=6e-4)

    def attribute(part, name):
        return figure.locator(f'[data-part="{part}"]').get_attribute(name)

    unit = 200 / given["reach"]
    assert abs(float(attribute("probe", "cx")) - (264 + unit * x)) < 0.051
    levels = [float(n) for n in re.findall(r"M(-?\d+) ", attribute("levels", "d"))]
    there = scale * (np.arange(q_min, q_max + 1) - zero_point)
    np.testing.assert_allclose(levels, 264 + unit * there, rtol=0, atol=0.51)
    edges = 264 + unit * (there[[0, -1]] + scale * np.array([-0.5, 0.5]))
    low_end = 64 + float(attribute("low", "width"))
    high_end = float(attribute("high", "x"))
    inside = np.clip(edges, 64, 464)
    np.testing.assert_allclose([low_end, high_end], inside, rtol=0, atol=0.051)


EXPECTED = {
    "pruning-slider": pruned_network,
    "quantization-grid": numbers_on_a_grid,
    "roofline": bound_of_an_operation,
    "soft-targets": soft_targets_of_a_digit,
}
