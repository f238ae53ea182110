"""Attention on arrays, one tile of the scores at a time, weights kept for backward.

A tile is what fits into the processor's cache: a few whole score matrices, or a part of
the rows of one. Everything that happens to it, product, mask, exponential, product,
happens while it is there; over the whole array, each step would wait for memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dlbook.functional.attention_masks import Masking, exponentiate, inverse_or_zero

Tile = tuple[slice, slice, slice]
Backward = Callable[..., None]

TILE = 1 << 16  # numbers: 256 KiB of float32, part of a second-level cache
LARGEST = 40.0  # a score whose exp, and sums of it, are far from float32's limits
CAUSAL_ROWS = 64  # of a tile, so that few keys that may not be seen are computed


class Dropping:
    """Which weights dropout keeps.

    Parameters
    ----------
    p : float
        The probability of dropping one, in (0, 1].
    rng : numpy.random.Generator

    Attributes
    ----------
    factor : float
        1 / (1 - p), by which the kept ones grow; 0 where none is kept.
    """

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        self.p, self.rng = p, rng
        self.factor = 0.0 if p == 1 else 1 / (1 - p)

    def draw(self, *shape: int) -> np.ndarray:
        """Return True for what is kept; several draws go on as one large one would."""
        return self.rng.random(shape, np.float32) >= self.p


def attend_in_tiles(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    masking: Masking,
    dropping: Dropping | None,
    *,
    keep: bool = True,
) -> tuple[np.ndarray, Backward]:
    """Return the attention's output, and what computes its gradients.

    Parameters
    ----------
    query : ndarray, shape (B, L, E)
        Already scaled.
    key, value : ndarray, shape (B, S, E) and (B, S, Ev)
    masking : Masking
    dropping : Dropping or None
    keep : bool
        Whether the weights shall be kept for the backward pass.

    Returns
    -------
    output : ndarray, shape (B, L, Ev)
    backward : callable
        Takes the gradient of the output, and arrays that it adds the gradients of
        query, key, value and the added mask to, each None where it is not wanted.
    """
    output = np.empty((*query.shape[:2], value.shape[2]), query.dtype)
    inverse = np.empty((*query.shape[:2], 1), query.dtype)  # 1 / total of each row
    small = not masking.adds and are_small(query, key)
    held = []
    kept = None
    for tile in tiles(masking):
        batch, rows, keys = tile
        exps = query[batch, rows] @ key[batch, keys].mT  # (b, l, s)
        masking.apply(exps, batch, rows, keys)
        if small:
            np.exp(exps, out=exps)
        else:
            exponentiate(exps)
        totals = exps @ np.ones(exps.shape[-1], exps.dtype)
        inverse[batch, rows, 0] = inverse_or_zero(totals)
        if dropping and rows.start == 0:
            kept = dropping.draw(len(exps), *masking.shape[1:])
        here = None if kept is None else kept[:, rows, keys]
        weights = exps if here is None else exps * here
        np.matmul(weights, value[batch, keys], out=output[batch, rows])
        if keep:
            held.append((tile, exps, here))
    # a row is divided by its total after the product: E_v numbers in place of S
    factor = dropping.factor if dropping else 1.0
    output *= inverse * factor

    def backward(grad_out, grad_query, grad_key, grad_value, grad_mask):
        slopes = np.vecdot(grad_out, output)[..., np.newaxis] * inverse
        grads = grad_out * (inverse * factor)
        # one tile's gradients after another in the same memory: it stays in the cache
        room = np.empty(max((exps.size for _, exps, _ in held), default=0), query.dtype)
        for (batch, rows, keys), exps, here in held:
            grad = grads[batch, rows]
            weights = exps if here is None else exps * here
            first = rows.start == 0
            if grad_value is not None:
                accumulate(weights.mT, grad, grad_value[batch, keys], first=first)
            if grad_query is None and grad_key is None and grad_mask is None:
                continue
            grad_scores = room[: exps.size].reshape(exps.shape)
            np.matmul(grad, value[batch, keys].mT, out=grad_scores)  # (b, l, s)
            if here is not None:
                grad_scores *= here
            grad_scores -= slopes[batch, rows]
            grad_scores *= exps
            if grad_query is not None:
                np.matmul(grad_scores, key[batch, keys], out=grad_query[batch, rows])
            if grad_key is not None:
                queries = query[batch, rows]
                accumulate(grad_scores.mT, queries, grad_key[batch, keys], first=first)
            if grad_mask is not None:
                masking.add_gradient(grad_mask, grad_scores, batch, rows, keys)

    return output, backward


def are_small(query: np.ndarray, key: np.ndarray) -> bool:
    """Return whether no score can be so large that exp needs the row's maximum."""
    if query.dtype.itemsize < 4:  # half precision: exp and its sums soon overflow
        return False
    with np.errstate(over="ignore"):
        longest = [np.vecdot(x, x).max(initial=0.0) for x in (query, key)]
    return bool(longest[0] * longest[1] <= LARGEST**2)  # |q . k| <= |q| |k|


def accumulate(
    left: np.ndarray, right: np.ndarray, out: np.ndarray, *, first: bool
) -> None:
    """Add a product to `out`, which is 0 if it is the first one."""
    if first:
        np.matmul(left, right, out=out)
    else:
        out += left @ right


def tiles(masking: Masking) -> Iterator[Tile]:
    """Yield matrices, rows and columns of each tile; the rows of a matrix in order."""
    number, queries, keys = masking.shape
    height = max(1, min(queries, TILE // max(1, keys)))
    if masking.causal:
        height = min(height, CAUSAL_ROWS)
    several = max(1, TILE // max(1, height * keys))
    for first in range(0, number, several):
        batch = slice(first, min(first + several, number))
        for start in range(0, queries, height):
            stop = min(start + height, queries)
            yield batch, slice(start, stop), slice(0, masking.last_key(stop))
