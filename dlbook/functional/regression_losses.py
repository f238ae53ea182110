"""How far predicted numbers are from the true ones.

In every equation d = x - y is the error of one element. Shapes must be equal: where
torch broadcasts (3, 1) against (3,), at most with a warning, it averages nine errors of
three.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.autograd import Tensor, as_tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.element_targets import element_weight, same_shape
from dlbook.functional.reduction import reduce_losses

__all__ = ["gaussian_nll_loss", "huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"]


def mse_loss(
    inputs: Tensor,
    targets: Any,
    *,
    reduction: str = "mean",
    weight: Any | None = None,
) -> Tensor:
    r"""Return the squared error, averaged over all elements.

    .. math::
        \ell = d^2
        \qquad\qquad
        \bar x = 2\, \bar\ell\, d = -\bar y

    Parameters
    ----------
    inputs : Tensor, shape (*)
        Predictions x.
    targets : array_like or Tensor, shape (*)
        y, of the same shape; brought to the dtype of `inputs`.
    reduction : {"mean", "sum", "none"}
        "mean" divides by the number of elements, or by the sum of `weight`.
    weight : array_like or Tensor, shape (*), optional
        A non-negative factor for each squared error.

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `inputs` is no floating-point Tensor.
    ValueError
        If the shape of `weight` differs or `reduction` is unknown. And, where torch
        returns a number or nan, at most with a warning: if the shape of `targets`
        differs, if the mean is over no element or all weights are 0, or if a weight is
        negative or non-finite.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), section 5.1.4: minus the
    log-likelihood of a Gaussian of fixed variance, up to constants.
    """
    difference = _difference("mse_loss", inputs, targets)
    errors = difference * difference
    return _weighted_average("mse_loss", errors, inputs, weight, reduction)


def l1_loss(
    inputs: Tensor,
    targets: Any,
    *,
    reduction: str = "mean",
    weight: Any | None = None,
) -> Tensor:
    r"""Return the absolute error, averaged over all elements.

    .. math::
        \ell = |d|
        \qquad\qquad
        \bar x = \bar\ell\, \mathrm{sign}(d) = -\bar y

    where the slope at d = 0 is taken as 0. The loss is smallest for the median of the
    targets, the squared error for their mean.

    Parameters
    ----------
    inputs : Tensor, shape (*)
        Predictions x.
    targets : array_like or Tensor, shape (*)
        y, of the same shape; brought to the dtype of `inputs`.
    reduction : {"mean", "sum", "none"}
        "mean" divides by the number of elements, or by the sum of `weight`.
    weight : array_like or Tensor, shape (*), optional
        A non-negative factor for each absolute error.

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError, ValueError
        As `mse_loss` does.

    References
    ----------
    Hastie, Tibshirani & Friedman, *The Elements of Statistical Learning* (2009),
    section 10.6.
    """
    errors = _difference("l1_loss", inputs, targets).abs()
    return _weighted_average("l1_loss", errors, inputs, weight, reduction)


def huber_loss(
    inputs: Tensor,
    targets: Any,
    *,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Any | None = None,
) -> Tensor:
    r"""Return half the squared error, continued as a line where :math:`|d| > \delta`.

    With the clipped error :math:`c = \min(\max(d, -\delta), \delta)`,

    .. math::
        \ell = c\,(d - \tfrac12 c)
        = \begin{cases}
            \tfrac12 d^2 & |d| \le \delta \\
            \delta\,(|d| - \tfrac12 \delta) & |d| > \delta
        \end{cases}
        \qquad\qquad
        \bar x = \bar\ell\, c = -\bar y

    so that no single error pulls harder than :math:`\delta`.

    Parameters
    ----------
    inputs : Tensor, shape (*)
        Predictions x.
    targets : array_like or Tensor, shape (*)
        y, of the same shape; brought to the dtype of `inputs`.
    reduction : {"mean", "sum", "none"}
        "mean" divides by the number of elements, with `weight`, too, as in torch.
    delta : float
        :math:`\delta > 0`, in the unit of the targets.
    weight : array_like or Tensor, shape (*), optional
        A non-negative factor for each loss.

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `inputs` is no floating-point Tensor, or `delta` no number.
    ValueError
        If `delta` is not positive and finite, the shape of `weight` differs or
        `reduction` is unknown. And, where torch returns a number or nan, at most with
        a warning: if the shape of `targets` differs, if the mean is over no element,
        or if a weight is negative or non-finite.

    References
    ----------
    Huber (1964), *Robust estimation of a location parameter*.
    """
    delta = require_number(delta, "huber_loss: delta")
    if delta <= 0:
        raise ValueError(f"huber_loss: delta must be > 0, got {delta}")
    difference = _difference("huber_loss", inputs, targets)
    clipped = np.clip(difference.data, -delta, delta)

    def backward(grad_out):
        return (grad_out * clipped,)

    values = clipped * (difference.data - 0.5 * clipped)
    losses = Tensor.from_op(values, (difference,), backward, "huber_loss")
    if weight is not None:
        losses = losses * element_weight("huber_loss", weight, inputs)
    return reduce_losses("huber_loss", losses, reduction)


def smooth_l1_loss(
    inputs: Tensor, targets: Any, *, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    r"""Return the absolute error, its tip rounded off where :math:`|d| < \beta`.

    With the slope :math:`s = \min(\max(d / \beta, -1), 1)`,

    .. math::
        \ell = s\,(d - \tfrac12 \beta s)
        = \begin{cases}
            \tfrac12 d^2 / \beta & |d| < \beta \\
            |d| - \tfrac12 \beta & |d| \ge \beta
        \end{cases}
        \qquad\qquad
        \bar x = \bar\ell\, s = -\bar y

    This is `huber_loss` with :math:`\delta = \beta`, divided by :math:`\beta`.

    Parameters
    ----------
    inputs : Tensor, shape (*)
        Predictions x.
    targets : array_like or Tensor, shape (*)
        y, of the same shape; brought to the dtype of `inputs`.
    reduction : {"mean", "sum", "none"}
    beta : float
        :math:`\beta \ge 0`, in the unit of the targets; 0 gives `l1_loss`.

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `inputs` is no floating-point Tensor, or `beta` no number.
    ValueError
        If `beta` is negative or not finite, or `reduction` is unknown. And, where torch
        returns a number or nan, at most with a warning: if the shape of `targets`
        differs, or if the mean is over no element.

    References
    ----------
    Girshick (2015), *Fast R-CNN*, arXiv:1504.08083, eq. 3.
    """
    beta = require_number(beta, "smooth_l1_loss: beta")
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta must be >= 0, got {beta}")
    difference = _difference("smooth_l1_loss", inputs, targets)
    if beta == 0:
        return reduce_losses("smooth_l1_loss", difference.abs(), reduction)
    with np.errstate(over="ignore"):  # infinite quotients are clipped
        slope = np.clip(difference.data / beta, -1.0, 1.0)

    def backward(grad_out):
        return (grad_out * slope,)

    values = slope * (difference.data - 0.5 * beta * slope)
    losses = Tensor.from_op(values, (difference,), backward, "smooth_l1_loss")
    return reduce_losses("smooth_l1_loss", losses, reduction)


def gaussian_nll_loss(
    inputs: Tensor,
    targets: Any,
    var: Any,
    *,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    r"""Return minus the log-density of the targets in a Gaussian, in nats.

    The model predicts the mean x and the variance v of each target. With
    :math:`u = \max(v, \varepsilon)`,

    .. math::
        \ell = \tfrac12 \Bigl(\log u + \frac{d^2}{u}\Bigr)
        \qquad\qquad
        \bar x = \bar\ell\, \frac{d}{u} = -\bar y
        \qquad
        \bar v = \tfrac12 \bar\ell\, \Bigl(\frac1u - \frac{d^2}{u^2}\Bigr)

    The gradient reaches v where it is smaller than :math:`\varepsilon`, too: otherwise
    it would stay there.

    Parameters
    ----------
    inputs : Tensor, shape (*, D)
        Predicted means x.
    targets : array_like or Tensor, shape (*, D)
        y, of the same shape; brought to the dtype of `inputs`.
    var : float, array_like or Tensor, shape (*, D), (*, 1) or (*)
        Predicted variances v >= 0: one for each element, or one for the D elements of
        a row, or for all elements. One axis of any place may have the length 1.
    full : bool
        Whether to add the constant :math:`\tfrac12 \log 2\pi`, which makes the loss a
        log-density.
    eps : float
        :math:`\varepsilon \ge 0`, the least variance, against division by zero.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor, shape (), or (*, D) with reduction "none"

    Raises
    ------
    TypeError
        If `inputs` is no floating-point Tensor, or `eps` no number.
    ValueError
        If a variance is negative, if the shape of `var` does not fit, or if `reduction`
        is unknown. And, where torch returns a number or nan without a word: if the
        shape of `targets` differs, if the mean is over no element, or if `eps` is
        negative or not finite.

    References
    ----------
    Nix & Weigend (1994), *Estimating the mean and variance of the target probability
    distribution*.
    """
    name = "gaussian_nll_loss"
    eps = require_number(eps, f"{name}: eps")
    if eps < 0:
        raise ValueError(f"{name}: eps must be >= 0, got {eps}")
    difference = _difference(name, inputs, targets)
    var = _variances(var, inputs)

    def backward(grad_out):
        return (grad_out,)  # not 0 where v < eps

    clamped = np.maximum(var.data, eps)
    var = Tensor.from_op(clamped, (var,), backward, "clamp")
    losses = (var.log() + difference * difference / var) * 0.5
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduce_losses(name, losses, reduction)


def _difference(loss: str, inputs: Tensor, targets: Any) -> Tensor:
    """Check inputs and targets, and return the errors d = x - y."""
    require_floats(inputs, loss, name="inputs")
    return inputs - same_shape(loss, "targets have", targets, inputs)


def _weighted_average(
    loss: str, errors: Tensor, inputs: Tensor, weight: Any | None, reduction: str
) -> Tensor:
    """Reduce errors times weights; the mean divides by the sum of the weights."""
    if weight is None:
        return reduce_losses(loss, errors, reduction)
    weight = element_weight(loss, weight, inputs)
    return reduce_losses(loss, errors * weight, reduction, weight.sum())


def _variances(var: Any, inputs: Tensor) -> Tensor:
    """Check the variances and bring them to a shape that broadcasts to the inputs'."""
    var = as_tensor(var, like=inputs).astype(inputs.dtype)
    if (var.data < 0).any():
        raise ValueError(
            f"gaussian_nll_loss: var must be >= 0, got values from {var.data.min():g}"
        )
    shape = inputs.shape
    if var.ndim == 0 or var.shape == shape:
        return var
    if var.shape == shape[:-1]:
        return var.unsqueeze(-1)
    others = [v for v, n in zip(var.shape, shape, strict=False) if v != n]
    if var.ndim != inputs.ndim or others != [1]:
        raise ValueError(
            f"gaussian_nll_loss: var has shape {var.shape}, expected that of the "
            f"inputs {shape}, one axis of length 1, or the last axis left out"
        )
    return var
