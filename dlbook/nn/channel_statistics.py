"""What batch and instance normalization share: parameters and running statistics."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.running_statistics import require_momentum
from dlbook.functional.scale_and_shift import require_eps
from dlbook.nn.arguments import require_size
from dlbook.nn.module import Buffer, Module, Parameter

__all__ = ["ChannelNorm"]


class ChannelNorm(Module):
    """Base of the layers that normalize channels: what they hold, not what they do."""

    def __init__(
        self,
        num_features: int,
        *,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
    ) -> None:
        name = type(self).__name__
        self.num_features = require_size(num_features, f"{name}: num_features")
        self.eps = require_eps(name, eps)
        self.momentum = None if momentum is None else require_momentum(name, momentum)
        self.affine = affine
        self.track_running_stats = track_running_stats

        def channels():
            return np.zeros(self.num_features, np.float32)

        self.weight = Parameter(channels()) if affine else None
        self.bias = Parameter(channels()) if affine and bias else None
        tracked = track_running_stats
        self.running_mean = Buffer(channels()) if tracked else None
        self.running_var = Buffer(channels()) if tracked else None
        self.num_batches_tracked = Buffer(0) if tracked else None
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches seen: mean 0, variance 1, none tracked."""
        if self.track_running_stats:
            self.running_mean.data[...] = 0
            self.running_var.data[...] = 1
            self.num_batches_tracked.data[...] = 0

    def reset_parameters(self) -> None:
        """Set the weight to 1, the bias to 0, and forget the batches seen."""
        self.reset_running_stats()
        if self.weight is not None:
            self.weight.data[...] = 1
        if self.bias is not None:
            self.bias.data[...] = 0

    def require_shape(self, x: Tensor, layouts: tuple[str, ...]) -> None:
        """Raise ValueError unless x has one of these layouts, with as many channels.

        Parameters
        ----------
        x : Tensor
        layouts : tuple of str
            Such as "(N, C)" and "(N, C, L)"; C is the number of channels.
        """
        if not isinstance(x, Tensor):
            raise TypeError(
                f"{type(self).__name__}: x must be a Tensor, got {type(x).__name__}"
            )
        for layout in layouts:
            axes = layout.strip("()").split(", ")
            if len(axes) == x.ndim and x.shape[axes.index("C")] == self.num_features:
                return
        raise ValueError(
            f"{type(self).__name__}: x has shape {x.shape}, expected "
            f"{' or '.join(layouts)} with C = {self.num_features} channels"
        )

    def extra_repr(self) -> str:
        """Return the number of channels and all options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )
