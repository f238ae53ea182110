"""Zeros of both signs, infinities, nan, ties, kinks: values and gradients as torch has.

The exceptions, where torch's answer is not ours, are tests of their own in
`tests/autograd/test_exceptions_to_torch.py`.
"""

import operator

import numpy as np
import torch

from tests.contracts.inputs import exactly
from tests.contracts.row import Row

INF, NAN = np.inf, np.nan
NUMBERS = (0.0, -0.0, 1.0, -1.0, 1e-30, -1e30, 1e30, INF, -INF, NAN)


def crossed(numbers):
    """Return every pair as two vectors."""
    a, b = np.meshgrid(numbers, numbers)
    return exactly(a.ravel()), exactly(b.ravel())


def edge(
    name, case, *inputs, theirs=None, warns=("divide", "invalid", "over"), **kwargs
):
    return Row(name, case, inputs, theirs=theirs, smooth=False, warns=warns, **kwargs)


def binary_rows():
    operators = {
        "__add__": operator.add,
        "__sub__": operator.sub,
        "__mul__": operator.mul,
        "__truediv__": operator.truediv,
    }
    for name, apply in operators.items():
        yield edge(
            f"Tensor.{name}", "every pair of extremes", *crossed(NUMBERS), theirs=apply
        )
    yield edge(
        "Tensor.__pow__",
        "every pair of extremes",
        *crossed((0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.0, INF, NAN)),
        theirs=operator.pow,
    )
    for exponent in (0, 0.0, 1, 2, 3, -1, 0.5):
        numbers = [
            x for x in NUMBERS if exponent != 0.5 or str(x) not in ("-0.0", "-inf")
        ]
        yield edge(
            "Tensor.__pow__",
            f"extremes to the power {exponent!r}",
            exactly(*numbers),
            args=(exponent,),
            theirs=lambda x, exponent=exponent: x**exponent,
        )
    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        yield edge(
            f"Tensor.{name}",
            "every pair of extremes",
            *crossed(NUMBERS),
            theirs=getattr(operator, name.strip("_")),
            warns=(),
        )


def elementwise_rows():
    for name in ("exp", "log", "sqrt", "tanh"):
        yield edge(f"Tensor.{name}", "extremes", exactly(*NUMBERS), rtol32=1e-4)
    yield edge("Tensor.exp", "overflow", exactly(88.0, 89.0, 709.0, 710.0, -1e4))
    for name in ("sin", "cos"):
        yield edge(f"Tensor.{name}", "extremes", exactly(0.0, -0.0, INF, -INF, NAN))
    yield edge(
        "Tensor.abs", "extremes", exactly(0.0, -0.0, 1e-30, -1e30, INF, -INF), warns=()
    )
    for limits in ({"min": -1.0, "max": 1.0}, {"min": 0.0}, {"max": 0.0}):
        yield edge(
            "Tensor.clip",
            f"extremes and kinks, {limits}",
            exactly(*NUMBERS),
            options=limits,
            warns=(),
        )


def reduction_rows():
    ties = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [-0.0, 0.0, -1.0], [INF, INF, 0.0]]
    for name in ("max", "min"):
        for axis in (0, 1):
            yield edge(
                f"Tensor.{name}",
                f"ties along axis {axis} share",
                exactly(ties),
                options={"axis": axis},
                warns=(),
            )
        yield edge(
            f"Tensor.{name}",
            "ties everywhere share",
            exactly(ties),
            theirs=lambda x, name=name: getattr(x, name)(),
            warns=(),
        )
        yield edge(
            f"Tensor.{name}",
            "beside nan",
            exactly([[1.0, NAN], [2.0, 3.0]]),
            options={"axis": 1},
        )
        yield edge(
            f"Tensor.{name}",
            "infinite",
            exactly([[1.0, INF], [-INF, 3.0], [-INF, INF]]),
            options={"axis": 1},
            warns=(),
        )
    zeros = [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]]
    for axis in (0, 1):
        yield edge(
            "Tensor.prod",
            f"none, one and several zeros along axis {axis}",
            exactly(zeros),
            options={"axis": axis},
            warns=(),
        )
    yield edge(
        "Tensor.prod", "one zero among all", exactly([[2.0, 0.0], [3.0, 4.0]]), warns=()
    )
    yield edge("Tensor.prod", "a zero and an infinity", exactly(0.0, INF, 3.0))
    for name in ("sum", "mean", "var", "std"):
        for value in (INF, NAN):
            yield edge(f"Tensor.{name}", f"beside {value}", exactly(1.0, value, 2.0))
    yield edge("Tensor.sum", "opposite infinities", exactly(INF, -INF))
    yield edge("Tensor.mean", "huge", exactly(1e30, 1e30, -1e30), warns=())
    yield edge(
        "Tensor.std",
        "all equal",
        exactly([[2.0, 2.0, 2.0], [1.0, 2.0, 3.0]]),
        options={"axis": 1},
        warns=(),
    )
    rows = {
        "all -inf": [-INF, -INF],
        "one -inf": [-INF, 0.0],
        "+inf": [1.0, INF],
        "nan": [NAN, 1.0],
        "huge": [1e4, 1e4],
        "tiny": [-1e4, -1e4],
    }
    for case, numbers in rows.items():
        yield edge(
            "Tensor.logsumexp",
            case,
            exactly(*numbers),
            options={"axis": 0},
            rtol32=1e-3,  # torch's slope exp(x - result) rounds at 1e4
            warns=("invalid",) if case in ("all -inf", "+inf") else (),
        )
    yield edge(
        "Tensor.cumsum",
        "beside inf and nan",
        exactly(1.0, INF, 2.0, NAN),
        options={"axis": 0},
    )
    for name in ("argmax", "argmin"):
        yield edge(
            f"Tensor.{name}",
            "nan counts as the extreme",
            exactly([[1.0, NAN, 3.0], [INF, -INF, 0.0]]),
            options={"axis": 1},
            warns=(),
        )


def other_rows():
    nans = exactly(NAN, 1.0, INF, 2.0)
    yield edge(
        "autograd.where",
        "nan on the side not taken",
        exactly(True, False, False, True, dtype=bool),
        exactly(1.0, NAN, INF, 2.0),
        nans,
        theirs=torch.where,
        warns=(),
    )
    yield edge(
        "autograd.where",
        "a slope of inf on the side not taken",
        exactly(0.0, 4.0),
        call=lambda f, x: f(x > 1, x.sqrt(), x),
        rtol=1e-10,
        theirs=lambda x: torch.where(x > 1, x.sqrt(), x),
    )
    yield edge(
        "Tensor.__matmul__",
        "inf times 0",
        exactly([[INF, 1.0], [0.0, NAN]]),
        exactly([[0.0, 1.0], [2.0, 3.0]]),
        theirs=operator.matmul,
    )
    yield edge(
        "Tensor.__getitem__",
        "nan picked twice",
        nans,
        args=(np.array([0, 0, 2]),),
        theirs=lambda x: x[torch.tensor([0, 0, 2])],
        warns=(),
    )


ROWS = [*binary_rows(), *elementwise_rows(), *reduction_rows(), *other_rows()]
