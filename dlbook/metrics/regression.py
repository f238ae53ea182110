"""How far predicted numbers are from the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.metrics.arguments import plain

__all__ = ["mean_absolute_error", "mean_squared_error", "r2_score"]


def mean_squared_error(predictions: Any, targets: Any) -> float:
    r"""Return the mean of the squared errors.

    .. math:: \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2

    over all n numbers, of all samples and outputs. Its square root, the RMSE, has the
    unit of the targets.

    Parameters
    ----------
    predictions, targets : array_like or Tensor, of one shape (N, ...)
        Finite numbers. Nothing is broadcast: (N, 1) does not fit (N,).

    Returns
    -------
    float
        At least 0, in the squared unit of the targets. Computed in float64.

    Raises
    ------
    TypeError
        If the arguments are no real numbers.
    ValueError
        If there are no samples, the shapes differ, or a number is not finite.

    Examples
    --------
    >>> mean_squared_error([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])
    1.6666666666666667
    """
    predicted, true = _pair("mean_squared_error", predictions, targets)
    return float(np.mean((predicted - true) ** 2))


def mean_absolute_error(predictions: Any, targets: Any) -> float:
    r"""Return the mean of the sizes of the errors.

    .. math:: \frac{1}{n} \sum_{i=1}^{n} |\hat y_i - y_i|

    over all n numbers, of all samples and outputs.

    Parameters
    ----------
    predictions, targets : array_like or Tensor, of one shape (N, ...)
        As in `mean_squared_error`.

    Returns
    -------
    float
        At least 0, in the unit of the targets. Computed in float64.

    Raises
    ------
    TypeError, ValueError
        As `mean_squared_error`.

    Examples
    --------
    >>> mean_absolute_error([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])
    1.0
    """
    predicted, true = _pair("mean_absolute_error", predictions, targets)
    return float(np.mean(np.abs(predicted - true)))


def r2_score(predictions: Any, targets: Any) -> float:
    r"""Return the share of the targets' variance that the predictions explain.

    .. math:: R^2 = 1 - \frac{\sum_n (\hat y_n - y_n)^2}{\sum_n (y_n - \bar y)^2}

    1 is perfect, 0 what the mean :math:`\bar y` of these targets reaches, and below 0
    is worse than that mean. With several outputs, the mean of their R².

    Parameters
    ----------
    predictions, targets : array_like or Tensor, of one shape (N,) or (N, ...)
        As in `mean_squared_error`. The targets of an output must not all be equal.

    Returns
    -------
    float
        At most 1. Computed in float64.

    Raises
    ------
    TypeError
        If the arguments are no real numbers.
    ValueError
        If there are no samples, the shapes differ, a number is not finite, or the
        targets of an output are all equal: there is no variance to explain.

    Examples
    --------
    >>> r2_score([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])
    -1.5
    """
    predicted, true = _pair("r2_score", predictions, targets)
    predicted = predicted.reshape(len(true), -1)  # (N, outputs)
    true = true.reshape(len(true), -1)
    if (true == true[0]).all(axis=0).any():
        raise ValueError(
            "r2_score: targets are all equal, so that there is no variance to explain "
            f"({len(true)} sample(s)); expected at least two different values"
        )
    left = np.sum((predicted - true) ** 2, axis=0)
    spread = np.sum((true - true.mean(axis=0)) ** 2, axis=0)
    return float(np.mean(1 - left / spread))


def _pair(
    function: str, predictions: Any, targets: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions and targets as float64 arrays of one shape."""
    arrays = []
    for name, values in (("predictions", predictions), ("targets", targets)):
        array = plain(function, name, values)
        if array.dtype.kind not in "fiu":
            raise TypeError(
                f"{function}: {name} must be real numbers, got {array.dtype}"
            )
        if array.ndim == 0:
            raise ValueError(
                f"{function}: {name} is a single number, expected shape (N, ...)"
            )
        if not np.isfinite(array).all():
            raise ValueError(
                f"{function}: {name} must be finite, got "
                f"{np.size(array) - np.isfinite(array).sum()} NaN or infinite of "
                f"{array.size} numbers"
            )
        arrays.append(array.astype(np.float64))
    predicted, true = arrays
    if predicted.shape != true.shape:
        raise ValueError(
            f"{function}: predictions have shape {predicted.shape} and targets "
            f"{true.shape}, expected the same"
        )
    return predicted, true
