"""Mixed precision: float32 master weights, forward and backward in half precision.

NumPy multiplies float16 matrices without BLAS, one number after the other, and has no
bfloat16. So half precision is emulated: every operation computes in float32 and its
result is rounded, which is what tensor cores do, who add up in float32 too. What a
fused operation keeps to itself, such as the variance inside a normalization, stays
float32. Numbers, overflow and underflow are those of half precision; memory and time
are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.autograd import Tensor, as_tensor
from dlbook.compression.float_formats import FLOAT16, FloatFormat
from dlbook.compression.loss_scaling import LossScaler
from dlbook.nn import Module, Parameter
from dlbook.optim import Optimizer

__all__ = [
    "MixedStep",
    "mixed_precision",
    "mixed_precision_step",
    "round_weights_",
    "rounded_results",
]

_from_op = Tensor.from_op  # before anyone exchanges it


@contextmanager
def rounded_results(float_format: FloatFormat = FLOAT16) -> Iterator[None]:
    """Within the block, round what every operation returns, and every gradient.

    All results pass through `Tensor.from_op`, which is exchanged for the while. A
    gradient is rounded where it enters an operation's `backward`, also if that runs
    after the block. A result that is a single number, such as the loss, stays float32,
    and so do inputs and weights that come from outside: see `mixed_precision`.

    Parameters
    ----------
    float_format : FloatFormat
        Of several blocks inside one another, the innermost counts.

    Notes
    -----
    For one thread: the exchange holds for the whole process.
    """
    before = Tensor.from_op
    Tensor.from_op = staticmethod(rounding_from_op(float_format))
    try:
        yield
    finally:
        Tensor.from_op = staticmethod(before)


def rounding_from_op(float_format: FloatFormat) -> Callable[..., Tensor]:
    """Return what takes the place of `Tensor.from_op` in `rounded_results`."""

    def rounded(array: np.ndarray) -> np.ndarray:
        if np.ndim(array) == 0 or array.dtype.kind != "f":
            return array
        return float_format.round(array)

    def from_op(
        data: np.ndarray, parents: tuple[Tensor, ...], backward: Any, op: str
    ) -> Tensor:
        def backward_of_rounded(grad_out):
            return backward(rounded(grad_out))

        return _from_op(rounded(data), parents, backward_of_rounded, op)

    return from_op


@contextmanager
def mixed_precision(
    model: Module, float_format: FloatFormat = FLOAT16
) -> Iterator[None]:
    """Within the block, let a model compute in half precision from its float32 weights.

    Every Parameter is exchanged for a rounded copy that remembers where it comes from:
    the copy's gradient, rounded, is added to the Parameter's, in float32. Afterwards
    the Parameters are back in their places. Buffers, such as the running statistics of
    batch normalization, stay float32.

    Parameters
    ----------
    model : Module
        With Parameters of float32 or float64.
    float_format : FloatFormat

    Examples
    --------
    >>> from dlbook import nn
    >>> layer = nn.Linear(2, 3, rng=np.random.default_rng(0))
    >>> with mixed_precision(layer):
    ...     y = layer(Tensor([[1.0, 2.0]]))
    >>> bool((y.data == y.data.astype(np.float16)).all()), layer.weight.dtype
    (True, dtype('float32'))
    """
    with rounded_results(float_format):
        exchanges = half_copies(model, float_format)
        try:
            for attributes, name, _, copy in exchanges:
                attributes[name] = copy  # the Module itself would refuse
            yield
        finally:
            for attributes, name, parameter, _ in exchanges:
                attributes[name] = parameter


def half_copies(
    model: Module, float_format: FloatFormat
) -> list[tuple[dict[str, Any], str, Any, Any]]:
    """Return rounded copies of a model's Parameters, and where they belong.

    Returns
    -------
    list of (attributes, name, value, copy)
        ``attributes[name]`` of a module is `value`, a Parameter or a list, tuple or
        dict with some; in `copy` each Parameter is exchanged. A Parameter that two
        modules share has one copy.
    """
    copies: dict[int, Tensor] = {}

    def half(value: Any) -> Any:
        if isinstance(value, Parameter):
            if id(value) not in copies:
                copies[id(value)] = round_tensor(value, float_format)
            return copies[id(value)]
        if isinstance(value, list | tuple) and any_parameter(value):
            return type(value)([half(item) for item in value])
        if isinstance(value, dict) and any_parameter(value.values()):
            return {key: half(item) for key, item in value.items()}
        return value

    def any_parameter(values: Iterable[Any]) -> bool:
        return any(isinstance(value, Parameter) for value in values)

    found = []
    for module in model.modules():
        for name, value in vars(module).items():
            copy = half(value)
            if copy is not value:
                found.append((vars(module), name, value, copy))
    return found


def round_tensor(x: Tensor, float_format: FloatFormat) -> Tensor:
    """Round the values going forward and the gradient coming back.

    Parameters
    ----------
    x : Tensor, any shape
    float_format : FloatFormat

    Returns
    -------
    Tensor, same shape
    """

    def backward(grad_out):
        return (float_format.round(grad_out),)

    return _from_op(float_format.round(x.data), (x,), backward, "round")


def round_weights_(model: Module, float_format: FloatFormat = FLOAT16) -> Module:
    """Round the Parameters themselves, in place: training without master weights.

    A step that is smaller than half the distance to the next number of the format is
    then lost.

    Parameters
    ----------
    model : Module
    float_format : FloatFormat

    Returns
    -------
    Module
        `model`.
    """
    for parameter in model.parameters():
        parameter.data[...] = float_format.round(parameter.data)
    return model


@dataclass(frozen=True)
class MixedStep:
    """What a step of `mixed_precision_step` did.

    Attributes
    ----------
    loss : float
        Of the batch, before the step, not scaled.
    made : bool
        False if the step was left out because a gradient was not finite.
    scale : float
        The scale it was tried with.
    """

    loss: float
    made: bool
    scale: float


def mixed_precision_step(
    model: Module,
    loss_function: Callable[[Tensor, Any], Tensor],
    optimizer: Optimizer,
    scaler: LossScaler,
    inputs: Any,
    targets: Any,
    *,
    float_format: FloatFormat = FLOAT16,
) -> MixedStep:
    """Make one training step in mixed precision.

    Parameters
    ----------
    model : Module
        Its Parameters are the master weights.
    loss_function : callable
        Takes the model's output and the targets, returns a single number.
    optimizer : Optimizer
        Of the model's Parameters.
    scaler : LossScaler or GradScaler
    inputs : array_like
        Rounded to the format, unless they are integers such as tokens.
    targets : array_like
        As the loss function takes them.
    float_format : FloatFormat

    Returns
    -------
    MixedStep

    References
    ----------
    Micikevicius et al. (2018), arXiv:1710.03740, figure 1.
    """
    inputs = as_tensor(inputs)
    if inputs.dtype.kind == "f":
        inputs = Tensor(float_format.round(inputs.data))
    scale = scaler.get_scale()
    optimizer.zero_grad()
    with (
        mixed_precision(model, float_format),
        np.errstate(over="ignore", invalid="ignore"),  # the scaler looks for it
    ):
        loss = loss_function(model(inputs), targets)
        value = loss.item()
        scaler.scale(loss).backward()
    made = scaler.step(optimizer)
    scaler.update()
    return MixedStep(value, made, scale)
