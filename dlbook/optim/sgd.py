"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.options import require_in_range, require_not_negative

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Step against the gradient, or along a decaying sum of gradients.

    .. math::
        d_t &= \nabla_t + \lambda \theta_{t-1} \\
        v_t &= \mu v_{t-1} + (1 - \tau) d_t, \quad v_1 = d_1 \\
        \theta_t &= \theta_{t-1} - \gamma v_t
        \quad \text{or, with Nesterov momentum,} \quad
        \theta_{t-1} - \gamma (d_t + \mu v_t)

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        Parameters, or parameter groups with options of their own.
    lr : float
        :math:`\gamma`, the learning rate, >= 0.
    momentum : float
        :math:`\mu`, in [0, 1]. At 0, :math:`v_t = d_t`.
    dampening : float
        :math:`\tau`, in [0, 1]; it acts from the second step on, as in torch, and only
        with momentum.
    weight_decay : float
        :math:`\lambda`, >= 0, which pulls every parameter towards 0.
    nesterov : bool
        Look one step of momentum ahead. Needs momentum > 0 and dampening 0.
    maximize : bool
        Climb instead: use :math:`-\nabla_t`.

    Raises
    ------
    TypeError
        If an option is no number, or `params` no Tensors.
    ValueError
        If an option is nan or outside its range, if `nesterov` lacks momentum or has
        dampening, or if `params` is empty or names a tensor twice. torch accepts nan,
        infinity, momentum above 1 and any dampening.

    References
    ----------
    Robbins & Monro (1951). Momentum: Polyak (1964). Nesterov momentum in this form:
    Sutskever, Martens, Dahl & Hinton (2013), section 2, whose v is
    :math:`-\gamma v` here: like torch, this class multiplies by the learning rate last,
    so that changing it acts at once.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError if an option cannot be used."""
        require_not_negative("SGD", options, "lr", "weight_decay")
        require_in_range("SGD: momentum", options["momentum"], 0, 1)
        require_in_range("SGD: dampening", options["dampening"], 0, 1)
        if options["nesterov"] and not (
            options["momentum"] > 0 and options["dampening"] == 0
        ):
            raise ValueError(
                "SGD: nesterov needs momentum > 0 and dampening 0, got momentum "
                f"{options['momentum']} and dampening {options['dampening']}"
            )

    def update(
        self, parameter: Tensor, state: dict[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Change ``parameter.data`` in place."""
        # as Python floats: a NumPy float64 would not leave float32 arrays float32
        lr, momentum = float(options["lr"]), float(options["momentum"])
        dampening = float(options["dampening"])
        direction = self.prepare_gradient(parameter, options)
        scratch = self.scratch(parameter.data)  # where direction may be, too
        if momentum:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = state["momentum_buffer"] = direction.copy()
            else:
                velocity *= momentum
                if dampening:
                    direction = np.multiply(direction, 1 - dampening, out=scratch)
                velocity += direction
            if options["nesterov"]:
                parameter.data -= np.multiply(direction, lr, out=scratch)
                lr *= momentum
            direction = velocity
        parameter.data -= np.multiply(direction, lr, out=scratch)
