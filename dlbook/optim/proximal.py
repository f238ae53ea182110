"""Proximal steps: what follows a gradient step where the penalty has a kink."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.options import require_in_range

__all__ = ["proximal_l1_"]


def proximal_l1_(parameters: Tensor | Iterable[Tensor], amount: float) -> None:
    r"""Move every entry towards 0 by `amount`, and those that are nearer to 0 exactly.

    .. math::
        x \leftarrow \operatorname{sign}(x) \max(|x| - a,\; 0)
        = \arg\min_z \; \tfrac12 (z - x)^2 + a\, |z|

    With the penalty :math:`\lambda \sum |x|` on the parameters, take a step of plain
    gradient descent (`SGD` without momentum) on the loss alone, then call this function
    with the learning rate times :math:`\lambda`. Subgradient descent on the sum of both
    leaves entries that swing around 0; here they become 0.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Leaf tensors, changed in place; nothing is recorded for a backward pass. Leave
        out what the penalty leaves out, such as biases.
    amount : float
        :math:`a = \gamma\lambda`, the learning rate times the weight of the penalty,
        finite and >= 0. One number for all: parameters with another learning rate need
        a call of their own.

    Raises
    ------
    TypeError
        If `parameters` holds something else than Tensors, or `amount` is no number.
    ValueError
        If a tensor is the result of an operation, or `amount` is negative, nan or
        infinite. Then no parameter is changed.

    References
    ----------
    Daubechies, Defrise & De Mol (2004), Communications on Pure and Applied Mathematics
    57(11). Parikh & Boyd (2014), Proximal Algorithms: section 4.2 for the two steps,
    section 6.5.2 for this one, there called soft thresholding.
    """
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    if not isinstance(parameters, Iterable):
        raise TypeError(
            f"proximal_l1_: parameters must be Tensors, got {type(parameters).__name__}"
        )
    tensors = list(parameters)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"proximal_l1_: parameters[{i}] must be a Tensor, "
                f"got {type(tensor).__name__}"
            )
        if tensor.parents:
            raise ValueError(
                f"proximal_l1_: parameters[{i}] is the result of {tensor.op}; only "
                "leaf tensors, such as Parameters, can be changed"
            )
    require_in_range("proximal_l1_: amount", amount, 0, math.inf)
    limit = float(amount)
    for tensor in tensors:
        data = tensor.data
        data -= np.clip(data, -limit, limit)
