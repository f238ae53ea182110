"""What the ways to compute on a GPU are tried on: a product, two training steps.

The product is arithmetic alone, which tensor cores do. The step of the small MLP is a
few dozen tiny kernels: sending them takes longer than computing them, which a graph
spares. The step of the GPT has both, and between its products many element-wise
operations, which torch.compile fuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.compare.case import Shape
from dlbook.compare.cases.backprop.training import MlpStepCase
from dlbook.compare.cases.transformer.gpt import GPTCase, torch_gpt
from dlbook.compare.torch_side import to_torch

__all__ = ["WORKLOADS", "Problem", "Workload"]


@dataclass(frozen=True)
class Problem:
    """A workload's tensors, on a device.

    Attributes
    ----------
    forward : callable
        Takes `inputs`; returns a tensor, the loss where there are parameters.
    inputs : tuple of torch.Tensor
    parameters : tuple of torch.nn.Parameter
        Trained by a step of SGD; none where only `forward` is computed.
    """

    forward: Callable[..., Any]
    inputs: tuple[Any, ...]
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Workload:
    """Something to compute with torch.

    Attributes
    ----------
    name : str
        How the record calls it.
    title : str
        How the table calls it.
    axes : tuple of str
        What the numbers of `size` are.
    size : tuple of int
    build : callable
        Takes the size, the device and the float type, a numpy.dtype; returns a
        `Problem`, whose numbers are the same each time, whatever the type.
    """

    name: str
    title: str
    axes: tuple[str, ...]
    size: Shape
    build: Callable[[Shape, str, np.dtype], Problem]


def build_product(size: Shape, device: str, dtype: np.dtype) -> Problem:
    """Return the product of two square matrices of normal numbers."""
    (n,) = size
    rng = np.random.default_rng(0)
    factors = [rng.standard_normal((n, n), np.float32).astype(dtype) for _ in range(2)]
    a, b = (to_torch(factor, device) for factor in factors)

    def product(a: Any, b: Any) -> Any:
        return a @ b

    return Problem(product, (a, b))


def build_mlp(size: Shape, device: str, dtype: np.dtype) -> Problem:
    """Return the case "mlp-step": one hidden layer, ReLU, cross-entropy."""
    from torch import nn

    features, hidden, classes, _ = size
    rng = np.random.default_rng(0)
    weights, batches = MlpStepCase.problem(size, np.float32, rng)
    model = nn.Sequential(
        nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
    )
    load(model, weights, device, dtype)
    x, y = batches[0]

    def loss(x: Any, y: Any) -> Any:
        return nn.functional.cross_entropy(model(x), y)

    inputs = to_torch(x.astype(dtype), device), to_torch(y, device)
    return Problem(loss, inputs, tuple(model.parameters()))


def build_gpt(size: Shape, device: str, dtype: np.dtype) -> Problem:
    """Return the case "gpt": 2 layers, 4 heads, causal attention, tied weights."""
    from torch import nn

    width, steps, batch = size
    rng = np.random.default_rng(0)
    weights, batches = GPTCase.problem(
        (width, steps, batch, 1), np.float32, rng, generated=True
    )
    model = torch_gpt(len(weights["transformer.wte.weight"]), steps, width)
    load(model, weights, device, dtype)

    def loss(x: Any, y: Any) -> Any:
        return nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())

    inputs = tuple(to_torch(array, device) for array in batches[0])
    return Problem(loss, inputs, tuple(model.parameters()))


def load(model: Any, weights: Any, device: str, dtype: np.dtype) -> None:
    """Move a module to a device and a type, and give it these weights."""
    arrays = {name: to_torch(w, device) for name, w in weights.items()}
    model.to(device).load_state_dict(arrays)
    model.to(to_torch(np.zeros(0, dtype), device).dtype)


WORKLOADS = (
    Workload("product", "Square product", ("rows",), (4096,), build_product),
    Workload(
        "mlp", "MLP, training step", MlpStepCase.axes, (784, 256, 10, 64), build_mlp
    ),
    Workload(
        "gpt",
        "GPT, training step",
        ("width", "steps in time", "batch"),
        (512, 256, 16),
        build_gpt,
    ),
)
