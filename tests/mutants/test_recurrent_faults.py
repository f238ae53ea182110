"""Faults of recurrent networks that no operator makes: each turns a row red.

Mistakes that leave a network running and learning: another order of the gates that is
kept throughout, the other formula of the GRU, a state or a length that is overlooked.
"""

from dataclasses import dataclass

import pytest

from dlbook.compare.difference import ParityError
from tests.contracts import function_rows, layer_properties, layer_rows, properties
from tests.mutants.planting import Fault, planted

ROWS = {str(row): (row, properties) for row in function_rows("functional")}
ROWS |= {str(row): (row, layer_properties) for row in layer_rows()}


@dataclass(frozen=True)
class RecurrentFault(Fault):
    """A fault, and the row that notices."""

    row: str


def in_function(
    function: str, what: str, edits: dict[str, str], row: str
) -> RecurrentFault:
    module = f"dlbook.functional.{function.removesuffix('_cell')}"
    return RecurrentFault(
        what, module, function, edits, f"functional.{function}: {row}"
    )


def in_packing(
    method: str, what: str, edits: dict[str, str], row: str
) -> RecurrentFault:
    module = "dlbook.functional.sequence_lengths"
    return RecurrentFault(what, module, f"Packing.{method}", edits, f"functional.{row}")


def in_layer(what: str, edits: dict[str, str], row: str) -> RecurrentFault:
    return RecurrentFault(
        what, "dlbook.nn.recurrent", "Recurrent.forward", edits, f"nn.{row}"
    )


RESET = """\
        np.add(product[:, 2 * hidden :], recurrent_bias[2 * hidden :], out=q[now])
        candidate += r[now] * q[now]  # (3)
"""
FAULTS = [
    in_function(
        "lstm_cell",
        "i and f exchanged",
        {"i, f, g, o = split(": "f, i, g, o = split("},
        "a batch",
    ),
    in_function(
        "lstm",
        "i and f exchanged, there and back",
        {
            "i, f, g, o = np.split(": "f, i, g, o = np.split(",
            "grad_i, grad_f, grad_g, grad_o =": "grad_f, grad_i, grad_g, grad_o =",
        },
        "a batch",
    ),
    in_function(
        "lstm",
        "the forget gate's derivative with the cell state after it",
        {"grad_f *= cells[packing.before]": "grad_f *= c"},
        "a batch",
    ),
    in_function(
        "lstm",
        "h of the first step in every step",
        {"states[before] @": "states[packing.initial][: len(gate)] @"},
        "a batch",
    ),
    in_function(
        "lstm",
        "c of the first step in every step",
        {"cells[before],": "cells[packing.initial][: len(gate)],"},
        "a batch",
    ),
    in_function(
        "lstm",
        "c_n from the last rows",
        {"cells[packing.last]": "cells[-len(c0) :]"},
        "lengths in any order",
    ),
    in_function(
        "lstm",
        "the projection's gradient transposed",
        {
            "grad_projected.T @ (o * tanh_c)": (
                "((o * tanh_c).T @ grad_projected).reshape(weight_hr.shape)"
            )
        },
        "projected, a batch",
    ),
    in_function(
        "gru_cell",
        "r and z exchanged",
        {"r, z = sigmoid(": "z, r = sigmoid("},
        "a batch",
    ),
    in_function(
        "gru",
        "r and z exchanged, there and back",
        {
            "r, z, n = np.split(": "z, r, n = np.split(",
            "grad_n, grad_r, grad_z, grad_q =": "grad_n, grad_z, grad_r, grad_q =",
        },
        "a batch",
    ),
    in_function(
        "gru_cell",
        "the reset gate before the product",
        {"r * n_h": "linear(r * h, weight_hh[2 * hidden :], bias_hh[2 * hidden :])"},
        "a batch",
    ),
    in_function(
        "gru",
        "the reset gate before the product",
        {
            RESET: """\
        q[now] = (r[now] * states[before]) @ recurrent[:, 2 * hidden :]
        q[now] += recurrent_bias[2 * hidden :]
        candidate += q[now]
"""
        },
        "a batch",
    ),
    in_function(
        "gru_cell",
        "the bias beside the reset gate",
        {"r * n_h": "r * (n_h - bias_hh[2 * hidden :]) + bias_hh[2 * hidden :]"},
        "a batch",
    ),
    in_function(
        "gru",
        "the bias beside the reset gate",
        {
            RESET: """\
        q[now] = product[:, 2 * hidden :]
        candidate += r[now] * q[now] + recurrent_bias[2 * hidden :]
"""
        },
        "a batch",
    ),
    in_function(
        "gru",
        "h of the first step in every step",
        {"states[before] @": "states[packing.initial][: len(gate)] @"},
        "a batch",
    ),
    in_function(
        "rnn",
        "h of the first step in every step",
        {"states[before] @": "states[packing.initial][: len(state)] @"},
        "a batch",
    ),
    in_packing(
        "__init__",
        "lengths overlooked",
        {"lengths is not None": "False"},
        "rnn: lengths in any order",
    ),
    in_packing(
        "final",
        "the final state of the last step of all",
        {"if not self.ragged": "if True"},
        "gru: lengths in any order",
    ),
    in_packing(
        "_order_by_length",
        "backward from the last step of all",
        {"longest_first[place] - 1 - step": "steps - 1 - step"},
        "gru: lengths in any order, in reverse",
    ),
    in_layer(
        "dropout behind the last layer, too",
        {
            "        return ": """\
        x = F.dropout(x, self.dropout, training=self.training, rng=self.rng)
        return """
        },
        "GRU: num_layers 2, dropout 1.0",
    ),
    in_layer(
        "final states direction after direction",
        {"join_states(finals)": "join_states(finals[::2] + finals[1::2])"},
        "LSTM: num_layers 2, bidirectional True",
    ),
    in_layer(
        "initial states direction after direction",
        {"len(finals)": "reverse * self.num_layers + layer"},
        "GRU: initial states of layers and directions",
    ),
    in_layer(
        "the reversed output in front",
        {"concatenate(outputs,": "concatenate(outputs[::-1],"},
        "LSTM: bidirectional True",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_fault_turns_its_row_red(fault):
    row, contracts = ROWS[fault.row]
    contracts.equals_torch_in_float64(row)
    with planted(fault), pytest.raises(ParityError):
        contracts.equals_torch_in_float64(row)
    contracts.equals_torch_in_float64(row)
