"""Batch normalization by the statistics of the test batch, or by those kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.data import Dataset
from dlbook.plots.palette import BLUE, GREY_TEXT, ORANGE, TEXT_COLORS, TINTS
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene, number

HIDDEN, STEPS, BATCH, RATE = 32, 150, 64, 0.5
SIZES = (2, 4, 8, 16, 32, 64, 256)
LIGHTS = (0.25, 0.5, 1.0)
ORDERS = ("mixed", "sorted by class")
UNIT = 0  # the hidden unit whose numbers are drawn
EDGES = np.linspace(-3, 3, 25)  # of the bars; what lies outside goes to the ends
_TOP = 0.6  # share of the examples; a taller bar is cut


def batch_norm_modes(training: Dataset, test: Dataset) -> InteractiveFigure:
    """Show what a trained network makes of a test set in either mode.

    The network has one hidden layer with batch normalization and ReLU. The test set is
    cut into batches; the picture compares one hidden unit's normalized numbers, and the
    accuracy, under the statistics of each batch and under those kept from training.

    Parameters
    ----------
    training, test : Dataset
        Classes; the same features in both. No test batch may hold a single example:
        the length of `test` leaves no rest of 1 in any size of `SIZES`.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a test batch would hold a single example.
    """
    alone = [size for size in SIZES if len(test) % size == 1]
    if alone:
        raise ValueError(
            f"batch_norm_modes: {len(test)} test examples in batches of {alone[0]} "
            "leave one alone, whose variance would be 0"
        )
    model = learn(training)
    orders = {
        "mixed": np.random.default_rng(0).permutation(len(test)),
        "sorted by class": np.argsort(test.targets, kind="stable"),
    }
    scene = Scene(430)
    axes = Axes(
        scene,
        (EDGES[0], EDGES[-1]),
        (0, _TOP),
        (60, 92, 468, 366),
        "normalized number of one hidden unit",
        "share of the test set",
    )
    for row, (name, color) in enumerate(
        (("kept", TEXT_COLORS[0]), ("batch", TEXT_COLORS[1]))
    ):
        words = {"kept": "eval(): kept from training", "batch": "train(): the batch's"}
        y = 26 + 26 * row
        scene.text(60, y, words[name], fill=color)
        scene.text(468, y, "", f"{name} accuracy", text_anchor="end", fill=color)
    scene.add("path", "batch bars", d="", fill=TINTS[1], stroke=ORANGE, stroke_width=2)
    scene.add("path", "kept line", d="", fill="none", stroke=BLUE, stroke_width=3)
    scene.text(
        468, 84, "beyond ±3: in the last bars", text_anchor="end", fill=GREY_TEXT
    )

    def frame(order: str, size: int, light: float) -> Frame:
        inputs = test.inputs * np.float32(light)
        numbers = {
            "kept": kept_normalized(model, inputs),
            "batch": batch_normalized(model, inputs, orders[order], size),
        }
        right = {
            name: np.mean(answers(model, values) == test.targets)
            for name, values in numbers.items()
        }
        bars = {
            name: _staircase(axes, values[:, UNIT]) for name, values in numbers.items()
        }
        changes: dict[tuple[str, str], Any] = {
            ("kept line", "d"): bars["kept"],
            ("batch bars", "d"): bars["batch"],
            ("kept accuracy", "text"): f"{right['kept']:.1%} right",
            ("batch accuracy", "text"): f"{right['batch']:.1%} right",
        }
        return Frame(
            changes,
            f"Test images at {light:.0%} of their brightness, {order}, {size} in a "
            f"batch: by the batch's statistics {right['batch']:.1%} are right, by "
            f"those kept from training {right['kept']:.1%}.",
        )

    return InteractiveFigure(
        "batch-norm-modes",
        "Two histograms of the normalized numbers of one hidden unit over the test "
        "set: bars for the statistics of each test batch, a line for the statistics "
        "kept from training. Above them, the accuracy of the network in either mode.",
        scene,
        [
            Slider("order of the test set", ORDERS, ORDERS),
            Slider(
                "examples in a batch", SIZES, [str(size) for size in SIZES], start=1
            ),
            Slider(
                "brightness of the test images",
                LIGHTS,
                [f"{light:.0%}" for light in LIGHTS],
                start=len(LIGHTS) - 1,
            ),
        ],
        frame,
    )


def learn(training: Dataset) -> nn.Sequential:
    """Train by SGD on random mini-batches; the same data give the same network."""
    rng = np.random.default_rng(0)
    features, classes = training.inputs.shape[1], len(training.class_names)
    model = nn.Sequential(
        nn.Linear(features, HIDDEN, bias=False, rng=rng),
        nn.BatchNorm1d(HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, classes, rng=rng),
    )
    optimizer = optim.SGD(model.parameters(), lr=RATE)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(STEPS):
        chosen = rng.choice(len(training), BATCH, replace=False)
        optimizer.zero_grad()
        outputs = model(Tensor(training.inputs[chosen]))
        loss_of(outputs, training.targets[chosen]).backward()
        optimizer.step()
    return model


def kept_normalized(model: nn.Sequential, inputs: np.ndarray) -> np.ndarray:
    """Return the hidden numbers, normalized by the running statistics, (N, hidden)."""
    z = inputs @ model[0].weight.data.T
    norm = model[1]
    return (z - norm.running_mean.data) / np.sqrt(norm.running_var.data + norm.eps)


def batch_normalized(
    model: nn.Sequential, inputs: np.ndarray, order: np.ndarray, size: int
) -> np.ndarray:
    """Return the same, each example normalized by its batch; `order` makes batches."""
    z = inputs @ model[0].weight.data.T
    result = np.empty_like(z)
    for start in range(0, len(z), size):
        chosen = order[start : start + size]
        batch = z[chosen]
        result[chosen] = (batch - batch.mean(axis=0)) / np.sqrt(
            batch.var(axis=0) + model[1].eps
        )
    return result


def answers(model: nn.Sequential, normalized: np.ndarray) -> np.ndarray:
    """Return the classes for normalized hidden numbers."""
    scaled = normalized * model[1].weight.data + model[1].bias.data
    return model[2:](Tensor(scaled)).data.argmax(axis=1)


def _staircase(axes: Axes, values: np.ndarray) -> str:
    """Return the outline of a histogram as a closed path."""
    counts, _ = np.histogram(np.clip(values, EDGES[0], EDGES[-1]), EDGES)
    shares = np.minimum(counts / len(values), _TOP)
    steps = "".join(
        f"V{number(round(axes.y(share)))}H{number(round(axes.x(edge)))}"
        for share, edge in zip(shares, EDGES[1:], strict=True)
    )
    floor = number(round(axes.y(0)))
    return f"M{number(round(axes.x(EDGES[0])))} {floor}{steps}V{floor}Z"
