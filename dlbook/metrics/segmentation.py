"""Classes of pixels: how well predicted regions cover the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.metrics.arguments import (
    class_numbers,
    plain,
    require_below,
    require_count,
    scores_of,
)

__all__ = [
    "dice_score",
    "intersection_over_union",
    "mean_intersection_over_union",
    "pixel_accuracy",
]


def pixel_accuracy(
    predictions: Any, targets: Any, *, ignore_index: int | None = None
) -> float:
    """Return the share of the pixels whose predicted class is the true one.

    A picture that is nine tenths background scores 0.9 with nothing found in it:
    `mean_intersection_over_union` gives every class the same weight.

    Parameters
    ----------
    predictions : array_like or Tensor
        Integers, shape (N, H, W) or any other: the predicted class of each pixel. Or
        floats, shape (N, C, H, W) or (N, C, ...): scores of the classes on axis 1; the
        class with the largest score is predicted, the first of them if several are.
    targets : array_like or Tensor of int, shape (N, H, W) or (N, ...)
        The true class of each pixel.
    ignore_index : int, optional
        Pixels whose target is this number are left out, whatever is predicted there.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError
        If class numbers or `ignore_index` are no integers.
    ValueError
        If there are no pixels, or all are ignored; if the shapes do not fit, a class
        lies outside [0, C), or a score is NaN.

    Examples
    --------
    >>> pixel_accuracy([[0, 0], [1, 1]], [[0, 0], [0, 1]])
    0.75
    """
    predicted, true, _ = _pixels("pixel_accuracy", predictions, targets, ignore_index)
    return float(np.mean(predicted == true))


def intersection_over_union(
    predictions: Any,
    targets: Any,
    num_classes: int | None = None,
    *,
    ignore_index: int | None = None,
) -> np.ndarray:
    r"""Return for each class the overlap of the predicted and the true pixels.

    .. math:: \text{IoU}_c = \frac{|P_c \cap T_c|}{|P_c \cup T_c|}
        = \frac{M_{cc}}{\sum_i M_{ic} + \sum_j M_{cj} - M_{cc}}

    with the sets :math:`P_c` and :math:`T_c` of the pixels of all images that are
    predicted to be of class c and that are; M is the confusion matrix of the pixels.
    Also called Jaccard index. The pixels of all images are counted together, as the
    Pascal VOC challenge does; the mean over images of the IoU of each is another
    number.

    Parameters
    ----------
    predictions, targets, ignore_index
        As in `pixel_accuracy`.
    num_classes : int, optional
        C. By default the length of axis 1 of the scores, or else the smallest that
        holds all class numbers.

    Returns
    -------
    ndarray of float64, shape (C,)
        In [0, 1]; NaN for a class that is neither predicted nor true anywhere, 0/0.

    Raises
    ------
    TypeError, ValueError
        As `pixel_accuracy`, and if `num_classes` is no integer or does not fit.

    See Also
    --------
    sklearn.metrics.jaccard_score : with ``average=None`` the same numbers for flat
        arrays, but 0 instead of NaN.

    References
    ----------
    Everingham et al. (2010), The Pascal Visual Object Classes (VOC) challenge,
    International Journal of Computer Vision 88.

    Examples
    --------
    >>> intersection_over_union([[0, 0], [1, 1]], [[0, 0], [0, 1]], 3)
    array([0.66666667, 0.5       ,        nan])
    """
    both, predicted, true = _areas(
        "intersection_over_union", predictions, targets, num_classes, ignore_index
    )
    return _shares(both, predicted + true - both)


def mean_intersection_over_union(
    predictions: Any,
    targets: Any,
    num_classes: int | None = None,
    *,
    ignore_index: int | None = None,
    background: int | None = None,
) -> float:
    """Return the mean over the classes of `intersection_over_union`.

    A class that is neither predicted nor true anywhere is left out of the mean.

    Parameters
    ----------
    predictions, targets, num_classes, ignore_index
        As in `intersection_over_union`.
    background : int, optional
        A class that does not enter the mean. Its pixels stay: a shape predicted on
        background still lowers the IoU of that shape.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        As `intersection_over_union`, and if `background` is no class, or no other
        class than it occurs.

    Examples
    --------
    >>> prediction, target = [[0, 0], [1, 1]], [[0, 0], [0, 1]]
    >>> round(mean_intersection_over_union(prediction, target, 3), 4)
    0.5833
    >>> mean_intersection_over_union(prediction, target, 3, background=0)
    0.5
    """
    function = "mean_intersection_over_union"
    both, predicted, true = _areas(
        function, predictions, targets, num_classes, ignore_index
    )
    shares = _shares(both, predicted + true - both)
    if background is not None:
        _require_integer(function, "background", background)
        if not 0 <= background < len(shares):
            raise ValueError(
                f"{function}: background must be a class in [0, {len(shares)}), got "
                f"{background}"
            )
        shares = np.delete(shares, background)
    if np.isnan(shares).all():
        raise ValueError(
            f"{function}: no class but the background {background} occurs in targets "
            "or predictions: there is nothing to average"
        )
    return float(np.nanmean(shares))


def dice_score(
    predictions: Any,
    targets: Any,
    num_classes: int | None = None,
    *,
    ignore_index: int | None = None,
) -> np.ndarray:
    r"""Return for each class twice the overlap over the sum of both areas.

    .. math:: D_c = \frac{2 |P_c \cap T_c|}{|P_c| + |T_c|}
        = \frac{2\,\text{IoU}_c}{1 + \text{IoU}_c}

    It is the F1 score of the pixels, and never less than `intersection_over_union`.

    Parameters
    ----------
    predictions, targets, num_classes, ignore_index
        As in `intersection_over_union`.

    Returns
    -------
    ndarray of float64, shape (C,)
        In [0, 1]; NaN for a class that is neither predicted nor true anywhere, 0/0.

    Raises
    ------
    TypeError, ValueError
        As `intersection_over_union`.

    References
    ----------
    Dice (1945), Measures of the amount of ecologic association between species,
    Ecology 26.

    Examples
    --------
    >>> dice_score([[0, 0], [1, 1]], [[0, 0], [0, 1]], 3)
    array([0.8       , 0.66666667,        nan])
    """
    both, predicted, true = _areas(
        "dice_score", predictions, targets, num_classes, ignore_index
    )
    return _shares(2 * both, predicted + true)


def _areas(
    function: str,
    predictions: Any,
    targets: Any,
    num_classes: int | None,
    ignore_index: int | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count for each class the pixels right, predicted and true, shapes (C,)."""
    predicted, true, columns = _pixels(function, predictions, targets, ignore_index)
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
    both, of_predicted, of_true = (
        np.bincount(labels, minlength=num_classes)
        for labels in (true[predicted == true], predicted, true)
    )
    return both, of_predicted, of_true


def _shares(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    shares = np.full(len(above), np.nan)
    np.divide(above, below, out=shares, where=below > 0)
    return shares


def _pixels(
    function: str, predictions: Any, targets: Any, ignore_index: int | None
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Return predicted and true classes of the pixels that count, both of shape (P,).

    And C, if the predictions are scores.
    """
    true = plain(function, "targets", targets)
    values = plain(function, "predictions", predictions)
    columns = None
    if values.dtype.kind == "f":
        if values.ndim < 2 or values.shape[:1] + values.shape[2:] != true.shape:
            raise ValueError(
                f"{function}: predictions are scores of shape {values.shape}, expected "
                f"(N, C, ...) for targets of shape {true.shape}, (N, ...)"
            )
        columns = values.shape[1]
        values = scores_of(function, "predictions", values).argmax(axis=1)
    if values.shape != true.shape:
        raise ValueError(
            f"{function}: predictions has shape {values.shape} and targets "
            f"{true.shape}; expected a class for each pixel in both"
        )
    values, true = values.reshape(-1), true.reshape(-1)
    if ignore_index is not None:
        _require_integer(function, "ignore_index", ignore_index)
        counts = true != ignore_index
        if not counts.any():
            raise ValueError(
                f"{function}: every target is ignore_index, {ignore_index}: no pixel "
                "counts"
            )
        values, true = values[counts], true[counts]
    true = class_numbers(function, "targets", true)
    if columns is not None:
        require_below(function, "targets", true, columns)
    return class_numbers(function, "predictions", values), true, columns


def _require_integer(function: str, name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{function}: {name} must be an integer, got {type(value).__name__}"
        )
