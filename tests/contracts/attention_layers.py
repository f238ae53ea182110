"""Rows of `dlbook.nn`: multi-head attention.

What a row cannot hand to a layer, masks and the options of a call, is compared with
torch in tests/nn/test_attention.py.
"""

import numpy as np
import torch

from tests.contracts.convolution_layers import case_of
from tests.contracts.layers import LayerRow

L, S, N, D, HEADS = 5, 4, 3, 6, 2
INPUTS = ((L, N, D), (S, N, D), (S, N, D))
# of rows whose initial values other rows compare with torch's distribution
SEEDED = {"rng": 7}


def attention(case, inputs=INPUTS, theirs=None, args=(D, HEADS), **options):
    return LayerRow("nn.MultiheadAttention", case, inputs, args, options, theirs)


def rows():
    yield attention("default options")
    yield attention("no batch axis", ((L, D), (S, D), (S, D)), **SEEDED)
    yield attention("one head", args=(D, 1), **SEEDED)
    yield attention("heads of one number", args=(D, D), **SEEDED)
    for given, unseeded in (
        ({"bias": False}, True),
        ({"add_bias_kv": True}, True),
        ({"add_zero_attn": True}, False),
        ({"add_bias_kv": True, "add_zero_attn": True, "bias": False}, False),
        ({"dropout": 1.0}, False),
    ):
        yield attention(case_of(given), **given, **({} if unseeded else SEEDED))
    first = {"batch_first": True}
    inputs = tuple(
        (N, T, width) for _, (T, _, width) in zip("qkv", INPUTS, strict=True)
    )
    yield attention("batch_first True", inputs, **first, **SEEDED)
    unbatched = ((L, D), (S, D), (S, D))
    yield attention("batch_first True, no batch axis", unbatched, **first, **SEEDED)
    for given, seed in (
        ({"kdim": 5, "vdim": 7}, {}),
        ({"kdim": 5}, SEEDED),
        ({"vdim": 7}, SEEDED),
        ({"kdim": 5, "add_bias_kv": True, "add_zero_attn": True}, SEEDED),
    ):
        keys, values = given.get("kdim", D), given.get("vdim", D)
        inputs = ((L, N, D), (S, N, keys), (S, N, values))
        yield attention(case_of(given), inputs, **given, **seed)
    yield attention(
        "dtype float64",
        theirs=lambda: torch.nn.MultiheadAttention(D, HEADS, dtype=torch.float64),
        dtype=np.float64,
        **SEEDED,
    )


ROWS = list(rows())
