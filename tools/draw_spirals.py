"""Draw the picture of the landing page: a network learns two spirals.

    python tools/draw_spirals.py            # write book/_assets/figures/spirals-*.svg
    python tools/draw_spirals.py --check    # fail if the committed figures differ

A network 2-16-16-2-1 (tanh, sigmoid output) is trained from scratch in NumPy. Each
figure shows one moment of the training twice: above, what the network answers at every
point of the input plane; below, the same points and the same grid where the last hidden
layer, which has two units, puts them. There the answer changes along a straight line.
Nothing is drawn by hand: every line comes from the weights of that step.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import contourpy
import numpy as np

FIGURES = Path(__file__).resolve().parent.parent / "book" / "_assets" / "figures"
SEED = 3
SIZES = (2, 16, 16, 2, 1)  # input, three hidden layers, output
LEARNING_RATE = 0.04
MOMENTUM = 0.9
STEPS = (0, 100, 200, 600)  # the moments drawn
REACH = 2.3  # the input plane is drawn from -REACH to REACH

SIDE, GAP, EDGE = 300, 16, 2  # px: side of a square, space between squares, border
LEVELS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)  # probability of class 1
TINTS = ("#a9c9ec", "#cbdff4", "#e9f1fa", "#fdf0e4", "#fadbbf", "#f3be90")
BLUE, ORANGE, INK, GRID = "#1b4b99", "#a34c00", "#20242b", "#6d7480"


def two_spirals(
    rng: np.random.Generator, count: int = 110
) -> tuple[np.ndarray, np.ndarray]:
    """Return points, shape (2 count, 2), and their classes 0 or 1, shape (2 count,)."""
    radius = np.sqrt(rng.uniform(0.02, 1.0, count))
    angle = 1.25 * 2 * np.pi * radius
    arm = 2 * np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points = np.concatenate([arm, -arm]) + rng.normal(0, 0.05, (2 * count, 2))
    return points, np.repeat([0.0, 1.0], count)


def forward(layers: list[tuple[np.ndarray, np.ndarray]], x: np.ndarray) -> list:
    """Return every layer's activations for the rows of `x`; the last are logits."""
    activations = [x]
    for depth, (weight, bias) in enumerate(layers, start=1):
        z = activations[-1] @ weight.T + bias
        activations.append(z if depth == len(layers) else np.tanh(z))
    return activations


def gradients(layers: list, activations: list, y: np.ndarray) -> list:
    """Return the gradient of the mean cross-entropy at every weight and bias."""
    probability = 1 / (1 + np.exp(-activations[-1]))
    delta = (probability - y[:, None]) / len(y)
    result = []
    for depth in reversed(range(len(layers))):
        result.append((delta.T @ activations[depth], delta.sum(axis=0)))
        if depth > 0:
            delta = delta @ layers[depth][0] * (1 - activations[depth] ** 2)
    return result[::-1]


def train() -> tuple[np.ndarray, np.ndarray, dict]:
    """Train by gradient descent with momentum; keep the moments that are drawn."""
    rng = np.random.default_rng(SEED)
    x, y = two_spirals(rng)
    layers = [
        (rng.normal(0, fan_in**-0.5, (fan_out, fan_in)), np.zeros(fan_out))
        for fan_in, fan_out in pairwise(SIZES)
    ]
    velocity = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    moments = {}
    for step in range(max(STEPS) + 1):
        activations = forward(layers, x)
        if step in STEPS:
            logit = activations[-1][:, 0]
            loss = np.mean(np.logaddexp(0, logit) - y * logit)
            right = np.mean((logit > 0) == (y == 1))
            moments[step] = (layers, float(loss), float(right))
        grads = gradients(layers, activations, y)
        velocity = [
            (MOMENTUM * vw + gw, MOMENTUM * vb + gb)
            for (vw, vb), (gw, gb) in zip(velocity, grads, strict=True)
        ]
        layers = [
            (w - LEARNING_RATE * vw, b - LEARNING_RATE * vb)
            for (w, b), (vw, vb) in zip(layers, velocity, strict=True)
        ]
    return x, y, moments


def path(points: np.ndarray) -> str:
    """SVG path data through `points`, shape (n, 2), in px."""
    return "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)


def square(points: np.ndarray, reach: float, top: float) -> np.ndarray:
    """Map the plane, -reach to reach and upwards, to px of the square at `top`."""
    scaled = (points / reach + 1) / 2 * SIDE
    return np.stack([EDGE + scaled[:, 0], EDGE + top + SIDE - scaled[:, 1]], axis=1)


def field(height, reach: float, top: float, resolution: int) -> list[str]:
    """Tinted bands of a probability over a square, and the line where it is 1/2."""
    axis = np.linspace(-reach, reach, resolution)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    z = height(grid).reshape(resolution, resolution)
    contours = contourpy.contour_generator(axis, axis, z, fill_type="OuterCode")
    marks = []
    for (low, high), tint in zip(pairwise(LEVELS), TINTS, strict=True):
        data = ""
        for points, codes in zip(*contours.filled(low, high), strict=True):
            starts = np.flatnonzero(codes == 1)
            for ring in np.split(square(points, reach, top), starts[1:]):
                data += path(ring[:-1]) + "Z"
        if data:
            marks.append(f'<path fill="{tint}" fill-rule="evenodd" d="{data}"/>')
    middle = "".join(path(square(line, reach, top)) for line in contours.lines(0.5))
    marks.append(
        f'<path d="{middle}" fill="none" stroke="{INK}" stroke-width="2.4" '
        'stroke-linejoin="round"/>'
    )
    return marks


def dots(points: np.ndarray, y: np.ndarray, reach: float, top: float) -> list[str]:
    """Circles for class 0, squares for class 1."""
    circles, squares = [], []
    for (px, py), label in zip(square(points, reach, top), y, strict=True):
        if label:
            squares.append(f"M{px - 2.8:.1f} {py - 2.8:.1f}h5.6v5.6h-5.6Z")
        else:
            half = "a3.2 3.2 0 1 0 "
            circles.append(f"M{px - 3.2:.1f} {py:.1f}{half}6.4 0{half}-6.4 0Z")
    return [
        f'<path fill="{color}" d="{"".join(part)}"/>'
        for color, part in ((BLUE, circles), (ORANGE, squares))
    ]


def grid_lines(count: int = 17, samples: int = 121) -> list[np.ndarray]:
    """Straight lines of the input plane, each of shape (samples, 2)."""
    along = np.linspace(-REACH, REACH, samples)
    lines = []
    for fixed in np.linspace(-REACH, REACH, count):
        across = np.full(samples, fixed)
        lines += [np.stack([along, across], 1), np.stack([across, along], 1)]
    return lines


def draw(x: np.ndarray, y: np.ndarray, layers: list) -> str:
    """One moment: the input plane above, the last hidden layer below."""

    def answer(points: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-forward(layers, points)[-1][:, 0]))

    def hidden(points: np.ndarray) -> np.ndarray:
        return forward(layers, points)[-2]

    def answer_from_hidden(points: np.ndarray) -> np.ndarray:
        weight, bias = layers[-1]
        return 1 / (1 + np.exp(-(points @ weight[0] + bias[0])))

    below = SIDE + GAP
    lines = grid_lines()
    above_grid = "".join(path(square(line[[0, -1]], REACH, 0)) for line in lines)
    below_grid = "".join(path(square(hidden(line), 1.06, below)) for line in lines)
    width, height = SIDE + 2 * EDGE, 2 * SIDE + GAP + 2 * EDGE
    frames = "".join(
        f'<rect x="{EDGE}" y="{EDGE + top}" width="{SIDE}" height="{SIDE}" '
        f'fill="none" stroke="{INK}" stroke-width="1.5"/>'
        for top in (0, below)
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *field(answer, REACH, 0, 111),
            f'<path d="{above_grid}" stroke="{GRID}" stroke-width="0.5" '
            'stroke-opacity="0.55"/>',
            *dots(x, y, REACH, 0),
            *field(answer_from_hidden, 1.06, below, 61),
            f'<path d="{below_grid}" fill="none" stroke="{GRID}" stroke-width="0.7"/>',
            *dots(hidden(x), y, 1.06, below),
            frames,
            "</svg>\n",
        ]
    )


def main() -> int:
    """Write the figures, or compare them with what is committed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; compare")
    check = parser.parse_args().check
    x, y, moments = train()
    stale = []
    for step, (layers, loss, right) in moments.items():
        target = FIGURES / f"spirals-{step}.svg"
        text = draw(x, y, layers)
        print(f"step {step:4d}: loss {loss:.3f}, {right:.0%} on the right side")
        if not check:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(target.name)
    if stale:
        print("differ from what the script draws:", ", ".join(stale), file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
