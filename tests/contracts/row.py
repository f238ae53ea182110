"""Row: one function, called in one way, beside torch's."""

import inspect
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

import numpy as np
import torch

from dlbook import autograd, functional
from dlbook.autograd import Tensor
from tests.contracts.inputs import normal

# where we look a family's names up, and where torch has them
FAMILIES = {"Tensor": Tensor, "autograd": autograd, "functional": functional}
TORCH_FAMILIES = {
    "Tensor": "torch.Tensor",
    "autograd": "torch",
    "functional": "torch.nn.functional",
}
# torch's name where it is not ours
TORCH_NAMES = {
    "Tensor.astype": "torch.Tensor.to",
    "Tensor.clip": "torch.Tensor.clamp",
    "Tensor.max": "torch.Tensor.amax",
    "Tensor.min": "torch.Tensor.amin",
    "Tensor.pad": "torch.nn.functional.pad",
    "autograd.concatenate": "torch.cat",
    "functional.gru": "torch.gru",
    "functional.gru_cell": "torch.gru_cell",
    "functional.lstm": "torch.lstm",
    "functional.lstm_cell": "torch.lstm_cell",
    "functional.rnn": "torch.rnn_tanh",
    "functional.rnn_cell": "torch.rnn_tanh_cell",
    "functional.rotary_embedding": "torch.polar",  # no such function: a product
}
TORCH_OPTIONS = {
    "axis": "dim",
    "axis0": "dim0",
    "axis1": "dim1",
    "end_axis": "end_dim",
    "keepdims": "keepdim",
    "start_axis": "start_dim",
}


@dataclass(frozen=True, eq=False)
class Row:
    """One way to call one public function, and what torch does there.

    Parameters
    ----------
    name : str
        "Tensor.sum", "autograd.where", "functional.relu": what is under test.
    case : str
        What is particular about this row; with the name it is the row's id.
    inputs : tuple of shape or maker
        The differentiable arguments, and arrays of integers or booleans. A shape means
        standard normal numbers.
    options : dict
        Keyword arguments, also given to torch under its names. Arrays of floats take
        the dtype of the run.
    args : tuple
        Positional arguments after the inputs.
    theirs : callable, optional
        Takes torch tensors for the inputs. By default torch's function of the same
        name, called with the same arguments.
    call : callable, optional
        How to call the function where ``function(*inputs, *args, **options)`` is not
        the way: takes the function and the inputs.
    rtol, rtol32 : float
        The largest relative difference to torch in float64 and float32; a hundredth
        (a fifth) of it times the array's largest magnitude is allowed on top.
    smooth : bool
        Whether finite differences apply: not at kinks, ties and infinite values.
    warns : tuple of str
        Which of NumPy's warnings ("divide", "over", "invalid") this row provokes, as
        the same NumPy expression would. Elsewhere a warning is an error.
    """

    name: str
    case: str
    inputs: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    args: tuple[Any, ...] = ()
    theirs: Callable[..., Any] | None = None
    call: Callable[..., Any] | None = None
    rtol: float = 1e-10
    rtol32: float = 1e-5
    smooth: bool = True
    warns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.case}"

    @property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def torch_name(self) -> str:
        """Torch's name for the function, as a user would write it."""
        family, _, name = self.name.partition(".")
        return TORCH_NAMES.get(self.name, f"{TORCH_FAMILIES[family]}.{name}")

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function under test, looked up by its public name."""
        family, _, name = self.name.partition(".")
        found = getattr(FAMILIES[family], name)
        return found.fget if isinstance(found, property) else found

    def rng(self, stream: int = 0) -> np.random.Generator:
        """Return a generator of this row's own: rows do not shift each other.

        Stream 0 draws the inputs, and stream 1 the gradients of the outputs. From one
        stream the gradient would equal the first input, at which every
        normalization's gradient vanishes.
        """
        return np.random.default_rng([zlib.crc32(str(self).encode()), stream])

    def arrays(self, dtype: type = np.float64) -> list[np.ndarray]:
        """Return the inputs; those that hold floats in `dtype`."""
        rng = self.rng()
        made = [
            np.asarray((x if callable(x) else normal(*x))(rng)) for x in self.inputs
        ]
        return [as_type(array, dtype) for array in made]

    def ours(self, *tensors: Tensor, function: Callable | None = None) -> Any:
        """Call the function under test."""
        function = function or self.function
        if self.call:
            return self.call(function, *tensors)
        dtype = next((t.dtype for t in tensors if t.dtype.kind == "f"), np.float64)
        options = {key: as_type(value, dtype) for key, value in self.options.items()}
        return function(*tensors, *self.args, **options)

    def torchs(self, *tensors: torch.Tensor) -> Any:
        """Call torch's function."""
        if self.theirs:
            return self.theirs(*tensors)
        dtype = next((t.dtype for t in tensors if t.is_floating_point()), torch.float64)
        options = {
            TORCH_OPTIONS.get(key, key): torch.tensor(value).to(dtype)
            if isinstance(value, np.ndarray) and value.dtype.kind == "f"
            else value
            for key, value in self.options.items()
        }
        function = reduce(getattr, self.torch_name.split(".")[1:], torch)
        return function(*tensors, *self.args, **options)

    @cached_property
    def keywords(self) -> tuple[str, ...]:
        """Parameters that this row sets to another value than the default.

        Read from the call itself, so that a row cannot claim what it does not do.
        """
        signature = inspect.signature(self.function)
        seen: dict[str, None] = {}

        def recording(*args, **kwargs):
            for key, value in signature.bind(*args, **kwargs).arguments.items():
                if differs(value, signature.parameters[key].default):
                    seen[key] = None
            return self.function(*args, **kwargs)

        with np.errstate(all="ignore"):
            self.ours(*map(Tensor, self.arrays()), function=recording)
        return tuple(seen)


def differs(value: Any, default: Any) -> bool:
    """Return whether a parameter has a default, and `value` is another."""
    if value is default or default is inspect.Parameter.empty:
        return False
    simple = bool | int | float | str | np.generic
    return not (
        isinstance(value, simple) and isinstance(default, simple) and value == default
    )


def as_type(value: Any, dtype: type) -> Any:
    """Return an array of floats in `dtype`, anything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(dtype)
    return value
