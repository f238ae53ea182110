"""Layers: built from the same arguments as torch's, given the same weights."""

import copy
import inspect
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from dlbook import nn
from tests.contracts.inputs import away, exactly, normal
from tests.contracts.row import TORCH_OPTIONS, as_type, differs

TORCH_NAMES: dict[str, str] = {}  # where torch's name is not ours


@dataclass(frozen=True, eq=False)
class LayerRow:
    """One layer with one set of options, and torch's.

    Parameters
    ----------
    name : str
        "nn.Linear".
    case : str
        What is particular about this row.
    inputs : tuple of shape or maker
        What it is called with.
    args, options : tuple, dict
        Arguments of the constructor, also given to torch's under its names.
    theirs : callable, optional
        Builds torch's module, where the same arguments do not.
    rtol, rtol32 : float
        As in `Row`.
    """

    name: str
    case: str
    inputs: tuple[Any, ...] = ()
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    theirs: Callable[[], torch.nn.Module] | None = None
    rtol: float = 1e-10
    rtol32: float = 3e-5

    def __str__(self) -> str:
        return f"{self.name}: {self.case}"

    @property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def function(self) -> type:
        return getattr(nn, self.name.partition(".")[2])

    @property
    def torch_name(self) -> str:
        name = self.name.partition(".")[2]
        return f"torch.nn.{TORCH_NAMES.get(name, name)}"

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        """Parameters that this row sets to another value than the default."""
        signature = inspect.signature(self.function)
        given = signature.bind(*self.args, **self.options).arguments
        return tuple(
            key
            for key, value in given.items()
            if differs(value, signature.parameters[key].default)
        )

    @cached_property
    def takes_rng(self) -> bool:
        return "rng" in inspect.signature(self.function).parameters

    def ours(self, seed: int = 0) -> nn.Module:
        """Build our module."""
        rng = {"rng": np.random.default_rng(seed)} if self.takes_rng else {}
        args = [as_type(copy.deepcopy(arg), np.float32) for arg in self.args]
        options = copy.deepcopy(self.options)  # may hold layers
        options = {k: as_type(v, np.float32) for k, v in options.items()}
        return self.function(*args, **{**rng, **options})

    def torchs(self) -> torch.nn.Module:
        """Build torch's module."""
        if self.theirs:
            return self.theirs()
        options = {
            TORCH_OPTIONS.get(key, key): torch.tensor(value, dtype=torch.float32)
            if isinstance(value, np.ndarray)
            else value
            for key, value in self.options.items()
            if key != "rng"
        }
        name = self.name.partition(".")[2]
        return getattr(torch.nn, TORCH_NAMES.get(name, name))(*self.args, **options)

    def arrays(self, dtype: type = np.float64) -> list[np.ndarray]:
        """Return the inputs."""
        rng = np.random.default_rng(0)
        made = [
            np.asarray((x if callable(x) else normal(*x))(rng)) for x in self.inputs
        ]
        return [as_type(array, dtype) for array in made]


def activation_rows():
    options = {
        "ELU": {"alpha": 0.5},
        "GELU": {"approximate": "tanh"},
        "Hardtanh": {"min_val": -0.5, "max_val": 2.0},
        "LeakyReLU": {"negative_slope": 0.2},
        "LogSoftmax": {"axis": 0},
        "Softmax": {"axis": 0},
        "Softplus": {"beta": 2.0, "threshold": 1.0},
    }
    plain = (
        "Hardsigmoid",
        "Hardswish",
        "Identity",
        "LogSigmoid",
        "ReLU",
        "ReLU6",
        "SELU",
        "SiLU",
        "Sigmoid",
        "Tanh",
    )
    x = away(4, 6, kinks=(0, -1, 1, 2, -0.5, 3, -3, 6))
    for name in (*options, *plain):
        theirs = None
        if name in ("Softmax", "LogSoftmax"):  # torch has no default axis

            def theirs(name=name):
                return getattr(torch.nn, name)(dim=-1)

        rtol = 1e-7 if name == "Hardsigmoid" else 1e-10  # torch's 1/6 is float32
        rtol32 = 1e-4 if name == "GELU" else 3e-5
        yield LayerRow(
            f"nn.{name}",
            "default options",
            (x,),
            theirs=theirs,
            rtol=rtol,
            rtol32=rtol32,
        )
        if name in options:
            case = ", ".join(f"{key} {value}" for key, value in options[name].items())
            yield LayerRow(
                f"nn.{name}", case, (x,), options=options[name], rtol32=rtol32
            )


def build(library):
    return library.Sequential(
        library.Linear(3, 4), library.ReLU(), library.Linear(4, 2, bias=False)
    )


ROWS = [
    *activation_rows(),
    LayerRow("nn.Linear", "with bias", ((5, 3),), (3, 2)),
    LayerRow("nn.Linear", "without bias", ((5, 3),), (3, 2), {"bias": False}),
    LayerRow("nn.Linear", "seeded by an int", ((2, 4, 3),), (3, 2), {"rng": 7}),
    LayerRow("nn.Linear", "square", ((3,),), (3, 3)),
    LayerRow("nn.Identity", "integers", (exactly(1, 2, dtype=int),)),
    LayerRow(
        "nn.Sequential",
        "three layers",
        ((5, 3),),
        (nn.Linear(3, 4, rng=0), nn.ReLU(), nn.Linear(4, 2, bias=False, rng=1)),
        theirs=lambda: build(torch.nn),
    ),
    LayerRow(
        "nn.Sequential",
        "named layers",
        ((5, 3),),
        ({"first": nn.Linear(3, 3, rng=0), "act": nn.Tanh()},),
        theirs=lambda: torch.nn.Sequential(
            OrderedDict(first=torch.nn.Linear(3, 3), act=torch.nn.Tanh())
        ),
    ),
    LayerRow("nn.Sequential", "empty", ((5, 3),)),
]
