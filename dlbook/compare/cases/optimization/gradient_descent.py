"""Cases of the page on gradient descent: SGD with momentum, and with Nesterov's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, Run, Shape, TrainingCase, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase
from dlbook.compare.torch_side import to_torch


class DigitsNesterovCase(TrainingCase):
    """A network learns the digits with Nesterov momentum; the rate is cut halfway.

    The cut tells torch's momentum from a velocity that has the rate inside.
    """

    name = "digits-nesterov"
    title = "Nesterov momentum on digits"
    axes = ("inputs", "hidden", "classes", "batch", "epochs")
    sizes = ((64, 8, 10, 64, 1), (64, 32, 10, 32, 4))
    bench_size = (64, 32, 10, 32, 4)

    problem = staticmethod(DigitsAdamCase.problem)

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for step, (inputs, labels) in enumerate(batches):
            if step == len(batches) // 2:
                optimizer.param_groups[0]["lr"] = 0.005
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
        optimizer = torch.optim.SGD(
            model.parameters(), lr=0.05, momentum=0.9, nesterov=True
        )
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for step, batch in enumerate(batches):
            if step == len(batches) // 2:
                optimizer.param_groups[0]["lr"] = 0.005
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)


class SgdMomentumCase(TrainingCase):
    """SGD with momentum on a million parameters, each pulled to a moving target.

    What is timed is the step alone, from gradients that are there already.
    """

    name = "sgd-momentum"
    title = "SGD with momentum, steps"
    axes = ("side of four square matrices",)
    sizes = ((6,), (512,))
    bench_size = (512,)

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
            (rng.uniform(0.5, 2, side), rng.standard_normal(side)) for _ in range(20)
        ]
        return weights, [(s.astype(dtype), t.astype(dtype)) for s, t in batches]

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Take a step for every batch with dlbook's SGD."""
        parameters = [Tensor(w.copy(), requires_grad=True) for w in weights.values()]
        optimizer = optim.SGD(parameters, lr=0.01, momentum=0.9)
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
        """Take the same steps with torch's SGD."""
        import torch

        parameters = [
            torch.tensor(w, device=device, requires_grad=True) for w in weights.values()
        ]
        optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
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
        optimizer = optim.SGD(parameters, lr=0.01, momentum=0.9)
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
        optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
        return lambda: [optimizer.step() for _ in batches]

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read three arrays of the parameters' size, write two, in every step."""
        moved = 5 * 4 * size[0] ** 2 * np.dtype(dtype).itemsize
        return Cost(0, self.units(size) * moved)


CASES = (DigitsNesterovCase(), SgdMomentumCase())
