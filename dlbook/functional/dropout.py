"""Dropping numbers at random while a network trains."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number
from dlbook.random import default_rng

__all__ = ["dropout"]


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
    require_floats(x, "dropout")
    p = require_number(p, "dropout: p")
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie in [0, 1], got {p}")
    rng = default_rng(rng)
    if not training or p == 0:
        return x
    kept = rng.random(x.shape, np.float32) >= p  # one byte a number until backward
    scale = 0.0 if p == 1 else 1 / (1 - p)

    def backward(grad_out):
        return (grad_out * kept * scale,)

    return Tensor.from_op(x.data * kept * scale, (x,), backward, "dropout")
