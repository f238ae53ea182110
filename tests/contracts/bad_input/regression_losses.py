"""Losses of predicted numbers: shapes, weights, options, variances."""

import math
import re

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

NAMES = ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss")
WEIGHTED = ("mse_loss", "l1_loss", "huber_loss")


def pair(name, what, shapes, error, match, silent=False, variance=None, **options):
    """Return a row that calls a loss with zeros of two shapes."""
    a, b = shapes
    ours, theirs = getattr(F, name), getattr(TF, name)
    if isinstance(variance, float):  # torch takes a whole array, or a Python float
        variance = np.full(a, variance)
    more = () if variance is None else (np.array(variance),)
    torch_options = {
        k: torch.tensor(v) if k == "weight" else v for k, v in options.items()
    }
    return BadInput(
        f"{name}: {what}",
        lambda: ours(zeros(*a), np.zeros(b), *more, **options),
        error,
        match,
        lambda: theirs(
            torch.zeros(a), torch.zeros(b), *map(torch.tensor, more), **torch_options
        ),
        silent,
    )


def shape_rows(name):
    """Return what every loss of a pair refuses."""
    variance = 1.0 if name == "gaussian_nll_loss" else None

    def row(*args, **options):
        return pair(name, *args, variance=variance, **options)

    more = () if variance is None else (variance,)
    return [
        row(
            "(3, 1) with (3,)",
            ((3, 1), (3,)),
            ValueError,
            rf"{name}: targets have shape \(3,\), inputs \(3, 1\)",
            True,
        ),
        row(
            "sizes",
            ((3,), (2,)),
            ValueError,
            r"\(2,\), inputs \(3,\);.* targets\.reshape",
        ),
        row("nothing", ((0,), (0,)), ValueError, "over nothing", True),
        row(
            "unknown reduction",
            ((2,), (2,)),
            ValueError,
            "'avg'",
            reduction="avg",
        ),
        BadInput(
            f"{name}: an array",
            lambda: getattr(F, name)(np.zeros(2), np.zeros(2), *more),
            TypeError,
            f"{name}: inputs must be a Tensor, got ndarray",
        ),
        BadInput(
            f"{name}: integers",
            lambda: getattr(F, name)(Tensor([1]), np.array([2]), *more),
            TypeError,
            "inputs must hold floating-point numbers",
        ),
    ]


def weight_rows(name):
    two = ((2,), (2,))
    return [
        pair(
            name,
            "a negative weight",
            two,
            ValueError,
            "weight must be finite",
            True,
            weight=[1.0, -1.0],
        ),
        pair(
            name,
            "a weight of nan",
            two,
            ValueError,
            "weight must be finite",
            True,
            weight=[1.0, math.nan],
        ),
        pair(
            name,
            "weight of another shape",
            two,
            ValueError,
            r"weight has shape \(1,\), inputs \(2,\)",
            weight=[1.0],
        ),
        *(
            pair(
                name,
                "every weight 0",
                two,
                ValueError,
                "over nothing",
                True,
                weight=[0.0, 0.0],
            )
            for _ in range(name != "huber_loss")  # that divides by the number of losses
        ),
    ]


def option_rows():
    two = ((2,), (2,))
    for name, option, least in (
        ("huber_loss", "delta", "> 0"),
        ("smooth_l1_loss", "beta", ">= 0"),
    ):
        for value in (-1.0, math.nan, math.inf):
            match = f"{option} must be " + (least if value < 0 else "finite")
            silent = value == math.inf
            yield pair(
                name,
                f"{option} {value}",
                two,
                ValueError,
                match,
                silent,
                **{option: value},
            )
    yield pair("huber_loss", "delta 0", two, ValueError, "delta must be > 0", delta=0.0)
    yield pair("huber_loss", "delta a word", two, TypeError, "delta", delta="1")


def gaussian_rows():
    name = "gaussian_nll_loss"
    six = ((2, 3), (2, 3))
    for variance, match in (
        (-1.0, "var must be >= 0, got values from -1"),
        ([[1.0, 1, 1], [1, -0.5, 1]], "var must be >= 0, got values from -0.5"),
    ):
        yield pair(
            name, f"variance {variance}", six, ValueError, match, False, variance
        )
    for shape in ((3,), (1,), (2, 2), (1, 1), (3, 2), (2, 3, 1)):
        yield pair(
            name,
            f"variances of shape {shape}",
            six,
            ValueError,
            re.escape(f"var has shape {shape}, expected"),
            variance=np.ones(shape),
        )
    for eps in (-1.0, math.nan, math.inf):
        match = "eps must be " + (">= 0" if eps < 0 else "finite")
        yield pair(name, f"eps {eps}", six, ValueError, match, True, 1.0, eps=eps)


ROWS = [
    *(row for name in (*NAMES, "gaussian_nll_loss") for row in shape_rows(name)),
    *(row for name in WEIGHTED for row in weight_rows(name)),
    *option_rows(),
    *gaussian_rows(),
]
