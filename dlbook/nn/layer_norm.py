"""Layer and RMS normalization as layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.scale_and_shift import as_shape, require_eps
from dlbook.nn.module import Module, Parameter

__all__ = ["LayerNorm", "RMSNorm"]


class LayerNorm(Module):
    """Normalize each example over its last axes: `functional.layer_norm`.

    It does the same in training and in evaluation.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        Lengths of the last axes; an int is the last one alone.
    eps : float
        Added to the variance, under the root; positive.
    elementwise_affine : bool
        Whether a weight and a bias, both trained, follow.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape `normalized_shape`, or None
        float32; at first 1 and 0.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.layer_norm` does.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        *,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        self.normalized_shape = as_shape("LayerNorm", normalized_shape)
        self.eps = require_eps("LayerNorm", eps)
        self.elementwise_affine = elementwise_affine
        zeros = np.zeros(self.normalized_shape, np.float32)
        self.weight = Parameter(zeros) if elementwise_affine else None
        self.bias = Parameter(zeros) if elementwise_affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            self.weight.data[...] = 1
        if self.bias is not None:
            self.bias.data[...] = 0

    def forward(self, x: Tensor) -> Tensor:
        """(*, *normalized_shape) -> (*, *normalized_shape)."""
        return F.layer_norm(
            x, self.normalized_shape, self.weight, self.bias, eps=self.eps
        )

    def extra_repr(self) -> str:
        """Return the shape and all options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divide each example by the root of its mean square: `functional.rms_norm`.

    It does the same in training and in evaluation.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        Lengths of the last axes; an int is the last one alone.
    eps : float, optional
        Added to the mean square, under the root; positive. By default the spacing of
        the input's numbers around 1, such as 1.2e-7 for float32.
    elementwise_affine : bool
        Whether a weight, which is trained, follows.

    Attributes
    ----------
    weight : Parameter, shape `normalized_shape`, or None
        float32; at first 1.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.rms_norm` does.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        *,
        eps: float | None = None,
        elementwise_affine: bool = True,
    ) -> None:
        self.normalized_shape = as_shape("RMSNorm", normalized_shape)
        self.eps = None if eps is None else require_eps("RMSNorm", eps)
        self.elementwise_affine = elementwise_affine
        zeros = np.zeros(self.normalized_shape, np.float32)
        self.weight = Parameter(zeros) if elementwise_affine else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            self.weight.data[...] = 1

    def forward(self, x: Tensor) -> Tensor:
        """(*, *normalized_shape) -> (*, *normalized_shape)."""
        return F.rms_norm(x, self.normalized_shape, self.weight, eps=self.eps)

    def extra_repr(self) -> str:
        """Return the shape and all options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}"
        )
