"""The ROC curve: how well scores separate two classes at every threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import GREY_TEXT, LINE_COLORS, LINE_STYLES
from dlbook.plots.style import Figure, as_array, label_axes, style, subplots


def roc(curves: Mapping[str, Sequence[ArrayLike]], *, title: str = "") -> Figure:
    """Draw ROC curves, the diagonal of chance, and the area under each in the legend.

    Parameters
    ----------
    curves : mapping of str to (false positive rate, true positive rate)
        Legend text to two arrays of shape (T + 1,) each, or to the three arrays that
        `dlbook.metrics.roc_curve` returns; at most five. Both rates run from 0 to 1
        and never fall; points are joined by straight lines, and the area (AUC) is the
        area under these.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If a rate is no real number.
    ValueError
        If there is no curve or more than five, one does not hold two or three arrays,
        their lengths differ, or a rate does not rise from 0 to 1.
    """
    if not 1 <= len(curves) <= len(LINE_COLORS):
        raise ValueError(
            f"curves must hold 1 to {len(LINE_COLORS)} curves, got {len(curves)}: "
            "draw more of them in a second figure"
        )
    figure, axes = subplots(height=5.4)
    with style():
        axes.plot(
            [0, 1],
            [0, 1],
            label="chance (AUC 0.5)",
            color=GREY_TEXT,
            linewidth=1.4,
            linestyle=(0, (2, 2)),
        )
        for n, (name, arrays) in enumerate(curves.items()):
            across, up = _rates(f"curves[{name!r}]", arrays)
            axes.plot(
                across,
                up,
                label=f"{name} (AUC {np.trapezoid(up, across):.3f})",
                color=LINE_COLORS[n],
                linestyle=LINE_STYLES[n],
                clip_on=False,  # a perfect curve runs along the edges
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_aspect("equal")
        label_axes(axes, "false positive rate", "true positive rate", title)
        first, *others = axes.get_legend_handles_labels()[0]
        axes.legend(handles=[*others, first], loc="lower right")
    return figure


def _rates(name: str, arrays: Sequence[ArrayLike]) -> tuple[np.ndarray, np.ndarray]:
    if len(arrays) not in (2, 3):
        raise ValueError(
            f"{name} must hold the false and the true positive rate, and at most the "
            f"thresholds, got {len(arrays)} arrays"
        )
    across = as_array(f"{name}[0]", arrays[0], ndim=1)
    up = as_array(f"{name}[1]", arrays[1], ndim=1)
    if len(across) != len(up):
        raise ValueError(
            f"{name} has {len(across)} false positive rates and {len(up)} true ones"
        )
    for position, rates in enumerate((across, up)):
        # written so that NaN is refused, too
        if not (rates[0] == 0 and rates[-1] == 1 and (np.diff(rates) >= 0).all()):
            raise ValueError(
                f"{name}[{position}] must rise from 0 to 1, got {len(rates)} rates "
                f"from {rates[0]:g} to {rates[-1]:g}"
            )
    return across, up
