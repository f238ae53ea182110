"""Distillation: learn from what a teacher thinks of all classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.class_targets import (
    class_numbers,
    class_rows,
    count_classes,
    examples_shape,
    unrow,
)
from dlbook.functional.reduction import check_reduction, mean_divisor, reduce_array

__all__ = ["bias_for_share", "distillation_loss", "soften"]


def distillation_loss(
    student_logits: Tensor,
    teacher_logits: Any,
    labels: Any | None = None,
    *,
    temperature: float = 1.0,
    weight: float = 1.0,
    soft: str = "kl",
    reduction: str = "mean",
) -> Tensor:
    r"""Return how far a student is from its teacher, and from the labels.

    With the softened probabilities :math:`p^\tau = \mathrm{softmax}(z / \tau)` of the
    student and :math:`q^\tau = \mathrm{softmax}(v / \tau)` of the teacher,

    .. math::
        \ell &= \alpha\, \tau^2 \sum_c q^\tau_c \log \frac{q^\tau_c}{p^\tau_c}
            \;-\; (1 - \alpha) \log p^1_y \\
        \bar z_c &= \bar\ell\, \bigl( \alpha\, \tau\, (p^\tau_c - q^\tau_c)
            + (1 - \alpha) (p^1_c - [c = y]) \bigr)

    A gradient of soft targets at :math:`\tau` is about :math:`1/\tau^2` as large as at
    1: the factor :math:`\tau^2` keeps the shares of both terms where :math:`\alpha`
    puts them, for any temperature.

    Parameters
    ----------
    student_logits : Tensor, shape (N, C), (C,) or (N, C, d1, ...)
        z, scores of C classes.
    teacher_logits : array_like or Tensor, same shape
        v, constants.
    labels : array_like or Tensor of int, shape (N,), () or (N, d1, ...), optional
        y, class numbers in [0, C). May be left out if `weight` is 1.
    temperature : float
        :math:`\tau`, positive. At 1, the teacher's own probabilities; the higher, the
        more the classes count that the teacher thinks unlikely.
    weight : float
        :math:`\alpha`, in [0, 1], the share of the teacher; the labels have the rest.
    soft : {"kl", "mse"}
        "mse" takes :math:`\frac1C \sum_c (z_c - v_c)^2` of the logits themselves for
        the first term, without :math:`\tau`. It is, but for a factor and for what all
        logits of an example have in common, what "kl" comes to at a high temperature.
    reduction : {"mean", "sum", "none"}
        Over the examples.

    Returns
    -------
    Tensor, shape (), or (N,), (), (N, d1, ...) with reduction "none"

    Raises
    ------
    TypeError
        If `student_logits` is no floating-point Tensor, or `labels` are no integers.
    IndexError
        If a label is outside [0, C).
    ValueError
        If a shape does not fit, an option is unknown or out of range, labels are
        missing, the teacher requires a gradient, a logit is not finite, or the mean is
        over nothing.

    References
    ----------
    Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 2 and equations 1 to 4.
    Their T is our :math:`\tau`, their :math:`p_i` and :math:`q_i` are our q and p. They
    take the cross-entropy with q, which differs from the divergence by the entropy of
    q, a constant. "mse": Ba & Caruana (2014), arXiv:1312.6184, equation 1, a sum over
    classes halved.
    """
    require_floats(student_logits, "distillation_loss", name="student_logits")
    check_reduction("distillation_loss", reduction)
    t = _temperature(temperature, "distillation_loss: temperature")
    w = require_number(weight, "distillation_loss: weight")
    if not 0 <= w <= 1:
        raise ValueError(f"distillation_loss: weight must lie in [0, 1], got {weight}")
    if soft not in ("kl", "mse"):
        raise ValueError(f'distillation_loss: soft must be "kl" or "mse", got {soft!r}')
    count_classes("distillation_loss", student_logits)
    z = class_rows(student_logits.data)  # (n, C)
    v = class_rows(_teacher(teacher_logits, student_logits))
    divisor = mean_divisor("distillation_loss", reduction, len(z))
    if soft == "kl":
        losses, slopes = _softened_divergence(z, v, t)
    else:
        losses, slopes = _squared_difference(z, v)
    losses, slopes = w * losses, w * slopes
    if labels is not None:
        hard, hard_slopes = _hard_loss(z, labels, student_logits.shape)
        losses += (1 - w) * hard
        slopes += (1 - w) * hard_slopes
    elif w != 1:
        raise ValueError(
            f"distillation_loss: weight {weight} leaves a share for the labels; give "
            "labels, or weight=1"
        )

    def backward(grad_out):
        scale = grad_out.reshape(-1, 1) / divisor  # (n, 1) for "none", else (1, 1)
        return (unrow(slopes * scale, student_logits.shape),)

    loss = reduce_array(
        losses, reduction, divisor, examples_shape(student_logits.shape)
    )
    return Tensor.from_op(loss, (student_logits,), backward, "distillation_loss")


def _softened_divergence(z, v, t):
    """Return t^2 KL(q || p) for each row, and its slopes with respect to z."""
    log_p, log_q = _log_softmax(z / t), _log_softmax(v / t)
    q = np.exp(log_q)
    losses = t**2 * (q * (log_q - log_p)).sum(axis=1)
    return losses, t * (np.exp(log_p) - q)


def _squared_difference(z, v):
    """Return the mean squared difference of each row, and its slopes."""
    difference = z - v
    return (difference**2).mean(axis=1), difference * (2 / z.shape[1])


def _hard_loss(z, labels, shape):
    """Return the cross-entropy with the labels for each row, and its slopes."""
    array = labels.data if isinstance(labels, Tensor) else np.asarray(labels)
    numbers, _ = class_numbers("distillation_loss", array, shape, z.shape[1])
    rows = np.arange(len(z))
    log_p = _log_softmax(z)
    slopes = np.exp(log_p)
    slopes[rows, numbers] -= 1
    return -log_p[rows, numbers], slopes


def _log_softmax(z: np.ndarray) -> np.ndarray:
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _teacher(logits: Any, student: Tensor) -> np.ndarray:
    """Return the teacher's logits as constants of the student's shape and dtype."""
    if isinstance(logits, Tensor) and logits.requires_grad:
        raise ValueError(
            "distillation_loss: teacher_logits require a gradient, but the teacher is "
            "not trained; compute them inside no_grad(), or detach() them"
        )
    array = np.asarray(logits.data if isinstance(logits, Tensor) else logits)
    if array.shape != student.shape:
        raise ValueError(
            f"distillation_loss: teacher_logits have shape {array.shape}, expected "
            f"{student.shape} like student_logits"
        )
    if not (np.isfinite(array).all() and np.isfinite(student.data).all()):
        raise ValueError("distillation_loss: logits must be finite")
    return array.astype(student.dtype)


def _temperature(temperature: float, name: str) -> float:
    t = require_number(temperature, name)
    if t <= 0:
        raise ValueError(f"{name} must be positive, got {temperature}")
    return t


def soften(logits: Any, temperature: float) -> np.ndarray:
    r"""Return the softmax of logits divided by a temperature.

    .. math:: p_c = \frac{\exp(z_c / \tau)}{\sum_k \exp(z_k / \tau)}

    Parameters
    ----------
    logits : array_like or Tensor, shape (N, C) or (C,)
    temperature : float
        :math:`\tau`, positive. Above 1 the probabilities approach one another, below 1
        the largest takes more.

    Returns
    -------
    ndarray, same shape
        Rows sum to 1.

    Raises
    ------
    TypeError, ValueError
        If the logits have no class or are not finite, or the temperature is not
        positive.

    References
    ----------
    Hinton, Vinyals & Dean (2015), arXiv:1503.02531, equation 1.
    """
    t = _temperature(temperature, "soften: temperature")
    z = _scores("soften", logits)
    return np.exp(_log_softmax(class_rows(z) / t)).reshape(z.shape)


def bias_for_share(logits: Any, label: int, share: float) -> float:
    """Return what to add to a class's bias for it to be predicted as often as it comes.

    A student that never saw a class has too low a bias for it. How often the class
    occurs is known or assumed; no example of it with its label is needed.

    Parameters
    ----------
    logits : array_like or Tensor, shape (N, C)
        Of examples as they come, without labels.
    label : int
        The class, in [0, C).
    share : float
        In [0, 1], of the examples that are to be of this class.

    Returns
    -------
    float
        The amount, which may be negative: with it the class has the largest logit in
        round(share · N) of the N examples, unless some are equally near.

    Raises
    ------
    TypeError
        If `label` is no int.
    ValueError
        If the logits are not (N, C) with two classes at least, not finite, or a number
        is out of range.

    References
    ----------
    Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 3, who raise the bias of
    the 3 by 3.5, "which optimizes overall performance on the test set"; this function
    looks at no label of a test set.
    """
    z = _scores("bias_for_share", logits)
    if z.ndim != 2 or z.shape[1] < 2:
        raise ValueError(
            f"bias_for_share: logits have shape {z.shape}, expected (N, C), C >= 2"
        )
    if isinstance(label, bool) or not isinstance(label, int | np.integer):
        raise TypeError(f"bias_for_share: label must be an int, got {label!r}")
    if not 0 <= label < z.shape[1]:
        raise ValueError(f"bias_for_share: there is no class {label} of {z.shape[1]}")
    wanted = require_number(share, "bias_for_share: share")
    if not 0 <= wanted <= 1:
        raise ValueError(f"bias_for_share: share must lie in [0, 1], got {share}")
    lacking = np.sort(np.delete(z, label, axis=1).max(axis=1) - z[:, label])
    number = round(wanted * len(z))
    # between the last example that is to be won and the first that is not
    below = lacking[number - 1] if number else lacking[0] - 2
    above = lacking[number] if number < len(z) else lacking[-1] + 2
    return float((below + above) / 2)


def _scores(function: str, logits: Any) -> np.ndarray:
    z = np.asarray(logits.data if isinstance(logits, Tensor) else logits)
    if z.dtype.kind != "f":
        z = z.astype(np.float64)
    if z.ndim not in (1, 2) or 0 in z.shape:
        raise ValueError(f"{function}: logits have shape {z.shape}, expected (N, C)")
    if not np.isfinite(z).all():
        raise ValueError(f"{function}: logits must be finite")
    return z
