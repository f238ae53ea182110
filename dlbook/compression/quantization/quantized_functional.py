"""Linear layer and convolution from integers to integers: integer-only inference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.compression.quantization.integer_products import (
    integer_convolution,
    integer_matmul,
)
from dlbook.compression.quantization.scheme import QuantizedArray, Scheme

__all__ = [
    "fixed_point",
    "multiply_fixed_point",
    "quantized_conv2d",
    "quantized_linear",
    "requantize",
]


def quantized_linear(
    x: QuantizedArray,
    weight: QuantizedArray,
    bias: np.ndarray | None = None,
    *,
    scale: float,
    zero_point: int,
    scheme: Scheme | None = None,
) -> QuantizedArray:
    r"""Compute a linear layer from integers to integers.

    With real numbers :math:`s (q - z)` in place of x, W and y,

    .. math::
        q^y_{nm} = \operatorname{clip}\Bigl(\Bigl\lfloor
            \frac{s^x s^w_m}{s^y} \Bigl(
            \sum_k (q^x_{nk} - z^x)(q^w_{mk} - z^w_m) + \frac{b_m}{s^x s^w_m}
            \Bigr) \Bigr\rceil + z^y\Bigr)

    where the sum is exact, in 32 bits.

    Parameters
    ----------
    x : QuantizedArray, shape (N, K)
        With one grid.
    weight : QuantizedArray, shape (M, K)
        With one grid, or one for each of the M rows.
    bias : ndarray of float32, shape (M,), optional
    scale, zero_point
        The grid of the result.
    scheme : Scheme, optional
        Of the result; as x's by default.

    Returns
    -------
    QuantizedArray, shape (N, M)

    Raises
    ------
    ValueError
        If x has several grids, or weight's grids are others than those.
    TypeError, OverflowError
        As `integer_matmul`.

    References
    ----------
    Jacob et al. (2018), arXiv:1712.05877, equation 4, and section 2.4 for the bias.
    torch's ``ao.nn.quantized.functional.linear``.
    """
    products = _scale_of_products("quantized_linear", x, weight)  # () or (M,)
    accumulator = integer_matmul(x.offsets(), weight.offsets().T)  # (N, M)
    grid = (scale, zero_point, scheme or x.scheme)
    return requantize(accumulator, products, bias, *grid)


def quantized_conv2d(
    x: QuantizedArray,
    weight: QuantizedArray,
    bias: np.ndarray | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    scale: float,
    zero_point: int,
    scheme: Scheme | None = None,
) -> QuantizedArray:
    """Compute a convolution from integers to integers, as `quantized_linear` does.

    The padding is z, which stands for 0.

    Parameters
    ----------
    x : QuantizedArray, shape (N, C, H, W)
        With one grid.
    weight : QuantizedArray, shape (F, C / groups, kH, kW)
        With one grid, or one for each of the F filters.
    bias : ndarray of float32, shape (F,), optional
    stride, padding, dilation, groups
        As in `functional.conv2d`.
    scale, zero_point, scheme
        As for `quantized_linear`.

    Returns
    -------
    QuantizedArray, shape (N, F, H', W')

    Raises
    ------
    TypeError, ValueError, OverflowError
        As `quantized_linear` and `integer_convolution`.
    """
    products = _scale_of_products("quantized_conv2d", x, weight)
    accumulator = integer_convolution(
        x.offsets(),
        weight.offsets(),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    last = np.moveaxis(accumulator, 1, -1)  # (N, H', W', F)
    grid = (scale, zero_point, scheme or x.scheme)
    result = requantize(last, products, bias, *grid)
    values = np.moveaxis(result.values, -1, 1)
    return QuantizedArray(values, result.scale, result.zero_point, result.scheme)


def requantize(
    accumulator: np.ndarray,
    products: np.ndarray,
    bias: np.ndarray | None,
    scale: float,
    zero_point: int,
    scheme: Scheme,
) -> QuantizedArray:
    """Bring 32-bit sums of products onto the grid of the next layer's input.

    Parameters
    ----------
    accumulator : ndarray of int32, shape (..., M)
    products : ndarray of float32, shape () or (M,)
        The real number that 1 stands for: the product of the factors' scales.
    bias : ndarray of float32, shape (M,), or None
    scale, zero_point
        The grid of the result.
    scheme : Scheme

    Returns
    -------
    QuantizedArray, shape (..., M)
    """
    scale = np.float32(scale)
    sums = accumulator.astype(np.float32)
    if bias is not None:
        sums += bias / products
    steps = np.rint(sums * (products / scale)) + zero_point
    q_min, q_max = scheme.range
    values = np.clip(steps, q_min, q_max).astype(np.int8 if q_min < 0 else np.uint8)
    return QuantizedArray(values, scale, np.int32(zero_point), scheme)


def fixed_point(multiplier: float) -> tuple[int, int]:
    r"""Write a factor as an integer and a shift, for hardware without floats.

    .. math:: m \approx M\, 2^{-n}, \qquad 2^{30} \le M < 2^{31}

    Parameters
    ----------
    multiplier : float
        m, in (0, 1): the quotient of scales in `quantized_linear`.

    Returns
    -------
    mantissa, shift : int
        M and n, from 30 to 62.

    Raises
    ------
    ValueError
        If m is not in (0, 1), or so small that n would be larger than 62.

    References
    ----------
    Jacob et al. (2018), arXiv:1712.05877, equation 6; their M_0 is our M / 2^31.
    """
    if not 2.0**-32 <= multiplier < 1:
        raise ValueError(
            f"fixed_point: expected a factor in [2^-32, 1), got {multiplier}"
        )
    fraction, exponent = np.frexp(multiplier)  # fraction in [0.5, 1)
    mantissa = round(float(fraction) * 2**31)
    if mantissa == 2**31:  # rounded up to the next power of 2
        return 2**30, 30 - int(exponent)
    return mantissa, 31 - int(exponent)


def multiply_fixed_point(
    accumulator: np.ndarray, mantissa: int, shift: int
) -> np.ndarray:
    """Return accumulator times M 2^-n, rounded, computed with integers alone.

    A half is rounded up.

    Parameters
    ----------
    accumulator : ndarray of int32, shape (*)
    mantissa, shift : int
        M and n, from `fixed_point`.

    Returns
    -------
    ndarray of int32, shape (*)
    """
    product = accumulator.astype(np.int64) * mantissa  # within 62 bits
    return ((product + 2 ** (shift - 1)) >> shift).astype(np.int32)


def _scale_of_products(
    function: str, x: QuantizedArray, weight: QuantizedArray
) -> np.ndarray:
    if np.size(x.scale) != 1 or x.scheme.group_size is not None:
        raise ValueError(f"{function}: x must have one grid, got {x.scheme}")
    if weight.scheme.axis not in (None, 0) or weight.scheme.group_size is not None:
        raise ValueError(
            f"{function}: weight must have one grid or one for each output, got "
            f"{weight.scheme}"
        )
    return x.scale * weight.scale
