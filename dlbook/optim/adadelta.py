"""Adadelta: steps as large as the steps before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_in_range, require_not_negative
from dlbook.optim.running_mean import update_mean_of_squares

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    r"""Scale each step by the running size of the steps, over that of the gradients.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        v_t &= \rho v_{t-1} + (1 - \rho)\, d_t^2, \quad v_0 = 0 \\
        \delta_t &= \frac{\sqrt{u_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}\, d_t
            \\
        u_t &= \rho u_{t-1} + (1 - \rho)\, \delta_t^2, \quad u_0 = 0 \\
        \theta_t &= \theta_{t-1} - \gamma \delta_t

    A step thus has the unit of the parameter, whatever the unit of the loss, and the
    rule needs no learning rate. Its first steps are small: about
    :math:`\sqrt{\varepsilon / (1 - \rho)}` long, and growing.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, a factor >= 0 on every step; 1 in the paper.
    rho : float
        :math:`\rho`, in [0, 1]. With 1, no running mean leaves 0: gradient descent.
    eps : float
        :math:`\varepsilon`, >= 0, inside both roots. With 0, no step leaves 0.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.

    Raises
    ------
    TypeError
        If an option is no number, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, or if `params` is empty or names a
        tensor twice. torch accepts an infinite learning rate.

    References
    ----------
    Zeiler (2012), arXiv:1212.5701, algorithm 1. The learning rate is torch's.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1.0,
        *,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative("Adadelta", options, "lr", "eps", "weight_decay")
        require_in_range("Adadelta: rho", options["rho"], 0, 1)

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place."""
        # as Python floats: a NumPy float64 would not leave float32 arrays float32
        lr, eps = float(options["lr"]), float(options["eps"])
        rho = float(options["rho"])
        data, gradient = parameter.data, self.prepare_gradient(parameter, options)
        if not state:
            state["step"] = 0
            state["square_avg"] = np.zeros_like(data)
            state["acc_delta"] = np.zeros_like(data)
        state["step"] = int(state["step"]) + 1
        square, delta_square = state["square_avg"], state["acc_delta"]
        scratch = self.scratch(data, 1)
        update_mean_of_squares(square, gradient, rho, scratch)
        denominator = np.add(square, eps, out=scratch)
        np.sqrt(denominator, out=denominator)
        delta = np.add(delta_square, eps, out=self.scratch(data, 2))
        np.sqrt(delta, out=delta)
        delta /= denominator
        delta *= gradient
        update_mean_of_squares(delta_square, delta, rho, scratch)
        data -= np.multiply(delta, lr, out=delta)
