"""Cases of the page on the neuron: one sigmoid neuron, and the perceptron."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional
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


class NeuronCase(OperationCase):
    """One sigmoid neuron on a batch of inputs: weighted sum, bias, activation."""

    name = "neuron"
    title = "One neuron, sigmoid"
    axes = ("batch", "inputs")
    sizes = ((5, 3), (100, 4), (10_000, 100))
    bench_size = (10_000, 100)
    input_names = ("x", "weight", "bias")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, D), weight (D,) and bias ()."""
        batch, features = size
        return (
            rng.standard_normal((batch, features)).astype(dtype),
            rng.standard_normal(features).astype(dtype),
            np.asarray(rng.standard_normal(), dtype),
        )

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Compute sigmoid(x w + b) for every row of x."""
        return functional.sigmoid(x @ weight + bias)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.sigmoid(x @ weight + bias)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Products x w, g w^T and g^T x; x read twice, its gradient written."""
        elements = size[0] * size[1]
        return Cost(6 * elements, 3 * elements * np.dtype(dtype).itemsize)


class PerceptronCase(TrainingCase):
    """Rosenblatt's rule on setosa and versicolor, and the loss it descends.

    torch minimizes the perceptron criterion max(0, -y z) by stochastic gradient
    descent, one flower at a time, with learning rate 1. Where y z > 0 its gradient is
    zero, elsewhere -y x: the step is Rosenblatt's. At y z = 0, where both sides start,
    `clamp` passes the gradient; `relu` would not, and weights of zero would stay.
    """

    name = "perceptron"
    title = "Perceptron on iris"
    axes = ("flowers", "features", "epochs")
    sizes = ((100, 4, 5),)
    bench_size = (100, 4, 5)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Zero weights; the flowers in a new order each epoch, labels -1 and 1."""
        count, features, epochs = size
        if generated:
            inputs = rng.standard_normal((count, features)).astype(dtype)
            labels = np.where(inputs[:, 0] > 0.5, 1, -1).astype(dtype)
        else:
            from dlbook.data import load_iris

            iris = load_iris(classes=["setosa", "versicolor"], dtype=dtype)
            inputs, labels = iris.inputs, (2 * iris.targets - 1).astype(dtype)
        orders = [rng.permutation(count) for _ in range(epochs)]
        batches = [(inputs[n], labels[n]) for order in orders for n in order]
        return {
            "weight": np.zeros(features, dtype),
            "bias": np.zeros((), dtype),
        }, batches

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Apply Rosenblatt's rule: after a mistake, add y x to the weights."""
        weight, bias = weights["weight"].copy(), weights["bias"].copy()
        losses = []
        for x, y in batches:
            score = y * (weight @ x + bias)
            losses.append(max(0.0, float(-score)))
            if score <= 0:
                weight += y * x
                bias += y
        return Run(np.array(losses), {"weight": weight, "bias": bias})

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Descend the perceptron criterion with torch's gradients."""
        import torch

        parameters = {
            name: torch.tensor(value, device=device, requires_grad=True)
            for name, value in weights.items()
        }
        optimizer = torch.optim.SGD(parameters.values(), lr=1.0)
        losses = []
        for flower in batches:
            x, y = (torch.as_tensor(array, device=device) for array in flower)
            optimizer.zero_grad()
            score = y * (parameters["weight"] @ x + parameters["bias"])
            loss = torch.clamp(-score, min=0)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: p.detach().cpu().numpy() for name, p in parameters.items()}
        return Run(np.array(losses), final)


CASES = (NeuronCase(), PerceptronCase())
