"""Losses of predicted numbers: reductions, weights, kinks, variances of every shape."""

import itertools

import numpy as np
from torch.nn import functional as TF

from tests.contracts.inputs import away, exactly, normal, positive
from tests.contracts.row import Row

REDUCTIONS = ("mean", "sum", "none")
WEIGHT = np.linspace(0, 2, 12).reshape(3, 4)
INF, NAN = np.inf, np.nan
SPREAD = away(3, 4, kinks=(0.0,), scale=3.0)  # errors on both sides of every kink
OPTIONS = {
    "mse_loss": ({},),
    "l1_loss": ({},),
    "huber_loss": ({}, {"delta": 0.4}, {"delta": 2}),
    "smooth_l1_loss": ({}, {"beta": 0.4}, {"beta": 2}, {"beta": 0}, {"beta": 1e-30}),
}


def error_rows(name):
    full = f"functional.{name}"

    def row(case, *inputs, options=None, **kwargs):
        return Row(full, case, inputs, options or {}, **{"rtol32": 3e-5, **kwargs})

    for several, reduction in itertools.product(OPTIONS[name], REDUCTIONS):
        options = {**several, "reduction": reduction}
        case = ", ".join(f"{key} {value}" for key, value in options.items())
        # between errors of 0 and of a width, finite differences see no kink
        smooth = name in ("mse_loss", "huber_loss") or several.get("beta", 1) == 1
        yield row(case, SPREAD, (3, 4), options=options, smooth=smooth)
        yield row(f"{case}, one number", (), (), options=options, smooth=smooth)
        if name != "smooth_l1_loss":
            weighted = {**options, "weight": WEIGHT}
            yield row(f"{case}, weight", SPREAD, (3, 4), options=weighted)
            yield row(
                f"{case}, weight with a gradient",
                SPREAD,
                (3, 4),
                positive(3, 4),
                call=lambda f, x, y, w, options=options: f(x, y, weight=w, **options),
                theirs=lambda x, y, w, options=options: getattr(TF, name)(
                    x, y, weight=w, **options
                ),
            )
    yield row("default options", SPREAD, (3, 4))
    yield row("the sum of an empty batch", (0, 2), (0, 2), options={"reduction": "sum"})
    yield row(
        "at zero and the kinks",
        exactly(0.0, -0.0, 1.0, -1.0, 0.5, -2.0),
        exactly(0.0, 0.0, 0.0, 0.0, 0.5, -1.0),
        options={"reduction": "none"},
        smooth=False,
    )
    for size in (1e4, 1e-4):
        yield row(
            f"errors of size {size:g}",
            normal(3, 4, scale=size),
            normal(3, 4, scale=size),
            options={"reduction": "none"},
            smooth=False,
        )
    yield row(
        "infinite errors",
        exactly(INF, -INF, 1.0),
        exactly(0.0, 0.0, INF),
        options={"reduction": "none"},
        smooth=False,
        warns=("invalid",),
    )
    if name != "l1_loss":  # see tests/test_exceptions_to_torch.py
        yield row("nan", exactly(NAN, 1.0), exactly(0.0, NAN), smooth=False)


def gaussian_rows():
    full = "functional.gaussian_nll_loss"
    shapes = {
        "a variance for each": (3, 4),
        "a variance for each row": (3,),
        "a column of variances": (3, 1),
        "a row of variances": (1, 4),
    }
    for (case, shape), reduction in itertools.product(shapes.items(), REDUCTIONS):
        yield Row(
            full,
            f"{case}, {reduction}",
            ((3, 4), (3, 4), positive(*shape)),
            {"reduction": reduction},
            rtol32=3e-5,
        )
    images = ((2, 3, 4, 5), (2, 3, 4, 5), positive(2, 1, 4, 5))
    yield Row(full, "a variance for each pixel", images, rtol32=3e-5)
    cube = ((2, 3, 4), (2, 3, 4))
    yield Row(full, "a variance for each of two axes", (*cube, positive(2, 3)))
    for options in ({"full": True}, {"eps": 1.0}, {"eps": 0}, {"full": True, "eps": 2}):
        case = ", ".join(f"{key} {value}" for key, value in options.items())
        yield Row(
            full,
            case,
            ((3, 4), (3, 4), positive(3, 4)),
            options,
            smooth=options.get("eps", 0) == 0,  # the gradient passes where v < eps
            rtol32=3e-5,
        )
    yield Row(full, "one number", ((), (), positive()))
    yield Row(
        full,
        "one variance for all",
        ((3, 4), (3, 4)),
        call=lambda f, x, y: f(x, y, 0.7),
        theirs=lambda x, y: TF.gaussian_nll_loss(x, y, 0.7),
        rtol32=3e-5,
    )
    yield Row(
        full,
        "no variance, tiny, infinite, nan",
        (exactly(1.0, 2.0, 3.0, 1.0), normal(4), exactly(0.0, 1e-8, INF, NAN)),
        {"reduction": "none"},
        smooth=False,
        rtol32=3e-5,
    )
    yield Row(
        full,
        "the sum of an empty batch",
        ((0, 2), (0, 2), positive(0, 2)),
        {"reduction": "sum"},
    )


ROWS = [*itertools.chain(*map(error_rows, OPTIONS)), *gaussian_rows()]
