"""Rows of `Tensor` and of the functions in `dlbook.autograd`."""

from tests.contracts.tensor import (
    arithmetic,
    dtypes,
    edges,
    elementwise,
    indexing,
    joining,
    reductions,
    shapes,
)

ROWS = [
    *arithmetic.ROWS,
    *elementwise.ROWS,
    *reductions.ROWS,
    *shapes.ROWS,
    *indexing.ROWS,
    *joining.ROWS,
    *dtypes.ROWS,
    *edges.ROWS,
]
