"""Dropout: torch multiplies by the very mask that our generator gives.

torch draws from a generator of its own, so that its dropout cannot be the other side.
"""

import numpy as np
import torch

from tests.contracts.row import Row

NAME = "functional.dropout"


def masked(seed, p):
    """Return torch's side: a product with the mask and 1 / (1 - p)."""

    def theirs(x):
        drawn = np.random.default_rng(seed).random(tuple(x.shape), np.float32)
        return x * torch.tensor(drawn >= p) * (0 if p == 1 else 1 / (1 - p))

    return theirs


def row(case, shape, p, **options):
    """Return a row that draws a new mask from the same seed on every call."""
    return Row(
        NAME,
        case,
        (shape,),
        call=lambda f, x: f(x, p, rng=np.random.default_rng(5), **options),
        theirs=masked(5, p),
    )


ROWS = [
    *(row(f"p {p}", (7, 9), p) for p in (0.1, 0.5, 0.75, 0.0, 1.0)),
    Row(
        NAME,
        "default p",
        ((4, 6),),
        call=lambda f, x: f(x, rng=np.random.default_rng(1)),
        theirs=masked(1, 0.5),
    ),
    row("one number", (), 0.25),
    row("no number", (3, 0), 0.25),
    row("three axes", (2, 3, 4), 0.3),
    Row(
        NAME,
        "seeded by an int",
        ((4, 6),),
        {"p": 0.2, "rng": 3},
        theirs=masked(3, 0.2),
    ),
    *(
        Row(
            NAME,
            f"evaluation, p {p}",
            ((4, 6),),
            {"p": p, "training": False, "rng": 0},
            theirs=lambda x: torch.nn.functional.dropout(x, training=False),
        )
        for p in (0.5, 1.0)
    ),
    Row(
        NAME,
        "used twice with two masks",
        ((4, 6),),
        call=lambda f, x: f(f(x, 0.2, rng=1) * x, 0.3, rng=2),
        theirs=lambda x: masked(2, 0.3)(masked(1, 0.2)(x) * x),
    ),
]
