"""concatenate, stack, split, where."""

import numpy as np
import torch

from tests.contracts.inputs import labels, mask
from tests.contracts.row import Row


def joined(f, *tensors, **options):
    return f(tensors, **options)


def chosen(case, shapes, **kwargs):
    return Row("autograd.where", case, shapes, theirs=torch.where, **kwargs)


ROWS = [
    Row(
        "autograd.concatenate",
        "two matrices",
        ((2, 3), (4, 3)),
        call=joined,
        theirs=lambda *t: torch.cat(t),
    ),
    Row(
        "autograd.concatenate",
        "three, along axis 1",
        ((2, 3), (2, 1), (2, 2)),
        call=lambda f, *t: f(t, axis=1),
        theirs=lambda *t: torch.cat(t, 1),
    ),
    Row(
        "autograd.concatenate",
        "along the last axis",
        ((2, 1, 3), (2, 1, 1)),
        call=lambda f, *t: f(list(t), axis=-1),
        theirs=lambda *t: torch.cat(t, -1),
    ),
    Row(
        "autograd.concatenate",
        "one empty",
        ((0, 3), (2, 3)),
        call=joined,
        theirs=lambda *t: torch.cat(t),
    ),
    Row(
        "autograd.concatenate",
        "one alone",
        ((2, 3),),
        call=joined,
        theirs=lambda *t: torch.cat(t),
    ),
    Row(
        "autograd.concatenate",
        "a tensor with itself",
        ((2, 3),),
        call=lambda f, x: f([x, x * 2.0, x]),
        theirs=lambda x: torch.cat([x, x * 2, x]),
    ),
    Row(
        "autograd.concatenate",
        "floats and integers",
        ((2,), labels(3, 3)),
        call=joined,
        theirs=lambda *t: torch.cat(t),
    ),
    Row(
        "autograd.concatenate",
        "integers and floats",
        (labels(3, 3), (2,)),
        call=joined,
        theirs=lambda *t: torch.cat(t),
    ),
    Row(
        "autograd.stack",
        "in front",
        ((2, 3), (2, 3)),
        call=joined,
        theirs=lambda *t: torch.stack(t),
    ),
    Row(
        "autograd.stack",
        "along axis 1",
        ((2, 3), (2, 3), (2, 3)),
        call=lambda f, *t: f(t, axis=1),
        theirs=lambda *t: torch.stack(t, 1),
    ),
    Row(
        "autograd.stack",
        "at the end",
        ((2, 3), (2, 3)),
        call=lambda f, *t: f(t, axis=-1),
        theirs=lambda *t: torch.stack(t, -1),
    ),
    Row(
        "autograd.stack",
        "numbers",
        ((), ()),
        call=joined,
        theirs=lambda *t: torch.stack(t),
    ),
    Row(
        "autograd.stack",
        "floats and integers",
        ((3,), labels(3, 3)),
        call=joined,
        theirs=lambda *t: torch.stack([t[0], t[1].to(t[0].dtype)]),
    ),
    Row(
        "autograd.split",
        "equal pieces",
        ((6, 2),),
        args=(2,),
        theirs=lambda x: x.split(2),
    ),
    Row(
        "autograd.split",
        "a shorter last piece",
        ((2, 7),),
        {"axis": 1},
        args=(3,),
        theirs=lambda x: x.split(3, 1),
    ),
    Row(
        "autograd.split",
        "from the last axis",
        ((2, 3, 4),),
        {"axis": -1},
        args=(3,),
        theirs=lambda x: x.split(3, -1),
    ),
    Row(
        "autograd.split",
        "given lengths",
        ((6, 2),),
        args=([1, 3, 0, 2],),
        theirs=lambda x: x.split([1, 3, 0, 2]),
    ),
    Row(
        "autograd.split",
        "an empty tensor",
        ((0, 2),),
        args=(2,),
        theirs=lambda x: x.split(2),
    ),
    Row(
        "autograd.split", "one element", ((1,),), args=(1,), theirs=lambda x: x.split(1)
    ),
    Row(
        "autograd.split",
        "a NumPy size",
        ((4,),),
        args=(np.int64(3),),
        theirs=lambda x: x.split(3),
    ),
    chosen("equal shapes", (mask(3, 4), (3, 4), (3, 4))),
    chosen("all broadcast", (mask(3, 1), (1, 4), (2, 1, 1))),
    chosen("the mask is larger", (mask(2, 3, 4), (4,), (3, 1))),
    chosen("one number", (mask(), (), ())),
    chosen("empty", (mask(0, 3), (1, 3), (3,))),
    Row(
        "autograd.where",
        "a number for the rest",
        (mask(3, 4), (3, 4)),
        args=(0.5,),
        theirs=lambda m, a: torch.where(m, a, 0.5),
    ),
    Row(
        "autograd.where",
        "a number for the chosen",
        (mask(3, 4), (3, 4)),
        call=lambda f, m, b: f(m, 2, b),
        theirs=lambda m, b: torch.where(m, 2, b),
    ),
    Row(
        "autograd.where",
        "a plain array as mask",
        ((3, 4),),
        call=lambda f, x: f(x.data > 0, x, -x),
        theirs=lambda x: torch.where(x > 0, x, -x),
    ),
    Row(
        "autograd.where",
        "a list as mask",
        ((2, 2),),
        call=lambda f, x: f([[True], [False]], x, 0),
        theirs=lambda x: torch.where(torch.tensor([[True], [False]]), x, 0),
    ),
    Row(
        "autograd.where",
        "a tensor with itself",
        (mask(3, 4), (3, 4)),
        call=lambda f, m, x: f(m, x, x),
        theirs=lambda m, x: torch.where(m, x, x),
    ),
    Row(
        "autograd.where",
        "integers and floats",
        (mask(3), labels(3, 3), (3,)),
        theirs=torch.where,
    ),
    Row("autograd.as_tensor", "a tensor", ((2, 3),), theirs=lambda x: x * 1),
    Row(
        "autograd.as_tensor",
        "integers among floats",
        ((2, 3), labels(3, 3)),
        call=lambda f, x, i: x * f(i, like=x),
        theirs=lambda x, i: x * i,
    ),
]
