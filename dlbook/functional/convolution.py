"""Convolution in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.columns import correlate, correlate_transposed, weight_gradient
from dlbook.functional.convolution_geometry import (
    Geometry,
    as_numbers,
    output_size,
    require_bias,
    require_input,
)

__all__ = ["conv1d", "conv2d", "conv3d"]


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    r"""Slide filters over images: at every place the inner product with the window.

    For one example, output channel f and place (u, v), with stride s, dilation d and
    x taken as 0 outside (padding p),

    .. math::
        y_{fuv} = b_f + \sum_c \sum_{i,j} w_{fcij}\; x_{c,\; su + di - p,\; sv + dj - p}

    .. math::
        \bar x_{chw} = \sum_f \sum_{\substack{i,u:\; su + di - p = h \\
            j,v:\; sv + dj - p = w}} w_{fcij}\, \bar y_{fuv}, \quad
        \bar w_{fcij} = \sum_{u,v} \bar y_{fuv}\; x_{c,\; su + di - p,\; sv + dj - p},
        \quad
        \bar b_f = \sum_{u,v} \bar y_{fuv}

    the last two summed over the examples as well. It is a cross-correlation: the
    convolution of mathematics mirrors the filter first, which learning makes up for.
    The output's height is

    .. math::
        \Bigl\lfloor \frac{H + 2p - d (k - 1) - 1}{s} \Bigr\rfloor + 1

    with a filter k high, and its width likewise.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W) or (C, H, W)
        C channels, in_channels.
    weight : Tensor, shape (F, C / groups, kH, kW)
        F filters, out_channels.
    bias : Tensor, shape (F,), optional
    stride : int or tuple of two
        How far a window is from the next one: s ≥ 1.
    padding : int, tuple of two, "valid" or "same"
        Zeros at each end of an axis: p ≥ 0. "valid" is 0. "same" gives the output the
        size of x, for stride 1 alone: d (k - 1) zeros, the odd one of them at the end.
    dilation : int or tuple of two
        How far an element of a window is from the next one: d ≥ 1.
    groups : int
        The channels and filters are cut into so many groups, and a filter sees the
        channels of its own group alone. C groups make it depthwise: each channel has
        its own filters.

    Returns
    -------
    Tensor, shape (N, F, H', W') or (F, H', W')

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or the dtypes differ.
    ValueError
        If shapes, groups or options do not fit each other, or no window fits into x.

    Notes
    -----
    The windows are copied into columns, so that the filters meet them in a product of
    matrices, a few examples at a time; the backward pass copies them again.

    References
    ----------
    Dumoulin & Visin (2016), *A guide to convolution arithmetic for deep learning*,
    arXiv:1603.07285, relationships 1 to 6 and section 5.1 for the sizes. Chellapilla,
    Puri & Simard (2006), *High performance convolutional neural networks for document
    processing*, for the columns.
    """
    options = (stride, padding, dilation, groups)
    return convolve("conv2d", 2, x, weight, bias, *options)


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    r"""Slide filters along sequences: `conv2d` with one axis.

    .. math::
        y_{fu} = b_f + \sum_c \sum_i w_{fci}\; x_{c,\; su + di - p}

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, L) or (C, L)
    weight : Tensor, shape (F, C / groups, k)
    bias : Tensor, shape (F,), optional
    stride, padding, dilation, groups
        As in `conv2d`; a tuple holds one number.

    Returns
    -------
    Tensor, shape (N, F, L') or (F, L')

    Raises
    ------
    TypeError, ValueError
        As `conv2d` does.
    """
    options = (stride, padding, dilation, groups)
    return convolve("conv1d", 1, x, weight, bias, *options)


def conv3d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Slide filters through volumes, or films: `conv2d` with three axes.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor, shape (F, C / groups, kD, kH, kW)
    bias : Tensor, shape (F,), optional
    stride, padding, dilation, groups
        As in `conv2d`; a tuple holds three numbers.

    Returns
    -------
    Tensor, shape (N, F, D', H', W') or (F, D', H', W')

    Raises
    ------
    TypeError, ValueError
        As `conv2d` does.
    """
    options = (stride, padding, dilation, groups)
    return convolve("conv3d", 3, x, weight, bias, *options)


def convolve(
    function: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *options: int | Sequence[int] | str,
) -> Tensor:
    """Convolve along the last axes; value and derivative of conv1d, conv2d and conv3d.

    Parameters
    ----------
    function : str
        The caller, for messages.
    axes : int
        1, 2 or 3.
    x, weight, bias
        As in `conv2d`.
    *options
        stride, padding, dilation and groups.

    Returns
    -------
    Tensor
    """
    geometry = geometry_of(function, axes, x, weight, bias, *options)
    filters = len(weight)
    batch = x.data.reshape(-1, *x.shape[-axes - 1 :])  # an axis of 1 if there is none
    result = correlate(
        batch, weight.data, None if bias is None else bias.data, geometry
    )

    def backward(grad_out):
        grad = grad_out.reshape(-1, filters, *geometry.places)
        grad_x = grad_weight = grad_bias = None  # each is a large product: if needed
        if x.requires_grad:
            grad_x = correlate_transposed(grad, weight.data, geometry).reshape(x.shape)
        if weight.requires_grad:
            grad_weight = weight_gradient(batch, grad, geometry)
        if bias is None:
            return grad_x, grad_weight
        if bias.requires_grad:
            grad_bias = np.einsum(grad, [*range(grad.ndim)], [1])
        return grad_x, grad_weight, grad_bias

    parents = (x, weight) if bias is None else (x, weight, bias)
    result = result.reshape(*x.shape[: -axes - 1], filters, *geometry.places)
    return Tensor.from_op(result, parents, backward, function)


def geometry_of(
    function: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: int | Sequence[int] | str,
    dilation: int | Sequence[int],
    groups: int,
) -> Geometry:
    """Check all arguments and return where the windows lie."""
    require_input(function, axes, x, weight, groups, transposed=False)
    require_bias(function, x, bias, len(weight))
    size, kernel = x.shape[-axes:], weight.shape[2:]
    stride = as_numbers(f"{function}: stride", stride, axes, least=1)
    dilation = as_numbers(f"{function}: dilation", dilation, axes, least=1)
    before, after = both_sides(function, padding, kernel, stride, dilation)
    both = tuple(b + a for b, a in zip(before, after, strict=True))
    places = output_size(function, size, kernel, stride, dilation, both)
    return Geometry(size, places, kernel, stride, dilation, before, after, int(groups))


def both_sides(
    function: str,
    padding: int | Sequence[int] | str,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return how many zeros go before and after each axis.

    Raises
    ------
    TypeError, ValueError
        If `padding` is no option, or is "same" with another stride than 1.
    """
    if padding == "same":
        if set(stride) != {1}:
            raise ValueError(
                f'{function}: padding "same" needs stride 1, got stride {stride}'
            )
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
    if padding == "valid":
        padding = 0
    if isinstance(padding, str):
        raise ValueError(
            f'{function}: padding must be "same", "valid" or numbers, got {padding!r}'
        )
    padding = as_numbers(f"{function}: padding", padding, len(kernel), least=0)
    return padding, padding
