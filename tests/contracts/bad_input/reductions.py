"""Reductions, positions of extremes, limits."""

import math

import torch

from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, t, x, zeros

ROWS = [
    *(
        BadInput(
            f"{name}: axis 2 of 2",
            lambda name=name: getattr(x(), name)(2),
            IndexError,
            "axis 2 is out of bounds|index out of range",
            lambda name=name: getattr(t(), name)(2),
        )
        for name in (
            "sum",
            "mean",
            "var",
            "std",
            "max",
            "min",
            "prod",
            "logsumexp",
            "cumsum",
            "argmax",
            "argmin",
        )
    ),
    *(
        BadInput(
            f"{name}: of integers",
            lambda name=name: getattr(Tensor([1, 2]), name)(),
            TypeError,
            f"{name} needs a floating-point tensor, got int64",
            lambda name=name: getattr(torch.tensor([1, 2]), name)(),
        )
        for name in ("mean", "var", "std")
    ),
    *(
        BadInput(
            f"{name}: of nothing",
            lambda name=name: getattr(zeros(2, 0), name)(1),
            ValueError,
            rf"{name}: no elements along axis 1 of shape \(2, 0\)",
            lambda name=name: getattr(torch.zeros(2, 0), name)(1),
            silent,
        )
        for name, silent in (
            ("mean", True),
            ("var", True),
            ("std", True),
            ("max", False),
            ("min", False),
            ("logsumexp", True),
        )
    ),
    BadInput(
        "argmax: of nothing",
        lambda: zeros(0).argmax(),
        ValueError,
        "empty sequence",
        lambda: torch.zeros(0).argmax(),
    ),
    BadInput(
        "argmin: of nothing",
        lambda: zeros(0).argmin(),
        ValueError,
        "empty sequence",
        lambda: torch.zeros(0).argmin(),
    ),
    BadInput(
        "var: one number",
        lambda: zeros(1).var(),
        ValueError,
        "var: 1 elements with correction=1",
        lambda: torch.zeros(1).var(),
        True,
    ),
    BadInput(
        "std: one number",
        lambda: zeros(1).std(),
        ValueError,
        "std: 1 elements with correction=1",
        lambda: torch.zeros(1).std(),
        True,
    ),
    BadInput(
        "var: correction 3 of 3",
        lambda: x().var(1, correction=3),
        ValueError,
        "3 elements with correction=3",
        lambda: t().var(1, correction=3),
        True,
    ),
    BadInput(
        "sum: an axis twice",
        lambda: x().sum((0, 0)),
        ValueError,
        "duplicate",
        lambda: t().sum((0, 0)),
    ),
    BadInput(
        "prod: several axes",
        lambda: x().prod((0, 1)),
        ValueError,
        r"prod takes one axis.*\(0, 1\)",
        lambda: t().prod((0, 1)),
    ),
    BadInput(
        "cumsum: one number",
        lambda: zeros().cumsum(0),
        ValueError,
        "cumsum needs at least one axis",
        lambda: torch.zeros(()).cumsum(0),
        True,
    ),
    BadInput(
        "clip: no limit",
        lambda: x().clip(),
        ValueError,
        "min and max",
        lambda: t().clamp(),
    ),
    BadInput(
        "clip: min above max",
        lambda: x().clip(2, 1),
        ValueError,
        "min <= max, got min=2, max=1",
        lambda: t().clamp(2, 1),
        True,
    ),
    BadInput(
        "clip: nan",
        lambda: x().clip(math.nan, 1),
        ValueError,
        "min=nan",
        lambda: t().clamp(math.nan, 1),
        True,
    ),
]
