"""Right and wrong classes: accuracy, the confusion matrix and what it is summed to."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.metrics.arguments import (
    class_numbers,
    plain,
    require_below,
    require_count,
    require_length,
    scores_of,
)

__all__ = [
    "accuracy",
    "confusion_matrix",
    "f1_score",
    "precision",
    "recall",
    "top_k_accuracy",
]

AVERAGES = ("macro", "micro", "weighted", None)


def accuracy(predictions: Any, targets: Any) -> float:
    r"""Return the share of the samples whose predicted class is the true one.

    .. math:: \frac{1}{N} \sum_{n=1}^{N} [\hat y_n = y_n]

    Parameters
    ----------
    predictions : array_like or Tensor
        Integers, shape (N,): the predicted classes. Or floats, shape (N, C): scores of
        the classes, logits or probabilities; the class with the largest score is
        predicted, the first of them if several are largest.
    targets : array_like or Tensor of int, shape (N,)
        The true classes; with scores, in [0, C).

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError
        If class numbers are no integers.
    ValueError
        If there are no samples, the shapes do not fit, a class lies outside [0, C), or
        a score is NaN.

    Examples
    --------
    >>> accuracy([0, 2, 1, 1], [0, 1, 1, 1])
    0.75
    >>> accuracy([[0.9, 0.1], [0.2, 0.8]], [0, 0])
    0.5
    """
    predicted, true, _ = _classes("accuracy", predictions, targets)
    return float(np.mean(predicted == true))


def top_k_accuracy(scores: Any, targets: Any, k: int = 5) -> float:
    r"""Return the share of the samples whose true class is among the k best scored.

    .. math:: \frac{1}{N} \sum_{n=1}^{N} [r_n < k]

    where :math:`r_n` is how many classes are ranked before the true one. Of classes
    with equal scores, the one with the smaller number comes first, as in `accuracy`,
    which is the case k = 1.

    Parameters
    ----------
    scores : array_like or Tensor, shape (N, C)
        Logits or probabilities.
    targets : array_like or Tensor of int, shape (N,)
        The true classes, in [0, C).
    k : int
        In [1, C].

    Returns
    -------
    float
        In [0, 1]; 1 for k = C.

    Raises
    ------
    TypeError
        If the scores are no real numbers, or the targets or `k` no integers.
    ValueError
        If there are no samples, the shapes do not fit, a class lies outside [0, C), a
        score is NaN, or `k` lies outside [1, C].

    Examples
    --------
    >>> top_k_accuracy([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]], [1, 0], k=2)
    0.5
    """
    values = scores_of("top_k_accuracy", "scores", scores)
    if values.ndim != 2:
        raise ValueError(
            f"top_k_accuracy: scores has shape {values.shape}, expected (N, C)"
        )
    true = class_numbers("top_k_accuracy", "targets", targets)
    samples, num_classes = values.shape
    require_length("top_k_accuracy", "scores", samples, true)
    require_below("top_k_accuracy", "targets", true, num_classes)
    k = require_count("top_k_accuracy", "k", k, num_classes)
    own_class = true[:, np.newaxis]  # (N, 1)
    own_score = values[np.arange(samples), true][:, np.newaxis]  # (N, 1)
    first_of_equals = (values == own_score) & (np.arange(num_classes) < own_class)
    rank = np.sum((values > own_score) | first_of_equals, axis=1)  # (N,)
    return float(np.mean(rank < k))


def confusion_matrix(
    predictions: Any, targets: Any, num_classes: int | None = None
) -> np.ndarray:
    r"""Count the samples by true and by predicted class.

    .. math:: M_{ij} = \sum_{n=1}^{N} [y_n = i]\,[\hat y_n = j]

    Rows are true classes and columns predicted ones; the diagonal counts what is right.

    Parameters
    ----------
    predictions : array_like or Tensor
        Class numbers, shape (N,), or scores, shape (N, C), as in `accuracy`.
    targets : array_like or Tensor of int, shape (N,)
        The true classes.
    num_classes : int, optional
        C. By default the number of columns of the scores, or else the smallest that
        holds all class numbers.

    Returns
    -------
    ndarray of int64, shape (C, C)
        `dlbook.plots.confusion` draws it.

    Raises
    ------
    TypeError
        If class numbers or `num_classes` are no integers.
    ValueError
        If there are no samples, the shapes do not fit, a class lies outside [0, C), a
        score is NaN, or `num_classes` is not the number of columns of the scores.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 1], [0, 0, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 1, 0]])
    """
    return _count("confusion_matrix", predictions, targets, num_classes)


def precision(
    predictions: Any,
    targets: Any,
    average: str | None = "macro",
    num_classes: int | None = None,
    zero_division: float = 0.0,
) -> float | np.ndarray:
    r"""Return how much of what is predicted to be a class belongs to it.

    .. math:: P_c = \frac{M_{cc}}{\sum_i M_{ic}}
        = \frac{\text{true positives}}{\text{true positives} + \text{false positives}}

    with the confusion matrix M. It is 0/0 for a class that is never predicted.

    Parameters
    ----------
    predictions : array_like or Tensor
        Class numbers, shape (N,), or scores, shape (N, C), as in `accuracy`.
    targets : array_like or Tensor of int, shape (N,)
        The true classes.
    average : {"macro", "micro", "weighted", None}
        "macro": the mean over the classes that occur in the targets or the
        predictions. "weighted": the same, each class weighted by its number of targets.
        "micro": numerators and denominators summed over the classes before dividing,
        which is the accuracy. None: no average, one number for each class.
    num_classes : int, optional
        C, as in `confusion_matrix`. It sets the length of the result for
        ``average=None``; the averages do not change, since classes that do not occur
        count nothing.
    zero_division : float
        What 0/0 is taken for, in [0, 1].

    Returns
    -------
    float, or ndarray of float64, shape (C,), for ``average=None``
        In [0, 1].

    Raises
    ------
    TypeError
        If class numbers or `num_classes` are no integers, or `zero_division` is no
        number.
    ValueError
        If there are no samples, the shapes do not fit, a class lies outside [0, C), a
        score is NaN, `num_classes` is not the number of columns of the scores,
        `average` is none of the four, or `zero_division` lies outside [0, 1].

    Examples
    --------
    >>> precision([0, 1, 1, 1], [0, 0, 1, 2], average=None)
    array([1.        , 0.33333333, 0.        ])
    """
    _require_options("precision", average, zero_division)
    counts = _count("precision", predictions, targets, num_classes)
    predicted = counts.sum(axis=0)
    return _averaged(counts, counts.diagonal(), predicted, average, zero_division)


def recall(
    predictions: Any,
    targets: Any,
    average: str | None = "macro",
    num_classes: int | None = None,
    zero_division: float = 0.0,
) -> float | np.ndarray:
    r"""Return how much of a class is predicted to be it.

    .. math:: R_c = \frac{M_{cc}}{\sum_j M_{cj}}
        = \frac{\text{true positives}}{\text{true positives} + \text{false negatives}}

    with the confusion matrix M. It is 0/0 for a class without targets.

    Parameters
    ----------
    predictions, targets, average, num_classes, zero_division
        As in `precision`.

    Returns
    -------
    float, or ndarray of float64, shape (C,), for ``average=None``
        In [0, 1]. "weighted" gives the accuracy, as "micro" does.

    Raises
    ------
    TypeError, ValueError
        As `precision`.

    Examples
    --------
    >>> recall([0, 1, 1, 1], [0, 0, 1, 2], average=None)
    array([0.5, 1. , 0. ])
    """
    _require_options("recall", average, zero_division)
    counts = _count("recall", predictions, targets, num_classes)
    support = counts.sum(axis=1)
    return _averaged(counts, counts.diagonal(), support, average, zero_division)


def f1_score(
    predictions: Any,
    targets: Any,
    average: str | None = "macro",
    num_classes: int | None = None,
    zero_division: float = 0.0,
) -> float | np.ndarray:
    r"""Return the harmonic mean of precision and recall.

    .. math:: F_c = \frac{2 P_c R_c}{P_c + R_c}
        = \frac{2 M_{cc}}{\sum_i M_{ic} + \sum_j M_{cj}}

    with the confusion matrix M. The second form is computed: it is 0/0 only for a class
    that occurs neither in the targets nor in the predictions.

    Parameters
    ----------
    predictions, targets, average, num_classes, zero_division
        As in `precision`.

    Returns
    -------
    float, or ndarray of float64, shape (C,), for ``average=None``
        In [0, 1]. "macro" is the mean of the classes' scores, not the harmonic mean of
        the mean precision and the mean recall.

    Raises
    ------
    TypeError, ValueError
        As `precision`.

    Examples
    --------
    >>> f1_score([0, 1, 1, 1], [0, 0, 1, 2], average=None)
    array([0.66666667, 0.5       , 0.        ])
    """
    _require_options("f1_score", average, zero_division)
    counts = _count("f1_score", predictions, targets, num_classes)
    both = counts.sum(axis=0) + counts.sum(axis=1)
    return _averaged(counts, 2 * counts.diagonal(), both, average, zero_division)


def _classes(
    function: str, predictions: Any, targets: Any
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Return predicted and true class numbers, and C if the predictions are scores."""
    true = class_numbers(function, "targets", targets)
    values = plain(function, "predictions", predictions)
    require_length(function, "predictions", len(np.atleast_1d(values)), true)
    if values.dtype.kind != "f" or values.ndim != 2:
        if values.ndim != 1:
            raise ValueError(
                f"{function}: predictions must be class numbers, integers of shape "
                f"(N,), or scores, floats of shape (N, C), got {values.dtype} of shape "
                f"{values.shape}"
            )
        return class_numbers(function, "predictions", values), true, None
    num_classes = values.shape[1]
    require_below(function, "targets", true, num_classes)
    predicted = scores_of(function, "predictions", values).argmax(axis=1)
    return predicted, true, num_classes


def _count(
    function: str, predictions: Any, targets: Any, num_classes: int | None
) -> np.ndarray:
    """Return the confusion matrix, int64, shape (C, C)."""
    predicted, true, columns = _classes(function, predictions, targets)
    if num_classes is None:
        num_classes = columns or 1 + int(max(predicted.max(), true.max()))
    num_classes = require_count(function, "num_classes", num_classes)
    if columns not in (None, num_classes):
        raise ValueError(
            f"{function}: num_classes is {num_classes}, but predictions has scores of "
            f"{columns} classes"
        )
    require_below(function, "predictions", predicted, num_classes)
    require_below(function, "targets", true, num_classes)
    cells = np.bincount(true * num_classes + predicted, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes).astype(np.int64)


def _require_options(function: str, average: str | None, zero_division: float) -> None:
    if average not in AVERAGES:
        raise ValueError(
            f"{function}: average must be one of {AVERAGES}, got {average!r}"
        )
    if not isinstance(zero_division, int | float | np.number):
        raise TypeError(
            f"{function}: zero_division must be a number, got "
            f"{type(zero_division).__name__}"
        )
    if not 0 <= zero_division <= 1:
        raise ValueError(
            f"{function}: zero_division must lie in [0, 1], got {zero_division}"
        )


def _averaged(
    counts: np.ndarray,
    above: np.ndarray,
    below: np.ndarray,
    average: str | None,
    zero_division: float,
) -> float | np.ndarray:
    """Divide for each class, shapes (C,), and average the classes."""
    if average == "micro":
        return float(above.sum() / below.sum())
    shares = np.full(len(counts), float(zero_division))
    np.divide(above, below, out=shares, where=below > 0)
    if average is None:
        return shares
    support = counts.sum(axis=1)
    if average == "weighted":
        return float(np.average(shares, weights=support))
    occurs = support + counts.sum(axis=0) > 0
    return float(shares[occurs].mean())
