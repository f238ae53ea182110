"""Losses that are 0 once an answer is right by a margin.

A margin loss asks for room between right and wrong, not for probabilities. All but
`soft_margin_loss` have a kink at the margin; the slope there is named in the docstring.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor, stack, where
from dlbook.functional.activations import logsigmoid
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.class_targets import (
    class_numbers,
    class_rows,
    class_weight,
    count_classes,
    unrow,
)
from dlbook.functional.distances import pairwise_distance
from dlbook.functional.element_targets import same_shape, signs
from dlbook.functional.reduction import reduce_losses

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]

LEAST_SQUARE = 1e-12  # torch adds it to squared lengths in cosine_embedding_loss


def multi_margin_loss(
    scores: Tensor,
    targets: Any,
    *,
    p: int = 1,
    margin: float = 1.0,
    weight: Any | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Return by how much wrong classes come too close to the right one.

    With the shortfalls :math:`h_i = \max(0,\, m - x_y + x_i)` of the wrong classes
    :math:`i \ne y`,

    .. math::
        \ell = \frac{w_y}{C} \sum_{i \ne y} h_i^p
        \qquad\qquad
        \bar x_i = \bar\ell\, \frac{w_y}{C}\, p\, h_i^{p-1}\, [h_i > 0], \quad
        \bar x_y = -\sum_{i \ne y} \bar x_i

    Parameters
    ----------
    scores : Tensor, shape (N, C) or (C,)
        x, any real numbers, of C classes.
    targets : array_like or Tensor of int, shape (N,) or ()
        y, class numbers in [0, C).
    p : {1, 2}
        Whether shortfalls count as they are, or squared.
    margin : float
        m >= 0, by how much the right class shall win.
    weight : array_like or Tensor, shape (C,), optional
        w, a non-negative factor for each class, of the dtype of `scores`. A constant.
    reduction : {"mean", "sum", "none"}
        "mean" divides by N, with `weight`, too, as in torch.

    Returns
    -------
    Tensor, shape (), or the shape of `targets` with reduction "none"

    Raises
    ------
    TypeError
        If `scores` is no floating-point Tensor, if `targets` are no integers, if
        `weight` is not of the dtype of `scores`, or if `margin` is no number.
    IndexError
        If a class number is outside [0, C).
    ValueError
        If a shape does not fit, `p` is neither 1 nor 2, or `reduction` is unknown. And,
        where torch returns a number without a word: if `margin` is negative or not
        finite, if the mean is over nothing, if `weight` has a negative or non-finite
        entry, or if scores (C,) come with targets (1,).

    References
    ----------
    Crammer & Singer (2001), *On the algorithmic implementation of multiclass
    kernel-based vector machines*; the sum over classes: Weston & Watkins (1999).
    """
    name = "multi_margin_loss"
    require_floats(scores, name, name="scores")
    if p not in (1, 2):
        raise ValueError(f"{name}: p must be 1 or 2, got {p}")
    margin = _margin(name, margin)
    num_classes = count_classes(name, scores)
    if scores.ndim > 2:
        raise ValueError(
            f"{name}: expected scores of shape (N, C) or (C,), got {scores.shape}"
        )
    weight = class_weight(name, weight, scores, num_classes)
    array = targets.data if isinstance(targets, Tensor) else np.asarray(targets)
    labels, _ = class_numbers(name, array, scores.shape, num_classes)
    x = class_rows(scores.data)
    rows = np.arange(len(x))
    short = np.maximum(x - x[rows, labels][:, None] + margin, 0)
    short[rows, labels] = 0
    factor = 1 / num_classes if weight is None else weight[labels] / num_classes
    values = (short**p).sum(axis=1) * factor

    def backward(grad_out):
        scale = grad_out.reshape(-1, 1) * np.reshape(factor, (-1, 1))
        grad_rows = scale * (short != 0 if p == 1 else 2 * short)
        grad_rows[rows, labels] = -grad_rows.sum(axis=1)
        return (unrow(grad_rows, scores.shape),)

    values = values.reshape(scores.shape[:-1])
    losses = Tensor.from_op(values, (scores,), backward, name)
    return reduce_losses(name, losses, reduction)


def soft_margin_loss(
    scores: Tensor, targets: Any, *, reduction: str = "mean"
) -> Tensor:
    r"""Return the logistic loss of labels -1 and 1, averaged over all elements.

    .. math::
        \ell = \log\bigl(1 + e^{-y x}\bigr) = -\log \sigma(y x)
        \qquad\qquad
        \bar x = -\bar\ell\, y\, \sigma(-y x)

    It is `binary_cross_entropy_with_logits` with labels -1 and 1 for 0 and 1.

    Parameters
    ----------
    scores : Tensor, shape (*)
        x, any real numbers.
    targets : array_like or Tensor, shape (*)
        y, labels -1 or 1, constants.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `scores` is no floating-point Tensor.
    ValueError
        If `targets` require a gradient, or `reduction` is unknown. And, where torch
        returns a number or nan without a word: if the shape of `targets` differs, if a
        label is neither -1 nor 1, or if the mean is over nothing.

    References
    ----------
    Hastie, Tibshirani & Friedman, *The Elements of Statistical Learning* (2009),
    eq. 10.18.
    """
    require_floats(scores, "soft_margin_loss", name="scores")
    labels = signs("soft_margin_loss", targets, scores.shape, scores.dtype)
    losses = -logsigmoid(scores * Tensor(labels))
    return reduce_losses("soft_margin_loss", losses, reduction)


def hinge_embedding_loss(
    inputs: Tensor, targets: Any, *, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    r"""Return a distance where things are alike, and what it lacks where they are not.

    .. math::
        \ell = \begin{cases} x & y = 1 \\ \max(0,\, m - x) & y = -1 \end{cases}
        \qquad\qquad
        \bar x = \begin{cases} \bar\ell & y = 1 \\ -\bar\ell\,[x \le m] & y = -1
        \end{cases}

    Parameters
    ----------
    inputs : Tensor, shape (*)
        x, distances of two things each, such as from `pairwise_distance`.
    targets : array_like or Tensor, shape (*)
        y, constants: 1 where the two are alike, -1 where they are not.
    margin : float
        m >= 0, the distance that is far enough.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `inputs` is no floating-point Tensor, or `margin` no number.
    ValueError
        If `reduction` is unknown. And, where torch returns a number or nan without a
        word: if the shape of `targets` differs, if a label is neither -1 nor 1 or
        requires a gradient, if `margin` is negative or not finite, or if the mean is
        over nothing.

    References
    ----------
    Hadsell, Chopra & LeCun (2006), *Dimensionality reduction by learning an invariant
    mapping*, there with squares.
    """
    name = "hinge_embedding_loss"
    require_floats(inputs, name, name="inputs")
    margin = _margin(name, margin)
    labels = signs(name, targets, inputs.shape, inputs.dtype)
    losses = where(labels == 1, inputs, (margin - inputs).clip(min=0.0))
    return reduce_losses(name, losses, reduction)


def margin_ranking_loss(
    x1: Tensor,
    x2: Any,
    targets: Any,
    *,
    margin: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    r"""Return how far scores are from the right order.

    .. math::
        \ell = \max\bigl(0,\, m - y\,(x_1 - x_2)\bigr)
        \qquad\qquad
        \bar x_1 = -\bar\ell\, y\, [\,y\,(x_1 - x_2) \le m\,] = -\bar x_2

    Parameters
    ----------
    x1 : Tensor, shape (*)
        Scores of the first of two things each.
    x2 : array_like or Tensor, shape (*)
        Scores of the second; brought to the dtype of `x1`.
    targets : array_like or Tensor, shape (*)
        y, constants: 1 where the first shall be ranked higher, -1 where the second.
    margin : float
        m >= 0, by how much.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `x1` is no floating-point Tensor, or `margin` no number.
    ValueError
        If `reduction` is unknown. And, where torch returns a number or nan without a
        word: if shapes differ, if a label is neither -1 nor 1 or requires a gradient,
        if `margin` is negative or not finite, or if the mean is over nothing.

    References
    ----------
    Joachims (2002), *Optimizing search engines using clickthrough data*.
    """
    name = "margin_ranking_loss"
    require_floats(x1, name, name="x1")
    margin = _margin(name, margin)
    x2 = same_shape(name, "x2 has", x2, x1)
    labels = signs(name, targets, x1.shape, x1.dtype)
    losses = (margin - Tensor(labels) * (x1 - x2)).clip(min=0.0)
    return reduce_losses(name, losses, reduction)


def cosine_embedding_loss(
    x1: Tensor,
    x2: Any,
    targets: Any,
    *,
    margin: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    r"""Return how far the cosine c of two vectors is from what a label asks for.

    .. math::
        \ell = \begin{cases} 1 - c & y = 1 \\ \max(0,\, c - m) & y = -1 \end{cases}
        \qquad\qquad
        \bar c = \begin{cases} -\bar\ell & y = 1 \\ \bar\ell\,[c \ge m] & y = -1
        \end{cases}

    where :math:`c = x_1 \cdot x_2 / \sqrt{(x_1 \cdot x_1 + \varepsilon)
    (x_2 \cdot x_2 + \varepsilon)}`, and :math:`\varepsilon` = 1e-12 keeps vectors of
    zeros from dividing by 0.

    Parameters
    ----------
    x1 : Tensor, shape (N, D) or (D,)
    x2 : array_like or Tensor, shape (N, D) or (D,)
        Of the shape of `x1`; brought to its dtype.
    targets : array_like or Tensor, shape (N,) or ()
        y, constants: 1 where the two shall point the same way, -1 where not.
    margin : float
        m in [-1, 1], the cosine that is small enough.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor, shape (), or (N,) with reduction "none"

    Raises
    ------
    TypeError
        If `x1` is no floating-point Tensor, or `margin` no number.
    ValueError
        If the vectors have other than one or two axes, the shape of `targets` does not
        fit, or `reduction` is unknown. And, where torch returns a number or nan without
        a word: if `x1` and `x2` differ in shape but broadcast, if a label is neither -1
        nor 1 or requires a gradient, if `margin` is outside [-1, 1], or if the mean is
        over nothing.

    References
    ----------
    Derivative of the cosine: see `cosine_similarity`.
    """
    name = "cosine_embedding_loss"
    require_floats(x1, name, name="x1")
    margin = require_number(margin, f"{name}: margin")
    if not -1 <= margin <= 1:
        raise ValueError(f"{name}: margin must lie in [-1, 1], got {margin}")
    x2 = same_shape(name, "x2 has", x2, x1)
    if x1.ndim not in (1, 2):
        raise ValueError(
            f"{name}: expected vectors of shape (N, D) or (D,), got {x1.shape}"
        )
    labels = signs(name, targets, x1.shape[:-1], x1.dtype)
    square1, square2 = ((x * x).sum(-1) + LEAST_SQUARE for x in (x1, x2))
    cosine = (x1 * x2).sum(-1) / (square1 * square2).sqrt()
    losses = where(labels == 1, 1 - cosine, (cosine - margin).clip(min=0.0))
    return reduce_losses(name, losses, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Any,
    negative: Any,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    r"""Return by how much the positive example is not nearer than the negative one.

    With the distance d of `pairwise_distance`,

    .. math::
        \ell = \max\bigl(0,\, m + d(a, x^+) - d(a, x^-)\bigr)
        \qquad\qquad
        \bar d(a, x^+) = \bar\ell\,[\ldots \ge 0] = -\bar d(a, x^-)

    Parameters
    ----------
    anchor : Tensor, shape (*, D)
        a, what the others are compared with.
    positive, negative : array_like or Tensor, shape (*, D)
        Examples that shall be near and far; brought to the dtype of `anchor`.
    margin : float
        m > 0, by how much nearer.
    p, eps : float
        Degree of the norm, and what is added to each difference: see
        `pairwise_distance`.
    swap : bool
        Replace :math:`d(a, x^-)` by :math:`d(x^+, x^-)` where that is smaller; equal
        ones share the gradient.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor, shape (), or (*) with reduction "none"

    Raises
    ------
    TypeError
        If `anchor` is no floating-point Tensor, or an option no number.
    ValueError
        If `margin` is not positive and finite, there is no axis of coordinates, `p` is
        nan, or `reduction` is unknown. And, where torch returns a number or nan without
        a word: if shapes differ that would broadcast, if `eps` is negative or not
        finite, or if the mean is over nothing.

    References
    ----------
    Schroff, Kalenichenko & Philbin (2015), *FaceNet*, arXiv:1503.03832, eq. 1, there
    with squared distances. Swap: Balntas et al. (2016), section 3.3.
    """
    name = "triplet_margin_loss"
    require_floats(anchor, name, name="anchor")
    margin = require_number(margin, f"{name}: margin")
    if margin <= 0:
        raise ValueError(f"{name}: margin must be > 0, got {margin}")
    positive = same_shape(name, "positive has", positive, anchor)
    negative = same_shape(name, "negative has", negative, anchor)
    near = pairwise_distance(anchor, positive, p=p, eps=eps)
    far = pairwise_distance(anchor, negative, p=p, eps=eps)
    if swap:
        other = pairwise_distance(positive, negative, p=p, eps=eps)
        far = stack([far, other]).min(0)
    return reduce_losses(name, (margin + near - far).clip(min=0.0), reduction)


def _margin(loss: str, margin: float) -> float:
    """Return a margin as a Python float; refuse a negative one."""
    margin = require_number(margin, f"{loss}: margin")
    if margin < 0:
        raise ValueError(f"{loss}: margin must be >= 0, got {margin}")
    return margin
