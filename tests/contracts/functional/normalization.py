"""Batch, instance, layer, group and RMS normalization; running statistics."""

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook.autograd import Tensor
from tests.contracts.row import Row

BATCH, INSTANCE = "functional.batch_norm", "functional.instance_norm"
LAYER, GROUP, RMS = (f"functional.{n}_norm" for n in ("layer", "group", "rms"))
C = 3
MEAN = np.array([0.5, -2.0, 1.0])
VARIANCE = np.array([0.3, 2.0, 1.5])
SHAPES = {
    "vectors": (5, C),
    "sequences": (4, C, 6),
    "images": (3, C, 4, 5),
    "volumes": (2, C, 2, 3, 2),
    "one place each": (5, C, 1),
    "one example": (1, C, 7),
    "one example of three places": (1, C, 1, 3),
}


def around(*shape, mean=0.3, scale=1.5):
    """Return a maker of normal numbers that are neither centered nor of size 1."""
    return lambda rng: mean + scale * rng.standard_normal(shape)


def far(*shape):
    """Return numbers around 100, spread by about 2."""
    return around(*shape, mean=100.0, scale=2.0)


def running(name, case, inputs, **options):
    """Return a row with running statistics, which are part of what is compared."""

    def call(f, x, *parameters):
        statistics = [Tensor(v.astype(x.dtype)) for v in (MEAN, VARIANCE)]
        return f(x, *statistics, *parameters, **options), *statistics

    def theirs(x, *parameters):
        function = getattr(TF, name.partition(".")[2])
        statistics = [torch.tensor(v).to(x.dtype) for v in (MEAN, VARIANCE)]
        return function(x, *statistics, *parameters, **options), *statistics

    x, *parameters = inputs
    key = "training" if name == BATCH else "use_input_stats"
    return Row(
        name,
        case,
        (around(*x), *parameters),
        call=call,
        theirs=theirs,
        smooth=not options[key],  # no gradient goes through the running statistics
    )


def with_statistics(name):
    """Return rows in training and evaluation, with parameters and without."""
    key = "training" if name == BATCH else "use_input_stats"
    rows = []
    for case, shape in SHAPES.items():
        if name == INSTANCE and np.prod(shape[2:]) < 2:
            continue
        rows += [
            running(name, f"{case}, by the batch", (shape, (C,), (C,)), **{key: True}),
            running(name, f"{case}, by averages", (shape, (C,), (C,)), **{key: False}),
        ]
    shape = SHAPES["images"]
    for use in (True, False):
        how = f"{key} {use}"
        rows += [
            running(name, f"{how}, no bias", (shape, (C,)), **{key: use}),
            running(name, f"{how}, no parameters", (shape,), **{key: use}),
            running(name, f"{how}, eps 0.5", (shape, (C,)), **{key: use, "eps": 0.5}),
        ]
    rows += [
        running(name, f"momentum {m}", (shape,), **{key: True, "momentum": m})
        for m in (0.0, 0.3, 1.0)
    ]
    return rows


def over(name, case, x, shape, *parameters, **options):
    """Return a row of layer or RMS normalization over `shape`, or groups."""
    function = getattr(TF, name.partition(".")[2])
    given = (shape,) if name != GROUP and isinstance(shape, int) else shape
    return Row(
        name,
        case,
        (x if callable(x) else around(*x), *parameters),
        call=lambda f, x, *p: f(x, shape, *p, **options),
        theirs=lambda x, *p: function(x, given, *p, **options),
        rtol32=1e-4 if "mean of 100" in case else 1e-5,
    )


def no_statistics(name, case, x, *parameters, **options):
    """Return a row of batch or instance normalization without running statistics."""
    function = getattr(TF, name.partition(".")[2])
    return Row(
        name,
        case,
        (x if callable(x) else around(*x), *parameters),
        call=lambda f, x, *p: f(x, None, None, *p, **options),
        theirs=lambda x, *p: function(x, None, None, *p, **options),
        rtol32=1e-4 if "mean of 100" in case else 1e-5,
    )


def bias_alone(name, x, argument, shape):
    """Return a row with a bias and no weight."""
    function = getattr(TF, name.partition(".")[2])
    first = (None, None) if name in (BATCH, INSTANCE) else (argument,)
    options = {"training": True} if name == BATCH else {}
    return Row(
        name,
        "a bias alone",
        (around(*x), shape),
        call=lambda f, x, b: f(x, *first, bias=b, **options),
        theirs=lambda x, b: function(x, *first, bias=b, **options),
    )


ROWS = [
    *with_statistics(BATCH),
    no_statistics(BATCH, "no statistics", (4, C, 5), (C,), (C,), training=True),
    no_statistics(BATCH, "no statistics, vectors", (4, C), training=True),
    no_statistics(BATCH, "one channel", (6, 1, 2), (1,), training=True),
    no_statistics(BATCH, "a mean of 100", far(8, C, 4), (C,), training=True),
    no_statistics(
        BATCH, "tiny numbers", around(6, C, mean=0, scale=1e-4), (C,), training=True
    ),
    bias_alone(BATCH, (4, C, 5), None, (C,)),
    Row(
        BATCH,
        "an empty batch, by averages",
        (around(0, C, 2), (C,), (C,)),
        call=lambda f, x, w, b: f(
            x, *(Tensor(v.astype(x.dtype)) for v in (MEAN, VARIANCE)), w, b
        ),
        theirs=lambda x, w, b: TF.batch_norm(
            x, *(torch.tensor(v).to(x.dtype) for v in (MEAN, VARIANCE)), w, b
        ),
    ),
    Row(
        BATCH,
        "used twice",
        (around(6, C), (C,), (C,)),
        call=lambda f, x, w, b: f(
            f(x, None, None, w, b, training=True) * x, None, None, w, training=True
        ),
        theirs=lambda x, w, b: TF.batch_norm(
            TF.batch_norm(x, None, None, w, b, True) * x, None, None, w, training=True
        ),
        rtol32=1e-4,
    ),
    *with_statistics(INSTANCE),
    no_statistics(INSTANCE, "no statistics", (4, C, 5), (C,), (C,)),
    no_statistics(INSTANCE, "no parameters", (2, C, 3, 2)),
    Row(
        INSTANCE,
        "an empty batch",
        ((0, C, 2), (C,), (C,)),
        call=lambda f, x, w, b: f(x, None, None, w, b),
        theirs=lambda x, w, b: x * w[:, None] + b[:, None],  # torch's backward fails
    ),
    bias_alone(INSTANCE, (4, C, 5), None, (C,)),
    over(LAYER, "the last axis", (4, 6), 6, (6,), (6,)),
    over(LAYER, "sequences", (2, 3, 5), (5,), (5,), (5,)),
    over(LAYER, "two axes", (3, 4, 5), (4, 5), (4, 5), (4, 5)),
    over(LAYER, "a list of axes", (3, 4, 5), [4, 5], (4, 5)),
    over(LAYER, "every axis", (3, 4), (3, 4), (3, 4), (3, 4)),
    over(LAYER, "one vector", (7,), 7, (7,), (7,)),
    over(LAYER, "no parameters", (3, 6), 6),
    over(LAYER, "eps 0.5", (3, 6), 6, (6,), eps=0.5),
    over(LAYER, "a mean of 100", far(4, 9), 9, (9,)),
    over(LAYER, "an empty batch", (0, 4), 4, (4,), (4,)),
    bias_alone(LAYER, (3, 2, 4), (2, 4), (2, 4)),
    Row(
        LAYER,
        "used twice",
        (around(3, 5), (5,), (5,)),
        call=lambda f, x, w, b: f(f(x, 5, w, b) * x, 5, w),
        theirs=lambda x, w, b: TF.layer_norm(TF.layer_norm(x, (5,), w, b) * x, (5,), w),
        rtol32=1e-4,
    ),
    over(RMS, "the last axis", (4, 6), 6, (6,)),
    over(RMS, "sequences", (2, 3, 5), (5,), (5,)),
    over(RMS, "two axes", (3, 4, 5), (4, 5), (4, 5)),
    over(RMS, "one vector", (7,), 7, (7,)),
    over(RMS, "no weight", (3, 2, 6), (2, 6)),
    over(RMS, "eps 0.5", (3, 6), 6, (6,), eps=0.5),
    over(RMS, "numbers as small as eps", around(3, 6, mean=0, scale=1e-3), 6, (6,)),
    over(RMS, "one number each", (3, 1), 1, (1,), eps=0.5),
    over(RMS, "an empty batch", (0, 4), 4, (4,)),
    over(GROUP, "two groups", (3, 6, 4), 2, (6,), (6,)),
    over(GROUP, "three groups of images", (2, 6, 3, 4), 3, (6,), (6,)),
    over(GROUP, "volumes", (2, 4, 2, 1, 3), 2, (4,), (4,)),
    over(GROUP, "one group", (3, 4, 5), 1, (4,), (4,)),
    over(GROUP, "a group a channel", (3, 4, 5), 4, (4,), (4,)),
    over(GROUP, "vectors", (5, 6), 2, (6,), (6,)),
    over(GROUP, "no bias", (2, 6, 3), 2, (6,)),
    over(GROUP, "no parameters", (2, 6, 3), 3),
    over(GROUP, "eps 0.5", (2, 6, 3), 3, (6,), eps=0.5),
    over(GROUP, "a mean of 100", far(2, 4, 6), 2, (4,)),
    over(GROUP, "an empty batch", (0, 4, 2), 2, (4,), (4,)),
    Row(
        GROUP,
        "a bias alone",
        (around(2, 6, 3), (6,)),
        call=lambda f, x, b: f(x, 2, bias=b),
        theirs=lambda x, b: TF.group_norm(x, 2) + b[:, None],  # torch's backward fails
    ),
]
