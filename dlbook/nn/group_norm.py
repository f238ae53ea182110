"""Group normalization as a layer."""

from __future__ import annotations

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.scale_and_shift import require_eps
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Module, Parameter

__all__ = ["GroupNorm"]


class GroupNorm(Module):
    """Normalize each example in groups of channels: `functional.group_norm`.

    It does the same in training and in evaluation, and in batches of any size.

    Parameters
    ----------
    num_groups : int
        How many groups of neighboring channels; a divisor of `num_channels`.
    num_channels : int
        C, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    affine : bool
        Whether a weight and a bias for each channel, both trained, follow.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.group_norm` does, and if x has another number of channels.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        *,
        eps: float = 1e-5,
        affine: bool = True,
        bias: bool = True,
    ) -> None:
        self.num_groups = require_size(num_groups, "GroupNorm: num_groups")
        self.num_channels = require_size(num_channels, "GroupNorm: num_channels")
        if self.num_channels % self.num_groups:
            raise ValueError(
                f"GroupNorm: num_groups must divide num_channels = {num_channels}, "
                f"got {num_groups}"
            )
        self.eps = require_eps("GroupNorm", eps)
        self.affine = affine
        zeros = np.zeros(self.num_channels, np.float32)
        self.weight = Parameter(zeros) if affine else None
        self.bias = Parameter(zeros) if affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            self.weight.data[...] = 1
        if self.bias is not None:
            self.bias.data[...] = 0

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, *) -> (N, C, *)."""
        if isinstance(x, Tensor) and x.shape[1:2] != (self.num_channels,):
            raise ValueError(
                f"GroupNorm: x has shape {x.shape}, expected (N, C, *) with "
                f"C = {self.num_channels} channels"
            )
        return F.group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        """Return the sizes and all options."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, "
            f"affine={self.affine}, bias={self.bias is not None}"
        )
