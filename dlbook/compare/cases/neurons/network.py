"""Cases of the page on the network: a linear layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class LinearCase(OperationCase):
    """A linear layer: y = x W^T + b."""

    name = "linear"
    title = "Linear"
    axes = ("batch", "inputs", "outputs")
    sizes = (
        (4, 3, 5),
        (64, 64, 64),
        (256, 256, 256),
        (1024, 512, 512),
        (2048, 512, 512),
        (4096, 1024, 1024),
    )
    bench_size = (2048, 512, 512)
    gate = 1.05
    input_names = ("x", "weight", "bias")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, in), weight (out, in) and bias (out,)."""
        batch, fan_in, fan_out = size
        return (
            rng.standard_normal((batch, fan_in)).astype(dtype),
            (rng.standard_normal((fan_out, fan_in)) / fan_in**0.5).astype(dtype),
            rng.standard_normal(fan_out).astype(dtype),
        )

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Compute x W^T + b."""
        return functional.linear(x, weight, bias)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.linear(x, weight, bias)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products of equal size: output, input gradient, weight gradient."""
        n, i, o = size
        moved = 3 * n * i + 2 * n * o + 3 * i * o
        return Cost(6 * n * i * o, moved * np.dtype(dtype).itemsize)


CASES = (LinearCase(),)
