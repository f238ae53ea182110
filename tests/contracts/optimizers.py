"""Optimizers: 100 steps beside torch's, from gradients that span six decades."""

import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
import torch

from dlbook import optim
from dlbook.autograd import Tensor
from tests.contracts.row import differs

STEPS = 100
SHAPES = ((3, 4), (), (5,), (2,))  # the last never gets a gradient


@dataclass(frozen=True, eq=False)
class OptimizerRow:
    """One optimizer with one set of options.

    Parameters
    ----------
    name : str
        "optim.SGD".
    case : str
        What is particular about this row.
    options : dict
        Keyword arguments, the same for torch.
    groups : tuple of dict
        Options of parameter groups: the first takes the first two parameters, the
        second the others.
    schedule : dict
        Options changed in the middle of the run, in every group.
    rtol, rtol32 : float
        Largest relative difference of a parameter after any step.
    """

    name: str
    case: str
    options: dict[str, Any] = field(default_factory=dict)
    groups: tuple[dict[str, Any], ...] = ()
    schedule: dict[str, Any] = field(default_factory=dict)
    rtol: float = 1e-10
    rtol32: float = 1e-4

    def __str__(self) -> str:
        return f"{self.name}: {self.case}"

    @property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def function(self) -> type:
        return getattr(optim, self.name.partition(".")[2])

    @property
    def torch_name(self) -> str:
        return f"torch.{self.name}"

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        """Options that this row sets to another value than the default."""
        parameters = inspect.signature(self.function).parameters
        given = self.options | {k: v for g in self.groups for k, v in g.items()}
        return tuple(k for k, v in given.items() if differs(v, parameters[k].default))

    def build(self, optimizer: type, parameters: list) -> Any:
        """Return ours or torch's optimizer over `parameters`."""
        if not self.groups:
            return optimizer(parameters, **self.options)
        first, second = self.groups
        return optimizer(
            [{"params": parameters[:2], **first}, {"params": parameters[2:], **second}],
            **self.options,
        )

    def change(self, optimizer: Any) -> None:
        """Apply the schedule, the same way in both libraries."""
        for group in optimizer.param_groups:
            group.update(self.schedule)


def starting_values(dtype: type) -> list[np.ndarray]:
    """Return the initial parameters."""
    rng = np.random.default_rng(0)
    return [np.asarray(rng.standard_normal(shape)).astype(dtype) for shape in SHAPES]


def gradients(dtype: type, steps: int = STEPS):
    """Yield one list of gradients a step, of sizes from 1e-3 to 1e3; some are None."""
    rng = np.random.default_rng(1)
    for step in range(steps):
        grads = [
            np.asarray(rng.standard_normal(s) * 10 ** rng.uniform(-3, 3, s)).astype(
                dtype
            )
            for s in SHAPES
        ]
        grads[3] = None
        if step % 7 == 3:
            grads[1] = None  # a parameter that takes no part in this step
        yield grads


def our_run(row: OptimizerRow, dtype: type = np.float64) -> list[list[np.ndarray]]:
    """Return the parameters after every step."""
    parameters = [Tensor(x, requires_grad=True) for x in starting_values(dtype)]
    optimizer = row.build(row.function, parameters)
    history = []
    for step, grads in enumerate(gradients(dtype)):
        if step == STEPS // 2:
            row.change(optimizer)
        for parameter, grad in zip(parameters, grads, strict=True):
            if grad is not None:
                grad.flags.writeable = False  # writing into a gradient raises
            parameter.grad = grad
        optimizer.step()
        history.append([p.data.copy() for p in parameters])
    return history


@cache
def torchs_run(row: OptimizerRow, dtype: type = np.float64) -> list[list[np.ndarray]]:
    """Return torch's parameters after every step."""
    parameters = [torch.tensor(x, requires_grad=True) for x in starting_values(dtype)]
    optimizer = row.build(getattr(torch.optim, row.name.partition(".")[2]), parameters)
    history = []
    with torchs_default_dtype(dtype):
        for step, grads in enumerate(gradients(dtype)):
            if step == STEPS // 2:
                row.change(optimizer)
            for parameter, grad in zip(parameters, grads, strict=True):
                parameter.grad = None if grad is None else torch.tensor(grad)
            optimizer.step()
            history.append([p.detach().numpy().copy() for p in parameters])
    return history


@contextlib.contextmanager
def torchs_default_dtype(dtype: type) -> Iterator[None]:
    """Let torch keep the numbers of an optimizer's state in `dtype`, too."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64 if dtype == np.float64 else torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def adam_rows(name):
    """Return the rows that Adam and AdamW share."""
    every = {
        "default options": {},
        "lr 0.1": {"lr": 0.1},
        "lr 0": {"lr": 0.0},
        "betas": {"lr": 0.01, "betas": (0.5, 0.75)},
        "betas 0: the sign of the gradient": {"lr": 0.01, "betas": (0.0, 0.0)},
        "a large eps": {"lr": 0.1, "eps": 0.5},
        "eps 0": {"lr": 0.1, "eps": 0.0},
        "amsgrad": {"lr": 0.1, "amsgrad": True, "betas": (0.9, 0.6)},
        "maximize": {"lr": 0.1, "maximize": True},
        "weight decay": {"lr": 0.1, "weight_decay": 0.3},
        "everything at once": {
            "lr": 0.1,
            "betas": (0.8, 0.7),
            "eps": 1e-3,
            "weight_decay": 0.2,
            "amsgrad": True,
            "maximize": True,
        },
        "a NumPy learning rate keeps float32": {
            "lr": np.float64(0.01),
            "betas": (np.float64(0.9), np.float64(0.99)),
            "weight_decay": np.float64(0.1),
        },
    }
    for case, options in every.items():
        yield OptimizerRow(name, case, options)
    yield OptimizerRow(
        name,
        "two groups",
        {"lr": 0.01},
        groups=({}, {"lr": 0.1, "betas": (0.7, 0.9), "weight_decay": 0.01}),
    )
    yield OptimizerRow(
        name,
        "options change",
        {"lr": 0.01},
        schedule={"lr": 0.001, "weight_decay": 0.1, "betas": (0.5, 0.9)},
    )


SGD = "optim.SGD"
ROWS = [
    OptimizerRow(SGD, "default options"),
    OptimizerRow(SGD, "lr 0.1", {"lr": 0.1}),
    OptimizerRow(SGD, "lr 0", {"lr": 0.0, "momentum": 0.9}),
    OptimizerRow(SGD, "momentum", {"lr": 0.01, "momentum": 0.9}),
    OptimizerRow(SGD, "momentum 1", {"lr": 0.01, "momentum": 1.0}),
    OptimizerRow(SGD, "dampening", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3}),
    OptimizerRow(SGD, "dampening 1", {"lr": 0.01, "momentum": 0.9, "dampening": 1.0}),
    OptimizerRow(SGD, "dampening alone does nothing", {"lr": 0.01, "dampening": 0.3}),
    OptimizerRow(SGD, "Nesterov", {"lr": 0.01, "momentum": 0.8, "nesterov": True}),
    OptimizerRow(SGD, "weight decay", {"lr": 0.01, "weight_decay": 0.1}),
    OptimizerRow(
        SGD,
        "weight decay and momentum",
        {"lr": 0.01, "weight_decay": 0.1, "momentum": 0.5, "dampening": 0.2},
    ),
    OptimizerRow(
        SGD,
        "weight decay and Nesterov",
        {"lr": 0.01, "weight_decay": 0.1, "momentum": 0.5, "nesterov": True},
    ),
    OptimizerRow(SGD, "maximize", {"lr": 0.01, "maximize": True}),
    OptimizerRow(
        SGD,
        "maximize, everything else too",
        {
            "lr": 0.01,
            "maximize": True,
            "weight_decay": 0.1,
            "momentum": 0.5,
            "nesterov": True,
        },
    ),
    OptimizerRow(
        SGD,
        "maximize with dampening",
        {"lr": 0.01, "maximize": True, "momentum": 0.5, "dampening": 0.25},
    ),
    OptimizerRow(
        SGD,
        "two groups",
        {"lr": 0.01, "momentum": 0.9},
        groups=({}, {"lr": 0.1, "momentum": 0.0, "weight_decay": 0.01}),
    ),
    OptimizerRow(
        SGD,
        "the learning rate changes",
        {"lr": 0.01, "momentum": 0.9},
        schedule={"lr": 0.001},
    ),
    OptimizerRow(
        SGD,
        "momentum is switched on",
        {"lr": 0.01},
        schedule={"momentum": 0.9, "weight_decay": 0.01},
    ),
    OptimizerRow(
        SGD,
        "a NumPy learning rate keeps float32",
        {"lr": np.float64(0.01), "momentum": np.float64(0.9)},
    ),
    *adam_rows("optim.Adam"),
    *adam_rows("optim.AdamW"),
    OptimizerRow("optim.Adam", "coupled decay", {"lr": 0.1, "weight_decay": 0.1}),
    OptimizerRow(
        "optim.Adam",
        "decoupled decay",
        {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
    OptimizerRow(
        "optim.Adam",
        "two kinds of decay",
        {"lr": 0.1, "weight_decay": 0.1},
        groups=({}, {"decoupled_weight_decay": True, "maximize": True}),
    ),
]
