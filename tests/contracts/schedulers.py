"""Schedules of the learning rate: 70 steps beside torch's, with two optimizers."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import ModuleType
from typing import Any

import numpy as np
import torch

from dlbook import optim
from dlbook.autograd import Tensor
from dlbook.optim import lr_scheduler
from tests.contracts.row import differs

STEPS = 70
OPTIMIZERS = ("SGD", "Adam")
RATES = (0.1, 0.03)  # of the two groups


@dataclass(frozen=True, eq=False)
class SchedulerRow:
    """One scheduler with one set of options.

    Parameters
    ----------
    name : str
        "lr_scheduler.StepLR".
    case : str
        What is particular about this row.
    options : dict
        Keyword arguments, the same for torch.
    make : callable, optional
        Builds the scheduler from the module `lr_scheduler`, ours or torch's, and the
        optimizer; by default the one of that name with the options.
    arguments : callable, optional
        What `step` is given, from the number of the step.
    outside : dict
        Factors by which every rate is multiplied after a step by someone else.
    adds : tuple of str
        Keywords that `make` sets.
    kept : dict
        What the groups have kept where the schedule goes on, beside "initial_lr" only
        in torch.
    rtol : float
        Largest relative difference of a rate or momentum after any step.
    """

    name: str
    case: str
    options: dict[str, Any] = field(default_factory=dict)
    make: Callable[[ModuleType, Any], Any] | None = None
    arguments: Callable[[int], tuple[float, ...]] | None = None
    outside: dict[int, float] = field(default_factory=dict)
    adds: tuple[str, ...] = ()
    kept: dict[str, float] = field(default_factory=dict)
    rtol: float = 1e-12

    def __str__(self) -> str:
        return f"{self.name}: {self.case}"

    @property
    def family(self) -> str:
        return "lr_scheduler"

    @property
    def short_name(self) -> str:
        return self.name.partition(".")[2]

    @property
    def function(self) -> type:
        return getattr(lr_scheduler, self.short_name)

    @property
    def torch_name(self) -> str:
        return f"torch.optim.{self.name}"

    @property
    def rtol32(self) -> float:
        """Rates are Python floats whatever the weights are."""
        return self.rtol

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        """Options that this row sets to another value than the default."""
        parameters = inspect.signature(self.function).parameters
        defaults = {k: p.default for k, p in parameters.items()}
        given = [k for k, v in self.options.items() if differs(v, defaults[k])]
        return (*given, *self.adds)

    def build(self, module: ModuleType, optimizer: Any) -> Any:
        """Return ours or torch's scheduler of the optimizer."""
        if self.make is not None:
            return self.make(module, optimizer)
        options = copy.deepcopy(self.options)  # some have a state
        return getattr(module, self.short_name)(optimizer, **options)

    def optimizer(self, library: ModuleType, kind: str) -> Any:
        """Return ours or torch's optimizer with two groups."""
        groups = []
        for rate in RATES:
            if library is torch:
                parameter = torch.ones(2, requires_grad=True)
            else:
                parameter = Tensor(np.ones(2), requires_grad=True)
            groups.append({"params": [parameter], "lr": rate})
            if "last_epoch" in self.options:
                kept = {"initial_lr": 2 * rate} | self.kept
                names = kept if library is torch else ["initial_lr"]
                groups[-1] |= {name: kept[name] for name in names}
        options = {"momentum": 0.7} if kind == "SGD" else {}
        return getattr(library.optim, kind)(groups, **options)

    def advance(self, optimizer: Any, scheduler: Any, step: int) -> None:
        """Step both, and change the rates from outside where the row says so."""
        optimizer.step()
        scheduler.step(*([] if self.arguments is None else self.arguments(step)))
        for group in optimizer.param_groups:
            group["lr"] *= self.outside.get(step, 1.0)


def state_of(optimizer: Any, scheduler: Any) -> list[list[float]]:
    """Return what a schedule sets: the rates, and the momentum."""
    momentum = [
        [group["momentum"]] if "momentum" in group else list(group["betas"])
        for group in optimizer.param_groups
    ]
    rates = [group["lr"] for group in optimizer.param_groups]
    return [rates, scheduler.get_last_lr(), *momentum]


def our_run(row: SchedulerRow, kind: str) -> list[list[list[float]]]:
    """Return the rates before the first step and after each."""
    optimizer = row.optimizer(DLBOOK, kind)
    scheduler = row.build(lr_scheduler, optimizer)
    course = [state_of(optimizer, scheduler)]
    for step in range(STEPS):
        row.advance(optimizer, scheduler, step)
        course.append(state_of(optimizer, scheduler))
    return course


@cache
def torchs_run(row: SchedulerRow, kind: str) -> list[list[list[float]]]:
    """Return torch's rates before the first step and after each."""
    optimizer = row.optimizer(torch, kind)
    scheduler = row.build(torch.optim.lr_scheduler, optimizer)
    course = [state_of(optimizer, scheduler)]
    for step in range(STEPS):
        row.advance(optimizer, scheduler, step)
        course.append(state_of(optimizer, scheduler))
    return course


class DLBOOK:
    """As torch is a module with an attribute optim."""

    optim = optim


class Halving:
    """A function of the step with a state of its own."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, step: int) -> float:
        self.calls += 1
        return 0.5 ** (self.calls / 10)


class Remembering:
    """A scale that remembers what it was last given."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self, cycle: int) -> float:
        self.last = cycle
        return 1 / cycle


def rows(name: str, **cases: Any) -> list[SchedulerRow]:
    """Return one row for each set of options."""
    return [
        SchedulerRow(f"lr_scheduler.{name}", case.replace("_", " "), options)
        for case, options in cases.items()
    ]


def meddled(name: str, **options: Any) -> SchedulerRow:
    """Return a row in which someone else changes the rates, too."""
    return SchedulerRow(
        f"lr_scheduler.{name}",
        "someone else changes the rate",
        options,
        outside={3: 2.0, 17: 0.3, 40: 1.5},
    )


CYCLE = {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 7}
ROWS = [
    *rows(
        "StepLR",
        every_7_steps={"step_size": 7},
        every_step={"step_size": 1, "gamma": 0.9},
        gamma_0={"step_size": 20, "gamma": 0},
        gamma_above_1={"step_size": 9, "gamma": 1.5},
        goes_on={"step_size": 7, "last_epoch": 15},
    ),
    meddled("StepLR", step_size=7, gamma=0.5),
    *rows(
        "MultiStepLR",
        three={"milestones": [5, 20, 33]},
        out_of_order_and_twice={"milestones": (40, 12, 12), "gamma": 0.3},
        at_0={"milestones": [0, 9], "gamma": 0.3},
        none={"milestones": []},
        goes_on={"milestones": [5, 20, 33], "last_epoch": 9},
    ),
    meddled("MultiStepLR", milestones=[3, 4, 41], gamma=0.5),
    *rows(
        "ExponentialLR",
        decay={"gamma": 0.9},
        growth={"gamma": 1.1},
        gamma_0={"gamma": 0.0},
        gamma_1={"gamma": 1},
        goes_on={"gamma": 0.9, "last_epoch": 4},
    ),
    meddled("ExponentialLR", gamma=0.95),
    *rows(
        "ConstantLR",
        default_options={},
        ten_steps={"factor": 0.2, "total_iters": 10},
        one_step={"total_iters": 1},
        factor_1={"factor": 1},
        goes_on={"factor": 0.2, "total_iters": 10, "last_epoch": 3},
        goes_on_after_the_end={"total_iters": 10, "last_epoch": 13},
    ),
    meddled("ConstantLR", factor=0.25, total_iters=20),
    *rows(
        "LinearLR",
        default_options={},
        up={"start_factor": 0.01, "total_iters": 40},
        down={"start_factor": 1.0, "end_factor": 0.1, "total_iters": 50},
        to_0={"start_factor": 0.5, "end_factor": 0.0, "total_iters": 16},
        one_step={"total_iters": 1},
        goes_on={"total_iters": 30, "last_epoch": 11},
        goes_on_after_the_end={"total_iters": 10, "last_epoch": 13},
    ),
    meddled("LinearLR", start_factor=0.1, total_iters=50),
    *rows(
        "PolynomialLR",
        default_options={},
        square={"power": 2.0, "total_iters": 60},
        root={"power": 0.5, "total_iters": 30},
        power_0={"power": 0, "total_iters": 30},
        one_step={"total_iters": 1},
        goes_on={"total_iters": 50, "last_epoch": 11},
    ),
    meddled("PolynomialLR", power=0.9, total_iters=60),
    *rows(
        "CosineAnnealingLR",
        half_a_wave={"T_max": 100},
        several_waves={"T_max": 9},
        lowest_rate={"T_max": 13, "eta_min": 0.02},
        lowest_rate_above_the_rate={"T_max": 13, "eta_min": 0.05},
        one_step={"T_max": 1, "eta_min": 0.01},
        two_steps={"T_max": 2},
        goes_on={"T_max": 50, "last_epoch": 11},
    ),
    meddled("CosineAnnealingLR", T_max=15, eta_min=0.001),
    *rows(
        "CosineAnnealingWarmRestarts",
        one_period={"T_0": 100},
        equal_periods={"T_0": 9},
        every_step={"T_0": 1},
        longer_periods={"T_0": 5, "T_mult": 2, "eta_min": 0.01},
        three_times_as_long={"T_0": 2, "T_mult": 3},
        goes_on={"T_0": 50, "last_epoch": 11},
    ),
    meddled("CosineAnnealingWarmRestarts", T_0=10, T_mult=2),
    *(
        SchedulerRow(
            "lr_scheduler.CosineAnnealingWarmRestarts",
            f"fractions of a step, periods times {factor}",
            {"T_0": 4, "T_mult": factor, "eta_min": 0.001},
            arguments=lambda step: ((step + 1) / 3,),
        )
        for factor in (1, 2, 3)
    ),
    SchedulerRow(
        "lr_scheduler.CosineAnnealingWarmRestarts",
        "back and forth, whole steps between",
        {"T_0": 4, "T_mult": 2},
        arguments=lambda step: () if step % 3 else (abs(40.5 - step),),
    ),
    *rows(
        "CyclicLR",
        default_options={"base_lr": 0.01, "max_lr": 0.2},
        triangular=CYCLE,
        slower_down={**CYCLE, "step_size_down": 11},
        one_step_each={**CYCLE, "step_size_up": 1},
        triangular2={**CYCLE, "mode": "triangular2"},
        exp_range={**CYCLE, "mode": "exp_range", "gamma": 0.97},
        scale_of_the_cycle={**CYCLE, "scale_fn": lambda c: 1 / c},
        scale_of_the_step={
            **CYCLE,
            "scale_fn": lambda t: 0.9**t,
            "scale_mode": "iterations",
        },
        scale_with_a_state={**CYCLE, "scale_fn": Remembering()},
        a_scale_and_a_mode={**CYCLE, "scale_fn": lambda c: 0.5, "mode": "triangular2"},
        momentum_bounds={**CYCLE, "base_momentum": 0.5, "max_momentum": 0.99},
        momentum_stays={**CYCLE, "cycle_momentum": False},
        bounds_for_each_group={
            **CYCLE,
            "base_lr": [0.01, 0.02],
            "max_lr": [0.2, 0.1],
            "base_momentum": [0.5, 0.6],
            "max_momentum": [0.8, 0.9],
            "mode": "triangular2",
        },
    ),
    SchedulerRow(
        "lr_scheduler.CyclicLR",
        "goes on",
        CYCLE | {"last_epoch": 16},
        kept={"initial_lr": 0.01},
    ),
    meddled("CyclicLR", **CYCLE),
    *rows(
        "OneCycleLR",
        default_options={"max_lr": 0.5, "total_steps": 100},
        to_the_end={"max_lr": 0.5, "total_steps": 71},
        epochs_of_steps={"max_lr": 0.5, "epochs": 12, "steps_per_epoch": 6},
        linear={"max_lr": 0.5, "total_steps": 71, "anneal_strategy": "linear"},
        short_rise={"max_lr": 0.5, "total_steps": 80, "pct_start": 0.05},
        no_rise={"max_lr": 0.5, "total_steps": 80, "pct_start": 0.0},
        no_fall={"max_lr": 0.5, "total_steps": 72, "pct_start": 1.0},
        factors={
            "max_lr": 0.5,
            "total_steps": 71,
            "div_factor": 10,
            "final_div_factor": 100,
        },
        three_phases={"max_lr": 0.5, "total_steps": 71, "three_phase": True},
        three_straight_phases={
            "max_lr": 0.5,
            "total_steps": 71,
            "three_phase": True,
            "pct_start": 0.4,
            "anneal_strategy": "linear",
        },
        three_phases_without_the_last={
            "max_lr": 0.5,
            "total_steps": 71,
            "three_phase": True,
            "pct_start": 0.5,
        },
        momentum_bounds={
            "max_lr": 0.5,
            "total_steps": 71,
            "base_momentum": 0.5,
            "max_momentum": 0.99,
        },
        momentum_stays={"max_lr": 0.5, "total_steps": 71, "cycle_momentum": False},
        bounds_for_each_group={
            "max_lr": [0.5, 0.2],
            "total_steps": 71,
            "base_momentum": [0.5, 0.6],
            "max_momentum": [0.8, 0.9],
        },
    ),
    SchedulerRow(
        "lr_scheduler.OneCycleLR",
        "goes on",
        {"max_lr": 0.5, "total_steps": 90, "last_epoch": 16},
        kept={
            "initial_lr": 0.02,
            "max_lr": 0.5,
            "min_lr": 2e-6,
            "base_momentum": 0.85,
            "max_momentum": 0.95,
        },
    ),
    meddled("OneCycleLR", max_lr=0.5, total_steps=71),
    *rows(
        "LambdaLR",
        one_function={"lr_lambda": lambda t: 0.95**t},
        one_for_each_group={"lr_lambda": [lambda t: 1 / (1 + t), lambda t: 0.95**t]},
        with_a_state={"lr_lambda": Halving()},
        goes_on={"lr_lambda": lambda t: 0.95**t, "last_epoch": 5},
    ),
    meddled("LambdaLR", lr_lambda=lambda t: 0.95**t),
    *rows(
        "MultiplicativeLR",
        one_function={"lr_lambda": lambda t: 0.95},
        one_for_each_group={"lr_lambda": (lambda t: 0.9, lambda t: 1 - 1 / (2 + t))},
        goes_on={"lr_lambda": lambda t: 0.95, "last_epoch": 5},
    ),
    meddled("MultiplicativeLR", lr_lambda=lambda t: 0.95),
]
