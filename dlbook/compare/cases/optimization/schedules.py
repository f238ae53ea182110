"""Cases of the page on schedules: every rate beside torch's, and a one-cycle run."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Run, Shape, TrainingCase, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase
from dlbook.compare.difference import decade_above
from dlbook.compare.display import in_words, table
from dlbook.compare.torch_side import Skipped, import_torch, torch_is_installed
from dlbook.optim import lr_scheduler


class DigitsOneCycleCase(TrainingCase):
    """A network learns the digits with one cycle of the rate and of the momentum."""

    name = "digits-one-cycle"
    title = "One cycle on digits"
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
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        scheduler = lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.1, total_steps=len(batches)
        )
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(inputs)), labels)
            loss.backward()
            optimizer.step()
            scheduler.step()
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
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.1, total_steps=len(batches)
        )
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for batch in batches:
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)

    def our_call(self, size: Shape, dtype: DTypeLike) -> Callable[[], Any]:
        """Return a function that trains, from generated data."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng, generated=True)
        return lambda: self.ours(weights, batches)

    def their_call(
        self, size: Shape, dtype: DTypeLike, device: str
    ) -> Callable[[], Any]:
        """Return a function that trains with torch, from generated data."""
        rng = np.random.default_rng(0)
        weights, batches = self.problem(size, dtype, rng, generated=True)
        return lambda: self.theirs(weights, batches, device)


def warm_up_and_cosine(module: Any, optimizer: Any) -> Any:
    """Build a schedule of two parts, of dlbook or of torch."""
    parts = [
        module.LinearLR(optimizer, start_factor=0.1, total_iters=10),
        module.CosineAnnealingLR(optimizer, T_max=90),
    ]
    return module.SequentialLR(optimizer, parts, milestones=[10])


def warm_up_times_decay(module: Any, optimizer: Any) -> Any:
    """Build a schedule that is a product, of dlbook or of torch."""
    return module.ChainedScheduler(
        [module.LinearLR(optimizer), module.ExponentialLR(optimizer, gamma=0.95)]
    )


SCHEDULES: dict[str, dict[str, Any] | Callable[[Any, Any], Any]] = {
    "ConstantLR": {"factor": 0.1, "total_iters": 10},
    "LinearLR": {"start_factor": 0.1, "total_iters": 10},
    "StepLR": {"step_size": 30, "gamma": 0.3},
    "MultiStepLR": {"milestones": [50, 75]},
    "ExponentialLR": {"gamma": 0.97},
    "PolynomialLR": {"total_iters": 80, "power": 2.0},
    "CosineAnnealingLR": {"T_max": 40, "eta_min": 0.001},
    "CosineAnnealingWarmRestarts": {"T_0": 15, "T_mult": 2},
    "CyclicLR": {
        "base_lr": 0.01,
        "max_lr": 0.2,
        "step_size_up": 13,
        "mode": "triangular2",
    },
    "OneCycleLR": {"max_lr": 0.2, "total_steps": 100},
    "LambdaLR": {"lr_lambda": lambda t: 1 / (1 + t)},
    "MultiplicativeLR": {"lr_lambda": lambda t: 1 - 1 / (10 + t)},
    "SequentialLR": warm_up_and_cosine,
    "ChainedScheduler": warm_up_times_decay,
    "ReduceLROnPlateau": {"factor": 0.5, "patience": 3, "cooldown": 2},
}
"""Every schedule of torch, with options, or a function that builds it."""


def make_schedule(name: str, module: Any, optimizer: Any) -> Any:
    """Build the schedule `name` of `SCHEDULES` for an optimizer.

    Parameters
    ----------
    name : str
    module : module
        `dlbook.optim.lr_scheduler` or `torch.optim.lr_scheduler`.
    optimizer : Optimizer
        Of the same side.

    Returns
    -------
    LRScheduler
        Of that side.
    """
    recipe = SCHEDULES[name]
    if callable(recipe):
        return recipe(module, optimizer)
    return getattr(module, name)(optimizer, **recipe)


@dataclass(frozen=True)
class ScheduleAgreement:
    """Largest differences from torch's schedules; displays as a table.

    Attributes
    ----------
    steps : int
    rows : tuple of (str, float, float)
        Schedule; largest difference of a rate or a momentum, as a share of the largest,
        and the same of a run that was interrupted and resumed.
    """

    steps: int
    rows: tuple[tuple[str, float, float], ...]

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (name, *(in_words(decade_above(d, "float64")) for d in differences))
            for name, *differences in self.rows
        ]

    def _header(self) -> tuple[str, str, str]:
        return ("schedule", f"{self.steps} steps", "resumed in the middle")

    def __repr__(self) -> str:
        return "\n".join(", ".join(row) for row in [self._header(), *self._cells()])

    def _repr_markdown_(self) -> str:
        return table(self._header(), [(f"`{name}`", *d) for name, *d in self._cells()])


def compare_schedules(steps: int = 100) -> ScheduleAgreement | Skipped:
    """Let every schedule walk beside torch's, and compare the rate before each step.

    The optimizer is SGD with momentum 0.9 and a first rate of 0.1. `ReduceLROnPlateau`
    watches a loss that falls for a third of the steps and stays then. Our side runs
    twice: from the start to the end, and interrupted in the middle, where new objects
    take over the states of the optimizer and of the schedule.

    Parameters
    ----------
    steps : int, at least 2
        At most 100, which is how long the one cycle lasts.

    Returns
    -------
    ScheduleAgreement or Skipped
        Skipped without PyTorch.

    Raises
    ------
    AssertionError
        If a difference is larger than 1e-12.
    """
    if not torch_is_installed():
        return Skipped()
    torch = import_torch("compare_schedules")
    rows = []
    for name in SCHEDULES:
        other = torch.ones(1, requires_grad=True)
        theirs = _course(name, torch.optim, other, steps, restart=False)
        scale = np.abs(theirs).max(axis=0)
        pair = []
        for restart in (False, True):
            mine = Tensor(np.ones(1), requires_grad=True)
            ours = _course(name, optim, mine, steps, restart=restart)
            pair.append(float((np.abs(ours - theirs) / scale).max()))
        np.testing.assert_array_less(pair, 1e-12, err_msg=name)
        rows.append((name, pair[0], pair[1]))
    return ScheduleAgreement(steps, tuple(rows))


def _course(
    name: str, library: Any, parameter: Any, steps: int, *, restart: bool
) -> np.ndarray:
    """Return rate and momentum before every step, shape (steps, 2)."""

    def begin() -> tuple[Any, Any]:
        optimizer = library.SGD([parameter], lr=0.1, momentum=0.9)
        return optimizer, make_schedule(name, library.lr_scheduler, optimizer)

    optimizer, scheduler = begin()
    course = []
    for step in range(steps):
        if restart and step == steps // 2:
            saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
            optimizer, scheduler = begin()
            optimizer.load_state_dict(saved[0])
            scheduler.load_state_dict(saved[1])
        group = optimizer.param_groups[0]
        course.append((group["lr"], group["momentum"]))
        optimizer.step()
        if name == "ReduceLROnPlateau":
            scheduler.step(max(1 / (1 + step), 3 / steps))
        else:
            scheduler.step()
    return np.array(course)


def verbose_in_torch() -> str | Skipped:
    """Return what torch says to ``ReduceLROnPlateau(optimizer, verbose=True)``.

    Older versions of torch printed a message at every reduction.
    """
    if not torch_is_installed():
        return Skipped()
    torch = import_torch("verbose_in_torch")
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    try:
        torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, verbose=True)
    except TypeError as error:
        return f"TypeError: {error}"
    return "this version of torch accepts it"


CASES = (DigitsOneCycleCase(),)
