"""Cases of the page on normalization: batch, layer, group and RMS normalization."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional, nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, OperationCase, Run, Shape, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase

GROUPS = 4


class ImageNormCase(OperationCase):
    """What the cases on images share: their input and what they cost."""

    axes = ("batch", "channels", "height", "width")
    sizes = ((4, 8, 3, 5), (16, 16, 14, 14), (32, 32, 28, 28), (64, 64, 28, 28))
    bench_size = (32, 32, 28, 28)
    input_names = ("x", "weight", "bias")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw weight (C,), bias (C,) and x (N, C, H, W) of another mean and spread."""
        weight, bias = rng.uniform(0.5, 2, size[1]), rng.standard_normal(size[1])
        x = 1 + 2 * rng.standard_normal(size)
        return x.astype(dtype), weight.astype(dtype), bias.astype(dtype)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and the output's gradient twice, write the output and x's gradient."""
        return Cost(0, 6 * float(np.prod(size)) * np.dtype(dtype).itemsize)


class BatchNormCase(ImageNormCase):
    """Batch normalization of images in training."""

    name = "batch-norm"
    title = "Batch normalization"
    gate = 1.2

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Normalize every channel over the batch."""
        return functional.batch_norm(x, None, None, weight, bias, training=True)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.batch_norm(x, None, None, weight, bias, training=True)


class GroupNormCase(ImageNormCase):
    """Group normalization of images, in four groups."""

    name = "group-norm"
    title = "Group normalization"

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Normalize four groups of channels in every example."""
        return functional.group_norm(x, GROUPS, weight, bias)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.group_norm(x, GROUPS, weight, bias)


class SequenceNormCase(OperationCase):
    """What the cases on sequences share: their input and what they cost."""

    axes = ("batch", "steps", "features")
    sizes = ((2, 3, 5), (4, 16, 64), (16, 64, 128), (16, 128, 128), (16, 128, 512))
    bench_size = (16, 64, 128)  # inside a small GPT

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw weight (D,), bias (D,) and x (N, T, D) of another mean and spread."""
        weight, bias = rng.uniform(0.5, 2, size[-1]), rng.standard_normal(size[-1])
        x = 1 + 2 * rng.standard_normal(size)
        return x.astype(dtype), weight.astype(dtype), bias.astype(dtype)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and the output's gradient twice, write the output and x's gradient."""
        return Cost(0, 6 * float(np.prod(size)) * np.dtype(dtype).itemsize)


class LayerNormCase(SequenceNormCase):
    """Layer normalization of the vectors of sequences."""

    name = "layer-norm"
    title = "Layer normalization"
    gate = 2.5
    input_names = ("x", "weight", "bias")

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Normalize every vector."""
        return functional.layer_norm(x, weight.shape, weight, bias)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.layer_norm(x, weight.shape, weight, bias)


class RMSNormCase(SequenceNormCase):
    """RMS normalization of the vectors of sequences."""

    name = "rms-norm"
    title = "RMS normalization"
    input_names = ("x", "weight")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, T, D) and weight (D,)."""
        return SequenceNormCase.inputs(size, dtype, rng)[:2]

    @staticmethod
    def ours(x: Tensor, weight: Tensor) -> Tensor:
        """Divide every vector by the root of its mean square."""
        return functional.rms_norm(x, weight.shape, weight)

    @staticmethod
    def theirs(x: Any, weight: Any) -> Any:
        """Compute the same with torch."""
        from torch.nn import functional

        return functional.rms_norm(x, weight.shape, weight)


class DigitsBatchNormCase(DigitsAdamCase):
    """A network with batch normalization learns digits; its buffers are compared, too.

    "weights" holds the running statistics as well, before the run and after it. The
    linear layer in front of the normalization has no bias.
    """

    name = "digits-batch-norm"
    title = "Training on digits with batch normalization"
    sizes = ((64, 32, 10, 32, 1), (64, 64, 10, 64, 4))
    bench_size = (64, 64, 10, 64, 4)

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train by SGD with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["3.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        ).to(weights["0.weight"].dtype)
        model.load_state_dict({**weights, "1.num_batches_tracked": np.array(0)})
        optimizer = optim.SGD(model.parameters(), lr=0.3)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(inputs)), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = dict(model.state_dict())
        assert final.pop("1.num_batches_tracked") == len(batches)
        return Run(np.array(losses), final)

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train by SGD with torch."""
        import torch
        from torch import nn

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["3.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict({**state, "1.num_batches_tracked": torch.tensor(0)})
        optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for batch in batches:
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        assert final.pop("1.num_batches_tracked") == len(batches)
        return Run(np.array(losses), final)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw weights and mini-batches; layer 1 normalizes and starts at its defaults.

        A last mini-batch of a single example, which has no variance, is left out.
        """
        drawn, batches = DigitsAdamCase.problem(size, dtype, rng, generated=generated)
        zeros, ones = np.zeros(size[1], dtype), np.ones(size[1], dtype)
        weights = {
            "0.weight": drawn["0.weight"],
            "1.weight": ones,
            "1.bias": zeros,
            "1.running_mean": zeros,
            "1.running_var": ones,
            "3.weight": drawn["2.weight"],
            "3.bias": drawn["2.bias"],
        }
        return weights, [batch for batch in batches if len(batch[1]) > 1]


CASES = (
    BatchNormCase(),
    LayerNormCase(),
    GroupNormCase(),
    RMSNormCase(),
    DigitsBatchNormCase(),
)
