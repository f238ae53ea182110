"""Running means, which forget the past at a constant rate."""

from __future__ import annotations

import numpy as np

__all__ = ["update_mean", "update_mean_of_squares"]


def update_mean(
    mean: np.ndarray, values: np.ndarray, decay: float, scratch: np.ndarray
) -> None:
    r"""Move a running mean towards new values, in place.

    .. math:: m \leftarrow \beta m + (1 - \beta) x

    Started at 0, after t steps it is the weighted mean of the values so far times
    :math:`1 - \beta^t`: this factor is its bias.

    Parameters
    ----------
    mean : ndarray
        m, which is changed.
    values : ndarray, shaped like `mean`
        x, which is read only.
    decay : float
        :math:`\beta`, in [0, 1].
    scratch : ndarray, shaped like `mean`
        Memory to compute in; it may be `values`, where these may be lost.
    """
    mean *= decay
    mean += np.multiply(values, 1 - decay, out=scratch)


def update_mean_of_squares(
    mean: np.ndarray, values: np.ndarray, decay: float, scratch: np.ndarray
) -> None:
    """Move a running mean towards the squares of new values, as `update_mean` does.

    Parameters
    ----------
    mean, values, decay, scratch
        As in `update_mean`.
    """
    squares = np.multiply(values, values, out=scratch)
    update_mean(mean, squares, decay, scratch)
