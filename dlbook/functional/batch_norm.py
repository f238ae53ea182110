"""Batch normalization: every channel gets mean 0 and variance 1 over the batch."""

from __future__ import annotations

from math import prod

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.functional.running_statistics import (
    require_momentum,
    require_running_statistics,
    update_running_statistics,
)
from dlbook.functional.scale_and_shift import require_eps, require_scale_and_shift

__all__ = ["batch_norm"]


def batch_norm(
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    r"""Normalize each channel by its mean and variance over the batch.

    In training, over the m numbers i of a channel (all examples, all places),

    .. math::
        \mu = \frac1m \sum_i x_i, \quad
        \sigma^2 = \frac1m \sum_i (x_i - \mu)^2, \quad
        s = \frac{1}{\sqrt{\sigma^2 + \varepsilon}}, \quad
        \hat x_i = s\,(x_i - \mu), \quad
        y_i = \gamma \hat x_i + \beta

    and, since every x moves :math:`\mu` and :math:`\sigma^2` as well,

    .. math::
        \bar\beta = \sum_i \bar y_i, \quad
        \bar\gamma = \sum_i \bar y_i \hat x_i, \quad
        \bar x_i = \gamma s \Bigl(
            \bar y_i - \frac{\bar\beta}{m} - \hat x_i \frac{\bar\gamma}{m} \Bigr)

    In evaluation the running statistics take the place of :math:`\mu` and
    :math:`\sigma^2`; they are constants, and :math:`\bar x_i = \gamma s\, \bar y_i`.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C) or (N, C, *)
        N examples of C channels, with any axes of place.
    running_mean, running_var : Tensor, shape (C,), or None
        Averages over the batches so far. Training changes them in place, also inside
        `no_grad`; None keeps none. Evaluation needs both.
    weight, bias : Tensor, shape (C,), optional
        :math:`\gamma` and :math:`\beta`; 1 and 0 if left out.
    training : bool
        Whether to normalize by this batch.
    momentum : float
        :math:`\alpha` in [0, 1], the share of this batch in the running statistics:
        :math:`r \leftarrow (1 - \alpha) r + \alpha \mu`, and likewise the variance,
        divided by m - 1.
    eps : float
        :math:`\varepsilon`, positive in training, at least 0 in evaluation. It stands
        under the root.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    TypeError
        If an argument is no Tensor, or the dtypes differ.
    ValueError
        If the shapes do not fit, running statistics are missing in evaluation, an
        option is out of range, or a channel has fewer than two values in training:
        normalized, one value would always be 0. And, where torch returns nan or a
        number: if the batch is empty in training, or `momentum` is outside [0, 1].

    References
    ----------
    Ioffe & Szegedy (2015), *Batch normalization*, arXiv:1502.03167: Algorithm 1 and
    the equations for backpropagation below it; Algorithm 2 for evaluation.
    """
    require_floats(x, "batch_norm")
    if x.ndim < 2:
        raise ValueError(
            f"batch_norm: x has shape {x.shape}, expected at least two axes, (N, C)"
        )
    shape = (*x.shape[:2], prod(x.shape[2:]))  # all places on one axis
    count = shape[0] * shape[2]
    eps = require_eps("batch_norm", eps, zero_allowed=not training)
    momentum = require_momentum("batch_norm", momentum)
    require_scale_and_shift("batch_norm", x, x.shape[1:2], weight=weight, bias=bias)
    needed = "" if training else "in evaluation (training=False)"
    require_running_statistics(
        "batch_norm", x, running_mean, running_var, needed=needed
    )
    if training and count < 2:
        raise ValueError(
            "batch_norm: expected more than 1 value per channel when training, got x "
            f"of shape {x.shape}"
        )

    numbers = x.data.reshape(shape)
    if training:  # einsum adds four times as fast as sum, and stores no product
        mean = np.einsum("ncl->c", numbers) / count
        centered = numbers - mean[:, None]
        rest = np.einsum("ncl->c", centered) / count  # rounding left it in the mean
        centered -= rest[:, None]
        variance = np.einsum("ncl,ncl->c", centered, centered) / count
        update_running_statistics(
            running_mean,
            running_var,
            mean + rest,
            variance,
            count=count,
            momentum=momentum,
        )
    else:
        centered = numbers - running_mean.data[:, None]
        variance = running_var.data
    inverse = 1 / np.sqrt(variance + eps)
    scale = inverse if weight is None else weight.data * inverse
    result = centered * scale[:, None]
    if bias is not None:
        result += bias.data[:, None]

    def backward(grad_out):
        grad = grad_out.reshape(shape)
        grad_bias = np.einsum("ncl->c", grad)
        grad_weight = np.einsum("ncl,ncl->c", grad, centered) * inverse
        grad_x = None
        if x.requires_grad and training:  # in place: each pass over a batch counts
            grad_x = centered * (-inverse * grad_weight / count)[:, None]
            grad_x += grad
            grad_x -= (grad_bias / count)[:, None]
            grad_x *= scale[:, None]
        elif x.requires_grad:
            grad_x = grad * scale[:, None]
        if grad_x is not None:
            grad_x = grad_x.reshape(x.shape)
        grads = ((x, grad_x), (weight, grad_weight), (bias, grad_bias))
        return tuple(g for parent, g in grads if parent is not None)

    parents = tuple(t for t in (x, weight, bias) if t is not None)
    return Tensor.from_op(result.reshape(x.shape), parents, backward, "batch_norm")
