"""Dropout as a layer: at work in training, absent in evaluation."""

from __future__ import annotations

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number
from dlbook.nn.module import Module
from dlbook.random import default_rng

__all__ = ["Dropout"]


class Dropout(Module):
    """Set numbers to 0 at random while training: `functional.dropout`.

    In evaluation, after ``eval()``, the input is returned as it is.

    Parameters
    ----------
    p : float
        The probability of dropping, in [0, 1].
    rng : numpy.random.Generator, int or None
        Source of the masks: a generator, a seed, or None for a new random one. Each
        call draws the next mask.

    Attributes
    ----------
    rng : numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If p is no number in [0, 1], or `rng` is none of these.
    """

    def __init__(
        self, p: float = 0.5, *, rng: np.random.Generator | int | None = None
    ) -> None:
        self.p = require_number(p, "Dropout: p")
        if not 0 <= self.p <= 1:
            raise ValueError(f"Dropout: p must lie in [0, 1], got {p}")
        self.rng = default_rng(rng)

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.dropout(x, self.p, training=self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"
