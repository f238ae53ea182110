"""Losses with a margin: both labels, both sides of the margin, the kink itself."""

import itertools

import numpy as np
import torch
from torch.nn import functional as TF

from tests.contracts.inputs import away, exactly, labels, normal
from tests.contracts.row import Row

REDUCTIONS = ("mean", "sum", "none")
WEIGHT = np.array([0.5, 2.0, 0.0, 1.5])
C = len(WEIGHT)


def signs(*shape):
    """Return labels -1 and 1, as integers: they have no gradient."""
    return lambda rng: rng.choice([-1, 1], shape)


def row(name, case, *inputs, options=None, **kwargs):
    """Return a row whose labels, where there are any, reach torch as floats."""
    options = options or {}

    def theirs(*tensors):
        floats = tensors[0].dtype
        return getattr(TF, name)(*(t.to(floats) for t in tensors), **options)

    kwargs = {"rtol32": 1e-4, "theirs": theirs, **kwargs}
    return Row(f"functional.{name}", case, inputs, options, **kwargs)


def multi_margin_rows():
    name = "functional.multi_margin_loss"
    for reduction, p, weight, margin in itertools.product(
        REDUCTIONS, (1, 2), (None, WEIGHT), (1.0, 0.3, 0)
    ):
        options = {"reduction": reduction, "p": p, "margin": margin}
        case = ", ".join(f"{key} {value}" for key, value in options.items())
        if weight is not None:
            options["weight"], case = weight, f"{case}, weight"
        yield Row(name, case, ((6, C), labels(C, 6)), options, rtol32=3e-5)
        yield Row(
            name,
            f"{case}, no batch",
            ((C,), exactly(1, dtype=int)),
            options,
            rtol32=3e-5,
        )
    yield Row(name, "default options", ((6, C), labels(C, 6)), rtol32=3e-5)
    yield Row(name, "one class", ((3, 1), labels(1, 3)))
    yield Row(
        name,
        "targets in a list",
        ((2, C),),
        rtol32=3e-5,
        call=lambda f, x: f(x, [3, 1]),
        theirs=lambda x: TF.multi_margin_loss(x, torch.tensor([3, 1])),
    )
    for p in (1, 2):
        yield Row(
            name,
            f"at the kink, p {p}",
            (exactly([[0.0, 1.0, -1.0], [2.0, 2.0, 2.0]]), exactly(1, 0, dtype=int)),
            {"reduction": "none", "p": p},
            smooth=False,
        )
    yield Row(
        name,
        "large scores",
        (normal(5, C, scale=1e4), labels(C, 5)),
        {"reduction": "none"},
        smooth=False,
    )
    yield Row(  # torch returns what its memory held
        name,
        "the sum of an empty batch",
        ((0, C), labels(C, 0)),
        {"reduction": "sum"},
        theirs=lambda x, y: x.sum(),
    )


def label_rows():
    shapes = ((3, 4), (), (0, 2))
    for reduction, shape in itertools.product(REDUCTIONS, shapes):
        if reduction == "mean" and 0 in shape:
            continue
        options = {"reduction": reduction}
        case = f"{reduction}, shape {shape}"
        yield row("soft_margin_loss", case, shape, signs(*shape), options=options)
        for margin in (1.0, 0.3, 0):
            kwargs = {"options": {**options, "margin": margin}}
            with_margin = f"{case}, margin {margin}"
            x = away(*shape, kinks=(margin, -margin), scale=1.5)
            yield row("hinge_embedding_loss", with_margin, x, signs(*shape), **kwargs)
            yield row(
                "margin_ranking_loss",
                with_margin,
                x,
                exactly(np.zeros(shape)),
                signs(*shape),
                **kwargs,
            )
    yield row("soft_margin_loss", "default options", (5,), signs(5))
    yield row("hinge_embedding_loss", "default options", (5,), signs(5))
    yield row("margin_ranking_loss", "default options", (5,), (5,), signs(5))
    yield row(
        "soft_margin_loss",
        "labels as floats",
        (4,),
        call=lambda f, x: f(x, [1.0, -1.0, -1.0, 1.0]),
        theirs=lambda x: TF.soft_margin_loss(x, x.new_tensor([1.0, -1, -1, 1])),
    )
    yield row(
        "soft_margin_loss",
        "certain and right, and what torch computes without overflow",
        exactly(1e4, -1e4, 80.0, -80.0, 0.0, -0.0, 50.0),
        exactly(1, -1, 1, -1, 1, -1, -1, dtype=int),
        options={"reduction": "none"},
        smooth=False,
    )
    kinks = exactly(1.0, 1.0, 0.0, -0.0, 1e4, -1e4)
    both = exactly(-1, 1, -1, 1, -1, -1, dtype=int)
    none = {"reduction": "none"}
    yield row(
        "hinge_embedding_loss",
        "at the kink, large",
        kinks,
        both,
        options=none,
        smooth=False,
    )
    for margin in (0.0, 1.0):
        yield row(
            "margin_ranking_loss",
            f"at the kink, large, margin {margin}",
            kinks,
            exactly(2.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            both,
            options={**none, "margin": margin},
            smooth=False,
        )


def cosine_rows():
    name = "cosine_embedding_loss"
    for reduction, margin in itertools.product(REDUCTIONS, (0.0, 0.4, -0.5)):
        options = {"reduction": reduction, "margin": margin}
        case = f"{reduction}, margin {margin}"
        yield row(name, case, (8, 3), (8, 3), signs(8), options=options)
        yield row(name, f"{case}, no batch", (3,), (3,), signs(), options=options)
    yield row(name, "default options", (8, 3), (8, 3), signs(8))
    yield row(
        name,
        "the sum of an empty batch",
        (0, 3),
        (0, 3),
        signs(0),
        options={"reduction": "sum"},
    )
    yield row(
        name,
        "zeros, the same way, across",
        exactly([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0], [1.0, 0.0], [1e-6, 0.0]]),
        exactly([[1.0, 0.0], [1.0, 0.0], [2.0, 4.0], [0.0, 1.0], [1.0, 1.0]]),
        exactly(1, -1, -1, -1, 1, dtype=int),
        options={"reduction": "none"},
        smooth=False,
        rtol=1e-8,  # torch's 1e-12 is float32, also where it computes in float64
    )


def triplet_rows():
    name = "triplet_margin_loss"
    three = ((6, 3), (6, 3), (6, 3))
    for reduction, options in itertools.product(
        REDUCTIONS,
        (
            {},
            {"margin": 0.2},
            {"p": 1},
            {"p": 3.0, "margin": 2},
            {"p": np.inf},
            {"eps": 0.1},
            {"swap": True},
            {"swap": True, "p": 1.5, "margin": 0.5},
        ),
    ):
        case = ", ".join(f"{k} {v}" for k, v in options.items()) or "default options"
        yield row(
            name,
            f"{reduction}, {case}",
            *three,
            options={"reduction": reduction, **options},
        )
    yield row(name, "default options", *three)
    yield row(name, "one triplet", (3,), (3,), (3,))
    yield row(name, "more axes", *[(2, 3, 4)] * 3, options={"swap": True})
    yield row(
        name, "the sum of an empty batch", *[(0, 3)] * 3, options={"reduction": "sum"}
    )
    yield row(
        name,
        "at the kink, and equal distances",
        exactly([[0.0, 0.0], [1.0, 0.0]]),
        exactly([[1.0, 0.0], [-1.0, 0.0]]),
        exactly([[2.0, 0.0], [0.0, 3.0]]),
        options={"eps": 0.0, "swap": True, "reduction": "none"},
        smooth=False,
    )
    yield row(
        name,
        "far and wide",
        *[normal(4, 3, scale=1e4)] * 3,
        options={"reduction": "none"},
        smooth=False,
    )


ROWS = [*multi_margin_rows(), *label_rows(), *cosine_rows(), *triplet_rows()]
