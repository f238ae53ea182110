"""Cases of the page on the chain rule: two layers and their four equations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class TwoLayersCase(OperationCase):
    """Two layers with sigmoids, backward by the four equations of backpropagation."""

    name = "two-layers"
    title = "Two sigmoid layers"
    axes = ("batch", "inputs", "hidden", "outputs")
    sizes = ((5, 3, 4, 2), (100, 64, 32, 10), (1000, 64, 32, 10))
    bench_size = (1000, 64, 32, 10)
    input_names = ("x", "weight1", "bias1", "weight2", "bias2")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, in), and the weights and biases of both layers."""
        batch, features, hidden, outputs = size
        return tuple(
            array.astype(dtype)
            for array in (
                rng.standard_normal((batch, features)),
                rng.standard_normal((hidden, features)) / features**0.5,
                rng.standard_normal(hidden),
                rng.standard_normal((outputs, hidden)) / hidden**0.5,
                rng.standard_normal(outputs),
            )
        )

    @staticmethod
    def ours(
        x: Tensor, weight1: Tensor, bias1: Tensor, weight2: Tensor, bias2: Tensor
    ) -> Tensor:
        """Compute both layers, and write their backward pass out."""
        a1 = 1 / (1 + np.exp(-(x.data @ weight1.data.T + bias1.data)))
        a2 = 1 / (1 + np.exp(-(a1 @ weight2.data.T + bias2.data)))

        def backward(grad_a):
            delta2 = grad_a * a2 * (1 - a2)
            delta1 = delta2 @ weight2.data * a1 * (1 - a1)
            return (
                delta1 @ weight1.data,
                delta1.T @ x.data,
                delta1.sum(axis=0),
                delta2.T @ a1,
                delta2.sum(axis=0),
            )

        parents = (x, weight1, bias1, weight2, bias2)
        return Tensor.from_op(a2, parents, backward, "two layers")

    @staticmethod
    def theirs(x: Any, weight1: Any, bias1: Any, weight2: Any, bias2: Any) -> Any:
        """Compute both layers with torch."""
        import torch
        from torch.nn import functional

        a1 = torch.sigmoid(functional.linear(x, weight1, bias1))
        return torch.sigmoid(functional.linear(a1, weight2, bias2))

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products for each layer; every array read or written once and again."""
        n, i, h, o = size
        moved = 3 * n * i + 4 * n * h + 3 * n * o + 3 * (i * h + h * o)
        return Cost(6 * n * (i * h + h * o), moved * np.dtype(dtype).itemsize)


CASES = (TwoLayersCase(),)
