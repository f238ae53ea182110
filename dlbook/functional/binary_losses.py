"""Losses of yes-or-no questions: one probability, or one score, for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.functional.element_targets import (
    check_probabilities,
    constant_weight,
    same_shape,
)
from dlbook.functional.reduction import reduce_losses

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits"]

LEAST_LOG = -100.0  # torch's stand-in for log 0
LEAST_VARIANCE = 1e-12  # torch's least value of p (1 - p) in the gradient


def binary_cross_entropy(
    probabilities: Tensor,
    targets: Any,
    *,
    weight: Any | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Return minus the log-probability of the answers, in nats.

    .. math::
        \ell = -w\,\bigl(y \log p + (1 - y) \log(1 - p)\bigr)
        \qquad\qquad
        \bar p = \bar\ell\, w\, \frac{p - y}{p\,(1 - p)}
        \qquad
        \bar y = \bar\ell\, w\, \bigl(\log(1 - p) - \log p\bigr)

    As in torch, a logarithm below -100 counts as -100 in the value, and a denominator
    below 1e-12 as 1e-12 in the gradient. A sigmoid that has rounded to 0 or 1 has lost
    its gradient nevertheless: use `binary_cross_entropy_with_logits`.

    Parameters
    ----------
    probabilities : Tensor, shape (*)
        p, the probabilities of "yes", in [0, 1].
    targets : array_like or Tensor, shape (*)
        y in [0, 1], of the same shape: 1 for yes, 0 for no, or a probability; brought
        to the dtype of `probabilities`.
    weight : array_like or Tensor, optional
        w, a non-negative factor for each loss; broadcast to the shape of
        `probabilities`. A constant.
    reduction : {"mean", "sum", "none"}
        "mean" divides by the number of losses, with `weight`, too, as in torch.

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `probabilities` is no floating-point Tensor.
    ValueError
        If a probability or a target is outside [0, 1] or nan, if the shape of `targets`
        differs or that of `weight` does not broadcast, if `weight` requires a gradient,
        or if `reduction` is unknown. And, where torch returns a number or nan: if a
        weight is negative or non-finite, or if the mean is over nothing.

    References
    ----------
    Bishop, *Pattern Recognition and Machine Learning* (2006), eq. 4.90.
    """
    name = "binary_cross_entropy"
    require_floats(probabilities, name, name="probabilities")
    targets = same_shape(name, "targets have", targets, probabilities)
    check_probabilities(name, "probabilities", probabilities.data)
    check_probabilities(name, "targets", targets.data)
    w = 1.0
    if weight is not None:
        w = constant_weight(name, "weight", weight, probabilities)
    p, y = probabilities.data, targets.data
    with np.errstate(divide="ignore"):  # log 0
        log_yes, log_no = np.log(p), np.log1p(-p)
    yes, no = np.maximum(log_yes, LEAST_LOG), np.maximum(log_no, LEAST_LOG)

    def backward(grad_out):
        grad_losses = grad_out * w
        grad_p = grad_y = None
        if probabilities.requires_grad:
            grad_p = grad_losses * (p - y) / np.maximum(p * (1 - p), LEAST_VARIANCE)
        if targets.requires_grad:
            grad_y = grad_losses * (log_no - log_yes)
        return grad_p, grad_y

    values = w * ((y - 1) * no - y * yes)
    losses = Tensor.from_op(values, (probabilities, targets), backward, name)
    return reduce_losses(name, losses, reduction)


def binary_cross_entropy_with_logits(
    logits: Tensor,
    targets: Any,
    *,
    weight: Any | None = None,
    reduction: str = "mean",
    pos_weight: Any | None = None,
) -> Tensor:
    r"""Return minus the log-probability that sigmoid gives to the answers, in nats.

    With :math:`p = \sigma(z)`, so that :math:`1 - p = \sigma(-z)`,

    .. math::
        \ell = -w\,\bigl(r\, y \log p + (1 - y) \log(1 - p)\bigr)
        \qquad
        \bar z = \bar\ell\, w\, \bigl((1 - y)\, p - r\, y\, (1 - p)\bigr)

    which is p - y for :math:`w = r = 1`, and
    :math:`\bar y = \bar\ell\, w\, \bigl(\log(1 - p) - r \log p\bigr)`, where
    :math:`\log(1 - p) - \log p = -z`.

    Parameters
    ----------
    logits : Tensor, shape (*)
        z, the scores before sigmoid.
    targets : array_like or Tensor, shape (*)
        y in [0, 1], of the same shape: 1 for yes, 0 for no, or a probability; brought
        to the dtype of `logits`.
    weight : array_like or Tensor, optional
        w, a non-negative factor for each loss; broadcast to the shape of `logits`.
        A constant.
    reduction : {"mean", "sum", "none"}
        "mean" divides by the number of losses, with weights, too, as in torch.
    pos_weight : array_like or Tensor, optional
        r, a non-negative factor for "yes" alone, broadcast likewise: (number of no) /
        (number of yes) balances rare answers. A constant.

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `logits` is no floating-point Tensor.
    ValueError
        If the shape of `targets` differs or that of a weight does not broadcast, if a
        weight requires a gradient, or if `reduction` is unknown. And, where torch
        returns a number or nan: if a target is outside [0, 1] or nan, if a weight is
        negative or non-finite, or if the mean is over nothing.

    Notes
    -----
    Sigmoid, logarithms and loss are one operation:
    :math:`-\log \sigma(z) = \max(-z, 0) + \log(1 + e^{-|z|})` neither overflows nor
    takes the logarithm of a probability that has rounded to 0. Both terms of the loss
    are non-negative, so that none cancels the other.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), section 6.2.2.2.
    """
    name = "binary_cross_entropy_with_logits"
    require_floats(logits, name, name="logits")
    targets = same_shape(name, "targets have", targets, logits)
    check_probabilities(name, "targets", targets.data)
    w = 1.0 if weight is None else constant_weight(name, "weight", weight, logits)
    z, y = logits.data, targets.data
    yes = y
    if pos_weight is not None:
        pos_weight = constant_weight(name, "pos_weight", pos_weight, logits)
        yes = pos_weight * y
    exp = np.exp(-np.abs(z))  # in (0, 1]: never too large
    log1p = np.log1p(exp)
    minus_log_yes = np.maximum(-z, 0) + log1p
    minus_log_no = np.maximum(z, 0) + log1p

    def backward(grad_out):
        grad_losses = grad_out * w
        grad_logits = grad_targets = None
        if logits.requires_grad:
            p = np.where(z >= 0, 1, exp) / (1 + exp)
            not_p = np.where(z >= 0, exp, 1) / (1 + exp)  # 1 - p would round small ones
            grad_logits = grad_losses * ((1 - y) * p - yes * not_p)
        if targets.requires_grad:
            excess = 0 if pos_weight is None else (pos_weight - 1) * minus_log_yes
            grad_targets = grad_losses * (excess - z)
        return grad_logits, grad_targets

    with np.errstate(invalid="ignore"):  # 0 times inf is nan
        values = w * (yes * minus_log_yes + (1 - y) * minus_log_no)
    losses = Tensor.from_op(values, (logits, targets), backward, name)
    return reduce_losses(name, losses, reduction)
