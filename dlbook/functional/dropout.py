"""Dropping numbers, or whole channels, at random while a network trains."""

from __future__ import annotations

import math

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.random import default_rng

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

# what selu tends to for large negative numbers: minus its scale times its alpha
SELU_SATURATION = -1.0507009873554805 * 1.6732632423543772

# how many axes number the channels, for each number of axes that x may have
CHANNEL_AXES = {
    "dropout1d": {2: 1, 3: 2},
    "dropout2d": {4: 2},
    "dropout3d": {4: 1, 5: 2},
}
LAYOUTS = {
    "dropout1d": "(N, C, T) or (C, T)",
    "dropout2d": "(N, C, H, W); dropout1d takes (N, C, T), and x[np.newaxis] makes "
    "a batch of one image",
    "dropout3d": "(N, C, D, H, W) or (C, D, H, W)",
}


def dropout(
    x: Tensor,
    p: float = 0.5,
    *,
    training: bool = True,
    rng: np.random.Generator | int | None,
) -> Tensor:
    r"""Set each number to 0 with probability p and divide the others by 1 - p.

    .. math::
        y_i = \frac{m_i}{1 - p}\, x_i, \quad m_i \sim \mathrm{Bernoulli}(1 - p)
        \qquad\qquad
        \bar x_i = \frac{m_i}{1 - p}\, \bar y_i

    The division keeps the mean: :math:`\mathbb{E}[y_i] = x_i`, so that nothing has to
    be done in evaluation ("inverted" dropout).

    Parameters
    ----------
    x : Tensor of floats, shape (*)
    p : float
        The probability of dropping, in [0, 1]. With 1 everything becomes 0.
    training : bool
        False returns `x` itself, and draws nothing.
    rng : numpy.random.Generator, int or None
        Source of the mask m: a generator, a seed, or None for a new random one. A seed
        gives the same mask on every call.

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor, p is no number, or `rng` is none of these.
    ValueError
        If p is outside [0, 1].

    Notes
    -----
    The mask is ``rng.random(x.shape, numpy.float32) >= p``, the same for float32 and
    float64. torch draws from a generator of its own, so that its mask is another; the
    tests compare with torch on our mask.

    References
    ----------
    Srivastava et al. (2014), *Journal of Machine Learning Research* 15, section 4 and
    section 10, where the retained units are scaled in training; p there is the
    probability of keeping.
    """
    p, rng = _checked("dropout", x, p, rng)
    if not training or p == 0:
        return x
    kept = rng.random(x.shape, np.float32) >= p  # one byte a number until backward
    scale = 0.0 if p == 1 else 1 / (1 - p)

    def backward(grad_out):
        return (grad_out * kept * scale,)

    return Tensor.from_op(x.data * kept * scale, (x,), backward, "dropout")


def dropout1d(
    x: Tensor,
    p: float = 0.5,
    *,
    training: bool = True,
    rng: np.random.Generator | int | None,
) -> Tensor:
    r"""Set whole channels of sequences to 0 with probability p, scale the others.

    .. math::
        y_{nct} = \frac{m_{nc}}{1 - p}\, x_{nct}, \quad
        m_{nc} \sim \mathrm{Bernoulli}(1 - p)

    Neighbors within a channel are alike, so that a number that drops alone is told by
    the ones beside it; a channel that drops as a whole is not.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, T) or, without a batch, (C, T)
    p : float
        The probability of dropping a channel of an example, in [0, 1].
    training : bool
        False returns `x` itself, and draws nothing.
    rng : numpy.random.Generator, int or None
        Source of the mask, as in `dropout`; one number a channel of an example.

    Returns
    -------
    Tensor, shape of `x`

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor, p is no number, or `rng` is none of these.
    ValueError
        If p is outside [0, 1], or `x` has another number of axes.

    References
    ----------
    Tompson et al. (2015), arXiv:1411.4280, section 3.2 ("SpatialDropout").
    """
    return _drop_channels("dropout1d", x, p, training, rng)


def dropout2d(
    x: Tensor,
    p: float = 0.5,
    *,
    training: bool = True,
    rng: np.random.Generator | int | None,
) -> Tensor:
    """Set whole channels of images to 0 with probability p, scale the others.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, H, W)
        Three axes are refused: torch reads them as (N, C, T), with a warning that it
        will read them as (C, H, W). Say which: `dropout1d`, or ``x[np.newaxis]``.
    p, training, rng
        As in `dropout1d`.

    Returns
    -------
    Tensor, shape (N, C, H, W)

    Raises
    ------
    TypeError, ValueError
        As `dropout1d`.

    References
    ----------
    Tompson et al. (2015), arXiv:1411.4280, section 3.2 ("SpatialDropout").
    """
    return _drop_channels("dropout2d", x, p, training, rng)


def dropout3d(
    x: Tensor,
    p: float = 0.5,
    *,
    training: bool = True,
    rng: np.random.Generator | int | None,
) -> Tensor:
    """Set whole channels of volumes to 0 with probability p, scale the others.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, D, H, W) or, without a batch, (C, D, H, W)
    p, training, rng
        As in `dropout1d`.

    Returns
    -------
    Tensor, shape of `x`

    Raises
    ------
    TypeError, ValueError
        As `dropout1d`.
    """
    return _drop_channels("dropout3d", x, p, training, rng)


def alpha_dropout(
    x: Tensor,
    p: float = 0.5,
    *,
    training: bool = True,
    rng: np.random.Generator | int | None,
) -> Tensor:
    r"""Set numbers to where SELU saturates, and keep mean 0 and variance 1.

    .. math::
        y_i = a\,\bigl(m_i x_i + (1 - m_i)\,\alpha'\bigr) + b, \quad
        m_i \sim \mathrm{Bernoulli}(1 - p)

        a = \bigl((1 - p)(1 + p\,\alpha'^2)\bigr)^{-1/2} \qquad
        b = -a\,p\,\alpha' \qquad
        \alpha' = \lim_{x \to -\infty} \mathrm{selu}(x) \approx -1.7581

    If the numbers of x have mean 0 and variance 1, so have those of y; plain `dropout`
    would raise the variance to 1 / (1 - p).

    Parameters
    ----------
    x : Tensor of floats, shape (*)
    p : float
        The probability of dropping, in [0, 1]. With 1 everything becomes 0, as torch
        has it: a and b have no limit there.
    training : bool
        False returns `x` itself, and draws nothing.
    rng : numpy.random.Generator, int or None
        Source of the mask m, which is that of `dropout`.

    Returns
    -------
    Tensor, shape (*)

    Raises
    ------
    TypeError
        If `x` is no floating-point Tensor, p is no number, or `rng` is none of these.
    ValueError
        If p is outside [0, 1].

    References
    ----------
    Klambauer, Unterthiner, Mayr & Hochreiter (2017), arXiv:1706.02515, section "New
    dropout technique"; their q is our 1 - p.
    """
    p, rng = _checked("alpha_dropout", x, p, rng)
    if not training or p == 0:
        return x
    return _saturate("alpha_dropout", x, p, rng, x.shape)


def feature_alpha_dropout(
    x: Tensor,
    p: float = 0.5,
    *,
    training: bool = True,
    rng: np.random.Generator | int | None,
) -> Tensor:
    """Set whole channels to where SELU saturates, and keep mean 0 and variance 1.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, *)
        A channel is all that has the same first two indices.
    p, training, rng
        As in `alpha_dropout`; one number is drawn for a channel of an example. torch's
        function has ``training=False`` by default, its layer True.

    Returns
    -------
    Tensor, shape (N, C, *)

    Raises
    ------
    TypeError, ValueError
        As `alpha_dropout`; ValueError also if `x` has fewer than two axes.
    """
    p, rng = _checked("feature_alpha_dropout", x, p, rng)
    if x.ndim < 2:
        raise ValueError(
            f"feature_alpha_dropout: x must have shape (N, C, ...), got shape {x.shape}"
        )
    if not training or p == 0:
        return x
    mask_shape = x.shape[:2] + (1,) * (x.ndim - 2)  # (N, C, 1, ...)
    return _saturate("feature_alpha_dropout", x, p, rng, mask_shape)


def _drop_channels(
    function: str,
    x: Tensor,
    p: float,
    training: bool,
    rng: np.random.Generator | int | None,
) -> Tensor:
    p, rng = _checked(function, x, p, rng)
    if x.ndim not in CHANNEL_AXES[function]:
        raise ValueError(
            f"{function}: x has shape {x.shape}, expected {LAYOUTS[function]}"
        )
    if not training or p == 0:
        return x
    channels = CHANNEL_AXES[function][x.ndim]
    mask_shape = x.shape[:channels] + (1,) * (x.ndim - channels)  # (N, C, 1, ...)
    kept = rng.random(mask_shape, np.float32) >= p
    scale = 0.0 if p == 1 else 1 / (1 - p)

    def backward(grad_out):
        return (grad_out * kept * scale,)

    return Tensor.from_op(x.data * kept * scale, (x,), backward, function)


def _saturate(
    function: str,
    x: Tensor,
    p: float,
    rng: np.random.Generator,
    mask_shape: tuple[int, ...],
) -> Tensor:
    if p == 1:
        return Tensor.from_op(
            np.zeros_like(x.data), (x,), lambda g: (np.zeros_like(g),), function
        )
    kept = rng.random(mask_shape, np.float32) >= p
    a = 1 / math.sqrt((1 - p) * (1 + p * SELU_SATURATION**2))
    b = -a * p * SELU_SATURATION

    def backward(grad_out):
        return (grad_out * kept * a,)

    replaced = np.where(kept, x.data, x.dtype.type(SELU_SATURATION))
    return Tensor.from_op(replaced * a + b, (x,), backward, function)


def _checked(
    function: str, x: Tensor, p: float, rng: np.random.Generator | int | None
) -> tuple[float, np.random.Generator]:
    """Return p as a Python float and `rng` as a generator, or raise."""
    require_floats(x, function)
    p = require_number(p, f"{function}: p")
    if not 0 <= p <= 1:
        raise ValueError(f"{function}: p must lie in [0, 1], got {p}")
    return p, default_rng(rng)
