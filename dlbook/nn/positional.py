"""Positions: sinusoidal and learned vectors to add, and rotations of pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.functional.rotary import frequencies
from dlbook.nn import init
from dlbook.nn.arguments import require_flag, require_size
from dlbook.nn.module import Module, Parameter

__all__ = [
    "LearnedPositions",
    "RotaryPositions",
    "SinusoidalPositions",
    "shift_matrix",
    "sinusoidal_positions",
]


def sinusoidal_positions(
    length: int, width: int, *, base: float = 10000.0
) -> np.ndarray:
    r"""Return a vector of sines and cosines for every position.

    .. math::
        P_{t, 2i} = \sin t\omega_i, \quad P_{t, 2i+1} = \cos t\omega_i, \qquad
        \omega_i = b^{-2i/D}, \quad i = 0, \dots, D/2 - 1

    Each pair is the hand of a clock: the first goes around in :math:`2\pi` positions,
    the last in nearly :math:`2\pi b`. The hands tell the position, and the step from
    one position to another turns each hand by an angle that is the same everywhere:
    see `shift_matrix`.

    Parameters
    ----------
    length : int
        T, how many positions, from 0 on.
    width : int
        D, entries of a vector, even.
    base : float
        b > 0.

    Returns
    -------
    ndarray of float64, shape (T, D)

    Raises
    ------
    TypeError, ValueError
        If a size is no int, `length` is negative, `width` is odd or not positive, or
        `base` is no positive number.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, section 3.5.
    """
    length = require_size(length, "sinusoidal_positions: length", least=0)
    omega = _frequencies(width, base, "sinusoidal_positions")
    angles = np.arange(length)[:, np.newaxis] * omega  # (T, D / 2)
    table = np.empty((length, width))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table


def shift_matrix(width: int, by: float, *, base: float = 10000.0) -> np.ndarray:
    r"""Return the rotation that moves every sinusoidal position by the same distance.

    With P from `sinusoidal_positions`, :math:`P_{t+k} = S_k P_t` for every t, where
    :math:`S_k` holds one block for each pair on its diagonal,

    .. math::
        \begin{pmatrix}
            \cos k\omega_i & \sin k\omega_i \\ -\sin k\omega_i & \cos k\omega_i
        \end{pmatrix}

    by the addition theorems of sine and cosine. It is orthogonal, and :math:`S_j S_k =
    S_{j+k}`. So a single matrix, such as a head's projection of queries, can look at
    "k positions from here".

    Parameters
    ----------
    width : int
        D, even.
    by : int or float
        k, how far; negative is backward.
    base : float
        b > 0.

    Returns
    -------
    ndarray of float64, shape (D, D)
        In code, where vectors are rows: ``P[k:] == P[:-k] @ shift_matrix(D, k).T``.

    Raises
    ------
    TypeError, ValueError
        If `width` is no even positive int, `by` no finite number, or `base` no positive
        number.

    References
    ----------
    Vaswani et al. (2017), section 3.5, which states that such a matrix exists.
    """
    angles = require_number(by, "shift_matrix: by") * _frequencies(
        width, base, "shift_matrix"
    )
    matrix = np.zeros((width, width))
    even, odd = np.arange(0, width, 2), np.arange(1, width, 2)
    matrix[even, even] = matrix[odd, odd] = np.cos(angles)
    matrix[even, odd] = np.sin(angles)
    matrix[odd, even] = -np.sin(angles)
    return matrix


class AddedPositions(Module):
    """What sinusoidal and learned positions share: one vector added at each place."""

    width: int
    batch_first: bool

    def forward(self, x: Tensor, *, offset: int = 0) -> Tensor:
        """(T, N, D), (N, T, D) or (T, D) -> the same shape; the class says more."""
        name = type(self).__name__
        require_floats(x, name)
        if x.ndim not in (2, 3) or x.shape[-1] != self.width:
            axes = "N, T" if self.batch_first else "T, N"
            raise ValueError(
                f"{name}: x has shape {x.shape}, expected ({axes}, {self.width}) or "
                f"(T, {self.width})"
            )
        offset = require_size(offset, f"{name}: offset", least=0)
        stacked = x.ndim == 3 and not self.batch_first  # (T, N, D)
        vectors = self.rows(offset, offset + x.shape[0 if stacked else -2], x)  # (T, D)
        return x + (vectors.unsqueeze(1) if stacked else vectors)

    def rows(self, start: int, stop: int, x: Tensor) -> Tensor:
        """Return the vectors of the positions start to stop - 1, in the dtype of x."""
        raise NotImplementedError(f"{type(self).__name__} does not define rows()")


class SinusoidalPositions(AddedPositions):
    r"""Add to every vector the sines and cosines of its position.

    The vectors are those of `sinusoidal_positions`. Nothing is trained and nothing is
    saved, and no sequence is too long.

    Parameters
    ----------
    width : int
        D, entries of a vector, even.
    base : float
        b > 0.
    batch_first : bool
        Whether the input is (N, T, D) and not (T, N, D).

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if `x` is no
        Tensor of floats or has the wrong shape, or `offset` is no int or negative.

    Notes
    -----
    Called as ``layer(x, *, offset=0)``, where `x` has the shape (T, N, D); (N, T, D)
    with `batch_first`; or (T, D) for one sequence. The first vector stands at position
    `offset`.

    An entry of P is at most 1 in magnitude. Vaswani et al. multiply the embeddings by
    :math:`\sqrt D` before they add P, so that positions do not drown them (section
    3.4); that is left to the caller.

    References
    ----------
    Vaswani et al. (2017), *Attention is all you need*, arXiv:1706.03762, section 3.5.
    """

    def __init__(
        self, width: int, *, base: float = 10000.0, batch_first: bool = False
    ) -> None:
        self.batch_first = require_flag(batch_first, "SinusoidalPositions: batch_first")
        _frequencies(width, base, "SinusoidalPositions")
        self.width, self.base = int(width), float(base)
        self._table = np.empty((0, self.width))  # grows as longer sequences come

    def rows(self, start: int, stop: int, x: Tensor) -> Tensor:
        """Return the vectors of the positions start to stop - 1, in the dtype of x."""
        if stop > len(self._table):
            longer = max(stop, 2 * len(self._table))
            self._table = sinusoidal_positions(longer, self.width, base=self.base)
        return Tensor(self._table[start:stop].astype(x.dtype))

    def extra_repr(self) -> str:
        """Return the width and the options that are not the default."""
        return _options(self, f"{self.width}", base=10000.0, batch_first=False)


class LearnedPositions(AddedPositions):
    r"""Add to every vector a trained vector of its position.

    Parameters
    ----------
    length : int
        How many positions there are, at least 1: no sequence can be longer.
    width : int
        D, entries of a vector, at least 1.
    std : float
        s, not negative: `weight` is drawn from N(0, s²).
    batch_first : bool
        Whether the input is (N, T, D) and not (T, N, D).
    rng : numpy.random.Generator, int or None
        Source of the initial values: a generator, a seed, or None for new random ones.

    Attributes
    ----------
    weight : Parameter, shape (length, D)
        float32.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, if `x` is no
        Tensor of floats, has the wrong shape or another dtype than `weight`, `offset`
        is no int or negative, or there is no such position.

    Notes
    -----
    Called as ``layer(x, *, offset=0)``, where `x` has the shape (T, N, D); (N, T, D)
    with `batch_first`; or (T, D) for one sequence. The first vector stands at position
    `offset`. It is torch's ``nn.Embedding(length, width)`` of the positions, added to
    the input, with smaller initial values: 0.02 is GPT-2's and BERT's.

    References
    ----------
    Gehring et al. (2017), *Convolutional sequence to sequence learning*,
    arXiv:1705.03122, section 3.1; in a transformer: Vaswani et al. (2017), section 3.5
    and table 3, row E; Radford et al. (2019), GPT-2.
    """

    def __init__(
        self,
        length: int,
        width: int,
        *,
        std: float = 0.02,
        batch_first: bool = False,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        self.length = require_size(length, "LearnedPositions: length")
        self.width = require_size(width, "LearnedPositions: width")
        self.batch_first = require_flag(batch_first, "LearnedPositions: batch_first")
        self.std = require_number(std, "LearnedPositions: std")
        if self.std < 0:
            raise ValueError(f"LearnedPositions: std must not be negative, got {std}")
        self.weight = Parameter(np.zeros((length, width), np.float32))
        init.normal_(self.weight, std=self.std, rng=rng)

    def rows(self, start: int, stop: int, x: Tensor) -> Tensor:
        """Return the vectors of the positions start to stop - 1."""
        if x.dtype != self.weight.dtype:
            raise TypeError(
                f"LearnedPositions: x has dtype {x.dtype}, weight {self.weight.dtype}; "
                f"convert one of them, for example x.astype({self.weight.dtype})"
            )
        if stop > self.length:
            raise ValueError(
                f"LearnedPositions: x reaches position {stop - 1}, and the last one is "
                f"{self.length - 1}"
            )
        return self.weight[start:stop]

    def extra_repr(self) -> str:
        """Return the sizes and the options that are not the default."""
        return _options(
            self, f"{self.length}, {self.width}", std=0.02, batch_first=False
        )


class RotaryPositions(Module):
    """Turn pairs of entries of queries or keys: `functional.rotary_embedding`.

    Parameters
    ----------
    base : float
        b > 0.
    interleaved : bool
        Whether a pair is two neighbors, as in the paper, or, if False, an entry of the
        first half and one of the second.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.rotary_embedding` does.

    Notes
    -----
    Called as ``layer(x, *, offset=0, positions=None)`` with `x` of the shape (..., T,
    E), once for queries and once for keys, in every layer of the model.

    References
    ----------
    Su et al. (2021), arXiv:2104.09864.
    """

    def __init__(self, *, base: float = 10000.0, interleaved: bool = True) -> None:
        frequencies(2, base, "RotaryPositions", "")
        self.base = float(base)
        self.interleaved = require_flag(interleaved, "RotaryPositions: interleaved")

    def forward(
        self, x: Tensor, *, offset: int = 0, positions: ArrayLike | None = None
    ) -> Tensor:
        """(..., T, E) -> (..., T, E)."""
        return F.rotary_embedding(
            x,
            offset=offset,
            positions=positions,
            base=self.base,
            interleaved=self.interleaved,
        )

    def extra_repr(self) -> str:
        """Return the options that are not the default."""
        return _options(self, "", base=10000.0, interleaved=True)


def _frequencies(width: int, base: float, function: str) -> np.ndarray:
    width = require_size(width, f"{function}: width")
    return frequencies(width, base, function, "width")


def _options(module: Module, sizes: str, **defaults: object) -> str:
    """Return the sizes, and what differs from the defaults."""
    given = {name: getattr(module, name) for name in defaults}
    changed = [f"{k}={v}" for k, v in given.items() if v != defaults[k]]
    return ", ".join([sizes] * bool(sizes) + changed)
