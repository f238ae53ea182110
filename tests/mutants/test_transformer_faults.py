"""Faults of transformers that no operator makes: each turns a comparison red.

Mistakes that leave a network running and learning: a dropped residual, a norm in the
wrong place, attention to the wrong sequence, a mask that is lost on its way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from dlbook.autograd import Tensor
from tests.functional import test_rotary
from tests.mutants.planting import Fault, planted
from tests.nn import test_positional, test_transformer, test_transformer_layers
from tests.nn.transformer_sides import compare, inputs, pair

ENCODER, DECODER = "TransformerEncoderLayer", "TransformerDecoderLayer"


@dataclass(frozen=True)
class TransformerFault(Fault):
    """A fault, and the check that notices; ParityError is an AssertionError."""

    check: Callable[[], None]


def against_torch(kind, *maskings, **options):
    """Return a comparison with torch: `maskings` are the masks of each attention."""

    def check():
        ours, theirs = pair(kind, **options)
        compare(kind, ours, theirs, *maskings)

    return check


def in_layer(what, kind, edits, *maskings, **options):
    """Return a fault of a layer's forward pass."""
    return TransformerFault(
        what,
        "dlbook.nn.transformer_layers",
        f"{kind}.forward",
        edits,
        against_torch(kind, *maskings, **options),
    )


def in_stack(what, function, edits, *maskings, check=None, **options):
    """Return a fault of a stack of layers, or of the whole transformer."""
    kind = function.partition(".")[0]
    check = check or against_torch(kind, *maskings, **options)
    return TransformerFault(what, "dlbook.nn.transformer", function, edits, check)


def dropout_twice():
    """Two copies of a layer that should not draw the same masks."""
    kind = "TransformerEncoder"
    test_transformer.test_copies_draw_from_one_generator_and_get_masks_of_their_own(
        kind
    )


def all_dropped(kind):
    """A layer whose sublayers are all dropped."""
    layer, _ = pair(kind, dropout=1.0, norm_first=True)
    arrays = [Tensor(x) for x in inputs(kind)]
    np.testing.assert_array_equal(layer(*arrays).data, arrays[0].data)


def sublayers():
    """Yield, for each sublayer, its branch with the norm first and with it last."""
    for kind, number, branch in (
        (ENCODER, 1, "attend"),
        (ENCODER, 2, "self.feed_forward"),
        (DECODER, 1, "attend"),
        (DECODER, 2, "attend_to_memory"),
        (DECODER, 3, "self.feed_forward"),
    ):
        drop, norm = f"self.dropout{number}", f"self.norm{number}"
        first = f"x = x + {drop}({branch}({norm}(x)))"
        last = f"x = {norm}(x + {drop}({branch}(x)))"
        yield kind, number, drop, norm, branch, first, last


def in_sublayers():
    for kind, number, drop, norm, branch, first, last in sublayers():
        where = f"sublayer {number}"
        yield in_layer(
            f"{where}: the residual dropped, norm first",
            kind,
            {first: f"x = {drop}({branch}({norm}(x)))"},
            norm_first=True,
        )
        yield in_layer(
            f"{where}: the residual dropped, norm last",
            kind,
            {last: f"x = {norm}({drop}({branch}(x)))"},
        )
        yield in_layer(
            f"{where}: the norm behind the branch, not behind the sum",
            kind,
            {last: f"x = x + {norm}({drop}({branch}(x)))"},
        )
        yield in_layer(
            f"{where}: the residual taken behind the norm",
            kind,
            {first: f"x = {norm}(x); x = x + {drop}({branch}(x))"},
            norm_first=True,
        )
        yield in_layer(
            f"{where}: no norm", kind, {last: f"x = x + {drop}({branch}(x))"}
        )
        other = f"self.norm{number - 1 or 2}"
        yield in_layer(
            f"{where}: another's norm",
            kind,
            {first: first.replace(norm, other)},
            norm_first=True,
        )
        yield TransformerFault(
            f"{where}: not dropped",
            "dlbook.nn.transformer_layers",
            f"{kind}.forward",
            {first: f"x = x + {branch}({norm}(x))"},
            partial(all_dropped, kind),
        )
    for kind in (ENCODER, DECODER):
        for first in (False, True):
            yield in_layer(
                f"norm first for last, norm_first {first}",
                kind,
                {"if self.norm_first": "if not self.norm_first"},
                norm_first=first,
            )


SELF = """\
            return self.self_attn(
                x,
                x,
                x,
"""
CROSS = """\
                memory,
                memory,
"""
ATTENTION = [
    in_layer(
        "queries and keys without the norm",
        ENCODER,
        {
            SELF: SELF.replace(
                "x,\n                x,\n", "src,\n                src,\n"
            )
        },
        norm_first=True,
    ),
    in_layer(
        "attention to the target in the place of the memory",
        DECODER,
        {CROSS: CROSS.replace("memory", "x")},
    ),
    in_layer(
        "the decoder reads what comes later",
        DECODER,
        {"is_causal=tgt_is_causal": "is_causal=False"},
        "causal",
        "nothing",
    ),
    in_layer(
        "the decoder's mask lost",
        DECODER,
        {"attn_mask=tgt_mask": "attn_mask=None"},
        "booleans",
        "nothing",
    ),
    in_layer(
        "the memory may be read to the target's position only",
        DECODER,
        {"is_causal=memory_is_causal": "is_causal=tgt_is_causal"},
        "causal",
        "nothing",
    ),
    in_layer(
        "padding of the memory read",
        DECODER,
        {"key_padding_mask=memory_key_padding_mask": "key_padding_mask=None"},
        "nothing",
        "padding",
    ),
    in_layer(
        "padding of the source read",
        ENCODER,
        {"key_padding_mask=src_key_padding_mask": "key_padding_mask=None"},
        "padding",
    ),
    in_layer(
        "an encoder that looks ahead",
        ENCODER,
        {"is_causal=is_causal": "is_causal=False"},
        "causal",
    ),
]
NETWORK = "self.linear2(self.dropout(self.activation(self.linear1(x))))"
FEED_FORWARD = [
    TransformerFault(
        what,
        "dlbook.nn.transformer_layers",
        "TransformerLayer.feed_forward",
        {NETWORK: new},
        check,
    )
    for what, new, check in (
        (
            "no activation",
            "self.linear2(self.dropout(self.linear1(x)))",
            against_torch(ENCODER),
        ),
        (
            "the activation behind the second map",
            "self.activation(self.linear2(self.dropout(self.linear1(x))))",
            against_torch(DECODER),
        ),
        (
            "the dropout behind the second map",
            "self.dropout(self.linear2(self.activation(self.linear1(x))))",
            partial(
                test_transformer_layers.test_dropout_falls_where_torchs_does, ENCODER
            ),
        ),
    )
]
STACKS = [
    *(
        in_stack(
            "every layer the first",
            f"{kind}.forward",
            {"for layer in self.layers": "for layer in [self.layers[0]] * 2"},
        )
        for kind in ("TransformerEncoder", "TransformerDecoder")
    ),
    *(
        in_stack(
            "the norm at the end forgotten",
            f"{kind}.forward",
            {"return x if self.norm is None else self.norm(x)": "return x"},
            norm=True,
        )
        for kind in ("TransformerEncoder", "TransformerDecoder")
    ),
    in_stack(
        "each layer's output as the next one's memory",
        "TransformerDecoder.forward",
        {"                memory,\n": "                memory if x is tgt else x,\n"},
    ),
    in_stack(
        "the decoder reads the source, not what the encoder made of it",
        "Transformer.forward",
        {"            memory,\n": "            src,\n"},
    ),
    in_stack(
        "the source's padding taken for the memory's",
        "Transformer.forward",
        {
            "memory_key_padding_mask=memory_key_padding_mask": (
                "memory_key_padding_mask=src_key_padding_mask"
            )
        },
        "padding",
        "nothing",
        "nothing",
    ),
    in_stack(
        "the causal flag of the target lost",
        "Transformer.forward",
        {"tgt_is_causal=tgt_is_causal": "tgt_is_causal=False"},
        "nothing",
        "causal",
        "nothing",
    ),
    in_stack(
        "one layer many times",
        "_copies",
        {"copy.deepcopy(layer, dict(shared))": "layer"},
        check=partial(
            test_transformer.test_layers_are_copies_that_start_equal_and_share_nothing,
            "TransformerEncoder",
        ),
    ),
    in_stack(
        "the same dropout masks in every layer",
        "_copies",
        {"copy.deepcopy(layer, dict(shared))": "copy.deepcopy(layer)"},
        check=dropout_twice,
    ),
    in_stack(
        "matrices as the layers have them",
        "Transformer.__init__",
        {"        self.reset_parameters(rng=rng)\n": ""},
        check=test_transformer.test_a_transformer_draws_every_matrix_of_every_layer,
    ),
    in_stack(
        "a causal mask that hides the present",
        "Transformer.generate_square_subsequent_mask",
        {"k=1": "k=0"},
        check=partial(test_transformer.test_the_causal_mask_is_torchs, 5),
    ),
    in_stack(
        "a causal mask transposed",
        "Transformer.generate_square_subsequent_mask",
        {"np.triu(": "np.tril(", "k=1": "k=-1"},
        check=partial(test_transformer.test_the_causal_mask_is_torchs, 5),
    ),
]
POSITIONS = [
    TransformerFault(
        "one frequency for all pairs",
        "dlbook.functional.rotary",
        "frequencies",
        {"np.arange(0, width, 2) / width": "np.zeros(width // 2)"},
        test_rotary.test_a_pair_turns_by_its_frequency,
    ),
    TransformerFault(
        "frequencies of the number of the entry, not of the pair",
        "dlbook.functional.rotary",
        "frequencies",
        {"np.arange(0, width, 2) / width": "np.arange(width // 2) / width"},
        test_positional.test_the_table_holds_the_formula,
    ),
    TransformerFault(
        "sines and cosines in halves",
        "dlbook.nn.positional",
        "sinusoidal_positions",
        {
            "table[:, 0::2]": "table[:, : width // 2]",
            "table[:, 1::2]": "table[:, width // 2 :]",
        },
        test_positional.test_the_table_holds_the_formula,
    ),
    TransformerFault(
        "a reflection in the place of a rotation",
        "dlbook.nn.positional",
        "shift_matrix",
        {"-np.sin(angles)": "np.sin(angles)"},
        partial(test_positional.test_a_shift_is_a_rotation, 5, 10000.0),
    ),
    TransformerFault(
        "a vector for each sequence, not for each step",
        "dlbook.nn.positional",
        "AddedPositions.forward",
        {"vectors.unsqueeze(1) if stacked": "vectors[: x.shape[1]] if stacked"},
        partial(
            test_positional.test_each_position_gets_its_vector, "SinusoidalPositions", 0
        ),
    ),
    TransformerFault(
        "the offset of a cache overlooked",
        "dlbook.functional.rotary",
        "_positions",
        {"np.arange(offset, offset + x.shape[-2]": "np.arange(x.shape[-2]"},
        test_rotary.test_offset_is_the_position_in_the_whole,
    ),
]
FAULTS = [*in_sublayers(), *ATTENTION, *FEED_FORWARD, *STACKS, *POSITIONS]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_fault_turns_its_check_red(fault):
    fault.check()
    with planted(fault), pytest.raises(AssertionError):
        fault.check()
    fault.check()
