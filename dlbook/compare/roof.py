"""The roof over every computation: a machine's peak of arithmetic, and its bandwidth.

An operation of I floating-point operations per byte cannot run faster than

    min(peak, I * bandwidth)     FLOP per second,

a slanted line that meets a flat one at the ridge, I = peak / bandwidth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.compare.timing import time_call

MATRIX = 1024  # rows and columns of the product: 12 MB in all, arithmetic decides
MEMORY = 1 << 23  # numbers in each array of a copy: 32 MiB, and two or three of them
CACHE = 1 << 16  # 256 KiB, which a core's own cache holds


@dataclass(frozen=True)
class Roof:
    """What a machine can do at most.

    Attributes
    ----------
    peak : float
        FLOP per second of a float32 matrix product.
    copy : float
        Bytes per second of a copy in memory, read and written.
    triad : float
        Bytes per second of a = b + 3 c, as NumPy does it: see `measure_roof`.
    cache : float
        Bytes per second of a copy that stays in the cache.

    References
    ----------
    Williams, Waterman & Patterson (2009), "Roofline: an insightful visual performance
    model for multicore architectures", Communications of the ACM 52(4), 65-76.
    """

    peak: float
    copy: float
    triad: float
    cache: float

    def __post_init__(self) -> None:
        """Refuse what no machine can have."""
        for name, value in vars(self).items():
            if not 0 < value < np.inf:
                raise ValueError(f"{name} must be positive and finite, got {value}")

    @property
    def bandwidth(self) -> float:
        """Bytes per second of memory: the better of copy and triad."""
        return max(self.copy, self.triad)

    @property
    def ridge(self) -> float:
        """FLOP per byte from which on arithmetic is the limit, and not memory."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: float) -> float:
        """Return the most FLOP per second at an arithmetic intensity.

        Parameters
        ----------
        intensity : float, at least 0
            FLOP per byte.
        """
        return min(self.peak, intensity * self.bandwidth)


def measure_roof(
    *, rounds: int = 5, min_time: float = 0.003, clock: str = "wall"
) -> Roof:
    """Measure the roof of this machine, in float32, within about a second.

    The bytes are those that the program asks for, as in McCalpin's STREAM: a processor
    may read what is about to be overwritten as well. NumPy has no operation for
    a = b + 3 c and does it in two, which move five arrays where STREAM counts three.

    Parameters
    ----------
    rounds, min_time, clock
        As in `time_call`; the medians are taken.

    Returns
    -------
    Roof
        For as many threads as NumPy has: see `dlbook.compare.timing.threads`.
    """

    def median(call: Callable[[], Any]) -> float:
        timing = time_call(call, rounds=rounds, min_time=min_time, clock=clock)
        return timing.median

    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((MATRIX, MATRIX)).astype(np.float32) for _ in range(2))
    product = np.empty_like(a)
    seconds = median(lambda: np.matmul(a, b, out=product))
    source, other, target = (np.full(MEMORY, n, np.float32) for n in (1, 2, 0))

    def triad() -> None:
        np.multiply(source, np.float32(3), out=target)
        np.add(target, other, out=target)

    small, smaller = np.ones(CACHE, np.float32), np.zeros(CACHE, np.float32)
    return Roof(
        peak=2 * MATRIX**3 / seconds,
        copy=2 * source.nbytes / median(lambda: np.copyto(target, source)),
        triad=5 * source.nbytes / median(triad),
        cache=2 * small.nbytes / median(lambda: np.copyto(smaller, small)),
    )
