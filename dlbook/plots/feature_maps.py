"""What a convolution holds and what it gives: kernels and channels, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dlbook.plots.images import image_grid
from dlbook.plots.palette import BLUE, GREY_LINE, GROUND, INK, TEXT_COLORS
from dlbook.plots.style import Figure, as_array, style

_BROWN = TEXT_COLORS[1]
DIVERGING = LinearSegmentedColormap.from_list(
    "dlbook_diverging", [BLUE, GROUND, _BROWN]
)  # negative, zero, positive
POSITIVE = LinearSegmentedColormap.from_list("dlbook_positive", [GROUND, _BROWN])
_BAR = 0.75  # inches that the color bar and its numbers take


def feature_maps(
    maps: ArrayLike,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 4,
    limit: float | None = None,
    label: str = "response",
    title: str = "",
) -> Figure:
    """Draw the channels of a response side by side, all on one scale.

    Zero is white, a negative number blue, a positive one brown, darker the larger it
    is; the color bar below says how large. Numbers of equal size and opposite sign are
    equally dark.

    Parameters
    ----------
    maps : array_like, shape (C, H, W), or (1, C, H, W)
    titles : sequence of str, length C, optional
    columns : int
        Channels in a row.
    limit : float, optional
        The size of the number that is darkest, beyond which all are equally dark; by
        default the largest size in `maps`. Give one to compare figures.
    label : str
        What the numbers are, beneath the color bar.
    title : str
        Above the whole grid.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If `maps` are not real numbers.
    ValueError
        If `maps` has another shape or numbers that are not finite, `limit` is not
        greater than 0, `titles` has another length, or `columns` is less than 1.
    """
    array = as_array("maps", maps)
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim != 3:
        raise ValueError(
            "maps must have shape (C, H, W), or (1, C, H, W) of one image, "
            f"got {array.shape}"
        )
    return _on_one_scale("maps", array, titles, columns, limit, label, title)


def kernels(
    weights: ArrayLike,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    limit: float | None = None,
    numbers: bool | None = None,
    label: str = "weight",
    title: str = "",
) -> Figure:
    """Draw the kernels of a convolution, all on one scale.

    The colors are those of `feature_maps`. Of several input channels, a kernel is a row
    of pictures, one for each.

    Parameters
    ----------
    weights : array_like, shape (F, C, KH, KW), or (F, KH, KW)
        As `nn.Conv2d` holds them: F output channels, C input channels.
    titles : sequence of str, optional
        One for each picture, F * C of them.
    columns : int, optional
        Pictures in a row; by default C, or, for C = 1, at most 4.
    limit, label, title
        As in `feature_maps`.
    numbers : bool, optional
        Write every weight into its cell, with two digits behind the point; by default
        where they can be read, at most 12 cells side by side.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        As `feature_maps`.
    """
    array = as_array("weights", weights)
    if array.ndim not in (3, 4):
        raise ValueError(
            f"weights must have shape (F, C, KH, KW) or (F, KH, KW), got {array.shape}"
        )
    channels = array.shape[1] if array.ndim == 4 else 1
    pictures = array.reshape(-1, *array.shape[-2:])
    if columns is None:
        columns = channels if channels > 1 else min(4, len(pictures))
    figure = _on_one_scale("weights", pictures, titles, columns, limit, label, title)
    if numbers is None:
        numbers = min(columns, len(pictures)) * pictures.shape[2] <= 12
    panels = [axes for axes in figure.axes if axes.images]
    with style():
        for panel, picture in zip(panels, pictures, strict=False):
            _cells(panel, picture, panel.images[0].norm.vmax if numbers else None)
    return figure


def _on_one_scale(
    name: str,
    pictures: np.ndarray,
    titles: Sequence[str] | None,
    columns: int,
    limit: float | None,
    label: str,
    title: str,
) -> Figure:
    if not np.isfinite(pictures).all():
        raise ValueError(f"{name} must be finite: NaN and infinity have no color")
    if limit is None:
        limit = float(np.abs(pictures).max()) or 1.0
    if not 0 < limit < np.inf:
        raise ValueError(f"limit must be greater than 0 and finite, got {limit}")
    signed = bool((pictures < 0).any())
    figure = image_grid(
        pictures,
        titles,
        columns=columns,
        value_range=(-limit if signed else 0.0, limit),
        cmap=DIVERGING if signed else POSITIVE,
        title=title,
    )
    figure.set_figheight(figure.get_figheight() + _BAR)
    panels = [axes for axes in figure.axes if axes.images]
    with style():
        for panel in panels:  # an edge: white is a number here
            panel.set_axis_on()
            panel.set(xticks=[], yticks=[])
            panel.grid(visible=False)
            for spine in panel.spines.values():
                spine.set(visible=True, color=GREY_LINE, linewidth=0.8)
        bar = figure.colorbar(
            panels[0].images[0],
            ax=figure.axes,
            location="bottom",
            label=label,
            fraction=0.05,
            aspect=40,
            extend=_beyond(pictures, limit),
        )
        bar.outline.set(edgecolor=GREY_LINE, linewidth=0.8)
        bar.ax.grid(visible=False)
        bar.locator = MaxNLocator(nbins=5)
        bar.update_ticks()
    return figure


def _beyond(pictures: np.ndarray, limit: float) -> str:
    below, above = pictures.min() < -limit, pictures.max() > limit
    return {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[
        int(below), int(above)
    ]


def _cells(panel: Axes, picture: np.ndarray, limit: float | None) -> None:
    """Draw lines between the cells; with a limit, write the numbers too."""
    rows, columns = picture.shape
    panel.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, GREY_LINE, lw=0.6)
    panel.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, GREY_LINE, lw=0.6)
    if limit is None:
        return
    for (row, column), value in np.ndenumerate(picture):
        text = f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        panel.text(
            column,
            row,
            "0" if text in ("\N{MINUS SIGN}0", "0") else text,
            ha="center",
            va="center",
            fontsize=11,
            color=GROUND if abs(value) > 0.6 * limit else INK,
        )
