"""Where random numbers come from: a generator that is passed in, never a global one."""

from __future__ import annotations

import numpy as np

__all__ = ["SEED", "default_rng"]

SEED = 0  # every page of the book starts from default_rng(SEED)


def default_rng(
    rng: np.random.Generator | int | None = None,
) -> np.random.Generator:
    """Return a random generator.

    Parameters
    ----------
    rng : numpy.random.Generator, int or None
        A generator is returned as it is, so that several layers can draw from one
        stream. An int is a seed. None starts from the operating system's entropy: two
        layers made without a generator must not get equal weights.

    Raises
    ------
    TypeError
        If `rng` is anything else.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None or (isinstance(rng, int | np.integer) and not isinstance(rng, bool)):
        return np.random.default_rng(rng)
    raise TypeError(
        "rng must be a numpy.random.Generator, an int or None, "
        f"got {type(rng).__name__}"
    )
