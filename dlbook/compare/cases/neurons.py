"""Cases of the part "neurons": one neuron, its learning rule, its activations."""

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


class LinearCase(OperationCase):
    """A linear layer: y = x W^T + b."""

    name = "linear"
    title = "Linear"
    axes = ("batch", "inputs", "outputs")
    sizes = (
        (4, 3, 5),
        (64, 64, 64),
        (256, 256, 256),
        (1024, 512, 512),
        (2048, 512, 512),
        (4096, 1024, 1024),
    )
    bench_size = (2048, 512, 512)
    gate = 1.05
    input_names = ("x", "weight", "bias")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, in), weight (out, in) and bias (out,)."""
        batch, fan_in, fan_out = size
        return (
            rng.standard_normal((batch, fan_in)).astype(dtype),
            (rng.standard_normal((fan_out, fan_in)) / fan_in**0.5).astype(dtype),
            rng.standard_normal(fan_out).astype(dtype),
        )

    @staticmethod
    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Compute x W^T + b."""
        return functional.linear(x, weight, bias)

    @staticmethod
    def theirs(x: Any, weight: Any, bias: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.linear(x, weight, bias)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products of equal size: output, input gradient, weight gradient."""
        n, i, o = size
        moved = 3 * n * i + 2 * n * o + 3 * i * o
        return Cost(6 * n * i * o, moved * np.dtype(dtype).itemsize)


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


class GeluTanhCase(OperationCase):
    """GELU by its tanh formula."""

    name = "gelu-tanh"
    title = "GELU, tanh"
    axes = ("rows", "columns")
    sizes = ((4, 5), (64, 64), (256, 256), (1024, 512), (2048, 2048))
    bench_size = (1024, 512)  # 16 texts of 64 characters, a GPT of width 128
    gate = 0.7
    input_names = ("x",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x, normally distributed with standard deviation 2."""
        return ((2 * rng.standard_normal(size)).astype(dtype),)

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Compute 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))."""
        return functional.gelu(x, approximate="tanh")

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.gelu(x, approximate="tanh")

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read x and the gradient, write both results; read x again."""
        return Cost(0, 5 * size[0] * size[1] * np.dtype(dtype).itemsize)


class GeluExactCase(GeluTanhCase):
    """GELU by the normal distribution function."""

    name = "gelu-exact"
    title = "GELU, exact"
    gate = 3.5

    @staticmethod
    def ours(x: Tensor) -> Tensor:
        """Compute x Phi(x), Phi the normal distribution function."""
        return functional.gelu(x)

    @staticmethod
    def theirs(x: Any) -> Any:
        """Compute the same with torch."""
        import torch

        return torch.nn.functional.gelu(x)


CASES = (
    NeuronCase(),
    PerceptronCase(),
    LinearCase(),
    CrossEntropyCase(),
    GeluTanhCase(),
    GeluExactCase(),
)
