"""Adding places around an array, or cropping them: four ways to fill them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlbook.arrays import unbroadcast
from dlbook.autograd import Tensor

__all__ = ["pad"]

MODES = ("constant", "reflect", "replicate", "circular")
Widths = Sequence[tuple[int, int]]  # (before, after) for every axis, first axis first


def pad(
    x: Tensor, pad: Sequence[int], *, mode: str = "constant", value: float = 0.0
) -> Tensor:
    r"""Add places before and after the elements along the last axes.

    Along one axis of length T, padded by b places before and a after:

    .. math::
        y_t = x_{s(t)}, \quad
        s(t) = \begin{cases}
        |\,t - b\,|, \text{ and } 2(T - 1) - (t - b) \text{ past the end}
        & \text{reflect} \\
        \min(\max(t - b,\ 0),\ T - 1) & \text{replicate} \\
        (t - b) \bmod T & \text{circular}
        \end{cases}
        \qquad\qquad
        \bar x_s = \sum_{t \,:\, s(t) = s} \bar y_t

    and with "constant" :math:`y_t = x_{t-b}` where that exists, else the value. Several
    axes are padded one after the other. For ``x = [1, 2, 3]`` and ``pad=(2, 2)``::

        constant   0 0 [1 2 3] 0 0
        reflect    3 2 [1 2 3] 2 1
        replicate  1 1 [1 2 3] 3 3
        circular   2 3 [1 2 3] 1 2

    Parameters
    ----------
    x : Tensor, shape (*)
    pad : sequence of int
        Pairs (before, after), the pair of the **last axis first**, as torch has it:
        ``(left, right, top, bottom)`` for images. A negative width takes places away:
        before the axis is filled in "constant" and "circular", afterwards in the other
        two.
    mode : "constant", "reflect", "replicate" or "circular"
        What the new places hold. The last three pad one, two or three axes, all those
        after (N, C), or after (C,) for one example: sequences, images, volumes.
    value : float
        What "constant" fills in; infinities and nan are allowed.

    Returns
    -------
    Tensor, shape (*)
        Each padded axis is before + after longer.

    Raises
    ------
    TypeError
        If `x` is no Tensor, or a width no int.
    ValueError
        If the mode is none of the four; if `pad` is not made of pairs, or has more
        pairs than `x` has axes, or, with another mode than "constant", not one pair for
        every axis after the channels; if more is taken away than there is; if "reflect"
        needs T places or more, or "circular" more than T, where x has T; or if `value`
        is given for another mode than "constant".

    Notes
    -----
    "reflect" does not repeat the border; NumPy calls "replicate" edge and "circular"
    wrap.
    """
    widths = _checked(x, pad, mode, value)
    grown = tuple((max(before, 0), max(after, 0)) for before, after in widths)
    if mode == "constant":
        return _crop(x, widths).pad(grown, value=value)
    if mode == "circular":
        return _grow(_crop(x, widths), grown, mode)
    return _crop(_grow(x, grown, mode), widths)


def _crop(x: Tensor, widths: Widths) -> Tensor:
    """Take away as many places as the negative widths say."""
    if all(min(pair) >= 0 for pair in widths):
        return x
    kept = (
        slice(max(-before, 0), size - max(-after, 0))
        for size, (before, after) in zip(x.shape, widths, strict=True)
    )
    return x[tuple(kept)]


def _grow(x: Tensor, widths: Widths, mode: str) -> Tensor:
    """Pad by copying what `x` holds: no width is negative."""
    shape = [b + size + a for size, (b, a) in zip(x.shape, widths, strict=True)]
    padded = np.empty(shape, x.dtype)
    middle = tuple(
        slice(b, b + size) for size, (b, _) in zip(x.shape, widths, strict=True)
    )
    axes = [axis for axis, width in enumerate(widths) if width != (0, 0)]
    padded[middle] = x.data
    # along each axis in turn the new places copy old ones; a corner is copied twice
    for axis in axes:
        for new, old in _copies(np.moveaxis(padded, axis, 0), *widths[axis], mode):
            new[...] = old

    def backward(grad_out):  # the copies in reverse order, each now a sum
        grad_padded = grad_out.copy()
        for axis in reversed(axes):
            grads = np.moveaxis(grad_padded, axis, 0)
            for grad_new, grad_old in _copies(grads, *widths[axis], mode):
                grad_old += unbroadcast(grad_new, grad_old.shape)
        return (grad_padded[middle],)

    return Tensor.from_op(padded, (x,), backward, "pad")


def _copies(
    places: np.ndarray, before: int, after: int, mode: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the new places along the first axis, and those that they copy: views."""
    size = len(places) - before - after
    old = places[before : before + size]
    if mode == "reflect":
        first, last = old[1 : before + 1][::-1], old[size - 1 - after : size - 1][::-1]
    elif mode == "replicate":
        first, last = old[:1], old[-1:]
    else:
        first, last = old[size - before :], old[:after]
    return [(places[:before], first), (places[before + size :], last)]


def _checked(x: Tensor, pad: Sequence[int], mode: str, value: float) -> Widths:
    """Return one pair of widths for every axis of `x`."""
    if not isinstance(x, Tensor):
        raise TypeError(f"pad: x must be a Tensor, got {type(x).__name__}")
    if mode not in MODES:
        raise ValueError(f"pad: mode must be one of {', '.join(MODES)}, got {mode!r}")
    if not isinstance(pad, Sequence) or isinstance(pad, str):
        raise TypeError(
            f"pad: pad must be a sequence of ints, got {type(pad).__name__}; "
            "(left, right, top, bottom) for images"
        )
    for width in pad:
        if isinstance(width, bool) or not isinstance(width, int | np.integer):
            raise TypeError(f"pad: pad must hold ints, got {type(width).__name__}")
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(
            f"pad: pad must be pairs (before, after), at most one for each axis of "
            f"shape {x.shape}, the last axis first; got {tuple(pad)}"
        )
    pairs = [(int(b), int(a)) for b, a in zip(pad[::2], pad[1::2], strict=True)]
    widths = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    if mode == "constant":
        _check_value(x, value)
    else:
        _check_axes(x, pad, mode, value)
    for axis, (before, after) in enumerate(widths):
        if (before, after) != (0, 0):
            _check_widths(x, axis, before, after, mode)
    return widths


def _check_value(x: Tensor, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"pad: value must be a number, got {type(value).__name__}")
    if x.dtype.kind in "iu" and value != np.asarray(value).astype(x.dtype):
        raise ValueError(f"pad: value {value} does not fit x of dtype {x.dtype}")


def _check_axes(x: Tensor, pad: Sequence[int], mode: str, value: float) -> None:
    """Raise unless all axes after the channels are padded, as torch has it."""
    padded = len(pad) // 2
    if padded not in (1, 2, 3) or x.ndim - padded not in (1, 2):
        raise ValueError(
            f"pad: {mode} pads one, two or three axes, all after (N, C) or (C,); got "
            f"{padded} pairs for shape {x.shape}"
        )
    if mode != "circular" and 0 in x.shape[-1 - padded :]:
        raise ValueError(f"pad: nothing to {mode} in x of shape {x.shape}")
    if value != 0:
        raise ValueError(f"pad: value is for mode='constant', got {value} for {mode}")


def _check_widths(x: Tensor, axis: int, before: int, after: int, mode: str) -> None:
    size = x.shape[axis]
    cropped = size + min(before, 0) + min(after, 0)
    if mode in ("constant", "circular") and cropped < 0:
        room = f"at most the {size} places that are there can be taken away"
    elif mode in ("reflect", "replicate") and size + before + after < 1:
        room = "at least one place must remain"
    elif mode == "reflect" and max(before, after) >= size:
        room = f"reflect has {size - 1} places beside the border to copy"
    elif mode == "circular" and max(before, after) > cropped:
        room = f"circular has {cropped} places to copy"
    else:
        return
    raise ValueError(
        f"pad: widths {(before, after)} do not fit axis {axis} of shape {x.shape}: "
        f"{room}"
    )
