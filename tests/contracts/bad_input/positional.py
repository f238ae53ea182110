"""Positions to add: odd widths, options and inputs that do not fit."""

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros


def row(function, what, match, *args, error=ValueError, **options):
    return BadInput(
        f"{function}: {what}",
        lambda: getattr(nn, function)(*args, **options),
        error,
        f"{function}: {match}",
    )


def tables():
    for name, args in (
        ("sinusoidal_positions", (5,)),
        ("SinusoidalPositions", ()),
        ("shift_matrix", None),
    ):

        def of(width, args=args):
            return (width, 1) if args is None else (*args, width)

        yield row(name, "an odd width", "width must be even, .* got 7", *of(7))
        yield row(name, "width 0", "width must be at least 1, got 0", *of(0))
        yield row(
            name,
            "width a float",
            "width must be an int, got float",
            *of(8.0),
            error=TypeError,
        )
        yield row(name, "base 0", "base must be positive, got 0", *of(8), base=0.0)
        yield row(
            name,
            "base a word",
            "base must be a number, got str",
            *of(8),
            base="e",
            error=TypeError,
        )
    yield row(
        "sinusoidal_positions", "length -1", "length must be at least 0, got -1", -1, 8
    )
    yield row(
        "sinusoidal_positions",
        "length a float",
        "length must be an int, got float",
        5.0,
        8,
        error=TypeError,
    )
    yield row(
        "shift_matrix", "by a word", "by must be a number", 8, "one", error=TypeError
    )
    yield row("shift_matrix", "by nan", "by must be finite, got nan", 8, np.nan)


def constructors():
    name = "LearnedPositions"
    yield row(name, "length 0", "length must be at least 1, got 0", 0, 8)
    yield row(name, "width 0", "width must be at least 1, got 0", 5, 0)
    yield row(name, "std below 0", "std must not be negative, got -1", 5, 8, std=-1)
    yield row(
        name,
        "std a word",
        "std must be a number, got str",
        5,
        8,
        std="small",
        error=TypeError,
    )
    for name, args in (("SinusoidalPositions", (8,)), ("LearnedPositions", (5, 8))):
        yield row(
            name,
            "batch_first a number",
            "batch_first must be True or False, got 1",
            *args,
            batch_first=1,
            error=TypeError,
        )
    yield row("RotaryPositions", "base 0", "base must be positive, got 0", base=0)
    yield row(
        "RotaryPositions",
        "interleaved a word",
        "interleaved must be True or False, got 'no'",
        interleaved="no",
        error=TypeError,
    )


def inputs():
    for name, args in (("SinusoidalPositions", (8,)), ("LearnedPositions", (5, 8))):
        for batch_first, axes in ((False, "T, N"), (True, "N, T")):
            layer = getattr(nn, name)(*args, batch_first=batch_first).to(np.float64)
            for what, x, error, match in (
                (
                    "another width",
                    zeros(5, 2, 6),
                    ValueError,
                    rf"x has shape \(5, 2, 6\), expected \({axes}, 8\) or \(T, 8\)",
                ),
                ("one axis", zeros(8), ValueError, r"x has shape \(8,\), expected"),
                ("four axes", zeros(1, 1, 2, 8), ValueError, "x has shape"),
                ("an array", np.zeros((5, 8)), TypeError, "x must be a Tensor"),
                (
                    "integers",
                    Tensor(np.zeros((5, 8), int)),
                    TypeError,
                    "x must hold floating-point numbers, got int64",
                ),
            ):
                yield BadInput(
                    f"{name}: {what}, batch_first {batch_first}",
                    lambda layer=layer, x=x: layer(x),
                    error,
                    f"{name}: {match}",
                )
            for offset, error, match in (
                (-1, ValueError, "offset must be at least 0, got -1"),
                (1.0, TypeError, "offset must be an int, got float"),
            ):
                yield BadInput(
                    f"{name}: offset {offset}, batch_first {batch_first}",
                    lambda layer=layer, offset=offset: layer(
                        zeros(2, 2, 8), offset=offset
                    ),
                    error,
                    f"{name}: {match}",
                )
    layer = nn.LearnedPositions(5, 8).to(np.float64)
    for what, x, offset, reached in (
        ("a sequence too long", zeros(6, 2, 8), 0, 5),
        ("a position behind the last", zeros(1, 8), 5, 5),
        ("an offset too large", zeros(3, 2, 8), 7, 9),
    ):
        yield BadInput(
            f"LearnedPositions: {what}",
            lambda x=x, offset=offset: layer(x, offset=offset),
            ValueError,
            f"LearnedPositions: x reaches position {reached}, and the last one is 4",
        )
    yield BadInput(
        "LearnedPositions: another dtype",
        lambda: layer(Tensor(np.zeros((2, 8), np.float32))),
        TypeError,
        "LearnedPositions: x has dtype float32, weight float64; convert",
    )


ROWS = [*tables(), *constructors(), *inputs()]
