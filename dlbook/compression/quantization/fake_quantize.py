"""Rounding to a grid in floats, with the gradient of no rounding: for training."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlbook.autograd import Tensor
from dlbook.compression.quantization.calibration import (
    MovingAverageMinMaxObserver,
    Observer,
)
from dlbook.compression.quantization.grid import dequantize
from dlbook.compression.quantization.scheme import ACTIVATIONS, Scheme
from dlbook.functional.arguments import require_floats
from dlbook.nn import Module

__all__ = [
    "FakeQuantize",
    "fake_quantize_per_channel_affine",
    "fake_quantize_per_tensor_affine",
    "fake_quantize_weight",
]


def fake_quantize_per_tensor_affine(
    x: Tensor,
    scale: ArrayLike,
    zero_point: ArrayLike,
    quant_min: int,
    quant_max: int,
) -> Tensor:
    r"""Quantize and dequantize at once; the gradient passes as if nothing was rounded.

    .. math::
        q = \Bigl\lfloor \frac{x}{s} \Bigr\rceil + z, \qquad
        y = s \bigl(\operatorname{clip}(q, q_{\min}, q_{\max}) - z\bigr), \qquad
        \bar x = \begin{cases}
            \bar y & q_{\min} \le q \le q_{\max} \\
            0 & \text{else}
        \end{cases}

    The derivative of y is 0 almost everywhere, which would stop all learning. The
    straight-through estimator takes that of clip alone: 1 where nothing saturates.

    Parameters
    ----------
    x : Tensor of floats, shape (*)
    scale, zero_point : array_like
        s > 0 and z: one number each, or of shapes that broadcast with x.
    quant_min, quant_max : int
        The smallest and the largest integer.

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError
        If x is no Tensor of floats.
    ValueError
        If z is not in [quant_min, quant_max], as 0 would be off the grid, or s is not
        positive.

    References
    ----------
    Jacob et al. (2018), arXiv:1712.05877, equation 12; Bengio, Leonard & Courville
    (2013), arXiv:1308.3432, for the estimator. torch's function of this name.
    """
    require_floats(x, "fake_quantize")
    scale, zero_point = np.asarray(scale, np.float32), np.asarray(zero_point)
    if not np.all((quant_min <= zero_point) & (zero_point <= quant_max)):
        raise ValueError(
            f"fake_quantize: zero_point must be in [{quant_min}, {quant_max}], got "
            f"{zero_point}"
        )
    if not np.all(scale > 0):
        raise ValueError(f"fake_quantize: scale must be positive, got {scale}")
    zero_point = zero_point.astype(np.float32)
    with np.errstate(over="ignore"):  # what becomes infinite saturates
        q = np.rint(x.data * (1 / scale)) + zero_point
    y = dequantize(np.clip(q, quant_min, quant_max), scale, zero_point)

    def backward(grad_out):
        return (grad_out * ((quant_min <= q) & (q <= quant_max)),)

    return Tensor.from_op(np.asarray(y, x.dtype), (x,), backward, "fake_quantize")


def fake_quantize_per_channel_affine(
    x: Tensor,
    scale: ArrayLike,
    zero_point: ArrayLike,
    axis: int,
    quant_min: int,
    quant_max: int,
) -> Tensor:
    """Fake-quantize with a grid of its own for every index of an axis.

    Parameters
    ----------
    x : Tensor of floats, shape (..., C, ...)
    scale, zero_point : array_like, shape (C,)
    axis : int
        Which axis of x has C elements.
    quant_min, quant_max : int

    Returns
    -------
    Tensor, shape as x

    Raises
    ------
    TypeError, ValueError
        As `fake_quantize_per_tensor_affine`; ValueError also if there is no such axis,
        or not one grid for each of its elements.
    """
    require_floats(x, "fake_quantize")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"fake_quantize: axis {axis}, but x has shape {x.shape}")
    grid = np.asarray(scale), np.asarray(zero_point)
    for parameter in grid:
        if parameter.shape != (x.shape[axis],):
            raise ValueError(
                f"fake_quantize: expected {x.shape[axis]} scales and zero points, one "
                f"for each index of axis {axis}, got shape {parameter.shape}"
            )
    shape = [1] * x.ndim
    shape[axis] = -1
    scale, zero_point = (parameter.reshape(shape) for parameter in grid)
    return fake_quantize_per_tensor_affine(x, scale, zero_point, quant_min, quant_max)


def fake_quantize_weight(weight: Tensor, scheme: Scheme) -> Tensor:
    """Fake-quantize a weight with the grids that just hold it now.

    Parameters
    ----------
    weight : Tensor of floats
    scheme : Scheme
        Also with groups.

    Returns
    -------
    Tensor, of the same shape
    """
    blocks = scheme.blocks(weight.data)
    grids = scheme.quantize(weight.data)
    spread = (scheme.spread(p, blocks) for p in (grids.scale, grids.zero_point))
    rounded = fake_quantize_per_tensor_affine(
        weight.reshape(*blocks.shape), *spread, *scheme.range
    )
    return rounded.reshape(*weight.shape)


class FakeQuantize(Module):
    """Fake-quantize activations on the grid that an observer finds while training.

    Parameters
    ----------
    observer : Observer, optional
        With one grid; a moving average of the smallest and largest numbers by default.

    Attributes
    ----------
    observer : Observer
    observing : bool
        Whether it still looks at what comes, in training mode; set it to False to
        freeze the grid for the last epochs.
    rounding : bool
        Whether it rounds; False lets everything pass, for a network that is to settle
        first.

    Raises
    ------
    ValueError
        If the observer's scheme has several grids.
    RuntimeError
        When called in evaluation mode before it has seen a batch.
    """

    def __init__(self, observer: Observer | None = None) -> None:
        observer = observer or MovingAverageMinMaxObserver(ACTIVATIONS)
        require_one_grid(observer.scheme)
        self.observer = observer
        self.observing = True
        self.rounding = True

    def forward(self, x: Tensor) -> Tensor:
        """(*) -> (*)."""
        if self.observing and self.training:
            self.observer(x)
        if not self.rounding:
            return x
        grid = self.observer.calculate_qparams()
        return fake_quantize_per_tensor_affine(x, *grid, *self.observer.scheme.range)


def require_one_grid(scheme: Scheme) -> None:
    """Raise ValueError unless all numbers share one grid.

    Only then can it be taken out of the sum of a product.
    """
    if scheme.axis is not None or scheme.group_size is not None:
        raise ValueError(f"inputs of a layer must have one grid, got {scheme}")
