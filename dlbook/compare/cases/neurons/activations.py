"""Cases of the page on activations: GELU in two forms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


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


CASES = (GeluTanhCase(), GeluExactCase())
