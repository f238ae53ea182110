"""Numbers drawn so that long ones do not crowd out short ones, and zeros do occur."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dlbook.data.counts import require_count
from dlbook.random import default_rng

__all__ = ["LARGEST", "draw_numbers"]

LARGEST = 999_999_999_999  # twelve digits
MIXTURES = ("uniform", "digits", "zeros")
ZERO_SHARE = 2 / 3  # of the digits behind the first, in numbers rich in zeros
_MOST_ROUNDS = 100
_LEAST_AT_ONCE = 1_000  # attempts in a round


def draw_numbers(
    samples: int,
    *,
    largest: int = 99_999_999,
    digits: int | Iterable[int] | None = None,
    mixture: str | Mapping[str, float] = "uniform",
    exclude: Iterable[int] = (),
    distinct: bool = False,
    rng: np.random.Generator | int,
) -> np.ndarray:
    """Draw numbers, of which few or many are short or full of zeros.

    - ``"uniform"``: all numbers are equally likely. Of those below 100 million, 90 in
      100 have eight digits.
    - ``"digits"``: each number of digits is equally likely, and then each number with
      so many digits.
    - ``"zeros"``: each number of digits is equally likely; each digit behind the first
      is 0 with probability 2/3, else 1 to 9, all equally likely.

    Parameters
    ----------
    samples : int, at least 1
        N, how many to draw.
    largest : int, 0 to 999,999,999,999
    digits : int or iterable of int, optional
        How many digits the numbers may have; by default, any number up to that of
        `largest`. 0 has one digit.
    mixture : str, or mapping of str to float
        One of the three, or a weight for each of some: ``{"uniform": 1, "zeros": 2}``
        draws a third of the numbers uniformly.
    exclude : iterable of int
        Numbers that are not wanted. One of them is drawn again.
    distinct : bool
        Whether a number that has come before is drawn again too.
    rng : numpy.random.Generator or int
        The same state gives the same numbers. An int is a seed.

    Returns
    -------
    ndarray of int64, shape (N,)

    Raises
    ------
    TypeError
        If a count or an excluded number is no int, or `mixture` something else.
    ValueError
        If a value is out of range, `mixture` unknown or its weights no probabilities,
        or if there are not enough numbers, or too rarely drawn.

    Notes
    -----
    For unseen numbers, draw those of the test first, and exclude them from training:
    of the ten numbers of one digit, training would soon have seen all.

    Examples
    --------
    >>> test = draw_numbers(200, digits=3, distinct=True, rng=0)
    >>> train = draw_numbers(1000, mixture="digits", exclude=test, rng=1)
    >>> bool(np.isin(train, test).any())
    False
    """
    require_count("samples", samples)
    require_count("largest", largest, 0, LARGEST)
    rng = default_rng(rng)
    names, weights = _checked_mixture(mixture)
    low, high = _bounds(digits, largest)  # both (number of different lengths,)
    unwanted = _checked_numbers("exclude", exclude)
    sizes = high - low + 1
    inside = ((unwanted[:, None] >= low) & (unwanted[:, None] <= high)).sum()
    available = int(sizes.sum() - inside)
    if available < (samples if distinct else 1):
        raise ValueError(
            f"samples={samples}: only {available} numbers are left to draw from, "
            f"{inside} being excluded"
        )
    drawn = np.empty(0, np.int64)
    for _ in range(_MOST_ROUNDS):
        attempts = max(samples, _LEAST_AT_ONCE)
        kinds = rng.choice(len(names), size=attempts, p=weights)
        batch = np.empty(attempts, np.int64)
        for kind, name in enumerate(names):
            chosen = np.flatnonzero(kinds == kind)
            batch[chosen] = _draw_kind(name, len(chosen), low, high, rng)
        drawn = np.concatenate([drawn, batch[~_among(unwanted, batch)]])
        if distinct:
            _, first = np.unique(drawn, return_index=True)
            drawn = drawn[np.sort(first)]
        if len(drawn) >= samples:
            return drawn[:samples]
    raise ValueError(
        f"samples={samples}: after {_MOST_ROUNDS} rounds only {len(drawn)} numbers are "
        f"drawn, the others that are left are too rare in mixture={mixture!r}"
    )


def _draw_kind(
    kind: str,
    samples: int,
    low: np.ndarray,
    high: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw numbers of one kind; entry i of `low` and `high` bounds those of a length.

    Numbers of a length that is chosen and turn out larger than `high` are drawn again.
    """
    sizes = high - low + 1
    shares = sizes / sizes.sum() if kind == "uniform" else None
    lengths = rng.choice(len(low), size=samples, p=shares)
    low, high = low[lengths], high[lengths]  # (samples,)
    if kind != "zeros":
        return rng.integers(low, high + 1)
    numbers = np.empty(samples, np.int64)
    missing = np.arange(samples)
    while len(missing):
        drawn = _draw_rich_in_zeros(low[missing], rng)
        fits = drawn <= high[missing]
        numbers[missing[fits]] = drawn[fits]
        missing = missing[~fits]
    return numbers


def _draw_rich_in_zeros(lowest: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a number as long as each of `lowest`, which are 0 or powers of ten."""
    numbers = rng.integers(np.minimum(lowest, 1), 10)
    while (short := numbers < lowest).any():
        digits = rng.integers(1, 10, len(lowest))
        digits *= rng.random(len(lowest)) >= ZERO_SHARE
        numbers = np.where(short, 10 * numbers + digits, numbers)
    return numbers


def _bounds(
    digits: int | Iterable[int] | None, largest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest number of every length that is wanted."""
    longest = len(str(largest))
    if digits is None:
        digits = range(1, longest + 1)
    elif isinstance(digits, int | np.integer):
        digits = (digits,)
    elif not isinstance(digits, Iterable):
        raise TypeError(
            f"digits must be an int or hold ints, got {type(digits).__name__}"
        )
    lengths = sorted({require_count("digits", d, 1, longest) for d in digits})
    if not lengths:
        raise ValueError("digits must hold at least one number")
    low = [10 ** (d - 1) if d > 1 else 0 for d in lengths]
    high = [min(10**d - 1, largest) for d in lengths]
    return np.array(low), np.array(high)


def _checked_mixture(
    mixture: str | Mapping[str, float],
) -> tuple[list[str], np.ndarray]:
    """Return the kinds of numbers and the probability of each."""
    weights = {mixture: 1.0} if isinstance(mixture, str) else mixture
    if not isinstance(weights, Mapping):
        raise TypeError(
            f"mixture must be a str or a mapping, got {type(mixture).__name__}"
        )
    for name in weights:
        if name not in MIXTURES:
            raise ValueError(f"mixture must be of {MIXTURES}, got {name!r}")
    values = np.array(list(weights.values()), float)
    if not (np.isfinite(values) & (values >= 0)).all() or not values.sum() > 0:
        raise ValueError(
            f"the weights of mixture must be at least 0, finite and not all 0, "
            f"got {mixture!r}"
        )
    return list(weights), values / values.sum()


def _among(increasing: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return which numbers are in an increasing array (np.isin would sort it anew)."""
    after = np.searchsorted(increasing, numbers, side="right")
    return after > np.searchsorted(increasing, numbers, side="left")


def _checked_numbers(argument: str, numbers: Iterable[int]) -> np.ndarray:
    """Return numbers as a sorted array, each once."""
    array = np.asarray(numbers if isinstance(numbers, np.ndarray) else list(numbers))
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError(
            f"{argument} must hold ints, got an array of {array.dtype} of shape "
            f"{array.shape}"
        )
    return np.unique(array.astype(np.int64))
