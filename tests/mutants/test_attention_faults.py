"""Faults of attention that no operator makes: each turns its rows red.

Mistakes that leave a network running and learning: another scale, a mask that is turned
around or overlooked, a look at what comes next, weights that sum to one in the wrong
direction, heads that are mixed up.
"""

from dataclasses import dataclass

import pytest

from dlbook.compare.difference import ParityError
from tests.contracts import properties
from tests.contracts.functional.attention import ROWS as FUNCTION_ROWS
from tests.mutants.planting import Fault, planted
from tests.nn.test_attention import (
    test_output_weights_and_gradients_are_torchs as layer_is_torchs,
)

NAME = "scaled_dot_product_attention"
ROWS = {str(row): row for row in FUNCTION_ROWS}


@dataclass(frozen=True)
class FunctionFault(Fault):
    """A fault, and the row that notices."""

    row: str


def in_module(
    end: str, function: str, what: str, edits: dict, row: str
) -> FunctionFault:
    module = f"dlbook.functional.attention{end}"
    return FunctionFault(what, module, function, edits, f"functional.{NAME}: {row}")


def in_function(what: str, edits: dict[str, str], row: str) -> FunctionFault:
    return in_module("", NAME, what, edits, row)


def in_mask(method: str, what: str, edits: dict[str, str], row: str) -> FunctionFault:
    return in_module("_masks", f"Masking.{method}", what, edits, row)


def in_blocks(what: str, edits: dict[str, str], row: str) -> FunctionFault:
    return in_module("_blocks", "attend_in_blocks", what, edits, f"{row}, blocks of 2")


def in_layer(method: str, what: str, edits: dict[str, str]) -> Fault:
    module = "dlbook.nn.attention"
    return Fault(what, module, f"MultiheadAttention.{method}", edits)


def in_heads(function: str, what: str, edits: dict[str, str]) -> Fault:
    return Fault(what, "dlbook.functional.attention_heads", function, edits)


LATER = "np.arange(columns.start, columns.stop) > queries[:, np.newaxis]"
FAULTS = [
    in_function(
        "no scale",
        {"scale = 1 / math.sqrt(query.shape[-1])": "scale = 1.0"},
        "one head",
    ),
    in_function(
        "the scale of the values' length",
        {"math.sqrt(query.shape[-1])": "math.sqrt(value.shape[-1])"},
        "one head",
    ),
    in_function(
        "d in place of its root",
        {"1 / math.sqrt(query.shape[-1])": "1 / query.shape[-1]"},
        "one head",
    ),
    in_mask(
        "__init__",
        "the mask transposed",
        {"np.atleast_2d(mask)": "np.atleast_2d(mask).mT"},
        "booleans, as many keys as queries",
    ),
    in_mask(
        "__init__",
        "True means hidden",
        {"self.matrices = ~self.matrices": "pass"},
        "booleans of L and S",
    ),
    in_mask(
        "__init__",
        "the first example's mask for all",
        {"numbers, batch).ravel()": "numbers, batch).ravel() * 0"},
        "booleans of padded keys",
    ),
    in_mask(
        "apply",
        "a mask of floats overlooked",
        {"scores += part": "pass"},
        "floats of L and S",
    ),
    in_mask(
        "apply",
        "a look at the next key",
        {LATER: f"{LATER} + 1"},
        "causal, more queries",
    ),
    in_mask(
        "apply",
        "no look at the own key",
        {LATER: LATER.replace(" > ", " >= ")},
        "causal, more queries",
    ),
    in_mask(
        "apply",
        "causal from the last query and key on",
        {LATER: f"{LATER} + self.shape[2] - self.shape[1]"},
        "causal, more keys",
    ),
    in_mask(
        "add_gradient",
        "the gradient of a broadcast mask from the last alone",
        {"grad[number] += part": "grad[number] = part"},
        "floats of L and S",
    ),
    in_module(
        "_tiles",
        "attend_in_tiles",
        "weights that sum to one over the queries",
        {"exps @ np.ones(exps.shape[-1], exps.dtype)": "exps.sum(axis=-2)"},
        "as many keys as queries",
    ),
    in_module(
        "_tiles",
        "attend_in_tiles",
        "the mask of dropout overlooked on the way back",
        {"grad_scores *= here": "pass"},
        "dropout 0.4",
    ),
    in_module(
        "_tiles",
        "Dropping.__init__",
        "what dropout keeps not scaled",
        {"1 / (1 - p)": "1.0"},
        "dropout 0.4",
    ),
    in_module(
        "",
        "_repeated",
        "heads dealt out in turn",
        {
            "np.repeat(x.data, query[-3] // x.shape[-3], axis=-3)": (
                "np.concatenate([x.data] * (query[-3] // x.shape[-3]), axis=-3)"
            )
        },
        "6 heads of queries, 3 of keys, 3 of values",
    ),
    in_blocks(
        "a total that does not shrink", {"totals *= shrunk": "pass"}, "several heads"
    ),
    in_blocks(
        "a sum that does not shrink", {"summed *= shrunk": "pass"}, "several heads"
    ),
    in_blocks(
        "another dropout on the way back",
        {"replayed = copy.deepcopy(again)": "replayed = dropping"},
        "dropout 0.4",
    ),
]
LAYER_FAULTS = [
    in_layer(
        "_mask",
        "the padding of keys overlooked",
        {"if key_padding_mask is not None": "if False"},
    ),
    in_layer("_mask", "True means seen", {"Tensor(~hidden)": "Tensor(hidden)"}),
    in_layer(
        "_mask",
        "hidden only where both masks hide",
        {"reduce(np.logical_or": "reduce(np.logical_and"},
    ),
    in_layer(
        "_mask",
        "masks of heads side by side read as heads first",
        {
            "mask.reshape(*whole) if": (
                "mask.reshape(self.num_heads, samples, length, source)"
                ".transpose(0, 1) if"
            )
        },
    ),
    in_layer(
        "forward",
        "the weights of the first head for their mean",
        {"weights.mean(axis=1)": "weights[:, 0]"},
    ),
    in_layer("forward", "no scale beside the weights", {" * self.head_dim**-0.5": ""}),
    in_layer(
        "_split",
        "numbers of a head apart",
        {
            "sizes = self.num_heads, self.head_dim": (
                "sizes = self.head_dim, self.num_heads"
            ),
            "order = (axis, 2, 1 - axis, 3)": "order = (axis, 3, 1 - axis, 2)",
        },
    ),
    in_layer(
        "_with_added_keys",
        "the learned value as the key",
        {"(self.bias_k, self.bias_v)": "(self.bias_v, self.bias_k)"},
    ),
    in_heads(
        "attend_with_heads",
        "key and value exchanged",
        {"query, key, value = (part": "query, value, key = (part"},
    ),
    in_heads(
        "attend_with_heads",
        "the width of all heads in the scale",
        {"math.sqrt(width // num_heads)": "math.sqrt(width)"},
    ),
    in_heads(
        "heads_first",
        "numbers of a head apart",
        {
            "number, num_heads, width)": "number, width, num_heads)",
            "batch_axis, 3, 1 - batch_axis, 4)": "batch_axis, 4, 1 - batch_axis, 3)",
        },
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_fault_turns_its_row_red(fault):
    row = ROWS[fault.row]
    properties.equals_torch_in_float64(row)
    with planted(fault), pytest.raises(ParityError):
        properties.equals_torch_in_float64(row)
    properties.equals_torch_in_float64(row)


def compare_layers() -> None:
    """Compare layers with torch in the ways that together see every fault."""
    weights = {"average_attn_weights": True}, {"need_weights": False}
    for wanted in weights:
        for options in ({}, {"add_bias_kv": True}):
            layer_is_torchs("self", options, "time first", wanted)


@pytest.mark.parametrize("fault", LAYER_FAULTS, ids=str)
def test_the_fault_turns_the_layer_red(fault):
    with planted(fault), pytest.raises(ParityError):
        compare_layers()
    compare_layers()
