"""What the networks of torchvision are made of: recorded names, shapes and counts."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Published", "published", "published_names"]

RECORD = Path(__file__).with_name("torchvision.json")


@dataclass(frozen=True)
class Published:
    """One network as torchvision builds it, recorded without its weights.

    Parameters
    ----------
    name : str
        Of the function that builds it, there and here.
    parameters : int
        How many trained numbers it has.
    shapes : dict from str to tuple of int
        The shape of every entry of its ``state_dict``, in its order.
    source : str
        The version that was recorded, and where its code is.
    """

    name: str
    parameters: int
    shapes: dict[str, tuple[int, ...]] = field(repr=False)
    source: str


def published_names() -> list[str]:
    """Return the names that `published` knows."""
    return list(_read()["models"])


def published(name: str) -> Published:
    """Return what is recorded of a network of torchvision.

    Parameters
    ----------
    name : str
        Such as ``"resnet18"``; ``"googlenet_aux"`` is GoogLeNet with its auxiliary
        classifiers.

    Raises
    ------
    ValueError
        If nothing is recorded under that name.
    """
    record = _read()
    if name not in record["models"]:
        raise ValueError(
            f"published: nothing is recorded of {name!r}, but of "
            + ", ".join(record["models"])
        )
    layers = record["models"][name]
    shapes = {
        f"{layer}.{entry}": tuple(shape)
        for layer, entries in layers.items()
        for entry, shape in entries.items()
    }
    trained = (
        math.prod(shape)
        for entry, shape in shapes.items()
        if entry.endswith((".weight", ".bias"))
    )
    return Published(name, sum(trained), shapes, record["source"])


@cache
def _read() -> dict[str, Any]:
    return json.loads(RECORD.read_text("utf-8"))
