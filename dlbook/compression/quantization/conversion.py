"""From a model in floats to one in integers: three ways, each on a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dlbook.autograd import Tensor, no_grad
from dlbook.compression.quantization.calibration import (
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    Observer,
)
from dlbook.compression.quantization.exchanging import exchange_layers
from dlbook.compression.quantization.fake_quantize import FakeQuantize
from dlbook.compression.quantization.prepared_layers import (
    ObservedLayer,
    PreparedLayer,
    RoundedLayer,
)
from dlbook.compression.quantization.quantized_layers import quantized_layer
from dlbook.compression.quantization.quantized_weight import QuantizedWeight
from dlbook.compression.quantization.scheme import ACTIVATIONS, WEIGHTS, Scheme
from dlbook.nn import Conv1d, Conv2d, Conv3d, Embedding, Linear, Module

__all__ = [
    "calibrate",
    "convert",
    "prepare",
    "prepare_qat",
    "quantize_dynamic",
    "quantize_weights",
]

KINDS = (Linear, Conv1d, Conv2d, Conv3d, Embedding)
MakeObserver = Callable[[Scheme], Observer]


def quantize_weights(
    model: Module,
    scheme: Scheme = WEIGHTS,
    *,
    observer: MakeObserver = MinMaxObserver,
    skip: Iterable[str] = (),
) -> Module:
    """Store weights as integers, and compute with floats.

    Saves memory alone; with groups of 4 bits the usual choice for language models.

    Parameters
    ----------
    model : Module
        Its linear layers, convolutions and embeddings are exchanged in a copy; layers
        that share a Parameter share its integers. It stays as it is.
    scheme : Scheme
        Of the weights.
    observer : callable
        Makes the observer that finds a weight's grids, of the scheme: `MinMaxObserver`,
        or ``lambda scheme: MSEObserver(scheme, most=10_000)``.
    skip : iterable of str
        Names of layers that stay floats, or of modules all of whose layers do.

    Returns
    -------
    Module

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If there is no layer to exchange, a name in `skip` is none of a module, a weight
        does not fit the scheme, or is pruned with a mask still on it.
    """
    return quantize_dynamic(
        model, weight=scheme, activation=None, observer=observer, skip=skip
    )


def quantize_dynamic(
    model: Module,
    *,
    weight: Scheme = WEIGHTS,
    activation: Scheme | None = ACTIVATIONS,
    observer: MakeObserver = MinMaxObserver,
    skip: Iterable[str] = (),
) -> Module:
    """Store weights as integers, and round every batch of inputs to a grid of its own.

    Needs no data. torch's ``ao.quantization.quantize_dynamic``.

    Parameters
    ----------
    model, observer, skip
        As for `quantize_weights`.
    weight : Scheme
    activation : Scheme or None
        Of the inputs: one grid, or with ``axis=0`` one for each row (each token). None
        leaves them floats.

    Returns
    -------
    Module

    Raises
    ------
    TypeError, ValueError
        As `quantize_weights`.
    """
    weights = _Weights(observer)

    def build(_, layer):
        return quantized_layer(layer, weights.quantized(layer, weight), activation)

    return _exchange(model, build, skip)


def prepare(
    model: Module,
    *,
    activation: Scheme = ACTIVATIONS,
    observer: MakeObserver = MinMaxObserver,
    skip: Iterable[str] = (),
) -> Module:
    """Put an observer before every layer: the first step of static quantization.

    Then `calibrate` with typical inputs, then `convert`. torch's
    ``ao.quantization.prepare``.

    Parameters
    ----------
    model, skip
        As for `quantize_weights`.
    activation : Scheme
        Of the inputs, with one grid.
    observer : callable
        Makes an observer of this scheme for the inputs of each layer.

    Returns
    -------
    Module
        A copy with `ObservedLayer`s.

    Raises
    ------
    TypeError, ValueError
        As `quantize_weights`; ValueError also if the scheme has several grids.
    """
    return _exchange(
        model, lambda _, layer: ObservedLayer(layer, observer(activation)), skip
    )


def calibrate(model: Module, batches: Iterable[Any]) -> None:
    """Show a prepared model some inputs, in evaluation mode and without a graph.

    Parameters
    ----------
    model : Module
        From `prepare`.
    batches : iterable of ndarray or Tensor
        Inputs alone; some hundred typical examples in all.

    Raises
    ------
    ValueError
        If there is no batch; or as `Observer.observe`.
    """
    modes = [(module, module.training) for module in model.modules()]
    seen = False
    try:
        model.eval()
        with no_grad():
            for inputs in batches:
                model(Tensor(inputs) if isinstance(inputs, np.ndarray) else inputs)
                seen = True
    finally:
        for module, training in modes:
            module.training = training
    if not seen:
        raise ValueError("calibrate: there is no batch")


def prepare_qat(
    model: Module,
    *,
    weight: Scheme = WEIGHTS,
    activation: Scheme | None = ACTIVATIONS,
    observer: MakeObserver = MovingAverageMinMaxObserver,
    skip: Iterable[str] = (),
) -> Module:
    """Let every layer round its weight and inputs, to be trained that way.

    Quantization-aware training: train the result as any model, then `convert` it.
    torch's ``ao.quantization.prepare_qat``. Where there is batch normalization, call
    `fold_batch_norm` first.

    Parameters
    ----------
    model, skip
        As for `quantize_weights`.
    weight : Scheme
    activation : Scheme or None
        Of the inputs, with one grid; None leaves them floats.
    observer : callable
        Makes an observer of this scheme for the inputs of each layer.

    Returns
    -------
    Module
        A copy with `RoundedLayer`s, in the same mode, whose Parameters an optimizer is
        to be made for.

    Raises
    ------
    TypeError, ValueError
        As `quantize_weights`; ValueError also if the scheme of the inputs has several
        grids.
    """

    def build(_, layer):
        without = activation is None or isinstance(layer, Embedding)
        inputs = None if without else FakeQuantize(observer(activation))
        return RoundedLayer(layer, weight, inputs)

    return _exchange(model, build, skip)


def convert(
    model: Module,
    *,
    weight: Scheme = WEIGHTS,
    observer: MakeObserver = MinMaxObserver,
) -> Module:
    """Turn a calibrated or a quantization-aware model into one of integers.

    torch's ``ao.quantization.convert``.

    Parameters
    ----------
    model : Module
        From `prepare` and `calibrate`, or from `prepare_qat` and training.
    weight : Scheme
        Of the weights of a model from `prepare`; one from `prepare_qat` keeps the
        scheme that it was trained with.
    observer : callable
        For the weights of a model from `prepare`, as for `quantize_weights`.

    Returns
    -------
    Module
        A copy with static grids for the inputs.

    Raises
    ------
    TypeError
        If `model` is no Module.
    ValueError
        If the model was not prepared, or a weight does not fit the scheme.
    RuntimeError
        If an observer has seen nothing; the message names its layer.
    """
    weights, as_trained = _Weights(observer), _Weights(MinMaxObserver)

    def build(name, module):
        layer = module.layer
        if isinstance(module, RoundedLayer):
            quantized = as_trained.quantized(layer, module.scheme)
            watching = module.inputs and module.inputs.observer
        else:
            quantized = weights.quantized(layer, weight)
            watching = module.observer
        if watching is None or isinstance(layer, Embedding):
            return quantized_layer(layer, quantized, None)
        try:
            grid = watching.calculate_qparams()
        except RuntimeError as error:
            raise RuntimeError(f"convert: {name}: {error}") from error
        return quantized_layer(layer, quantized, watching.scheme, grid)

    return _exchange(model, build, (), (ObservedLayer, RoundedLayer))


class _Weights:
    """Quantizes each Parameter once: layers that share it share its integers."""

    def __init__(self, observer: MakeObserver) -> None:
        self.observer = observer
        self.known: dict[int, tuple[Tensor, QuantizedWeight]] = {}

    def quantized(self, layer: Module, scheme: Scheme) -> QuantizedWeight:
        weight = layer.weight
        if id(weight) not in self.known:
            observer = self.observer(scheme)
            observer.observe(weight.data)
            quantized = QuantizedWeight(observer.quantize(weight.data))
            self.known[id(weight)] = weight, quantized
        return self.known[id(weight)][1]


def _exchange(
    model: Module,
    build: Callable[[str, Module], Module],
    skip: Iterable[str],
    kinds: tuple[type[Module], ...] = KINDS,
) -> Module:
    """Return a copy of a model in which the layers of these kinds are exchanged."""
    skip = [skip] if isinstance(skip, str) else list(skip)
    found = []

    def build_some(name, module):
        if any(name == part or name.startswith(f"{part}.") for part in skip):
            return module
        if isinstance(module, PreparedLayer) and kinds is KINDS:
            raise ValueError(f"{name or 'model'} is prepared already; convert it")
        if isinstance(module, KINDS) and "weight" not in vars(module):
            raise ValueError(f"{name}: remove its masks before it is quantized")
        if type(module) not in kinds:
            return None
        found.append(name)
        return build(name, module)

    if isinstance(model, Module):  # else exchange_layers says what is wrong
        unknown = set(skip) - {name for name, _ in model.named_modules()}
        if unknown:
            raise ValueError(f"skip: the model has no module {sorted(unknown)}")
    result = exchange_layers(model, build_some)
    if not found:
        names = ", ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"{type(model).__name__} has no layer to exchange: {names}")
    return result
