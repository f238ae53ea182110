"""Cases of the page on autograd: the two engines, and a network they train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.autograd import Tensor, Value
from dlbook.compare.case import (
    Batches,
    OperationCase,
    Run,
    Shape,
    TrainingCase,
    Weights,
)
from dlbook.compare.difference import difference
from dlbook.compare.parity import Parity
from dlbook.compare.torch_side import to_torch
from dlbook.data import (
    DataLoader,
    Dataset,
    load_digits,
    standardize,
    stratified_split,
)
from dlbook.random import SEED, default_rng


class EngineCase(OperationCase):
    """A chain of 300 small operations: what the engine itself costs, not NumPy."""

    name = "engine"
    title = "Engine, chain of small operations"
    axes = ("elements",)
    sizes = ((4,), (16,), (256,), (4096,))
    bench_size = (16,)
    unit = "operation"
    gate = 0.7
    input_names = ("x", "a")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x, and a small a, with which gradients neither vanish nor explode."""
        return (
            rng.standard_normal(size).astype(dtype),
            rng.uniform(-0.1, 0.1, size).astype(dtype),
        )

    @staticmethod
    def ours(x: Tensor, a: Tensor) -> Tensor:
        """Compute x = x + tanh(a x) a hundred times."""
        for _ in range(100):
            x = x + (x * a).tanh()
        return x

    @staticmethod
    def theirs(x: Any, a: Any) -> Any:
        """Compute the same with torch."""
        for _ in range(100):
            x = x + (x * a).tanh()
        return x

    def units(self, size: Shape) -> int:
        """Return the number of operations: three in each of a hundred links."""
        return 300


class ScalarEngineCase(OperationCase):
    """The scalar engine of the first lesson against torch scalars."""

    name = "scalar-engine"
    title = "Scalar engine, chain of operations"
    axes = ("links",)
    sizes = ((5,), (100,))
    bench_size = (100,)
    unit = "operation"
    gate = 0.25
    input_names = ("x",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw one number for every link of the chain."""
        return (rng.uniform(-1, 1, size).astype(dtype),)

    @staticmethod
    def ours(x: list[Value]) -> Value:
        """Compute y = y + tanh(y x_i) along the chain, from y = x_0."""
        y = x[0]
        for link in x:
            y = y + (y * link).tanh()
        return y

    @staticmethod
    def theirs(x: list[Any]) -> Any:
        """Compute the same with torch."""
        y = x[0]
        for link in x:
            y = y + (y * link).tanh()
        return y

    def units(self, size: Shape) -> int:
        """Return the number of operations: three a link."""
        return 3 * size[0]

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that runs the chain of Values forward and backward."""
        numbers = self.inputs(size, dtype, np.random.default_rng(0))[0]
        leaves = [Value(number) for number in numbers.tolist()]

        def call() -> list[Value]:
            for leaf in leaves:
                leaf.grad = 0.0
            self.ours(leaves).backward()
            return leaves

        return call

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that runs the chain of torch scalars."""
        numbers = self.inputs(size, dtype, np.random.default_rng(0))[0]
        leaves = [to_torch(number, device, requires_grad=True) for number in numbers]

        def call() -> list[Any]:
            for leaf in leaves:
                leaf.grad = None
            self.theirs(leaves).backward()
            return leaves

        return call

    def compare(
        self,
        size: Shape,
        dtype: DTypeLike = np.float64,
        *,
        device: str = "cpu",
        rtol: float | None = None,
        atol: float | None = None,
        seed: int = 0,
    ) -> Parity:
        """Compare value and gradients; Value computes in float64 alone.

        Raises
        ------
        ValueError
            If `dtype` is not float64.
        """
        if np.dtype(dtype) != np.float64:
            raise ValueError(f"Value computes in float64; dtype is {np.dtype(dtype)}")
        numbers = self.inputs(size, dtype, np.random.default_rng(seed))[0]
        ours = [Value(number) for number in numbers.tolist()]
        theirs = [to_torch(number, device, requires_grad=True) for number in numbers]
        our_result, their_result = self.ours(ours), self.theirs(theirs)
        our_result.backward()
        their_result.backward()
        our_grads = np.array([value.grad for value in ours])
        their_grads = np.array([float(value.grad) for value in theirs])
        limits: dict[str, Any] = {"rtol": rtol, "atol": atol}
        output = np.asarray(our_result.data)
        return Parity(
            (
                difference("output", "value", output, their_result, **limits),
                difference(
                    "gradient of x", "gradient", our_grads, their_grads, **limits
                ),
            )
        )


class DigitsCase(TrainingCase):
    """A network with one hidden layer learns scikit-learn's digits, engine alone.

    The split into training and test set is the same for every seed; the seed draws the
    initial weights and the order of the batches.
    """

    name = "digits"
    title = "Training on digits"
    axes = ("inputs", "hidden", "classes", "batch", "epochs")
    sizes = ((64, 64, 10, 32, 1), (64, 64, 10, 32, 20))
    bench_size = (64, 64, 10, 32, 20)

    @staticmethod
    def data(dtype: DTypeLike = np.float64) -> tuple[Dataset, Dataset]:
        """Return training and test set, standardized by the training set.

        A quarter of every class is for the test.
        """
        split = stratified_split(load_digits(dtype=dtype), rng=default_rng(SEED))
        training, test = standardize(*split)
        return training, test

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw weights after He (2015) and the order of the digits in every epoch."""
        features, hidden, classes, batch, epochs = size
        if generated:
            training = Dataset(
                "random pixels",
                rng.random((1348, features)).astype(dtype),
                rng.integers(0, classes, 1348),
                tuple(str(label) for label in range(classes)),
                tuple(f"pixel {i}" for i in range(features)),
            )
        else:
            training, _ = DigitsCase.data(dtype)
        weights = two_layers(features, hidden, classes, dtype, rng)
        loader = DataLoader(training, batch, shuffle=True, rng=rng)
        return (
            {f"{name}{i // 2 + 1}": w for (i, name), w in weights.items()},
            [drawn for _ in range(epochs) for drawn in loader],
        )

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train by SGD with nothing but `Tensor`."""
        parameters = {
            name: Tensor(value.copy(), requires_grad=True)
            for name, value in weights.items()
        }
        weight1, bias1, weight2, bias2 = parameters.values()
        losses = []
        for inputs, labels in batches:
            hidden = (Tensor(inputs) @ weight1.T + bias1).clip(min=0)  # ReLU
            logits = hidden @ weight2.T + bias2
            own = logits[np.arange(len(labels)), labels]
            loss = (logits.logsumexp(axis=1) - own).mean()  # cross-entropy
            loss.backward()
            for parameter in parameters.values():
                parameter.data -= 0.2 * parameter.grad
                parameter.grad = None
            losses.append(loss.item())
        return Run(np.array(losses), {name: p.data for name, p in parameters.items()})

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train by SGD with torch."""
        import torch
        from torch.nn import functional

        parameters = {
            name: torch.tensor(value, device=device, requires_grad=True)
            for name, value in weights.items()
        }
        weight1, bias1, weight2, bias2 = parameters.values()
        optimizer = torch.optim.SGD(parameters.values(), lr=0.2)
        losses = []
        for batch in batches:
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            hidden = torch.relu(functional.linear(inputs, weight1, bias1))
            logits = functional.linear(hidden, weight2, bias2)
            loss = functional.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: p.detach().cpu().numpy() for name, p in parameters.items()}
        return Run(np.array(losses), final)

    @staticmethod
    def test_accuracy(weights: Weights) -> float:
        """Return the share of the test digits that these weights name correctly."""
        _, test = DigitsCase.data(weights["weight1"].dtype)
        hidden = np.maximum(test.inputs @ weights["weight1"].T + weights["bias1"], 0)
        logits = hidden @ weights["weight2"].T + weights["bias2"]
        return float(np.mean(logits.argmax(axis=1) == test.targets))


def two_layers(
    features: int, hidden: int, classes: int, dtype: DTypeLike, rng: np.random.Generator
) -> dict[tuple[int, str], np.ndarray]:
    """Draw the weights of two linear layers after He (2015), keyed as torch counts.

    Layers 0 and 2 of a Sequential with an activation between them; biases are 0.
    """
    drawn = {}
    for index, (fan_in, fan_out) in ((0, (features, hidden)), (2, (hidden, classes))):
        weight = rng.standard_normal((fan_out, fan_in)) * (2 / fan_in) ** 0.5
        drawn[index, "weight"] = weight.astype(dtype)
        drawn[index, "bias"] = np.zeros(fan_out, dtype)
    return drawn


CASES = (EngineCase(), ScalarEngineCase(), DigitsCase())
