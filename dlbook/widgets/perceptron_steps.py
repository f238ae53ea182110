"""Follow the perceptron's rule, one correction at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import GREY_LINE, INK, PLUM
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.neuron_explorer import scatter, signed, two_classes


def perceptron_steps(
    x: ArrayLike,
    y: ArrayLike,
    history: Sequence[tuple[int, Any, float]],
    *,
    names: Sequence[str] = ("-1", "1"),
    xlabel: str = "x1",
    ylabel: str = "x2",
) -> InteractiveFigure:
    """Step through the corrections of the perceptron's rule.

    Parameters
    ----------
    x : array_like, shape (N, 2)
    y : array_like, shape (N,)
        Labels -1 and 1.
    history : sequence of (n, w, b)
        For each correction, the sample that caused it and the weights after it, w of
        shape (2,). The weights before the first are zero.
    names : (str, str)
        What -1 and 1 mean.
    xlabel, ylabel : str

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If the data have the wrong shape, or there is no correction.
    """
    points, labels = two_classes(x, y)
    if not history:
        raise ValueError("perceptron_steps needs a history with a correction in it")
    scene, axes = scatter(points, labels, names, xlabel, ylabel)
    scene.add(
        "path", "before", d="", stroke=GREY_LINE, stroke_width=2, stroke_dasharray="6 4"
    )
    scene.add("path", "line", d="", stroke=INK, stroke_width=3)
    scene.add(
        "circle", "cause", cx=0, cy=0, r=12, fill="none", stroke=PLUM, stroke_width=4
    )
    weights = [(np.zeros(2), 0.0)] + [(np.asarray(w), float(b)) for _, w, b in history]

    def frame(step: int) -> Frame:
        w, b = weights[step]
        wrong = labels * (points @ w + b) <= 0
        line = axes.line(w, b)
        cause = history[step - 1][0] if step else 0
        name = names[int(labels[cause] > 0)]
        begin = f"Correction {step}, by a {name}" if step else "Before the start"
        return Frame(
            {
                ("line", "d"): line,
                ("before", "d"): axes.line(*weights[step - 1]) if step else "",
                ("cause", "cx"): axes.x(points[cause, 0]),
                ("cause", "cy"): axes.y(points[cause, 1]),
                ("cause", "shown"): str(int(step > 0)),
                ("ring", "shown"): "".join("01"[int(bad)] for bad in wrong),
            },
            f"{begin}: w = ({signed(w[0])}, {signed(w[1])}), b = {signed(b)}; "
            f"{wrong.sum()} of {len(points)} on the wrong side."
            + ("" if line else " The line is outside the picture."),
        )

    steps = range(len(history) + 1)
    return InteractiveFigure(
        "perceptron-steps",
        f"Scatter plot of {names[0]} and {names[1]} by {xlabel} and {ylabel}, with the "
        "perceptron's line after each correction; dashed, the line before it. A thick "
        "ring marks the sample that caused the correction, thin rings those on the "
        "wrong side.",
        scene,
        [Slider("correction", list(steps), [str(s) for s in steps], steps=True)],
        frame,
    )
