"""Dropout: torch multiplies by the very mask that our generator gives.

torch draws from a generator of its own, so that its dropout cannot be the other side.
"""

import numpy as np
import torch

from tests.contracts.row import Row

NAME = "functional.dropout"
SATURATION = torch.nn.functional.selu(torch.tensor(-1e9, dtype=torch.float64)).item()


def masked(seed, p):
    """Return torch's side: a product with the mask and 1 / (1 - p)."""

    def theirs(x):
        drawn = np.random.default_rng(seed).random(tuple(x.shape), np.float32)
        return x * torch.tensor(drawn >= p) * (0 if p == 1 else 1 / (1 - p))

    return theirs


def masked_channels(seed, p, axes):
    """Return torch's side where the first `axes` axes number the channels."""

    def theirs(x):
        shape = tuple(x.shape[:axes]) + (1,) * (x.ndim - axes)
        drawn = np.random.default_rng(seed).random(shape, np.float32)
        return x * torch.tensor(drawn >= p) * (0 if p == 1 else 1 / (1 - p))

    return theirs


def saturated(seed, p, axes=None):
    """Return torch's side of alpha dropout: Klambauer's affine map of the mixture."""

    def theirs(x):
        n = x.ndim if axes is None else axes
        shape = tuple(x.shape[:n]) + (1,) * (x.ndim - n)
        kept = torch.tensor(np.random.default_rng(seed).random(shape, np.float32) >= p)
        if p == 1:
            return x * 0
        a = ((1 - p) * (1 + p * SATURATION**2)) ** -0.5
        return a * torch.where(kept, x, SATURATION) - a * p * SATURATION

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


def channel_rows():
    for name, shape, axes in (
        ("dropout1d", (3, 4, 5), 2),
        ("dropout1d", (6, 5), 1),
        ("dropout2d", (3, 4, 2, 3), 2),
        ("dropout3d", (3, 4, 2, 2, 3), 2),
        ("dropout3d", (6, 2, 2, 3), 1),
    ):
        name, length = f"functional.{name}", len(shape)
        for p in (0.2, 0.0, 1.0):
            yield Row(
                name,
                f"{length} axes, p {p}",
                (shape,),
                {"p": p, "rng": 5},
                theirs=masked_channels(5, p, axes),
            )
        yield Row(
            name,
            f"{length} axes, default p",
            (shape,),
            call=lambda f, x: f(x, rng=np.random.default_rng(1)),
            theirs=masked_channels(1, 0.5, axes),
        )
        yield Row(
            name,
            f"{length} axes, evaluation",
            (shape,),
            {"training": False, "rng": 0},
            theirs=lambda x: x * 1,
        )
        empty = (*shape[: axes - 1], 0, *shape[axes:])
        yield Row(
            name,
            f"{length} axes, no channel",
            (empty,),
            {"p": 0.2, "rng": 0},
            theirs=lambda x: x * 1,
        )


def alpha_rows():
    for name, shapes, axes in (
        ("alpha_dropout", ((4, 6), (), (3, 0), (2, 3, 4)), None),
        ("feature_alpha_dropout", ((4, 6), (3, 4, 5), (3, 0, 2), (2, 3, 2, 3)), 2),
    ):
        name = f"functional.{name}"
        for shape in shapes:
            for p in (0.3, 0.8):
                yield Row(
                    name,
                    f"shape {shape}, p {p}",
                    (shape,),
                    {"p": p, "rng": 5},
                    theirs=saturated(5, p, axes),
                )
        shape = shapes[0]
        for p in (0.0, 1.0):
            yield Row(
                name,
                f"p {p}",
                (shape,),
                {"p": p, "rng": 5},
                theirs=lambda x, p=p: x * (1 - p),
            )
        yield Row(
            name,
            "default p",
            (shape,),
            call=lambda f, x: f(x, rng=np.random.default_rng(1)),
            theirs=saturated(1, 0.5, axes),
        )
        yield Row(
            name,
            "evaluation",
            (shape,),
            {"training": False, "rng": 0},
            theirs=lambda x: x * 1,
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
    *channel_rows(),
    *alpha_rows(),
]
