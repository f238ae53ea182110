"""Cases of the page on training: steps of a network with one hidden layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import (
    Batches,
    Cost,
    OperationCase,
    Run,
    Shape,
    TrainingCase,
    Weights,
)
from dlbook.compare.cases.backprop.autograd import two_layers
from dlbook.compare.torch_side import to_torch
from dlbook.data import DataLoader, load_digits, standardize, stratified_split
from dlbook.random import SEED, default_rng


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


class DigitsAdamCase(TrainingCase):
    """A network with one hidden layer learns scikit-learn's digits with Adam."""

    name = "digits-adam"
    title = "Training on digits with Adam"
    axes = ("inputs", "hidden", "classes", "batch", "epochs")
    sizes = ((64, 32, 10, 32, 1), (64, 128, 10, 32, 15))
    bench_size = (64, 128, 10, 32, 15)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and the mini-batches of every epoch."""
        features, hidden, classes, batch, epochs = size
        if generated:
            inputs = rng.random((1348, features)).astype(dtype)
            data: Any = (inputs, rng.integers(0, classes, 1348))
        else:
            split = stratified_split(load_digits(dtype=dtype), rng=default_rng(SEED))
            data, _ = standardize(*split)
        model = nn.Sequential(
            nn.Linear(features, hidden, rng=rng),
            nn.ReLU(),
            nn.Linear(hidden, classes, rng=rng),
        ).to(dtype)
        loader = DataLoader(data, batch, shuffle=True, rng=rng)
        return model.state_dict(), [b for _ in range(epochs) for b in loader]

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
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


class AdamCase(TrainingCase):
    """Adam on a million parameters; each is pulled to a target that moves every step.

    What is timed is the step alone, from gradients that are there already.
    """

    name = "adam"
    title = "Adam, steps"
    axes = ("side of four square matrices",)
    sizes = ((6,), (512,))
    bench_size = (512,)
    gate = 1.25

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw four matrices, and for each of 20 steps a scale and a target."""
        side = size[0]
        weights = {
            f"weight{i}": rng.standard_normal((side, side)).astype(dtype)
            for i in range(4)
        }
        batches = [
            (rng.uniform(0.5, 2, side).astype(dtype), rng.standard_normal(side))
            for _ in range(20)
        ]
        return weights, [(scale, target.astype(dtype)) for scale, target in batches]

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Take a step for every batch with dlbook's Adam."""
        parameters = [Tensor(w.copy(), requires_grad=True) for w in weights.values()]
        optimizer = optim.Adam(parameters, lr=0.01)
        losses = []
        for scale, target in batches:
            optimizer.zero_grad()
            loss = sum(
                (Tensor(scale) * (weight - Tensor(target)) ** 2).mean()
                for weight in parameters
            )
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return Run(
            np.array(losses),
            {name: p.data for name, p in zip(weights, parameters, strict=True)},
        )

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Take the same steps with torch's Adam."""
        import torch

        parameters = [
            torch.tensor(w, device=device, requires_grad=True) for w in weights.values()
        ]
        optimizer = torch.optim.Adam(parameters, lr=0.01)
        losses = []
        for batch in batches:
            scale, target = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = sum((scale * (weight - target) ** 2).mean() for weight in parameters)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = [p.detach().cpu().numpy() for p in parameters]
        return Run(np.array(losses), dict(zip(weights, final, strict=True)))

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that takes as many steps as a run has, gradients given."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng)
        parameters = [Tensor(w, requires_grad=True) for w in weights.values()]
        for parameter in parameters:
            parameter.grad = rng.standard_normal(parameter.shape).astype(dtype)
        optimizer = optim.Adam(parameters, lr=0.01)
        return lambda: [optimizer.step() for _ in batches]

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that takes the same steps with torch."""
        import torch

        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng)
        parameters = [to_torch(w, device, requires_grad=True) for w in weights.values()]
        for parameter in parameters:
            grad = rng.standard_normal(tuple(parameter.shape)).astype(dtype)
            parameter.grad = to_torch(grad, device)
        optimizer = torch.optim.Adam(parameters, lr=0.01)
        return lambda: [optimizer.step() for _ in batches]

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read four arrays of the parameters' size, write three, in every step."""
        moved = 7 * 4 * size[0] ** 2 * np.dtype(dtype).itemsize
        return Cost(0, self.units(size) * moved)


class EmbeddingCase(OperationCase):
    """Look the characters of a batch of texts up in a table, and sum its gradient."""

    name = "embedding"
    title = "Embedding, characters"
    axes = ("rows", "width", "texts", "tokens")
    sizes = ((7, 3, 2, 5), (96, 128, 64, 64))
    bench_size = (96, 128, 64, 64)
    gate = 3.5
    input_names = ("indices", "weight")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw indices, all rows equally probable, and a table from N(0, 1)."""
        rows, width, *batch = size
        return (
            rng.integers(0, rows, batch),
            rng.standard_normal((rows, width)).astype(dtype),
        )

    @staticmethod
    def ours(indices: Tensor, weight: Tensor) -> Tensor:
        """Look the rows up with dlbook."""
        return F.embedding(indices, weight)

    @staticmethod
    def theirs(indices: Any, weight: Any) -> Any:
        """Look the rows up with torch."""
        from torch.nn import functional

        return functional.embedding(indices, weight)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count the rows read and written, their gradients, and the table's gradient.

        There are no products, and the indices are few bytes beside the rows.
        """
        rows, width, texts, tokens = size
        moved = width * (3 * texts * tokens + rows)
        return Cost(0, moved * np.dtype(dtype).itemsize)


class WordEmbeddingCase(EmbeddingCase):
    """The same for a large vocabulary, of which a batch holds a part."""

    name = "embedding-words"
    title = "Embedding, words"
    sizes = ((50, 3, 2, 5), (10_000, 128, 64, 64))
    bench_size = (10_000, 128, 64, 64)
    gate = 7.0


CASES = (
    MlpStepCase(),
    DigitsAdamCase(),
    AdamCase(),
    EmbeddingCase(),
    WordEmbeddingCase(),
)
