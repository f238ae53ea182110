"""Operators: broadcasting, Python numbers, reflected operands, aliasing."""

import operator

import numpy as np
import torch

from tests.contracts.inputs import away, distinct, labels, normal, positive
from tests.contracts.row import Row

BINARY = {
    "__add__": operator.add,
    "__sub__": operator.sub,
    "__mul__": operator.mul,
    "__truediv__": operator.truediv,
    "__pow__": operator.pow,
}
REFLECTED = {
    "__radd__": operator.add,
    "__rsub__": operator.sub,
    "__rmul__": operator.mul,
    "__rtruediv__": operator.truediv,
    "__rpow__": operator.pow,
}
COMPARISONS = {
    "__eq__": operator.eq,
    "__ne__": operator.ne,
    "__lt__": operator.lt,
    "__le__": operator.le,
    "__gt__": operator.gt,
    "__ge__": operator.ge,
}
SHAPES = {
    "equal shapes": ((3, 4), (3, 4)),
    "a row added to a matrix": ((3, 4), (4,)),
    "a column and a row": ((3, 1), (1, 4)),
    "the first broadcasts": ((4,), (2, 3, 4)),
    "without axes": ((), (2, 3)),
    "one against a row": ((1, 1), (1, 4)),
    "one against a pair": ((3, 1), (1, 2)),
    "a vector of one against a row": ((1,), (1, 4)),
    "a column against a batch of one": ((3, 1), (1, 3, 4)),
    "one number each": ((), ()),
    "three axes": ((2, 1, 4), (3, 1)),
    "empty": ((0, 4), (4,)),
    "empty against one": ((2, 0), (2, 1)),
}


def maker(name, shape):
    # both operands of a power and the divisor stay positive
    return positive(*shape) if name in ("__pow__", "__truediv__") else normal(*shape)


def binary_rows():
    for name, apply in BINARY.items():
        for case, (a, b) in SHAPES.items():
            inputs = (maker(name, a), maker(name, b))
            yield Row(f"Tensor.{name}", case, inputs, theirs=apply)
        yield Row(
            f"Tensor.{name}",
            "a Python number",
            (maker(name, (3, 4)),),
            args=(2.5,),
            theirs=lambda x, apply=apply: apply(x, 2.5),
        )
        yield Row(
            f"Tensor.{name}",
            "a Python integer",
            (maker(name, (3, 4)),),
            args=(3,),
            theirs=lambda x, apply=apply: apply(x, 3),
        )
        yield Row(
            f"Tensor.{name}",
            "a NumPy number",
            (maker(name, (3,)),),
            args=(np.float64(1.5),),
            theirs=lambda x, apply=apply: apply(x, 1.5),
        )
        yield Row(
            f"Tensor.{name}",
            "a tensor with itself",
            (positive(3, 4),),
            # + x: the gradients of x / x and x - x cancel
            call=lambda f, x: f(x, x) + x,
            theirs=lambda x, apply=apply: apply(x, x) + x,
        )
        yield Row(
            f"Tensor.{name}",
            "an integer tensor",
            (positive(2, 3), labels(3, 2, 3)),
            theirs=apply if name != "__truediv__" else lambda a, b: a / (b + 1),
            call=None if name != "__truediv__" else lambda f, a, b: f(a, b + 1),
        )
    for name, apply in REFLECTED.items():
        yield Row(
            f"Tensor.{name}",
            "a Python number on the left",
            (positive(3, 4),),
            call=lambda f, x, apply=apply: apply(1.5, x),
            theirs=lambda x, apply=apply: apply(1.5, x),
        )
        yield Row(
            f"Tensor.{name}",
            "an array on the left",
            (positive(3, 4),),
            call=lambda f, x, apply=apply: apply(np.full((2, 1, 4), 3, x.dtype), x),
            theirs=lambda x, apply=apply: apply(
                torch.full((2, 1, 4), 3, dtype=x.dtype), x
            ),
        )


def power_rows():
    for exponent in (0, 1, 2, 3, 4, -1, 0.5, -1.5):
        yield Row(
            "Tensor.__pow__",
            f"to the power {exponent}",
            (positive(3, 4),),
            args=(exponent,),
            theirs=lambda x, exponent=exponent: x**exponent,
        )
    for exponent in (2, 3, -3):
        yield Row(
            "Tensor.__pow__",
            f"negative numbers to the power {exponent}",
            (away(3, 4),),
            args=(exponent,),
            theirs=lambda x, exponent=exponent: x**exponent,
        )
    for exponent in (2.0, 3.0):  # the short cuts for a scalar exponent
        yield Row(
            "Tensor.__pow__",
            f"a trainable exponent {exponent}",
            (positive(2, 3),),
            call=lambda f, x, e=exponent: f(x, x.sum() * 0 + e),
            theirs=lambda x, e=exponent: x ** (x.sum() * 0 + e),
        )


MATMUL_SHAPES = {
    "two vectors": ((3,), (3,)),
    "vector and matrix": ((3,), (3, 2)),
    "matrix and vector": ((2, 3), (3,)),
    "two matrices": ((2, 3), (3, 4)),
    "square matrices": ((3, 3), (3, 3)),
    "batch and matrix": ((5, 2, 3), (3, 4)),
    "matrix and batch": ((2, 3), (5, 3, 4)),
    "two batches": ((5, 2, 3), (5, 3, 4)),
    "batches that broadcast": ((5, 1, 2, 3), (4, 3, 2)),
    "a batch of one": ((1, 2, 3), (5, 3, 2)),
    "batch and vector": ((5, 2, 3), (3,)),
    "vector and batch": ((3,), (5, 3, 2)),
    "empty sum": ((2, 0), (0, 3)),
    "no rows": ((0, 3), (3, 2)),
    "empty batch": ((0, 2, 3), (3, 2)),
}


def matmul_rows():
    for case, shapes in MATMUL_SHAPES.items():
        yield Row("Tensor.__matmul__", case, shapes, theirs=operator.matmul)
    yield Row(
        "Tensor.__matmul__",
        "a matrix with itself",
        ((3, 3),),
        call=lambda f, x: f(x, x),
        theirs=lambda x: x @ x,
    )
    yield Row(
        "Tensor.__rmatmul__",
        "an array on the left",
        ((3, 2),),
        call=lambda f, x: np.arange(12, dtype=x.dtype).reshape(4, 3) @ x,
        theirs=lambda x: torch.arange(12, dtype=x.dtype).reshape(4, 3) @ x,
    )


def comparison_rows():
    for name, apply in COMPARISONS.items():
        yield Row(
            f"Tensor.{name}",
            "integers with ties",
            (labels(3, 4, 5), labels(3, 5)),
            theirs=apply,
        )
        yield Row(
            f"Tensor.{name}",
            "a Python number",
            (distinct(3, 4),),
            args=(0.25,),
            theirs=lambda x, apply=apply: apply(x, 0.25),
            smooth=False,
        )
        yield Row(
            f"Tensor.{name}",
            "a number on the left",
            (distinct(3, 4),),
            call=lambda f, x, apply=apply: apply(0.25, x),
            theirs=lambda x, apply=apply: apply(0.25, x),
            smooth=False,
        )


ROWS = [
    *binary_rows(),
    *power_rows(),
    *matmul_rows(),
    *comparison_rows(),
    Row("Tensor.__neg__", "a matrix", ((3, 4),), theirs=operator.neg),
    Row("Tensor.__abs__", "away from 0", (away(3, 4),), theirs=abs),
]
