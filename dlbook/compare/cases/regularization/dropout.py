"""Cases of the page on dropout: one mask, and a training run with the same masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, OperationCase, Run, Shape, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase
from dlbook.compare.torch_side import to_torch


class DropoutCase(OperationCase):
    """Dropout with probability 0.3; torch gets our mask, since it draws others."""

    name = "dropout"
    title = "Dropout"
    axes = ("batch", "features")
    sizes = ((4, 5), (64, 256), (1024, 1024))
    bench_size = (1024, 1024)
    input_names = ("x",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, D) from N(0, 1)."""
        return (rng.standard_normal(size).astype(dtype),)

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Drop with dlbook."""
        return F.dropout(x, 0.3, rng=0)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Drop with torch, by the mask that seed 0 gives ours."""
        import torch

        uniform = np.random.default_rng(0).random(tuple(x.shape), np.float32)
        kept = torch.from_numpy(uniform >= 0.3).to(x.device)
        return x * kept / (1 - 0.3)

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that lets torch draw a mask of its own, as ours does."""
        from torch.nn import functional

        rng = np.random.default_rng(0)
        (array,) = self.inputs(size, dtype, rng)
        x = to_torch(array, device, requires_grad=True)
        grad = to_torch(rng.standard_normal(size).astype(dtype), device)

        def call() -> None:
            x.grad = None
            functional.dropout(x, 0.3).backward(grad)

        return call

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and write the result, likewise backward; a mask of bytes is small."""
        return Cost(0, 4 * size[0] * size[1] * np.dtype(dtype).itemsize)


class DigitsDropoutCase(DigitsAdamCase):
    """A network learns digits with dropout, probability 0.5, in its hidden layer."""

    name = "digits-dropout"
    title = "Training on digits with dropout"
    sizes = ((64, 32, 10, 32, 1), (64, 128, 10, 32, 3))
    bench_size = (64, 128, 10, 32, 3)

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook; the dropout layer draws its masks from seed 0."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["3.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            nn.Dropout(0.5, rng=0),
            nn.Linear(hidden, classes),
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.Adam(model.parameters(), lr=0.003)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(inputs)), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return Run(np.array(losses), dict(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch, with the masks that seed 0 gives."""
        import torch
        from torch import nn

        class OurMasks(nn.Module):
            def __init__(self):
                super().__init__()
                self.rng = np.random.default_rng(0)

            def forward(self, x):
                uniform = self.rng.random(tuple(x.shape), np.float32)
                return x * torch.from_numpy(uniform >= 0.5).to(x.device) / (1 - 0.5)

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["3.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            OurMasks(),
            nn.Linear(hidden, classes),
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
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
        return Run(np.array(losses), final)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw weights and mini-batches as without dropout; layer 2 is the mask."""
        weights, batches = DigitsAdamCase.problem(size, dtype, rng, generated=generated)
        return {name.replace("2.", "3."): w for name, w in weights.items()}, batches


CASES = (DropoutCase(), DigitsDropoutCase())
