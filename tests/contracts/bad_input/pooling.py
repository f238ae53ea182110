"""Bad input for pooling: windows that do not fit, options that are none, bad places."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

PLACES = {1: (6,), 2: (5, 6), 3: (4, 5, 6)}
KINDS = ("max_pool", "avg_pool")


def bad(name, what, arguments, error, match, x=None, options=None, *, silent=False):
    """Return a row that calls our function and torch's alike."""
    axes = int(name[-2])
    shape = x or (2, 3, *PLACES[axes])
    options = options or {}
    return BadInput(
        f"{name}: {what}",
        lambda: getattr(F, name)(zeros(*shape), *arguments, **options),
        error,
        match,
        lambda: getattr(TF, name)(torch.zeros(*shape), *arguments, **options),
        torch_is_silent=silent,
    )


def windows() -> Iterator[BadInput]:
    for kind in KINDS:
        for axes, places in PLACES.items():
            name = f"{kind}{axes}d"
            wrong = (2,) * (axes + 1)
            yield bad(
                name, "no kernel", (0,), ValueError, "kernel_size must be at least 1"
            )
            yield bad(
                name, "a fraction", (1.5,), TypeError, "kernel_size must be an int"
            )
            yield bad(
                name, "too many sizes", (wrong,), ValueError, f"{axes} of them, got"
            )
            yield bad(
                name, "no stride", (2, 0), ValueError, "stride must be at least 1"
            )
            yield bad(
                name,
                "a negative padding",
                (2,),
                ValueError,
                "padding must be at least 0",
                options={"padding": -1},
            )
            yield bad(
                name,
                "too much padding",
                (3,),
                ValueError,
                "at most half of kernel_size, got padding 2 and kernel_size 3",
                options={"padding": 2},
            )
            yield bad(
                name, "a window too large", (9,), ValueError, "no window fits: x has"
            )
            yield bad(
                name,
                "too few axes",
                (2,),
                ValueError,
                r"has shape \(\d, .*expected \(N, C, "
                if axes > 1
                else r"has shape \(6,\), expected",
                x=places,
            )
            yield bad(
                name,
                "too many axes",
                (2,),
                ValueError,
                r"expected \(N, C, ",
                x=(1, 2, 3, *places),
            )
            yield bad(
                name,
                "no channels",
                (2,),
                ValueError,
                "only the batch may be empty",
                x=(2, 0, *places),
            )
        yield BadInput(
            f"{kind}2d: integers",
            lambda kind=kind: getattr(F, f"{kind}2d")(
                Tensor(np.zeros((1, 4, 4), int)), 2
            ),
            TypeError,
            f"{kind}2d: x must hold floating-point numbers",
            lambda kind=kind: getattr(TF, f"{kind}2d")(torch.zeros(1, 4, 4).int(), 2),
            torch_is_silent=kind == "max_pool",
        )
    yield bad(
        "max_pool2d",
        "no dilation",
        (2,),
        ValueError,
        "dilation must be at least 1",
        options={"dilation": 0},
    )
    yield bad(
        "max_pool2d",
        "a boolean kernel",
        (True,),
        TypeError,
        "kernel_size must be an int",
    )
    yield bad(
        "max_pool1d",
        "a window of nothing but padding",
        (2, 1),
        ValueError,
        "nothing but padding: 1 places, padding 1, kernel_size 2 and dilation 2",
        x=(1, 1, 1),
        options={"padding": 1, "dilation": 2},
        silent=True,
    )
    for axes in (2, 3):
        name = f"avg_pool{axes}d"
        for what, value, error, match in (
            ("a divisor of 0", 0, ValueError, "divisor_override must not be 0"),
            ("a fraction as divisor", 2.5, TypeError, "must be an int, got float"),
        ):
            options = {"divisor_override": value}
            yield bad(name, what, (2,), error, match, options=options)


def adaptive() -> Iterator[BadInput]:
    for kind in ("avg", "max"):
        for axes, places in PLACES.items():
            name = f"adaptive_{kind}_pool{axes}d"
            yield bad(
                name, "no output", (0,), ValueError, "at least 1, got", silent=True
            )
            yield bad(name, "a negative output", (-1,), ValueError, "at least 1, got")
            yield bad(
                name, "a fraction", (1.5,), TypeError, "output_size must be an int"
            )
            yield bad(
                name,
                "too many sizes",
                ((2,) * (axes + 1),),
                ValueError,
                f"output_size must be an int or {axes} of them",
            )
            yield bad(name, "too few axes", (2,), ValueError, "expected", x=places)
            yield bad(
                name,
                "no places",
                (2,),
                ValueError,
                "only the batch may be empty",
                x=(2, 3, *places[1:], 0),
            )


def unpooling() -> Iterator[BadInput]:
    def row(what, indices, error, match, options=None, *, x=(1, 1, 2), silent=False):
        options = {"kernel_size": 2} | (options or {})
        return BadInput(
            f"max_unpool1d: {what}",
            lambda: F.max_unpool1d(zeros(*x), np.array(indices), **options),
            error,
            match,
            lambda: TF.max_unpool1d(torch.zeros(*x), torch.tensor(indices), **options),
            torch_is_silent=silent,
        )

    good = [[[0, 3]]]
    between = "strictly between 2 and 6"
    yield row("a place behind", [[[0, 4]]], ValueError, r"in \[0, 4\), .* 0 to 4")
    yield row("a negative place", [[[-1, 0]]], ValueError, r"in \[0, 4\), .* -1 to 0")
    yield row("fractions", [[[0.0, 1.0]]], TypeError, "indices must be integers")
    yield row("too few places", [[[0]]], ValueError, r"shape \(1, 1, 1\), x has")
    for size in ([6], [2]):
        yield row(f"output {size}", good, ValueError, between, {"output_size": size})
    yield row(
        "two sizes", good, ValueError, "output_size must", {"output_size": [4, 4]}
    )
    yield row("one number", good, TypeError, "must be a sequence", {"output_size": 4})
    options = {"kernel_size": 0}
    yield row("no kernel", good, ValueError, "at least 1", options, silent=True)
    yield row("too few axes", [0, 3], ValueError, "expected", x=(2,))


def powers() -> Iterator[BadInput]:
    for axes in PLACES:
        name = f"lp_pool{axes}d"
        yield bad(
            name, "p = 0", (0, 2), ValueError, "norm_type must be positive, got 0"
        )
        yield bad(
            name,
            "p = -1",
            (-1, 2),
            ValueError,
            "norm_type must be positive",
            silent=True,
        )
        yield bad(name, "p no number", ("2", 2), TypeError, "must be a number, got str")
        yield bad(
            name, "no kernel", (2, 0), ValueError, "kernel_size must be at least 1"
        )
    yield bad("lp_pool2d", "p = nan", (np.nan, 2), ValueError, "got nan", silent=True)


def responses() -> Iterator[BadInput]:
    def row(what, error, match, *, x=(1, 3, 4), size=3, silent=False, **options):
        return BadInput(
            f"local_response_norm: {what}",
            lambda: F.local_response_norm(zeros(*x), size, **options),
            error,
            match,
            lambda: TF.local_response_norm(torch.ones(*x), size, **options),
            torch_is_silent=silent,
        )

    yield BadInput(
        "local_response_norm: integers",
        lambda: F.local_response_norm(Tensor(np.ones((1, 3, 4), int)), 3),
        TypeError,
        "local_response_norm: x must hold floating-point numbers",
    )
    yield row("no axis of place", ValueError, "at least three axes", x=(2, 3))
    yield row("no neighbors", ValueError, "size must be at least 1, got 0", size=0)
    yield row("half a neighbor", TypeError, "size must be an int", size=1.5)
    yield row("a negative alpha", ValueError, "alpha must be", alpha=-1.0, silent=True)
    yield row("k = 0", ValueError, "k positive, got", k=0.0, silent=True)
    yield row("beta nan", ValueError, "beta must be finite", beta=np.nan, silent=True)
    yield row("alpha no number", TypeError, "alpha must be a number", alpha="1")


def layers() -> Iterator[BadInput]:
    """Layers refuse options when built; torch does when they are called."""
    x = torch.zeros(1, 2, 6, 6)
    for make, torchs, error, match in (
        (
            lambda: nn.MaxPool2d(0),
            torch.nn.MaxPool2d(0),
            ValueError,
            "MaxPool2d: kernel",
        ),
        (
            lambda: nn.MaxPool2d(2, (1, 1, 1)),
            torch.nn.MaxPool2d(2, (1, 1, 1)),
            ValueError,
            "MaxPool2d: stride must be an int or 2 of them",
        ),
        (
            lambda: nn.MaxPool2d(2, padding=-1),
            torch.nn.MaxPool2d(2, padding=-1),
            ValueError,
            "MaxPool2d: padding must be at least 0",
        ),
        (
            lambda: nn.MaxPool2d(2, dilation=0),
            torch.nn.MaxPool2d(2, dilation=0),
            ValueError,
            "MaxPool2d: dilation must be at least 1",
        ),
        (
            lambda: nn.AvgPool2d(2, divisor_override=0),
            torch.nn.AvgPool2d(2, divisor_override=0),
            ValueError,
            "AvgPool2d: divisor_override must not be 0",
        ),
        (
            lambda: nn.LPPool2d(0, 2),
            torch.nn.LPPool2d(0, 2),
            ValueError,
            "LPPool2d: norm_type must be positive",
        ),
        (
            lambda: nn.AdaptiveAvgPool2d((1, 2, 3)),
            torch.nn.AdaptiveAvgPool2d((1, 2, 3)),
            ValueError,
            "AdaptiveAvgPool2d: output_size must be an int or 2 of them",
        ),
        (
            lambda: nn.AdaptiveMaxPool2d((None, -1)),
            torch.nn.AdaptiveMaxPool2d((None, -1)),
            ValueError,
            "AdaptiveMaxPool2d: output_size must be at least 1",
        ),
        (
            lambda: nn.LocalResponseNorm(0),
            torch.nn.LocalResponseNorm(0),
            ValueError,
            "LocalResponseNorm: size must be at least 1",
        ),
    ):
        yield BadInput(
            f"layer: {match}", make, error, match, lambda torchs=torchs: torchs(x)
        )
    yield BadInput(
        "LocalResponseNorm: k = 0",
        lambda: nn.LocalResponseNorm(3, k=0.0),
        ValueError,
        "LocalResponseNorm: alpha must be at least 0 and k positive",
    )


ROWS = [
    *windows(),
    *adaptive(),
    *unpooling(),
    *powers(),
    *responses(),
    *layers(),
]
