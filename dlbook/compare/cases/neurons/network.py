"""Cases of the page on the network: layers in a row, and a single linear layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class NetworkCase(OperationCase):
    """Two hidden layers with ReLU and a linear output layer, all gradients."""

    name = "network"
    title = "Network of three layers"
    axes = ("batch", "inputs", "hidden", "outputs")
    sizes = ((4, 3, 5, 2), (32, 64, 32, 10), (256, 784, 256, 10))
    bench_size = (256, 784, 256, 10)
    input_names = ("x", "weight1", "bias1", "weight2", "bias2", "weight3", "bias3")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, D0), then weight (D_l, D_l-1) and bias (D_l,) of each layer."""
        batch, first, hidden, last = size
        arrays = [rng.standard_normal((batch, first))]
        for fan_in, fan_out in ((first, hidden), (hidden, hidden), (hidden, last)):
            arrays.append(rng.standard_normal((fan_out, fan_in)) / fan_in**0.5)
            arrays.append(rng.standard_normal(fan_out))
        return tuple(array.astype(dtype) for array in arrays)

    @staticmethod
    def ours(x: Tensor, *layers: Tensor) -> Tensor:
        """Go through the layers; ReLU between them, not after the last one."""
        weight1, bias1, weight2, bias2, weight3, bias3 = layers
        a = functional.relu(functional.linear(x, weight1, bias1))
        a = functional.relu(functional.linear(a, weight2, bias2))
        return functional.linear(a, weight3, bias3)

    @staticmethod
    def theirs(x: Any, *layers: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        weight1, bias1, weight2, bias2, weight3, bias3 = layers
        a = functional.relu(functional.linear(x, weight1, bias1))
        a = functional.relu(functional.linear(a, weight2, bias2))
        return functional.linear(a, weight3, bias3)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products a layer; weights read twice, their gradients written."""
        n, i, h, o = size
        weights = i * h + h * h + h * o
        moved = 3 * weights + 2 * n * (i + 2 * h + o)
        return Cost(6 * n * weights, moved * np.dtype(dtype).itemsize)


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


CASES = (NetworkCase(), LinearCase())
