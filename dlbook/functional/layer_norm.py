"""Layer and RMS normalization: every example by itself, over its last axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.functional.scale_and_shift import (
    as_shape,
    require_eps,
    require_scale_and_shift,
)

__all__ = ["layer_norm", "rms_norm"]


def layer_norm(
    x: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    eps: float = 1e-5,
) -> Tensor:
    r"""Normalize every example by its mean and variance over the last axes.

    Over the d numbers i of the last axes,

    .. math::
        \mu = \frac1d \sum_i x_i, \quad
        \sigma^2 = \frac1d \sum_i (x_i - \mu)^2, \quad
        s = \frac{1}{\sqrt{\sigma^2 + \varepsilon}}, \quad
        \hat x_i = s\,(x_i - \mu), \quad
        y_i = \gamma_i \hat x_i + \beta_i

    .. math::
        \bar x_i = s \Bigl( \gamma_i \bar y_i
            - \frac1d \sum_j \gamma_j \bar y_j
            - \hat x_i\, \frac1d \sum_j \gamma_j \bar y_j \hat x_j \Bigr), \quad
        \bar\gamma_i = \sum_n \bar y_{ni} \hat x_{ni}, \quad
        \bar\beta_i = \sum_n \bar y_{ni}

    the last two over the examples n, that is, over all other axes. No example depends
    on another one, so that training and evaluation are the same.

    Parameters
    ----------
    x : Tensor of floats, shape (*, *normalized_shape)
        Such as (N, T, D), N sequences of T vectors, normalized over D.
    normalized_shape : int or tuple of int
        Lengths of the last axes, over which to average.
    weight, bias : Tensor, shape `normalized_shape`, optional
        :math:`\gamma` and :math:`\beta`; 1 and 0 if left out.
    eps : float
        :math:`\varepsilon > 0`, under the root.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    TypeError
        If an argument is no Tensor, the dtypes differ, or `normalized_shape` holds no
        ints.
    ValueError
        If the shapes do not fit. And, where torch returns nan or a number: if `eps` is
        not positive, or an axis to average over has the length 0.

    References
    ----------
    Ba, Kiros & Hinton (2016), *Layer normalization*, arXiv:1607.06450, eq. 3 and 4,
    with :math:`\varepsilon` added.
    """
    shape = _last_axes("layer_norm", x, normalized_shape)
    eps = require_eps("layer_norm", eps)
    require_scale_and_shift("layer_norm", x, shape, weight=weight, bias=bias)

    size = prod(shape)  # d
    average = np.full(size, 1 / size, x.dtype)  # a product with it is a fast mean
    rows = x.data.reshape(-1, size)
    normalized = rows - (rows @ average)[:, None]
    variance = np.vecdot(normalized, normalized) / size
    rest = normalized @ average  # 0 but for the rounding of a large mean
    if (rest**2 > (8 * np.finfo(x.dtype).eps) ** 2 * variance).any():
        normalized -= rest[:, None]
        variance = np.vecdot(normalized, normalized) / size
    inverse = 1 / np.sqrt(variance + eps)[:, None]
    normalized *= inverse
    gamma = None if weight is None else weight.data.reshape(size)
    result = normalized if gamma is None else normalized * gamma
    if bias is not None:
        out = None if result is normalized else result
        result = np.add(result, bias.data.reshape(size), out=out)

    def backward(grad_out):
        grad = grad_out.reshape(normalized.shape)
        ones = np.ones(len(grad), x.dtype)  # a product with ones is the fastest sum
        products = grad * normalized
        grad_weight, grad_bias = ones @ products, ones @ grad
        grad_x = None
        if x.requires_grad:
            weights = average if gamma is None else average * gamma
            means, slopes = grad @ weights, products @ weights
            np.multiply(normalized, slopes[:, None], out=products)
            products += means[:, None]
            grad_x = grad if gamma is None else grad * gamma
            grad_x = np.subtract(grad_x, products, out=products)
            grad_x *= inverse
            grad_x = grad_x.reshape(x.shape)
        grads = (
            (x, grad_x),
            (weight, grad_weight.reshape(shape)),
            (bias, grad_bias.reshape(shape)),
        )
        return tuple(g for parent, g in grads if parent is not None)

    parents = tuple(t for t in (x, weight, bias) if t is not None)
    return Tensor.from_op(result.reshape(x.shape), parents, backward, "layer_norm")


def rms_norm(
    x: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    *,
    eps: float | None = None,
) -> Tensor:
    r"""Divide every example by the root of its mean square over the last axes.

    Over the d numbers i of the last axes,

    .. math::
        s = \frac{1}{\sqrt{\frac1d \sum_i x_i^2 + \varepsilon}}, \quad
        \hat x_i = s\,x_i, \quad
        y_i = \gamma_i \hat x_i

    .. math::
        \bar x_i = s \Bigl( \gamma_i \bar y_i
            - \hat x_i\, \frac1d \sum_j \gamma_j \bar y_j \hat x_j \Bigr), \quad
        \bar\gamma_i = \sum_n \bar y_{ni} \hat x_{ni}

    the last over the examples n, that is, over all other axes. Nothing is subtracted:
    it is layer normalization without the mean, at less cost.

    Parameters
    ----------
    x : Tensor of floats, shape (*, *normalized_shape)
    normalized_shape : int or tuple of int
        Lengths of the last axes, over which to average.
    weight : Tensor, shape `normalized_shape`, optional
        :math:`\gamma`; 1 if left out.
    eps : float, optional
        :math:`\varepsilon > 0`, under the root; by default the spacing of the numbers
        of x around 1, such as 1.2e-7 for float32.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    TypeError
        If an argument is no Tensor, the dtypes differ, or `normalized_shape` holds no
        ints.
    ValueError
        If the shapes do not fit. And, where torch returns nan or a number: if `eps` is
        not positive, or an axis to average over has the length 0.

    References
    ----------
    Zhang & Sennrich (2019), *Root mean square layer normalization*, arXiv:1910.07467,
    eq. 4, with :math:`\varepsilon` added.
    """
    shape = _last_axes("rms_norm", x, normalized_shape)
    eps = float(np.finfo(x.dtype).eps) if eps is None else require_eps("rms_norm", eps)
    require_scale_and_shift("rms_norm", x, shape, weight=weight)

    size = prod(shape)  # d
    rows = x.data.reshape(-1, size)
    mean_square = np.vecdot(rows, rows) / size
    inverse = 1 / np.sqrt(mean_square + eps)[:, None]
    normalized = rows * inverse
    gamma = None if weight is None else weight.data.reshape(size)
    result = normalized if gamma is None else normalized * gamma

    def backward(grad_out):
        grad = grad_out.reshape(normalized.shape)
        products = grad * normalized
        grad_weight = np.ones(len(grad), x.dtype) @ products
        grad_x = None
        if x.requires_grad:
            average = np.full(size, 1 / size, x.dtype)
            slopes = products @ (average if gamma is None else average * gamma)
            np.multiply(normalized, slopes[:, None], out=products)
            grad_x = grad if gamma is None else grad * gamma
            grad_x = np.subtract(grad_x, products, out=products)
            grad_x *= inverse
            grad_x = grad_x.reshape(x.shape)
        grads = ((x, grad_x), (weight, grad_weight.reshape(shape)))
        return tuple(g for parent, g in grads if parent is not None)

    parents = (x,) if weight is None else (x, weight)
    return Tensor.from_op(result.reshape(x.shape), parents, backward, "rms_norm")


def _last_axes(
    function: str, x: Tensor, normalized_shape: int | Sequence[int]
) -> tuple[int, ...]:
    """Return the lengths of the axes to average over, which x must end in."""
    require_floats(x, function)
    shape = as_shape(function, normalized_shape)
    if x.shape[-len(shape) :] != shape:
        raise ValueError(
            f"{function}: x has shape {x.shape}, normalized_shape is {shape}; expected "
            "x to end in normalized_shape"
        )
    return shape
