"""Masks of a whole model: load them, keep them while the weights go back, shuffle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlbook.compression.masks import identity, masked_parameters
from dlbook.nn import Module
from dlbook.random import default_rng

__all__ = ["expect_masks", "rewind", "shuffle_masks"]


def expect_masks(model: Module, state_dict: Mapping[str, Any]) -> Module:
    """Give a model masks of ones where a state has masks, so that it can be loaded.

    >>> expect_masks(model, state).load_state_dict(state)

    Parameters
    ----------
    model : Module
        Changed in place; parameters that are masked already keep their masks.
    state_dict : mapping from str to array_like
        As from ``state_dict()`` of a pruned model, also torch's.

    Returns
    -------
    Module
        `model`.

    Raises
    ------
    ValueError
        If the state has a mask for a parameter that the model does not have.
    """
    modules = dict(model.named_modules())
    for key in state_dict:
        parameter = key.removesuffix("_mask")
        if parameter == key or f"{parameter}_orig" not in state_dict:
            continue
        path, _, name = parameter.rpartition(".")
        try:
            identity(modules[path], name)
        except (KeyError, TypeError):
            raise ValueError(
                f"state_dict has a mask for {parameter}, which is no Parameter of this "
                f"{type(model).__name__}"
            ) from None
    return model


def rewind(model: Module, state_dict: Mapping[str, Any]) -> Module:
    r"""Set all parameters and buffers to earlier values, and keep the masks.

    The step of the lottery ticket after pruning: the weights that survived start again
    from the values :math:`\theta_0` that they had, :math:`f(x; m \odot \theta_0)`.

    Parameters
    ----------
    model : Module
        Changed in place.
    state_dict : mapping from str to array_like
        A state of the model from before it was pruned, or from before this round. Masks
        in it are passed over.

    Returns
    -------
    Module
        `model`.

    Raises
    ------
    ValueError
        If the state does not fit the model; then nothing is changed.

    Notes
    -----
    Momentum and running means of an optimizer are from the time after: make a new
    optimizer.

    References
    ----------
    Frankle & Carbin (2019), arXiv:1803.03635, section 1, step 4. To rewind not to the
    start but to an early step: Frankle, Dziugaite, Roy & Carbin (2020),
    arXiv:1912.05671.
    """
    now = model.state_dict()
    masks = {
        key: value
        for key, value in now.items()
        if f"{key.removesuffix('_mask')}_orig" in now
    }
    renamed = {}
    for key, value in state_dict.items():
        if f"{key}_orig" in now:
            renamed[f"{key}_orig"] = value
        elif f"{key.removesuffix('_mask')}_orig" not in state_dict:
            renamed[key] = value
        # else it is a mask of that time
    model.load_state_dict(renamed | masks)
    return model


def shuffle_masks(
    model: Module, *, rng: np.random.Generator | int | None = None
) -> None:
    """Permute every mask: as many zeros in every parameter, in places left to chance.

    What a lottery ticket has to beat.

    Parameters
    ----------
    model : Module
        Changed in place.
    rng : numpy.random.Generator, int or None

    Raises
    ------
    ValueError
        If the model has no mask.
    """
    rng = default_rng(rng)
    masked = masked_parameters(model)
    if not masked:
        raise ValueError(f"shuffle_masks: this {type(model).__name__} has no mask")
    for module, name in masked:
        mask = getattr(module, f"{name}_mask").data
        mask[...] = rng.permutation(mask.reshape(-1)).reshape(mask.shape)
