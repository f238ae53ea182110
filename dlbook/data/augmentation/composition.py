"""Transforms one after the other, and transforms that happen now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.data.augmentation.arguments import generator, require_probability

Transform = Callable[[Any, np.random.Generator], Any]


@dataclass(frozen=True)
class Compose:
    """Apply transforms in order, each to what the one before returns.

    Parameters
    ----------
    transforms : iterable of callable
        Each takes an array (or tokens) and a generator; at least one.

    Raises
    ------
    TypeError
        If `transforms` is no iterable of callables.
    ValueError
        If there is none.

    Examples
    --------
    >>> from dlbook.data.augmentation import RandomHorizontalFlip
    >>> Compose([RandomHorizontalFlip(), RandomHorizontalFlip(0.1)])
    Compose(
        RandomHorizontalFlip(p=0.5),
        RandomHorizontalFlip(p=0.1),
    )
    """

    transforms: Iterable[Transform]

    def __post_init__(self) -> None:
        if not isinstance(self.transforms, Iterable):
            raise TypeError(
                "Compose: transforms must be a list of callables, got "
                f"{type(self.transforms).__name__}"
            )
        transforms = tuple(self.transforms)
        for number, transform in enumerate(transforms):
            _require_transform(f"Compose: transform {number}", transform)
        if not transforms:
            raise ValueError("Compose: transforms is empty")
        object.__setattr__(self, "transforms", transforms)

    def __call__(self, array: Any, rng: np.random.Generator | int) -> Any:
        """Return what the last transform returns; they draw from `rng` in turn."""
        rng = generator("Compose", rng)
        for transform in self.transforms:
            array = transform(array, rng)
        return array

    def __repr__(self) -> str:
        inside = "".join(f"{transform},\n" for transform in self.transforms)
        inside = "".join(f"    {line}\n" for line in inside.splitlines())
        return f"Compose(\n{inside})"


@dataclass(frozen=True)
class RandomApply:
    """Apply a transform with probability p, or else return a copy of the input.

    It is decided once for what it is given: a batch is transformed as a whole or not.

    Parameters
    ----------
    transform : callable
        Takes an array (or tokens) and a generator.
    p : float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        If `transform` is not callable, or p no number in [0, 1].
    """

    transform: Transform
    p: float = 0.5

    def __post_init__(self) -> None:
        _require_transform("RandomApply: transform", self.transform)
        require_probability("RandomApply: p", self.p)

    def __call__(self, array: Any, rng: np.random.Generator | int) -> Any:
        """Draw one number, and what the transform draws if it is applied."""
        rng = generator("RandomApply", rng)
        if rng.random() < self.p:
            return self.transform(array, rng)
        return array.copy()


def _require_transform(name: str, value: Any) -> None:
    if not callable(value) or isinstance(value, type):
        raise TypeError(
            f"{name} must be callable with an array and a generator, got {value!r}"
        )
