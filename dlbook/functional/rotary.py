"""Rotary positions: pairs of numbers turned by angles that grow with the position."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number

__all__ = ["rotary_embedding"]


def rotary_embedding(
    x: Tensor,
    *,
    offset: int = 0,
    positions: ArrayLike | None = None,
    base: float = 10000.0,
    interleaved: bool = True,
) -> Tensor:
    r"""Turn pairs of entries of every vector by angles that its position sets.

    The pair number i of the vector at position t is turned by :math:`t\,\omega_i`:

    .. math::
        \begin{pmatrix} y_a \\ y_b \end{pmatrix} =
        \begin{pmatrix}
            \cos t\omega_i & -\sin t\omega_i \\ \sin t\omega_i & \cos t\omega_i
        \end{pmatrix}
        \begin{pmatrix} x_a \\ x_b \end{pmatrix}, \qquad
        \omega_i = b^{-2i/E}, \quad i = 0, \dots, E/2 - 1

    and the gradient is turned back, by :math:`-t\,\omega_i`. Written
    :math:`y = R_t x`, the inner product of a query at position m and a key at position
    n is

    .. math::
        (R_m q)^\top (R_n k) = q^\top R_{n - m}\, k

    so that attention sees how far apart two positions are, and not where they stand.
    Apply it to queries and keys, after the projections and the split into heads, and
    not to values. Lengths of vectors stay as they are.

    Parameters
    ----------
    x : Tensor of floats, shape (..., T, E)
        Such as the queries of all heads, (N, num_heads, T, E); E is even.
    offset : int
        Position of the first vector, at least 0: with a cache of keys, the number of
        keys in it. Positions are offset, offset + 1, ..., offset + T - 1.
    positions : array_like of numbers, optional
        The positions themselves, in the place of `offset`, of a shape that broadcasts
        to (..., T); they need not be whole. Of sequences with padding in front, each
        counts from its first real vector.
    base : float
        b > 0. The slowest pair needs about :math:`2\pi b` positions for a full turn.
    interleaved : bool
        Which entries are a pair: :math:`(x_{2i}, x_{2i+1})`, as in the paper, or, if
        False, :math:`(x_i, x_{i + E/2})`, as in many programs. One is the other after
        an exchange of entries, so that weights trained with one need that one.

    Returns
    -------
    Tensor, shape (..., T, E)

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor, `offset` no int, `positions` holds no real
        numbers, `base` is no number or `interleaved` no bool.
    ValueError
        If E is odd, `x` has fewer than two axes, `base` is not positive, `offset` is
        negative, or `positions` has another shape, holds an infinity or nan, or is
        given together with an `offset`.

    Notes
    -----
    torch has no such function. Sines and cosines are computed in float64 and rounded
    once to the dtype of `x`.

    References
    ----------
    Su, Lu, Pan, Murtadha, Wen & Liu (2021), *RoFormer: enhanced transformer with rotary
    position embedding*, arXiv:2104.09864, eq. 14 to 16 and 34.
    """
    require_floats(x, "rotary_embedding")
    if x.ndim < 2:
        raise ValueError(
            f"rotary_embedding: x has shape {x.shape}, expected (..., T, E)"
        )
    if not isinstance(interleaved, bool):
        raise TypeError(
            f"rotary_embedding: interleaved must be True or False, got {interleaved!r}"
        )
    omega = frequencies(x.shape[-1], base, "rotary_embedding", "the last axis of x")
    angles = _positions(x, offset, positions)[..., np.newaxis] * omega  # (..., T, E/2)
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    turn = _turn_neighbors if interleaved else _turn_halves

    def backward(grad_out):
        return (turn(grad_out, cos, -sin),)

    return Tensor.from_op(turn(x.data, cos, sin), (x,), backward, "rotary_embedding")


def _turn_neighbors(x: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """Turn the pairs (0, 1), (2, 3), ...: complex numbers, and so is a turn."""
    turns = np.empty(cos.shape, np.result_type(x.dtype, np.complex64))
    turns.real, turns.imag = cos, sin
    numbers = np.ascontiguousarray(x, turns.real.dtype).view(turns.dtype)
    return np.asarray((numbers * turns).view(turns.real.dtype), x.dtype)


def _turn_halves(x: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """Turn the pairs (0, E/2), (1, E/2 + 1), ..."""
    first, second = np.split(x, 2, axis=-1)
    result = np.concatenate([second, first], axis=-1)
    result *= np.concatenate([-sin, sin], axis=-1)
    result += x * np.concatenate([cos, cos], axis=-1)
    return result


def frequencies(width: int, base: float, function: str, name: str) -> np.ndarray:
    r"""Return :math:`\omega_i = b^{-2i/E}`, the angle of pair i from step to step.

    Parameters
    ----------
    width : int
        E, even.
    base : float
        b > 0.
    function, name : str
        Who asks, and what E is there, for messages.

    Returns
    -------
    ndarray of float64, shape (E / 2,)

    Raises
    ------
    TypeError, ValueError
        If `width` is odd, or `base` no positive number.
    """
    base = require_number(base, f"{function}: base")
    if base <= 0:
        raise ValueError(f"{function}: base must be positive, got {base}")
    if width % 2:
        raise ValueError(
            f"{function}: {name} must be even, since entries are turned in pairs, "
            f"got {width}"
        )
    return base ** -(np.arange(0, width, 2) / width)


def _positions(x: Tensor, offset: int, positions: ArrayLike | None) -> np.ndarray:
    """Return the positions as float64 of a shape that broadcasts to (..., T)."""
    if isinstance(offset, bool) or not isinstance(offset, int | np.integer):
        raise TypeError(
            f"rotary_embedding: offset must be an int, got {type(offset).__name__}"
        )
    if offset < 0:
        raise ValueError(f"rotary_embedding: offset must be at least 0, got {offset}")
    if positions is None:
        return np.arange(offset, offset + x.shape[-2], dtype=np.float64)
    if offset:
        raise ValueError(
            f"rotary_embedding: offset {offset} and positions are both given; expected "
            "one of them"
        )
    given = np.asarray(positions.data if isinstance(positions, Tensor) else positions)
    if given.dtype.kind not in "fiu":
        raise TypeError(
            f"rotary_embedding: positions must hold real numbers, got {given.dtype}"
        )
    expected = x.shape[:-1]
    matched = zip(given.shape[::-1], expected[::-1], strict=False)
    if given.ndim > len(expected) or any(a not in (1, b) for a, b in matched):
        raise ValueError(
            f"rotary_embedding: positions have shape {given.shape}, x {x.shape}; "
            f"expected a shape that broadcasts to {expected}"
        )
    if not np.isfinite(given).all():
        raise ValueError("rotary_embedding: positions must be finite")
    return given.astype(np.float64)
