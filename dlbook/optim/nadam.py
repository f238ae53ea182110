"""NAdam: Adam that looks one step of momentum ahead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_betas, require_not_negative
from dlbook.optim.running_mean import update_mean, update_mean_of_squares

__all__ = ["NAdam"]


class NAdam(Optimizer):
    r"""Adam with Nesterov momentum: mix the new gradient into the running mean.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        \mu_t &= \beta_1 \bigl(1 - \tfrac12\, 0.96^{\,t \psi}\bigr) \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, d_t, \quad m_0 = 0 \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, d_t^2, \quad v_0 = 0 \\
        \hat m_t &= \frac{\mu_{t+1}}{1 - \prod_{i=1}^{t+1} \mu_i}\, m_t
            + \frac{1 - \mu_t}{1 - \prod_{i=1}^{t} \mu_i}\, d_t \\
        \theta_t &= \theta_{t-1} - \gamma\,
            \frac{\hat m_t}{\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon}

    The momentum :math:`\mu_t` rises slowly from :math:`\beta_1 / 2` to
    :math:`\beta_1`; its products correct the bias in place of :math:`\beta_1^t`.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0.
    betas : (float, float)
        :math:`\beta_1` and :math:`\beta_2`, each in [0, 1).
    eps : float
        :math:`\varepsilon`, >= 0, outside the root.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    momentum_decay : float
        :math:`\psi`, >= 0: how fast the momentum rises. With 0 it stays at
        :math:`\beta_1 / 2`.
    decoupled_weight_decay : bool
        Leave :math:`\lambda` out of :math:`d_t` and multiply the parameters by
        :math:`1 - \gamma\lambda` before the step, as in `AdamW`.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.

    Raises
    ------
    TypeError
        If an option is no number, `betas` no pair, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, or if `params` is empty or names a
        tensor twice. torch accepts an infinite learning rate.

    Notes
    -----
    torch keeps the product of the :math:`\mu_i` in float32, unless its default dtype is
    float64; here it is a Python float.

    References
    ----------
    Dozat (2016), Incorporating Nesterov momentum into Adam, ICLR workshop. Like torch,
    :math:`m_t` keeps the constant :math:`\beta_1`, where the paper has :math:`\mu_t`.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 2e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative(
            "NAdam", options, "lr", "eps", "weight_decay", "momentum_decay"
        )
        require_betas("NAdam", options["betas"])

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place."""
        # as Python floats: a NumPy float64 would not leave float32 arrays float32
        lr, eps = float(options["lr"]), float(options["eps"])
        beta1, beta2 = map(float, options["betas"])
        momentum_decay = float(options["momentum_decay"])
        data, gradient = parameter.data, self.prepare_gradient(parameter, options)
        if not state:
            state["step"] = 0
            state["mu_product"] = 1.0
            state["exp_avg"] = np.zeros_like(data)
            state["exp_avg_sq"] = np.zeros_like(data)
        step = state["step"] = int(state["step"]) + 1
        momentum = beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))
        next_momentum = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
        product = state["mu_product"] = float(state["mu_product"]) * momentum
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        scratch = self.scratch(data, 1)
        update_mean(mean, gradient, beta1, scratch)
        update_mean_of_squares(square, gradient, beta2, scratch)
        # m^ / (sqrt(v^) + eps), with the correction of v drawn out of the arrays
        ahead = np.multiply(
            mean, next_momentum / (1 - product * next_momentum), out=scratch
        )
        ahead += np.multiply(
            gradient, (1 - momentum) / (1 - product), out=self.scratch(data, 0)
        )
        root_correction = math.sqrt(1 - beta2**step)
        denominator = np.sqrt(square, out=self.scratch(data, 0))
        denominator += eps * root_correction
        ahead /= denominator
        ahead *= lr * root_correction
        data -= ahead
