"""Differentiable functions of tensors, named as in torch.nn.functional."""

from dlbook.functional.activations import (
    elu,
    gelu,
    leaky_relu,
    logsigmoid,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from dlbook.functional.hard_activations import hardsigmoid, hardswish, hardtanh, relu6
from dlbook.functional.linear import linear
from dlbook.functional.losses import cross_entropy, mse_loss, nll_loss
from dlbook.functional.softmax import log_softmax, softmax

__all__ = [
    "cross_entropy",
    "elu",
    "gelu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "nll_loss",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
