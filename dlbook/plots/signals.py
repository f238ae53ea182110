"""A grid of signals, each a short curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GREY_LINE, ORANGE
from dlbook.plots.style import Figure, as_array, style, subplots


def signal_grid(
    signals: ArrayLike,
    titles: Sequence[str] | None = None,
    *,
    beside: ArrayLike | None = None,
    columns: int = 5,
    title: str = "",
) -> Figure:
    """Draw signals in rows of small panels that share both axes.

    Parameters
    ----------
    signals : array_like, shape (N, L) or (N, 1, L)
    titles : sequence of str, length N, optional
    beside : array_like, of the shape of `signals`, optional
        Other signals, dashed, in the same panels.
    columns : int
        Panels in a row; 5 is the most that a phone can show legibly.
    title : str
        Above the whole grid.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If the signals are not real numbers.
    ValueError
        If a shape does not fit, `titles` has another length, or `columns` is less
        than 1.
    """
    rows_of = [_signals("signals", signals)]
    if beside is not None:
        rows_of.append(_signals("beside", beside))
        if rows_of[1].shape != rows_of[0].shape:
            raise ValueError(
                f"beside has shape {rows_of[1].shape}, expected that of signals, "
                f"{rows_of[0].shape}"
            )
    count, length = rows_of[0].shape
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    if titles is not None and len(titles) != count:
        raise ValueError(f"titles has {len(titles)} entries for {count} signals")
    columns = min(columns, count)
    rows = -(-count // columns)
    line = 0.28 if titles is not None else 0.0  # inches that a title needs
    figure, panels = subplots(
        rows,
        columns,
        height=rows * (0.95 + line) + (0.35 if title else 0.0),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    places = np.arange(length)
    with style():
        for n, panel in enumerate(panels.flat):
            if n >= count:
                panel.set_axis_off()
                continue
            panel.axhline(0, color=GREY_LINE, linewidth=0.8, linestyle="-")
            panel.plot(places, rows_of[0][n], color=BLUE, linestyle="-", linewidth=1.8)
            if len(rows_of) == 2:
                panel.plot(
                    places, rows_of[1][n], color=ORANGE, linestyle="--", linewidth=1.8
                )
            panel.set(xticks=[], yticks=[])
            panel.grid(visible=False)
            if titles is not None:
                panel.set_title(
                    titles[n], loc="center", fontsize=12, fontweight="normal"
                )
        if title:
            figure.suptitle(title, x=0.0, ha="left")
    return figure


def _signals(name: str, values: ArrayLike) -> np.ndarray:
    array = as_array(name, values)
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 2:
        raise ValueError(
            f"{name} must have shape (N, L) or (N, 1, L), got {array.shape}"
        )
    return array
