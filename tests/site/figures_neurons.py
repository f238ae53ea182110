"""What the figures of the part "neurons" should say, computed here."""

import math
import re

import numpy as np
from sentences import numbers

from dlbook.data import (
    load_iris,
    make_moons,
)


def iris():
    flowers = load_iris(
        classes=["setosa", "versicolor"],
        features=["petal length", "petal width"],
        dtype=np.float64,
    )
    return flowers.inputs, 2 * flowers.targets - 1


def wrong(x, y, w, b):
    return int((y * (x @ w + b) <= 0).sum())


def explorer(labels, figure):
    """Check the count of mistakes from the direction and shift that are shown."""
    x, y = iris()
    angle = np.radians(float(labels[0].rstrip("°")))
    w = np.array([np.cos(angle), np.sin(angle)])
    b = -w @ x.mean(axis=0) - float(labels[1].replace("−", "-"))
    said = figure.locator(".dlbook-says").inner_text()
    np.testing.assert_allclose(numbers(said)[:3], [*w, b], atol=0.006)
    count = wrong(x, y, w, b)
    assert f"{count} of 100 on the wrong side" in said
    assert figure.locator('[data-part="ring"][visibility="visible"]').count() == count


def steps_of_the_rule(labels, figure):
    """Run the rule again as far as the slider says."""
    x, y = iris()
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    w, b, made = np.zeros(2), 0.0, 0
    for _ in range(100):
        for n in range(len(x)):
            if made < int(labels[0]) and y[n] * (x[n] @ w + b) <= 0:
                w, b, made = w + y[n] * x[n], b + y[n], made + 1
    said = figure.locator(".dlbook-says").inner_text()
    np.testing.assert_allclose(numbers(said), [*w, b], atol=0.006)
    assert f"{wrong(x, y, w, b)} of 100 on the wrong side" in said


def on_the_curve(labels, figure):
    """Compute value and slope by their formulas."""
    name, z = labels[0], float(labels[1].replace("−", "-"))
    sigma = 1 / (1 + math.exp(-z))
    phi = (1 + math.erf(z / math.sqrt(2))) / 2
    bell = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    below = math.exp(min(z, 0.0))
    value, slope = {
        "sigmoid": (sigma, sigma * (1 - sigma)),
        "tanh": (math.tanh(z), 1 / math.cosh(z) ** 2),
        "ReLU": (max(z, 0.0), float(z > 0)),
        "leaky ReLU": (max(z, 0.01 * z), 1.0 if z > 0 else 0.01),
        "ELU": (z if z > 0 else below - 1, below),
        "GELU": (z * phi, phi + z * bell),
        "SiLU": (z * sigma, sigma + z * sigma * (1 - sigma)),
    }[name]
    said = figure.locator(".dlbook-says").inner_text()
    assert said.startswith(f"{name} at z = {labels[1]}: ")
    np.testing.assert_allclose(numbers(said), [z, value, slope], atol=0.0006)
    assert ("It falls here" in said) == (slope <= -0.01)
    assert ("corner" in said) == (z == 0 and "ReLU" in name)


def border_of_a_width(labels, figure):
    """Fit the output layer anew, by the pseudo-inverse."""
    rng = np.random.default_rng(0)
    training = make_moons(120, noise=0.25, rng=rng, dtype=np.float64)
    test = make_moons(1000, noise=0.25, rng=rng, dtype=np.float64)
    rng = np.random.default_rng(int(labels[1].removeprefix("draw ")) - 1)
    width = int(labels[0])
    weight, bias = rng.standard_normal((width, 2)), rng.standard_normal(width)

    def features(x):
        x = (x - training.inputs.mean(0)) / training.inputs.std(0)
        return np.column_stack([np.maximum(x @ weight.T + bias, 0), np.ones(len(x))])

    output = np.linalg.pinv(features(training.inputs)) @ (2 * training.targets - 1)
    wrong = (features(training.inputs) @ output > 0) != (training.targets == 1)
    missed = (features(test.inputs) @ output > 0) != (test.targets == 1)
    said = figure.locator(".dlbook-says").inner_text()
    count, share = re.search(r": (\d+) of the 120 .* and ([\d.]+)%", said).groups()
    assert abs(int(count) - wrong.sum()) <= 1  # a point may lie on the border
    assert abs(float(share) - 100 * missed.mean()) <= 0.5
    rings = figure.locator('[data-part="ring"][visibility="visible"]').count()
    assert rings == int(count)


def walk_on_a_loss_surface(labels, figure):
    """Walk again with the slopes that central differences give."""
    x = np.array([-3.0, -2.0, -0.5, 0.5, 2.0, 3.0])
    y = np.array([0, 0, 1, 0, 1, 1])

    def loss(place):
        p = 1 / (1 + np.exp(-(place[0] * x + place[1])))
        if labels[0] == "squared error":
            return np.mean((p - y) ** 2)
        return -np.mean(np.log(np.where(y == 1, p, 1 - p)))

    def slope(place):
        moved = 1e-5 * np.eye(2)
        return np.array([(loss(place + h) - loss(place - h)) / 2e-5 for h in moved])

    found = re.findall(r"[wb] = (−?\d+)", labels[1])
    place = np.array([float(n.replace("−", "-")) for n in found])
    for _ in range(int(labels[2])):
        place = place - 0.5 * slope(place)
    said = numbers(figure.locator(".dlbook-says").inner_text())
    wanted = [*place, loss(place), np.hypot(*slope(place))]
    np.testing.assert_allclose(said, wanted, atol=0.006)


EXPECTED = {
    "activation-explorer": on_the_curve,
    "neuron-explorer": explorer,
    "perceptron-steps": steps_of_the_rule,
    "width-explorer": border_of_a_width,
    "loss-surfaces": walk_on_a_loss_surface,
}
