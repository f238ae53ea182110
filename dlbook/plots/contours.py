"""Lines of equal height, as points: for figures that draw them themselves."""

from __future__ import annotations

import numpy as np
from contourpy import contour_generator
from numpy.typing import ArrayLike


def contour_lines(
    x: ArrayLike, y: ArrayLike, height: ArrayLike, level: float
) -> list[np.ndarray]:
    """Return the lines along which a height, known on a grid, has one value.

    Parameters
    ----------
    x : array_like, shape (n,)
        Places of the columns, increasing.
    y : array_like, shape (m,)
        Places of the rows, increasing.
    height : array_like, shape (m, n)
    level : float

    Returns
    -------
    list of ndarray, shape (points, 2)
        Each line's points (x, y) in order; a closed line repeats its first point.

    Raises
    ------
    ValueError
        If `height` has not one row for each y and one column for each x.
    """
    across, up, grid = (np.asarray(v, float) for v in (x, y, height))
    if grid.shape != (up.size, across.size):
        raise ValueError(
            f"height has shape {grid.shape}, expected {(up.size, across.size)}: a row "
            "for each y, a column for each x"
        )
    return list(contour_generator(across, up, grid).lines(level))
