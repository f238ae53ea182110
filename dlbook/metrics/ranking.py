"""How well scores order the samples, whatever the threshold: the ROC curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.metrics.arguments import (
    class_numbers,
    require_below,
    require_length,
    scores_of,
)

__all__ = ["roc_auc", "roc_curve"]


def roc_curve(scores: Any, targets: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the false and the true positive rate at every threshold.

    A sample is called positive if its score is at least the threshold t:

    .. math::
        f(t) = \frac{\sum_n [s_n \ge t]\,[y_n = 0]}{\sum_n [y_n = 0]}
        \qquad
        h(t) = \frac{\sum_n [s_n \ge t]\,[y_n = 1]}{\sum_n [y_n = 1]}

    are the false positive rate f (false alarms) and the true positive rate h (hits).
    Samples with equal scores pass together, as one step of the curve.

    Parameters
    ----------
    scores : array_like or Tensor, shape (N,)
        The higher, the more likely class 1: logits, probabilities or distances to a
        boundary; finite.
    targets : array_like or Tensor of int, shape (N,)
        The true classes, 0 and 1, both present.

    Returns
    -------
    false_positive_rate, true_positive_rate : ndarray of float64, shape (T + 1,)
        Non-decreasing, from 0 to 1. T is the number of different scores.
    thresholds : ndarray, shape (T + 1,)
        Decreasing: infinity, where no sample is positive, then each different score, in
        the dtype of the scores if they are floats, else float64.

    Raises
    ------
    TypeError
        If the scores are no real numbers or the targets no integers.
    ValueError
        If there are no samples, the shapes do not fit, a score is not finite, a target
        is neither 0 nor 1, or all targets are of one class.

    Notes
    -----
    No point is dropped: scikit-learn's ``roc_curve`` with ``drop_intermediate=False``.

    Examples
    --------
    >>> for values in roc_curve([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1]):
    ...     print(values)
    [0.  0.  0.5 1. ]
    [0.  0.5 1.  1. ]
    [inf 0.8 0.4 0.1]
    """
    values, true = _checked("roc_curve", scores, targets)
    positive = _positive("roc_curve", values, true)
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    order = np.argsort(-values)
    values, positive = values[order], positive[order]
    last_of_equals = np.append(values[1:] != values[:-1], True)
    true_positives = np.cumsum(positive)[last_of_equals]
    false_positives = np.cumsum(~positive)[last_of_equals]
    infinity = np.array([np.inf], values.dtype)
    return (
        np.append(0.0, false_positives / false_positives[-1]),
        np.append(0.0, true_positives / true_positives[-1]),
        np.concatenate([infinity, values[last_of_equals]]),
    )


def roc_auc(scores: Any, targets: Any) -> float:
    r"""Return the area under the ROC curve: how often a positive outscores a negative.

    .. math::
        \mathrm{AUC} = \frac{1}{N_1 N_0} \sum_{i:\,y_i=1}\; \sum_{j:\,y_j=0}
        \Bigl([s_i > s_j] + \tfrac12\,[s_i = s_j]\Bigr)
        = \frac{\sum_{i:\,y_i=1} r_i - \tfrac12 N_1 (N_1 + 1)}{N_1 N_0}

    The second form is computed, in O(N log N): :math:`r_i` is the rank of :math:`s_i`
    among all scores, from 1, and equal scores share the mean of their ranks. Its
    numerator is the statistic U of Mann and Whitney. 1 is a perfect order, 0.5 what
    chance gives, and 0 a perfect order upside down.

    Parameters
    ----------
    scores : array_like or Tensor, shape (N,) or (N, C)
        For classes 0 and 1, shape (N,), as in `roc_curve`. For C classes, shape (N, C):
        the mean over the classes of the area for that class against all others, with
        its column as scores (one-vs-rest, macro).
    targets : array_like or Tensor of int, shape (N,)
        The true classes: 0 and 1, or in [0, C); all of them present.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError
        If the scores are no real numbers or the targets no integers.
    ValueError
        If there are no samples, the shapes do not fit, a score is not finite, a target
        lies outside the classes, or a class has no target.

    References
    ----------
    Hanley & McNeil (1982), "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve", Radiology 143, 29-36.

    Examples
    --------
    >>> roc_auc([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])
    0.875
    """
    values, true = _checked("roc_auc", scores, targets)
    if values.ndim != 2:
        return _area(values, _positive("roc_auc", values, true))
    num_classes = values.shape[1]
    require_below("roc_auc", "targets", true, num_classes)
    missing = np.setdiff1d(np.arange(num_classes), true)
    if missing.size or num_classes < 2:
        raise ValueError(
            f"roc_auc: targets must contain each of the {num_classes} classes that "
            f"scores has columns for, and at least 2, got the classes "
            f"{np.unique(true).tolist()}"
        )
    areas = [_area(values[:, c], true == c) for c in range(num_classes)]
    return float(np.mean(areas))


def _checked(function: str, scores: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return finite scores and as many class numbers."""
    values = scores_of(function, "scores", scores)
    true = class_numbers(function, "targets", targets)
    require_length(function, "scores", len(np.atleast_1d(values)), true)
    if not np.isfinite(values).all():
        raise ValueError(
            f"{function}: scores must be finite, got values from {values.min()} to "
            f"{values.max()}"
        )
    return values, true


def _positive(function: str, values: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return which targets are 1; raise ValueError unless there are 0s and 1s alone."""
    if values.ndim != 1:
        raise ValueError(
            f"{function}: scores has shape {values.shape}, expected (N,), a number for "
            "each sample"
        )
    require_below(function, "targets", true, 2)
    positive = true == 1
    if positive.all() or not positive.any():
        raise ValueError(
            f"{function}: targets must contain both classes, 0 and 1, got {len(true)} "
            f"times class {true[0]}"
        )
    return positive


def _area(scores: np.ndarray, positive: np.ndarray) -> float:
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)  # the largest rank among equal scores
    rank = (last - (counts - 1) / 2)[place]
    positives = int(positive.sum())
    negatives = len(positive) - positives
    u = rank[positive].sum() - positives * (positives + 1) / 2
    return float(u / (positives * negatives))
