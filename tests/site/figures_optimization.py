"""What the figures of the part "optimization" should say, computed here."""

import math
import re

import numpy as np
import pytest


def sizes_at_a_gain(labels, figure):
    """Walk through the layers again, with the slopes by their formulas."""
    gain = {"√2": math.sqrt(2), "5/3": 5 / 3}.get(labels[0]) or float(labels[0])
    depth, name = int(labels[1]), labels[2]
    functions = {
        "straight": (lambda z: z, lambda z, a: np.ones_like(z)),
        "ReLU": (lambda z: (z + abs(z)) / 2, lambda z, a: z > 0),
        "tanh": (np.tanh, lambda z, a: 1 - a**2),
        "sigmoid": (lambda z: (1 + np.tanh(z / 2)) / 2, lambda z, a: a * (1 - a)),
        "SELU": (
            lambda z: (
                1.0507009873554805
                * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))
            ),
            lambda z, a: np.where(z > 0, 1.0507009873554805, a + 1.7580993408473766),
        ),
    }
    function, slope = functions[name]
    rng = np.random.default_rng(0)
    x, above = rng.standard_normal((64, 64)), rng.standard_normal((64, 64))
    a, ways = x, []
    for _ in range(depth):
        weight = rng.standard_normal((64, 64)) * gain / 8
        z = np.einsum("ni,oi->no", a, weight)
        a = function(z)
        ways.append((weight, slope(z, a)))
    below = above
    for weight, slopes in ways[::-1]:
        below = np.einsum("no,oi->ni", below * slopes, weight)
    said = figure.locator(".dlbook-says").inner_text()
    told = [float(n) for n in re.findall(r"times ([\d.e+-]*\d)", said)]
    wanted = [
        np.linalg.norm(a) / np.linalg.norm(x),
        np.linalg.norm(below) / np.linalg.norm(above),
    ]
    np.testing.assert_allclose(told, wanted, rtol=0.051)
    for what, factor in zip(("signal", "gradient"), wanted, strict=True):
        assert (f"The {what} vanishes" in said) == (factor < 1e-3)
        assert (f"The {what} explodes" in said) == (factor > 1e3)


def race_of_optimizers(labels, figure):
    """Race again: heavy ball and Nesterov as their papers write them."""

    def height(x, y):
        if labels[0] == "straight valley":
            return 0.25 * (0.8 * x - 0.6 * y) ** 2 + 10 * (0.6 * x + 0.8 * y) ** 2
        if labels[0] == "winding valley":
            return 0.25 * (x - 1.5) ** 2 + 3 * (y - 0.8 * np.sin(1.5 * x)) ** 2
        return 2.5 * (x**4 / 4 - x**2 / 2 - 0.1 * x) + 2 * y**2

    def slope(place):
        x, y = place
        return np.imag([height(x + 1e-30j, y), height(x, y + 1e-30j)]) / 1e-30

    starts = {"upper left": (-1.4, 1.5), "lower left": (-1.8, -1.2)}
    rate, mu, steps = float(labels[2]), float(labels[3]), int(labels[4])
    lowest = 0.0
    if labels[0] == "two basins":
        lowest = height(np.roots([1, 0, -1, -0.1]).real.max(), 0.0)
    said = figure.locator(".dlbook-says").inner_text()
    assert f"after {steps} steps" in said
    for rule, told in re.findall(r"(plain|momentum|Nesterov) (is lost|[\d.]+\d)", said):
        place = before = np.array(starts[labels[1]])
        speed, lost = np.zeros(2), False
        for _ in range(steps):
            if rule == "Nesterov":  # `before` is the point without the look ahead
                speed = mu * speed - rate * slope(place)
                before = before + speed
                place = before + mu * speed
            else:
                share = mu if rule == "momentum" else 0.0
                ahead = place - rate * slope(place) + share * (place - before)
                place, before = ahead, place
            lost = lost or np.abs(place).max() > 50
            if lost:
                break
        assert lost == (told == "is lost"), rule
        if not lost:
            expected = height(*place) - lowest
            assert float(told) == pytest.approx(expected, rel=1e-3, abs=1e-3), rule


def adaptive_walk(labels, figure):
    """Walk again with weighted sums over all gradients so far."""
    rule, rate, beta = labels[0], float(labels[1]), float(labels[2])
    steep = np.array([1.0, 0.0]) if labels[3] == "along the axes" else np.ones(2)
    steep = steep / np.linalg.norm(steep)
    flat = np.array([-steep[1], steep[0]])
    place, gradients, rates, longest = np.array([1.2, 0.8]), [], [], 0.0
    for t in range(1, 61):
        gradients.append(20 * (steep @ place) * steep + 0.5 * (flat @ place) * flat)
        past = np.array(gradients)
        slow, fast = (b ** np.arange(t)[::-1, None] for b in (beta, 0.9))
        total = {
            "AdaGrad": t,
            "RMSProp": 1 - beta,
            "Adam": 1 / slow.sum(),
            "Adam without correction": 1 - beta,
        }[rule]
        weights = np.ones((t, 1)) / t if rule == "AdaGrad" else slow
        rates.append(rate / (np.sqrt(total * (weights * past**2).sum(0)) + 1e-8))
        direction = past[-1]
        if rule == "Adam":
            direction = (fast * past).sum(0) / fast.sum()
        elif rule != "RMSProp" and rule != "AdaGrad":
            direction = 0.1 * (fast * past).sum(0)
        step = rates[-1] * direction
        place, longest = place - step, max(longest, abs(step).max() / rate)
    height = 10 * (steep @ place) ** 2 + 0.25 * (flat @ place) ** 2
    said = figure.locator(".dlbook-says").inner_text()
    assert said.startswith(f"{rule}: loss ")
    told = [float(n) for n in re.findall(r"\d+\.?\d*(?:e[+-]\d+)?", said)]
    wanted = [height, 60, *rates[0], *rates[-1]]
    np.testing.assert_allclose(told[:-1], wanted, rtol=0.051)
    assert told[-1] == pytest.approx(longest, abs=0.0051)


def rates_of_a_schedule(labels, figure):
    """Compute the rates by closed formulas, without any scheduler."""
    form, n = labels[0], int(labels[3])
    warm = {"none": 1}.get(labels[1]) or int(labels[1].split()[0])
    left = 101 - warm  # steps from the last of the warm-up on

    def factor(t):
        now = t - warm + 1
        if now < 0:
            return (t + 1) / warm
        if form == "steps":
            return 0.3 ** (now // np.ceil(left / (n + 1)))
        if form == "exponential":
            return 0.1 ** (n * now / left)
        if form == "polynomial":
            return (1 - now / left) ** n
        if form == "cosine":
            period = np.ceil(left / n)
            return (1 + np.cos(np.pi * (now % period) / period)) / 2
        if form == "triangles":
            half = np.ceil(left / (2 * n))
            down = abs(now % (2 * half) - half) / half
            return 0.1 * down + 1 - down
        return 1.0

    rates = [float(labels[2]) * factor(t) for t in range(100)]
    said = figure.locator(".dlbook-says").inner_text().split("rates ")[1]
    told = [float(number) for number in re.findall(r"\d\.\d{3}", said)]
    wanted = [rates[t] for t in (0, 25, 50, 75, 99)] + [np.mean(rates)]
    np.testing.assert_allclose(told, wanted, atol=6e-4)
    for t in (0, 25, 50, 75, 99):
        dot = figure.locator(f'[data-part="at-{t}"]')
        assert abs(float(dot.get_attribute("cy")) - (332 - 292 * rates[t])) < 0.1


EXPECTED = {
    "adaptive-steps": adaptive_walk,
    "gain-explorer": sizes_at_a_gain,
    "optimizer-race": race_of_optimizers,
    "schedule-composer": rates_of_a_schedule,
}
