"""Group normalization: each example by itself, in groups of channels."""

from __future__ import annotations

from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.functional.scale_and_shift import require_eps, require_scale_and_shift

__all__ = ["group_norm"]


def group_norm(
    x: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    eps: float = 1e-5,
) -> Tensor:
    r"""Normalize groups of channels, each by its mean and variance in one example.

    Over the d numbers i of a group, with the weight :math:`\gamma_i` and the bias
    :math:`\beta_i` of its channel,

    .. math::
        \mu = \frac1d \sum_i x_i, \quad
        \sigma^2 = \frac1d \sum_i (x_i - \mu)^2, \quad
        s = \frac{1}{\sqrt{\sigma^2 + \varepsilon}}, \quad
        \hat x_i = s\,(x_i - \mu), \quad
        y_i = \gamma_i \hat x_i + \beta_i

    .. math::
        \bar x_i = s \Bigl( \gamma_i \bar y_i
            - \frac1d \sum_j \gamma_j \bar y_j
            - \hat x_i\, \frac1d \sum_j \gamma_j \bar y_j \hat x_j \Bigr), \quad
        \bar\gamma_c = \sum \bar y \hat x, \quad
        \bar\beta_c = \sum \bar y

    the last two over all examples and places of a channel c. No example depends on
    another one, so that training and evaluation are the same.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C) or (N, C, *)
        N examples of C channels, with any axes of place.
    num_groups : int
        How many groups of C / num_groups neighboring channels; a divisor of C. One
        group normalizes the whole example, C groups each channel by itself.
    weight, bias : Tensor, shape (C,), optional
        :math:`\gamma` and :math:`\beta`; 1 and 0 if left out.
    eps : float
        :math:`\varepsilon > 0`, under the root.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    TypeError
        If an argument is no Tensor, the dtypes differ, or `num_groups` is no int.
    ValueError
        If the shapes do not fit, or `num_groups` does not divide C. And, where torch
        returns a number or nan: if a group holds fewer than two values (torch refuses
        it in a batch of one example alone), or `eps` is not positive.

    References
    ----------
    Wu & He (2018), *Group normalization*, arXiv:1803.08494, eq. 1, 2, 6 and 7.
    """
    require_floats(x, "group_norm")
    if x.ndim < 2:
        raise ValueError(
            f"group_norm: x has shape {x.shape}, expected at least two axes, (N, C)"
        )
    if isinstance(num_groups, bool) or not isinstance(num_groups, int | np.integer):
        raise TypeError(
            f"group_norm: num_groups must be an int, got {type(num_groups).__name__}"
        )
    examples, channels = x.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise ValueError(
            f"group_norm: num_groups must divide the {channels} channels of x, shape "
            f"{x.shape}, got {num_groups}"
        )
    eps = require_eps("group_norm", eps)
    require_scale_and_shift("group_norm", x, (channels,), weight=weight, bias=bias)
    places = prod(x.shape[2:])
    count = channels // num_groups * places  # d
    if count < 2:
        raise ValueError(
            "group_norm: expected more than 1 value per group, got x of shape "
            f"{x.shape} in {num_groups} groups"
        )

    by_group = (examples, num_groups, channels // num_groups)
    by_channel = (examples, channels, places)
    average = np.full(count, 1 / count, x.dtype)  # a product with it is a fast mean
    centered = x.data.reshape(examples, num_groups, count)
    centered = centered - (centered @ average)[..., None]
    centered -= (centered @ average)[..., None]  # rounding left it in a large mean
    variance = np.vecdot(centered, centered) / count
    centered = centered.reshape(by_channel)
    inverse = 1 / np.sqrt(variance + eps)[..., None]  # (examples, groups, 1)
    gamma = np.ones(channels, x.dtype) if weight is None else weight.data
    gamma = gamma.reshape(by_group[1:])
    scale = (gamma * inverse).reshape(examples, channels, 1)
    result = centered * scale
    if bias is not None:
        result += bias.data[:, None]

    def backward(grad_out):
        grad = grad_out.reshape(by_channel)
        # both (examples, groups, channels of a group): sums over the places
        sums = np.einsum("ncl->nc", grad).reshape(by_group)
        products = inverse * np.vecdot(grad, centered).reshape(by_group)
        grad_x = None
        if x.requires_grad:
            mean = (gamma * sums).sum(axis=2, keepdims=True) / count
            slope = (gamma * products).sum(axis=2, keepdims=True) / count
            mean, slope = (  # one number a group -> one a channel
                np.repeat(each, by_group[2]).reshape(scale.shape)
                for each in (mean * inverse, slope * inverse**2)
            )
            grad_x = centered * slope
            grad_x += mean
            np.subtract(grad * scale, grad_x, out=grad_x)
            grad_x = grad_x.reshape(x.shape)
        grads = (
            (x, grad_x),
            (weight, products.sum(axis=0).reshape(-1)),
            (bias, sums.sum(axis=0).reshape(-1)),
        )
        return tuple(g for parent, g in grads if parent is not None)

    parents = tuple(t for t in (x, weight, bias) if t is not None)
    return Tensor.from_op(result.reshape(x.shape), parents, backward, "group_norm")
