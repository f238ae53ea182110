"""Layers: differentiable functions that own their parameters, named as in torch.nn."""

from dlbook.nn.activations import (
    ELU,
    GELU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from dlbook.nn.containers import ModuleDict, ModuleList, Sequential
from dlbook.nn.linear import Identity, Linear
from dlbook.nn.losses import CrossEntropyLoss, MSELoss, NLLLoss
from dlbook.nn.module import Buffer, Module, Parameter

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Buffer",
    "CrossEntropyLoss",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]
