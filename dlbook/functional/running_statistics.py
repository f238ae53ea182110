"""Running mean and variance: what a normalization remembers of the batches it saw."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number
from dlbook.functional.scale_and_shift import require_fit

__all__ = ["require_running_statistics", "update_running_statistics"]


def require_running_statistics(
    function: str,
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    *,
    needed: str = "",
) -> None:
    """Raise unless both are given, or neither, and fit the channels of x.

    Parameters
    ----------
    function : str
        Name for errors.
    x : Tensor, shape (N, C, *)
    running_mean, running_var : Tensor, shape (C,), or None
    needed : str
        When they are needed, for the error; empty if None is allowed.

    Raises
    ------
    TypeError
        If one is no Tensor, or its dtype is not that of x.
    ValueError
        If one is missing, has another shape, or would be recorded for a gradient.
    """
    given = {"running_mean": running_mean, "running_var": running_var}
    for name, value in given.items():
        if value is None:
            if needed or running_mean is not running_var:
                when = needed or "where the other one is given"
                raise ValueError(f"{function}: {name} is None, but needed {when}")
            continue
        require_fit(function, name, value, x, x.shape[1:2])
        if value.requires_grad:
            raise ValueError(
                f"{function}: {name} requires a gradient, but is not trained; use a "
                "Buffer"
            )


def update_running_statistics(
    running_mean: Tensor | None,
    running_var: Tensor | None,
    mean: np.ndarray,
    variance: np.ndarray,
    *,
    count: int,
    momentum: float,
) -> None:
    r"""Move running statistics towards those of a batch, in place.

    .. math::
        r \leftarrow (1 - \alpha)\, r + \alpha\, \mu
        \qquad\qquad
        s \leftarrow (1 - \alpha)\, s + \alpha\, \frac{m}{m - 1} \sigma^2

    The factor makes the variance of a sample an unbiased estimate of the variance of
    the data (Ioffe & Szegedy 2015, Algorithm 2, step 10).

    Parameters
    ----------
    running_mean, running_var : Tensor, shape (C,), or None
        r and s; both None keep no statistics.
    mean, variance : ndarray, shape (C,)
        :math:`\mu` and :math:`\sigma^2`, the mean of the m squared deviations.
    count : int
        m, at least 2: how many numbers each of them is of.
    momentum : float
        :math:`\alpha`.
    """
    if running_mean is None:
        return
    for running, value in (
        (running_mean, mean),
        (running_var, variance * (count / (count - 1))),
    ):
        running.data *= 1 - momentum
        running.data += momentum * value


def require_momentum(function: str, momentum: float) -> float:
    """Return the momentum as a Python float.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is outside [0, 1].
    """
    momentum = require_number(momentum, f"{function}: momentum")
    if not 0 <= momentum <= 1:
        raise ValueError(f"{function}: momentum must lie in [0, 1], got {momentum}")
    return momentum
