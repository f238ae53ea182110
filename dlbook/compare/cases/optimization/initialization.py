"""Cases of the page on initialization: a deep network, clipped steps, the draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
from dlbook.compare.display import table
from dlbook.compare.torch_side import Skipped, torch_is_installed


class DeepReluCase(OperationCase):
    """Many equally wide ReLU layers without biases, from He's initial weights."""

    name = "deep-relu"
    title = "Thirty ReLU layers"
    axes = ("layers", "width", "batch")
    sizes = ((30, 16, 8), (30, 64, 128))
    bench_size = (30, 64, 128)
    input_names = ("x", "weights")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, D), and the weights of all layers (L, D, D)."""
        layers, width, batch = size
        weights = rng.standard_normal((layers, width, width)) * math.sqrt(2 / width)
        return (
            rng.standard_normal((batch, width)).astype(dtype),
            weights.astype(dtype),
        )

    @staticmethod
    def ours(x: Tensor, weights: Tensor) -> Tensor:
        """Go through the layers."""
        for layer in range(len(weights)):
            x = F.relu(F.linear(x, weights[layer]))
        return x

    @staticmethod
    def theirs(x: Any, weights: Any) -> Any:
        """Do the same with torch."""
        from torch.nn import functional

        for weight in weights:
            x = functional.relu(functional.linear(x, weight))
        return x

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Three products a layer; weights read twice, their gradients written."""
        layers, width, batch = size
        moved = 3 * layers * width * width + 3 * layers * batch * width
        return Cost(
            6 * layers * batch * width * width, moved * np.dtype(dtype).itemsize
        )


class ClippedStepsCase(TrainingCase):
    """SGD on a deep network with too large weights; gradients clipped before a step.

    Even steps clip the common norm, odd ones each entry.
    """

    name = "clipped-steps"
    title = "SGD with clipped gradients"
    axes = ("layers", "width", "classes", "batch")
    sizes = ((6, 8, 3, 5), (20, 32, 10, 32))
    bench_size = (20, 32, 10, 32)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw weights 1.3 times those of He, and 20 batches of random classes."""
        layers, width, classes, batch = size
        widths = [width] * layers + [classes]
        weights = {}
        for i in range(layers):
            std = 1.3 * math.sqrt(2 / width)
            weight = std * rng.standard_normal((widths[i + 1], widths[i]))
            weights[f"{2 * i}.weight"] = weight.astype(dtype)
            weights[f"{2 * i}.bias"] = np.zeros(widths[i + 1], dtype)
        batches = [
            (
                rng.standard_normal((batch, width)).astype(dtype),
                rng.integers(0, classes, batch),
            )
            for _ in range(20)
        ]
        return weights, batches

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        layers = []
        for i in range(len(weights) // 2):
            fan_out, fan_in = weights[f"{2 * i}.weight"].shape
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        model = nn.Sequential(*layers[:-1]).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.SGD(model.parameters(), lr=0.01)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for step, (inputs, labels) in enumerate(batches):
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(inputs)), labels)
            loss.backward()
            if step % 2:
                optim.clip_grad_value_(model.parameters(), 0.1)
            else:
                optim.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            losses.append(loss.item())
        return Run(np.array(losses), dict(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch."""
        import torch
        from torch import nn

        state = {name: torch.tensor(value) for name, value in weights.items()}
        layers = []
        for i in range(len(weights) // 2):
            fan_out, fan_in = weights[f"{2 * i}.weight"].shape
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        model = nn.Sequential(*layers[:-1]).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for step, batch in enumerate(batches):
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            if step % 2:
                nn.utils.clip_grad_value_(model.parameters(), 0.1)
            else:
                nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)


@dataclass(frozen=True)
class Draws:
    """Standard deviations of drawn weights; displays as a table.

    Attributes
    ----------
    rows : tuple of (str, float, float, float)
        Function and arguments; by the formula, as drawn by dlbook, and by torch.
    """

    rows: tuple[tuple[str, float, float, float], ...]

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (name, *(f"{number:.4f}" for number in numbers))
            for name, *numbers in self.rows
        ]

    def __repr__(self) -> str:
        return "\n".join(" ".join(row) for row in [_HEADER, *self._cells()])

    def _repr_markdown_(self) -> str:
        marked = [(f"`{name}`", *numbers) for name, *numbers in self._cells()]
        return table(_HEADER, marked)


_HEADER = ("function", "formula", "dlbook", "torch")


def compare_draws(
    shape: tuple[int, int] = (300, 600), *, seed: int = 0
) -> Draws | Skipped:
    """Draw the same matrix with dlbook and with torch, and compare the spread.

    Parameters
    ----------
    shape : (int, int)
        (out, in); out at most in.
    seed : int
        For both libraries; torch's global generator is left as it was.

    Returns
    -------
    Draws or Skipped
        Root mean squares, by the formula and as drawn; Skipped without PyTorch.

    Raises
    ------
    AssertionError
        If a drawn number is more than 2 % from the formula's.
    """
    if not torch_is_installed():
        return Skipped()
    import torch

    fan_out, fan_in = shape
    formulas: dict[str, tuple[dict[str, Any], float]] = {
        "xavier_normal_": ({}, math.sqrt(2 / (fan_in + fan_out))),
        "xavier_uniform_": ({"gain": 5 / 3}, 5 / 3 * math.sqrt(2 / (fan_in + fan_out))),
        "kaiming_normal_": ({"nonlinearity": "relu"}, math.sqrt(2 / fan_in)),
        "kaiming_uniform_": ({"mode": "fan_out"}, math.sqrt(2 / fan_out)),
        "orthogonal_": ({}, math.sqrt(1 / fan_in)),
    }
    rows = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, (options, formula) in formulas.items():
            mine = Tensor(np.zeros(shape, np.float32))
            getattr(nn.init, name)(mine, **options, rng=seed)
            other = getattr(torch.nn.init, name)(torch.zeros(shape), **options).numpy()
            drawn = [
                float(np.sqrt(np.mean(np.square(w, dtype=np.float64))))
                for w in (mine.data, other)
            ]
            np.testing.assert_allclose(drawn, formula, rtol=0.02, err_msg=name)
            said = ", ".join(
                f"{key}={value:.3f}" if key == "gain" else f'{key}="{value}"'
                for key, value in options.items()
            )
            rows.append((f"{name}({said})", formula, *drawn))
    return Draws(tuple(rows))


CASES = (DeepReluCase(), ClippedStepsCase())
