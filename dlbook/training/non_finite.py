"""Stop at the first nan or infinity, and say where it arose."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from dlbook.autograd import Tensor, no_grad
from dlbook.nn import Module
from dlbook.training.forward_state import ForwardState

__all__ = ["FiniteGuard", "NonFiniteLossError"]

Batch = tuple[np.ndarray, np.ndarray]


class NonFiniteLossError(ArithmeticError):
    """A loss or a gradient is nan or infinite; raised before the step is made.

    Attributes
    ----------
    epoch, step : int
        Counted from 1; steps over the whole run.
    loss : float
        The loss of the batch.
    origin : str
        Where the first value arose that is not finite.
    """

    def __init__(self, *, epoch: int, step: int, loss: float, origin: str) -> None:
        super().__init__(
            f"epoch {epoch}, step {step}: the loss is {loss:.6g}. Not finite first: "
            f"{origin}. The model is as it was before this step."
        )
        self.epoch, self.step, self.loss, self.origin = epoch, step, loss, origin


class FiniteGuard:
    """Check losses and gradients of a model, and search when one is not finite.

    NumPy warns of an overflow wherever it happens, also where the result is right, and
    goes on. The guard looks at what counts and stops.

    Parameters
    ----------
    model : Module
    """

    def __init__(self, model: Module) -> None:
        self.model = model
        self._before = ForwardState(model)
        self._batches: list[Batch] = []

    def begin_step(self, epoch: int, step: int) -> None:
        """Remember what the model is like before a step."""
        self.epoch, self.step = epoch, step
        self._batches = []
        self._before.remember()

    def check_loss(self, value: float, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Raise if the loss of a batch is not finite.

        Raises
        ------
        NonFiniteLossError
            With the first origin found among inputs, targets, parameters, outputs of
            layers in the order of the forward pass, and the loss itself.
        """
        self._batches.append((inputs, targets))
        if not math.isfinite(value):
            origin = self._search(self._batches[-1:])
            self._stop(value, origin or "the loss itself, from finite outputs")

    def check_gradients(self, value: float) -> None:
        """Raise if the gradient of a parameter is not finite, though the loss is.

        Raises
        ------
        NonFiniteLossError
            With the origin in a forward pass, such as an infinite input whose tanh is
            1. If there is none, with the names of the parameters, last one first, as
            the backward pass meets them.
        """
        bad = [
            name
            for name, parameter in self.model.named_parameters()
            if parameter.grad is not None and not np.isfinite(parameter.grad).all()
        ]
        if bad:
            names = ", ".join(bad[:-4:-1]) + (", ..." if len(bad) > 3 else "")
            origin = self._search(self._batches)
            self._stop(value, origin or f"the gradient of {names}")

    def _search(self, suspects: Sequence[Batch]) -> str:
        """Run this step's batches again and look at the suspects; "" if all is well."""
        self._before.restore()
        earlier = self._batches[: len(self._batches) - len(suspects)]
        with no_grad():
            for inputs, _ in earlier:  # they change buffers and generators
                self.model(Tensor(inputs))
            origins = (_origin(self.model, *batch) for batch in suspects)
            return next(filter(None, origins), "")

    def _stop(self, value: float, origin: str) -> None:
        self._before.restore()
        raise NonFiniteLossError(
            epoch=self.epoch, step=self.step, loss=value, origin=origin
        )


def _origin(model: Module, inputs: np.ndarray, targets: np.ndarray) -> str:
    """Name the first values of a forward pass that are not finite."""
    parameters = ((f"parameter {n}", p.data) for n, p in model.named_parameters())
    for name, array in (("the inputs", inputs), ("the targets", targets), *parameters):
        if bad := _bad_values(array):
            return f"{name}, {bad}"
    found: list[str] = []

    def look(name: str, layer: Module, output: Any) -> None:
        for tensor in _tensors(output):
            bad = _bad_values(tensor.data)
            if bad and not found:
                place = f"layer {name}" if name else "the model"
                found.append(f"the output of {place} ({type(layer).__name__}), {bad}")

    with _watched(model, look):
        model(Tensor(inputs))
    return found[0] if found else ""


@contextmanager
def _watched(model: Module, look: Callable[[str, Module, Any], None]) -> Iterator[None]:
    """Call `look` with every output of every module, inner modules first."""
    own = [(module, vars(module).get("forward")) for module in model.modules()]
    for name, module in model.named_modules():

        def forward(*inputs, _name=name, _module=module, _forward=module.forward, **o):
            output = _forward(*inputs, **o)
            look(_name, _module, output)
            return output

        vars(module)["forward"] = forward  # found before the method of the class
    try:
        yield
    finally:
        for module, before in own:
            del vars(module)["forward"]
            if before is not None:
                vars(module)["forward"] = before


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, tuple | list):
        for part in output:
            yield from _tensors(part)


def _bad_values(array: Any) -> str:
    """Count what is not finite, and say where the first is; "" if all is well."""
    array = np.asarray(array.data if isinstance(array, Tensor) else array)
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ""
    places = np.argwhere(~np.isfinite(array))
    first = tuple(int(i) for i in places[0])
    return (
        f"of which {len(places)} of {array.size} values are not finite, "
        f"the first {array[first]} at {list(first)}"
    )
