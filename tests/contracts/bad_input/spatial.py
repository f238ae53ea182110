"""Windows, resizing and shuffling: sizes that do not fit, options."""

import math

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros


def them(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def row(name, case, shape, error, match, *args, silent=False, alone=False, **options):
    """Return a call of one function of zeros; `alone`: torch has no such case."""
    theirs = (
        None if alone else lambda: getattr(TF, name)(them(*shape), *args, **options)
    )
    return BadInput(
        f"{name}: {case}",
        lambda: getattr(F, name)(zeros(*shape), *args, **options),
        error,
        match,
        theirs,
        silent,
    )


def array_rows():
    calls = {
        "pad": ((1, 1),),
        "unfold": (2,),
        "fold": (4, 2),
        "interpolate": (3,),
        "pixel_shuffle": (2,),
        "pixel_unshuffle": (2,),
        "channel_shuffle": (2,),
    }
    for name, args in calls.items():
        shape = (1, 4, 9) if name == "fold" else (1, 4, 4, 4)
        yield BadInput(
            f"{name}: of an array",
            lambda name=name, args=args, shape=shape: getattr(F, name)(
                np.ones(shape), *args
            ),
            TypeError,
            f"{name}: x must be a Tensor, got ndarray",
            lambda name=name, args=args, shape=shape: getattr(TF, name)(
                np.ones(shape), *args
            ),
        )
        if name in ("unfold", "fold", "interpolate"):
            yield BadInput(
                f"{name}: of integers",
                lambda name=name, args=args, shape=shape: getattr(F, name)(
                    Tensor(np.ones(shape, int)), *args
                ),
                TypeError,
                f"{name}: x must hold floating-point numbers, got int64",
                lambda name=name, args=args, shape=shape: getattr(TF, name)(
                    torch.ones(shape, dtype=torch.int64), *args
                ),
            )


def window_rows():
    image, columns = (1, 2, 5, 5), (1, 18, 9)
    for name, shape, args in (("unfold", image, ()), ("fold", columns, (5,))):
        for key, least in (("dilation", 1), ("padding", 0), ("stride", 1)):
            yield row(
                name,
                f"a {key} too small",
                shape,
                ValueError,
                f"{name}: {key} must be at least {least}, got {least - 1}",
                *args,
                3,
                **{key: least - 1},
            )
            yield row(
                name,
                f"a {key} of three",
                shape,
                TypeError,
                f"{name}: {key} must be an int or a pair of ints, got",
                *args,
                3,
                **{key: (1, 1, 1)},
            )
            yield row(
                name,
                f"a fraction as {key}",
                shape,
                TypeError,
                f"{name}: {key} must be an int or a pair of ints, got 1.5",
                *args,
                3,
                **{key: 1.5},
            )
        yield row(
            name,
            "a kernel of no pixels",
            shape,
            ValueError,
            f"{name}: kernel_size must be at least 1, got",
            *args,
            (0, 3),
        )
        yield row(
            name,
            "a true kernel",
            shape,
            TypeError,
            f"{name}: kernel_size must be an int or a pair",
            *args,
            True,
        )
        yield row(
            name,
            "a kernel larger than the image",
            shape,
            ValueError,
            f"{name}: a window of kernel_size .* covers 1 x 6 pixels, .* has 5 x 5",
            *args,
            (1, 6),
        )
        yield row(
            name,
            "the same by dilation",
            shape,
            ValueError,
            f"{name}: a window .* covers 7 x 5 pixels",
            *args,
            3,
            dilation=(3, 2),
        )
    for shape in ((5, 5), (1, 1, 1, 5, 5), (1, 0, 5, 5), (0, 5, 5), (1, 1, 0, 5)):
        yield row(
            "unfold",
            f"shape {shape}",
            shape,
            ValueError,
            r"unfold: x must have shape \(N, C, H, W\) or \(C, H, W\)",
            3,
            padding=2,
        )
    for shape in ((9,), (1, 1, 9, 9), (1, 0, 9), (1, 9, 0), (0, 9)):
        yield row(
            "fold",
            f"shape {shape}",
            shape,
            ValueError,
            r"fold: x must have shape \(N, C \* K_h \* K_w, L\)",
            5,
            3,
        )
    for case, shape in (("rows", (1, 17, 9)), ("columns", (1, 18, 8))):
        yield row(
            "fold",
            f"{case} that do not fit",
            shape,
            ValueError,
            r"fold: x has shape .* expected \(\*, C \* 3 \* 3, 3 \* 3\)",
            5,
            3,
        )
    yield row(
        "fold",
        "an empty image",
        (1, 9, 4),
        ValueError,
        "fold: output_size must be at least 1",
        (0, 2),
        3,
    )


RESIZE = [
    row("interpolate", case, shape, error, f"interpolate: .*{match}", **options)
    for case, shape, error, match, options in (
        ("no size", (1, 1, 4), ValueError, "give either size or scale_factor", {}),
        ("both", (1, 1, 4), ValueError, "give either size or scale_factor",
         {"size": 8, "scale_factor": 2}),
        ("no such mode", (1, 1, 4), ValueError, "mode must be .* 'cubic'",
         {"size": 8, "mode": "cubic"}),
        ("linear images", (1, 1, 4, 4), ValueError, "linear takes 3 axes",
         {"size": 8, "mode": "linear"}),
        ("bilinear sequences", (1, 1, 4), ValueError, "bilinear takes 4 axes",
         {"size": 8, "mode": "bilinear"}),
        ("bicubic volumes", (1, 1, 4, 4, 4), ValueError, "bicubic takes 4 axes",
         {"size": 8, "mode": "bicubic"}),
        ("trilinear images", (1, 1, 4, 4), ValueError, "trilinear takes 5 axes",
         {"size": 8, "mode": "trilinear"}),
        ("no batch", (1, 4), ValueError, "nearest takes 3 or 4 or 5 axes", {"size": 8}),
        ("six axes", (1,) * 6, ValueError, "nearest-exact takes 3 or 4 or 5",
         {"size": 8, "mode": "nearest-exact"}),
        ("no channels", (1, 0, 4), ValueError, "each but N at least 1", {"size": 8}),
        ("no places", (1, 1, 0), ValueError, "each but N at least 1", {"size": 8}),
        ("two sizes for one axis", (1, 1, 4), ValueError, "size has 2 numbers for",
         {"size": (8, 8)}),
        ("one factor for two axes", (1, 1, 4, 4), ValueError, "scale_factor has 1 numb",
         {"scale_factor": (2,)}),
        ("a fraction as size", (1, 1, 4), TypeError, "size must hold ints, got float",
         {"size": 8.5}),
        ("a true size", (1, 1, 4), TypeError, "size must hold ints, got bool",
         {"size": True}),
        ("a size of 0", (1, 1, 4), ValueError, "every size must be at lea",
         {"size": 0}),
        ("a factor too small", (1, 1, 4), ValueError, "size must be at least 1",
         {"scale_factor": 0.1}),
        ("a negative factor", (1, 1, 4), ValueError, "size must be at least 1",
         {"scale_factor": -2}),
        ("a factor in words", (1, 1, 4), TypeError, "scale_factor must be a number",
         {"scale_factor": "2"}),
        ("a factor of nan", (1, 1, 4), ValueError, "scale_factor must be finite",
         {"scale_factor": math.nan}),
        ("recompute of a size", (1, 1, 4), ValueError, "recompute_scale_factor=True is",
         {"size": 8, "recompute_scale_factor": True}),
        *(
            (f"corners {corners}, {mode}", (1, 1, 4), ValueError, "is not for mode",
             {"size": 8, "mode": mode, "align_corners": corners})
            for mode, corners in (
                ("nearest", True), ("nearest", False), ("nearest-exact", True),
                ("area", False),
            )
        ),
    )
] + [
    row("interpolate", "area of nothing", (1, 1, 4), ValueError, "at least 1, got",
        size=0, mode="area", silent=True),
]  # fmt: skip


def shuffle_rows():
    for name, key, shape in (
        ("pixel_shuffle", "upscale_factor", (2, 4, 3, 3)),
        ("pixel_unshuffle", "downscale_factor", (2, 4, 4, 4)),
        ("channel_shuffle", "groups", (2, 4, 3)),
    ):
        for value in (0, -2):
            yield row(
                name,
                f"{key} {value}",
                shape,
                ValueError,
                f"{name}: {key} must be at least 1, got {value}",
                value,
            )
        for value in (1.5, "2"):
            yield row(
                name,
                f"{key} {value!r}",
                shape,
                TypeError,
                f"{name}: {key} must be an int, got {type(value).__name__}",
                value,
            )
        yield row(
            name,
            f"a true {key}",
            shape,
            TypeError,
            "must be an int, got bool",
            True,
            alone=True,
        )
        yield row(
            name,
            "two axes",
            (4, 4),
            ValueError,
            f"{name}: x must have at least three axes",
            2,
        )
    yield row(
        "pixel_shuffle",
        "channels that do not divide",
        (6, 2, 2),
        ValueError,
        "the square of upscale_factor = 2 must divide the channels, got x of shape",
        2,
    )
    yield row(
        "channel_shuffle",
        "channels that do not divide",
        (1, 5, 2),
        ValueError,
        "groups = 2 must divide the channels, got x of shape",
        2,
    )
    for shape in ((1, 3, 4), (1, 4, 3)):
        yield row(
            "pixel_unshuffle",
            f"shape {shape}",
            shape,
            ValueError,
            "downscale_factor = 2 must divide height and width, got x of shape",
            2,
        )


def layer_rows():
    for name, args in (("Unfold", ()), ("Fold", (4,))):
        for key, given in (
            ("kernel_size", {}),
            ("dilation", {"dilation": 0}),
            ("padding", {"padding": -1}),
            ("stride", {"stride": (1, 0)}),
        ):
            yield BadInput(
                f"nn.{name}: {key} too small",
                lambda n=name, a=args, k=key, g=given: getattr(nn, n)(
                    *a, 0 if k == "kernel_size" else 2, **g
                ),
                ValueError,
                f"{name}: {key} must be at least",
            )
    yield BadInput(
        "nn.Fold: no image",
        lambda: nn.Fold(0, 2),
        ValueError,
        "Fold: output_size must be at least 1, got 0",
    )
    for given in ({}, {"size": 2, "scale_factor": 2}):
        yield BadInput(
            f"nn.Upsample: {len(given)} of size and factor",
            lambda given=given: nn.Upsample(**given),
            ValueError,
            "Upsample: give either size or scale_factor",
            lambda given=given: torch.nn.Upsample(**given),
            True,
        )
    for name, key in (
        ("PixelShuffle", "upscale_factor"),
        ("PixelUnshuffle", "downscale_factor"),
        ("ChannelShuffle", "groups"),
    ):
        yield BadInput(
            f"nn.{name}: 0",
            lambda name=name: getattr(nn, name)(0),
            ValueError,
            f"{name}: {key} must be at least 1, got 0",
        )


ROWS = [
    *array_rows(),
    *window_rows(),
    *RESIZE,
    *shuffle_rows(),
    *layer_rows(),
]
