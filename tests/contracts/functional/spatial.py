"""Padding, windows as columns, resizing, and moving numbers between channels."""

import numpy as np
import torch
from torch.nn import functional as TF

from tests.contracts.row import Row

PAD, SHUFFLE = "functional.pad", "functional.channel_shuffle"
UNFOLD, FOLD = "functional.unfold", "functional.fold"
RESIZE = "functional.interpolate"


def padded(mode, case, shape, *widths, **options):
    return Row(PAD, f"{mode}, {case}", (shape,), {"mode": mode, **options}, (widths,))


def every_mode(case, shape, *widths):
    return [
        padded(mode, case, shape, *widths)
        for mode in ("constant", "reflect", "replicate", "circular")
    ]


PADDING = [
    *every_mode("sequences", (2, 3, 5), 2, 1),
    *every_mode("one sequence", (3, 5), 1, 2),
    *every_mode("images", (2, 3, 4, 5), 1, 2, 3, 0),
    *every_mode("one image", (2, 4, 5), 0, 2, 1, 1),
    *every_mode("volumes", (2, 1, 3, 4, 5), 1, 2, 0, 1, 2, 1),
    *every_mode("one volume", (2, 3, 2, 4), 1, 0, 1, 1, 2, 0),
    *every_mode("an empty batch", (0, 2, 4), 1, 2),
    *every_mode("as far as reflect goes", (1, 2, 5, 3), 2, 2, 4, 4),
    *every_mode("places taken away", (2, 3, 6, 7), -2, -1, 0, -3),
    *every_mode("longer here, shorter there", (2, 3, 6, 7), -2, 3, 2, -1),
    *every_mode("nothing to do", (1, 2, 3), 0, 0),
    padded("replicate", "wider than the image", (1, 2, 3), 7, 5),
    padded("replicate", "one place", (2, 1, 1), 2, 3),
    padded("circular", "a whole turn", (1, 2, 3), 3, 3),
    padded("reflect", "into what is taken away", (1, 2, 5), -4, 3),
    padded("replicate", "all that was there taken away", (1, 2, 5), 2, -6),
    padded("constant", "a value", (2, 3, 4), 2, 1, value=-1.5),
    padded("constant", "the first axis too", (2, 3), 1, 2, 3, 0, value=2),
    padded("constant", "one axis of four", (2, 3, 4, 5), 1, 1),
    padded("constant", "a vector", (4,), 0, 3),
    padded("constant", "no pairs", (2, 3)),
    padded("constant", "nothing left", (2, 3), -1, -2),
    padded("constant", "all replaced", (2, 3), -3, 4, value=1.0),
    Row(PAD, "a list", ((1, 2, 4),), {"mode": "reflect"}, ([1, 2],)),
    Row(
        PAD,
        "minus infinity",
        ((2, 3),),
        {"value": -np.inf},
        ((1, 1),),
        smooth=False,
    ),
    Row(
        PAD,
        "used twice",
        ((2, 3, 4),),
        call=lambda f, x: f(f(x, (1, 2), mode="reflect") * 2, (3, 0), mode="circular"),
        theirs=lambda x: TF.pad(TF.pad(x, (1, 2), "reflect") * 2, (3, 0), "circular"),
    ),
]

WINDOWS = [
    ("square", (2, 3, 5, 6), 3, {}),
    ("one image", (3, 5, 6), 2, {}),
    ("not square", (2, 2, 5, 6), (3, 2), {}),
    ("stride", (2, 2, 7, 8), 3, {"stride": 2}),
    ("strides", (1, 2, 7, 8), 2, {"stride": (3, 1)}),
    ("dilation", (2, 2, 7, 6), 3, {"dilation": 2}),
    ("dilations", (1, 2, 7, 6), (2, 3), {"dilation": (3, 1)}),
    ("padding", (2, 2, 4, 4), 3, {"padding": 1}),
    ("paddings", (1, 2, 3, 4), 3, {"padding": (2, 0)}),
    (
        "everything",
        (2, 3, 8, 9),
        (2, 3),
        {"stride": (2, 3), "dilation": (3, 2), "padding": (1, 2)},
    ),
    ("windows that leave some out", (1, 1, 7, 8), 2, {"stride": 3}),
    ("pixels", (2, 3, 2, 3), 1, {}),
    ("the whole image", (2, 3, 3, 4), (3, 4), {}),
    ("padding wider than the image", (1, 1, 1, 2), 2, {"padding": 3}),
    ("an empty batch", (0, 2, 4, 4), 2, {}),
]


def window_rows():
    for case, shape, kernel, options in WINDOWS:
        yield Row(UNFOLD, case, (shape,), options, (kernel,))
        columns = tuple(TF.unfold(torch.zeros(shape), kernel, **options).shape)
        yield Row(FOLD, case, (columns,), options, (shape[-2:], kernel))
    yield Row(UNFOLD, "lists", ((1, 2, 4, 5),), {"stride": [1, 2]}, ([2, 3],))
    yield Row(FOLD, "one size", ((2, 8, 9),), {}, (4, 2))


# sizes of each axis that meet every case: larger, smaller, the same, one

SIZES = {
    "linear": ((2, 3, 5), [(8,), (3,), (5,), (1,), 12]),
    "bilinear": ((2, 2, 4, 5), [(7, 8), (3, 2), (4, 5), (1, 9), 6]),
    "trilinear": ((1, 2, 3, 4, 5), [(5, 3, 7), (3, 4, 5), 2]),
    "bicubic": ((2, 2, 4, 5), [(7, 9), (3, 2), (4, 5), (1, 8), 6]),
    "area": ((2, 2, 6, 7), [(4, 3), (9, 7), (6, 7), (1, 1), (3, 11)]),
}
FACTORS = [2, 0.5, 1.7, 2.5]


def resized(mode, case, shape, **options):
    """Return a row; far from 0, torch's float32 places are off by some 1e-5."""
    rtol32 = 1e-4 if "block" in case else 1e-5
    options = {"mode": mode, **options}
    return Row(RESIZE, f"{mode}, {case}", (shape,), options, rtol32=rtol32)


def resize_rows():
    for mode, (shape, sizes) in SIZES.items():
        corners = [{}, {"align_corners": True}, {"align_corners": False}]
        for options in corners[:1] if mode == "area" else corners:
            told = "".join(f", {k} {v}" for k, v in options.items())
            for size in sizes:
                yield resized(mode, f"size {size}{told}", shape, size=size, **options)
            for factor in FACTORS:
                yield resized(
                    mode,
                    f"factor {factor}{told}",
                    shape,
                    scale_factor=factor,
                    **options,
                )
            factors = (1.7, 0.6, 2.3)[: len(shape) - 2]
            for recompute in (True, False):
                yield resized(
                    mode,
                    f"factors {factors}, recompute {recompute}{told}",
                    shape,
                    scale_factor=factors,
                    recompute_scale_factor=recompute,
                    **options,
                )
    for mode in ("nearest", "nearest-exact"):
        for shape in ((2, 3, 5), (2, 2, 4, 5), (1, 2, 3, 4, 5)):
            axes = len(shape) - 2
            for size in ((7, 3, 9)[:axes], shape[2:], 1, 10):
                yield resized(mode, f"size {size} of {axes}", shape, size=size)
            for factor in (2, 3, 0.5, 1.5):
                yield resized(
                    mode, f"factor {factor} of {axes}", shape, scale_factor=factor
                )
            yield resized(
                mode,
                f"factors of {axes}, recompute",
                shape,
                scale_factor=(1.7, 0.6, 2.3)[:axes],
                recompute_scale_factor=True,
            )
    for name, shape, factor in (
        ("stays", (1, 2, 3, 3), (1.27, 1.04)),
        ("doubles", (1, 2, 3, 4), (2.3, 2.2)),
        ("neither", (1, 2, 3, 4), (2.4, 1.3)),
    ):
        yield resized("nearest", f"an axis that {name}", shape, scale_factor=factor)
    yield resized(
        "nearest-exact", "an axis that doubles", (1, 2, 3, 4), scale_factor=(2.3, 2.2)
    )
    for mode in ("linear", "bilinear"):
        shape = SIZES[mode][0][:2] + (4,) * (len(SIZES[mode][0]) - 2)
        yield resized(mode, "an axis that stays", shape, scale_factor=1.2)
    yield resized("bilinear", "longer than a block", (1, 1, 70, 3), size=(140, 2))
    yield resized("bicubic", "a block, shrunk", (1, 1, 3, 200), size=(2, 90))
    yield resized("area", "a block, shrunk", (1, 1, 3, 300), size=(2, 130))
    yield resized("nearest", "a block, shrunk", (1, 1, 200), size=90)
    yield resized("bilinear", "an empty batch", (0, 2, 3, 3), size=(5, 5))
    yield resized("nearest", "an empty batch", (0, 2, 3), size=5)
    yield resized("bilinear", "a list", (1, 1, 3, 4), size=[4, 5])
    yield Row(
        RESIZE,
        "used twice",
        ((1, 2, 3, 4),),
        call=lambda f, x: f(f(x, 5) * x.sum(), 3, mode="bilinear"),
        theirs=lambda x: TF.interpolate(
            TF.interpolate(x, 5) * x.sum(), 3, mode="bilinear"
        ),
    )


SHUFFLES = [
    Row(f"functional.{name}", case, (shape,), args=(factor,))
    for name, case, shape, factor in (
        ("pixel_shuffle", "twice", (2, 8, 3, 5), 2),
        ("pixel_shuffle", "three times", (1, 9, 2, 3), 3),
        ("pixel_shuffle", "one image", (12, 3, 2), 2),
        ("pixel_shuffle", "two axes of examples", (2, 3, 4, 1, 2), 2),
        ("pixel_shuffle", "once", (2, 3, 2, 4), 1),
        ("pixel_unshuffle", "half", (2, 3, 4, 6), 2),
        ("pixel_unshuffle", "a third", (1, 2, 3, 9), 3),
        ("pixel_unshuffle", "one image", (2, 4, 2), 2),
        ("pixel_unshuffle", "two axes of examples", (2, 3, 1, 2, 4), 2),
        ("pixel_unshuffle", "once", (2, 3, 2, 4), 1),
        ("channel_shuffle", "images", (2, 6, 3, 2), 3),
        ("channel_shuffle", "two groups", (2, 6, 2, 2), 2),
        ("channel_shuffle", "sequences", (3, 8, 4), 4),
        ("channel_shuffle", "volumes", (2, 4, 1, 2, 3), 2),
        ("channel_shuffle", "one group", (2, 3, 4), 1),
        ("channel_shuffle", "a channel a group", (2, 3, 4), 3),
    )
]

SHUFFLES.append(
    Row(
        "functional.pixel_shuffle",
        "an empty batch",
        ((0, 4, 2, 3),),
        args=(2,),
        theirs=lambda x: x.reshape(0, 1, 4, 6),  # torch's backward fails
    )
)

ROWS = [*PADDING, *window_rows(), *resize_rows(), *SHUFFLES]
