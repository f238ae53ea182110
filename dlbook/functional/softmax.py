"""Softmax and its logarithm: scores along an axis become probabilities."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats

__all__ = ["log_softmax", "softmax"]


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    r"""Turn scores into probabilities that sum to one along `axis`.

    .. math::
        p_i = \frac{e^{x_i - m}}{\sum_j e^{x_j - m}}, \quad m = \max_j x_j
        \qquad\qquad
        \bar x_i = p_i \Bigl(\bar p_i - \sum_j \bar p_j p_j\Bigr)

    Parameters
    ----------
    x : Tensor, shape (*, C, *)
        Logits, any real numbers. -inf excludes a class.
    axis : int
        The axis of the C classes.

    Returns
    -------
    Tensor, shape (*, C, *)
        Probabilities in [0, 1]; nan along an axis that holds nan, inf, or only -inf.

    Raises
    ------
    TypeError
        If `x` is not a floating-point Tensor, or `axis` is not an int.
    numpy.exceptions.AxisError
        If `x` has no such axis.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), eq. 6.29; the shift by m,
    which prevents overflow, is their section 4.1.
    """
    require_floats(x, "softmax")
    axis = normalize_axis_index(axis, x.ndim)
    with np.errstate(invalid="ignore"):  # inf - inf is nan, as in torch
        p = x.data - x.data.max(axis=axis, keepdims=True, initial=-np.inf)
    np.exp(p, out=p)
    p /= p.sum(axis=axis, keepdims=True)

    def backward(grad_out):
        grad_x = grad_out * p
        return (grad_x - p * grad_x.sum(axis=axis, keepdims=True),)

    return Tensor.from_op(p, (x,), backward, "softmax")


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    r"""Return the logarithm of `softmax`, finite where a probability rounds to zero.

    .. math::
        \ell_i = x_i - m - \log \sum_j e^{x_j - m}, \quad m = \max_j x_j
        \qquad\qquad
        \bar x_i = \bar \ell_i - e^{\ell_i} \sum_j \bar \ell_j

    Parameters
    ----------
    x : Tensor, shape (*, C, *)
        Logits, any real numbers. -inf excludes a class.
    axis : int
        The axis of the C classes.

    Returns
    -------
    Tensor, shape (*, C, *)
        Log-probabilities in nats, at most 0; nan along an axis that holds nan, inf, or
        only -inf.

    Raises
    ------
    TypeError
        If `x` is not a floating-point Tensor, or `axis` is not an int.
    numpy.exceptions.AxisError
        If `x` has no such axis.
    """
    require_floats(x, "log_softmax")
    axis = normalize_axis_index(axis, x.ndim)
    with np.errstate(invalid="ignore"):  # inf - inf is nan, as in torch
        result = x.data - x.data.max(axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(divide="ignore"):  # an axis of length 0: log 0, never used
        result -= np.log(np.exp(result).sum(axis=axis, keepdims=True))

    def backward(grad_out):
        total = grad_out.sum(axis=axis, keepdims=True)
        return (grad_out - np.exp(result) * total,)

    return Tensor.from_op(result, (x,), backward, "log_softmax")
