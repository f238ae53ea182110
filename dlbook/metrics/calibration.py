"""Whether a model is right as often as it says: confidence beside accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.metrics.arguments import (
    class_numbers,
    require_below,
    require_count,
    require_length,
    scores_of,
)

__all__ = ["calibration_curve", "expected_calibration_error"]


def expected_calibration_error(
    probabilities: Any, targets: Any, *, bins: int = 15
) -> float:
    r"""Return how far confidence and accuracy are apart on average.

    .. math::
        \mathrm{ECE} = \sum_{m=1}^{M} \frac{|B_m|}{N}
        \bigl|\mathrm{acc}(B_m) - \mathrm{conf}(B_m)\bigr|

    :math:`B_m` are the samples whose confidence, the largest of their probabilities,
    lies in :math:`((m-1)/M, m/M]`; acc is the share of them whose most probable class
    is the true one, and conf their mean confidence.

    Parameters
    ----------
    probabilities : array_like or Tensor, shape (N, C)
        Of the classes: in [0, 1], each row with the sum 1.
    targets : array_like or Tensor of int, shape (N,)
        The true classes, in [0, C).
    bins : int
        M, at least 1. The result depends on it: few bins hide differences that cancel,
        many bins hold few samples, whose accuracy chance moves.

    Returns
    -------
    float
        In [0, 1]; 0 for a calibrated model.

    Raises
    ------
    TypeError
        If the probabilities are no real numbers, or the targets or `bins` no integers.
    ValueError
        If there are no samples, the shapes do not fit, a class lies outside [0, C), a
        row is no probability distribution, or `bins` is smaller than 1.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599, eq. 3.

    Examples
    --------
    >>> probabilities = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]]
    >>> round(expected_calibration_error(probabilities, [0, 1, 1, 1]), 3)
    0.4
    """
    confidence, accuracy, count = _curve(
        "expected_calibration_error", probabilities, targets, bins
    )
    return float(np.sum(count / count.sum() * np.abs(accuracy - confidence)))


def calibration_curve(
    probabilities: Any, targets: Any, *, bins: int = 15
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return confidence and accuracy where the confidence is about the same.

    Parameters
    ----------
    probabilities, targets, bins
        As in `expected_calibration_error`.

    Returns
    -------
    confidence, accuracy : ndarray of float64, shape (B,)
        Their means over each bin that holds a sample, in order of confidence; the two
        are equal for a calibrated model. B is at most `bins`: a bin without a sample
        has no accuracy and is left out.
    count : ndarray of int64, shape (B,)
        Samples in each of these bins.

    Raises
    ------
    TypeError, ValueError
        As `expected_calibration_error`.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599, section 2, "Reliability
    Diagrams".

    Examples
    --------
    >>> probabilities = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]]
    >>> for values in calibration_curve(probabilities, [0, 1, 1, 1], bins=10):
    ...     print(values)
    [0.6 0.9]
    [1.  0.5]
    [2 2]
    """
    return _curve("calibration_curve", probabilities, targets, bins)


def _curve(
    function: str, probabilities: Any, targets: Any, bins: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = scores_of(function, "probabilities", probabilities)
    bins = require_count(function, "bins", bins)
    if values.ndim != 2:
        raise ValueError(
            f"{function}: probabilities has shape {values.shape}, expected (N, C)"
        )
    true = class_numbers(function, "targets", targets)
    require_length(function, "probabilities", len(values), true)
    require_below(function, "targets", true, values.shape[1])
    values = values.astype(np.float64)
    sums = values.sum(axis=1)
    if values.min() < 0 or np.abs(sums - 1).max() > 1e-3:  # float16 rounds so far
        raise ValueError(
            f"{function}: each row of probabilities must be at least 0 with the sum 1, "
            f"got numbers from {values.min():g} to {values.max():g} and sums from "
            f"{sums.min():g} to {sums.max():g}; apply softmax to logits first"
        )
    confidence = values.max(axis=1)
    right = values.argmax(axis=1) == true
    # (m - 1) / M < confidence <= m / M
    upper = np.arange(1, bins) / bins
    number = np.searchsorted(upper, confidence, side="left")
    count = np.bincount(number, minlength=bins)
    held = count > 0
    count = count[held].astype(np.int64)
    total_confidence = np.bincount(number, weights=confidence, minlength=bins)[held]
    total_right = np.bincount(number, weights=right, minlength=bins)[held]
    return total_confidence / count, total_right / count, count
