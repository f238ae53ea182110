"""Recurrent layers and their single steps, beside torch.nn's layers and cells.

Torch's side packs and pads sequences of several lengths, and takes for `reverse` the
second direction of a bidirectional layer.
"""

import warnings

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from dlbook.autograd import Tensor
from tests.contracts.inputs import normal
from tests.contracts.row import Row

T, N, D, H, P = 5, 4, 3, 6, 2
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
LENGTHS = {
    "lengths rising": [1, 2, 4, 5],
    "lengths falling": [5, 4, 4, 2],
    "lengths in any order": [2, 5, 1, 4],
    "lengths all shorter than the batch": [3, 1, 3, 2],
    "lengths all equal": [3, 3, 3, 3],
    "lengths all full": [T, T, T, T],
}
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
Inputs = dict[str, tuple[int, ...]]


def shapes(
    kind: str, *, x=(T, N, D), without: tuple[str, ...] = (), hidden=H, projected=0
) -> Inputs:
    """Return the inputs of a layer or a cell by name, in the order of the function."""
    batch = x[-2:-1] if len(x) == 3 else ()
    rows, size = GATES[kind] * hidden, projected or hidden
    named = {
        "x": x,
        "h0": (*batch, size),
        "c0": (*batch, hidden),
        "weight_ih": (rows, x[-1]),
        "weight_hh": (rows, size),
        "bias_ih": (rows,),
        "bias_hh": (rows,),
        "weight_hr": (projected, hidden),
    }
    absent = {*without}
    absent |= set() if kind == "lstm" else {"c0"}
    absent |= set() if projected else {"weight_hr"}
    return {name: shape for name, shape in named.items() if name not in absent}


def states(kind: str, tensors: dict):
    """Return the initial states as the function takes them."""
    if kind != "lstm":
        return tensors.get("h0")
    pair = tensors.get("h0"), tensors.get("c0")
    return None if pair[0] is pair[1] is None else pair


def flat(results) -> tuple:
    """Return output, h_n and, of an LSTM, c_n."""
    output, final = results
    return output, *(final if isinstance(final, tuple) else (final,))


def torchs_layer(kind: str, tensors: dict, lengths=None, reverse=False, **options):
    """Run torch's layer, of two directions if in reverse."""
    x, hh = tensors["x"], tensors["weight_hh"]
    hidden, size = len(hh) // GATES[kind], hh.shape[1]
    biases = "bias_ih" in tensors or "bias_hh" in tensors
    if "weight_hr" in tensors:
        options["proj_size"] = size
    layer = getattr(torch.nn, kind.upper())(
        x.shape[-1], hidden, bias=biases, bidirectional=reverse, **options
    ).to(x.dtype)
    names = [name for name in WEIGHTS if name in tensors]
    suffix = "_l0_reverse" if reverse else "_l0"
    weights = {name + suffix: tensors[name] for name in names}
    if biases:  # torch has both or none
        zero = torch.zeros(len(hh), dtype=x.dtype)
        weights = {"bias_ih" + suffix: zero, "bias_hh" + suffix: zero} | weights
    batch = x.shape[1:-1]

    def state(name, width):
        given = tensors.get(name)
        given = torch.zeros(*batch, width, dtype=x.dtype) if given is None else given
        # the direction that is not asked for starts from zeros
        return torch.stack([torch.zeros_like(given), given] if reverse else [given])

    hx = state("h0", size)
    if kind == "lstm":
        hx = hx, state("c0", hidden)
    if lengths is not None:
        x = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    with warnings.catch_warnings():  # once a process: projections are not in oneDNN
        warnings.filterwarnings("ignore", "LSTM with projections")
        output, final = torch.func.functional_call(layer, weights, (x, hx))
    if lengths is not None:
        output = pad_packed_sequence(output, total_length=len(tensors["x"]))[0]
    final = final if kind == "lstm" else (final,)
    return output[..., -size:], *(s[-1] for s in final)


def layer(kind, case, inputs=None, *, rtol32=1e-5, fill=None, **options):
    """Return a row of a layer; `fill` draws the inputs, by default normal numbers."""
    inputs = inputs or shapes(kind)
    names = tuple(inputs)

    def call(function, *tensors):
        given = dict(zip(names, tensors, strict=True))
        weights = {name: given[name] for name in WEIGHTS if name in given}
        weights = {"weight_ih": weights.pop("weight_ih")} | weights
        first = given["x"], states(kind, given)
        return flat(function(*first, **weights, **options))

    def theirs(*tensors):
        given = dict(zip(names, tensors, strict=True))
        plain = {
            k: np.asarray(v.data if isinstance(v, Tensor) else v).tolist()
            if k == "lengths"
            else v
            for k, v in options.items()
        }
        return torchs_layer(kind, given, **plain)

    drawn = tuple((fill or scaled)(name, shape) for name, shape in inputs.items())
    name = f"functional.{kind}"
    return Row(name, case, drawn, call=call, theirs=theirs, rtol32=rtol32)


def scaled(name, shape):
    """Return normal numbers, weights such that no state explodes."""
    return normal(*shape, scale=0.5 if name.startswith("weight") else 1.0)


def saturating(name, shape):
    """Return numbers that drive most gates to 0 and 1."""
    return normal(*shape, scale=20.0 if name == "x" else 1.0)


def nan_at_padding(lengths):
    """Return a filler that puts nan and infinity where the padding is."""

    def fill(name, shape):
        if name != "x":
            return scaled(name, shape)

        def make(rng):
            x = rng.standard_normal(shape)
            for sample, length in enumerate(lengths):
                x[length:, sample] = (np.nan, np.inf)[sample % 2]
            return x

        return make

    return fill


def cell(kind, case, x=(N, D), *, without=(), projected=0, **options):
    """Return a row of one step."""
    inputs = shapes(kind, x=(1, *x), without=without, projected=projected)
    inputs["x"] = x
    names = tuple(inputs)

    def call(function, *tensors):
        given = dict(zip(names, tensors, strict=True))
        weights = {name: given[name] for name in WEIGHTS if name in given}
        return function(given["x"], states(kind, given), **weights, **options)

    def theirs(*tensors):
        given = dict(zip(names, tensors, strict=True))
        given["x"] = given["x"][None]
        _, *final = torchs_layer(kind, given, **options)
        return tuple(final)

    drawn = tuple(scaled(name, shape) for name, shape in inputs.items())
    return Row(f"functional.{kind}_cell", case, drawn, call=call, theirs=theirs)


def layers(kind, **options):
    """Return the rows that all layers share."""
    word = "".join(f", {value}" for value in options.values())
    for reverse in (False, True):
        way = f"{word}, in reverse" if reverse else word
        both = options | ({"reverse": True} if reverse else {})
        yield layer(kind, f"a batch{way}", **both)
        yield layer(kind, f"a single sequence{way}", shapes(kind, x=(T, D)), **both)
        for case, lengths in LENGTHS.items():
            yield layer(kind, f"{case}{way}", lengths=lengths, **both)
        lengths = LENGTHS["lengths in any order"]
        yield layer(
            kind,
            f"nan at the padding{way}",
            fill=nan_at_padding(lengths),
            lengths=lengths,
            **both,
        )
    for absent in (("h0", "c0"), ("bias_ih", "bias_hh"), ("bias_ih",), ("bias_hh",)):
        inputs = shapes(kind, without=absent)
        case = f"without {' and '.join(absent)}{word}"
        yield layer(kind, case.replace(" and c0", " and states"), inputs, **options)
    for case, x, hidden in (
        ("one step", (1, N, D), H),
        ("one sample", (T, 1, D), H),
        ("one input, one unit", (T, N, 1), 1),
        ("an empty batch", (T, 0, D), H),
    ):
        inputs = shapes(kind, x=x, hidden=hidden)
        yield layer(kind, case + word, inputs, **options)
    long = shapes(kind, x=(60, 2, D))
    yield layer(kind, f"60 steps{word}", long, rtol32=1e-4, **options)


def cells(kind, **options):
    """Return the rows that all cells share."""
    word = "".join(f", {value}" for value in options.values())
    yield cell(kind, f"a batch{word}", **options)
    yield cell(kind, f"a single example{word}", (D,), **options)
    yield cell(kind, f"an empty batch{word}", (0, D), **options)
    alone = f"a single example without states{word}"
    yield cell(kind, alone, (D,), without=("h0", "c0"), **options)
    for absent in (("h0", "c0"), ("bias_ih", "bias_hh"), ("bias_ih",), ("bias_hh",)):
        case = f"without {' and '.join(absent)}{word}".replace(" and c0", " and states")
        yield cell(kind, case, without=absent, **options)


ROWS = [
    *layers("rnn"),
    *layers("rnn", nonlinearity="relu"),
    *layers("lstm"),
    *layers("gru"),
    *cells("rnn"),
    *cells("rnn", nonlinearity="relu"),
    *cells("lstm"),
    *cells("gru"),
    layer("lstm", "saturated gates", fill=saturating),
    layer("gru", "saturated gates", fill=saturating),
    layer("lstm", "h0 alone", shapes("lstm", without=("c0",))),
    layer("lstm", "c0 alone", shapes("lstm", without=("h0",))),
    layer("lstm", "lengths as an array", lengths=np.array([2, 5, 1, 4], np.int32)),
    layer("gru", "lengths as a tensor", lengths=Tensor(np.array([2, 5, 1, 4]))),
    layer("rnn", "lengths as bytes", lengths=np.array([2, 5, 1, 4], np.uint8)),
    *(
        layer("lstm", f"projected{case}", shapes("lstm", x=x, projected=P), **options)
        for case, x, options in (
            (", a batch", (T, N, D), {}),
            (", a single sequence", (T, D), {}),
            (", in reverse", (T, N, D), {"reverse": True}),
            (", lengths", (T, N, D), {"lengths": [2, 5, 1, 4]}),
            (
                ", lengths, in reverse",
                (T, N, D),
                {"lengths": [2, 5, 1, 4], "reverse": True},
            ),
        )
    ),
    layer(
        "lstm",
        "projected, without states and biases",
        shapes("lstm", without=("h0", "c0", "bias_ih", "bias_hh"), projected=P),
    ),
    cell("lstm", "projected, a batch", projected=P),
    cell("lstm", "projected, a single example", (D,), projected=P),
    cell("lstm", "projected, without states", without=("h0", "c0"), projected=P),
    cell("lstm", "h0 alone", without=("c0",)),
    cell("lstm", "c0 alone", without=("h0",)),
]
