"""Padding: widths that do not fit, modes, values."""

import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput
from tests.contracts.bad_input.spatial import row


def pad(case, shape, widths, mode, match, *, silent=False, **options):
    error = options.pop("error", ValueError)
    return row(
        "pad",
        f"{mode}, {case}",
        shape,
        error,
        match,
        widths,
        mode=mode,
        silent=silent,
        **options,
    )


NOT_FIT = "pad: widths .* do not fit axis {} of shape .*: {}"
PADDING = [
    pad(
        "no such mode", (1, 3), (1, 1), "edge", "mode must be one of constant, reflect"
    ),
    pad(
        "a width left out",
        (2, 3),
        (1,),
        "constant",
        "pad must be pairs .* got \\(1,\\)",
    ),
    pad("more pairs than axes", (3,), (1, 1, 1, 1), "constant", "at most one for each"),
    pad(
        "a number",
        (2, 3),
        1,
        "constant",
        "a sequence of ints, got int",
        error=TypeError,
    ),
    pad("letters", (2, 3), "11", "constant", "of ints, got str", error=TypeError),
    pad("a fraction", (2, 3), (1, 0.5), "constant", "ints, got float", error=TypeError),
    pad(
        "a bool",
        (2, 3),
        (True, 1),
        "constant",
        "got bool",
        error=TypeError,
        silent=False,
    ),
    pad(
        "a value in words",
        (2, 3),
        (1, 1),
        "constant",
        "value must be a number, got str",
        value="0",
        error=TypeError,
    ),
    pad(
        "a true value",
        (2, 3),
        (1, 1),
        "constant",
        "value must be a number, got bool",
        value=True,
        error=TypeError,
        silent=True,
    ),
    pad(
        "more away than there",
        (2, 3),
        (-2, -2),
        "constant",
        NOT_FIT.format(1, "at most"),
    ),
    pad(
        "the same, on one side",
        (2, 3),
        (-4, 5),
        "constant",
        NOT_FIT.format(1, "at most the 3 places"),
    ),
    *(
        row_
        for mode in ("reflect", "replicate", "circular")
        for row_ in (
            pad(
                "no channels", (3,), (1, 1), mode, f"{mode} pads one, two or three axes"
            ),
            pad("too few pairs", (1, 1, 3, 3), (1, 1), mode, "got 1 pairs for shape"),
            pad("too many pairs", (1, 3, 3), (1, 1) * 3, mode, "got 3 pairs for shape"),
            pad("four axes", (1, 1, 2, 2, 2, 2), (1, 1) * 4, mode, "got 4 pairs"),
            pad("no pairs", (1, 3), (), mode, "got 0 pairs for shape"),
            pad("a value", (1, 3), (1, 1), mode, f"got 2.0 for {mode}", value=2.0),
            pad(
                "nothing there", (1, 2, 0), (1, 1), mode, "nothing to|0 places to copy"
            ),
        )
    ),
    pad("no channels at all", (1, 0, 3), (1, 1), "reflect", "nothing to reflect in x"),
    pad("no channels at all", (0, 3), (1, 1), "replicate", "nothing to replicate in x"),
    pad(
        "too far", (1, 3), (3, 0), "reflect", NOT_FIT.format(1, "reflect has 2 places")
    ),
    pad(
        "too far at the end",
        (1, 2, 4, 3),
        (0, 0, 0, 4),
        "reflect",
        NOT_FIT.format(2, "reflect has 3 places"),
    ),
    pad("nothing left", (1, 3), (-3, 0), "reflect", "at least one place must remain"),
    pad("nothing left", (1, 3), (1, -4), "replicate", "at least one place must remain"),
    pad(
        "nothing left of a row",
        (1, 3, 2),
        (0, 0, -1, -2),
        "replicate",
        NOT_FIT.format(1, "at least one place"),
        silent=True,
    ),
    pad(
        "twice around",
        (1, 3),
        (4, 0),
        "circular",
        NOT_FIT.format(1, "circular has 3 places"),
    ),
    pad(
        "twice around at the end",
        (1, 3),
        (0, 4),
        "circular",
        NOT_FIT.format(1, "circular has 3 places"),
    ),
    pad(
        "more away than there",
        (1, 3),
        (-2, -2),
        "circular",
        NOT_FIT.format(1, "at most"),
    ),
    pad(
        "twice around what is left",
        (1, 5),
        (-4, 2),
        "circular",
        NOT_FIT.format(1, "circular has 1 places"),
        silent=False,
    ),
    BadInput(
        "pad: a fraction among integers",
        lambda: F.pad(Tensor([1, 2]), (1, 1), value=0.5),
        ValueError,
        "pad: value 0.5 does not fit x of dtype int64",
        lambda: TF.pad(torch.tensor([1, 2]), (1, 1), value=0.5),
        True,
    ),
]


def layer_rows():
    for name in ("ConstantPad2d", "ZeroPad2d", "ReflectionPad2d"):
        value = (0,) if name == "ConstantPad2d" else ()
        for case, padding, error in (
            ("two widths", (1, 2), ValueError),
            ("a fraction", 1.5, TypeError),
            ("a true width", (1, 1, 1, True), TypeError),
        ):
            yield BadInput(
                f"nn.{name}: {case}",
                lambda n=name, p=padding, v=value: getattr(nn, n)(p, *v),
                error,
                f"{name}: padding must be an int or 4 of them, got",
            )
    for value in (None, "0", True):
        yield BadInput(
            f"nn.ConstantPad1d: value {value!r}",
            lambda value=value: nn.ConstantPad1d(1, value),
            TypeError,
            "ConstantPad1d: value must be a number, got",
        )


ROWS = [*PADDING, *layer_rows()]
