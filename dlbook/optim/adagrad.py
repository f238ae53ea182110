"""Adagrad: steps scaled by all gradients so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_not_negative

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    r"""Divide each step by the root of the sum of all squared gradients so far.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        s_t &= s_{t-1} + d_t^2, \quad s_0 = \tau \\
        \theta_t &= \theta_{t-1} - \frac{\gamma}{1 + (t - 1)\,\eta} \,
            \frac{d_t}{\sqrt{s_t} + \varepsilon}

    Parameters that rarely get a gradient, such as the embedding of a rare word, keep
    long steps. The sum only grows: with equal gradients, step t is
    :math:`\gamma / \sqrt t` long.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0: the length of the first step.
    lr_decay : float
        :math:`\eta`, >= 0, which shortens the steps further.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    initial_accumulator_value : float
        :math:`\tau`, >= 0, where the sum of squares starts.
    eps : float
        :math:`\varepsilon`, >= 0, outside the root.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.

    Raises
    ------
    TypeError
        If an option is no number, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, or if `params` is empty or names a
        tensor twice. torch accepts an infinite learning rate.

    Notes
    -----
    A group may have an `initial_accumulator_value` of its own, which torch ignores. The
    sum is made in a parameter's first step, in torch with the optimizer.

    References
    ----------
    Duchi, Hazan & Singer (2011), JMLR 12, figure 1 with diagonal matrices; their
    :math:`\delta` is :math:`\varepsilon` here. `lr_decay` and
    `initial_accumulator_value` are torch's.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        *,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative(
            "Adagrad",
            options,
            "lr",
            "lr_decay",
            "weight_decay",
            "initial_accumulator_value",
            "eps",
        )

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place."""
        # as Python floats: a NumPy float64 would not leave float32 arrays float32
        lr, eps = float(options["lr"]), float(options["eps"])
        lr_decay = float(options["lr_decay"])
        data, gradient = parameter.data, self.prepare_gradient(parameter, options)
        if not state:
            start = float(options["initial_accumulator_value"])
            state["step"] = 0
            state["sum"] = np.full_like(data, start)
        step = state["step"] = int(state["step"]) + 1
        total, scratch = state["sum"], self.scratch(data, 1)
        total += np.multiply(gradient, gradient, out=scratch)
        denominator = np.sqrt(total, out=scratch)
        denominator += eps
        update = np.divide(gradient, denominator, out=scratch)
        update *= lr / (1 + (step - 1) * lr_decay)
        data -= update
