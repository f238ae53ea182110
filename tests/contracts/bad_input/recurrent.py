"""Recurrent layers and cells: shapes that do not fit, lengths that are none."""

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from dlbook import functional as F
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros
from tests.contracts.functional.recurrent import GATES, shapes, states, torchs_layer

T, N, D, H, P = 5, 4, 3, 6, 2
SHARED = ("x", "weight_ih", "weight_hh", "bias_ih", "bias_hh")


def row(
    kind, what, match, *, error=ValueError, step=False, silent=False, torchs=True, **new
):
    """Return a row that replaces inputs or adds options to a correct call.

    A tuple is a shape. Torch's side is run where it can be told the same.
    """
    projected = P if "weight_hr" in new else 0
    inputs = shapes(kind, projected=projected)
    if step:
        inputs |= {"x": (N, D)}
    options = {k: v for k, v in new.items() if k not in inputs}
    inputs |= {k: v for k, v in new.items() if k in inputs}
    name = f"{kind}_cell" if step else kind

    def make(array):
        return {k: array(*v) if isinstance(v, tuple) else v for k, v in inputs.items()}

    def ours():
        tensors = make(zeros)
        call = dict(options)
        first = tensors["x"], call.pop("hx", states(kind, tensors))
        named = {k: v for k, v in tensors.items() if k not in ("x", "h0", "c0")}
        return getattr(F, name)(*first, **named, **call)

    def theirs():
        tensors = make(lambda *shape: torch.zeros(shape, dtype=torch.float64))
        if step:
            tensors["x"] = tensors["x"][None]
        return torchs_layer(kind, tensors, **options)

    torchs = torchs and "hx" not in options
    return BadInput(
        f"{name}: {what}", ours, error, match, theirs if torchs else None, silent
    )


def tensors():
    """Yield rows of arguments whose shapes or types do not fit."""
    for kind, gates in GATES.items():
        rows, times = gates * H, "H" if gates == 1 else f"{gates}H"
        for step in (False, True):
            name = f"{kind}_cell" if step else kind
            few, many, axes = (
                ((), (T, N, D), r"\(N, D\) or \(D,\)")
                if step
                else ((D,), (2, T, N, D), r"\(T, N, D\) or \(T, D\)")
            )
            for what, x in (("few", few), ("many", many)):
                yield row(
                    kind,
                    f"x with too {what} axes",
                    rf"{name}: x has shape .*, expected {axes}",
                    step=step,
                    torchs=not step,  # whose x becomes one step here
                    x=x,
                )
            wrong = {
                "weight_ih": ((rows, D + 1), rf"\({times}, D\) = \({rows}, {D}\)"),
                "weight_hh": ((rows, H + 1), rf"\({times}, H\) = \({rows}, {H}\)"),
                "bias_ih": ((rows + 1,), rf"\({times},\) = \({rows},\)"),
                "bias_hh": ((1,), rf"\({times},\) = \({rows},\)"),
                "h0": ((N, H + 1), rf"\(N, H\) = \({N}, {H}\)"),
            }
            if kind == "lstm":
                wrong["c0"] = (N + 1, H), rf"\(N, H\) = \({N}, {H}\)"
            for argument, (shape, expected) in wrong.items():
                shown = argument[0] if step and argument in ("h0", "c0") else argument
                yield row(
                    kind,
                    f"{shown} of the wrong shape",
                    rf"{name}: {shown} has shape .*, expected {expected}",
                    step=step,
                    torchs=argument != "bias_hh",  # which torch stretches in some
                    **{argument: shape},
                )
            yield row(
                kind,
                "a state without the batch",
                rf"{name}: {'h' if step else 'h0'} has shape \(6,\), expected \(N, H\)",
                step=step,
                torchs=False,
                h0=(H,),
            )
            for what, shape in (("no axes", ()), ("no units", (0, H))):
                yield row(
                    kind,
                    f"weight_hh with {what}",
                    rf"{name}: weight_hh has shape .*, expected two axes, the first of "
                    rf"{times} with H >= 1",
                    step=step,
                    torchs=False,  # our reading of H from it
                    weight_hh=shape,
                )
            if gates > 1:
                yield row(
                    kind,
                    "rows that are no multiple of the gates",
                    rf"{name}: weight_hh has shape \({rows + 1}, 6\)",
                    step=step,
                    torchs=False,
                    weight_hh=(rows + 1, H),
                )
            for argument in SHARED:
                yield row(
                    kind,
                    f"{argument} as an array",
                    f"{name}: {argument} must be a Tensor, got ndarray",
                    error=TypeError,
                    step=step,
                    torchs=False,
                    **{argument: np.zeros(shapes(kind)[argument])},
                )
            yield row(
                kind,
                "x of integers",
                f"{name}: x must hold floating-point numbers, got int64",
                error=TypeError,
                step=step,
                torchs=False,
                x=Tensor(np.zeros((N, D) if step else (T, N, D), np.int64)),
            )
            yield row(
                kind,
                "two dtypes",
                f"{name}: x has dtype float32, weight_hh float64",
                error=TypeError,
                step=step,
                torchs=False,
                x=Tensor(np.zeros((N, D) if step else (T, N, D), np.float32)),
            )
            if kind == "lstm":
                for hx, came in (
                    (zeros(N, H), "Tensor"),
                    ((zeros(N, H),), "1 values"),
                ):
                    yield row(
                        kind,
                        f"hx: {came}",
                        f"{name}: hx must be a pair, .*; got {came}",
                        error=TypeError,
                        step=step,
                        hx=hx,
                    )
                for shape in ((P, H + 1), (0, H), (P,)):
                    yield row(
                        kind,
                        f"weight_hr of shape {shape}",
                        rf"{name}: weight_hr has shape .*, expected \(P, H\) with "
                        "P >= 1 and H = 6",
                        step=step,
                        torchs=False,
                        weight_hr=shape,
                    )
                yield row(
                    kind,
                    "a projected weight_hh of the wrong width",
                    rf"{name}: weight_hh has shape \(24, 6\), expected \(4H, P\)",
                    step=step,
                    torchs=False,
                    weight_hh=(4 * H, H),
                    weight_hr=(P, H),
                )
                yield row(
                    kind,
                    "an unprojected state beside a projection",
                    rf"{name}: {'h' if step else 'h0'} has shape \(4, 6\), expected "
                    r"\(N, P\) = \(4, 2\)",
                    step=step,
                    torchs=False,
                    h0=(N, H),
                    weight_hr=(P, H),
                )


def lengths():
    """Yield rows of lengths that are none, and of no steps at all."""
    for kind in GATES:
        yield row(
            kind,
            "no steps",
            rf"{kind}: x has shape \(0, 4, 3\), expected at least T = 1 step",
            x=(0, N, D),
        )
        for what, given, came in (
            ("zero", [3, 0, 1, 2], "from 0 to 3"),
            ("below zero", [3, 1, -1, 2], "from -1 to 3"),
            ("beyond T", [3, 6, 1, 2], "from 1 to 6"),
        ):
            yield row(
                kind,
                f"a length {what}",
                f"{kind}: lengths must lie in 1..T, here 1..5; got values {came}",
                lengths=given,
            )
        for given in ([3, 2, 1], [3, 2, 1, 1, 1], 3, [[3], [2], [1], [1]]):
            yield row(
                kind,
                f"lengths {given}",
                rf"{kind}: lengths has shape .*, expected \(4,\), one number for each",
                silent=given == [3, 2, 1],  # torch leaves the fourth sample out
                lengths=given,
            )
        yield row(
            kind,
            "lengths of floats",
            f"{kind}: lengths must hold integers, got float64",
            error=TypeError,
            silent=True,  # torch cuts 2.5 down to 2
            lengths=[2.5, 1.0, 3.0, 2.0],
        )
        yield row(
            kind,
            "lengths of booleans",
            f"{kind}: lengths must hold integers, got bool",
            error=TypeError,
            silent=True,
            lengths=[True, True, True, True],
        )
        yield BadInput(
            f"{kind}: lengths of a single sequence",
            single(kind),
            ValueError,
            rf"{kind}: lengths belong to a batch, x of shape \(T, N, D\); x of shape "
            r"\(5, 3\) is a single sequence",
            lambda: pack_padded_sequence(torch.zeros(T, D), [3], enforce_sorted=False),
            torch_is_silent=True,  # it reads the axis D as the batch
        )


def single(kind):
    def call():
        rows = GATES[kind] * H
        return getattr(F, kind)(
            zeros(T, D), None, zeros(rows, D), zeros(rows, H), lengths=[3]
        )

    return call


ROWS = [
    *tensors(),
    *lengths(),
    row(
        "rnn",
        "an unknown nonlinearity",
        "rnn: nonlinearity must be 'tanh' or 'relu', got 'sigmoid'",
        nonlinearity="sigmoid",
    ),
    row(
        "rnn",
        "an unknown nonlinearity",
        "rnn_cell: nonlinearity must be 'tanh' or 'relu', got 'sigmoid'",
        step=True,
        nonlinearity="sigmoid",
    ),
]
