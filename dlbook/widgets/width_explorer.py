"""Widen a hidden layer of random neurons, and see the border that its output draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dlbook.data import Dataset
from dlbook.plots.contours import contour_lines
from dlbook.plots.palette import INK
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.neuron_explorer import scatter

WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 119, 160, 240, 480)
DRAWS = (0, 1, 2)
_SIDE = 56  # places along each side of the picture where the output is computed


def width_explorer(
    training: Dataset,
    test: Dataset,
    *,
    widths: Sequence[int] = WIDTHS,
    draws: Sequence[int] = DRAWS,
) -> InteractiveFigure:
    """Show the border of a network whose hidden weights are random and stay so.

    The output layer is fitted by least squares, without a penalty, to targets of -1
    and 1.

    Parameters
    ----------
    training, test : Dataset
        Two features, two classes; the same features in both.
    widths : sequence of int
        Numbers of hidden neurons to choose from.
    draws : sequence of int
        Seeds of the hidden weights to choose from.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If the data have not two features and two classes.
    """
    for dataset in (training, test):
        if dataset.inputs.shape[1:] != (2,) or len(dataset.class_names) != 2:
            raise ValueError(
                f"{dataset.name} must have two features and two classes, got inputs "
                f"{dataset.inputs.shape} and {len(dataset.class_names)} classes"
            )
    labels = 2 * training.targets - 1
    scene, axes = scatter(
        training.inputs.astype(float),
        labels,
        training.class_names,
        *training.feature_names,
    )
    scene.add(
        "path", "border", d="", stroke=INK, stroke_width=3, fill="none", opacity=0.85
    )
    across, up = (np.linspace(*limits, _SIDE) for limits in (axes.xlim, axes.ylim))
    sheet = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)

    def frame(width: int, draw: int) -> Frame:
        score = fitted(training.inputs.astype(float), labels, width, draw)
        height = score(sheet).reshape(_SIDE, _SIDE)
        wrong = labels * score(training.inputs.astype(float)) <= 0
        missed = np.mean((score(test.inputs.astype(float)) > 0) != (test.targets == 1))
        return Frame(
            {
                ("border", "d"): axes.path(contour_lines(across, up, height, 0.0)),
                ("ring", "shown"): "".join("01"[int(bad)] for bad in wrong),
            },
            f"{width} hidden neuron{'s' if width > 1 else ''}: {wrong.sum()} of the "
            f"{len(wrong)} points are on the wrong side, and {missed:.1%} of "
            f"{len(test):,} new points.",
        )

    return InteractiveFigure(
        "width-explorer",
        f"Scatter plot of {training.name} with the border that a network draws between "
        "the two classes. Points on the wrong side of the border have a ring.",
        scene,
        [
            Slider(
                "hidden neurons",
                list(widths),
                [str(width) for width in widths],
                start=len(widths) // 4,
            ),
            Slider(
                "random hidden weights",
                list(draws),
                [f"draw {draw + 1}" for draw in draws],
            ),
        ],
        frame,
    )


def fitted(
    x: np.ndarray, labels: np.ndarray, width: int, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Draw hidden ReLU neurons, fit the output layer, return the network's score."""
    rng = np.random.default_rng(seed)
    weight = rng.standard_normal((width, 2))
    bias = rng.standard_normal(width)
    middle, scale = x.mean(axis=0), x.std(axis=0)

    def features(points: np.ndarray) -> np.ndarray:
        hidden = np.maximum((points - middle) / scale @ weight.T + bias, 0)
        return np.column_stack([hidden, np.ones(len(points))])

    output = np.linalg.lstsq(features(x), labels.astype(float), rcond=None)[0]
    return lambda points: features(points) @ output
