"""Instance normalization: each channel of each example by itself."""

from __future__ import annotations

from math import prod

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats
from dlbook.functional.batch_norm import batch_norm
from dlbook.functional.group_norm import group_norm
from dlbook.functional.running_statistics import (
    require_momentum,
    require_running_statistics,
    update_running_statistics,
)
from dlbook.functional.scale_and_shift import require_eps, require_scale_and_shift

__all__ = ["instance_norm"]


def instance_norm(
    x: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    r"""Normalize each channel of each example by its mean and variance over the places.

    This is `group_norm` with as many groups as channels; the equations and their
    gradients stand there. With ``use_input_stats=False`` it is `batch_norm` in
    evaluation.

    Parameters
    ----------
    x : Tensor of floats, shape (N, C, *)
        N examples of C channels, with at least one axis of place.
    running_mean, running_var : Tensor, shape (C,), or None
        Averages over the examples so far. With `use_input_stats` they are changed in
        place, also inside `no_grad`; None keeps none. Without it both are needed.
    weight, bias : Tensor, shape (C,), optional
        :math:`\gamma` and :math:`\beta`; 1 and 0 if left out.
    use_input_stats : bool
        Whether to normalize by these examples, or by the running statistics.
    momentum : float
        :math:`\alpha` in [0, 1]: the running mean becomes :math:`(1 - \alpha) r +
        \alpha \mu`, with :math:`\mu` averaged over the N examples; likewise the
        variance, divided by one less than the number of places.
    eps : float
        :math:`\varepsilon`, positive, or at least 0 with running statistics. It stands
        under the root.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    TypeError
        If an argument is no Tensor, or the dtypes differ.
    ValueError
        If the shapes do not fit, running statistics are missing, or there are fewer
        than two places in an example. And, where torch returns nan or a number: if an
        option is out of range, or running statistics would average no example.

    References
    ----------
    Ulyanov, Vedaldi & Lempitsky (2016), *Instance normalization*, arXiv:1607.08022,
    section 2, last equation.
    """
    require_floats(x, "instance_norm")
    if x.ndim < 3:
        raise ValueError(
            f"instance_norm: x has shape {x.shape}, expected at least three axes, "
            "(N, C, L)"
        )
    momentum = require_momentum("instance_norm", momentum)
    eps = require_eps("instance_norm", eps, zero_allowed=not use_input_stats)
    require_scale_and_shift("instance_norm", x, x.shape[1:2], weight=weight, bias=bias)
    needed = "" if use_input_stats else "with use_input_stats=False"
    require_running_statistics(
        "instance_norm", x, running_mean, running_var, needed=needed
    )
    if not use_input_stats:
        return batch_norm(x, running_mean, running_var, weight, bias, eps=eps)
    count = prod(x.shape[2:])
    if count < 2:
        raise ValueError(
            "instance_norm: expected more than 1 place to average over, got x of shape "
            f"{x.shape}"
        )
    if running_mean is not None:
        if len(x) == 0:
            raise ValueError(
                "instance_norm: running statistics would average no example, got x of "
                f"shape {x.shape}"
            )
        places = x.data.reshape(*x.shape[:2], count)
        update_running_statistics(
            running_mean,
            running_var,
            places.mean(axis=2).mean(axis=0),
            places.var(axis=2).mean(axis=0),
            count=count,
            momentum=momentum,
        )
    return group_norm(x, x.shape[1], weight, bias, eps=eps)
