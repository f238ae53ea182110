"""Cases of the page on losses: cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.compare.case import Cost, OperationCase, Shape


class CrossEntropyCase(OperationCase):
    """Softmax and cross-entropy in one, from logits and class labels."""

    name = "cross-entropy"
    title = "Softmax + cross-entropy"
    axes = ("batch", "classes")
    sizes = ((6, 5), (64, 10), (1024, 96), (2048, 1000), (8192, 1000))
    bench_size = (2048, 1000)
    gate = 1.1
    input_names = ("logits", "labels")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw logits (N, C) and labels (N,)."""
        batch, classes = size
        return (
            (3 * rng.standard_normal((batch, classes))).astype(dtype),
            rng.integers(0, classes, batch),
        )

    @staticmethod
    def ours(logits: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean negative log-probability of the labels, in nats."""
        return functional.cross_entropy(logits, labels)

    @staticmethod
    def theirs(logits: Any, labels: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.cross_entropy(logits, labels)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read the logits twice, write their gradient."""
        return Cost(0, 3 * size[0] * size[1] * np.dtype(dtype).itemsize)


CASES = (CrossEntropyCase(),)
