"""Adam and AdamW: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_betas, require_not_negative
from dlbook.optim.running_mean import update_mean, update_mean_of_squares

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    r"""Step along a running mean of the gradients, scaled by their running size.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, d_t, \quad m_0 = 0 \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, d_t^2, \quad v_0 = 0 \\
        \theta_t &= \theta_{t-1} - \gamma\,
            \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon}

    The divisors :math:`1 - \beta^t` correct the bias of running means that start at 0.
    The epsilon stands outside the root, as in torch and in the paper; in Keras it
    stands outside the root of the uncorrected :math:`v_t`, where it weighs more in the
    first steps.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0. The first step is at most about this
        long in each parameter.
    betas : (float, float)
        :math:`\beta_1` and :math:`\beta_2`, each in [0, 1).
    eps : float
        :math:`\varepsilon`, >= 0.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    amsgrad : bool
        Divide by the largest :math:`v` so far in place of :math:`v_t`.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.
    decoupled_weight_decay : bool
        Leave :math:`\lambda` out of :math:`d_t` and multiply the parameters by
        :math:`1 - \gamma\lambda` before the step: AdamW.

    Raises
    ------
    TypeError
        If an option is no number, `betas` no pair, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, or if `params` is empty or names a
        tensor twice. torch accepts an infinite learning rate.

    References
    ----------
    Kingma & Ba (2015), arXiv:1412.6980, algorithm 1; its :math:`\alpha` is
    :math:`\gamma` here. AMSGrad: Reddi, Kale & Kumar (2018), algorithm 2; like torch,
    the largest :math:`v` is kept before the correction of the bias. AdamW: Loshchilov
    & Hutter (2019), arXiv:1711.05101, algorithm 2; like torch, its decay is multiplied
    by the learning rate.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        kind = type(self).__name__
        require_not_negative(kind, options, "lr", "eps", "weight_decay")
        require_betas(kind, options["betas"])

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
            state["exp_avg_sq"] = np.zeros_like(data)
        if options["amsgrad"] and "max_exp_avg_sq" not in state:
            state["max_exp_avg_sq"] = np.zeros_like(data)
        step = state["step"] = int(state["step"]) + 1
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        scratch = self.scratch(data, 1)
        update_mean(mean, gradient, beta1, scratch)
        update_mean_of_squares(square, gradient, beta2, scratch)
        if options["amsgrad"]:
            square = np.maximum(
                state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"]
            )
        # m^ / (sqrt(v^) + eps), with the two corrections drawn out of the arrays
        root_correction = math.sqrt(1 - beta2**step)
        denominator = np.sqrt(square, out=scratch)
        denominator += eps * root_correction
        update = np.divide(mean, denominator, out=scratch)
        update *= lr * root_correction / (1 - beta1**step)
        data -= update


class AdamW(Adam):
    r"""Adam with decoupled weight decay.

    Parameters shrink by the factor :math:`1 - \gamma\lambda` before each step. In
    `Adam` the decay passes through the running means and is divided by the root of
    :math:`v_t` like a gradient, so that weights with large gradients decay least. Here
    every weight decays by the same share.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr, betas, eps, amsgrad, maximize
        As in `Adam`.
    weight_decay : float
        :math:`\lambda`, >= 0.

    Raises
    ------
    TypeError, ValueError
        As `Adam` does.

    References
    ----------
    Loshchilov & Hutter (2019), arXiv:1711.05101, algorithm 2; like torch, the decay is
    multiplied by the learning rate.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )
