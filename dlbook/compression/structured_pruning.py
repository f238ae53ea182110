"""Structured pruning: whole rows, channels or columns of a weight."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.compression.masks import custom_from_mask, effective, mask_of, original
from dlbook.compression.pruning import number_to_prune
from dlbook.nn import Module
from dlbook.random import default_rng

__all__ = [
    "channel_norms",
    "ln_structured",
    "prune_outputs",
    "pruned_channels",
    "random_structured",
]


def ln_structured(
    module: Module,
    name: str,
    amount: float,
    n: float = 2,
    axis: int = 0,
    *,
    importance_scores: Any | None = None,
) -> Module:
    r"""Prune the channels of a parameter that have the smallest norm.

    .. math:: \|w_c\|_n = \Bigl(\sum_i |w_{ci}|^n\Bigr)^{1/n}

    where i runs over all entries with index c along `axis`.

    Parameters
    ----------
    module : Module
        The layer; changed in place as `custom_from_mask` says.
    name : str
        Of a parameter with at least two axes.
    amount : float or int
        A share, or a number, of the channels that are not wholly pruned yet.
    n : float
        Order of the norm: 1 and 2 are usual, inf is the largest entry.
    axis : int
        The axis that counts the channels: 0 of a weight for a layer's outputs, 1 for
        its inputs. torch calls it `dim`, and has no default.
    importance_scores : array_like or Tensor, shape of the parameter, optional
        Taken in place of the weights.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError
        If `amount` or `n` is no number, or the layer has no such Parameter.
    ValueError
        If the parameter has one axis only, a number is out of range, or the scores do
        not fit or are not finite.

    References
    ----------
    Li, Kadav, Durdanovic, Samet & Graf (2017), arXiv:1608.08710, section 3.1, with n =
    1. ``torch.nn.utils.prune.ln_structured``; of equal channels, the first go first.
    """
    weight = effective(module, name)
    if importance_scores is not None:
        scores = importance_scores
        weight = np.asarray(scores.data if isinstance(scores, Tensor) else scores)
        if weight.shape != original(module, name).shape:
            raise ValueError(
                f"importance_scores has shape {weight.shape}, expected "
                f"{original(module, name).shape}"
            )
    return _prune_channels(module, name, amount, channel_norms(weight, n, axis), axis)


def random_structured(
    module: Module,
    name: str,
    amount: float,
    axis: int = 0,
    *,
    rng: np.random.Generator | int | None = None,
) -> Module:
    """Prune channels of a parameter at random.

    Parameters
    ----------
    module : Module
    name : str
    amount, axis
        As in `ln_structured`.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError, ValueError
        As `ln_structured` does.
    """
    shape = original(module, name).shape
    axis = _axis(shape, axis)
    scores = default_rng(rng).random(shape[axis])
    return _prune_channels(module, name, amount, scores, axis)


def channel_norms(weight: np.ndarray, n: float = 2, axis: int = 0) -> np.ndarray:
    """Return the norm of each channel of a weight.

    Parameters
    ----------
    weight : ndarray, at least two axes
    n : float
        Positive, or inf.
    axis : int
        Which axis counts the channels.

    Returns
    -------
    ndarray, shape (channels,)

    Raises
    ------
    TypeError, ValueError
        As `ln_structured` does.
    """
    axis = _axis(weight.shape, axis)
    if isinstance(n, bool) or not isinstance(n, int | float | np.number):
        raise TypeError(f"n must be a number, the order of the norm, got {n!r}")
    if not n > 0:
        raise ValueError(f"n, the order of the norm, must be positive, got {n}")
    if not np.isfinite(weight).all():
        raise ValueError("weights and importance_scores must be finite")
    rows = np.abs(np.moveaxis(weight, axis, 0)).reshape(weight.shape[axis], -1)
    if math.isinf(n):
        return rows.max(axis=1)
    return (rows ** float(n)).sum(axis=1) ** (1 / float(n))


def prune_outputs(
    module: Module,
    amount: float,
    n: float = 2,
    *,
    scores: Any | None = None,
    norm: Module | None = None,
) -> np.ndarray:
    """Prune whole outputs of a layer: rows of its weight and entries of its bias.

    With its weights alone at 0, an output is still its bias, a constant that the next
    layer reads. Without the bias it is 0, and the layer can be built without it: see
    `shrink`.

    Parameters
    ----------
    module : Module
        With a parameter "weight" that has its outputs along axis 0, and "bias" or
        none: Linear, Conv1d, Conv2d, Conv3d.
    amount : float or int
        A share, or a number, of the outputs that are not pruned yet.
    n : float
        Order of the norm of the weights of an output.
    scores : array_like, shape (outputs,), optional
        Taken in place of the norms: the outputs with the smallest scores go.
    norm : Module, optional
        A normalization that follows at once, such as BatchNorm2d, which would shift the
        zeros: its weight and its bias are pruned likewise.

    Returns
    -------
    ndarray of bool, shape (outputs,)
        Which outputs are left.

    Raises
    ------
    TypeError, ValueError
        As `ln_structured` does, or if `scores` has another shape.
    """
    shape = original(module, "weight").shape
    if scores is None:
        values = channel_norms(effective(module, "weight"), n)
    else:
        values = np.asarray(scores)
        if values.shape != shape[:1]:
            raise ValueError(f"scores has shape {values.shape}, expected {shape[:1]}")
    _prune_channels(module, "weight", amount, values, 0)
    kept = ~pruned_channels(module, "weight")
    places = [(module, "bias")]
    if norm is not None:
        places += [(norm, "weight"), (norm, "bias")]
    for layer, name in places:
        if getattr(layer, name, None) is not None:
            custom_from_mask(layer, name, kept)
    return kept


def pruned_channels(module: Module, name: str, axis: int = 0) -> np.ndarray:
    """Return which channels of a parameter are masked wholly.

    Parameters
    ----------
    module : Module
    name : str
    axis : int

    Returns
    -------
    ndarray of bool, shape (channels,)
    """
    mask = mask_of(module, name)
    axis = _axis(mask.shape, axis)
    return ~np.moveaxis(mask, axis, 0).reshape(mask.shape[axis], -1).any(axis=1)


def _prune_channels(
    module: Module, name: str, amount: float, scores: np.ndarray, axis: int
) -> Module:
    """Mask the channels with the smallest scores among those that are left."""
    shape = original(module, name).shape
    axis = _axis(shape, axis)
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    kept = ~pruned_channels(module, name, axis)
    candidates = np.flatnonzero(kept)
    number = number_to_prune(amount, len(candidates))
    order = np.argsort(scores[candidates], kind="stable")
    kept[candidates[order[:number]]] = False
    sizes = [1] * len(shape)
    sizes[axis] = shape[axis]
    return custom_from_mask(module, name, np.broadcast_to(kept.reshape(sizes), shape))


def _axis(shape: tuple[int, ...], axis: int) -> int:
    if len(shape) < 2:
        raise ValueError(
            f"structured pruning needs a parameter of at least two axes, got {shape}"
        )
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise TypeError(f"axis must be an int, got {axis!r}")
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"axis {axis} is not there in a parameter of shape {shape}")
    return int(axis) % len(shape)
