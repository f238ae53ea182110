"""Cases of the page on training: steps of a network with one hidden layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import (
    Batches,
    Cost,
    Run,
    Shape,
    TrainingCase,
    Weights,
)
from dlbook.compare.cases.backprop.autograd import two_layers


class MlpStepCase(TrainingCase):
    """Training steps of a network with one hidden layer on images of MNIST's size."""

    name = "mlp-step"
    title = "MLP step"
    axes = ("inputs", "hidden", "classes", "batch")
    sizes = ((20, 8, 4, 6), (784, 256, 10, 64))
    bench_size = (784, 256, 10, 64)
    gate = 0.9

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw weights after He (2015), and 20 batches of random images and labels."""
        features, hidden, classes, batch = size
        weights = two_layers(features, hidden, classes, dtype, rng)
        batches = [
            (
                rng.random((batch, features)).astype(dtype),
                rng.integers(0, classes, batch),
            )
            for _ in range(20)
        ]
        return {f"{i}.{name}": w for (i, name), w in weights.items()}, batches

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train by SGD with dlbook's layers."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.SGD(model.parameters(), lr=0.1)
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
        """Train by SGD with torch's layers."""
        import torch
        from torch import nn

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
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

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count the products (the inputs need no gradient) and the weights' traffic."""
        features, hidden, classes, batch = size
        flops = batch * hidden * (4 * features + 6 * classes)
        moved = 4 * hidden * (features + classes) + 2 * batch * features
        steps = self.units(size)
        return Cost(steps * flops, steps * moved * np.dtype(dtype).itemsize)


CASES = (MlpStepCase(),)
