"""Cases of the page on penalties: their gradients, and a run with weight decay."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor, stack
from dlbook.compare.case import Batches, OperationCase, Run, Shape, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase


class PenaltiesCase(OperationCase):
    """L1, L2 and elastic net penalty of a weight matrix, some of it exactly zero."""

    name = "penalties"
    title = "Three penalties"
    axes = ("rows", "columns")
    sizes = ((3, 4), (128, 64), (1024, 1024))
    bench_size = (1024, 1024)
    input_names = ("weight",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw a weight (rows, columns) from N(0, 1), a fifth of it set to 0."""
        weight = rng.standard_normal(size)
        weight[rng.random(size) < 0.2] = 0.0
        return (weight.astype(dtype),)

    @staticmethod
    def ours(weight: Tensor) -> Tensor:
        """Return the three penalties, shape (3,)."""
        l1 = 0.1 * weight.abs().sum()
        l2 = 0.1 * 0.5 * (weight**2).sum()
        elastic = 0.1 * (0.7 * weight.abs() + 0.3 * 0.5 * weight**2).sum()
        return stack([l1, l2, elastic])

    @staticmethod
    def theirs(weight: Any) -> Any:
        """Compute the same with torch."""
        import torch

        l1 = 0.1 * weight.abs().sum()
        l2 = 0.1 * 0.5 * (weight**2).sum()
        elastic = 0.1 * (0.7 * weight.abs() + 0.3 * 0.5 * weight**2).sum()
        return torch.stack([l1, l2, elastic])


class WeightDecayCase(DigitsAdamCase):
    """The digits again: SGD with momentum, decay on the weights, none on the biases."""

    name = "weight-decay"
    title = "Weight decay in groups"
    sizes = ((64, 32, 10, 32, 1), (64, 64, 10, 32, 2))
    bench_size = (64, 64, 10, 32, 2)

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        groups = [
            {"params": [model[0].weight, model[2].weight], "weight_decay": 0.01},
            {"params": [model[0].bias, model[2].bias], "weight_decay": 0.0},
        ]
        optimizer = optim.SGD(groups, lr=0.05, momentum=0.9)
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
        """Train with torch."""
        import torch
        from torch import nn

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        groups = [
            {"params": [model[0].weight, model[2].weight], "weight_decay": 0.01},
            {"params": [model[0].bias, model[2].bias], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
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


CASES = (PenaltiesCase(), WeightDecayCase())
