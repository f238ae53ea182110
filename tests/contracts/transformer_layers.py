"""Rows of `dlbook.nn`: transformer layers, stacks of them, and the whole transformer.

What a row cannot hand to a layer, masks, is compared with torch in
tests/nn/test_transformer_layers.py and test_transformer.py.
"""

import copy
import warnings

import numpy as np
import torch

from dlbook import functional as F
from dlbook import nn
from tests.contracts.convolution_layers import case_of
from tests.contracts.layers import LayerRow

N, S, T, D, HEADS, INNER = 2, 5, 4, 8, 2, 12
SOURCE, TARGET = (S, N, D), (T, N, D)
# a thousand of them take too long: test_transformer*.py look at initial values
SEEDED = {"rng": 7}
SILU = torch.nn.functional.silu


def torchs(name, *args, **options):
    """Build torch's module, which may say which of its quick ways it cannot take."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "enable_nested_tensor is True")
        return getattr(torch.nn, name)(*args, **options)


def laid_out(inputs, *, batch_first=False):
    """Return shapes (T, N, D) as they are, or as (N, T, D)."""
    return tuple((n, t, d) if batch_first else (t, n, d) for t, n, d in inputs)


def row(name, case, inputs, args, options, theirs=None):
    if options.get("batch_first"):
        inputs = laid_out(inputs, batch_first=True)
    if theirs is None:
        plain = {k: v for k, v in options.items() if k != "rng"}

        def theirs(name=name, args=args, plain=plain):
            return torchs(name, *args, **plain)

    return LayerRow(f"nn.{name}", case, inputs, args, options, theirs)


def options_of_layers():
    """Return options of layers and of the transformer, without dropout."""
    yield {"norm_first": True}
    yield {"activation": "gelu"}
    yield {"bias": False}
    yield {"batch_first": True}
    yield {"layer_norm_eps": 0.1}
    yield {"norm_first": True, "activation": "gelu", "bias": False}
    yield {"batch_first": True, "norm_first": True, "layer_norm_eps": 0.01}


def shared_rows(name, inputs, args):
    """Return the rows that layers and the transformer have in common."""
    plain = {"dropout": 0.0}
    yield row(name, "no dropout", inputs, args, {**plain, **SEEDED})
    one = tuple((shape[0], shape[2]) for shape in inputs)
    yield row(name, "no batch axis", one, args, {**plain, **SEEDED})
    for given in options_of_layers():
        yield row(name, case_of(given), inputs, args, {**plain, **given, **SEEDED})
    yield row(name, "all dropped", inputs, args, {"dropout": 1.0, **SEEDED})
    yield row(
        name,
        "all dropped, norm first",
        inputs,
        args,
        {"dropout": 1.0, "norm_first": True, **SEEDED},
    )
    yield row(
        name,
        "activation a function",
        inputs,
        args,
        {**plain, "activation": F.silu, **SEEDED},
        lambda: torchs(name, *args, dropout=0.0, activation=SILU),
    )
    yield row(
        name,
        "activation a layer",
        inputs,
        args,
        {**plain, "activation": nn.Tanh(), **SEEDED},
        # a function: torch's decoder loses a module (tests/test_exceptions_to_torch.py)
        lambda: torchs(name, *args, dropout=0.0, activation=torch.tanh),
    )
    yield row(
        name,
        "dtype float64",
        inputs,
        args,
        {**plain, "dtype": np.float64, **SEEDED},
        lambda: torchs(name, *args, dropout=0.0, dtype=torch.float64),
    )


def layers():
    for name, inputs in (
        ("TransformerEncoderLayer", (SOURCE,)),
        ("TransformerDecoderLayer", (TARGET, SOURCE)),
    ):
        yield from shared_rows(name, inputs, (D, HEADS, INNER))
        yield row(
            name,
            "another width in the feed-forward network, one head",
            inputs,
            (D, 1, 3),
            {"dropout": 0.0, **SEEDED},
        )
        yield row(name, "the default width", inputs, (D, 4), {"dropout": 0.0, **SEEDED})


def stack(name, case, number, options, *, norm=None):
    """Return a row of an encoder or a decoder, made of one layer."""
    kind = f"{name}Layer"
    given = (D, HEADS, INNER)
    layer = getattr(nn, kind)(*given, dropout=0.0, **options, **SEEDED)
    norms = () if norm is None else (norm(nn),)

    def theirs():
        one = torchs(kind, *given, dropout=0.0, **options)
        own = () if norm is None else (norm(torch.nn),)
        return torchs(name, one, number, *own)

    inputs = (SOURCE,) if name == "TransformerEncoder" else (TARGET, SOURCE)
    inputs = laid_out(inputs, batch_first=options.get("batch_first", False))
    return LayerRow(f"nn.{name}", case, inputs, (layer, number, *norms), {}, theirs)


def layer_norm(library):
    return library.LayerNorm(D)


def stacks():
    for name in ("TransformerEncoder", "TransformerDecoder"):
        yield stack(name, "one layer", 1, {})
        yield stack(name, "three layers", 3, {})
        yield stack(name, "a norm at the end", 2, {}, norm=layer_norm)
        first = {"norm_first": True, "activation": "gelu", "batch_first": True}
        yield stack(name, "norm first, a norm at the end", 2, first, norm=layer_norm)
        yield stack(
            name,
            "another norm at the end",
            2,
            {"bias": False},
            norm=lambda library: library.LayerNorm(D, eps=0.1, bias=False),
        )


def whole():
    name, inputs = "Transformer", (SOURCE, TARGET)
    yield from shared_rows(name, inputs, (D, HEADS, 1, 1, INNER))
    for encoders, decoders in ((2, 1), (1, 3)):
        yield row(
            name,
            f"{encoders} and {decoders} layers",
            inputs,
            (D, HEADS, encoders, decoders, INNER),
            {"dropout": 0.0, **SEEDED},
        )
    yield row(
        name,
        "sizes by name",
        inputs,
        (),
        {
            "d_model": D,
            "nhead": 4,
            "num_encoder_layers": 1,
            "num_decoder_layers": 1,
            "dim_feedforward": 3,
            "dropout": 0.0,
            **SEEDED,
        },
    )
    for which in ("encoder", "decoder"):
        kind = f"Transformer{which.title()}"
        custom = stack(kind, "", 2, {"norm_first": True})
        argument = f"custom_{which}"
        args = (D, HEADS, 1, 1, INNER)
        yield row(
            name,
            f"a {which} of one's own",
            inputs,
            args,
            {"dropout": 0.0, argument: custom.ours(), **SEEDED},
            lambda custom=custom, argument=argument, args=args: torchs(
                name, *args, dropout=0.0, **{argument: copy.deepcopy(custom.torchs())}
            ),
        )


ROWS = [*layers(), *stacks(), *whole()]
