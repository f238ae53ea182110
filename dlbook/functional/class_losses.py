"""Minus the logarithm of the probability that a model gives to the right class.

The targets are checked first: a label outside [0, C) or a mean of nothing is an error
here, never a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.class_targets import (
    class_numbers,
    class_probabilities,
    class_rows,
    class_weight,
    count_classes,
    example_weights,
    examples_shape,
    unrow,
)
from dlbook.functional.reduction import check_reduction, mean_divisor, reduce_array

__all__ = ["cross_entropy", "nll_loss"]


def cross_entropy(
    logits: Tensor,
    targets: Any,
    *,
    weight: Any | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    r"""Return minus the log-probability that softmax gives to the targets, in nats.

    With the target distribution q of one example and :math:`p = \mathrm{softmax}(z)`,

    .. math::
        \ell = -\sum_c w_c\, q_c \log p_c
        \qquad\qquad
        \bar z_c = \bar\ell\, \Bigl(p_c \sum_k w_k q_k - w_c\, q_c\Bigr)

    where q is 1 at the target class and 0 elsewhere. Label smoothing replaces q by
    :math:`(1 - \varepsilon)\,q + \varepsilon / C`.

    Parameters
    ----------
    logits : Tensor, shape (N, C), (C,) or (N, C, d1, d2, ...)
        Scores z before softmax, of C classes.
    targets : array_like or Tensor
        Either integers in [0, C), shape (N,), () or (N, d1, d2, ...): class numbers.
        Or floats in [0, 1], of the shape of `logits`: class probabilities, brought to
        the dtype of `logits`.
    weight : array_like or Tensor, shape (C,), optional
        w, a non-negative factor for each class, of the dtype of `logits`.
    ignore_index : int
        Examples with this class number count nothing. Not with class probabilities.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the total weight :math:`\sum_n w_{y_n}` of the class
        numbers that are not ignored, but by the number of examples with class
        probabilities.
    label_smoothing : float
        :math:`\varepsilon`, in [0, 1].

    Returns
    -------
    Tensor, shape (), or (N,), (), (N, d1, d2, ...) with reduction "none"

    Raises
    ------
    TypeError
        If `logits` is no floating-point Tensor, if class numbers are no integers, if
        class probabilities or `weight` are no floats, or if `weight` differs in dtype
        from `logits`.
    IndexError
        If a class number is outside [0, C) and not `ignore_index`.
    ValueError
        If a shape does not fit, an option is outside its range, or `ignore_index` is
        given with class probabilities. And, where torch returns a number or nan without
        a word: if the mean is over no example (an empty batch, all targets ignored, or
        all weights 0), if a class probability is outside [0, 1], if `weight` has a
        negative or non-finite entry, or if logits (C,) come with targets (1,).

    Notes
    -----
    Softmax, logarithm and loss are one operation: the gradient then needs no division
    by a probability that may have rounded to 0.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), section 6.2.2.3. Label
    smoothing: Szegedy et al. (2016), arXiv:1512.00567, section 7.
    """
    require_floats(logits, "cross_entropy", name="logits")
    check_reduction("cross_entropy", reduction)
    smoothing = require_number(label_smoothing, "cross_entropy: label_smoothing")
    if not 0 <= smoothing <= 1:
        raise ValueError(
            f"cross_entropy: label_smoothing must lie in [0, 1], got {label_smoothing}"
        )
    num_classes = count_classes("cross_entropy", logits)
    weight = class_weight("cross_entropy", weight, logits, num_classes)
    array = targets.data if isinstance(targets, Tensor) else np.asarray(targets)
    if array.shape == logits.shape:  # never the shape of class numbers
        if ignore_index != -100:
            raise ValueError(
                "cross_entropy: ignore_index works with class numbers only, and the "
                f"targets of shape {array.shape} are class probabilities"
            )
        probabilities = class_probabilities("cross_entropy", targets, logits)
        return _soft_cross_entropy(logits, probabilities, weight, reduction, smoothing)
    labels, kept = class_numbers(
        "cross_entropy", array, logits.shape, num_classes, ignore_index
    )
    return _hard_cross_entropy(logits, labels, kept, weight, reduction, smoothing)


def _hard_cross_entropy(logits, labels, kept, weight, reduction, smoothing):
    """Cross-entropy with class numbers: q has one large entry, so no q is stored."""
    z = class_rows(logits.data)
    n, num_classes = z.shape
    rows = np.arange(n)
    example_weight = example_weights(labels, kept, weight)
    count = n if example_weight is None else float(example_weight.sum())
    divisor = mean_divisor("cross_entropy", reduction, count)
    with np.errstate(invalid="ignore", divide="ignore"):  # infinite logits, as in torch
        peaks = z[rows, z.argmax(axis=1)][:, None]  # argmax is faster than max
        exp = z - peaks
        target_logits = exp[rows, labels]
        spread_logits = 0.0
        if smoothing:
            class_weight = np.ones(num_classes, z.dtype) if weight is None else weight
            spread = smoothing / num_classes * class_weight
            spread_logits = exp @ spread
        np.exp(exp, out=exp)
        total = exp @ np.ones(num_classes, z.dtype)  # the fastest sum of short rows
        log_total = np.log(total)
        losses = log_total - target_logits
        if smoothing:
            losses *= 1 - smoothing
        if weight is not None:
            losses *= example_weight
        if smoothing:
            losses += spread.sum() * log_total - spread_logits
        if kept is not None:
            losses[~kept] = 0

    def backward(grad_out):
        nonlocal exp
        if exp is None:  # this is not the first run
            with np.errstate(invalid="ignore"):
                exp = np.exp(z - peaks)
        # the gradient takes the memory of exp: a new array would double the time
        grad_rows, exp = exp, None
        scale = grad_out.reshape(-1) / divisor  # (n,) for "none", otherwise (1,)
        if kept is not None:
            scale = scale * kept
        at_target = scale * (1 - smoothing)
        if weight is not None:
            at_target = at_target * example_weight
        mass = at_target + scale * spread.sum() if smoothing else at_target
        grad_rows *= (mass / total)[:, None]
        if smoothing:
            grad_rows -= scale[:, None] * spread
        grad_rows[rows, labels] -= at_target
        return (unrow(grad_rows, logits.shape),)

    loss = reduce_array(losses, reduction, divisor, examples_shape(logits.shape))
    return Tensor.from_op(loss, (logits,), backward, "cross_entropy")


def _soft_cross_entropy(logits, targets, weight, reduction, smoothing):
    """Cross-entropy with class probabilities; they may require a gradient too."""
    z = class_rows(logits.data)
    n, num_classes = z.shape
    divisor = mean_divisor("cross_entropy", reduction, n)
    q = class_rows(targets.data) * (1 - smoothing)
    if smoothing:
        q += smoothing / num_classes
    if weight is not None:
        q *= weight
    with np.errstate(invalid="ignore", divide="ignore"):  # infinite logits, as in torch
        log_p = z - z.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        losses = -(q * log_p).sum(axis=1)

    def backward(grad_out):
        scale = grad_out.reshape(-1, 1) / divisor
        grad_logits = grad_targets = None
        if logits.requires_grad:
            grad_logits = np.exp(log_p)
            grad_logits *= q.sum(axis=1, keepdims=True)
            grad_logits -= q
            grad_logits *= scale
            grad_logits = unrow(grad_logits, logits.shape)
        if targets.requires_grad:
            grad_targets = log_p * (smoothing - 1)
            if weight is not None:
                grad_targets *= weight
            grad_targets *= scale
            grad_targets = unrow(grad_targets, logits.shape)
        return grad_logits, grad_targets

    loss = reduce_array(losses, reduction, divisor, examples_shape(logits.shape))
    return Tensor.from_op(loss, (logits, targets), backward, "cross_entropy")


def nll_loss(
    log_probabilities: Tensor,
    targets: Any,
    *,
    weight: Any | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    r"""Return minus the log-probability of the target class, :math:`-w_y \log p_y`.

    ``nll_loss(log_softmax(z, axis=1), y)`` equals ``cross_entropy(z, y)``.

    Parameters
    ----------
    log_probabilities : Tensor, shape (N, C), (C,) or (N, C, d1, d2, ...)
        Natural logarithms of probabilities, as from `log_softmax`.
    targets : array_like or Tensor of int, shape (N,), () or (N, d1, d2, ...)
        Class numbers in [0, C).
    weight : array_like or Tensor, shape (C,), optional
        w, a non-negative factor for each class, of the dtype of the first argument.
    ignore_index : int
        Examples with this class number count nothing.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the total weight :math:`\sum_n w_{y_n}` of the
        examples that are not ignored.

    Returns
    -------
    Tensor, shape (), or the shape of `targets` with reduction "none"

    Raises
    ------
    TypeError
        If `log_probabilities` is no floating-point Tensor, if `targets` are no
        integers, or if `weight` is not of the dtype of `log_probabilities`.
    IndexError
        If a class number is outside [0, C) and not `ignore_index`.
    ValueError
        If a shape does not fit or `reduction` is unknown. And, where torch returns a
        number or nan without a word: if the mean is over no example (an empty batch,
        all targets ignored, or all weights 0), if `weight` has a negative or non-finite
        entry, or if log-probabilities (C,) come with targets (1,).

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), section 6.2.1.1.
    """
    require_floats(log_probabilities, "nll_loss", name="log_probabilities")
    check_reduction("nll_loss", reduction)
    shape = log_probabilities.shape
    num_classes = count_classes("nll_loss", log_probabilities)
    weight = class_weight("nll_loss", weight, log_probabilities, num_classes)
    array = targets.data if isinstance(targets, Tensor) else np.asarray(targets)
    labels, kept = class_numbers("nll_loss", array, shape, num_classes, ignore_index)
    values = class_rows(log_probabilities.data)
    n = len(values)
    example_weight = example_weights(labels, kept, weight)
    count = n if example_weight is None else float(example_weight.sum())
    divisor = mean_divisor("nll_loss", reduction, count)

    losses = -values[np.arange(n), labels]
    if weight is not None:
        with np.errstate(invalid="ignore"):  # weight 0 times -inf is nan, as in torch
            losses *= example_weight
    if kept is not None:
        losses[~kept] = 0

    def backward(grad_out):
        scale = grad_out.reshape(-1) / divisor
        if example_weight is not None:
            scale = scale * example_weight  # 0 for ignored examples
        grad_rows = np.zeros_like(values)
        grad_rows[np.arange(n), labels] = -scale
        return (unrow(grad_rows, shape),)

    loss = reduce_array(losses, reduction, divisor, examples_shape(shape))
    return Tensor.from_op(loss, (log_probabilities,), backward, "nll_loss")
