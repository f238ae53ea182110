"""Local response normalization: neighboring channels hold each other down."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats, require_number

__all__ = ["local_response_norm"]


def local_response_norm(
    x: Tensor,
    size: int,
    *,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
) -> Tensor:
    r"""Divide each number by a power of the mean square of its neighbor channels.

    At every place by itself, with :math:`W(c)` the n channels from
    :math:`c - \lfloor n/2 \rfloor` to :math:`c + \lfloor (n-1)/2 \rfloor`, where
    channels that do not exist count as 0,

    .. math::
        d_c = k + \frac{\alpha}{n} \sum_{j \in W(c)} x_j^2, \qquad
        y_c = x_c\, d_c^{-\beta}

    .. math::
        \bar x_j = \bar y_j\, d_j^{-\beta} - \frac{2 \alpha \beta}{n}\, x_j
            \sum_{c:\, j \in W(c)} \bar y_c\, x_c\, d_c^{-\beta - 1}

    The paper has no division by n: its :math:`\alpha = 10^{-4}` with n = 5 and k = 2 is
    ``alpha=5e-4, k=2`` here and in torch.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, *)
        With at least one axis of place.
    size : int
        n, the number of channels in a neighborhood.
    alpha, beta, k : float
        :math:`\alpha \ge 0`, :math:`\beta`, and k > 0.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    TypeError
        If x holds no floats, `size` is no int, or an option no number.
    ValueError
        If x has fewer than three axes, or `size` is smaller than 1. And, where torch
        returns nan or a number: if `alpha` is negative, k not positive, or an option
        not finite.

    References
    ----------
    Krizhevsky, Sutskever & Hinton (2012), *ImageNet classification with deep
    convolutional neural networks*, section 3.3.
    """
    require_floats(x, "local_response_norm")
    if x.ndim < 3:
        raise ValueError(
            f"local_response_norm: x has shape {x.shape}, expected at least three "
            "axes, (N, C, L)"
        )
    require_neighbors("local_response_norm", size)
    alpha, beta, k = require_coefficients("local_response_norm", alpha, beta, k)
    before, after = size // 2, (size - 1) // 2
    denominators = sum_of_neighbors(x.data * x.data, before, after)
    denominators *= alpha / size
    denominators += k
    factors = denominators**-beta

    def backward(grad_out):
        grad = grad_out * factors
        pulls = grad * x.data
        pulls /= denominators
        pulls = sum_of_neighbors(pulls, after, before)  # the channels that j is near to
        pulls *= x.data
        pulls *= 2 * alpha * beta / size
        grad -= pulls
        return (grad,)

    return Tensor.from_op(x.data * factors, (x,), backward, "local_response_norm")


def sum_of_neighbors(array: np.ndarray, before: int, after: int) -> np.ndarray:
    """Sum over each channel of (N, C, *), those `before` it, and those `after` it."""
    total = array.copy()
    for step in range(1, before + 1):  # beyond the channels, of nothing
        total[:, step:] += array[:, :-step]
    for step in range(1, after + 1):
        total[:, :-step] += array[:, step:]
    return total


def require_neighbors(function: str, size: int) -> None:
    """Raise TypeError unless `size` is an int, ValueError if it is smaller than 1."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer):
        raise TypeError(f"{function}: size must be an int, got {type(size).__name__}")
    if size < 1:
        raise ValueError(f"{function}: size must be at least 1, got {size}")


def require_coefficients(
    function: str, alpha: float, beta: float, k: float
) -> tuple[float, float, float]:
    """Return them as floats, once the denominator is sure to be positive."""
    alpha = require_number(alpha, f"{function}: alpha")
    beta = require_number(beta, f"{function}: beta")
    k = require_number(k, f"{function}: k")
    if alpha < 0 or k <= 0:
        raise ValueError(
            f"{function}: alpha must be at least 0 and k positive, got alpha {alpha} "
            f"and k {k}"
        )
    return alpha, beta, k
