"""Which dtype comes out: torch's rules for integers, booleans, float32 and float64."""

import operator

import numpy as np
import torch

from tests.contracts.inputs import exactly, labels, mask, positive
from tests.contracts.row import Row

INTEGERS = exactly(1, 2, 5, dtype=np.int64)
SMALL = exactly(1, 2, 250, dtype=np.uint8)
BOOLEANS = exactly(True, False, True, dtype=bool)
ARITHMETIC = {
    "__add__": operator.add,
    "__sub__": operator.sub,
    "__mul__": operator.mul,
    "__truediv__": operator.truediv,
    "__pow__": operator.pow,
    "__eq__": operator.eq,
    "__lt__": operator.lt,
}


def number_rows():
    for name, apply in ARITHMETIC.items():
        for kind, make in (("int64", INTEGERS), ("uint8", SMALL)):
            for number in (2, 1.5):
                yield Row(
                    f"Tensor.{name}",
                    f"dtype of {kind} with {number}",
                    (make,),
                    args=(number,),
                    theirs=lambda x, apply=apply, number=number: apply(x, number),
                )
        yield Row(
            f"Tensor.{name}",
            "dtype of int64 with int64",
            (INTEGERS, INTEGERS),
            theirs=apply,
        )
        yield Row(
            f"Tensor.{name}",
            "dtype of a vector with float64 without axes",
            (positive(3),),
            args=(np.array(1.5),),
            call=lambda f, x: f(x, type(x)(np.array(1.5))),
            theirs=lambda x, apply=apply: apply(
                x, torch.tensor(1.5, dtype=torch.float64)
            ),
        )
        yield Row(
            f"Tensor.{name}",
            "dtype of float64 without axes with a vector",
            (positive(3),),
            call=lambda f, x: f(type(x)(np.array(1.5)), x),
            theirs=lambda x, apply=apply: apply(
                torch.tensor(1.5, dtype=torch.float64), x
            ),
        )
        yield Row(
            f"Tensor.{name}",
            "dtype of float32 with float64",
            (positive(3),),
            call=lambda f, x: f(x.astype(np.float32), x.astype(np.float64)),
            theirs=lambda x, apply=apply: apply(x.float(), x.double()),
            rtol=1e-6,
            smooth=False,
        )
    for name in ("__add__", "__mul__"):
        yield Row(
            f"Tensor.{name}",
            "dtype of booleans",
            (BOOLEANS, mask(3)),
            theirs=ARITHMETIC[name],
        )
        yield Row(
            f"Tensor.{name}",
            "dtype of booleans with floats",
            (BOOLEANS, (3,)),
            theirs=ARITHMETIC[name],
        )
    yield Row(
        "Tensor.__matmul__",
        "dtype of integers",
        (labels(5, 2, 3), labels(5, 3, 2)),
        theirs=operator.matmul,
    )


ROWS = [
    *number_rows(),
    *(
        Row(f"Tensor.{name}", f"dtype of {kind}", (make,), rtol=1e-6)
        for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")
        for kind, make in (("int64", INTEGERS), ("uint8", SMALL))
        if (name, kind) != ("exp", "uint8")  # e^250 overflows: see `edges`
    ),
    *(
        Row(f"Tensor.{name}", f"dtype of {kind}", (make,), theirs=theirs)
        for name, theirs in (
            ("sum", torch.sum),
            ("prod", torch.prod),
            ("cumsum", None),
            ("max", torch.amax),
        )
        for kind, make in (("int64", INTEGERS), ("uint8", SMALL), ("bool", BOOLEANS))
        if name != "cumsum"
    ),
    *(
        Row("Tensor.cumsum", f"dtype of {kind}", (make,), {"axis": 0})
        for kind, make in (("int64", INTEGERS), ("uint8", SMALL), ("bool", BOOLEANS))
    ),
    Row("Tensor.logsumexp", "dtype of int64", (INTEGERS,), {"axis": 0}, rtol=1e-6),
    Row("Tensor.abs", "dtype of int64", (INTEGERS,)),
    Row("Tensor.__neg__", "dtype of int64", (INTEGERS,), theirs=operator.neg),
    *(
        Row(
            "Tensor.astype",
            f"dtype {ours.__name__}",
            ((3, 4),),
            args=(ours,),
            theirs=lambda x, dtype=dtype: x.to(dtype),
            rtol=1e-6,
            smooth=False,
        )
        for ours, dtype in (
            (np.float32, torch.float32),
            (np.float64, torch.float64),
            (np.int64, torch.int64),
            (np.bool_, torch.bool),
        )
    ),
    Row(
        "Tensor.astype",
        "dtype from integers",
        (INTEGERS,),
        args=(np.float32,),
        theirs=lambda x: x.to(torch.float32),
    ),
]
