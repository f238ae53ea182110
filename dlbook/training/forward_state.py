"""What a forward pass changes in a model beside its output: buffers and generators."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.nn import Module

__all__ = ["ForwardState", "random_generators"]


class ForwardState:
    """Remember buffers and random generators of a model, and bring them back.

    Running means of batch norm are buffers, and dropout draws from a generator. After
    `restore`, the same forward pass gives the same output again.

    Parameters
    ----------
    model : Module
    """

    def __init__(self, model: Module) -> None:
        self._buffers = list(model.buffers())
        self._generators = list(random_generators(model).values())
        self.remember()

    def remember(self) -> None:
        """Copy the state of now; without buffers and generators there is none."""
        self._values = [buffer.data.copy() for buffer in self._buffers]
        self._states = [rng.bit_generator.state for rng in self._generators]

    def restore(self) -> None:
        """Bring back what was remembered last; may be called again."""
        for buffer, value in zip(self._buffers, self._values, strict=True):
            buffer.data = value.copy()
        for rng, state in zip(self._generators, self._states, strict=True):
            rng.bit_generator.state = state


def random_generators(model: Module) -> dict[str, np.random.Generator]:
    """Return the generators that are attributes of a model's modules, by dotted name.

    Parameters
    ----------
    model : Module

    Returns
    -------
    dict from str to numpy.random.Generator
        For example "3.rng". One that several modules share comes under each name.
    """
    found: dict[str, Any] = {}
    for prefix, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, np.random.Generator):
                found[f"{prefix}.{name}" if prefix else name] = value
    return found
