"""Quantized models in files, whose size is what the integers take."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from dlbook.compression.quantization.exchanging import exchange_layers
from dlbook.compression.quantization.quantized_layers import (
    QuantizedLayer,
    quantized_layer,
)
from dlbook.compression.quantization.quantized_weight import QuantizedWeight
from dlbook.compression.quantization.scheme import Scheme
from dlbook.models.safetensors import (
    load_safetensors,
    safetensors_metadata,
    save_safetensors,
)
from dlbook.nn import Module

__all__ = ["load_quantized", "save_quantized"]

FORMAT = "dlbook-quantized-1"


def save_quantized(model: Module, path: str | os.PathLike[str]) -> int:
    """Write a model's Parameters and Buffers, and how its layers are quantized.

    A safetensors file: integers of b bits take b bits, and what several layers share is
    written once. A model in floats can be written, too, for comparison.

    Parameters
    ----------
    model : Module
        With or without quantized layers; not one that is only prepared.
    path : str or path-like

    Returns
    -------
    int
        The size of the file in bytes.

    Raises
    ------
    TypeError
        If `model` is no Module.
    OSError
        If the file cannot be written.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, got {type(model).__name__}")
    layers = {
        name: _description(layer)
        for name, layer in model.named_modules()
        if isinstance(layer, QuantizedLayer)
    }
    state = model.state_dict()
    stored = {name: state[name] for name in _once(model)}
    metadata = {"format": FORMAT, "layers": json.dumps(layers, separators=(",", ":"))}
    save_safetensors(stored, path, metadata=metadata)
    return Path(path).stat().st_size


def load_quantized(path: str | os.PathLike[str], model: Module) -> Module:
    """Read what `save_quantized` wrote.

    Parameters
    ----------
    path : str or path-like
    model : Module
        In floats, of the same structure; its values do not matter. It stays as it is.

    Returns
    -------
    Module
        A copy whose layers are quantized as in the file.

    Raises
    ------
    FileNotFoundError, SafetensorsError
        As `load_safetensors`.
    ValueError
        If the file is not one of `save_quantized`, or the model has other layers or
        sizes.
    """
    metadata = safetensors_metadata(path)
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"{path}: the format is {metadata.get('format')!r}, expected {FORMAT!r}: "
            "not written by save_quantized"
        )
    layers = json.loads(metadata["layers"])
    unused = set(layers)
    known: dict[int, QuantizedWeight] = {}

    def build(name, layer):
        if name not in layers:
            return None
        unused.discard(name)
        return _blank(layer, layers[name], known)

    result = exchange_layers(model, build)
    if unused:
        raise ValueError(f"{path}: the model has no layers {sorted(unused)}")
    missing, unexpected = result.load_state_dict(load_safetensors(path), strict=False)
    problems = sorted({*missing} & {*_once(result)}) + sorted(unexpected)
    if problems:
        raise ValueError(
            f"{path} does not fit this {type(model).__name__}: missing or unexpected "
            f"{problems}"
        )
    return result


def _once(model: Module) -> list[str]:
    """Return the names of what is saved, of what is shared the first name alone."""
    state = model.state_dict()
    named = [*model.named_parameters(), *model.named_buffers()]
    return [name for name, _ in named if name in state]


def _description(layer: QuantizedLayer) -> dict[str, Any]:
    activation = layer.activation and dataclasses.asdict(layer.activation)
    return {
        "weight": dataclasses.asdict(layer.quantized.scheme),
        "activation": activation,
        "static": layer.input_scale is not None,
    }


def _blank(
    layer: Module, description: dict[str, Any], known: dict[int, QuantizedWeight]
) -> QuantizedLayer:
    """Return a quantized layer whose values are to be read."""
    scheme = Scheme(**description["weight"])
    activation = description["activation"] and Scheme(**description["activation"])
    weight = layer.weight
    if id(weight) not in known:
        zeros = np.zeros(weight.shape, np.float32)
        known[id(weight)] = QuantizedWeight(scheme.quantize(zeros))
    grid = (np.float32(1), np.int32(0)) if description["static"] else None
    return quantized_layer(layer, known[id(weight)], activation, grid)
