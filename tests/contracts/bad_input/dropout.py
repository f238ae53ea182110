"""Dropout: its probability, its input, its generator."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, X, t, x

ROWS = [
    *(
        BadInput(
            f"dropout: p {p}",
            lambda p=p: F.dropout(x(), p, rng=0),
            ValueError,
            match,
            lambda p=p: TF.dropout(t(), p),
        )
        for p, match in (
            (-0.1, r"p must lie in \[0, 1\], got -0.1"),
            (1.1, r"p must lie in \[0, 1\], got 1.1"),
            (math.inf, "p must be finite"),
        )
    ),
    BadInput(
        "dropout: p nan",
        lambda: F.dropout(x(), math.nan, rng=0),
        ValueError,
        "p must be finite",
        # torch's check of the range lets nan pass; what its generator says varies
    ),
    BadInput(
        "dropout: p out of range in evaluation",
        lambda: F.dropout(x(), 2.0, training=False, rng=0),
        ValueError,
        r"p must lie in \[0, 1\], got 2",
        lambda: TF.dropout(t(), 2.0, training=False),
    ),
    BadInput(
        "dropout: p is a str",
        lambda: F.dropout(x(), "0.5", rng=0),
        TypeError,
        "p must be a number, got str",
        lambda: TF.dropout(t(), "0.5"),
    ),
    BadInput(
        "dropout: no rng",
        lambda: F.dropout(x(), 0.5),
        TypeError,
        "rng",
    ),
    BadInput(
        "dropout: an unusable rng",
        lambda: F.dropout(x(), 0.5, rng=0.5),
        TypeError,
        "rng must be a numpy.random.Generator, an int or None, got float",
    ),
    BadInput(
        "dropout: NumPy's old generator",
        lambda: F.dropout(x(), rng=np.random.RandomState(0)),
        TypeError,
        "rng must be .* got RandomState",
    ),
    BadInput(
        "dropout: of an array",
        lambda: F.dropout(X, rng=0),
        TypeError,
        "x must be a Tensor, got ndarray",
    ),
    BadInput(
        "dropout: of integers",
        lambda: F.dropout(Tensor([1, 2]), rng=0),
        TypeError,
        "floating-point numbers, got int64",
        lambda: TF.dropout(torch.tensor([1, 2])),
    ),
    *(
        BadInput(
            f"Dropout: p {p}",
            lambda p=p: nn.Dropout(p),
            ValueError,
            "Dropout: p must",
            lambda p=p: torch.nn.Dropout(p),
        )
        for p in (-0.1, 1.5)
    ),
    BadInput(
        "Dropout: p nan",
        lambda: nn.Dropout(math.nan),
        ValueError,
        "Dropout: p must be finite",
        lambda: torch.nn.Dropout(math.nan),
        True,
    ),
    BadInput(
        "Dropout: an unusable rng",
        lambda: nn.Dropout(rng="seed"),
        TypeError,
        "rng must be",
    ),
]
