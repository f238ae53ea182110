"""Learning curves: what training and validation measured after every epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dlbook.plots.curves import marked_points
from dlbook.plots.palette import LINE_COLORS, LINE_STYLES
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots

_LOSSES = ("training loss", "validation loss")
_FEW = 30  # epochs that are marked by a point each


def learning_curves(
    history: Mapping[str, ArrayLike],
    columns: Sequence[str] | None = None,
    *,
    mode: str | None = None,
    ylabel: str | None = None,
    title: str = "",
    logy: bool = False,
) -> Figure:
    """Draw columns of a training history over the epochs, the best epoch marked.

    The best epoch is that of the last column drawn, hence of the validation loss if
    there is one: a ring stands on it, and the legend names the epoch and the value.

    Parameters
    ----------
    history : mapping of str to array_like, shape (epochs,)
        One value an epoch, from epoch 1 on: a `dlbook.training.History`, or a dict.
    columns : sequence of str, optional
        What to draw, at most five; by default "training loss" and "validation loss",
        as far as they are there.
    mode : {"min", "max"}, optional
        Which values of the last column are better. By default "min" for a name that
        ends in "loss" and "max" for one that ends in "accuracy".
    ylabel : str, optional
        By default the last word of the names, if they share it, as "loss".
    title : str
    logy : bool
        Logarithmic scale for the values.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If a value is no real number.
    ValueError
        If a column is not in `history` or there is none or more than five, if their
        lengths differ or they are empty, or if it is not known which values are better.

    Notes
    -----
    NaN leaves a gap, and is never the best; of equal values the first is.
    """
    names = [name for name in _LOSSES if name in history]
    if columns is not None:
        names = [columns] if isinstance(columns, str) else list(columns)
    missing = [name for name in names if name not in history]
    if missing or not 1 <= len(names) <= len(LINE_COLORS):
        raise ValueError(
            f"columns must name 1 to {len(LINE_COLORS)} columns of history, got "
            f"{missing or names}; history has {list(history)}"
        )
    values = [as_array(f"history[{n!r}]", history[n], ndim=1) for n in names]
    for name, column in zip(names, values, strict=True):
        if len(column) != len(values[0]):
            raise ValueError(
                f"history[{name!r}] has {len(column)} epochs and "
                f"history[{names[0]!r}] {len(values[0])}"
            )
    epochs = np.arange(1, len(values[0]) + 1)
    best = _best(names[-1], values[-1], mode)
    figure, axes = subplots()
    with style():
        for n, (name, column) in enumerate(zip(names, values, strict=True)):
            axes.plot(
                epochs,
                column,
                label=name,
                color=LINE_COLORS[n],
                linestyle=LINE_STYLES[n],
                marker=".",
                markevery=marked_points(column, int(len(epochs) <= _FEW)),
            )
        if best is not None:
            axes.plot(
                epochs[best],
                values[-1][best],
                label=f"best: epoch {epochs[best]}, {values[-1][best]:.4g}",
                linestyle="none",
                marker="o",
                markersize=11,
                markerfacecolor="none",
                markeredgecolor=LINE_COLORS[len(names) - 1],
                markeredgewidth=2.2,
                zorder=3,
            )
        if logy:
            axes.set_yscale("log")
        axes.xaxis.set_major_locator(
            MaxNLocator(integer=True, steps=(1, 2, 5, 10), min_n_ticks=1)
        )
        label_axes(axes, "epoch", _label(names) if ylabel is None else ylabel, title)
        axes.legend()
    return figure


def _best(name: str, values: np.ndarray, mode: str | None) -> int | None:
    """Return the position of the best value; None if all are NaN."""
    if mode is None:
        endings = {"loss": "min", "accuracy": "max"}
        mode = next((m for e, m in endings.items() if name.endswith(e)), None)
    if mode not in ("min", "max"):
        raise ValueError(f'mode for {name!r} must be "min" or "max", got {mode!r}')
    if np.isnan(values).all():
        return None
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values))


def _label(names: list[str]) -> str:
    words = {name.split()[-1] for name in names if name.split()}
    return words.pop() if len(words) == 1 else "value"
