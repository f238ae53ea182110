"""The affine map of the last axis."""

from __future__ import annotations

from math import prod

import numpy as np

from dlbook.autograd import Tensor

__all__ = ["linear"]


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    r"""Multiply every vector along the last axis by a matrix and add a bias.

    .. math::
        y = x W^\top + b
        \qquad\qquad
        \bar x = \bar y\, W, \quad
        \bar W = \bar y^\top x, \quad
        \bar b = \sum_n \bar y_n

    Parameters
    ----------
    x : Tensor, shape (*, in_features)
        Any number of leading axes, also none.
    weight : Tensor, shape (out_features, in_features)
    bias : Tensor, shape (out_features,), optional

    Returns
    -------
    Tensor, shape (*, out_features)

    Raises
    ------
    ValueError
        If the shapes do not fit. A bias of shape (1,), which torch stretches, is
        refused.
    TypeError
        If an argument is no Tensor, or the dtypes differ.
    """
    _check(x, weight, bias)
    out_features, in_features = weight.shape
    # all leading axes become one, so that the whole batch is a single product
    rows = x.data.reshape(prod(x.shape[:-1]), in_features)
    result = rows @ weight.data.T  # (rows, out_features)
    if bias is not None:
        result += bias.data

    def backward(grad_out):
        grad_rows = grad_out.reshape(len(rows), out_features)
        grad_x = grad_weight = grad_bias = None  # each is a large product: if needed
        if x.requires_grad:
            grad_x = (grad_rows @ weight.data).reshape(x.shape)
        if weight.requires_grad:
            grad_weight = grad_rows.T @ rows
        if bias is None:
            return grad_x, grad_weight
        if bias.requires_grad:  # a product with ones is the fastest sum over rows
            grad_bias = np.ones(len(rows), grad_rows.dtype) @ grad_rows
        return grad_x, grad_weight, grad_bias

    parents = (x, weight) if bias is None else (x, weight, bias)
    result = result.reshape(*x.shape[:-1], out_features)
    return Tensor.from_op(result, parents, backward, "linear")


def _check(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    named = {"weight": weight, "x": x} | ({} if bias is None else {"bias": bias})
    for name, value in named.items():
        if not isinstance(value, Tensor):
            raise TypeError(
                f"linear: {name} must be a Tensor, got {type(value).__name__}"
            )
        if value.data.dtype != weight.data.dtype:
            raise TypeError(
                f"linear: {name} has dtype {value.dtype}, weight {weight.dtype}; "
                f"convert one of them, for example {name}.astype({weight.dtype})"
            )
    if weight.ndim != 2:
        raise ValueError(
            f"linear: weight has shape {weight.shape}, expected two axes, "
            "(out_features, in_features)"
        )
    if x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear: x has shape {x.shape}, weight {weight.shape}; expected x to end "
            f"in in_features = {weight.shape[1]}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"linear: bias has shape {bias.shape}, weight {weight.shape}; expected "
            f"bias of shape {weight.shape[:1]}"
        )
