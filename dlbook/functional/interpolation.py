"""Making images larger or smaller: seven rules for the pixels in between."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number

__all__ = ["interpolate"]

# which numbers of axes, batch and channels included, each mode takes
MODES = {
    "nearest": (3, 4, 5),
    "nearest-exact": (3, 4, 5),
    "linear": (3,),
    "bilinear": (4,),
    "trilinear": (5,),
    "bicubic": (4,),
    "area": (3, 4, 5),
}
BLOCK = 64  # rows of a matrix that are multiplied at a time
Blocks = list[tuple[slice, slice, np.ndarray]]  # rows, columns, what stands there


def interpolate(
    x: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    *,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Tensor:
    r"""Resize sequences, images or volumes.

    Every mode works along one axis after the other, so that an axis is one matrix:

    .. math::
        y_t = \sum_s M_{ts}\, x_s
        \qquad\qquad
        \bar x_s = \sum_t M_{ts}\, \bar y_t

    With T places made of S, place t of the result lies at :math:`u_t` among the old:

    .. math::
        u_t = \left(t + \tfrac12\right) \frac{S}{T} - \tfrac12
        \quad \text{or, if } \mathtt{align\_corners}, \quad
        u_t = t\, \frac{S - 1}{T - 1}

    and row t of M holds

    - nearest: a 1 at :math:`\lfloor t S / T \rfloor`;
    - nearest-exact: a 1 at the place nearest to :math:`u_t`, the later of two;
    - linear, bilinear, trilinear: :math:`\max(0, 1 - |u_t - s|)`, with :math:`u_t = t`
      where T = S;
    - bicubic: :math:`k(u_t - s)`, a piecewise cubic k with k(0) = 1 that is 0 at the
      other integers and from 2 on; in all four, places outside count as the border;
    - area: 1 / n at the n places that [t, t + 1) S / T touches.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, *)
        One axis after the channels for "linear", two for "bilinear" and "bicubic",
        three for "trilinear"; one to three for the others.
    size : int or sequence of int, optional
        T for each axis after the channels; one number for all.
    scale_factor : float or sequence of float, optional
        T / S for each of these axes instead; T is rounded down.
    mode : str
        One of the seven above.
    align_corners : bool, optional
        Whether the centers of the corner pixels stay where they are, instead of the
        outer edges of the image; for linear, bilinear, trilinear and bicubic, where
        None means False.
    recompute_scale_factor : bool, optional
        Whether S / T is taken from the sizes also where `scale_factor` is given; else
        it is 1 / scale_factor, which differs when T was rounded. "area" always takes
        it from the sizes.

    Returns
    -------
    Tensor, shape (N, C, *)

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor, a size no int, or a factor no number.
    ValueError
        If the mode does not exist or is not for the axes of `x`; if not exactly one of
        `size` and `scale_factor` is given, or not one number for each axis; if a size
        is or becomes smaller than 1; if `align_corners` is given for a mode that has
        no use for it, or ``recompute_scale_factor=True`` with `size`.

    Notes
    -----
    torch's ``antialias``, a wider kernel when shrinking, is left out: linear and cubic
    modes skip pixels when they shrink an image more than twice; "area" does not.

    Where `scale_factor` does not divide the sizes, three details follow torch's values:
    linear modes copy an axis whose length stays, as written above; "nearest" takes the
    step from the sizes for images whose axis stays or doubles; and places are rounded
    as in torch. torch's own gradients disagree with its values there for "nearest" with
    one or three axes and for "bicubic" between equal sizes; ours belong to the values.

    A nan or infinity spreads to its neighbors along the axes, and further than
    torch's: 0 times it is nan. The two nearest modes only copy.

    References
    ----------
    Keys (1981), *IEEE Transactions on Acoustics, Speech, and Signal Processing* 29(6),
    equation 4 with a = -1/2; torch, and we, take a = -3/4.
    """
    sizes, steps = _sizes_and_steps(
        x, size, scale_factor, mode, align_corners, recompute_scale_factor
    )
    axes = range(2, x.ndim)
    if mode in ("nearest", "nearest-exact"):
        return _copy_nearest(x, sizes, steps, mode)
    matrices = [
        _in_blocks(
            new,
            partial(_weights, mode, x.shape[axis], new, step, align_corners),
            x.dtype,
        )
        for axis, new, step in zip(axes, sizes, steps, strict=True)
    ]

    def backward(grad_out):
        for axis, matrix in zip(reversed(axes), reversed(matrices), strict=True):
            grad_out = _multiply(_transposed(matrix), grad_out, axis, x.shape[axis])
        return (grad_out,)

    resized = x.data
    for axis, matrix, new in zip(axes, matrices, sizes, strict=True):
        resized = _multiply(matrix, resized, axis, new)
    return Tensor.from_op(resized, (x,), backward, "interpolate")


def _weights(
    mode: str,
    old: int,
    new: int,
    step: float,
    align_corners: bool | None,
    t: np.ndarray,
) -> tuple[int, np.ndarray]:
    """Return rows t of M without the zeros around: their first column, and weights."""
    if mode == "area":
        first, end = t * old // new, -(-(t + 1) * old // new)
        s = np.arange(first[0], end[-1])
        touched = (first[:, None] <= s) & (s < end[:, None])
        return first[0], touched / (end - first)[:, None]
    u = t * step if align_corners else (t + 0.5) * step - 0.5
    if mode != "bicubic" and new == old:
        u = t
    kernel = _cubic if mode == "bicubic" else _triangle
    s = np.arange(math.floor(u[0]) - 1, math.floor(u[-1]) + 3)
    column = s.clip(0, old - 1)  # places outside count as the border
    weights = np.zeros((len(t), column[-1] - column[0] + 1))
    np.add.at(weights.T, column - column[0], kernel(np.abs(u[:, None] - s)).T)
    return column[0], weights


def _triangle(distance: np.ndarray) -> np.ndarray:
    """Return the weight in linear interpolation of a place at this distance."""
    return np.maximum(0, 1 - distance)


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Return the weight in cubic interpolation of a place at this distance."""
    d, a = distance, -0.75
    near = ((a + 2) * d - (a + 3)) * d**2 + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def _in_blocks(
    new: int, weights: Callable[[np.ndarray], tuple[int, np.ndarray]], dtype: np.dtype
) -> Blocks:
    """Return M as blocks of rows, each without the columns that it does not use.

    What a row uses stands close together, so that long axes cost no products with
    zeros.
    """
    blocks = []
    for start in range(0, new, BLOCK):
        rows = np.arange(start, min(start + BLOCK, new))
        first, block = weights(rows)
        columns = slice(first, first + block.shape[1])
        blocks.append((slice(start, start + len(rows)), columns, block.astype(dtype)))
    return blocks


def _transposed(matrix: Blocks) -> Blocks:
    return [(columns, rows, block.T) for rows, columns, block in matrix]


def _multiply(matrix: Blocks, array: np.ndarray, axis: int, length: int) -> np.ndarray:
    """Multiply every vector along `axis` by a matrix of `length` rows."""
    before, old, after = array.shape[:axis], array.shape[axis], array.shape[axis + 1 :]
    last = not after
    array = array.reshape((-1, old) if last else (-1, old, math.prod(after)))
    result = np.zeros((len(array), length, *array.shape[2:]), array.dtype)
    done = 0
    for rows, columns, block in matrix:
        shared = slice(rows.start, max(rows.start, done))  # with the block before
        begun = result[:, shared].copy()
        if last:
            np.matmul(array[:, columns], block.T, out=result[:, rows])
        else:
            np.matmul(block, array[:, columns], out=result[:, rows])
        result[:, shared] += begun
        done = rows.stop
    return result.reshape(*before, length, *after)


def _copy_nearest(x: Tensor, sizes: list[int], steps: list[float], mode: str) -> Tensor:
    """Copy whole places; the gradient of a place is the sum over its copies."""
    axes = range(2, x.ndim)
    if mode == "nearest" and x.ndim == 4:  # torch's shortcut, for images alone
        steps = [
            old / new if new in (old, 2 * old) else step
            for old, new, step in zip(x.shape[2:], sizes, steps, strict=True)
        ]
    sources = [
        _nearest(mode, x.shape[axis], new, step, x.dtype)
        for axis, new, step in zip(axes, sizes, steps, strict=True)
    ]

    def backward(grad_out):
        for axis, source in zip(axes, sources, strict=True):
            grad_out = _sum_copies(grad_out, source, x.shape[axis], axis)
        return (grad_out,)

    copied = x.data
    for axis, source in zip(reversed(axes), reversed(sources), strict=True):
        copied = copied.take(source, axis)
    return Tensor.from_op(copied, (x,), backward, "interpolate")


def _nearest(mode: str, old: int, new: int, step: float, dtype: np.dtype) -> np.ndarray:
    """Return the place that each new place copies.

    Rounding decides where two are equally near. We round as torch does: the step to
    the type of x, the place to float32.
    """
    step = float(dtype.type(step))
    t = np.arange(new)
    if mode == "nearest":
        place = (t * step).astype(np.float32)
    else:
        place = ((t + 0.5) * step - 0.5).astype(np.float32) + 0.5
    return np.minimum(place.astype(np.intp), old - 1)  # rounded down


def _sum_copies(
    grad: np.ndarray, source: np.ndarray, old: int, axis: int
) -> np.ndarray:
    """Sum over the copies of each place along `axis`."""
    times = len(source) // old
    if np.array_equal(source, np.arange(times * old) // times):  # all equally often
        grads = np.moveaxis(grad, axis, 0)
        return np.moveaxis(sum(grads[i::times] for i in range(times)), 0, axis)

    def copies(t):
        first, last = source[t[0]], source[t[-1]]
        return first, source[t][:, None] == np.arange(first, last + 1)

    matrix = _in_blocks(len(source), copies, grad.dtype)
    return _multiply(_transposed(matrix), grad, axis, old)


def _sizes_and_steps(
    x: Tensor,
    size: int | Sequence[int] | None,
    scale_factor: float | Sequence[float] | None,
    mode: str,
    align_corners: bool | None,
    recompute_scale_factor: bool | None,
) -> tuple[list[int], list[float]]:
    """Return T and the step between new places for every axis after the channels."""
    require_floats(x, "interpolate")
    if mode not in MODES:
        raise ValueError(
            f"interpolate: mode must be one of {', '.join(MODES)}, got {mode!r}"
        )
    if x.ndim not in MODES[mode] or 0 in x.shape[1:]:
        axes = " or ".join(map(str, MODES[mode]))
        raise ValueError(
            f"interpolate: {mode} takes {axes} axes (N, C, ...), each but N at least "
            f"1, got shape {x.shape}"
        )
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give either size or scale_factor")
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(f"interpolate: align_corners is not for mode {mode!r}")
    if size is not None and recompute_scale_factor:
        raise ValueError("interpolate: recompute_scale_factor=True is not for size")
    old = x.shape[2:]
    if size is not None:
        sizes, factors = _each(size, "size", old), None
        for new in sizes:
            if isinstance(new, bool) or not isinstance(new, int | np.integer):
                got = type(new).__name__
                raise TypeError(f"interpolate: size must hold ints, got {got}")
    else:
        factors = [
            require_number(factor, "interpolate: scale_factor")
            for factor in _each(scale_factor, "scale_factor", old)
        ]
        sizes = [math.floor(s * factor) for s, factor in zip(old, factors, strict=True)]
        if recompute_scale_factor or mode == "area":
            factors = None
    if min(sizes) < 1:
        raise ValueError(
            f"interpolate: every size must be at least 1, got {tuple(sizes)} for "
            f"x of shape {x.shape}"
        )
    if align_corners:
        steps = [(s - 1) / max(t - 1, 1) for s, t in zip(old, sizes, strict=True)]
    elif factors:
        steps = [1 / factor for factor in factors]
    else:
        steps = [s / t for s, t in zip(old, sizes, strict=True)]
    return sizes, steps


def _each(value, name: str, old: tuple[int, ...]) -> list:
    """Return one number for every axis after the channels."""
    if not isinstance(value, tuple | list):
        return [value] * len(old)
    if len(value) != len(old):
        raise ValueError(
            f"interpolate: {name} has {len(value)} numbers for the {len(old)} axes "
            "after the channels"
        )
    return list(value)
