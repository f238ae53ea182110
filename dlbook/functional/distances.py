"""How far apart, or how much in one direction, pairs of vectors are.

Both arguments may require a gradient, and their shapes broadcast: ``x[:, None]`` and
``y[None]`` compare each vector of x with each of y.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from dlbook.autograd import Tensor, as_tensor
from dlbook.functional.arguments import require_floats, require_number

__all__ = ["cosine_similarity", "pairwise_distance"]


def cosine_similarity(
    x1: Tensor, x2: Any, axis: int = 1, *, eps: float = 1e-8
) -> Tensor:
    r"""Return the cosine of the angle between vectors, from -1 to 1.

    With the lengths :math:`a = \max(\|x_1\|, \varepsilon)` and
    :math:`b = \max(\|x_2\|, \varepsilon)`,

    .. math::
        c = \frac{x_1}{a} \cdot \frac{x_2}{b}
        \qquad\qquad
        \bar x_1 = \frac{\bar c}{a} \Bigl(\frac{x_2}{b} - c\, \frac{x_1}{\|x_1\|}\Bigr)

    and likewise for :math:`x_2`. The last fraction is 0 for a vector of zeros.

    Parameters
    ----------
    x1 : Tensor, shape (*, D, *)
    x2 : array_like or Tensor
        Its shape broadcasts with that of `x1`; brought to the dtype of `x1`.
    axis : int
        The axis of the D coordinates, in the broadcast shape.
    eps : float
        :math:`\varepsilon \ge 0`, the least length, against division by zero.

    Returns
    -------
    Tensor, shape (*, *)
        The broadcast shape without `axis`.

    Raises
    ------
    TypeError
        If `x1` is no floating-point Tensor, `axis` no int, or `eps` no number.
    numpy.exceptions.AxisError
        If there is no such axis.
    ValueError
        If the shapes do not broadcast, or `eps` is negative or not finite.

    References
    ----------
    Manning, Raghavan & Schütze, *Introduction to Information Retrieval* (2008),
    section 6.3.1.
    """
    x1, x2, shape = _pair("cosine_similarity", x1, x2)
    axis = normalize_axis_index(axis, len(shape))
    eps = _least("cosine_similarity", eps)
    directions = []
    for x in (x1, x2):
        x = x.expand(*shape)
        directions.append(x / _at_least(vector_norm(x, 2.0, axis), eps))
    return (directions[0] * directions[1]).sum(axis)


def pairwise_distance(
    x1: Tensor, x2: Any, *, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False
) -> Tensor:
    r"""Return the p-norm of the difference of vectors along the last axis.

    .. math::
        d = \Bigl(\sum_i |u_i|^p\Bigr)^{1/p}, \quad
        u = x_1 - x_2 + \varepsilon
        \qquad\qquad
        \bar x_{1i} = \bar d\, \mathrm{sign}(u_i)
            \Bigl(\frac{|u_i|}{d}\Bigr)^{p - 1} = -\bar x_{2i}

    The limits are allowed: ``p=math.inf`` gives the largest, ``-math.inf`` the smallest
    :math:`|u_i|`, whose ties share the gradient; p = 0 counts the coordinates that are
    not 0, and has no gradient. Where the formula divides by 0, the slope is 0.

    Parameters
    ----------
    x1 : Tensor, shape (*, D)
    x2 : array_like or Tensor
        Its shape broadcasts with that of `x1`; brought to the dtype of `x1`.
    p : float
        The degree of the norm: 1 adds up absolute values, 2 is Euclid's distance.
    eps : float
        :math:`\varepsilon`, added to each coordinate, so that equal vectors have a
        distance with a slope.
    keepdims : bool
        Keep the last axis with length 1.

    Returns
    -------
    Tensor, shape (*), or (*, 1) with `keepdims`

    Raises
    ------
    TypeError
        If `x1` is no floating-point Tensor, or an option no number.
    ValueError
        If the shapes do not broadcast or have no axis, or if `p` is nan. And, where
        torch computes on: if `eps` is negative or not finite.
    """
    name = "pairwise_distance"
    x1, x2, shape = _pair(name, x1, x2)
    if not shape:
        raise ValueError(f"{name}: expected vectors, got two numbers of shape ()")
    eps = _least(name, eps)
    distance = vector_norm(x1 - x2 + eps, degree(name, p), -1)
    return distance if keepdims else distance.squeeze(-1)


def vector_norm(x: Tensor, p: float, axis: int) -> Tensor:
    """Return the p-norm along an axis, which stays with length 1."""
    magnitude = np.abs(x.data)
    if p == 0:
        count = np.count_nonzero(magnitude, axis=axis, keepdims=True)
        return Tensor(count.astype(x.dtype))
    if math.isinf(p):
        return (x.abs().max if p == math.inf else x.abs().min)(axis, keepdims=True)
    with np.errstate(divide="ignore"):  # 0 to a negative power
        norm = (magnitude**p).sum(axis=axis, keepdims=True) ** (1 / p)

    def backward(grad_out):
        smooth = (norm != 0) & (magnitude != 0)
        ratio = np.divide(magnitude, norm, out=np.ones_like(magnitude), where=smooth)
        return (grad_out * np.sign(x.data) * (smooth * ratio ** (p - 1)),)

    return Tensor.from_op(norm, (x,), backward, "norm")


def degree(function: str, p: float) -> float:
    """Return the degree of a norm as a Python float; infinities are degrees, too."""
    if isinstance(p, float | np.floating) and math.isinf(p):
        return float(p)
    return require_number(p, f"{function}: p")


def _pair(function: str, x1: Tensor, x2: Any) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Check two tensors, and return them and the shape that they broadcast to."""
    require_floats(x1, function, name="x1")
    x2 = as_tensor(x2, like=x1).astype(x1.dtype)
    try:
        return x1, x2, np.broadcast_shapes(x1.shape, x2.shape)
    except ValueError:
        raise ValueError(
            f"{function}: x1 has shape {x1.shape}, x2 {x2.shape}; they do not broadcast"
        ) from None


def _least(function: str, eps: float) -> float:
    eps = require_number(eps, f"{function}: eps")
    if eps < 0:
        raise ValueError(f"{function}: eps must be >= 0, got {eps}")
    return eps


def _at_least(norm: Tensor, eps: float) -> Tensor:
    """Replace smaller lengths by eps; the gradient passes, as in torch."""

    def backward(grad_out):
        return (grad_out,)

    return Tensor.from_op(np.maximum(norm.data, eps), (norm,), backward, "clamp")
