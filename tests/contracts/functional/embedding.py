"""Embedding: repeated indices, a padding row, limited norms, scaled gradients."""

import numpy as np
import torch

from tests.contracts.inputs import exactly, labels
from tests.contracts.row import Row

NAME = "functional.embedding"
V, D = 5, 3
REPEATED = exactly([[0, 3, 3], [4, 3, 1]], dtype=int)  # 2 is never looked up


def limited(**options):
    """Return both calls on a copy of the weight: a limited norm is written into it.

    What is compared: the rows looked up, and the whole table after that.
    """

    def call(f, x, w):
        table = w * 1.0
        return f(x, table, **options), table.detach()

    def theirs(x, w):
        table = w.clone()
        found = torch.nn.functional.embedding(x, table, **options)
        return found, table.detach()

    return {"call": call, "theirs": theirs, "smooth": False}


ROWS = [
    Row(NAME, "each row once", (labels(V, V), (V, D))),
    Row(NAME, "repeated indices", (REPEATED, (V, D))),
    Row(NAME, "long runs", (labels(3, 40), (V, D)), rtol32=3e-5),
    Row(NAME, "one row alone, nine times", (exactly([2] * 9, dtype=int), (V, D))),
    Row(NAME, "one index", (exactly(2, dtype=int), (V, D))),
    Row(NAME, "no index", (labels(V, 0), (V, D))),
    Row(NAME, "three axes of indices", (labels(V, 2, 3, 4), (V, D))),
    Row(NAME, "vectors of length one", (REPEATED, (V, 1))),
    Row(NAME, "vectors of length none", (REPEATED, (V, 0))),
    Row(NAME, "300 rows, more than a byte counts", (labels(300, 900), (300, 2))),
    Row(
        NAME,
        "70,000 rows, more than two bytes count",
        (exactly([0, 69_999, 65_536, 0, 4_464], dtype=int), (70_000, 1)),
        smooth=False,  # random directions of so many numbers cancel too much
    ),
    Row(
        NAME,
        "indices in a list",
        ((V, D),),
        call=lambda f, w: f([[1, 1], [0, 4]], w),
        theirs=lambda w: w[torch.tensor([[1, 1], [0, 4]])],
    ),
    Row(
        NAME,
        "unsigned indices in an array",
        ((V, D),),
        call=lambda f, w: f(np.array([1, 1, 4], np.uint64), w),
        theirs=lambda w: w[torch.tensor([1, 1, 4])],
    ),
    *(
        Row(
            NAME,
            f"padding_idx {index}",
            (REPEATED, (V, D)),
            {"padding_idx": index},
            # finite differences see the padding row move
            smooth=False,
        )
        for index in (0, 3, 2, -1, -V)
    ),
    Row(
        NAME,
        "padding_idx of a row that is not looked up",
        (REPEATED, (V, D)),
        {"padding_idx": 2},
    ),
    Row(
        NAME,
        "scale_grad_by_freq",
        (REPEATED, (V, D)),
        {"scale_grad_by_freq": True},
        smooth=False,
    ),
    Row(
        NAME,
        "scale_grad_by_freq, padding_idx",
        (REPEATED, (V, D)),
        {"scale_grad_by_freq": True, "padding_idx": 3},
        smooth=False,
    ),
    *(
        Row(
            NAME,
            f"max_norm {max_norm}, norm_type {norm_type}",
            (REPEATED, (V, D)),
            **limited(max_norm=max_norm, norm_type=norm_type),
        )
        for max_norm in (0.0, 0.7, 1.6)
        for norm_type in (1.0, 2.0, 3.5, float("inf"))
    ),
    Row(
        NAME,
        "max_norm with everything else",
        (REPEATED, (V, D)),
        **limited(max_norm=0.5, padding_idx=-2, scale_grad_by_freq=True),
    ),
    Row(
        NAME,
        "two tables summed",
        (REPEATED, (V, D), (V, D)),
        call=lambda f, x, a, b: f(x, a) + f(x, b) * f(x, a),
        theirs=lambda x, a, b: a[x] + b[x] * a[x],
    ),
]
