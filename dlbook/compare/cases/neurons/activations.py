"""Cases of the page on activations: all of them at once, and GELU in two forms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor, stack
from dlbook.compare.case import Cost, OperationCase, Shape


class ActivationsCase(OperationCase):
    """Seven activation functions and the softmax, each on a row of its own."""

    name = "activations"
    title = "Activations and softmax"
    axes = ("numbers",)
    sizes = ((5,), (1000,))
    bench_size = (1000,)
    input_names = ("x",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (8, n), normally distributed with standard deviation 3."""
        return ((3 * rng.standard_normal((8, *size))).astype(dtype),)

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Apply one function to each row."""
        return stack(
            [
                functional.sigmoid(x[0]),
                functional.tanh(x[1]),
                functional.relu(x[2]),
                functional.leaky_relu(x[3]),
                functional.elu(x[4]),
                functional.gelu(x[5]),
                functional.silu(x[6]),
                functional.softmax(x[7]),
            ]
        )

    @staticmethod
    def theirs(x: Any) -> Any:
        """Do the same with torch."""
        import torch
        from torch.nn import functional

        return torch.stack(
            [
                torch.sigmoid(x[0]),
                torch.tanh(x[1]),
                functional.relu(x[2]),
                functional.leaky_relu(x[3]),
                functional.elu(x[4]),
                functional.gelu(x[5]),
                functional.silu(x[6]),
                functional.softmax(x[7], dim=-1),
            ]
        )

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and the gradient, write both results; read x again."""
        return Cost(0, 5 * 8 * size[0] * np.dtype(dtype).itemsize)


class GeluTanhCase(OperationCase):
    """GELU by its tanh formula."""

    name = "gelu-tanh"
    title = "GELU, tanh"
    axes = ("rows", "columns")
    sizes = ((4, 5), (64, 64), (256, 256), (1024, 512), (2048, 2048))
    bench_size = (1024, 512)  # 16 texts of 64 characters, a GPT of width 128
    gate = 0.7
    input_names = ("x",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x, normally distributed with standard deviation 2."""
        return ((2 * rng.standard_normal(size)).astype(dtype),)

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Compute 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))."""
        return functional.gelu(x, approximate="tanh")

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.gelu(x, approximate="tanh")

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and the gradient, write both results; read x again."""
        return Cost(0, 5 * size[0] * size[1] * np.dtype(dtype).itemsize)


class GeluExactCase(GeluTanhCase):
    """GELU by the normal distribution function."""

    name = "gelu-exact"
    title = "GELU, exact"
    gate = 3.5

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Compute x Phi(x), Phi the normal distribution function."""
        return functional.gelu(x)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.gelu(x)


CASES = (ActivationsCase(), GeluTanhCase(), GeluExactCase())
