"""Carry weights between a dlbook module and its torch counterpart."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.compare.torch_side import import_torch
from dlbook.nn import Module


def copy_weights(source: Any, target: Any) -> None:
    """Give every parameter and buffer of `target` the value it has in `source`.

    Names, shapes and types must be the same on both sides; both modules keep their
    own memory. Nothing is copied unless everything fits.

    Parameters
    ----------
    source, target : dlbook.nn.Module or torch.nn.Module
        In any combination.

    Raises
    ------
    KeyError
        If a name stands on one side alone.
    ValueError
        If a shape or type differs.
    TypeError
        If an argument is no module.
    ModuleNotFoundError
        If PyTorch is not installed.
    """
    torch = import_torch("copy_weights")
    given, wanted = arrays_of(source, "source"), arrays_of(target, "target")
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted]
    if missing or extra:
        raise KeyError(
            f"source lacks {missing or 'nothing'}, target lacks {extra or 'nothing'}"
        )
    for name, value in given.items():
        there = wanted[name]
        if (value.shape, value.dtype) != (there.shape, there.dtype):
            raise ValueError(
                f"{name}: source has {value.dtype} of shape {value.shape}, "
                f"target {there.dtype} of shape {there.shape}"
            )
    if isinstance(target, Module):
        target.load_state_dict({name: value.copy() for name, value in given.items()})
    else:
        target.load_state_dict(
            {name: torch.tensor(value) for name, value in given.items()}
        )


def arrays_of(module: Any, argument: str) -> dict[str, np.ndarray]:
    """Return a module's parameters and buffers as arrays, by name."""
    torch = import_torch("copy_weights")
    if isinstance(module, Module):
        return dict(module.state_dict())
    if isinstance(module, torch.nn.Module):
        state = module.state_dict()
        return {name: value.detach().cpu().numpy() for name, value in state.items()}
    raise TypeError(
        f"{argument} must be a dlbook.nn.Module or a torch.nn.Module, "
        f"got {type(module).__name__}"
    )
