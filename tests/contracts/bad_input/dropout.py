"""Dropout: its probability, its input, its generator."""

import math
import re

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, X, t, x, zeros

AXES = {  # of an input that each function takes
    "dropout1d": 3,
    "dropout2d": 4,
    "dropout3d": 5,
    "alpha_dropout": 2,
    "feature_alpha_dropout": 3,
}

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
    *(
        BadInput(
            f"{name}: shape {shape}",
            lambda name=name, shape=shape: getattr(F, name)(zeros(*shape), rng=0),
            ValueError,
            rf"{name}: x .*{re.escape(str(shape))}",
            lambda name=name, shape=shape: getattr(TF, name)(
                torch.zeros(shape), training=True
            ),
            silent,
        )
        for name, shape, silent in (
            ("dropout1d", (3,), False),
            ("dropout1d", (2, 3, 4, 5), False),
            ("dropout2d", (2, 3), True),  # torch warns
            ("dropout2d", (2, 3, 4), True),
            ("dropout2d", (2, 3, 4, 5, 6), True),
            ("dropout3d", (2, 3, 4), True),
            ("dropout3d", (2, 3, 4, 5, 6, 7), True),
            ("feature_alpha_dropout", (3,), False),
        )
    ),
    *(
        BadInput(
            f"{name}: p {p}",
            lambda name=name, p=p: getattr(F, name)(zeros(*[2] * AXES[name]), p, rng=0),
            ValueError,
            f"{name}: p must",
            lambda name=name, p=p: getattr(TF, name)(
                torch.zeros([2] * AXES[name]), p, training=True
            ),
        )
        for name in AXES
        for p in (-0.1, 1.1)
    ),
    *(
        BadInput(
            f"{name}: an array, an unusable rng, in evaluation too: {what}",
            lambda name=name, x=x, rng=rng: getattr(F, name)(
                x, training=False, rng=rng
            ),
            TypeError,
            match,
        )
        for name in AXES
        for what, x, rng, match in (
            ("array", np.zeros([2] * AXES[name]), 0, f"{name}: x must be a Tensor"),
            ("rng", zeros(*[2] * AXES[name]), "0", "rng must be"),
        )
    ),
    *(
        BadInput(
            f"{name}: p {p}",
            lambda name=name, p=p: getattr(nn, name)(p),
            ValueError,
            f"{name}: p must",
            lambda name=name, p=p: getattr(torch.nn, name)(p),
        )
        for name in (
            "Dropout1d",
            "Dropout2d",
            "Dropout3d",
            "AlphaDropout",
            "FeatureAlphaDropout",
        )
        for p in (-0.1, 1.5)
    ),
]
