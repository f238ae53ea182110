"""RMSprop: steps scaled by the running size of the gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_in_range, require_not_negative
from dlbook.optim.running_mean import update_mean, update_mean_of_squares

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    r"""Divide each step by the root of a running mean of the squared gradients.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        v_t &= \alpha v_{t-1} + (1 - \alpha)\, d_t^2, \quad v_0 = 0 \\
        b_t &= \mu b_{t-1} + \frac{d_t}{\sqrt{v_t} + \varepsilon}, \quad b_0 = 0 \\
        \theta_t &= \theta_{t-1} - \gamma b_t

    The running mean forgets, unlike the sum of `Adagrad`, so the steps do not die out.
    Its start at 0 is not corrected, unlike in `Adam`: the first step has the length
    :math:`\gamma / \sqrt{1 - \alpha}`, 10 times the learning rate with the defaults.

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0.
    alpha : float
        :math:`\alpha`, in [0, 1).
    eps : float
        :math:`\varepsilon`, >= 0, outside the root.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    momentum : float
        :math:`\mu`, in [0, 1].
    centered : bool
        Divide by the root of a running variance: subtract from :math:`v_t` the square
        of a running mean of :math:`d_t`.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.

    Raises
    ------
    TypeError
        If an option is no number, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, or if `params` is empty or names a
        tensor twice. torch accepts infinity, and any
        `alpha` and `momentum` >= 0.

    Notes
    -----
    Rounding can make the running variance of nearly equal gradients negative, whose
    root torch returns as nan; here it counts as 0.

    References
    ----------
    Tieleman & Hinton (2012), Neural Networks for Machine Learning, lecture 6e.
    Centered: Graves (2013), arXiv:1308.0850, equations 38 to 41, which have epsilon
    inside the root; like torch, this class has it outside.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative("RMSprop", options, "lr", "eps", "weight_decay")
        require_in_range("RMSprop: momentum", options["momentum"], 0, 1)
        require_in_range("RMSprop: alpha", options["alpha"], 0, 1)
        if options["alpha"] == 1:  # the running mean would stay at 0
            raise ValueError("RMSprop: alpha must be less than 1, got 1")

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place."""
        # as Python floats: a NumPy float64 would not leave float32 arrays float32
        lr, eps = float(options["lr"]), float(options["eps"])
        alpha, momentum = float(options["alpha"]), float(options["momentum"])
        data, gradient = parameter.data, self.prepare_gradient(parameter, options)
        if not state:
            state["step"] = 0
            state["square_avg"] = np.zeros_like(data)
        if momentum and "momentum_buffer" not in state:
            state["momentum_buffer"] = np.zeros_like(data)
        if options["centered"] and "grad_avg" not in state:
            state["grad_avg"] = np.zeros_like(data)
        state["step"] = int(state["step"]) + 1
        square, scratch = state["square_avg"], self.scratch(data, 1)
        update_mean_of_squares(square, gradient, alpha, scratch)
        if options["centered"]:
            mean = state["grad_avg"]
            update_mean(mean, gradient, alpha, scratch)
            np.multiply(mean, mean, out=scratch)
            square = np.subtract(square, scratch, out=scratch)  # the variance
            np.maximum(square, 0, out=square)
        denominator = np.sqrt(square, out=scratch)
        denominator += eps
        direction = np.divide(gradient, denominator, out=scratch)
        if momentum:
            velocity = state["momentum_buffer"]
            velocity *= momentum
            velocity += direction
            direction = velocity
        data -= np.multiply(direction, lr, out=scratch)
