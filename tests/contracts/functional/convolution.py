"""Convolutions and transposed convolutions: every option, sizes, paddings, groups."""

import warnings

import torch
from torch.nn import functional as TF

from tests.contracts.row import Row

SIZES = {1: (7,), 2: (7, 6), 3: (5, 4, 6)}
KERNELS = {1: (3,), 2: (3, 2), 3: (3, 2, 3)}
C, F = 4, 6


def row(name, case, x, weight, bias=None, **options):
    """Return a row; the bias is a third input, if there is one."""
    inputs = (x, weight) if bias is None else (x, weight, bias)
    theirs = quiet(name, options) if options.get("padding") == "same" else None
    return Row(f"functional.{name}", case, inputs, options, theirs=theirs)


def quiet(name, options):
    """Return torch's function; it warns that it copies x if a kernel is even."""

    def theirs(*inputs):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Using padding='same'")
            return getattr(TF, name)(*inputs, **options)

    return theirs


def options_of(name, axes, values):
    """Return rows that set one option each, and a few at once."""
    transposed = "transpose" in name
    size, kernel = SIZES[axes], KERNELS[axes]
    x, first, second = (3, C, *size), *((C, F) if transposed else (F, C))
    for given in values:
        groups = given.get("groups", 1)
        case = ", ".join(f"{key} {value}" for key, value in given.items())
        weight = (first, second // groups, *kernel)
        yield row(name, case, x, weight, (F,), **given)


def convolutions(axes):
    name, size, kernel = f"conv{axes}d", SIZES[axes], KERNELS[axes]
    several = tuple(range(1, axes + 1))
    values = [
        {"stride": 2},
        {"stride": several[::-1]},
        {"padding": 1},
        {"padding": 3},
        {"padding": several},
        {"padding": "valid"},
        {"padding": "same"},
        {"padding": "same", "dilation": several},
        {"dilation": 2, "padding": 1},
        {"dilation": several[::-1], "padding": 2},
        {"groups": 2},
        {"groups": 2, "stride": 2, "padding": 1, "dilation": several},
    ]
    yield from options_of(name, axes, values)
    yield row(name, "no options", (2, C, *size), (F, C, *kernel), (F,))
    yield row(name, "no bias", (2, C, *size), (F, C, *kernel))
    yield row(name, "no batch axis", (C, *size), (F, C, *kernel), (F,), padding=1)
    yield row(name, "an empty batch", (0, C, *size), (F, C, *kernel), (F,), padding=1)
    yield row(name, "one example, one channel", (1, 1, *size), (1, 1, *kernel), (1,))
    yield row(name, "a batch of eleven", (11, C, *size), (F, C, *kernel), padding=1)
    yield row(name, "depthwise", (2, C, *size), (C, 1, *kernel), (C,), groups=C)
    yield row(
        name,
        "depthwise, three filters a channel",
        (2, C, *size),
        (3 * C, 1, *kernel),
        (3 * C,),
        groups=C,
        padding=1,
    )
    ones = (1,) * axes
    yield row(name, "1 x 1", (3, C, *size), (F, C, *ones), (F,))
    yield row(name, "1 x 1, two groups", (3, C, *size), (F, 2, *ones), groups=2)
    yield row(name, "1 x 1, stride 2", (3, C, *size), (F, C, *ones), (F,), stride=2)
    yield row(name, "1 x 1, padding 1", (3, C, *size), (F, C, *ones), (F,), padding=1)
    yield row(name, "a kernel as large as x", (2, C, *size), (F, C, *size), (F,))
    yield row(
        name, "many filters", (2, 1, *size), (12, 1, *kernel), padding=2, dilation=2
    )


def transposed_convolutions(axes):
    name, size, kernel = f"conv_transpose{axes}d", SIZES[axes], KERNELS[axes]
    several = tuple(range(1, axes + 1))
    values = [
        {"stride": 2},
        {"stride": several[::-1]},
        {"padding": 1},
        {"padding": several[::-1]},
        {"dilation": 2},
        {"dilation": several},
        {"groups": 2},
        {"stride": 3, "output_padding": 2},
        {"stride": 2, "output_padding": (1,) * (axes - 1) + (0,), "padding": 1},
        {"dilation": 2, "output_padding": 1},
        {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "dilation": 2},
    ]
    yield from options_of(name, axes, values)
    yield row(name, "no options", (2, C, *size), (C, F, *kernel), (F,))
    yield row(name, "no bias", (2, C, *size), (C, F, *kernel), stride=2)
    yield row(name, "no batch axis", (C, *size), (C, F, *kernel), (F,), stride=2)
    yield row(name, "an empty batch", (0, C, *size), (C, F, *kernel), (F,))
    yield row(name, "a batch of eleven", (11, C, *size), (C, F, *kernel), stride=2)
    yield row(name, "depthwise", (2, C, *size), (C, 1, *kernel), (C,), groups=C)
    ones = (1,) * axes
    yield row(name, "1 x 1", (3, C, *size), (C, F, *ones), (F,))
    yield row(name, "1 x 1, two groups", (3, C, *size), (C, 3, *ones), groups=2)
    yield row(name, "1 x 1, stride 2", (3, C, *size), (C, F, *ones), stride=2)


def used_twice(name, x, weight):
    """Return a row in which one weight serves two convolutions."""
    theirs = getattr(TF, name)
    return Row(
        f"functional.{name}",
        "one weight twice",
        (x, weight),
        call=lambda f, x, w: f(f(x, w, padding=1).tanh(), w, padding=1),
        theirs=lambda x, w: theirs(torch.tanh(theirs(x, w, padding=1)), w, padding=1),
    )


ROWS = [
    *(made for axes in SIZES for made in convolutions(axes)),
    *(made for axes in SIZES for made in transposed_convolutions(axes)),
    used_twice("conv2d", (2, 3, 5, 5), (3, 3, 3, 3)),
    used_twice("conv_transpose2d", (2, 3, 5, 5), (3, 3, 3, 3)),
]
