"""Low-rank factors: one large weight becomes the product of two small ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.compression.masks import effective
from dlbook.nn import Conv2d, Linear, Sequential
from dlbook.nn.arguments import require_size

__all__ = [
    "break_even_rank",
    "factorize_conv2d",
    "factorize_linear",
    "rank_for_energy",
    "rank_for_error",
    "truncated_svd",
]


def truncated_svd(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the two factors whose product is the nearest matrix of a rank.

    .. math::
        W = \sum_i \sigma_i u_i v_i^\top \approx L R, \quad
        L = U_r \Sigma_r^{1/2}, \; R = \Sigma_r^{1/2} V_r^\top, \qquad
        \|W - L R\|_F^2 = \sum_{i > r} \sigma_i^2

    No other matrix of rank r is nearer to W.

    Parameters
    ----------
    matrix : ndarray, shape (m, n)
    rank : int
        r, 1 to min(m, n).

    Returns
    -------
    left : ndarray, shape (m, r)
    right : ndarray, shape (r, n)
        Of the dtype of `matrix`. The roots of the singular values on both sides keep
        both factors about as large.

    Raises
    ------
    TypeError
        If `rank` is no int.
    ValueError
        If it is out of range, the array has not two axes, or it is not finite.

    References
    ----------
    Eckart & Young (1936), The approximation of one matrix by another of lower rank.
    """
    if matrix.ndim != 2:
        raise ValueError(f"matrix has shape {matrix.shape}, expected two axes")
    rank = require_size(rank, "rank")
    if rank > min(matrix.shape):
        raise ValueError(
            f"rank must be at most {min(matrix.shape)} for shape {matrix.shape}, got "
            f"{rank}"
        )
    if not np.isfinite(matrix).all():
        raise ValueError("matrix must be finite")
    u, sigma, vt = np.linalg.svd(matrix, full_matrices=False)
    root = np.sqrt(sigma[:rank])
    return u[:, :rank] * root, root[:, np.newaxis] * vt[:rank]


def rank_for_energy(singular_values: np.ndarray, share: float) -> int:
    r"""Return the smallest rank that keeps a share of the energy.

    .. math:: \sum_{i \le r} \sigma_i^2 \ge \text{share} \cdot \sum_i \sigma_i^2

    Parameters
    ----------
    singular_values : array_like, shape (k,)
        :math:`\sigma`, >= 0, the largest first.
    share : float
        In (0, 1].

    Returns
    -------
    int
        r, at least 1.

    Raises
    ------
    ValueError
        If `share` or the singular values are out of range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must lie in (0, 1], got {share}")
    return rank_for_error(singular_values, math.sqrt(1 - float(share)))


def rank_for_error(singular_values: np.ndarray, error: float) -> int:
    r"""Return the smallest rank with at most a relative error in the Frobenius norm.

    .. math:: \sum_{i > r} \sigma_i^2 \le \text{error}^2 \sum_i \sigma_i^2

    Parameters
    ----------
    singular_values : array_like, shape (k,)
        :math:`\sigma`, >= 0, the largest first.
    error : float
        In [0, 1).

    Returns
    -------
    int
        r, at least 1.

    Raises
    ------
    ValueError
        If `error` or the singular values are out of range.
    """
    squares = np.asarray(singular_values, np.float64) ** 2
    if squares.ndim != 1 or not squares.size or (np.diff(squares) > 0).any():
        raise ValueError("singular_values must be one row, the largest first")
    if not 0 <= error < 1:
        raise ValueError(f"error must lie in [0, 1), got {error}")
    # what is left out at rank 0, 1, ..., k, summed from the smallest
    left_out = np.append(np.cumsum(squares[::-1])[::-1], 0.0)
    return max(int(np.argmax(left_out <= error**2 * left_out[0])), 1)


def break_even_rank(rows: int, columns: int) -> int:
    """Return the largest rank at which two factors have fewer weights than the matrix.

    r (rows + columns) < rows · columns; 0 if no rank helps.

    Parameters
    ----------
    rows, columns : int
    """
    rows, columns = require_size(rows, "rows"), require_size(columns, "columns")
    return (rows * columns - 1) // (rows + columns)


def factorize_linear(
    layer: Linear,
    *,
    rank: int | None = None,
    energy: float | None = None,
    error: float | None = None,
) -> Sequential:
    r"""Return two linear layers in place of one: :math:`y = L (R x) + b`.

    Parameters
    ----------
    layer : Linear
        Stays as it is.
    rank : int, optional
        Width r between the two layers. Or, one of the three:
    energy : float, optional
        The share of :math:`\sum \sigma^2` to keep, as in `rank_for_energy`.
    error : float, optional
        The relative error allowed, as in `rank_for_error`.

    Returns
    -------
    Sequential
        Linear(in_features, r) without bias, then Linear(r, out_features): r
        (in_features + out_features) weights.

    Raises
    ------
    TypeError
        If `layer` is no Linear.
    ValueError
        If not exactly one of the three is given, or it is out of range.

    References
    ----------
    Denil et al. (2013), arXiv:1306.0543; by SVD: Xue, Li & Gong (2013), Restructuring
    of deep neural network acoustic models.
    """
    if not isinstance(layer, Linear):
        raise TypeError(f"layer must be a Linear, got {type(layer).__name__}")
    left, right = _factors(effective(layer, "weight"), rank, energy, error)
    rank, biased = len(right), layer.bias is not None
    first = Linear(layer.in_features, rank, bias=False, rng=0).to(right.dtype)
    second = Linear(rank, layer.out_features, bias=biased, rng=0).to(left.dtype)
    first.weight.data[...] = right
    second.weight.data[...] = left
    if biased:
        second.bias.data[...] = effective(layer, "bias")
    return Sequential(first, second)


def factorize_conv2d(
    layer: Conv2d,
    *,
    rank: int | None = None,
    energy: float | None = None,
    error: float | None = None,
    scheme: str = "channels",
) -> Sequential:
    """Return two convolutions in place of one.

    Parameters
    ----------
    layer : Conv2d
        With groups=1; stays as it is.
    rank, energy, error
        One of them, as in `factorize_linear`.
    scheme : {"channels", "spatial"}
        How the weight (O, C, kH, kW) becomes a matrix. "channels": (O, C kH kW), so
        that r filters of the same size are mixed by a convolution of 1 x 1. "spatial":
        (O kW, C kH), so that filters of kH x 1 are followed by filters of 1 x kW.

    Returns
    -------
    Sequential
        Two Conv2d, the first without bias: r (C kH kW + O) or r (C kH + O kW) weights.

    Raises
    ------
    TypeError
        If `layer` is no Conv2d.
    ValueError
        If it has groups, if not exactly one of rank, energy and error is given or it is
        out of range, or if `scheme` is unknown.

    References
    ----------
    "spatial": Jaderberg, Vedaldi & Zisserman (2014), arXiv:1405.3866, scheme 2, solved
    as in Tai et al. (2016), arXiv:1511.06067, theorem 1. "channels": Zhang, Zou, He &
    Sun (2016), arXiv:1505.06798, section 3.1, on the weights.
    """
    if not isinstance(layer, Conv2d):
        raise TypeError(f"layer must be a Conv2d, got {type(layer).__name__}")
    if layer.groups != 1:
        raise ValueError(f"layer has groups={layer.groups}, expected 1")
    if scheme not in ("channels", "spatial"):
        raise ValueError(f'scheme must be "channels" or "spatial", got {scheme!r}')
    if scheme == "channels":
        first, second = _by_channels(layer, rank, energy, error)
    else:
        first, second = _by_space(layer, rank, energy, error)
    if second.bias is not None:
        second.bias.data[...] = effective(layer, "bias")
    return Sequential(first, second)


def _by_channels(layer: Conv2d, *wanted) -> tuple[Conv2d, Conv2d]:
    """Return r filters of the same size, and the 1 x 1 convolution that mixes them."""
    weight = effective(layer, "weight")
    left, right = _factors(weight.reshape(len(weight), -1), *wanted)
    first = _convolution(
        right.reshape(-1, *weight.shape[1:]),
        bias=False,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        padding_mode=layer.padding_mode,
    )
    mixing = left[:, :, np.newaxis, np.newaxis]  # (O, r, 1, 1)
    return first, _convolution(mixing, bias=layer.bias is not None)


def _by_space(layer: Conv2d, *wanted) -> tuple[Conv2d, Conv2d]:
    """Return r filters of kH x 1, and those of 1 x kW that run over their output."""
    weight = effective(layer, "weight")
    outputs, inputs, high, wide = weight.shape
    matrix = weight.transpose(0, 3, 1, 2).reshape(outputs * wide, inputs * high)
    left, right = _factors(matrix, *wanted)
    pads = (layer.padding, layer.padding)  # "same" and "valid" go axis by axis, too
    if not isinstance(layer.padding, str):
        pads = (layer.padding[0], 0), (0, layer.padding[1])
    first = _convolution(
        right.reshape(-1, inputs, high, 1),
        bias=False,
        stride=(layer.stride[0], 1),
        padding=pads[0],
        dilation=(layer.dilation[0], 1),
        padding_mode=layer.padding_mode,
    )
    second = _convolution(
        left.reshape(outputs, wide, 1, -1).transpose(0, 3, 2, 1),  # (O, r, 1, kW)
        bias=layer.bias is not None,
        stride=(1, layer.stride[1]),
        padding=pads[1],
        dilation=(1, layer.dilation[1]),
        padding_mode=layer.padding_mode,
    )
    return first, second


def _convolution(weight: np.ndarray, **options: Any) -> Conv2d:
    """Return a convolution with this weight, (out, in, height, width)."""
    outputs, inputs, *kernel = weight.shape
    layer = Conv2d(inputs, outputs, tuple(kernel), rng=0, **options).to(weight.dtype)
    layer.weight.data[...] = weight
    return layer


def _factors(
    matrix: np.ndarray, rank: int | None, energy: float | None, error: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two factors of a weight, of the rank that one of the three wants."""
    given = [value for value in (rank, energy, error) if value is not None]
    if len(given) != 1:
        raise ValueError(
            "give one of rank, energy and error, got "
            f"rank={rank}, energy={energy}, error={error}"
        )
    if rank is None:
        sigma = np.linalg.svd(matrix, compute_uv=False)
        if energy is not None:
            rank = rank_for_energy(sigma, energy)
        else:
            rank = rank_for_error(sigma, error)
    return truncated_svd(matrix, rank)
