"""Pruning by attention head: rows of the projections, columns of the one after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from dlbook.compression.masks import custom_from_mask, effective, original
from dlbook.compression.pruning import number_to_prune
from dlbook.nn import Linear, Module, MultiheadAttention

__all__ = ["head_norms", "prune_heads"]


class Projections(NamedTuple):
    """Where an attention layer keeps what belongs to its heads."""

    inputs: list[tuple[Module, str, int]]  # layer, parameter, how many D its rows hold
    output: Module  # a linear layer whose columns are the heads'
    num_heads: int


def head_norms(attention: Module, n: float = 2) -> np.ndarray:
    r"""Return the norm of all weights of each head.

    .. math:: \bigl(\textstyle\sum |w|^n\bigr)^{1/n}

    over the head's rows of the projections of queries, keys and values, and its columns
    of the output projection.

    Parameters
    ----------
    attention : nn.MultiheadAttention, or a GPT's CausalSelfAttention
    n : float
        Order of the norm, positive.

    Returns
    -------
    ndarray, shape (num_heads,)

    Raises
    ------
    TypeError
        If it is another layer.
    ValueError
        If `n` is not positive.
    """
    if not n > 0:
        raise ValueError(f"n, the order of the norm, must be positive, got {n}")
    where = projections_of(attention)
    total = np.zeros(where.num_heads)
    for module, name, parts in where.inputs:
        weight = effective(module, name)
        if weight.ndim == 2:
            heads = np.abs(weight).reshape(parts, where.num_heads, -1) ** float(n)
            total += heads.sum(axis=(0, 2))
    columns = np.abs(effective(where.output, "weight")).T  # (D, D), heads in the rows
    total += (columns.reshape(where.num_heads, -1) ** float(n)).sum(axis=1)
    return total ** (1 / float(n))


def prune_heads(
    attention: Module,
    heads: Iterable[int] | None = None,
    *,
    amount: float | None = None,
    n: float = 2,
) -> np.ndarray:
    """Prune whole heads: what they project, and what is made of their output.

    The output is then that of the heads that are left.

    Parameters
    ----------
    attention : nn.MultiheadAttention, or a GPT's CausalSelfAttention
        Changed in place as `custom_from_mask` says.
    heads : iterable of int, optional
        Which ones, in [0, num_heads).
    amount : float or int, optional
        Without `heads`: a share or a number of the heads that are left; those of the
        smallest `head_norms` go.
    n : float
        Order of the norm.

    Returns
    -------
    ndarray of bool, shape (num_heads,)
        Which heads are left.

    Raises
    ------
    TypeError
        If it is another layer, or a head is no int.
    ValueError
        If neither or both of `heads` and `amount` are given, or one is out of range.

    References
    ----------
    Michel, Levy & Neubig (2019), arXiv:1905.10650, section 2.3: a mask variable of 0
    for each head. They rank heads by the gradient of that variable, not by norms: give
    `heads` for that.
    """
    where = projections_of(attention)
    left = ~_pruned_heads(where)
    if (heads is None) == (amount is None):
        raise ValueError("prune_heads: give either heads or amount")
    if amount is not None:
        candidates = np.flatnonzero(left)
        order = np.argsort(head_norms(attention, n)[candidates], kind="stable")
        heads = candidates[order[: number_to_prune(amount, len(candidates))]]
    for head in heads:
        if isinstance(head, bool) or not isinstance(head, int | np.integer):
            raise TypeError(f"heads must hold ints, got {head!r}")
        if not 0 <= head < where.num_heads:
            raise ValueError(f"there is no head {head} of {where.num_heads}")
        left[head] = False
    for module, name, parts in where.inputs:
        shape = original(module, name).shape
        size = shape[0] // (parts * where.num_heads)
        rows = np.tile(np.repeat(left, size), parts)
        rows = rows.reshape(-1, *[1] * (len(shape) - 1))
        custom_from_mask(module, name, np.broadcast_to(rows, shape))
    shape = original(where.output, "weight").shape
    columns = np.repeat(left, shape[1] // where.num_heads)
    custom_from_mask(where.output, "weight", np.broadcast_to(columns, shape))
    return left


def projections_of(attention: Module) -> Projections:
    """Return which parameters of an attention layer belong to its heads.

    Raises
    ------
    TypeError
        If it is no layer of a known kind.
    """
    layer = getattr(attention, "c_attn", None)  # a GPT's
    if isinstance(layer, Linear):
        names = ["weight"] if layer.bias is None else ["weight", "bias"]
        inputs = [(layer, name, 3) for name in names]
        return Projections(inputs, attention.c_proj, attention.num_heads)
    if not isinstance(attention, MultiheadAttention):
        raise TypeError(
            "attention must be an nn.MultiheadAttention or a CausalSelfAttention, got "
            f"{type(attention).__name__}"
        )
    parts = {"in_proj_weight": 3, "in_proj_bias": 3}
    parts |= {"q_proj_weight": 1, "k_proj_weight": 1, "v_proj_weight": 1}
    inputs = [
        (attention, name, number)
        for name, number in parts.items()
        if getattr(attention, name) is not None
    ]
    return Projections(inputs, attention.out_proj, attention.num_heads)


def _pruned_heads(where: Projections) -> np.ndarray:
    """Return which heads have no column left in the output projection."""
    weight = effective(where.output, "weight").T.reshape(where.num_heads, -1)
    return ~weight.any(axis=1)
