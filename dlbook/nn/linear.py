"""The fully connected layer, and the layer that does nothing."""

from __future__ import annotations

import math

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Module, Parameter
from dlbook.random import default_rng

__all__ = ["Identity", "Linear"]


class Linear(Module):
    r"""Affine map of the last axis, :math:`y = x W^\top + b`.

    Parameters
    ----------
    in_features, out_features : int
        Length of the last axis before and after, at least 1.
    bias : bool
        Whether to add :math:`b`.
    rng : numpy.random.Generator, int or None
        Source of the initial values: a generator, a seed, or None for new random ones.

    Attributes
    ----------
    weight : Parameter, shape (out_features, in_features)
    bias : Parameter, shape (out_features,), or None
        Both float32, drawn from U(-k, k) with :math:`k = 1/\sqrt{\text{in\_features}}`,
        torch's default.

    Raises
    ------
    TypeError, ValueError
        If a size is no int, or smaller than 1.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.in_features = require_size(in_features, "Linear: in_features")
        self.out_features = require_size(out_features, "Linear: out_features")
        rng = default_rng(rng)
        bound = 1 / math.sqrt(in_features)

        def uniform(*shape):
            return rng.uniform(-bound, bound, shape).astype(np.float32)

        self.weight = Parameter(uniform(out_features, in_features))
        self.bias = Parameter(uniform(out_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(*, in_features) -> (*, out_features)."""
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Identity(Module):
    """Return the input: the layer to put where a layer is to be left out."""

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        return x
