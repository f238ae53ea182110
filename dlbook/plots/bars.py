"""Named quantities side by side, and a confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from dlbook.plots.palette import BLUE, GROUND, INK
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots

_BLUES = LinearSegmentedColormap.from_list("dlbook blues", [GROUND, BLUE])


def bars(
    values: Mapping[str, float],
    *,
    xlabel: str,
    title: str = "",
    spread: Mapping[str, float] | None = None,
    format: str = "{:.3g}",
    logx: bool = False,
) -> Figure:
    """Draw one horizontal bar per entry, with its number at the end.

    Parameters
    ----------
    values : mapping of str to float
        Drawn from top to bottom.
    xlabel : str
        What the bars measure, with its unit.
    title : str
    spread : mapping of str to float, optional
        Half the length of the error bar, for each entry or for some.
    format : str
        How the numbers are written.
    logx : bool
        Logarithmic axis; all values must then be positive.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to draw, `spread` names an unknown entry, or a value is not
        positive on a logarithmic axis.
    """
    lengths = as_array("values", list(values.values()))
    unknown = set(spread or ()) - set(values)
    if unknown:
        raise ValueError(f"spread names entries that values lacks: {sorted(unknown)}")
    if logx and not (lengths > 0).all():
        raise ValueError("a logarithmic axis needs positive values")
    rows = np.arange(len(lengths))
    errors = [(spread or {}).get(name, 0.0) for name in values]
    figure, axes = subplots(height=1.0 + 0.5 * len(lengths) + (0.3 if title else 0.0))
    with style():
        drawn = axes.barh(
            rows,
            lengths,
            height=0.62,
            color=BLUE,
            xerr=errors if spread else None,
            error_kw={"ecolor": INK, "capsize": 4},
        )
        axes.bar_label(drawn, [format.format(v) for v in lengths], padding=5)
        axes.set_yticks(rows, list(values))
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.invert_yaxis()
        axes.grid(False, axis="y")
        if logx:
            axes.set_xscale("log")
        else:
            axes.axvline(0, color=INK, linewidth=1)
        axes.margins(x=0.16)
        label_axes(axes, xlabel, "", title)
    return figure


def confusion(
    counts: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    xlabel: str = "predicted",
    ylabel: str = "true",
    title: str = "",
) -> Figure:
    """Draw a confusion matrix, its counts written into the cells.

    Parameters
    ----------
    counts : array_like, shape (classes, classes)
        `counts[i, j]` examples of class i were predicted to be j. The shade of a cell
        is its share of the row.
    names : sequence of str, optional
        Of the classes; by default 0, 1, 2, ...
    xlabel, ylabel : str
        What the columns and the rows stand for, for other tables than of counts.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `counts` is not square or `names` has another length.
    """
    matrix = as_array("counts", counts, ndim=2)
    size = len(matrix)
    if matrix.shape != (size, size):
        raise ValueError(f"counts must be square, got shape {matrix.shape}")
    texts = [str(n) for n in range(size)] if names is None else list(names)
    if len(texts) != size:
        raise ValueError(f"names has {len(texts)} entries for {size} classes")
    totals = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, totals, out=np.zeros_like(matrix), where=totals > 0)
    figure, axes = subplots(height=5.4)
    with style():
        axes.imshow(share, cmap=_BLUES, vmin=0.0, vmax=1.0)
        for i in range(size):
            for j in range(size):
                axes.text(
                    j,
                    i,
                    f"{matrix[i, j]:.10g}",
                    ha="center",
                    va="center",
                    # Both pass 4.5:1 on every shade: the blue mixes at 0.42 of itself
                    # give 4.6:1 under white and 4.6:1 under ink.
                    color=GROUND if share[i, j] > 0.6 else INK,
                )
        axes.set_xticks(range(size), texts)
        axes.set_yticks(range(size), texts)
        axes.tick_params(length=0, labelcolor=INK)
        axes.grid(False)
        for side in axes.spines.values():
            side.set_visible(False)
        label_axes(axes, xlabel, ylabel, title)
    return figure
