"""A grid of small images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.style import WIDTH, Figure, as_array, style, subplots

_DPI = 100  # above it an image is reduced


def image_grid(
    images: ArrayLike,
    titles: Sequence[str] | None = None,
    *,
    columns: int = 8,
    value_range: tuple[float, float] | None = None,
    cmap: str = "gray_r",
    title: str = "",
) -> Figure:
    """Draw images in rows, each with a short title above it.

    Parameters
    ----------
    images : array_like, shape (N, H, W) or (N, H, W, 3)
        Grey values, or colors in [0, 1].
    titles : sequence of str, optional
        One per image.
    columns : int
        Images in a row; with titles, 8 is the most that a phone can show legibly.
    value_range : (float, float), optional
        Values drawn as white and black; by default the smallest and largest of all
        images, so that they can be compared.
    cmap : str
        A color map of matplotlib for grey values; by default 0 is white paper.
    title : str
        Above the whole grid.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `images` has another shape, colors are not in [0, 1], or `titles` has
        another length.
    """
    array = as_array("images", images)
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
        raise ValueError(
            f"images must have shape (N, H, W) or (N, H, W, 3), got {array.shape}"
        )
    if array.ndim == 4 and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            f"colors in images must be in [0, 1], got {array.min():g} to "
            f"{array.max():g}: divide bytes by 255"
        )
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    if titles is not None and len(titles) != len(array):
        raise ValueError(f"titles has {len(titles)} entries for {len(array)} images")
    columns = min(columns, len(array))
    rows = -(-len(array) // columns)
    side = WIDTH / columns
    ratio = array.shape[1] / array.shape[2]
    line = 0.28 if titles is not None else 0.0  # inches that a title needs
    # A small image is stored as it is and enlarged by the browser, square by square.
    small = array.shape[2] <= _DPI * side
    low, high = value_range or (np.nanmin(array), np.nanmax(array))
    figure, axes = subplots(
        rows,
        columns,
        height=rows * (side * ratio + line) + (0.35 if title else 0.0),
        squeeze=False,
    )
    with style():
        for n, cell in enumerate(axes.flat):
            cell.set_axis_off()
            if n < len(array):
                cell.imshow(
                    array[n],
                    cmap=cmap,
                    vmin=low,
                    vmax=high,
                    interpolation="none" if small else "antialiased",
                )
                if titles is not None:
                    cell.set_title(
                        titles[n], loc="center", fontsize=12, fontweight="normal"
                    )
        if title:
            figure.suptitle(title, x=0.0, ha="left")
    return figure
