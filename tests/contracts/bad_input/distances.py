"""Distances and angles of vectors: shapes, axes, options."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, t, x, zeros


def option_rows():
    for name in ("cosine_similarity", "pairwise_distance"):
        for eps in (-1.0, math.nan, math.inf):
            yield BadInput(
                f"{name}: eps {eps}",
                lambda name=name, eps=eps: getattr(F, name)(x(), x(), eps=eps),
                ValueError,
                f"{name}: eps must be " + (">= 0" if eps < 0 else "finite"),
                lambda name=name, eps=eps: getattr(TF, name)(t(), t(), eps=eps),
                name == "pairwise_distance" or eps == math.inf,
            )
        yield BadInput(
            f"{name}: shapes",
            lambda name=name: getattr(F, name)(x(), zeros(2, 2)),
            ValueError,
            r"x1 has shape \(2, 3\), x2 \(2, 2\)",
            lambda name=name: getattr(TF, name)(t(), torch.zeros(2, 2)),
        )
        yield BadInput(
            f"{name}: an array",
            lambda name=name: getattr(F, name)(np.ones((2, 3)), x()),
            TypeError,
            "x1 must be a Tensor, got ndarray",
        )
        yield BadInput(
            f"{name}: integers",
            lambda name=name: getattr(F, name)(Tensor([[1]]), Tensor([[1]])),
            TypeError,
            "x1 must hold floating-point numbers",
        )


ROWS = [
    *option_rows(),
    BadInput(
        "cosine_similarity: no such axis",
        lambda: F.cosine_similarity(x(), x(), 2),
        IndexError,
        "axis 2 is out of bounds",
        lambda: TF.cosine_similarity(t(), t(), 2),
    ),
    BadInput(
        "cosine_similarity: vectors without a batch, and the default axis",
        lambda: F.cosine_similarity(zeros(3), zeros(3)),
        IndexError,
        "axis 1 is out of bounds",
        lambda: TF.cosine_similarity(torch.zeros(3), torch.zeros(3)),
    ),
    BadInput(
        "pairwise_distance: numbers",
        lambda: F.pairwise_distance(zeros(), zeros()),
        ValueError,
        "expected vectors",
        lambda: TF.pairwise_distance(torch.zeros(()), torch.zeros(())),
        True,
    ),
    BadInput(
        "pairwise_distance: p nan",
        lambda: F.pairwise_distance(x(), x(), p=math.nan),
        ValueError,
        "p must be finite",
        lambda: TF.pairwise_distance(t(), t(), p=math.nan),
        True,
    ),
    BadInput(
        "pairwise_distance: p a word",
        lambda: F.pairwise_distance(x(), x(), p="2"),
        TypeError,
        "p must be a number, got str",
        lambda: TF.pairwise_distance(t(), t(), p="2"),
    ),
]
