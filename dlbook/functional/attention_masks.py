"""Which keys a query may see, and what is added to its scores, part by part."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from dlbook.autograd import Tensor, as_tensor, is_grad_enabled


class Masking:
    """A mask over many score matrices, applied to one part of them at a time.

    The batch axes count as one here: the scores are B matrices of L rows, one a query,
    and S columns, one a key. The mask itself is never repeated for axes along which it
    is broadcast.

    Parameters
    ----------
    mask : ndarray or None
        Of booleans, True where a query may attend, or of floats that are added to the
        scores. Broadcasts to (*batch, L, S).
    batch : tuple of int
        Lengths of the batch axes; B is their product.
    queries, keys : int
        L and S.
    causal : bool
        Whether query i may see the keys 0 to i alone.
    """

    def __init__(
        self,
        mask: np.ndarray | None,
        batch: tuple[int, ...],
        queries: int,
        keys: int,
        *,
        causal: bool,
    ) -> None:
        self.shape = (prod(batch), queries, keys)
        self.causal = causal
        self.matrices = mask
        self.adds = mask is not None and mask.dtype != np.bool_
        if mask is not None:
            mask = np.atleast_2d(mask)
            different = mask.shape[:-2]
            self.matrices = mask.reshape(prod(different), *mask.shape[-2:])
            numbers = np.arange(len(self.matrices)).reshape(different)
            # of each of the B score matrices, the number of its mask
            self.which = np.broadcast_to(numbers, batch).ravel()
            if not self.adds:
                self.matrices = ~self.matrices  # True where it is forbidden

    def last_key(self, last_query: int) -> int:
        """Return the number of keys that the queries before `last_query` may see."""
        return min(last_query, self.shape[2]) if self.causal else self.shape[2]

    def apply(self, scores: np.ndarray, batch: slice, rows: slice, columns: slice):
        """Change a part of the scores in place: -inf is what may not be seen.

        Parameters
        ----------
        scores : ndarray, shape (b, l, s)
        batch, rows, columns : slice
            The b matrices, l queries and s keys that it is the part of.
        """
        if self.matrices is not None:
            part = self._view(self.matrices, rows, columns)
            part = part if len(part) == 1 else part[self.which[batch]]
            if self.adds:
                scores += part
            else:
                np.copyto(scores, -np.inf, where=part)
        if self.causal and columns.stop - 1 > rows.start:
            queries = np.arange(rows.start, rows.stop)
            later = np.arange(columns.start, columns.stop) > queries[:, np.newaxis]
            np.copyto(scores, -np.inf, where=later)

    def gradient(self) -> np.ndarray:
        """Return zeros, to which `add_gradient` adds."""
        return np.zeros_like(self.matrices)

    def add_gradient(
        self,
        grad: np.ndarray,
        grad_scores: np.ndarray,
        batch: slice,
        rows: slice,
        columns: slice,
    ) -> None:
        """Add the gradient of a part of the scores to that of the added mask."""
        grad = self._view(grad, rows, columns)
        broadcast = tuple(axis for axis in (1, 2) if grad.shape[axis] == 1)
        summed = grad_scores.sum(axis=broadcast, keepdims=True)
        for number, part in zip(self.which[batch], summed, strict=True):
            grad[number] += part

    @staticmethod
    def _view(matrices: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """Cut rows and columns out, but for axes of length 1, which are broadcast."""
        rows = rows if matrices.shape[1] > 1 else slice(None)
        columns = columns if matrices.shape[2] > 1 else slice(None)
        return matrices[:, rows, columns]


def as_mask(function: str, mask: Any, dtype: np.dtype, shape: tuple[int, ...]) -> Any:
    """Return a mask as a Tensor, of booleans or of floats of `dtype`; None for None.

    Raise TypeError for other numbers, and ValueError if it does not broadcast to
    `shape`, the shape of the scores.
    """
    if mask is None:
        return None
    mask = as_tensor(mask)
    if mask.dtype.kind not in "bf":
        raise TypeError(
            f"{function}: attn_mask must hold booleans (True: may attend) or "
            f"floating-point numbers (added to the scores), got {mask.dtype}"
        )
    fits = mask.ndim <= len(shape) and all(
        length in (1, expected)
        for length, expected in zip(mask.shape[::-1], shape[::-1], strict=False)
    )
    if not fits:
        raise ValueError(
            f"{function}: attn_mask has shape {mask.shape}, expected one that "
            f"broadcasts to that of the scores, {shape}"
        )
    return mask if mask.dtype == np.bool_ else mask.astype(dtype)


def exponentiate(scores: np.ndarray) -> np.ndarray:
    """Replace scores by exp(score - largest of the row), in place; return `largest`.

    A row of -inf alone becomes zeros: nothing is to be seen, and no 0/0 comes of it.
    """
    lowest = np.finfo(scores.dtype).min
    largest = scores.max(axis=-1, keepdims=True, initial=lowest)
    with np.errstate(invalid="ignore"):  # inf - inf is nan, as in softmax
        scores -= largest
    np.exp(scores, out=scores)
    return largest


def inverse_or_zero(totals: np.ndarray) -> np.ndarray:
    """Return 1 / totals, and 0 where the total of a row is 0."""
    return np.divide(1, totals, out=np.zeros_like(totals), where=totals != 0)


def parents_of(*tensors: Tensor | None) -> tuple[Tensor, ...]:
    """Return the tensors that are there."""
    return tuple(tensor for tensor in tensors if tensor is not None)


def want_gradients(parents: tuple[Tensor, ...]) -> bool:
    """Return whether a backward pass may come."""
    return is_grad_enabled() and any(tensor.requires_grad for tensor in parents)
