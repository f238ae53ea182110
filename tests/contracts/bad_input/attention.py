"""Attention: shapes that do not fit, masks that are none, options out of range."""

import numpy as np
import torch

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

NAME = "scaled_dot_product_attention"
N, L, S, E = 2, 3, 4, 6
Q, K = (N, L, E), (N, S, E)
HEADS = (N, 4, L, E)


def them(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def row(
    what,
    match,
    *,
    query=Q,
    key=K,
    value=K,
    error=ValueError,
    silent=False,
    torchs=True,
    **options,
):
    """Return a row that breaks a correct call in one place; a tuple is a shape."""
    given = (query, key, value)

    def ours():
        tensors = [zeros(*x) if isinstance(x, tuple) else x for x in given]
        return F.scaled_dot_product_attention(*tensors, **options)

    def theirs():
        o = {
            k: torch.tensor(v) if isinstance(v, np.ndarray) else v
            for k, v in options.items()
        }
        tensors = [them(*x) for x in given]
        return torch.nn.functional.scaled_dot_product_attention(*tensors, **o)

    return BadInput(
        f"{NAME}: {what}", ours, error, match, theirs if torchs else None, silent
    )


def functions():
    for which in ("query", "key", "value"):
        mine = {"torchs": False}
        shape = Q if which == "query" else K
        yield row(
            f"{which} as an array",
            f"{NAME}: {which} must be a Tensor, got ndarray",
            error=TypeError,
            **{which: np.zeros(shape)},
            **mine,
        )
        yield row(
            f"{which} of integers",
            f"{NAME}: {which} must hold floating-point numbers, got int64",
            error=TypeError,
            **{which: Tensor(np.zeros(shape, int))},
            **mine,
        )
        yield row(
            f"{which} of one axis",
            rf"{NAME}: {which} has shape \(6,\), expected at least two axes",
            **{which: (E,)},
        )
        if which != "query":
            yield row(
                f"{which} of another precision",
                f"{NAME}: {which} has dtype float32, query float64; convert",
                error=TypeError,
                **{which: Tensor(np.zeros(shape, np.float32))},
                **mine,
            )
    yield row(
        "keys of another length",
        r"query has shape \(2, 3, 6\), key \(2, 4, 5\); expected the same last axis",
        key=(N, S, E - 1),
    )
    yield row(
        "vectors of no numbers",
        r"query has shape \(2, 3, 0\).*E, of at least 1",
        query=(N, L, 0),
        key=(N, S, 0),
        silent=True,
    )
    yield row(
        "another number of values",
        r"key has shape \(2, 4, 6\), value \(2, 3, 6\); expected as many values",
        value=(N, S - 1, E),
    )
    for which in ("key", "value"):
        yield row(
            f"batch axes of {which} that do not broadcast",
            r"the batch axes of query .* do not broadcast; enable_gqa allows",
            **{which: (3, S, E)},
        )
    yield row(
        "fewer heads without enable_gqa",
        "do not broadcast; enable_gqa allows fewer heads",
        query=HEADS,
        key=(N, 2, S, E),
        value=(N, 2, S, E),
    )
    for what, query, key, value, silent in (
        ("heads that are no divisor", HEADS, (N, 3, S, E), (N, 4, S, E), False),
        (
            "heads of values that are no divisor",
            HEADS,
            (N, 4, S, E),
            (N, 3, S, E),
            False,
        ),
        ("more heads of keys", HEADS, (N, 8, S, E), (N, 8, S, E), False),
        ("no heads of keys", HEADS, (N, 0, S, E), (N, 0, S, E), True),
        ("no axis of heads", (L, E), (S, E), (S, E), False),
    ):
        which = "value" if "values" in what else "key"
        shape = value if which == "value" else key
        yield row(
            f"enable_gqa, {what}",
            rf"enable_gqa needs .* multiple of those of {which}, which has shape "
            rf"\({', '.join(map(str, shape))}\)",
            query=query,
            key=key,
            value=value,
            silent=silent,
            enable_gqa=True,
        )
    yield row(
        "a mask of integers",
        rf"{NAME}: attn_mask must hold booleans .* or floating-point .* got int64",
        error=TypeError,
        attn_mask=np.ones((L, S), int),
    )
    for shape in ((S, L), (L, S + 1), (3, L, S), (2, N, L, S), (L,)):
        yield row(
            f"a mask of shape {shape}",
            rf"attn_mask has shape \({', '.join(map(str, shape))},?\), expected one "
            r"that broadcasts to that of the scores, \(2, 3, 4\)",
            attn_mask=np.ones(shape, bool),
        )
    yield row(
        "a mask and is_causal",
        "attn_mask and is_causal together",
        attn_mask=np.ones((L, S), bool),
        is_causal=True,
    )
    for p, silent in ((-0.1, True), (1.5, False)):
        yield row(
            f"dropout_p {p}",
            rf"dropout_p must lie in \[0, 1\], got {p}",
            silent=silent,
            dropout_p=p,
        )
    for option in ("dropout_p", "scale"):
        yield row(
            f"{option} a str",
            f"{NAME}: {option} must be a number, got str",
            error=TypeError,
            **{option: "1"},
        )
        yield row(
            f"{option} nan",
            f"{NAME}: {option} must be finite, got nan",
            silent=True,
            **{option: float("nan")},
        )
    for option in ("is_causal", "enable_gqa"):
        yield row(
            f"{option} a number",
            f"{NAME}: {option} must be True or False, got 1",
            error=TypeError,
            **{option: 1},
        )
    yield row(
        "rng that is none",
        "rng must be a numpy.random.Generator",
        error=TypeError,
        torchs=False,
        dropout_p=0.5,
        rng="seed",
    )
    for size, error, match in (
        (0, ValueError, "at least 1, got 0"),
        (2.0, TypeError, "an int or None, got float"),
        (True, TypeError, "an int or None, got bool"),
    ):
        yield row(
            f"block_size {size}",
            f"{NAME}: block_size must be {match}",
            error=error,
            torchs=False,
            block_size=size,
        )


LAYER = "MultiheadAttention"


def built(what, match, args=(6, 2), *, error=ValueError, silent=False, **options):
    """Return a row that breaks a call of the constructor."""
    return BadInput(
        f"{LAYER}: {what}",
        lambda: nn.MultiheadAttention(*args, **options),
        error,
        f"{LAYER}: {match}",
        lambda: torch.nn.MultiheadAttention(*args, **options),
        silent,
    )


def constructors():
    yield built("embed_dim 0", "embed_dim must be at least 1, got 0", (0, 1))
    yield built("num_heads 0", "num_heads must be at least 1, got 0", (6, 0))
    yield built(
        "embed_dim a float",
        "embed_dim must be an int, got float",
        (6.0, 2),
        error=TypeError,
    )
    yield built(
        "heads that are no divisor",
        "embed_dim must be a multiple of num_heads, got 6 and 4",
        (6, 4),
    )
    for option in ("kdim", "vdim"):
        yield built(
            f"{option} 0",
            f"{option} must be at least 1, got 0",
            silent=True,
            **{option: 0},
        )
    for p in (-0.1, 1.1):
        yield built(
            f"dropout {p}",
            rf"dropout must lie in \[0, 1\], got {p}",
            silent=True,
            dropout=p,
        )
    yield built(
        "dropout a str",
        "dropout must be a number, got str",
        error=TypeError,
        silent=True,
        dropout="0.1",
    )
    for option in ("bias", "add_bias_kv", "add_zero_attn", "batch_first"):
        yield built(
            f"{option} a number",
            f"{option} must be True or False, got 1",
            error=TypeError,
            silent=True,
            **{option: 1},
        )
    yield BadInput(
        f"{LAYER}: dtype of integers",
        lambda: nn.MultiheadAttention(6, 2, dtype=np.int64),
        TypeError,
        f"{LAYER}: dtype must be a floating-point dtype, got int64",
        lambda: torch.nn.MultiheadAttention(6, 2, dtype=torch.int64),
    )
    yield BadInput(
        f"{LAYER}: rng that is none",
        lambda: nn.MultiheadAttention(6, 2, rng="seed"),
        TypeError,
        "rng must be a numpy.random.Generator",
    )


def called(
    what,
    match,
    query=(L, N, E),
    key=(S, N, E),
    value=(S, N, E),
    *,
    error=ValueError,
    silent=False,
    torchs=True,
    build=None,
    **options,
):
    """Return a row that breaks a call of a layer; a tuple is a shape."""
    build = build or {}
    given = (query, key, value)

    def ours():
        layer = nn.MultiheadAttention(E, 2, rng=0, **build).to(np.float64)
        return layer(
            *(zeros(*x) if isinstance(x, tuple) else x for x in given), **options
        )

    def theirs():
        layer = torch.nn.MultiheadAttention(E, 2, **build).double()
        o = {
            k: torch.tensor(v) if isinstance(v, np.ndarray) else v
            for k, v in options.items()
        }
        return layer(*(them(*x) for x in given), **o)

    return BadInput(
        f"{LAYER}: {what}",
        ours,
        error,
        f"{LAYER}: {match}",
        theirs if torchs else None,
        silent,
    )


def calls():
    for i, which in enumerate(("query", "key", "value")):
        shapes = [(L, N, E), (S, N, E), (S, N, E)]
        wrong = [*shapes]
        wrong[i] = (*shapes[i][:-1], E + 1)
        yield called(
            f"{which} of another size",
            rf"{which} has shape \(\d, 2, 7\), expected \(T, N, 6\) or \(T, 6\)",
            *wrong,
        )
        wrong[i] = (1, *shapes[i])
        yield called(f"{which} of four axes", f"{which} has shape", *wrong)
        wrong[i] = np.zeros(shapes[i])
        yield called(
            f"{which} an array",
            f"{which} must be a Tensor, got ndarray",
            *wrong,
            error=TypeError,
            torchs=False,
        )
        wrong[i] = Tensor(np.zeros(shapes[i], np.float32))
        yield called(
            f"{which} of another precision",
            f"{which} has dtype float32, the parameters float64; convert",
            *wrong,
            error=TypeError,
            torchs=False,
        )
        wrong[i] = shapes[i][::2]
        yield called(f"{which} alone without a batch", "query, key and value", *wrong)
    yield called(
        "batch first, keys of another size",
        r"key has shape \(2, 4, 5\), expected \(N, T, 6\) or \(T, 6\)",
        (N, L, E),
        (N, S, E - 1),
        (N, S, E),
        build={"batch_first": True},
    )
    many = "as many examples in all, and as many values as keys"
    yield called("another batch of keys", f".*{many}", key=(S, 3, E), value=(S, 3, E))
    yield called("another batch of values", f".*{many}", value=(S, 3, E))
    yield called("fewer values", f".*{many}", value=(S - 1, N, E))
    yield called(
        "fewer values, batch first",
        f".*{many}",
        (N, L, E),
        (N, S, E),
        (N, S - 1, E),
        build={"batch_first": True},
    )
    for shape in ((S, L), (N, L, S), (N, 2, L, S), (S,)):
        yield called(
            f"attn_mask of shape {shape}",
            r"attn_mask has shape .*, expected \(3, 4\) or \(4, 3, 4\)",
            attn_mask=np.zeros(shape, bool),
        )
    for shape in ((S, N), (S,), (N, L)):
        yield called(
            f"key_padding_mask of shape {shape}",
            r"key_padding_mask has shape .*, expected \(2, 4\)",
            key_padding_mask=np.zeros(shape, bool),
        )
    yield called(
        "key_padding_mask of a batch for one example",
        r"key_padding_mask has shape \(1, 4\), expected \(4,\)",
        (L, E),
        (S, E),
        (S, E),
        key_padding_mask=np.zeros((1, S), bool),
    )
    for which, shape in (("attn_mask", (L, S)), ("key_padding_mask", (N, S))):
        yield called(
            f"{which} of integers",
            rf"{which} must hold booleans \(True: hidden\) or floating-point .*int64",
            error=TypeError,
            **{which: np.zeros(shape, int)},
        )
    for flag in ("need_weights", "average_attn_weights", "is_causal"):
        yield called(
            f"{flag} a number",
            f"{flag} must be True or False, got 1",
            error=TypeError,
            silent=flag != "is_causal",
            **{flag: 1},
        )


ROWS = [*functions(), *constructors(), *calls()]
