"""Unstructured pruning: single weights, the smallest or any, in a layer or in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.compression.masks import custom_from_mask, mask_of, original
from dlbook.nn import Module
from dlbook.random import default_rng

__all__ = [
    "global_unstructured",
    "l1_unstructured",
    "number_to_prune",
    "random_unstructured",
]

Rng = np.random.Generator | int | None
Places = Iterable[tuple[Module, str]]


def l1_unstructured(
    module: Module, name: str, amount: float, *, importance_scores: Any | None = None
) -> Module:
    r"""Prune the weights of one parameter that are nearest to 0.

    Parameters
    ----------
    module : Module
        The layer; changed in place as `custom_from_mask` says.
    name : str
        Of its parameter, such as "weight".
    amount : float or int
        A float in [0, 1] is a share of the weights that are not pruned yet, rounded to
        a whole number, halves to even. An int is a number of weights: 1 prunes a single
        one, 1.0 all.
    importance_scores : array_like or Tensor, shape of the parameter, optional
        Prune where their absolute values, not those of the weights, are smallest.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError
        If `amount` is no number, or the layer has no such Parameter.
    ValueError
        If `amount` is outside its range, or more than there are, or the scores have
        another shape or are not finite.

    References
    ----------
    Han, Pool, Tran & Dally (2015), arXiv:1506.02626, section 3.
    ``torch.nn.utils.prune.l1_unstructured``; of equal weights, the first go first.
    """
    return global_unstructured(
        [(module, name)],
        amount=amount,
        importance_scores=None if importance_scores is None else [importance_scores],
    )[0][0]


def random_unstructured(
    module: Module, name: str, amount: float, *, rng: Rng = None
) -> Module:
    """Prune weights of one parameter at random: what every other rule has to beat.

    Parameters
    ----------
    module : Module
    name : str
    amount : float or int
        As in `l1_unstructured`.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    TypeError, ValueError
        As `l1_unstructured` does.
    """
    return global_unstructured([(module, name)], "random", amount=amount, rng=rng)[0][0]


def global_unstructured(
    parameters: Places,
    pruning_method: str = "l1",
    *,
    amount: float,
    importance_scores: Sequence[Any] | None = None,
    rng: Rng = None,
) -> list[tuple[Module, str]]:
    """Rank the weights of several parameters together and prune the last of them.

    A layer whose weights are small on the whole loses more of them than others. With
    `amount` given layer by layer, each loses the same share.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        Layers and names of their parameters, as from `prunable`; changed in place as
        `custom_from_mask` says.
    pruning_method : {"l1", "random"}
        Whether the smallest weights go, or any.
    amount : float or int
        Of the weights of all the parameters that are not pruned yet: a share or a
        number, as in `l1_unstructured`.
    importance_scores : sequence of array_like, optional
        One array for each parameter, of its shape, in place of the weights; not with
        "random".
    rng : numpy.random.Generator, int or None
        For "random".

    Returns
    -------
    list of (Module, str)
        `parameters`.

    Raises
    ------
    TypeError
        If `amount` is no number, or a layer has no such Parameter.
    ValueError
        If `amount` is outside its range, the method unknown, a parameter is there
        twice, or the scores do not fit or are not finite.

    References
    ----------
    ``torch.nn.utils.prune.global_unstructured``, which takes a class as method.
    """
    parameters = list(parameters)
    weights = [original(module, name) for module, name in parameters]
    if not weights:
        raise ValueError("parameters is empty; expected pairs of a layer and a name")
    if len({id(weight) for weight in weights}) < len(weights):
        raise ValueError("parameters names one of them twice")
    kept = np.concatenate([mask_of(*place).reshape(-1) for place in parameters])
    if pruning_method == "l1":
        scores = _scores(weights, importance_scores)
    elif pruning_method == "random" and importance_scores is None:
        scores = default_rng(rng).random(kept.size)
    else:
        raise ValueError(
            'pruning_method must be "l1", or "random" without importance_scores, got '
            f"{pruning_method!r}"
        )
    candidates = np.flatnonzero(kept)
    number = number_to_prune(amount, len(candidates))
    order = np.argsort(scores[candidates], kind="stable")
    kept[candidates[order[:number]]] = False
    start = 0
    for (module, name), weight in zip(parameters, weights, strict=True):
        mask = kept[start : start + weight.size].reshape(weight.shape)
        custom_from_mask(module, name, mask)
        start += weight.size
    return parameters


def _scores(weights: list[Any], given: Sequence[Any] | None) -> np.ndarray:
    """Return how much each weight of all the parameters matters, in one row."""
    if given is None:
        given = weights
    if len(given) != len(weights):
        raise ValueError(
            f"importance_scores holds {len(given)} arrays for {len(weights)} parameters"
        )
    rows = []
    for scores, weight in zip(given, weights, strict=True):
        values = np.asarray(scores.data if isinstance(scores, Tensor) else scores)
        if values.shape != weight.shape:
            raise ValueError(
                f"importance_scores has shape {values.shape}, expected {weight.shape}"
            )
        if not np.isfinite(values).all():
            raise ValueError("weights and importance_scores must be finite")
        rows.append(np.abs(values).reshape(-1))
    return np.concatenate(rows)


def number_to_prune(amount: float, available: int) -> int:
    """Turn an amount into a number of weights or channels.

    Parameters
    ----------
    amount : float or int
        A share in [0, 1] if a float, a number if an int.
    available : int
        How many there are.

    Raises
    ------
    TypeError
        If `amount` is no number.
    ValueError
        If it is outside [0, 1], or [0, available].
    """
    if isinstance(amount, bool) or not isinstance(amount, int | float | np.number):
        raise TypeError(f"amount must be a float or an int, got {amount!r}")
    whole = isinstance(amount, int | np.integer)
    if whole and not 0 <= amount <= available:
        raise ValueError(
            f"amount is the int {amount}, a number, expected 0 to {available}, as many "
            "as there are; a float is a share of them"
        )
    if not whole and not 0 <= amount <= 1:
        raise ValueError(
            f"amount is the float {amount}, a share, expected 0.0 to 1.0; an int is a "
            "number of weights or channels"
        )
    return int(amount) if whole else round(float(amount) * available)
