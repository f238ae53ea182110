"""Exchange layers of a model by name."""

from __future__ import annotations

from dlbook.nn import Module

__all__ = ["replace_module"]


def replace_module(model: Module, name: str, new: Module) -> Module:
    """Put another layer where one stands; return the one that stood there.

    Parameters
    ----------
    model : Module
        Changed in place.
    name : str
        As in ``named_modules()``, for example "fc1" or "blocks.0.attn.c_proj". Where
        the model holds that layer under other names too, they keep it.
    new : Module

    Returns
    -------
    Module

    Raises
    ------
    TypeError
        If `new` is no Module.
    ValueError
        If the model has no layer of that name.
    """
    if not isinstance(new, Module):
        raise TypeError(f"new must be a Module, got {type(new).__name__}")
    if not name or name not in dict(model.named_modules()):
        raise ValueError(f"this {type(model).__name__} has no layer {name!r}")
    place: object = model
    *path, last = name.split(".")
    for part in path:
        place = _member(place, part)
    old = _member(place, last)
    if isinstance(place, Module):
        setattr(place, last, new)
    elif isinstance(place, dict):
        place[last] = new
    elif isinstance(place, list):
        place[int(last)] = new
    else:
        raise ValueError(f"{name} stands in a tuple, which cannot be changed")
    return old


def _member(place: object, name: str) -> object:
    if isinstance(place, Module):
        return vars(place)[name]
    return place[name] if isinstance(place, dict) else place[int(name)]
