"""RAdam: Adam that waits until it knows the size of the gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_betas, require_not_negative
from dlbook.optim.running_mean import update_mean, update_mean_of_squares

__all__ = ["RAdam", "rectification"]


class RAdam(Optimizer):
    r"""Adam without division in its first steps, and shorter steps after them.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, d_t, \quad m_0 = 0 \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, d_t^2, \quad v_0 = 0 \\
        \theta_t &= \theta_{t-1} - \gamma\, \frac{m_t}{1 - \beta_1^t} \cdot
        \begin{cases}
            r_t \sqrt{1 - \beta_2^t} \,/\, (\sqrt{v_t} + \varepsilon)
                & \text{if } \rho_t > 5 \\
            1 & \text{otherwise}
        \end{cases}

    Of few gradients, :math:`v_t` is an unreliable mean: in Adam some of the first steps
    are far too long, against which a warm-up of the learning rate is the usual remedy.
    Here :math:`\rho_t`, about the number of gradients in the mean, decides when to
    divide, and :math:`r_t` from `rectification` grows towards 1. With the default
    :math:`\beta_2`, division begins at step 6.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0.
    betas : (float, float)
        :math:`\beta_1` and :math:`\beta_2`, each in [0, 1).
    eps : float
        :math:`\varepsilon`, >= 0, beside the root of the uncorrected :math:`v_t`.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
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

    References
    ----------
    Liu et al. (2020), arXiv:1908.03265, algorithm 2, which divides from
    :math:`\rho_t > 4` on and has no epsilon; the 5 and the epsilon are torch's.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
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
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative("RAdam", options, "lr", "eps", "weight_decay")
        require_betas("RAdam", options["betas"])

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
        step = state["step"] = int(state["step"]) + 1
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        scratch = self.scratch(data, 1)
        update_mean(mean, gradient, beta1, scratch)
        update_mean_of_squares(square, gradient, beta2, scratch)
        length = lr / (1 - beta1**step)
        factor = rectification(step, beta2)
        if factor is None:
            update = np.multiply(mean, length, out=scratch)
        else:
            denominator = np.sqrt(square, out=scratch)
            denominator += eps
            update = np.divide(mean, denominator, out=scratch)
            update *= length * factor * math.sqrt(1 - beta2**step)
        data -= update


def rectification(step: int, beta2: float) -> float | None:
    r"""Return the factor on Adam's step that makes up for a mean of few gradients.

    .. math::
        \rho_\infty &= \frac{2}{1 - \beta_2} - 1, \qquad
        \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\
        r_t &= \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\, \rho_\infty}
            {(\rho_\infty - 4)(\rho_\infty - 2)\, \rho_t}}

    Parameters
    ----------
    step : int
        t, from 1.
    beta2 : float
        :math:`\beta_2`, in [0, 1).

    Returns
    -------
    float or None
        :math:`r_t`, in (0, 1); None while :math:`\rho_t \le 5`, as in torch, when the
        mean is too uncertain to divide by.

    References
    ----------
    Liu et al. (2020), arXiv:1908.03265, algorithm 2.
    """
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step * beta2**step / (1 - beta2**step)
    if length <= 5:
        return None
    now = (length - 4) * (length - 2) / length
    at_last = (longest - 4) * (longest - 2) / longest
    return math.sqrt(now / at_last)
