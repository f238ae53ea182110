"""Dropout as a layer: at work in training, absent in evaluation."""

from __future__ import annotations

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number
from dlbook.nn.module import Module
from dlbook.random import default_rng

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


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
        name = type(self).__name__
        self.p = require_number(p, f"{name}: p")
        if not 0 <= self.p <= 1:
            raise ValueError(f"{name}: p must lie in [0, 1], got {p}")
        self.rng = default_rng(rng)

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.dropout(x, self.p, training=self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"


class Dropout1d(Dropout):
    """Set whole channels of sequences to 0 at random while training.

    `functional.dropout1d`; parameters, attributes and errors as for `Dropout`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) or (C, T) -> the same."""
        return F.dropout1d(x, self.p, training=self.training, rng=self.rng)


class Dropout2d(Dropout):
    """Set whole channels of images to 0 at random while training.

    `functional.dropout2d`; parameters, attributes and errors as for `Dropout`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return F.dropout2d(x, self.p, training=self.training, rng=self.rng)


class Dropout3d(Dropout):
    """Set whole channels of volumes to 0 at random while training.

    `functional.dropout3d`; parameters, attributes and errors as for `Dropout`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, D, H, W) or (C, D, H, W) -> the same."""
        return F.dropout3d(x, self.p, training=self.training, rng=self.rng)


class AlphaDropout(Dropout):
    """Dropout that keeps mean 0 and variance 1 after SELU.

    `functional.alpha_dropout`; parameters, attributes and errors as for `Dropout`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return F.alpha_dropout(x, self.p, training=self.training, rng=self.rng)


class FeatureAlphaDropout(Dropout):
    """Alpha dropout of whole channels.

    `functional.feature_alpha_dropout`; parameters, attributes and errors as for
    `Dropout`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *) -> (N, C, *)."""
        return F.feature_alpha_dropout(x, self.p, training=self.training, rng=self.rng)
