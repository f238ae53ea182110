"""Layers on the way to integers: watched for calibration, rounded for training."""

from __future__ import annotations

import copy
from typing import Any

from dlbook.autograd import Tensor
from dlbook.compression.quantization.calibration import Observer
from dlbook.compression.quantization.fake_quantize import (
    FakeQuantize,
    fake_quantize_weight,
    require_one_grid,
)
from dlbook.compression.quantization.scheme import Scheme
from dlbook.nn import Embedding, Module

__all__ = ["ObservedLayer", "PreparedLayer", "RoundedLayer"]


class PreparedLayer(Module):
    """Base of the two: a layer inside, whose attributes can be read through it.

    Attributes
    ----------
    layer : Module
        Linear, a convolution or Embedding.
    """

    layer: Module

    def __getattr__(self, name: str) -> Any:
        """Return what the layer has, such as ``in_features``."""
        if name.startswith("_") or "layer" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self.layer, name)


class ObservedLayer(PreparedLayer):
    """A layer whose inputs are watched in evaluation mode; it works as before.

    Parameters
    ----------
    layer : Module
        An Embedding has integers as inputs, which are not watched.
    observer : Observer
        With one grid.

    Raises
    ------
    ValueError
        If the observer's scheme has several grids; when called, as
        `Observer.observe`.
    """

    def __init__(self, layer: Module, observer: Observer) -> None:
        require_one_grid(observer.scheme)
        self.layer = layer
        self.observer = observer

    def forward(self, x: Any) -> Tensor:
        """As the layer."""
        if not self.training and not isinstance(self.layer, Embedding):
            self.observer(x)
        return self.layer(x)


class RoundedLayer(PreparedLayer):
    """A layer that rounds its weight and its inputs, and is trained that way.

    Parameters
    ----------
    layer : Module
        Its weight stays in floats, which small steps can change.
    scheme : Scheme
        Of the weight, whose grids always just hold it.
    inputs : FakeQuantize or None
        None leaves the inputs as they are; those of an Embedding are integers.
    """

    def __init__(
        self, layer: Module, scheme: Scheme, inputs: FakeQuantize | None
    ) -> None:
        self.layer = layer
        self.scheme = scheme
        self.inputs = inputs

    @property
    def weight(self) -> Tensor:
        """The rounded weight; gradients reach the one in floats."""
        return fake_quantize_weight(self.layer.weight, self.scheme)

    def forward(self, x: Any) -> Tensor:
        """As the layer, with rounded weight and inputs."""
        rounded = copy.copy(self.layer)
        vars(rounded)["weight"] = self.weight  # in the place of the Parameter
        return rounded(x if self.inputs is None else self.inputs(x))
