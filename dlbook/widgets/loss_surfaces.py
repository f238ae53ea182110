"""Two losses behind one sigmoid neuron, as landscapes that a reader walks down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.contours import contour_lines
from dlbook.plots.palette import BLUE, GREY_LINE, INK, ORANGE
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.neuron_explorer import signed
from dlbook.widgets.scene import Axes, Scene, number

LOSSES = ("squared error", "cross-entropy")
STARTS = ((-4.0, 0.0), (-4.0, 4.0), (4.0, -4.0), (0.0, 0.0))
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)
RATE = 0.5
_LEVELS = 8
_SIDE = 49
_LIMIT = 5.0


def loss_surfaces(x: ArrayLike, y: ArrayLike) -> InteractiveFigure:
    """Show gradient descent on the mean loss over weight w and bias b.

    Parameters
    ----------
    x : array_like, shape (N,)
        One feature of each sample.
    y : array_like, shape (N,)
        Targets 0 and 1.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If x and y have no common length, or y holds something else than 0 and 1.
    """
    samples, targets = np.asarray(x, float), np.asarray(y, float)
    if samples.ndim != 1 or samples.shape != targets.shape:
        raise ValueError(
            f"x and y must have one length, got {samples.shape} and {targets.shape}"
        )
    if not np.isin(targets, (0, 1)).all():
        raise ValueError(f"y must hold 0 and 1, got {np.unique(targets)}")
    scene = Scene(430)
    limits = (-_LIMIT, _LIMIT)
    axes = Axes(scene, limits, limits, (52, 40, 468, 376), "weight w", "bias b")
    grid = np.linspace(*limits, _SIDE)
    for level in range(_LEVELS):
        scene.add(
            "path",
            f"level-{level}",
            d="",
            stroke=BLUE if level < _LEVELS // 2 else GREY_LINE,
            stroke_width=2,
            fill="none",
        )
    scene.add("path", "walk", d="", stroke=ORANGE, stroke_width=3, fill="none")
    scene.add("circle", "start", cx=0.0, cy=0.0, r=5, fill="#fff", stroke=INK)
    scene.add("circle", "now", cx=0.0, cy=0.0, r=7, fill=ORANGE, stroke=INK)

    landscapes = {}
    for kind in LOSSES:
        heights = np.array(
            [[mean_loss(kind, w, b, samples, targets)[0] for w in grid] for b in grid]
        )
        shares = np.linspace(0.06, 0.94, _LEVELS)
        landscapes[kind] = [
            axes.path(contour_lines(grid, grid, heights, level))
            for level in np.quantile(heights, shares)
        ]

    def frame(kind: str, start: tuple[float, float], steps: int) -> Frame:
        places = walk(kind, start, steps, samples, targets)
        w, b = places[-1]
        loss, slope = mean_loss(kind, w, b, samples, targets)
        inside = np.clip(places, -_LIMIT, _LIMIT)
        changes = {
            (f"level-{level}", "d"): path for level, path in enumerate(landscapes[kind])
        }
        changes |= {
            ("walk", "d"): axes.path([inside]),
            ("start", "cx"): axes.x(start[0]),
            ("start", "cy"): axes.y(start[1]),
            ("now", "cx"): axes.x(inside[-1][0]),
            ("now", "cy"): axes.y(inside[-1][1]),
        }
        return Frame(
            changes,
            f"{kind.capitalize()} after {steps} step{'s' if steps != 1 else ''}: "
            f"w = {signed(w)}, b = {signed(b)}, mean loss {loss:.3f}, length of the "
            f"slope {np.hypot(*slope):.3f}.",
        )

    return InteractiveFigure(
        "loss-surfaces",
        "Lines of equal mean loss over weight and bias of a sigmoid neuron, blue where "
        "the loss is low and grey where it is high; a circle marks the start of "
        "gradient descent, an orange line its way, and an orange disc where it is now.",
        scene,
        [
            Slider("loss", list(LOSSES), list(LOSSES)),
            Slider(
                "start",
                list(STARTS),
                [
                    f"w = {number(w)}, b = {number(b)}".replace("-", "−")
                    for w, b in STARTS
                ],
            ),
            Slider(
                f"steps at learning rate {RATE}",
                list(STEPS),
                [str(steps) for steps in STEPS],
                steps=True,
            ),
        ],
        frame,
    )


def mean_loss(
    kind: str, w: float, b: float, x: np.ndarray, y: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the mean loss at (w, b), and its slope (2,)."""
    p = 1 / (1 + np.exp(-(w * x + b)))
    if kind == "squared error":
        loss, at_score = (p - y) ** 2, 2 * (p - y) * p * (1 - p)
    else:
        loss, at_score = -np.log(np.where(y == 1, p, 1 - p)), p - y
    return float(loss.mean()), np.array([(at_score * x).mean(), at_score.mean()])


def walk(
    kind: str, start: tuple[float, float], steps: int, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Return the places of gradient descent, shape (steps + 1, 2)."""
    places = [np.array(start)]
    for _ in range(steps):
        w, b = places[-1]
        places.append(places[-1] - RATE * mean_loss(kind, w, b, x, y)[1])
    return np.array(places)
