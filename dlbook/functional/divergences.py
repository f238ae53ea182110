"""How far one probability distribution is from another."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.functional.element_targets import check_probabilities, same_shape
from dlbook.functional.reduction import REDUCTIONS, check_reduction, reduce_losses

__all__ = ["kl_div"]


def kl_div(
    log_probabilities: Tensor,
    targets: Any,
    *,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    r"""Return the terms of the Kullback-Leibler divergence from q to p, in nats.

    With the model's log-probabilities :math:`x = \log q` and the targets p,

    .. math::
        \ell = p\,(\log p - x), \qquad
        D(p \,\|\, q) = \sum \ell
        \qquad\qquad
        \bar x = -\bar\ell\, p
        \qquad
        \bar p = \bar\ell\,(\log p + 1 - x)

    where 0 log 0 = 0. With ``log_target=True`` the targets are :math:`t = \log p`, and
    :math:`\bar t = \bar\ell\, p\,(t - x + 1)`.

    Parameters
    ----------
    log_probabilities : Tensor, shape (N, *)
        Natural logarithms x, as from `log_softmax`. Not checked to be below 0: a
        density may exceed 1.
    targets : array_like or Tensor, shape (N, *)
        Probabilities p in [0, 1], or their logarithms with `log_target`; of the same
        shape, brought to the dtype of `log_probabilities`.
    reduction : {"mean", "batchmean", "sum", "none"}
        "batchmean" divides the sum by N: the mean divergence of N distributions.
        "mean" divides by the number of elements, which is no divergence; it is the
        default as in torch, which warns.
    log_target : bool
        Whether the targets are logarithms.

    Returns
    -------
    Tensor, shape (), or (N, *) with reduction "none"

    Raises
    ------
    TypeError
        If `log_probabilities` is no floating-point Tensor.
    ValueError
        If the shape of `targets` does not fit, or `reduction` is unknown. And, where
        torch returns a number or nan: if shapes differ that would broadcast, if a
        target is outside [0, 1] or nan (without `log_target`), or if the mean is over
        nothing.

    References
    ----------
    Kullback & Leibler (1951), *On information and sufficiency*, eq. 2.4.
    """
    require_floats(log_probabilities, "kl_div", name="log_probabilities")
    check_reduction("kl_div", reduction, (REDUCTIONS[0], "batchmean", *REDUCTIONS[1:]))
    targets = same_shape("kl_div", "targets have", targets, log_probabilities)
    x = log_probabilities.data
    if log_target:
        log_p = targets.data
        p = np.exp(log_p)
    else:
        check_probabilities("kl_div", "targets", targets.data)
        p = targets.data
        with np.errstate(divide="ignore"):  # log 0
            log_p = np.log(p)
    with np.errstate(invalid="ignore"):  # x = -inf where p = 0 gives nan, as in torch
        log_ratio = np.where(p == 0, 0, log_p) - x
        values = p * log_ratio

    def backward(grad_out):
        grad_x = grad_targets = None
        if log_probabilities.requires_grad:
            grad_x = -grad_out * p
        if targets.requires_grad:
            with np.errstate(invalid="ignore"):
                slope = p * (log_ratio + 1) if log_target else log_p - x + 1
                grad_targets = grad_out * slope
        return grad_x, grad_targets

    losses = Tensor.from_op(values, (log_probabilities, targets), backward, "kl_div")
    if reduction == "batchmean":
        length = losses.shape[0] if losses.ndim else 1
        return reduce_losses("kl_div", losses, "mean", length)
    return reduce_losses("kl_div", losses, reduction)
