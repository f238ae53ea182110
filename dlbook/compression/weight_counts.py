"""Which weights of a model can be pruned, and how many of them are 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from dlbook.compression.masks import effective, masked_names, original
from dlbook.nn import Module, Parameter

__all__ = ["WeightCount", "count_weights", "prunable", "sparsity"]


class WeightCount(NamedTuple):
    """How many weights a parameter has, and how many are not 0."""

    nonzero: int
    size: int


def prunable(model: Module, *, skip: Iterable[str] = ()) -> list[tuple[Module, str]]:
    """Return the parameters of a model that are worth pruning: the weight matrices.

    Parameters
    ----------
    model : Module
    skip : iterable of str
        Names of layers or parameters to leave out, for example ``["fc3"]``.

    Returns
    -------
    list of (Module, str)
        Each Parameter with at least two axes, as a pair of its layer and its name:
        weights of linear, convolutional and recurrent layers and embeddings; no biases
        and no scales of normalizations. Left out is what several layers share, since a
        mask belongs to one layer.

    Raises
    ------
    TypeError
        If `skip` is a single str.
    ValueError
        If a name of `skip` is not that of a layer or parameter.
    """
    if isinstance(skip, str):
        raise TypeError(f"skip must be an iterable of names, got the str {skip!r}")
    skip = set(skip)
    places = {
        f"{path}.{name}".removeprefix("."): (module, name)
        for path, module in model.named_modules()
        for name in _own_names(module)
    }
    for unknown in skip - set(places) - {path for path, _ in model.named_modules()}:
        raise ValueError(f"skip: {unknown!r} is no layer or parameter of the model")
    shared = Counter(id(original(*place)) for place in places.values())
    return [
        place
        for full, place in places.items()
        if original(*place).ndim >= 2
        and shared[id(original(*place))] == 1
        and not any(f"{full}.".startswith(f"{name}.") for name in skip)
    ]


def _own_names(module: Module) -> list[str]:
    """Return the names of a layer's own Parameters, masked ones without "_orig"."""
    names = [n for n, value in vars(module).items() if isinstance(value, Parameter)]
    masked = masked_names(module)
    return [n.removesuffix("_orig") if n[:-5] in masked else n for n in names]


def count_weights(parameters: Iterable[tuple[Module, str]]) -> list[WeightCount]:
    """Count the weights that are not 0 in each of several parameters.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        As from `prunable`; with or without masks.

    Returns
    -------
    list of WeightCount
        In the order of `parameters`: `nonzero` of `size` weights.

    Raises
    ------
    TypeError
        If a layer has no such Parameter.
    """
    values = [effective(module, name) for module, name in parameters]
    return [WeightCount(int(np.count_nonzero(v)), v.size) for v in values]


def sparsity(parameters: Module | Iterable[tuple[Module, str]]) -> float:
    """Return the share of weights that are 0, in [0, 1].

    Parameters
    ----------
    parameters : Module, or iterable of (Module, str)
        Of a Module, its `prunable` parameters are counted.

    Raises
    ------
    TypeError
        If a layer has no such Parameter.
    ValueError
        If there is no weight.
    """
    if isinstance(parameters, Module):
        parameters = prunable(parameters)
    counts = count_weights(parameters)
    size = sum(count.size for count in counts)
    if not size:
        raise ValueError("sparsity: there is no weight to count")
    return 1 - sum(count.nonzero for count in counts) / size
