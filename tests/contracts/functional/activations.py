"""Activations: off the kinks, at the kinks, at the extremes."""

import numpy as np

from tests.contracts.inputs import away, exactly, normal
from tests.contracts.row import Row

INF, NAN = np.inf, np.nan
# name: kinks, then options other than the default
ACTIVATIONS = {
    "elu": ((0,), ({"alpha": 0.7}, {"alpha": -0.5})),
    "gelu": ((), ({"approximate": "tanh"},)),
    "hardsigmoid": ((-3, 3), ()),
    "hardswish": ((-3, 3), ()),
    "hardtanh": ((-1, 1, 0.5, 0), ({"min_val": -1, "max_val": 0.5}, {"min_val": 0})),
    "leaky_relu": ((0,), ({"negative_slope": 0.3}, {"negative_slope": -0.5})),
    "logsigmoid": ((), ()),
    "relu": ((0,), ()),
    "relu6": ((0, 6), ()),
    "selu": ((0,), ()),
    "sigmoid": ((), ()),
    "silu": ((), ()),
    "softplus": ((), ({"beta": 2.5}, {"beta": -1.5}, {"beta": 2, "threshold": 1.1})),
    "tanh": ((), ()),
}
# in float32 an activation may lose what its largest intermediate value rounds off
LOOSE = dict.fromkeys(("elu", "selu", "silu", "softplus", "tanh"), 3e-5) | {
    "gelu": 1e-4
}
# torch divides by 6 in float32, also where it computes in float64
INEXACT = {"hardsigmoid": 1e-7}
# where torch's answer is not ours: see tests/test_exceptions_to_torch.py
OTHERWISE = {"elu": (NAN,), "selu": (NAN,), "hardswish": (NAN,), "gelu": (INF,)}


def activation_rows():
    for name, (kinks, several) in ACTIVATIONS.items():
        for options in ({}, *several):
            case = ", ".join(f"{key}={value}" for key, value in options.items())
            case = case or "default options"
            full, loose = f"functional.{name}", LOOSE.get(name, 1e-5)

            def row(
                what,
                *inputs,
                full=full,
                case=case,
                options=options,
                loose=loose,
                **kwargs,
            ):
                kwargs.setdefault("rtol32", loose)
                kwargs["rtol"] = INEXACT.get(full.partition(".")[2], 1e-10)
                return Row(full, f"{case}, {what}", inputs, options, **kwargs)

            yield row(
                "both sides of the kinks", away(4, 50, kinks=kinks or (0.0,), scale=4)
            )
            yield row("one number", exactly(0.3))
            yield row("empty", normal(0, 3))
            yield row(
                "at zeros and kinks",
                exactly(0.0, -0.0, *map(float, kinks)),
                smooth=False,
            )
            yield row(
                "extremes",
                exactly(-1e4, 1e4, -100.0, 100.0, -1e-30, 1e-30, 20.0, 20.5),
                smooth=False,
                rtol32=max(loose, 1e-4),
            )
            numbers = [x for x in (INF, -INF, NAN) if x not in OTHERWISE.get(name, ())]
            yield row("infinities and nan", exactly(*numbers), smooth=False)


def softmax_rows():
    for name in ("softmax", "log_softmax"):
        full = f"functional.{name}"
        for axis in (-1, 0, 1):
            yield Row(full, f"axis {axis}", ((3, 4, 5),), {"axis": axis}, rtol32=1e-4)
        yield Row(
            full,
            "default axis",
            ((3, 4),),
            theirs=lambda x, name=name: getattr(x, name)(-1),
        )
        yield Row(full, "one class", ((3, 1),), {"axis": 1})
        yield Row(full, "empty batch", ((0, 3),), {"axis": 1})
        yield Row(full, "no class", ((3, 0),), {"axis": 1})
        yield Row(
            full, "far apart", (normal(3, 5, scale=1e4),), {"axis": 1}, smooth=False
        )
        yield Row(
            full,
            "large, close together",
            (exactly([[1e4, 1e4 + 1, 1e4 - 1], [-1e4, -1e4 + 2, -1e4]]),),
            {"axis": 1},
            smooth=False,
            rtol32=1e-4,
        )
        yield Row(
            full,
            "a class excluded by -inf",
            (exactly([[0.5, -INF, 1.0]]),),
            {"axis": 1},
            smooth=False,
        )
        yield Row(
            full,
            "nan, inf, all -inf",
            (exactly([[NAN, 1.0], [INF, 0.0], [-INF, -INF]]),),
            {"axis": 1},
            smooth=False,
        )


ROWS = [
    *activation_rows(),
    *softmax_rows(),
    Row("functional.relu", "integers", (exactly(-1, 0, 2, dtype=int),)),
]
