"""The affine map, activations, softmax."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, X, t, x, zeros

ROWS = [
    BadInput(
        "linear: features",
        lambda: F.linear(x(), zeros(4, 2)),
        ValueError,
        r"\(2, 3\), weight \(4, 2\)",
        lambda: TF.linear(t(), torch.zeros(4, 2, dtype=torch.float64)),
    ),
    BadInput(
        "linear: bias",
        lambda: F.linear(x(), zeros(4, 3), zeros(3)),
        ValueError,
        r"bias has shape \(3,\).*\(4,\)",
        lambda: TF.linear(t(), torch.zeros(4, 3).double(), torch.zeros(3).double()),
    ),
    BadInput(
        "linear: one bias for all",
        lambda: F.linear(x(), zeros(4, 3), zeros(1)),
        ValueError,
        r"\(1,\).*\(4,\)",
        lambda: TF.linear(t(), torch.zeros(4, 3).double(), torch.zeros(1).double()),
        True,
    ),
    BadInput(
        "linear: dtypes",
        lambda: F.linear(x(), Tensor(np.zeros((4, 3), np.float32))),
        TypeError,
        "float64, weight float32",
        lambda: TF.linear(t(), torch.zeros(4, 3)),
    ),
    BadInput(
        "linear: arrays",
        lambda: F.linear(X, zeros(4, 3)),
        TypeError,
        "x must be a Tensor, got ndarray",
    ),
    BadInput(
        "linear: weight with one axis",
        lambda: F.linear(x(), zeros(3)),
        ValueError,
        r"weight has shape \(3,\)",
    ),
    *(
        BadInput(
            f"{name}: integers",
            lambda name=name: getattr(F, name)(Tensor([1])),
            TypeError,
            f"{name}: x must hold floating-point numbers, got int64",
        )
        for name in (
            "elu",
            "gelu",
            "hardsigmoid",
            "hardswish",
            "hardtanh",
            "leaky_relu",
            "logsigmoid",
            "relu6",
            "selu",
            "sigmoid",
            "silu",
            "softplus",
            "tanh",
            "softmax",
            "log_softmax",
        )
    ),
    *(
        BadInput(
            f"{name}: no such axis",
            lambda name=name: getattr(F, name)(x(), axis=2),
            IndexError,
            "axis 2 is out of bounds",
            lambda name=name: getattr(TF, name)(t(), 2),
        )
        for name in ("softmax", "log_softmax")
    ),
    BadInput(
        "relu: booleans",
        lambda: F.relu(Tensor([True])),
        TypeError,
        "relu: x must hold",
        lambda: TF.relu(torch.tensor([True])),
    ),
    BadInput(
        "gelu: unknown form",
        lambda: F.gelu(x(), approximate="erf"),
        ValueError,
        "'erf'",
        lambda: TF.gelu(t(), approximate="erf"),
    ),
    BadInput(
        "hardtanh: limits exchanged",
        lambda: F.hardtanh(x(), 1.0, -1.0),
        ValueError,
        "1.0 and -1.0",
        lambda: TF.hardtanh(t(), 1.0, -1.0),
    ),
    BadInput(
        "softplus: beta 0",
        lambda: F.softplus(x(), beta=0),
        ValueError,
        "beta must not be 0",
        lambda: TF.softplus(t(), beta=0),
        True,
    ),
    BadInput(
        "leaky_relu: slope nan",
        lambda: F.leaky_relu(x(), math.nan),
        ValueError,
        "negative_slope must be finite",
        lambda: TF.leaky_relu(t(), math.nan),
        True,
    ),
    BadInput(
        "elu: alpha is text",
        lambda: F.elu(x(), "1"),
        TypeError,
        "alpha",
        lambda: TF.elu(t(), "1"),
    ),
]
