"""Pictures beside the classes of their pixels, true and predicted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from dlbook.plots.palette import GROUND, INK, LINE_COLORS, TINTS
from dlbook.plots.style import WIDTH, Figure, as_array, style, subplots

_FINE = 8  # cells of the pattern, a side, in a pixel of the picture

_MOST = 1 + len(LINE_COLORS)
_LEGEND = 0.45  # inches


def segmentation(
    images: ArrayLike,
    masks: ArrayLike,
    predictions: ArrayLike | None = None,
    *,
    class_names: Sequence[str],
    titles: tuple[str, str, str] = ("image", "true classes", "predicted"),
) -> Figure:
    """Draw each picture in a row with its true and its predicted classes.

    A class has a color and a pattern, class 0 is plain white; the legend below names
    them. Classes can so be told apart without colors.

    Parameters
    ----------
    images : array_like, shape (N, 3, H, W) with colors in [0, 1], or (N, 1, H, W)
    masks : array_like of int, shape (N, H, W)
        The true class of every pixel.
    predictions : array_like of int, shape (N, H, W), optional
        The predicted classes.
    class_names : sequence of str, at most 6
        Of class 0, 1, ...
    titles : (str, str, str)
        Above the columns.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If something does not hold real numbers.
    ValueError
        If a shape does not fit, a color is not in [0, 1], a class has no name, or
        there are more than 6.
    """
    pictures = as_array("images", images, ndim=4)
    if pictures.shape[1] not in (1, 3):
        raise ValueError(
            f"images must have 1 or 3 channels, (N, C, H, W), got {pictures.shape}"
        )
    if pictures.shape[1] == 3 and not (pictures.min() >= 0 and pictures.max() <= 1):
        raise ValueError(
            f"colors in images must be in [0, 1], got {pictures.min():g} to "
            f"{pictures.max():g}"
        )
    if not 1 <= len(class_names) <= _MOST:
        raise ValueError(
            f"class_names must hold 1 to {_MOST} names, got {len(class_names)}"
        )
    answers = [_classes("masks", masks, pictures, class_names)]
    if predictions is not None:
        answers.append(_classes("predictions", predictions, pictures, class_names))
    rows, columns = len(pictures), 1 + len(answers)
    height = WIDTH / 3 * pictures.shape[2] / pictures.shape[3] * rows
    figure, panels = subplots(
        rows + 1,
        columns,
        width=WIDTH if columns == 3 else WIDTH * 0.72,
        height=height + _LEGEND + 0.35,
        squeeze=False,
        height_ratios=[height / rows] * rows + [_LEGEND],
    )
    with style():
        for n, row in enumerate(panels[:-1]):
            colors = np.moveaxis(pictures[n], 0, 2)
            row[0].imshow(
                colors if colors.shape[2] == 3 else colors[..., 0],
                interpolation="none",  # stored as it is, and enlarged when shown
            )
            for panel, answer in zip(row[1:], answers, strict=True):
                panel.imshow(patterned(answer[n]), interpolation="none")
            for panel, text in zip(row, titles, strict=False):
                panel.set(xticks=[], yticks=[])
                panel.grid(visible=False)
                for spine in panel.spines.values():
                    spine.set_visible(True)
                if n == 0:
                    panel.set_title(text, loc="center", fontsize=12)
        grid = panels[-1, 0].get_gridspec()
        for panel in panels[-1]:
            panel.remove()
        _legend(figure.add_subplot(grid[-1, :]), class_names)
    return figure


def patterned(classes: np.ndarray) -> np.ndarray:
    """Return an RGB picture of class numbers (H, W), 8 times as large, in patterns.

    Class 1 has horizontal stripes, 2 dots, 3 falling and 4 rising diagonals, 5 a grid.
    """
    large = np.kron(classes.astype(int), np.ones((_FINE, _FINE), int))
    row, column = np.indices(large.shape)
    marks = np.stack(
        [
            np.zeros(large.shape, bool),
            row % 8 < 3,
            (row % 8 - 3.5) ** 2 + (column % 8 - 3.5) ** 2 < 7,
            (row - column) % 11 < 4,
            (row + column) % 11 < 4,
            (row % 8 < 2) | (column % 8 < 2),
        ]
    )
    grounds = np.array([_rgb(color) for color in (GROUND, *TINTS)])
    inks = np.array([_rgb(color) for color in (GROUND, *LINE_COLORS)])
    chosen = np.take_along_axis(marks, large[None], axis=0)[0]
    return np.where(chosen[..., None], inks[large], grounds[large])


def _legend(panel: Axes, class_names: Sequence[str]) -> None:
    panel.set_axis_off()
    panel.set(xlim=(0, 10), ylim=(0, 1))
    widths = [4 + len(name) for name in class_names]  # of box, gap and letters
    unit = 10 / max(sum(widths), 40)
    left = 0.0
    for label, name in enumerate(class_names):
        box = panel.inset_axes((left, 0.15, 0.6, 0.7), transform=panel.transData)
        box.imshow(
            patterned(np.full((3, 4), label)), aspect="auto", interpolation="none"
        )
        box.set(xticks=[], yticks=[])
        box.grid(visible=False)
        for spine in box.spines.values():
            spine.set_visible(True)
        panel.text(left + 0.75, 0.5, name, va="center", color=INK, fontsize=11)
        left += unit * widths[label]


def _classes(
    name: str, values: ArrayLike, pictures: np.ndarray, class_names: Sequence[str]
) -> np.ndarray:
    array = as_array(name, values)
    expected = (len(pictures), *pictures.shape[2:])
    if array.shape != expected:
        raise ValueError(
            f"{name} must have shape {expected}, a class for each pixel of images, "
            f"got {array.shape}"
        )
    if not np.isin(array, np.arange(len(class_names))).all():
        raise ValueError(
            f"{name} must hold class numbers from 0 to {len(class_names) - 1}, got "
            f"{array.min():g} to {array.max():g}"
        )
    return array.astype(int)


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
