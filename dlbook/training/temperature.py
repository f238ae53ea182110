"""Temperature scaling: one number that calibrates a trained classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.metrics.arguments import (
    class_numbers,
    require_below,
    require_length,
    scores_of,
)

__all__ = ["fit_temperature"]

LOWEST, HIGHEST = 1e-6, 1e6  # temperatures that are looked at
HALVINGS = 50  # of the interval between their logarithms, 28 long


def fit_temperature(logits: Any, targets: Any) -> float:
    r"""Return the T for which softmax(logits / T) has the lowest cross-entropy.

    .. math::
        T = \arg\min_{T > 0} \; -\frac{1}{N} \sum_{n=1}^{N}
        \log \mathrm{softmax}(z_n / T)_{y_n}

    The loss is convex in :math:`\beta = 1/T`, with the slope
    :math:`\frac1N \sum_n \bigl(\sum_c p_{nc} z_{nc} - z_{n y_n}\bigr)`: its zero is
    found by halving an interval. Dividing by T changes no prediction, since it keeps
    the order of the classes. T > 1 makes an overconfident model modest.

    Parameters
    ----------
    logits : array_like or Tensor, shape (N, C)
        Of samples that the model was not trained on: a validation set.
    targets : array_like or Tensor of int, shape (N,)
        The true classes, in [0, C).

    Returns
    -------
    float
        To a relative precision of 1e-12.

    Raises
    ------
    TypeError
        If the logits are no real numbers or the targets no integers.
    ValueError
        If there are no samples, the shapes do not fit, a logit is not finite, or a
        class lies outside [0, C). If no T between 1e-6 and 1e6 is best: where every
        sample is classified right, the loss falls with T to 0; where the true classes
        have no larger logits than the others, it falls without end as T grows.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), arXiv:1706.04599, section 4.2, eq. 9.
    """
    z = scores_of("fit_temperature", "logits", logits)
    if z.ndim != 2:
        raise ValueError(
            f"fit_temperature: logits has shape {z.shape}, expected (N, C)"
        )
    if not np.isfinite(z).all():
        raise ValueError("fit_temperature: logits contains an infinite number")
    true = class_numbers("fit_temperature", "targets", targets)
    require_length("fit_temperature", "logits", len(z), true)
    require_below("fit_temperature", "targets", true, z.shape[1])
    z = z.astype(np.float64)
    z -= z[np.arange(len(z)), true][:, np.newaxis]  # (N, C), 0 at the true class

    def slope(log_temperature: float) -> float:
        scaled = z * np.exp(-log_temperature)
        p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return float(np.sum(p * z))  # N times the slope along 1 / T

    low, high = np.log(LOWEST), np.log(HIGHEST)
    if slope(low) <= 0:
        raise ValueError(
            "fit_temperature: every sample is classified right, so that the loss falls "
            "as the temperature goes to 0; fit on samples with some errors"
        )
    if slope(high) >= 0:
        raise ValueError(
            "fit_temperature: the true classes have no larger logits than the others "
            "on average, so that no temperature is best"
        )
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return float(np.exp((low + high) / 2))
