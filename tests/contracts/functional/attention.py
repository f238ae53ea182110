"""Rows of scaled dot-product attention.

torch leaves a batch axis of length 1 out of its masks in some of its ways to compute
attention, and mixes masks of fewer than two axes up: its side gets masks spread out.
"""

import numpy as np
import torch

from tests.contracts.inputs import Maker, mask, normal
from tests.contracts.row import Row

NAME = "functional.scaled_dot_product_attention"
N, H, L, S, E, EV = 2, 3, 5, 4, 6, 3
SCORES = (N, H, L, S)
# masks, the shapes of which broadcast in every way
MASKS = {
    "of L and S": (L, S),
    "of every head": SCORES,
    "of every example": (N, 1, L, S),
    "of the heads": (H, L, S),
    "of padded keys": (N, 1, 1, S),
    "of whole queries": (H, L, 1),
    "of one key axis": (S,),
    "of one number": (1,),
}


def some_hidden(*shape: int, share: float = 0.4) -> Maker:
    """Return normal numbers, some of them -inf, but not all of a row."""

    def make(rng):
        added = rng.standard_normal(shape)
        hidden = rng.random(shape) < share
        hidden[..., 0] = False
        return np.where(hidden, -np.inf, added)

    return make


def whole_rows_hidden(kind: type) -> Maker:
    """Return a mask that hides every key from some queries, of booleans or floats."""

    def make(rng):
        seen = rng.random((N, 1, L, S)) < 0.7
        seen[0, 0, 1] = seen[1, 0, L - 1] = False
        if kind is bool:
            return seen
        return np.where(seen, rng.standard_normal(seen.shape), -np.inf)

    return make


def with_first(number: float, *shape: int) -> Maker:
    """Return normal numbers, and `number` as the first of every vector."""

    def make(rng):
        x = rng.standard_normal(shape)
        x[..., 0] = number
        return x

    return make


def attention(
    case,
    query=(N, H, L, E),
    key=(N, H, S, E),
    value=(N, H, S, EV),
    given=None,
    *,
    frozen=False,
    rtol32=1e-5,
    **o,
):
    """Return a row; `given` draws a mask, which may be frozen. `o` are the options."""
    theirs = {k: v for k, v in o.items() if k not in ("block_size", "rng")}

    def torchs(query, key, value, attn_mask=None):
        if attn_mask is not None:
            attn_mask = attn_mask.detach() if frozen else attn_mask
            others = () if "enable_gqa" in o else (key.shape[:-2], value.shape[:-2])
            batch = np.broadcast_shapes(query.shape[:-2], *others)
            attn_mask = attn_mask.expand(*batch, query.shape[-2], key.shape[-2])
        return torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask, **theirs
        )

    def call(function, query, key, value, attn_mask=None):
        attn_mask = attn_mask.detach() if frozen else attn_mask
        return function(query, key, value, attn_mask, **o)

    inputs = (query, key, value) + (() if given is None else (given,))
    smooth = not frozen and ("-inf" not in case and "nothing" not in case)
    return Row(
        NAME,
        case,
        inputs,
        call=call,
        theirs=torchs,
        smooth=smooth,
        rtol32=rtol32,
    )


def dropped(case, p, block_size=None, **options):
    """Return a row of dropout; torch's side gets the mask that ours draws."""
    shape = (N, H, L, S)

    def torchs(query, key, value):
        kept = np.random.default_rng(7).random(shape, np.float32) >= p
        scores = query @ key.mT * query.shape[-1] ** -0.5
        if options.get("is_causal"):
            hidden = torch.ones(L, S, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(hidden, -torch.inf)
        weights = scores.softmax(-1) * torch.tensor(kept).to(scores)
        return weights * (0.0 if p == 1 else 1 / (1 - p)) @ value

    o = {"dropout_p": p, "rng": 7, "block_size": block_size, **options}
    inputs = ((N, H, L, E), (N, H, S, E), (N, H, S, EV))
    return Row(NAME, case, inputs, o, theirs=torchs)


def shapes(word, **options):
    """Return the rows of every way, in tiles and in blocks."""
    yield attention(f"several heads{word}", **options)
    square = {"key": (N, H, L, E), "value": (N, H, L, EV)}
    yield attention(f"as many keys as queries{word}", **square, **options)
    for what, drawn in (("booleans", mask(L, L)), ("floats", normal(H, L, L))):
        case = f"{what}, as many keys as queries{word}"
        yield attention(case, given=drawn, **square, **options)
    yield attention(f"one head{word}", (L, E), (S, E), (S, EV), **options)
    causal = options | {"is_causal": True}
    yield attention(f"causal, more queries{word}", **causal)
    keys = (N, H, L + 3)
    yield attention(
        f"causal, more keys{word}", key=(*keys, E), value=(*keys, EV), **causal
    )
    yield attention(
        f"broadcast batch axes{word}", (1, H, L, E), (N, 1, S, E), (H, S, EV), **options
    )
    yield attention(f"a scale{word}", scale=-0.7, **options)
    yield attention(f"no scale{word}", scale=0.0, **options)
    yield attention(f"no keys{word}", key=(N, H, 0, E), value=(N, H, 0, EV), **options)
    yield attention(f"no queries{word}", (N, H, 0, E), **options)
    yield attention(
        f"an empty batch{word}", (0, H, L, E), (0, H, S, E), (0, H, S, EV), **options
    )
    yield attention(
        f"scores too large for exp{word}",
        with_first(816.0 * E**0.5, N, H, L, E),
        with_first(1.0, N, H, S, E),
        rtol32=1e-3,
        **options,
    )
    for many, few, fewer in ((6, 3, 3), (4, 1, 1), (6, 3, 2), (2, 2, 1)):
        yield attention(
            f"{many} heads of queries, {few} of keys, {fewer} of values{word}",
            (N, many, L, E),
            (N, few, S, E),
            (N, fewer, S, EV),
            enable_gqa=True,
            **options,
        )
    yield attention(
        f"groups of heads without a batch, a mask{word}",
        (4, L, E),
        (2, S, E),
        (2, S, EV),
        normal(4, L, S),
        enable_gqa=True,
        **options,
    )
    for what, shape in MASKS.items():
        if shape not in ((S,), (1,), (H, L, 1)):
            yield attention(f"booleans {what}{word}", given=mask(*shape), **options)
            yield attention(f"-inf {what}{word}", given=some_hidden(*shape), **options)
        # the same for every key changes nothing: its gradient is 0, up to rounding
        same = shape[-1] == 1
        yield attention(
            f"floats {what}{word}", given=normal(*shape), frozen=same, **options
        )
    for kind in (bool, float):
        yield attention(
            f"rows of {kind.__name__}s that see nothing{word}",
            given=whole_rows_hidden(kind),
            **options,
        )
    for p in (0.4, 1.0):
        yield dropped(f"dropout {p}{word}", p, **options)
    yield dropped(f"dropout, causal{word}", 0.3, is_causal=True, **options)


ROWS = [
    *shapes(""),
    *shapes(", blocks of 2", block_size=2),
    attention("blocks of 1", block_size=1),
    attention("a block larger than all", block_size=100),
]
