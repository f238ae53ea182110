"""Cases of the page on LeNet: its values and gradients, its steps, and a whole run."""

from __future__ import annotations

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
from dlbook.data import DataLoader, as_images, load_digits, stratified_split
from dlbook.models import LeNet5
from dlbook.random import SEED, default_rng


class LeNetCase(OperationCase):
    """The classic LeNet-5 on images of 32 × 32 pixels, all of its parameters given."""

    name = "lenet"
    title = "LeNet-5"
    axes = ("batch",)
    sizes = ((2,), (16,), (64,))
    bench_size = (64,)
    input_names = (
        "x",
        *(
            f"{layer}.{kind}"
            for layer in ("conv1", "conv2", "fc1", "fc2", "fc3")
            for kind in ("weight", "bias")
        ),
    )

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw images (N, 1, 32, 32), and the initial parameters of `LeNet5`."""
        x = rng.standard_normal((*size, 1, 32, 32)).astype(dtype)
        return x, *LeNet5(rng=rng).to(dtype).state_dict().values()

    @staticmethod
    def ours(x: Tensor, *parameters: Tensor) -> Tensor:
        """Compute the scores with dlbook."""
        c1, b1, c2, b2, *linear = parameters
        x = F.avg_pool2d(F.tanh(F.conv2d(x, c1, b1)), 2)
        x = F.avg_pool2d(F.tanh(F.conv2d(x, c2, b2)), 2)
        x = F.tanh(F.linear(x.flatten(1), linear[0], linear[1]))
        x = F.tanh(F.linear(x, linear[2], linear[3]))
        return F.linear(x, linear[4], linear[5])

    @staticmethod
    def theirs(x: Any, *parameters: Any) -> Any:
        """Compute the scores with torch."""
        import torch
        from torch.nn import functional as F

        c1, b1, c2, b2, *linear = parameters
        x = F.avg_pool2d(torch.tanh(F.conv2d(x, c1, b1)), 2)
        x = F.avg_pool2d(torch.tanh(F.conv2d(x, c2, b2)), 2)
        x = torch.tanh(F.linear(x.flatten(1), linear[0], linear[1]))
        x = torch.tanh(F.linear(x, linear[2], linear[3]))
        return F.linear(x, linear[4], linear[5])

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count three products a layer; images and parameters, and their gradients."""
        products = 6 * 28**2 * 25 + 16 * 10**2 * 150 + 120 * 400 + 84 * 120 + 10 * 84
        moved = 3 * (size[0] * 32**2 + 61_706)
        return Cost(6.0 * size[0] * products, moved * np.dtype(dtype).itemsize)


def torch_lenet(side: int, channels: tuple[int, int]) -> Any:
    """Return the modern LeNet-5 as a module of torch, for images of 28 or 8 pixels."""
    from torch import nn

    kernel, second_padding, left = {28: (5, 0, 5), 8: (3, 1, 2)}[side]
    first, second = channels

    class LeNet5(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, first, kernel, padding="same")
            self.conv2 = nn.Conv2d(first, second, kernel, padding=second_padding)
            self.fc1 = nn.Linear(second * left * left, 120)
            self.fc2 = nn.Linear(120, 84)
            self.fc3 = nn.Linear(84, 10)
            self.activation, self.pool = nn.ReLU(), nn.MaxPool2d(2)

        def forward(self, x):
            x = self.pool(self.activation(self.conv1(x)))
            x = self.pool(self.activation(self.conv2(x)))
            x = self.activation(self.fc1(x.flatten(1)))
            return self.fc3(self.activation(self.fc2(x)))

    return LeNet5()


class LeNetStepCase(TrainingCase):
    """Training steps of the modern LeNet-5 on images of MNIST's size."""

    name = "lenet-step"
    title = "LeNet step"
    axes = ("side", "batch")
    sizes = ((8, 4), (28, 64))
    bench_size = (28, 64)
    gate = 1.2

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and 8 batches of random images and labels."""
        side, batch = size
        model = LeNet5(modern=True, input_size=side, rng=rng).to(dtype)
        batches = [
            (
                rng.random((batch, 1, side, side)).astype(dtype),
                rng.integers(0, 10, batch),
            )
            for _ in range(8)
        ]
        return model.state_dict(), batches

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train by SGD with dlbook."""
        side = batches[0][0].shape[-1]
        model = LeNet5(modern=True, input_size=side).to(weights["fc1.bias"].dtype)
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
        """Train by SGD with torch."""
        import torch
        from torch import nn

        state = {name: torch.tensor(value) for name, value in weights.items()}
        side = batches[0][0].shape[-1]
        model = torch_lenet(side, (6, 16)).to(device, state["fc1.bias"].dtype)
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
        """Count the products (the images need no gradient) and the weights' traffic."""
        side, batch = size
        if side == 28:
            first, rest = 6 * 28**2 * 25, 16 * 10**2 * 150 + 120 * 400
        else:
            first, rest = 6 * 8**2 * 9, 16 * 4**2 * 54 + 120 * 64
        rest += 84 * 120 + 10 * 84
        parameters = LeNet5(input_size=side).num_parameters()
        steps = self.units(size)
        moved = 4 * parameters + 2 * batch * side**2
        flops = batch * (4.0 * first + 6.0 * rest)
        return Cost(steps * flops, steps * moved * np.dtype(dtype).itemsize)


class LeNetDigitsCase(TrainingCase):
    """The modern LeNet-5 learns scikit-learn's digits with Adam."""

    name = "lenet-digits"
    title = "LeNet on digits"
    axes = ("first channels", "second channels", "batch", "epochs")
    sizes = ((6, 16, 64, 1), (6, 16, 64, 3))
    bench_size = (6, 16, 64, 3)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and the mini-batches of every epoch."""
        *channels, batch, epochs = size
        if generated:
            images = rng.random((1437, 1, 8, 8)).astype(dtype)
            data: Any = (images, rng.integers(0, 10, 1437))
        else:
            digits = as_images(load_digits(dtype=dtype))
            data, _ = stratified_split(digits, test_fraction=0.2, rng=default_rng(SEED))
        model = LeNet5(modern=True, input_size=8, channels=tuple(channels), rng=rng)
        loader = DataLoader(data, batch, shuffle=True, rng=rng)
        batches = [b for _ in range(epochs) for b in loader]
        return model.to(dtype).state_dict(), batches

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        channels = len(weights["conv1.bias"]), len(weights["conv2.bias"])
        model = LeNet5(modern=True, input_size=8, channels=channels)
        model.to(weights["fc1.bias"].dtype).load_state_dict(weights)
        optimizer = optim.Adam(model.parameters(), lr=0.01)
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
        channels = len(weights["conv1.bias"]), len(weights["conv2.bias"])
        model = torch_lenet(8, channels).to(device, state["fc1.bias"].dtype)
        model.load_state_dict(state)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
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


CASES = (LeNetCase(), LeNetStepCase(), LeNetDigitsCase())
