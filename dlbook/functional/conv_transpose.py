"""Transposed convolution in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.columns import correlate, correlate_transposed, weight_gradient
from dlbook.functional.convolution_geometry import (
    Geometry,
    as_numbers,
    require_bias,
    require_input,
)

__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    r"""Spread every element of x over a window: the map that `conv2d`'s gradient is.

    As a matrix, it is the transpose of the convolution with the same weight, stride,
    padding and dilation, which takes an array of this output's size to one of x's size.
    With stride s, dilation d and padding p,

    .. math::
        y_{fhw} = b_f + \sum_c \sum_{\substack{i,u:\; su + di - p = h \\
            j,v:\; sv + dj - p = w}} w_{cfij}\, x_{cuv}

    .. math::
        \bar x_{cuv} = \sum_f \sum_{i,j} w_{cfij}\;
            \bar y_{f,\; su + di - p,\; sv + dj - p}, \quad
        \bar w_{cfij} = \sum_{u,v} x_{cuv}\; \bar y_{f,\; su + di - p,\; sv + dj - p},
        \quad
        \bar b_f = \sum_{h,w} \bar y_{fhw}

    the last two summed over the examples as well. The output's height is

    .. math::
        s (H - 1) + d (k - 1) + 1 - 2p + \text{output\_padding}

    with a filter k high, and its width likewise. A stride of 2 about doubles the size.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
        C channels, in_channels.
    weight : Tensor, shape (C, F / groups, kH, kW)
        F output channels. The axes of channels stand the other way around than in
        `conv2d`, so that one weight serves a convolution and its transpose.
    bias : Tensor, shape (F,), optional
    stride : int or tuple of two
        How far apart in y the windows of neighbors in x lie: s ≥ 1.
    padding : int or tuple of two
        How much is cut off at each end of an axis: p ≥ 0.
    output_padding : int or tuple of two
        Added to the size, at the end of each axis. With stride s, s sizes have
        convolutions of one size; this chooses among them. It must be smaller than
        stride or dilation.
    groups : int
        The channels of x and y are cut into so many groups that do not see each other.
    dilation : int or tuple of two
        How far an element of a window is from the next one: d ≥ 1.

    Returns
    -------
    Tensor, shape (N, F, H', W') or (F, H', W')

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or the dtypes differ.
    ValueError
        If shapes, groups or options do not fit each other, or nothing of the output
        would be left.

    References
    ----------
    Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*,
    arXiv:1603.07285, chapter 4. Zeiler et al. (2010), *Deconvolutional networks*, for
    the name "deconvolution", which is no inverse.
    """
    options = (stride, padding, output_padding, dilation, groups)
    return convolve_transposed("conv_transpose2d", 2, x, weight, bias, *options)


def conv_transpose1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Spread every element of sequences over a window: `conv_transpose2d`, one axis.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, L) or (C, L)
    weight : Tensor, shape (C, F / groups, k)
    bias : Tensor, shape (F,), optional
    stride, padding, output_padding, groups, dilation
        As in `conv_transpose2d`; a tuple holds one number.

    Returns
    -------
    Tensor, shape (N, F, L') or (F, L')

    Raises
    ------
    TypeError, ValueError
        As `conv_transpose2d` does.
    """
    options = (stride, padding, output_padding, dilation, groups)
    return convolve_transposed("conv_transpose1d", 1, x, weight, bias, *options)


def conv_transpose3d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Spread every element of volumes over a window: `conv_transpose2d`, three axes.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor, shape (C, F / groups, kD, kH, kW)
    bias : Tensor, shape (F,), optional
    stride, padding, output_padding, groups, dilation
        As in `conv_transpose2d`; a tuple holds three numbers.

    Returns
    -------
    Tensor, shape (N, F, D', H', W') or (F, D', H', W')

    Raises
    ------
    TypeError, ValueError
        As `conv_transpose2d` does.
    """
    options = (stride, padding, output_padding, dilation, groups)
    return convolve_transposed("conv_transpose3d", 3, x, weight, bias, *options)


def convolve_transposed(
    function: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *options: int | Sequence[int],
) -> Tensor:
    """Value and derivative of conv_transpose1d, conv_transpose2d, conv_transpose3d.

    Parameters
    ----------
    function : str
        The caller, for messages.
    axes : int
        1, 2 or 3.
    x, weight, bias
        As in `conv_transpose2d`.
    *options
        stride, padding, output_padding, dilation and groups.

    Returns
    -------
    Tensor
    """
    geometry = geometry_of(function, axes, x, weight, bias, *options)
    channels = weight.shape[1] * geometry.groups
    batch = x.data.reshape(-1, *x.shape[-axes - 1 :])  # an axis of 1 if there is none
    result = correlate_transposed(batch, weight.data, geometry)
    if bias is not None:
        result += bias.data.reshape(channels, *(1,) * axes)

    def backward(grad_out):
        grad = grad_out.reshape(-1, channels, *geometry.size)
        grad_x = grad_weight = grad_bias = None  # each is a large product: if needed
        if x.requires_grad:
            grad_x = correlate(grad, weight.data, None, geometry).reshape(x.shape)
        if weight.requires_grad:
            grad_weight = weight_gradient(grad, batch, geometry)
        if bias is None:
            return grad_x, grad_weight
        if bias.requires_grad:
            grad_bias = np.einsum(grad, [*range(grad.ndim)], [1])
        return grad_x, grad_weight, grad_bias

    parents = (x, weight) if bias is None else (x, weight, bias)
    result = result.reshape(*x.shape[: -axes - 1], channels, *geometry.size)
    return Tensor.from_op(result, parents, backward, function)


def geometry_of(
    function: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    output_padding: int | Sequence[int],
    dilation: int | Sequence[int],
    groups: int,
) -> Geometry:
    """Check all arguments; return where the windows of the output lie."""
    require_input(function, axes, x, weight, groups, transposed=True)
    require_bias(function, x, bias, weight.shape[1] * groups)
    places, kernel = x.shape[-axes:], weight.shape[2:]
    stride = as_numbers(f"{function}: stride", stride, axes, least=1)
    padding = as_numbers(f"{function}: padding", padding, axes, least=0)
    dilation = as_numbers(f"{function}: dilation", dilation, axes, least=1)
    name = f"{function}: output_padding"
    output_padding = as_numbers(name, output_padding, axes, least=0)
    for more, s, d in zip(output_padding, stride, dilation, strict=True):
        if more >= max(s, d):
            raise ValueError(
                f"{name} must be smaller than stride or dilation, got {output_padding} "
                f"with stride {stride} and dilation {dilation}"
            )
    size = smallest_size(places, kernel, stride, padding, dilation)
    size = tuple(n + more for n, more in zip(size, output_padding, strict=True))
    if min(size) < 1:
        raise ValueError(
            f"{function}: padding {padding} leaves nothing of the output: its size "
            f"would be {size}, for x of shape {x.shape} and weight {weight.shape}"
        )
    return Geometry(
        size, places, kernel, stride, dilation, padding, padding, int(groups)
    )


def smallest_size(
    places: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[int, ...]:
    """Return the size of the output without output_padding, for x of size `places`."""
    options = zip(places, kernel, stride, padding, dilation, strict=True)
    return tuple(s * (n - 1) + d * (k - 1) + 1 - 2 * p for n, k, s, p, d in options)
