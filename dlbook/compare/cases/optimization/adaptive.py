"""Cases of the page on adaptive steps: every optimizer beside torch's, and its time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, Run, Shape, TrainingCase, Weights
from dlbook.compare.cases.optimization.gradient_descent import DigitsNesterovCase
from dlbook.compare.difference import decade_above
from dlbook.compare.display import in_words, table
from dlbook.compare.machine import cpu_name
from dlbook.compare.passes import count_passes
from dlbook.compare.timing import in_seconds, threads, time_both, time_call
from dlbook.compare.torch_side import (
    Skipped,
    best_device,
    import_torch,
    to_torch,
    torch_is_installed,
)

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    "Adagrad": {"lr_decay": 0.01, "initial_accumulator_value": 0.1},
    "RMSprop": {"centered": True, "momentum": 0.9},
    "Adadelta": {"rho": 0.95},
    "Adam": {"amsgrad": True},
    "AdamW": {"betas": (0.8, 0.99)},
    "NAdam": {"momentum_decay": 0.01},
    "RAdam": {"betas": (0.8, 0.99)},
    "Adamax": {"betas": (0.8, 0.99)},
}
"""The nine optimizers, each with options to try beside a weight decay of 0.01."""


class DigitsAdamWCase(DigitsNesterovCase):
    """A network learns the digits with AdamW and AMSGrad."""

    name = "digits-adamw"
    title = "AdamW with AMSGrad on digits"

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.AdamW(
            model.parameters(), lr=0.005, weight_decay=0.1, amsgrad=True
        )
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
        optimizer = torch.optim.AdamW(
            model.parameters(), lr=0.005, weight_decay=0.1, amsgrad=True
        )
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


class StepsCase(TrainingCase):
    """Steps of one optimizer on four matrices, each pulled to a moving target.

    What is timed is one step alone, from gradients that are there already.

    Attributes
    ----------
    kind : str
        Name of the optimizer in dlbook and in torch.
    options : dict
        For both.
    fused : bool
        Whether torch shall do the whole step in one pass over memory.
    """

    axes = ("side of four square matrices", "steps")
    sizes = ((6, 20), (512, 1))
    bench_size = (512, 1)
    kind: ClassVar[str]
    options: ClassVar[dict[str, Any]] = {"lr": 0.01}
    fused: ClassVar[bool] = False

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = True,
    ) -> tuple[Weights, Batches]:
        """Draw four matrices, and for every step a scale and a target."""
        side, steps = size
        weights = {
            f"weight{i}": rng.standard_normal((side, side)).astype(dtype)
            for i in range(4)
        }
        batches = [
            (rng.uniform(0.5, 2, side), rng.standard_normal(side)) for _ in range(steps)
        ]
        return weights, [(s.astype(dtype), t.astype(dtype)) for s, t in batches]

    @classmethod
    def ours(cls, weights: Weights, batches: Batches) -> Run:
        """Take a step for every batch with dlbook's optimizer."""
        parameters = [Tensor(w.copy(), requires_grad=True) for w in weights.values()]
        optimizer = getattr(optim, cls.kind)(parameters, **cls.options)
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

    @classmethod
    def theirs(cls, weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Take the same steps with torch's optimizer."""
        parameters = [
            to_torch(w.copy(), device, requires_grad=True) for w in weights.values()
        ]
        optimizer = cls.torch_optimizer(parameters, cls.fused)
        losses = []
        for batch in batches:
            scale, target = (to_torch(array, device) for array in batch)
            optimizer.zero_grad()
            loss = sum((scale * (weight - target) ** 2).mean() for weight in parameters)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = [p.detach().cpu().numpy() for p in parameters]
        return Run(np.array(losses), dict(zip(weights, final, strict=True)))

    @classmethod
    def torch_optimizer(cls, parameters: list[Any], fused: bool) -> Any:
        """Return torch's optimizer, as it comes or fused."""
        kind = getattr(import_torch("StepsCase").optim, cls.kind)
        return kind(parameters, **cls.options, **({"fused": True} if fused else {}))

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that takes the steps, gradients given."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng)
        parameters = [Tensor(w, requires_grad=True) for w in weights.values()]
        for parameter in parameters:
            parameter.grad = rng.standard_normal(parameter.shape).astype(dtype)
        optimizer = getattr(optim, self.kind)(parameters, **self.options)
        return lambda: [optimizer.step() for _ in batches]

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str, fused: bool | None = None
    ) -> Callable[[], Any]:
        """Return a function that takes the same steps with torch."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng)
        parameters = [to_torch(w, device, requires_grad=True) for w in weights.values()]
        for parameter in parameters:
            grad = rng.standard_normal(tuple(parameter.shape)).astype(dtype)
            parameter.grad = to_torch(grad, device)
        fused = self.fused if fused is None else fused
        optimizer = self.torch_optimizer(parameters, fused)
        return lambda: [optimizer.step() for _ in batches]

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read parameters, gradients and state; write parameters and state."""
        traffic = count_passes(self.kind, **self.options)
        values = 4 * size[0] ** 2 * np.dtype(dtype).itemsize
        return Cost(0, self.units(size) * traffic.least * values)


class AdagradStepCase(StepsCase):
    """AdaGrad on a million parameters."""

    name = "adagrad-step"
    title = "Adagrad, a step"
    kind = "Adagrad"


class RMSpropStepCase(StepsCase):
    """RMSProp on a million parameters."""

    name = "rmsprop-step"
    title = "RMSprop, a step"
    kind = "RMSprop"


class FusedAdamStepCase(StepsCase):
    """Adam on a million parameters; torch's side fused."""

    name = "adam-fused-step"
    title = "Adam, a step; torch fused"
    kind = "Adam"
    fused = True


@dataclass(frozen=True)
class Agreement:
    """Largest differences from torch over many steps; displays as a table.

    Attributes
    ----------
    steps : int
    rows : tuple of (str, float, float)
        Optimizer; largest difference with the default options, and with others, each
        as a share of the largest parameter.
    """

    steps: int
    rows: tuple[tuple[str, float, float], ...]

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (name, *(in_words(decade_above(d, "float64")) for d in differences))
            for name, *differences in self.rows
        ]

    def __repr__(self) -> str:
        return "\n".join(", ".join(row) for row in [_AGREEMENT, *self._cells()])

    def _repr_markdown_(self) -> str:
        return table(_AGREEMENT, [(f"`{name}`", *d) for name, *d in self._cells()])


_AGREEMENT = ("optimizer", "as it comes", "decay and other options")


def compare_optimizers(steps: int = 100, *, seed: int = 0) -> Agreement | Skipped:
    """Let every optimizer walk beside torch's, and compare the places after each step.

    Forty weights with curvatures from 0.01 to 10 follow a target that moves at every
    step. Each side computes its gradients where it stands, so that a deviation would
    grow. float64; torch's default dtype is set to it meanwhile, because `NAdam` there
    keeps a product in the default dtype.

    Parameters
    ----------
    steps : int
    seed : int

    Returns
    -------
    Agreement or Skipped
        Skipped without PyTorch.

    Raises
    ------
    AssertionError
        If a difference is larger than 1e-12.
    """
    if not torch_is_installed():
        return Skipped()
    torch = import_torch("compare_optimizers")
    rng = np.random.default_rng(seed)
    curvature = np.geomspace(0.01, 10, 40)
    start, targets = rng.standard_normal(40), rng.standard_normal((steps, 40))

    def difference(name: str, options: dict[str, Any]) -> float:
        mine = Tensor(start.copy(), requires_grad=True)
        other = torch.tensor(start, requires_grad=True)
        ours = getattr(optim, name)([mine], **options)
        theirs = getattr(torch.optim, name)([other], **options)
        largest = 0.0
        for target in targets:
            mine.grad = curvature * (mine.data - target)
            place = other.detach().numpy()
            other.grad = torch.from_numpy(curvature * (place - target))
            ours.step()
            theirs.step()
            scale = np.abs(place).max()
            largest = max(largest, float(np.abs(mine.data - place).max() / scale))
        return largest

    rows = []
    with _default_dtype(torch, torch.float64):
        for name, options in OPTIMIZERS.items():
            bare = {"lr": options["lr"]} if "lr" in options else {}
            pair = [
                difference(name, chosen)
                for chosen in (bare, options | {"weight_decay": 0.01})
            ]
            np.testing.assert_array_less(pair, 1e-12, err_msg=name)
            rows.append((name, *pair))
    return Agreement(steps, tuple(rows))


@contextlib.contextmanager
def _default_dtype(torch: Any, dtype: Any) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@dataclass(frozen=True)
class StepTimes:
    """Times of one step on a million float32 parameters; displays as a table.

    Attributes
    ----------
    rows : tuple of tuple of str
        Optimizer, passes, arrays moved, and the times of both sides.
    caption : str
    """

    rows: tuple[tuple[str, ...], ...]
    caption: str

    def __repr__(self) -> str:
        return "\n".join(", ".join(row) for row in [_TIMES, *self.rows])

    def _repr_markdown_(self) -> str:
        return f"{table(_TIMES, self.rows)}\n\n{self.caption}"


_TIMES = (
    "optimizer",
    "passes",
    "arrays moved",
    "in one pass",
    "dlbook",
    "torch",
    "torch, fused",
    "torch, GPU",
)


def speed_of_steps(
    size: Shape = (512, 1), *, rounds: int = 7, min_time: float = 0.005
) -> StepTimes:
    """Measure a step of AdaGrad, RMSProp and Adam, ours, torch's, and torch's fused.

    One thread; dlbook and torch in turns. Without PyTorch its columns say so; without a
    GPU, and without a recorded measurement, that column says "not measured". RMSprop
    has no fused step in torch.

    Parameters
    ----------
    size : (int, int)
        Side of the four matrices, and steps in a call.
    rounds, min_time
        As in `time_call`.

    Returns
    -------
    StepTimes
        For a cell tagged ``nbval-ignore-output``.
    """
    options: dict[str, Any] = {"rounds": rounds, "min_time": min_time}
    rows = []
    with threads(1):
        for case in STEPS:
            ours = case.our_call(size, np.float32)
            traffic = count_passes(case.kind, **case.options)
            times = [_gpu(case, size, options)]
            if torch_is_installed():
                plain = case.their_call(size, np.float32, "cpu", False)
                mine, other, _ = time_both(ours, plain, **options)
                times = [in_seconds(other.median / size[1]), "none", *times]
                if case.kind != "RMSprop":
                    fused = case.their_call(size, np.float32, "cpu", True)
                    timing = time_both(ours, fused, **options)[1]
                    times[1] = in_seconds(timing.median / size[1])
            else:
                mine = time_call(ours, **options)
                times = ["not installed", "not installed", *times]
            counts = traffic.passes, traffic.moved, traffic.least
            rows.append(
                (
                    f"`{case.kind}`",
                    *map(str, counts),
                    in_seconds(mine.median / size[1]),
                    *times,
                )
            )
    caption = (
        f"One step on {4 * size[0] ** 2:,} parameters, float32, median of {rounds} "
        f"rounds; {cpu_name()}, 1 thread. Passes are NumPy operations on whole "
        "arrays; moved are the arrays that they read or write. Your times will differ."
    )
    return StepTimes(tuple(rows), caption)


def _gpu(case: StepsCase, size: Shape, options: dict[str, Any]) -> str:
    if torch_is_installed() and best_device() != "cpu":
        call = case.their_call(size, np.float32, "cuda")
        timing = time_call(call, device="cuda", **options)
        return in_seconds(timing.median / size[1])
    from dlbook.compare.recording import recorded_on_gpu  # it imports the cases

    recorded = recorded_on_gpu(case.name, size)
    if recorded is None:
        return "not measured"
    return (
        f"{in_seconds(recorded.timing.median)} ({recorded.gpu}, recorded "
        f"{recorded.date})"
    )


STEPS = (AdagradStepCase(), RMSpropStepCase(), FusedAdamStepCase())
CASES = (DigitsAdamWCase(), *STEPS)
