"""Reductions: every axis, several axes, keepdims; ties and zeros are in `edges`."""

import itertools

import numpy as np

from tests.contracts.inputs import away, distinct, exactly, normal
from tests.contracts.row import Row

MAKERS = {
    "sum": normal,
    "mean": normal,
    "var": normal,
    "std": normal,
    "max": distinct,
    "min": distinct,
    "logsumexp": normal,
}
SHAPE = (2, 3, 4)
ALL = tuple(range(len(SHAPE)))
# torch has no "all axes" for these unless they are named
NAMED = ("logsumexp",)


def reduction_rows():
    for name, make in MAKERS.items():
        axes = (None, 0, 1, -1, (0, 2), (-1, 1), ALL)
        for axis, keepdims in itertools.product(axes, (False, True)):
            case = f"axis {axis}" + (", kept" if keepdims else "")
            options = {} if axis is None else {"axis": axis}
            if keepdims:
                options["keepdims"] = True
            dim = ALL if axis is None else axis
            yield Row(
                f"Tensor.{name}",
                case,
                (make(*SHAPE),),
                options,
                theirs=lambda x, name=name, dim=dim, keep=keepdims: getattr(
                    x, {"max": "amax", "min": "amin"}.get(name, name)
                )(dim, keepdim=keep),
            )
        yield Row(
            f"Tensor.{name}",
            "a vector",
            (make(5),),
            theirs=lambda x, name=name: getattr(x, name)(
                *((0,) if name in NAMED else ())
            ),
        )
    for name in ("sum", "mean", "max", "min", "prod"):
        yield Row(
            f"Tensor.{name}",
            "one number",
            (exactly(2.5),),
            theirs=lambda x, name=name: getattr(x, name)(),
        )
    for name in ("sum", "prod", "cumsum"):
        axis = {"axis": 0}
        yield Row(f"Tensor.{name}", "over no element", ((0, 3),), axis)
        yield Row(f"Tensor.{name}", "of no result", ((3, 0),), axis)


def deviation_rows():
    for name, correction in itertools.product(("var", "std"), (0, 2, 3)):
        for axis in (None, 1):
            yield Row(
                f"Tensor.{name}",
                f"correction {correction}, axis {axis}",
                ((3, 5),),
                {"correction": correction} | ({} if axis is None else {"axis": axis}),
            )
    for name in ("var", "std"):
        yield Row(
            f"Tensor.{name}",
            "far from 0",
            ((4, 6),),
            {"axis": 1},
            call=lambda f, x: f(x + 1e4, 1),
            smooth=False,
            rtol=1e-7,
            rtol32=0.1,  # the mean rounds at 1e4 times the precision
            theirs=lambda x, name=name: getattr(x + 1e4, name)(1),
        )


def product_rows():
    for axis in (None, 0, 1, -1):
        for keepdims in (False, True):
            if axis is None and keepdims:
                continue  # torch has no such call
            yield Row(
                "Tensor.prod",
                f"axis {axis}" + (", kept" if keepdims else ""),
                (away(*SHAPE),),
                {} if axis is None else {"axis": axis, "keepdims": keepdims},
                rtol32=1e-4,
            )
    yield Row(
        "Tensor.prod",
        "all axes, kept",
        (away(2, 3),),
        {"keepdims": True},
        theirs=lambda x: x.prod().reshape(1, 1),
    )


def position_rows():
    for name in ("argmax", "argmin"):
        for axis, keepdims in itertools.product((None, 0, 1, -1), (False, True)):
            if axis is None and keepdims:
                continue
            options = {} if axis is None else {"axis": axis, "keepdims": keepdims}
            yield Row(
                f"Tensor.{name}",
                f"axis {axis}" + (", kept" if keepdims else ""),
                (distinct(*SHAPE),),
                options,
            )
        yield Row(
            f"Tensor.{name}",
            "the first of several",
            (exactly([[3, 1, 3], [1, 3, 1]]),),
            {"axis": 1},
        )


ROWS = [
    *reduction_rows(),
    *deviation_rows(),
    *product_rows(),
    *position_rows(),
    *(
        Row("Tensor.cumsum", f"axis {axis}", (SHAPE,), {"axis": axis})
        for axis in (0, 1, -1)
    ),
    Row(
        "Tensor.mean",
        "a mean of means",
        ((3, 4),),
        {"axis": 0},
        call=lambda f, x: f(f(x, 0)),
        theirs=lambda x: x.mean(0).mean(),
    ),
    Row(
        "Tensor.logsumexp",
        "large and small",
        (normal(3, 5, scale=1e4),),
        {"axis": 1},
        smooth=False,
    ),
    Row(
        "Tensor.sum",
        "NumPy integer axis",
        ((3, 4),),
        {"axis": np.int64(1)},
        theirs=lambda x: x.sum(1),
    ),
]
