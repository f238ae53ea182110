"""Turn and shift the border of one neuron, and see which samples it gets wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, INK, ORANGE, PLUM
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene, number

_DIRECTIONS = range(0, 360, 15)  # degrees
_SHIFTS = np.linspace(-2.5, 2.5, 21)


def neuron_explorer(
    x: ArrayLike,
    y: ArrayLike,
    *,
    names: Sequence[str] = ("-1", "1"),
    xlabel: str = "x1",
    ylabel: str = "x2",
) -> InteractiveFigure:
    """Show a line w . x + b = 0 that the reader turns and shifts.

    Parameters
    ----------
    x : array_like, shape (N, 2)
    y : array_like, shape (N,)
        Labels -1 and 1.
    names : (str, str)
        What -1 and 1 mean.
    xlabel, ylabel : str

    Returns
    -------
    InteractiveFigure
        w has length 1; the shift is the distance of the line from the middle of the
        data, in the direction of w.

    Raises
    ------
    ValueError
        If x is not of shape (N, 2), or y holds something else than -1 and 1.
    """
    points, labels = two_classes(x, y)
    scene, axes = scatter(points, labels, names, xlabel, ylabel)
    scene.add("path", "line", d="", stroke=INK, stroke_width=3, fill="none")
    scene.add("path", "arrow", d="", stroke=PLUM, stroke_width=3, fill=PLUM)
    scene.text(250, 56, "w", "arrow-name", fill=PLUM, font_weight="bold")
    middle = points.mean(axis=0)

    def frame(degrees: float, shift: float) -> Frame:
        w = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        b = float(-w @ middle - shift)
        foot = middle + shift * w
        wrong = labels * (points @ w + b) <= 0
        line = axes.line(w, b)
        start = np.array([axes.x(foot[0]), axes.y(foot[1])])
        across = axes.normal(w)
        name_at = start + 58 * across
        return Frame(
            {
                ("line", "d"): line,
                ("arrow", "d"): arrow(start, across),
                ("arrow-name", "x"): float(name_at[0] - 6),
                ("arrow-name", "y"): float(name_at[1] + 5),
                ("ring", "shown"): "".join("01"[int(bad)] for bad in wrong),
            },
            f"w = ({signed(w[0])}, {signed(w[1])}), b = {signed(b)}: "
            f"{wrong.sum()} of {len(points)} on the wrong side."
            + ("" if line else " The line is outside the picture."),
        )

    return InteractiveFigure(
        "neuron-explorer",
        f"Scatter plot of {names[0]} and {names[1]} by {xlabel} and {ylabel}, with a "
        "line and an arrow w at right angles to it. Samples on the wrong side of the "
        "line have a ring.",
        scene,
        [
            Slider(
                "direction of w (degrees)",
                list(_DIRECTIONS),
                [f"{d}°" for d in _DIRECTIONS],
                start=6,
            ),
            Slider(
                "shift of the line",
                [float(s) for s in _SHIFTS],
                [signed(s) for s in _SHIFTS],
                start=14,
            ),
        ],
        frame,
    )


def two_classes(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return points and labels as arrays; refuse what is no two-class data in 2-D."""
    points, labels = np.asarray(x, float), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != (len(points),):
        raise ValueError(
            f"x must have shape (N, 2) and y (N,), got {points.shape} and "
            f"{labels.shape}"
        )
    if set(np.unique(labels)) != {-1, 1}:
        raise ValueError(f"y must hold -1 and 1, got {np.unique(labels)}")
    return points, labels


def scatter(
    points: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str],
    xlabel: str,
    ylabel: str,
) -> tuple[Scene, Axes]:
    """Draw the samples, circles for -1 and squares for 1, each with a hidden ring."""
    scene = Scene(400)
    low, high = points.min(axis=0), points.max(axis=0)
    low, high = low - 0.12 * (high - low), high + 0.12 * (high - low)
    axes = Axes(
        scene, (low[0], high[0]), (low[1], high[1]), (52, 66, 468, 346), xlabel, ylabel
    )
    for place, color, shape, name in (
        (180, BLUE, "circle", names[0]),
        (320, ORANGE, "rect", names[1]),
    ):
        mark(scene, shape, place, 20, color)
        scene.text(place + 12, 25, name)
    for (px, py), label in zip(points, labels, strict=True):
        shape, color = ("circle", BLUE) if label < 0 else ("rect", ORANGE)
        mark(scene, shape, axes.x(px), axes.y(py), color)
    for px, py in points:
        scene.add(
            "circle",
            "ring",
            cx=axes.x(px),
            cy=axes.y(py),
            r=9,
            fill="none",
            stroke=INK,
            stroke_width=2,
            visibility="hidden",
        )
    return scene, axes


def mark(scene: Scene, shape: str, x: float, y: float, color: str) -> None:
    """Draw the sign of one sample."""
    if shape == "circle":
        scene.add("circle", cx=x, cy=y, r=5, fill=color, stroke="#fff")
    else:
        scene.add(
            "rect", x=x - 4.5, y=y - 4.5, width=9, height=9, fill=color, stroke="#fff"
        )


def arrow(start: np.ndarray, direction: np.ndarray) -> str:
    """Return the path of an arrow of 42 units; `direction` has length 1."""
    side = np.array([-direction[1], direction[0]])
    tip = start + 42 * direction
    left, right = tip - 10 * direction + 5 * side, tip - 10 * direction - 5 * side
    places = [f"{number(x)} {number(y)}" for x, y in (start, tip, left, right)]
    return f"M{places[0]}L{places[1]}L{places[2]}L{places[3]}L{places[1]}"


def signed(value: float) -> str:
    """Write a number with two decimals and a true minus sign."""
    text = f"{value:.2f}"
    return ("0.00" if text == "-0.00" else text).replace("-", "−")
