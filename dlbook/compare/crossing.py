"""Where two curves of time against size cross: from where on the other side wins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["crossings"]


def crossings(
    sizes: Sequence[float],
    one: Sequence[float | None],
    other: Sequence[float | None],
    *,
    margin: float = 0.0,
) -> list[float]:
    r"""Return the sizes at which two curves cross, interpolated in logarithms.

    Between two sizes a and b both curves are taken as powers of the size, which are
    straight lines on logarithmic axes. With d = ln(one / other), of opposite signs at
    a and b, they meet at

    .. math:: \ln x = \ln a + \frac{d_a}{d_a - d_b} \, (\ln b - \ln a)

    Parameters
    ----------
    sizes : sequence of float, shape (n,)
        Positive, rising.
    one, other : sequence of float or None, shape (n,)
        Positive; None or NaN where nothing was measured. A crossing is looked for only
        between neighbors in `sizes` of which both curves were measured.
    margin : float, at least 0
        By which share one must be larger for that to count: 0.1 where measured times
        are that noisy. Curves that are closer are a tie, which nobody has won.

    Returns
    -------
    list of float
        Rising; empty if the curves never cross. A tie over several sizes, with one
        curve ahead before it and the other behind it, is one crossing: the place where
        they first met.

    Raises
    ------
    ValueError
        If lengths differ, sizes do not rise, a number is not positive, or `margin` is
        negative.
    """
    x, a, b = (_positive(values) for values in (sizes, one, other))
    if not len(x) == len(a) == len(b):
        raise ValueError(
            f"sizes, one and other must be of one length, got {len(x)}, {len(a)} and "
            f"{len(b)}"
        )
    if not (np.diff(x) > 0).all():  # NaN is refused too
        raise ValueError(f"sizes must rise, got {list(sizes)}")
    if not margin >= 0:
        raise ValueError(f"margin must be at least 0, got {margin}")
    d = np.log(a / b)
    found: list[float] = []
    before = None  # the last size at which one side was ahead, within this stretch
    for here in range(len(x)):
        if np.isnan(d[here]):
            before = None
        elif abs(d[here]) > np.log1p(margin):
            if before is not None and d[before] * d[here] < 0:
                found.append(_first_meeting(x, d, before))
            before = here
    return found


def _first_meeting(x: np.ndarray, d: np.ndarray, start: int) -> float:
    while d[start] * d[start + 1] > 0:
        start += 1
    share = d[start] / (d[start] - d[start + 1])
    return float(x[start] * (x[start + 1] / x[start]) ** share)


def _positive(values: Sequence[float | None]) -> np.ndarray:
    array = np.array([np.nan if v is None else v for v in values], float)
    if (array <= 0).any() or np.isinf(array).any():
        raise ValueError(
            f"every number must be positive and finite, got {list(values)}"
        )
    return array
