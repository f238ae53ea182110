"""Limit gradients before a step: their common length, or each entry."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from dlbook.autograd import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    *,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    r"""Scale all gradients together so that their common norm is at most `max_norm`.

    .. math::
        g \leftarrow g \cdot \min\Bigl(1,\;
            \frac{\text{max\_norm}}{\lVert g \rVert_p + 10^{-6}}\Bigr)

    where g holds the gradients of all parameters as one long vector: its direction
    stays.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over. A gradient that has to shrink is
        replaced by a new array, since tensors may share one.
    max_norm : float
        Largest norm, >= 0; infinity measures and changes nothing.
    norm_type : float
        p >= 1, or infinity for the largest absolute entry.
    error_if_nonfinite : bool
        Raise if the norm is nan or infinite. Otherwise an infinite norm makes finite
        gradients 0, and a nan makes all of them nan, as in torch.

    Returns
    -------
    float
        The norm before clipping; 0 if there is no gradient.

    Raises
    ------
    TypeError
        If `parameters` holds something else than Tensors, or an option is no number.
    ValueError
        If `max_norm` is negative or nan, if `norm_type` is below 1 or nan (torch takes
        both), or on request if the norm is not finite.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), arXiv:1211.5063, algorithm 1. The
    :math:`10^{-6}`, which avoids a division by 0, is torch's.
    """
    tensors = _with_gradients("clip_grad_norm_", parameters)
    _require_limit("clip_grad_norm_: max_norm", max_norm, 0)
    _require_limit("clip_grad_norm_: norm_type", norm_type, 1)
    with np.errstate(over="ignore"):  # an infinite norm is an answer, as in torch
        norms = [_norm(tensor.grad.reshape(-1), norm_type) for tensor in tensors]
        norm = float(_norm(np.asarray(norms, np.float64), norm_type))
    if error_if_nonfinite and not math.isfinite(norm):
        raise ValueError(
            f"clip_grad_norm_: the norm of the gradients is {norm}; look for the "
            "first step whose loss or gradients are not finite"
        )
    scale = float(max_norm) / (norm + 1e-6)
    if not scale >= 1:  # also for nan
        with np.errstate(invalid="ignore"):  # 0 times infinity is nan, as in torch
            for tensor in tensors:
                tensor.grad = tensor.grad * scale
    return norm


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    r"""Bring every entry of every gradient into [-clip_value, clip_value].

    Unlike `clip_grad_norm_` this turns the gradient: large entries shrink, small ones
    stay.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over. The gradients are replaced by new
        arrays, since tensors may share one.
    clip_value : float
        Largest absolute entry, >= 0. nan entries stay nan.

    Raises
    ------
    TypeError
        If `parameters` holds something else than Tensors, or `clip_value` is no number.
    ValueError
        If `clip_value` is negative or nan, where torch returns nonsense.
    """
    tensors = _with_gradients("clip_grad_value_", parameters)
    _require_limit("clip_grad_value_: clip_value", clip_value, 0)
    limit = float(clip_value)
    for tensor in tensors:
        tensor.grad = np.clip(tensor.grad, -limit, limit)


def _norm(values: np.ndarray, order: float) -> float:
    """Return the p-norm of a vector; 0 for an empty one."""
    if values.size == 0:
        return 0.0
    return np.linalg.norm(values, order)


def _with_gradients(
    function: str, parameters: Tensor | Iterable[Tensor]
) -> list[Tensor]:
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    if not isinstance(parameters, Iterable):
        raise TypeError(
            f"{function}: parameters must be Tensors, got {type(parameters).__name__}"
        )
    tensors = list(parameters)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{function}: parameters[{i}] must be a Tensor, "
                f"got {type(tensor).__name__}"
            )
    return [tensor for tensor in tensors if tensor.grad is not None]


def _require_limit(name: str, value: float, low: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not value >= low:  # also for nan
        raise ValueError(f"{name} must be >= {low}, got {value}")
