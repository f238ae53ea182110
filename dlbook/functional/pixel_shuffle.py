"""Moving numbers between channels and places, and channels among themselves."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def pixel_shuffle(x: Tensor, upscale_factor: int) -> Tensor:
    r"""Lay r x r channels out as r x r pixels.

    .. math::
        y_{c,\; r h + i,\; r w + j} = x_{r^2 c + r i + j,\; h,\; w}

    A convolution that gives r² times the channels, and this, enlarge an image r times
    ("sub-pixel convolution"). The gradient is `pixel_unshuffle` of the gradient.

    Parameters
    ----------
    x : Tensor, shape (*, C r², H, W)
    upscale_factor : int
        r, at least 1.

    Returns
    -------
    Tensor, shape (*, C, r H, r W)

    Raises
    ------
    TypeError
        If `x` is no Tensor, or the factor no int.
    ValueError
        If `x` has fewer than three axes, the factor is smaller than 1, or its square
        does not divide the channels.

    References
    ----------
    Shi et al. (2016), arXiv:1609.05158, equation 4.
    """
    r = _factor("pixel_shuffle", x, upscale_factor, "upscale_factor")
    *batch, channels, height, width = x.shape
    if channels % r**2:
        raise ValueError(
            f"pixel_shuffle: the square of upscale_factor = {r} must divide the "
            f"channels, got x of shape {x.shape}"
        )
    n = len(batch)
    split = x.reshape(*batch, channels // r**2, r, r, height, width)
    # (*, C, i, j, H, W) -> (*, C, H, i, W, j)
    paired = split.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return paired.reshape(*batch, channels // r**2, height * r, width * r)


def pixel_unshuffle(x: Tensor, downscale_factor: int) -> Tensor:
    r"""Make channels of every r x r pixels: the inverse of `pixel_shuffle`.

    .. math::
        y_{r^2 c + r i + j,\; h,\; w} = x_{c,\; r h + i,\; r w + j}

    It halves an image (r = 2) without losing a number, which pooling does.

    Parameters
    ----------
    x : Tensor, shape (*, C, r H, r W)
    downscale_factor : int
        r, at least 1.

    Returns
    -------
    Tensor, shape (*, C r², H, W)

    Raises
    ------
    TypeError
        If `x` is no Tensor, or the factor no int.
    ValueError
        If `x` has fewer than three axes, the factor is smaller than 1, or it does not
        divide height and width.
    """
    r = _factor("pixel_unshuffle", x, downscale_factor, "downscale_factor")
    *batch, channels, height, width = x.shape
    if height % r or width % r:
        raise ValueError(
            f"pixel_unshuffle: downscale_factor = {r} must divide height and width, "
            f"got x of shape {x.shape}"
        )
    n = len(batch)
    split = x.reshape(*batch, channels, height // r, r, width // r, r)
    # (*, C, H, i, W, j) -> (*, C, i, j, H, W)
    moved = split.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return moved.reshape(*batch, channels * r**2, height // r, width // r)


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    r"""Deal the channels out: one of each group in turn.

    .. math::
        y_{g c + k} = x_{(C / g) k + c}, \qquad 0 \le k < g, \quad 0 \le c < C / g

    After a convolution in g groups this lets the next one see channels of all groups.

    Parameters
    ----------
    x : Tensor, shape (N, C, *) with at least one more axis
    groups : int
        g, at least 1.

    Returns
    -------
    Tensor, shape (N, C, *)

    Raises
    ------
    TypeError
        If `x` is no Tensor, or `groups` no int.
    ValueError
        If `x` has fewer than three axes, `groups` is smaller than 1 or does not divide
        the channels.

    References
    ----------
    Zhang et al. (2018), arXiv:1707.01083, section 3.1 (ShuffleNet).
    """
    groups = _factor("channel_shuffle", x, groups, "groups")
    batch, channels, *places = x.shape
    if channels % groups:
        raise ValueError(
            f"channel_shuffle: groups = {groups} must divide the channels, got x of "
            f"shape {x.shape}"
        )
    grouped = x.reshape(batch, groups, channels // groups, *places)
    return grouped.transpose(1, 2).reshape(*x.shape)


def _factor(function: str, x: Tensor, value: int, name: str) -> int:
    """Return `value` as an int of at least 1, and check that `x` holds images."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}: x must be a Tensor, got {type(x).__name__}")
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{function}: {name} must be an int, got {type(value).__name__}"
        )
    if value < 1:
        raise ValueError(f"{function}: {name} must be at least 1, got {value}")
    if x.ndim < 3:
        raise ValueError(
            f"{function}: x must have at least three axes, got shape {x.shape}"
        )
    return int(value)
