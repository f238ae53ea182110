"""Transformers: wrong options, inputs and masks that do not fit."""

import warnings

import numpy as np
import torch

from dlbook import nn
from dlbook.autograd import Tensor
from tests.contracts.bad_input.row import BadInput, zeros

N, S, T, D, HEADS, INNER = 2, 5, 4, 8, 2, 12
LAYERS = ("TransformerEncoderLayer", "TransformerDecoderLayer")
STACKS = ("TransformerEncoder", "TransformerDecoder")
SIZES = {
    **dict.fromkeys(LAYERS, (D, HEADS, INNER)),
    "Transformer": (D, HEADS, 1, 1, INNER),
}


def build(library, name, *args, **options):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "enable_nested_tensor is True")
        return getattr(library, name)(*args, **options)


def built(name, what, match, args=None, *, error=ValueError, silent=False, **options):
    """Return a row that breaks a call of a constructor."""
    args = SIZES[name] if args is None else args
    return BadInput(
        f"{name}: {what}",
        lambda: build(nn, name, *args, **options),
        error,
        match,
        lambda: build(torch.nn, name, *args, **options),
        silent,
    )


def constructors():
    for name in (*LAYERS, "Transformer"):
        rest = SIZES[name][2:]
        layer = "TransformerEncoderLayer" if name == "Transformer" else name
        yield built(name, "d_model 0", f"{name}: d_model must be .* 1", (0, 2, *rest))
        yield built(
            name,
            "d_model a float",
            f"{name}: d_model must be an int, got float",
            (8.0, 2, *rest),
            error=TypeError,
        )
        yield built(name, "nhead 0", f"{name}: nhead must be at least 1", (8, 0, *rest))
        yield built(
            name,
            "heads that do not divide the width",
            f"{layer}: d_model must be a multiple of nhead = 3, got 8",
            (8, 3, *rest),
        )
        yield built(
            name,
            "dim_feedforward 0",
            f"{layer}: dim_feedforward must be at least 1, got 0",
            (8, 2, *rest[:-1], 0),
            silent=True,
        )
        for p in (-0.1, 1.5):
            yield built(
                name,
                f"dropout {p}",
                rf"{layer}: dropout must lie in \[0, 1\], got {p}",
                dropout=p,
            )
        yield built(
            name,
            "dropout a word",
            f"{layer}: dropout must be a number, got str",
            error=TypeError,
            dropout="some",
        )
        yield built(
            name,
            "an unknown activation",
            f"{layer}: activation must be 'relu', 'gelu' or a callable, got 'swish'",
            activation="swish",
        )
        yield built(
            name,
            "activation a number",
            f"{layer}: activation must be 'relu', 'gelu' or a callable, got 1",
            error=TypeError,
            silent=True,
            activation=1,
        )
        yield built(
            name,
            "layer_norm_eps 0",
            "LayerNorm: eps must be > 0, got 0",
            silent=True,
            layer_norm_eps=0.0,
        )
        for flag in ("batch_first", "norm_first", "bias"):
            who = name if flag == "batch_first" else layer
            yield built(
                name,
                f"{flag} a number",
                f"{who}: {flag} must be True or False, got 1",
                error=TypeError,
                silent=True,
                **{flag: 1},
            )
        yield BadInput(
            f"{name}: dtype of integers",
            lambda name=name: getattr(nn, name)(*SIZES[name], dtype=np.int64),
            TypeError,
            f"{layer}: dtype must be a floating-point dtype, got int64",
            lambda name=name: build(torch.nn, name, *SIZES[name], dtype=torch.int64),
        )
        yield BadInput(
            f"{name}: rng that is none",
            lambda name=name: getattr(nn, name)(*SIZES[name], rng="seed"),
            TypeError,
            "rng must be a numpy.random.Generator, an int or None, got str",
        )
    for which, args in (("encoder", (8, 2, 0, 1)), ("decoder", (8, 2, 1, 0))):
        argument = f"num_{which}_layers"
        yield built(
            "Transformer",
            f"{argument} 0",
            f"Transformer: {argument} must be at least 1, got 0",
            (*args, INNER),
            silent=True,
        )
        yield built(
            "Transformer",
            f"custom_{which} no module",
            f"Transformer: custom_{which} must be a Module or None, got function",
            error=TypeError,
            silent=True,
            **{f"custom_{which}": _function},
        )


def _function(*tensors, **masks):
    """Stand for what is called like a module and is none."""


def stacks():
    for name in STACKS:
        argument = f"{name.removeprefix('Transformer').lower()}_layer"

        def of(library, name=name):
            return getattr(library, f"{name}Layer")(D, HEADS, INNER)

        for what, args, error, match, silent in (
            (
                "no layer",
                (_function, 2),
                TypeError,
                f"{argument} must be a Module",
                False,
            ),
            ("0 layers", (None, 0), ValueError, "num_layers must be at least 1", True),
            ("2.0 layers", (None, 2.0), TypeError, "num_layers must be an int", False),
            (
                "norm a function",
                (None, 2, _function),
                TypeError,
                "norm must be a Module or None, got function",
                True,
            ),
        ):

            def call(library, name=name, args=args, of=of):
                first = of(library) if args[0] is None else args[0]
                return build(library, name, first, *args[1:])

            yield BadInput(
                f"{name}: {what}",
                lambda call=call: call(nn),
                error,
                f"{name}: {match}",
                lambda call=call: call(torch.nn),
                silent,
            )


def called(name, what, match, *shapes, error=ValueError, silent=False, **options):
    """Return a row that calls a right module in a wrong way; shapes make zeros."""
    given = {k: v for k, v in options.items() if k in ("batch_first",)}
    masks = {k: v for k, v in options.items() if k not in given}
    who = name.partition(",")[0]
    return BadInput(
        f"{name}: {what}",
        lambda: build(nn, who, *SIZES[who], rng=0, **given).to(np.float64)(
            *(zeros(*x) if isinstance(x, tuple) else x for x in shapes), **masks
        ),
        error,
        match,
        lambda: build(torch.nn, who, *SIZES[who], **given).double()(
            *(
                torch.zeros(x, dtype=torch.float64)
                if isinstance(x, tuple)
                else torch.tensor(getattr(x, "data", x))
                for x in shapes
            ),
            **{
                k: torch.tensor(v) if isinstance(v, np.ndarray) else v
                for k, v in masks.items()
            },
        ),
        silent,
    )


def inputs():
    right = {
        "TransformerEncoderLayer": {"src": (S, N, D)},
        "TransformerDecoderLayer": {"tgt": (T, N, D), "memory": (S, N, D)},
        "Transformer": {"src": (S, N, D), "tgt": (T, N, D)},
    }
    for name, shapes in right.items():
        for which in shapes:
            letter = "T" if which == "tgt" else "S"

            def replaced(new, shapes=shapes, which=which):
                return (shapes | {which: new}).values()

            expected = rf"expected \({letter}, N, 8\) or \({letter}, 8\)"
            yield called(
                name,
                f"{which} of another width",
                rf"{name}: {which} has shape \(4, 2, 6\), {expected}",
                *replaced((4, 2, 6)),
            )
            yield called(
                name, f"{which} a vector", rf"{name}: {which} has", *replaced((8,))
            )
            yield called(
                name,
                f"{which} with four axes",
                rf"{name}: {which} has shape \(1, 4, 2, 8\), {expected}",
                *replaced((1, 4, 2, 8)),
            )
            yield called(
                name,
                f"{which} an array",
                f"{name}: {which} must be a Tensor, got ndarray",
                *replaced(np.zeros(shapes[which], np.float32)),
                error=TypeError,
            )
            yield called(
                name,
                f"{which} integers",
                f"{name}: {which} must hold floating-point numbers, got int64",
                *replaced(Tensor(np.zeros(shapes[which], np.int64))),
                error=TypeError,
            )
        yield called(
            name,
            "another width, batch first",
            rf"{name}: \w+ has shape \(2, 4, 6\), expected \(N, [ST], 8\) or",
            *(((2, 4, 6),) * len(shapes)),
            batch_first=True,
        )
    for name, first, second in (
        ("TransformerDecoderLayer", "tgt", "memory"),
        ("Transformer", "src", "tgt"),
    ):
        for what, one, other, options in (
            ("two batches", (T, 2, D), (S, 3, D), {}),
            ("two batches, batch first", (2, T, D), (3, T, D), {"batch_first": True}),
            ("a batch and one sequence", (T, 2, D), (S, D), {}),
            ("one sequence and a batch", (T, D), (S, 1, D), {}),
        ):
            match = f"{name}: {second} has shape {other}, {first} has shape {one}; "
            match = match.replace("(", r"\(").replace(")", r"\)")
            yield called(
                name, what, match + "expected one batch", one, other, **options
            )
    wrong = np.zeros((S, S + 1), bool)
    yield called(
        "TransformerEncoderLayer",
        "a mask of another size",
        r"attn_mask has shape \(5, 6\), expected",
        (S, N, D),
        src_mask=wrong,
    )
    yield called(
        "TransformerDecoderLayer",
        "a memory mask of another size",
        r"attn_mask has shape \(5, 6\), expected",
        (T, N, D),
        (S, N, D),
        memory_mask=wrong,
    )
    yield called(
        "Transformer",
        "padding of another length",
        r"key_padding_mask has shape \(2, 4\), expected",
        (S, N, D),
        (T, N, D),
        src_key_padding_mask=np.zeros((N, T), bool),
    )
    yield called(
        "TransformerEncoderLayer",
        "is_causal a word",
        "is_causal must be True or False, got 'yes'",
        (S, N, D),
        error=TypeError,
        is_causal="yes",
    )


def causal_masks():
    name = "generate_square_subsequent_mask"
    for what, args, given, error, match in (
        ("sz -1", (-1,), {}, ValueError, "sz must be at least 0, got -1"),
        ("sz a float", (2.0,), {}, TypeError, "sz must be an int, got float"),
        ("dtype int", (2,), {"dtype": int}, TypeError, "dtype must be a floating-"),
    ):
        yield BadInput(
            f"{name}: {what}",
            lambda args=args, given=given: (
                nn.Transformer.generate_square_subsequent_mask(*args, **given)
            ),
            error,
            f"{name}: {match}",
        )


ROWS = [*constructors(), *stacks(), *inputs(), *causal_masks()]
