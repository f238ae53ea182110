"""Convolutions: shapes that do not fit, options that are none, kernels too large."""

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

X = {1: (2, 4, 7), 2: (2, 4, 7, 6), 3: (2, 4, 5, 4, 6)}
IMAGES, WEIGHT = X[2], (4, 4, 3, 3)  # fits conv2d and conv_transpose2d
BOTH = ("conv2d", "conv_transpose2d")


def them(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def row(
    name,
    what,
    match,
    *,
    x=IMAGES,
    weight=WEIGHT,
    bias=None,
    error=ValueError,
    silent=False,
    **options,
):
    """Return a row that breaks a correct call in one place; None is no bias."""

    def call(function, array):
        shift = None if bias is None else array(*bias)
        return lambda: function(array(*x), array(*weight), shift, **options)

    ours, theirs = call(getattr(F, name), zeros), call(getattr(TF, name), them)
    match = f"{name}: {match}"
    return BadInput(f"{name}: {what}", ours, error, match, theirs, silent)


def shapes():
    for axes, letters in ((1, "L"), (2, "H, W"), (3, "D, H, W")):
        k = (3,) * axes
        for name in (f"conv{axes}d", f"conv_transpose{axes}d"):
            for what, x in (("few", X[axes][2:]), ("many", (1, *X[axes]))):
                expected = rf"expected \(N, C, {letters}\) or \(C, {letters}\)"
                yield row(
                    name,
                    f"x with too {what} axes",
                    f"x has shape .*, {expected}",
                    x=x,
                    weight=(4, 4, *k),
                )
            first, second = (
                ("in_channels", "out_channels")
                if "transpose" in name
                else ("out_channels", "in_channels")
            )
            kernel = ", ".join(f"k{letter}" for letter in letters.split(", "))
            yield row(
                name,
                "a weight with too few axes",
                rf"weight has .*, expected \({first}, {second} / groups, {kernel}\)",
                x=X[axes],
                weight=(4, *k),
            )
    for name in BOTH:
        yield row(
            name,
            "a weight without filters",
            r"weight has shape \(0, 4, 3, 3\), an axis of 0",
            weight=(0, 4, 3, 3),
        )
        yield row(
            name,
            "other channels than the weight's",
            r"x has shape \(2, 4, 7, 6\) and 4 channels, weight \(3, 3, 3, 3\) with "
            "groups = 1 expects 3",
            weight=(3, 3, 3, 3),
        )
        yield row(
            name,
            "other channels than the weight's, in groups",
            "x has .* 4 channels, weight .* with groups = 2 expects 6",
            weight=(6, 3, 3, 3),
            groups=2,
        )
        yield row(
            name,
            "groups that do not divide",
            r"groups must divide weight's first axis, got groups = 3 and weight of "
            r"shape \(4, 4, 3, 3\)",
            groups=3,
        )
        yield row(
            name,
            "a bias of the wrong length",
            r"bias has shape \(3,\), expected \(4,\), one number for each",
            bias=(3,),
        )
        yield row(
            name,
            "a bias of two axes",
            r"bias has shape \(4, 1\), expected \(4,\)",
            bias=(4, 1),
        )
        yield row(name, "a bias of one number", r"bias has shape \(1,\)", bias=(1,))
    yield row(
        "conv_transpose2d",
        "a bias of as many numbers as a group has channels",
        r"bias has shape \(4,\), expected \(8,\)",
        bias=(4,),
        groups=2,
    )


def options():
    for name in BOTH:
        for option, least in (("stride", 1), ("dilation", 1), ("padding", 0)):
            yield row(
                name,
                f"{option} {least - 1}",
                f"{option} must be at least {least}, got {least - 1}",
                **{option: least - 1},
            )
            yield row(
                name,
                f"{option} of one axis below {least}",
                rf"{option} must be at least {least}, got \(2, {least - 1}\)",
                **{option: (2, least - 1)},
            )
            yield row(
                name,
                f"{option} of three axes",
                rf"{option} must hold 2 numbers, one an axis, got \(1, 1, 1\)",
                **{option: (1, 1, 1)},
            )
            yield row(
                name,
                f"{option} of a float",
                f"{option} must be an int or a tuple of ints, got 1.5",
                error=TypeError,
                **{option: 1.5},
            )
            yield row(
                name,
                f"{option} of a bool in a tuple",
                rf"{option} must be an int or a tuple of ints, got \(1, True\)",
                error=TypeError,
                silent=True,
                **{option: (1, True)},
            )
        for groups, error, match in (
            (0, ValueError, "groups must be at least 1, got 0"),
            (1.0, TypeError, "groups must be an int or a tuple of ints, got 1.0"),
        ):
            yield row(name, f"groups {groups}", match, error=error, groups=groups)
    yield row(
        "conv2d",
        "an unknown padding",
        'padding must be "same", .*numbers',
        padding="full",
    )
    for name, axes in (("conv1d", 1), ("conv2d", 2)):
        yield row(
            name,
            "same with a stride",
            rf'padding "same" needs stride 1, got stride \({"1, " * (axes - 1)}2',
            x=X[axes],
            weight=(4, 4, *(3,) * axes),
            padding="same",
            stride=(1,) * (axes - 1) + (2,),
        )
    for kernel, given in (
        ((8, 3), {}),
        ((3, 7), {}),
        ((3, 3), {"dilation": (4, 1)}),
        ((3, 3), {"dilation": (1, 3)}),
        ((10, 3), {"padding": (1, 0)}),
    ):
        yield row(
            "conv2d",
            f"a kernel {kernel} larger than x, {given}",
            rf"the kernel of shape \({kernel[0]}, {kernel[1]}\), dilation .*, spans "
            r".* elements, but x has .* with its padding, \(7, 6\) without",
            weight=(4, 4, *kernel),
            **given,
        )
    yield row(
        "conv2d",
        "a kernel larger than x in an empty batch",
        "the kernel .*spans",
        x=(0, 4, 2, 2),
    )
    yield row(
        "conv_transpose2d",
        "padding as words",
        "padding must be an int or a tuple of ints, got 'same'",
        error=TypeError,
        padding="same",
    )
    for given in (
        {"output_padding": 1},
        {"output_padding": (1, 2), "stride": (1, 2), "dilation": (2, 1)},
        {"output_padding": 2, "stride": 2},
    ):
        yield row(
            "conv_transpose2d",
            f"an output_padding too large, {given}",
            "output_padding must be smaller than stride or dilation, got",
            **given,
        )
    yield row(
        "conv_transpose2d",
        "a negative output_padding",
        "output_padding must be at least 0, got -1",
        output_padding=-1,
    )
    yield row(
        "conv_transpose2d",
        "a padding that leaves nothing",
        r"padding \(0, 4\) leaves nothing of the output: its size would be \(9, 0\)",
        padding=(0, 4),
    )


def tensors():
    x, weight = np.zeros(IMAGES), np.zeros(WEIGHT)
    for name in BOTH:
        f = getattr(F, name)
        for what, call, match in (
            ("x an array", (x, Tensor(weight)), "x must be a Tensor, got ndarray"),
            (
                "weight an array",
                (Tensor(x), weight),
                "weight must be a Tensor, got nda",
            ),
            (
                "bias an array",
                (Tensor(x), Tensor(weight), np.zeros(4)),
                "bias must be a Tensor or None, got ndarray",
            ),
            (
                "x of integers",
                (Tensor(x.astype(int)), Tensor(weight)),
                "x must hold floating-point numbers, got int64",
            ),
            (
                "a weight of integers",
                (Tensor(x), Tensor(weight.astype(int))),
                "weight must hold floating-point numbers, got int64",
            ),
            (
                "a weight of another precision",
                (Tensor(x), Tensor(weight.astype(np.float32))),
                "weight has dtype float32, x float64; convert",
            ),
            (
                "a bias of another precision",
                (Tensor(x), Tensor(weight), Tensor(np.zeros(4, np.float32))),
                "bias has dtype float32, x float64; convert",
            ),
        ):
            yield BadInput(
                f"{name}: {what}",
                lambda f=f, call=call: f(*call),
                TypeError,
                f"{name}: {match}",
            )


def layer(name, what, match, args, *, error=ValueError, silent=False, **options):
    return BadInput(
        f"{name}: {what}",
        lambda: getattr(nn, name)(*args, **options),
        error,
        f"{name}: {match}",
        lambda: getattr(torch.nn, name)(*args, **options),
        silent,
    )


def layers():
    for name in ("Conv2d", "ConvTranspose2d"):
        yield layer(
            name, "in_channels 0", "in_channels must be at", (0, 4, 3), silent=True
        )
        yield layer(
            name, "out_channels 0", "out_channels must b", (4, 0, 3), silent=True
        )
        yield layer(
            name,
            "out_channels a float",
            "out_channels must be an int, got float",
            (4, 4.0, 3),
            error=TypeError,
        )
        yield layer(
            name,
            "groups that do not divide in_channels",
            "groups must divide in_channels = 3, got 2",
            (3, 4, 3),
            groups=2,
        )
        yield layer(
            name,
            "groups that do not divide out_channels",
            "groups must divide out_channels = 3, got 2",
            (4, 3, 3),
            groups=2,
        )
        yield layer(name, "groups 0", "groups must be at least 1", (4, 4, 3), groups=0)
        for option, value, least in (
            ("stride", 0, 1),
            ("dilation", 0, 1),
            ("padding", -1, 0),
        ):
            yield layer(
                name,
                f"{option} {value}",
                f"{option} must be at least {least}, got {value}",
                (4, 4, 3),
                silent=True,
                **{option: value},
            )
        yield layer(
            name,
            "kernel_size 0",
            "kernel_size must be at least 1",
            (4, 4, 0),
            silent=True,
        )
        yield layer(
            name,
            "kernel_size of three axes",
            "kernel_size must hold 2 numbers",
            (4, 4, (3, 3, 3)),
            silent=True,
        )
    yield layer(
        "Conv2d",
        "an unknown padding",
        'padding must be "same", "valid" or numbers, got \'full\'',
        (4, 4, 3),
        padding="full",
    )
    yield layer(
        "Conv2d",
        "same with a stride",
        'padding "same" needs stride 1',
        (4, 4, 3),
        padding="same",
        stride=2,
    )
    yield layer(
        "Conv2d",
        "an unknown padding_mode",
        "padding_mode must be one of zeros, reflect, replicate, circular, got 'mirror'",
        (4, 4, 3),
        padding_mode="mirror",
    )
    yield layer(
        "ConvTranspose2d",
        "padding as words",
        "padding must be numbers, got 'same'",
        (4, 4, 3),
        error=TypeError,
        silent=True,
        padding="same",
    )
    yield layer(
        "ConvTranspose2d",
        "a negative output_padding",
        "output_padding must be at least 0, got -1",
        (4, 4, 3),
        silent=True,
        output_padding=-1,
    )
    for size in ((12, 13), (15, 13), (13, 10), (13, 13, 13)):
        ours = nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, rng=0).to(np.float64)
        theirs = torch.nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1).double()
        yield BadInput(
            f"ConvTranspose2d: output_size {size}",
            lambda ours=ours, size=size: ours(zeros(*IMAGES), size),
            ValueError,
            r"ConvTranspose2d: output_size must lie between \(13, 11\) and \(14, 12\), "
            rf"got \({size[0]}, {size[1]}\)"
            if len(size) == 2
            else "ConvTranspose2d: output_size must hold 2 numbers",
            lambda theirs=theirs, size=size: theirs(them(*IMAGES), size),
        )


ROWS = [*shapes(), *options(), *tensors(), *layers()]
