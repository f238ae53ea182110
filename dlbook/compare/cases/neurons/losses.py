"""Cases of the page on losses: six of them at once, and cross-entropy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
from dlbook.autograd import Tensor, stack
from dlbook.compare.case import Cost, OperationCase, Shape


class LossesCase(OperationCase):
    """Six losses of one batch: two classes, several classes, numbers."""

    name = "losses"
    title = "Six losses"
    axes = ("batch", "classes")
    sizes = ((6, 5), (64, 10), (2048, 100))
    bench_size = (2048, 100)
    input_names = ("scores", "targets", "classes", "answers")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw scores (N, C), numbers (N, C), class numbers (N,), answers (N, C)."""
        batch, classes = size
        return (
            (3 * rng.standard_normal((batch, classes))).astype(dtype),
            (3 * rng.standard_normal((batch, classes))).astype(dtype),
            rng.integers(0, classes, batch),
            rng.integers(0, 2, (batch, classes)).astype(bool),
        )

    @staticmethod
    def ours(
        scores: Tensor, targets: Tensor, classes: Tensor, answers: Tensor
    ) -> Tensor:
        """Return the six losses, shape (6,)."""
        yes = answers.astype(scores.dtype)
        rare = 3.0 * np.ones(1, scores.dtype)
        losses = [
            functional.mse_loss(scores, targets),
            functional.l1_loss(scores, targets),
            functional.huber_loss(scores, targets, delta=1.5),
            functional.binary_cross_entropy_with_logits(scores, yes, pos_weight=rare),
            functional.cross_entropy(scores, classes, label_smoothing=0.1),
            functional.multi_margin_loss(scores, classes),
        ]
        return stack(losses)

    @staticmethod
    def theirs(scores: Any, targets: Any, classes: Any, answers: Any) -> Any:
        """Compute the same with torch."""
        import torch
        from torch.nn import functional

        yes = answers.to(scores.dtype)
        rare = 3.0 * torch.ones(1, dtype=scores.dtype, device=scores.device)
        losses = [
            functional.mse_loss(scores, targets),
            functional.l1_loss(scores, targets),
            functional.huber_loss(scores, targets, delta=1.5),
            functional.binary_cross_entropy_with_logits(scores, yes, pos_weight=rare),
            functional.cross_entropy(scores, classes, label_smoothing=0.1),
            functional.multi_margin_loss(scores, classes),
        ]
        return torch.stack(losses)


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


CASES = (LossesCase(), CrossEntropyCase())
