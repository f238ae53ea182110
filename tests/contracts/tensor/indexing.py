"""Picking elements: slices, integers, masks; elements picked twice."""

import numpy as np
import torch

from dlbook.autograd import Tensor
from tests.contracts.inputs import labels
from tests.contracts.row import Row

SHAPE = (3, 4, 5)
# NumPy's index, and torch's where it has to be written differently
INDICES = {
    "a row": 1,
    "a row from the end": -1,
    "a NumPy integer": np.int64(2),
    "one element": (2, 3, 4),
    "a slice": slice(1, 3),
    "every second": slice(None, None, 2),
    "an empty slice": slice(2, 2),
    "slices and an integer": (slice(1, None), 2, slice(0, 3)),
    "the last axis": (..., 0),
    "a new axis": (None, slice(0, 2)),
    "nothing taken out": ...,
    "an array": np.array([2, 0]),
    "an array, elements repeated": np.array([1, 1, 2, 1]),
    "the same element from both ends": np.array([0, -3]),
    "a list": [2, 2, 0],
    "pairs from two arrays": (np.array([0, 1, 0]), np.array([3, 3, 3])),
    "pairs from two tuples": ((0, 1, 0), (3, 3, 3)),
    "arrays that broadcast": (np.array([[0], [2]]), np.array([1, 1, 3])),
    "array and slice": (np.array([0, 0]), slice(1, 3)),
    "slice between arrays": (np.array([0, 0, 1]), slice(None), np.array([4, 4, 0])),
    "a mask": np.arange(60).reshape(SHAPE) % 3 == 0,
    "a mask of rows": np.array([True, False, True]),
    "a mask that takes nothing": np.zeros(SHAPE, bool),
    "an empty list": [],
}


def for_torch(index):
    if isinstance(index, tuple):
        return tuple(for_torch(part) for part in index)
    if isinstance(index, np.ndarray):
        return torch.tensor(index)
    return int(index) if isinstance(index, np.integer) else index


ROWS = [
    *(
        Row(
            "Tensor.__getitem__",
            case,
            (SHAPE,),
            args=(index,),
            theirs=lambda x, index=index: x[for_torch(index)],
        )
        for case, index in INDICES.items()
    ),
    Row(
        "Tensor.__getitem__",
        "backwards",
        ((4, 3),),
        args=(slice(None, None, -1),),
        theirs=lambda x: x.flip(0),
    ),
    Row(
        "Tensor.__getitem__",
        "a range",
        ((4, 3),),
        args=(range(1, 3),),
        theirs=lambda x: x[1:3],
    ),
    Row(
        "Tensor.__getitem__",
        "a tensor of integers",
        ((3, 4), labels(3, 5)),
        theirs=lambda x, i: x[i],
    ),
    Row(
        "Tensor.__getitem__",
        "a tensor of booleans",
        ((3, 4),),
        call=lambda f, x: f(x, x > 0),
        theirs=lambda x: x[x > 0],
    ),
    Row(
        "Tensor.__getitem__",
        "tensors in a tuple",
        ((3, 4), labels(3, 5)),
        call=lambda f, x, i: f(x, (i, Tensor(np.array(1)))),
        theirs=lambda x, i: x[i, 1],
    ),
    Row(
        "Tensor.__iter__",
        "rows",
        ((3, 4),),
        call=lambda f, x: [row * (i + 1.0) for i, row in enumerate(f(x))],
        theirs=lambda x: [row * (i + 1.0) for i, row in enumerate(x)],
    ),
    *(
        Row(
            "Tensor.gather",
            f"along axis {axis}, index of shape {shape}",
            ((3, 4), labels(3, *shape)),
            call=lambda f, x, index, axis=axis: f(x, axis, index),
            theirs=lambda x, index, axis=axis: torch.gather(x, axis, index),
        )
        for axis, shape in ((0, (2, 4)), (1, (3, 6)), (-1, (2, 1)), (0, (5, 3)))
    ),
    Row(
        "Tensor.gather",
        "a list, one element repeated",
        ((2, 3),),
        args=(1, [[0, 0, 0], [2, 2, 1]]),
        theirs=lambda x: x.gather(1, torch.tensor([[0, 0, 0], [2, 2, 1]])),
    ),
    Row(
        "Tensor.gather",
        "a tuple of tuples",
        ((2, 3),),
        args=(1, ((0, 2), (1, 1))),
        theirs=lambda x: x.gather(1, torch.tensor([[0, 2], [1, 1]])),
    ),
    Row(
        "Tensor.gather",
        "nothing",
        ((2, 3),),
        args=(1, np.zeros((2, 0), int)),
        theirs=lambda x: x.gather(1, torch.zeros((2, 0), dtype=torch.int64)),
    ),
    Row(
        "Tensor.gather",
        "three axes",
        ((2, 3, 4), labels(3, 2, 2, 4)),
        call=lambda f, x, index: f(x, 1, index),
        theirs=lambda x, index: x.gather(1, index),
    ),
]
