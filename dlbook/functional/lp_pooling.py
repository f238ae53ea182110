"""Power-average pooling: the p-norm of every window."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.average_pooling import average_over
from dlbook.functional.max_pooling import max_over
from dlbook.functional.windows import sliding_windows

__all__ = ["lp_pool1d", "lp_pool2d", "lp_pool3d"]


def lp_pool2d(
    x: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    ceil_mode: bool = False,
) -> Tensor:
    r"""Take the p-norm of every window of every channel.

    .. math::
        y = \Bigl( \sum_{i \in \text{window}} x_i^p \Bigr)^{1/p}, \qquad
        \bar x_i = \bar y \, \Bigl( \frac{x_i}{y} \Bigr)^{p-1}

    With p = 1 this is the sum, and as p grows it nears the largest number, which
    :math:`p = \infty` gives exactly, of the magnitudes. No magnitude is taken
    otherwise: an odd p keeps the signs, and the root of a negative sum is nan. Where
    the sum is 0 the gradient is 0. A window of `ceil_mode` that sticks out counts as
    much as a whole one: its mean takes the place of the numbers it misses.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
    norm_type : float
        p, positive; also infinity.
    kernel_size : int or two ints
        k, the window's height and width.
    stride : int or two ints, optional
        s, the steps from window to window; by default the kernel size.
    ceil_mode : bool
        Whether a last window that sticks out on the right or below counts.

    Returns
    -------
    Tensor, shape (N, C, O_H, O_W) or (C, O_H, O_W)
        The output sizes of `avg_pool2d` without padding.

    Raises
    ------
    TypeError
        If x holds no floats, p is no number, or an option no int or pair of ints.
    ValueError
        If p is not positive, x has another number of axes or an empty one behind the
        batch, an option is too small, or no window fits.

    References
    ----------
    Sermanet, Chintala & LeCun (2012), *Convolutional neural networks applied to house
    numbers digit classification*, arXiv:1204.3968, section 2.2.
    """
    return norm_over("lp_pool2d", x, 2, norm_type, kernel_size, stride, ceil_mode)


def lp_pool1d(
    x: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    ceil_mode: bool = False,
) -> Tensor:
    """Take the p-norm of every window of sequences (N, C, L) or (C, L).

    `lp_pool2d` with one axis of place.
    """
    return norm_over("lp_pool1d", x, 1, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    x: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    *,
    ceil_mode: bool = False,
) -> Tensor:
    """Take the p-norm of every window of volumes (N, C, D, H, W) or (C, D, H, W).

    `lp_pool2d` with three axes of place.
    """
    return norm_over("lp_pool3d", x, 3, norm_type, kernel_size, stride, ceil_mode)


def norm_over(
    function: str,
    x: Tensor,
    axes: int,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    ceil_mode: bool,
) -> Tensor:
    """Return the root of the mean power, times the number of places in a window."""
    p = require_norm_type(function, norm_type)
    windows = sliding_windows(
        function, x, axes, kernel_size, stride, ceil_mode=ceil_mode
    )
    if p == inf:
        return max_over(x.abs(), windows, return_indices=False)
    means = average_over(x**p, windows)
    return root(means * prod(windows.kernel), p)


def root(x: Tensor, p: float) -> Tensor:
    """Return x to the power of 1/p; its slope at 0 counts as 0."""
    result = x.data ** (1 / p)

    def backward(grad_out):
        zeros = np.zeros_like(result)
        slope = np.divide(result, p * x.data, out=zeros, where=x.data != 0)
        return (grad_out * slope,)

    return Tensor.from_op(result, (x,), backward, "root")


def require_norm_type(function: str, norm_type: float) -> float:
    """Return p as a float; TypeError for no number, ValueError unless positive."""
    if isinstance(norm_type, bool) or not isinstance(
        norm_type, int | float | np.number
    ):
        raise TypeError(
            f"{function}: norm_type must be a number, got {type(norm_type).__name__}"
        )
    if not norm_type > 0:  # nan as well
        raise ValueError(f"{function}: norm_type must be positive, got {norm_type}")
    return float(norm_type)
