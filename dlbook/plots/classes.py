"""Points of several classes in the plane, and the regions a classifier gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import ArrayLike

from dlbook.plots.palette import INK, LINE_COLORS, MARKERS, TINTS
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots

# More than this and the elements are rasterized: a page has a weight to keep.
_MOST_POINTS = 1000
_MOST_CORNERS = 4000


def scatter_classes(
    x: ArrayLike,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    line: tuple[ArrayLike, float] | None = None,
    highlight: ArrayLike | None = None,
    height: float | None = None,
) -> Figure:
    """Draw points with one color and one marker per class.

    Parameters
    ----------
    x : array_like, shape (N, 2)
    y : array_like, shape (N,)
        Class of each point. The n-th class in sorted order has the n-th color.
    names : sequence of str, optional
        Legend text for each class in sorted order; by default the labels themselves.
    xlabel, ylabel, title : str
    line : (weight, bias), optional
        Also draw the line weight . x + bias = 0, where weight has shape (2,).
    highlight : array_like of bool, shape (N,), optional
        Ring these points; the legend counts them as mistakes.
    height : float, optional
        Inches.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If shapes do not fit together, a point is not finite, there are more than five
        classes, or the weight of `line` is zero.
    """
    points, labels, classes, texts = _checked(x, y, names)
    figure, axes = subplots(height=height)
    with style():
        _draw_points(axes, points, labels, classes, texts, highlight)
        if line is not None:
            _draw_line(axes, *line)
        label_axes(axes, xlabel, ylabel, title)
        axes.legend()
    return figure


def decision_regions(
    predict: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    resolution: int = 200,
    highlight_mistakes: bool = True,
    height: float | None = None,
) -> Figure:
    """Color the plane by what a classifier predicts, with the data on top.

    Parameters
    ----------
    predict : callable
        Takes points, float array of shape (M, 2), and returns their classes, shape
        (M,): the same labels as in `y`, not probabilities.
    x : array_like, shape (N, 2)
    y : array_like, shape (N,)
    names, xlabel, ylabel, title, height
        As for `scatter_classes`.
    resolution : int
        Predictions along each side of the picture.
    highlight_mistakes : bool
        Ring the points whose prediction differs from `y`.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If shapes do not fit together, a point is not finite, there are more than five
        classes, or `predict` returns a label that is not in `y`.
    """
    points, labels, classes, texts = _checked(x, y, names)
    if resolution < 2:
        raise ValueError(f"resolution must be at least 2, got {resolution}")
    margin = 0.08 * np.ptp(points, axis=0)
    margin[margin == 0] = 1.0
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    across = np.linspace(low[0], high[0], resolution)
    up = np.linspace(low[1], high[1], resolution)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    regions = _class_numbers(predict, grid, classes).reshape(resolution, resolution)

    figure, axes = subplots(height=height)
    with style():
        # An image, not filled contours: light whatever the shape of the regions.
        axes.imshow(
            regions,
            cmap=ListedColormap(TINTS[: len(classes)]),
            vmin=-0.5,
            vmax=len(classes) - 0.5,
            extent=(low[0], high[0], low[1], high[1]),
            origin="lower",
            aspect="auto",
        )
        for n in range(len(classes) - 1):
            if regions.min() <= n < regions.max():
                border = axes.contour(across, up, regions, levels=[n + 0.5], colors=INK)
                corners = sum(len(path.vertices) for path in border.get_paths())
                border.set_rasterized(corners > _MOST_CORNERS)
        mistakes = None
        if highlight_mistakes:
            mistakes = classes[_class_numbers(predict, points, classes)] != labels
        _draw_points(axes, points, labels, classes, texts, mistakes)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.grid(False)
        label_axes(axes, xlabel, ylabel, title)
        axes.legend()
    return figure


def _checked(
    x: ArrayLike, y: ArrayLike, names: Sequence[str] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    points = as_array("x", x, ndim=2)
    if points.shape[1] != 2:
        raise ValueError(f"x must have shape (N, 2), got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("x holds NaN or infinity: such a point has no place")
    labels = np.asarray(y)
    if labels.shape != (len(points),):
        raise ValueError(
            f"y must have shape ({len(points)},) as x has {len(points)} points, "
            f"got {labels.shape}"
        )
    classes = np.unique(labels)
    if len(classes) > len(LINE_COLORS):
        raise ValueError(
            f"y has {len(classes)} classes, more than the {len(LINE_COLORS)} that can "
            "be told apart"
        )
    texts = [str(label) for label in classes] if names is None else list(names)
    if len(texts) != len(classes):
        raise ValueError(f"names has {len(texts)} entries for {len(classes)} classes")
    return points, labels, classes, texts


def _class_numbers(
    predict: Callable[[np.ndarray], ArrayLike], points: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    predicted = np.asarray(predict(points))
    if predicted.shape != (len(points),):
        raise ValueError(
            f"predict must return shape ({len(points)},) for {len(points)} points, "
            f"got {predicted.shape}"
        )
    unknown = np.setdiff1d(predicted, classes)
    if unknown.size:
        raise ValueError(
            f"predict returned {unknown[:3].tolist()}, but y holds only "
            f"{classes.tolist()}: return classes, not scores"
        )
    return np.searchsorted(classes, predicted)


def _draw_points(
    axes: Axes,
    points: np.ndarray,
    labels: np.ndarray,
    classes: np.ndarray,
    texts: list[str],
    highlight: Any,
) -> None:
    for n, (label, text) in enumerate(zip(classes, texts, strict=True)):
        chosen = points[labels == label]
        axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            label=text,
            color=LINE_COLORS[n],
            marker=MARKERS[n],
            s=44,
            linewidth=0.6,
            edgecolor=INK,
            rasterized=len(points) > _MOST_POINTS,
        )
    if highlight is None:
        return
    ringed = np.asarray(highlight)
    if ringed.dtype != bool or ringed.shape != labels.shape:
        raise ValueError(
            f"highlight must be booleans of shape {labels.shape}, got {ringed.dtype} "
            f"of shape {ringed.shape}"
        )
    if ringed.any():
        axes.scatter(
            points[ringed, 0],
            points[ringed, 1],
            label="mistake" if ringed.sum() == 1 else f"{ringed.sum()} mistakes",
            facecolor="none",
            edgecolor=INK,
            linewidth=1.8,
            s=150,
            rasterized=ringed.sum() > _MOST_POINTS,
        )


def _draw_line(axes: Axes, weight: ArrayLike, bias: float) -> None:
    w = as_array("weight of line", weight, ndim=1)
    if w.shape != (2,) or not w.any():
        raise ValueError(
            f"line needs a weight of shape (2,) that is not zero, got {w.tolist()}"
        )
    limits = axes.get_xlim(), axes.get_ylim()
    foot = -float(bias) * w / (w @ w)  # the line's point nearest to the origin
    axes.axline(foot, foot + np.array([-w[1], w[0]]), color=INK, linewidth=2.2)
    axes.set_xlim(*limits[0])
    axes.set_ylim(*limits[1])
