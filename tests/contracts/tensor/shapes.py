"""Operations that move elements: reshape, transpose, expand, pad."""

import torch

from tests.contracts.inputs import labels
from tests.contracts.row import Row


def pad_last(x, widths, value=0.0):
    """Torch names the last axis first."""
    flat = [w for pair in reversed(widths) for w in pair]
    return torch.nn.functional.pad(x, flat, value=value)


ROWS = [
    Row("Tensor.reshape", "to a matrix", ((2, 3, 4),), args=(6, 4)),
    Row("Tensor.reshape", "one length left open", ((2, 3, 4),), args=(4, -1)),
    Row("Tensor.reshape", "a tuple", ((2, 3, 4),), args=((3, 8),)),
    Row("Tensor.reshape", "to one number", ((1, 1),), args=((),)),
    Row("Tensor.reshape", "from one number", ((),), args=(1, 1)),
    Row("Tensor.reshape", "empty", ((0, 4),), args=(2, 0)),
    Row(
        "Tensor.reshape",
        "after a transpose",
        ((2, 3),),
        call=lambda f, x: f(x.T, 6),
        theirs=lambda x: x.T.reshape(6),
    ),
    Row("Tensor.flatten", "all axes", ((2, 3, 4),)),
    Row("Tensor.flatten", "from axis 1", ((2, 3, 4),), {"start_axis": 1}),
    Row(
        "Tensor.flatten",
        "to axis -2",
        ((2, 3, 4, 5),),
        {"start_axis": 1, "end_axis": -2},
    ),
    Row("Tensor.flatten", "one axis", ((2, 3),), {"start_axis": 1, "end_axis": 1}),
    Row("Tensor.flatten", "one number", ((),)),
    Row("Tensor.transpose", "the last two", ((2, 3, 4),), args=(-2, -1)),
    Row("Tensor.transpose", "first and last", ((2, 3, 4),), args=(0, 2)),
    Row("Tensor.transpose", "with itself", ((2, 3),), args=(1, 1)),
    Row("Tensor.permute", "a cycle", ((2, 3, 4),), args=(1, 2, 0)),
    Row("Tensor.permute", "negative axes", ((2, 3, 4),), args=(-1, 0, -2)),
    Row("Tensor.permute", "four axes", ((2, 3, 4, 5),), args=(2, 0, 3, 1)),
    Row("Tensor.permute", "no axes", ((),), theirs=lambda x: x.permute(())),
    Row("Tensor.T", "a matrix", ((2, 3),), theirs=lambda x: x.T),
    Row("Tensor.T", "a vector", ((3,),), theirs=lambda x: x.clone()),
    Row("Tensor.T", "one number", ((),), theirs=lambda x: x.clone()),
    Row("Tensor.mT", "a batch", ((2, 3, 4),), theirs=lambda x: x.mT),
    Row("Tensor.mT", "a matrix", ((2, 3),), theirs=lambda x: x.mT),
    Row("Tensor.squeeze", "all axes of length 1", ((1, 3, 1),)),
    Row("Tensor.squeeze", "one axis", ((1, 3, 1),), {"axis": 0}),
    Row("Tensor.squeeze", "two axes", ((1, 3, 1),), {"axis": (0, -1)}),
    Row("Tensor.unsqueeze", "in front", ((3, 4),), {"axis": 0}),
    Row("Tensor.unsqueeze", "at the end", ((3, 4),), {"axis": -1}),
    Row("Tensor.unsqueeze", "one number", ((),), {"axis": 0}),
    Row("Tensor.expand", "an axis of length 1", ((3, 1),), args=(3, 4)),
    Row("Tensor.expand", "a new axis", ((3, 1),), args=(2, 3, 4)),
    Row("Tensor.expand", "a length kept by -1", ((3, 1),), args=(2, -1, 4)),
    Row("Tensor.expand", "several lengths kept by -1", ((2, 3, 1),), args=(-1, -1, 4)),
    Row("Tensor.expand", "nothing", ((3, 4),), args=(3, 4)),
    Row("Tensor.expand", "one number", ((),), args=(2, 3)),
    Row("Tensor.expand", "to an empty axis", ((1, 3),), args=(0, 3)),
    Row(
        "Tensor.pad",
        "both axes",
        ((2, 3),),
        {"pad_width": ((1, 2), (3, 0))},
        theirs=lambda x: pad_last(x, ((1, 2), (3, 0))),
    ),
    Row(
        "Tensor.pad",
        "with a value",
        ((2, 3),),
        {"pad_width": ((0, 1), (2, 2)), "value": -1.5},
        theirs=lambda x: pad_last(x, ((0, 1), (2, 2)), -1.5),
    ),
    Row(
        "Tensor.pad",
        "by nothing",
        ((2, 3),),
        {"pad_width": ((0, 0), (0, 0))},
        theirs=lambda x: pad_last(x, ((0, 0), (0, 0))),
    ),
    Row(
        "Tensor.pad",
        "an empty axis",
        ((0, 3),),
        {"pad_width": ((1, 1), (0, 0))},
        theirs=lambda x: pad_last(x, ((1, 1), (0, 0))),
    ),
    Row(
        "Tensor.pad",
        "integers",
        (labels(4, 4),),
        {"pad_width": ((2, 1),), "value": 7},
        theirs=lambda x: pad_last(x, ((2, 1),), 7),
    ),
    Row("Tensor.detach", "a matrix", ((2, 3),), smooth=False),
]
