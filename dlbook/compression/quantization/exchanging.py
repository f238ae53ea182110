"""Exchange layers of a model, wherever they are held."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from dlbook.nn import Module

__all__ = ["exchange_layers"]


def exchange_layers(
    model: Module, build: Callable[[str, Module], Module | None]
) -> Module:
    """Return a copy of a model in which some modules are exchanged for others.

    Parameters
    ----------
    model : Module
        Stays as it is.
    build : callable
        Takes a module's dotted name ("" for the model itself) and the module; returns
        the one that is to take its place, or None to leave it and look inside it. Asked
        once for a module that has several names.

    Returns
    -------
    Module
        What a module shared with others in `model`, such as a Parameter, its copy
        shares with theirs.

    Raises
    ------
    TypeError
        If `model` is no Module.
    """
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, got {type(model).__name__}")
    done: dict[int, Module] = {}

    def replaced(name: str, value: Any) -> Any:
        if isinstance(value, Module):
            if id(value) not in done:
                new = build(name, value)
                done[id(value)] = value if new is None else new.train(value.training)
                if new is None:
                    walk(name, vars(value))
            return done[id(value)]
        if isinstance(value, tuple):
            return tuple(replaced(f"{name}.{i}", item) for i, item in enumerate(value))
        if isinstance(value, list):
            value[:] = [replaced(f"{name}.{i}", item) for i, item in enumerate(value)]
        elif isinstance(value, dict):
            walk(name, value)
        return value

    def walk(prefix: str, members: dict) -> None:
        for key, value in members.items():
            members[key] = replaced(f"{prefix}.{key}" if prefix else str(key), value)

    return replaced("", copy.deepcopy(model))
