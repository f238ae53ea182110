"""Adamax: Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_betas, require_not_negative
from dlbook.optim.running_mean import update_mean

__all__ = ["Adamax"]


class Adamax(Optimizer):
    r"""Step along a running mean of the gradients, divided by their decaying maximum.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, d_t, \quad m_0 = 0 \\
        u_t &= \max(\beta_2 u_{t-1},\; |d_t| + \varepsilon), \quad u_0 = 0 \\
        \theta_t &= \theta_{t-1} - \frac{\gamma}{1 - \beta_1^t} \, \frac{m_t}{u_t}

    `Adam` measures the gradients by a mean of their squares, this rule by their
    maximum, of which older gradients lose the share :math:`1 - \beta_2` a step. The
    maximum starts without a bias; only :math:`m_t` is corrected.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0: about the longest step.
    betas : (float, float)
        :math:`\beta_1` and :math:`\beta_2`, each in [0, 1).
    eps : float
        :math:`\varepsilon`, >= 0, inside the maximum.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.

    Raises
    ------
    TypeError
        If an option is no number, `betas` no pair, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, or if `params` is empty or names a
        tensor twice. torch accepts an infinite learning rate.

    References
    ----------
    Kingma & Ba (2015), arXiv:1412.6980, algorithm 2, which has no epsilon; it is
    torch's.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 2e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative("Adamax", options, "lr", "eps", "weight_decay")
        require_betas("Adamax", options["betas"])

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place."""
        # as Python floats: a NumPy float64 would not leave float32 arrays float32
        lr, eps = float(options["lr"]), float(options["eps"])
        beta1, beta2 = map(float, options["betas"])
        data, gradient = parameter.data, self.prepare_gradient(parameter, options)
        if not state:
            state["step"] = 0
            state["exp_avg"] = np.zeros_like(data)
            state["exp_inf"] = np.zeros_like(data)
        step = state["step"] = int(state["step"]) + 1
        mean, largest = state["exp_avg"], state["exp_inf"]
        scratch = self.scratch(data, 1)
        update_mean(mean, gradient, beta1, scratch)
        size = np.abs(gradient, out=scratch)
        size += eps
        largest *= beta2
        np.maximum(largest, size, out=largest)
        update = np.divide(mean, largest, out=scratch)
        update *= lr / (1 - beta1**step)
        data -= update
