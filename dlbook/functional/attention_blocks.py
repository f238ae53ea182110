"""Attention on arrays, block by block of the keys: no weight is ever kept.

The scores of a block of queries are computed against one block of keys after another. A
running maximum and a running total per row stand in for the whole row; when a block
brings a larger maximum, what was summed before shrinks accordingly. The backward pass
computes every block of scores once more, from the logarithm of each row's total.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np

from dlbook.functional.attention_masks import Masking, inverse_or_zero
from dlbook.functional.attention_tiles import TILE, Backward, Dropping

Part = tuple[slice, slice]


def attend_in_blocks(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    masking: Masking,
    dropping: Dropping | None,
    block_size: int,
) -> tuple[np.ndarray, Backward]:
    """Return what `attend_in_tiles` does, with memory linear in L and S.

    Parameters
    ----------
    query, key, value, masking, dropping
        As there.
    block_size : int
        Queries and keys of a block.
    """
    output = np.empty((*query.shape[:2], value.shape[2]), query.dtype)
    logs = np.empty((*query.shape[:2], 1), query.dtype)  # log of each row's total
    lowest = np.finfo(query.dtype).min
    factor = dropping.factor if dropping else 1.0
    again = copy.deepcopy(dropping)  # to draw the same masks in the backward pass
    for batch, rows in parts(masking, block_size, alone=dropping is not None):
        largest = np.full_like(logs[batch, rows], lowest)
        totals = np.zeros_like(largest)
        summed = np.zeros_like(output[batch, rows])
        kept = drawn(dropping, masking, batch, rows)
        for keys in blocks(masking, rows, block_size):
            scores = query[batch, rows] @ key[batch, keys].mT  # (b, l, s)
            masking.apply(scores, batch, rows, keys)
            before = largest
            largest = np.maximum(before, scores.max(axis=-1, keepdims=True))
            # inf - inf is nan, as in softmax, and lowest - largest may become -inf
            with np.errstate(invalid="ignore", over="ignore"):
                shrunk = np.exp(before - largest)
                scores -= largest
            np.exp(scores, out=scores)
            totals *= shrunk
            totals += scores.sum(axis=-1, keepdims=True)
            if kept is not None:
                scores *= kept[:, :, keys]
            summed *= shrunk
            summed += scores @ value[batch, keys]
        output[batch, rows] = summed * (inverse_or_zero(totals) * factor)
        with np.errstate(divide="ignore"):
            largest += np.log(totals)
        # exp(-inf - inf) = 0 are the weights of a row that sees nothing
        logs[batch, rows] = np.where(totals == 0, np.inf, largest)

    def backward(grad_out, grad_query, grad_key, grad_value, grad_mask):
        slopes = np.vecdot(grad_out, output)[..., np.newaxis]
        replayed = copy.deepcopy(again)
        for batch, rows in parts(masking, block_size, alone=dropping is not None):
            grad = grad_out[batch, rows]
            kept = drawn(replayed, masking, batch, rows)
            for keys in blocks(masking, rows, block_size):
                weights = query[batch, rows] @ key[batch, keys].mT
                masking.apply(weights, batch, rows, keys)
                with np.errstate(invalid="ignore"):
                    weights -= logs[batch, rows]
                np.exp(weights, out=weights)
                grad_scores = grad @ value[batch, keys].mT
                used = weights
                if kept is not None:
                    factors = kept[:, :, keys] * query.dtype.type(factor)
                    grad_scores *= factors
                    used = weights * factors
                if grad_value is not None:
                    grad_value[batch, keys] += used.mT @ grad
                grad_scores -= slopes[batch, rows]
                grad_scores *= weights
                if grad_query is not None:
                    grad_query[batch, rows] += grad_scores @ key[batch, keys]
                if grad_key is not None:
                    grad_key[batch, keys] += grad_scores.mT @ query[batch, rows]
                if grad_mask is not None:
                    masking.add_gradient(grad_mask, grad_scores, batch, rows, keys)

    return output, backward


def parts(masking: Masking, block_size: int, *, alone: bool) -> Iterator[Part]:
    """Yield matrices, one by one or several, and a block of their rows."""
    number, queries, _ = masking.shape
    several = 1 if alone else max(1, TILE // block_size**2)
    for first in range(0, number, several):
        batch = slice(first, min(first + several, number))
        for start in range(0, queries, block_size):
            yield batch, slice(start, min(start + block_size, queries))


def blocks(masking: Masking, rows: slice, block_size: int) -> Iterator[slice]:
    """Yield the blocks of keys that some of these rows may see."""
    end = masking.last_key(rows.stop)
    for start in range(0, end, block_size):
        yield slice(start, min(start + block_size, end))


def drawn(
    dropping: Dropping | None, masking: Masking, batch: slice, rows: slice
) -> np.ndarray | None:
    """Return what of the weights of whole rows dropout keeps: linear in S."""
    if dropping is None:
        return None
    shape = (batch.stop - batch.start, rows.stop - rows.start, masking.shape[2])
    return dropping.draw(*shape)
