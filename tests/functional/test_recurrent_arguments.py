"""What the recurrent functions accept; what they refuse is in the bad-input rows."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.functional.recurrent_arguments import (
    check_recurrent,
    pair_of_states,
    zeros,
)


def tensor(*shape):
    return Tensor(np.zeros(shape))


@pytest.mark.parametrize(("batch", "cell"), [((5, 2), False), ((5,), False)])
def test_a_layer_takes_batches_and_single_sequences(batch, cell):
    states = {"h0": tensor(*batch[1:], 4), "c0": None}
    weights = tensor(8, 3), tensor(8, 4), None, tensor(8)
    check_recurrent("f", tensor(*batch, 3), states, weights, gates=2, cell=cell)


@pytest.mark.parametrize("batch", [(2,), ()])
def test_a_cell_takes_batches_and_single_examples(batch):
    weights = tensor(4, 3), tensor(4, 4), tensor(4), None
    states = {"h": tensor(*batch, 4)}
    check_recurrent("f", tensor(*batch, 3), states, weights, gates=1, cell=True)


def test_a_projection_changes_the_hidden_state_and_not_the_cell_state():
    weights = tensor(8, 3), tensor(8, 1), None, None, tensor(1, 2)
    states = {"h0": tensor(6, 1), "c0": tensor(6, 2)}
    check_recurrent("f", tensor(5, 6, 3), states, weights, gates=4)
    states["c0"] = tensor(6, 1)
    with pytest.raises(ValueError, match=r"c0 has shape \(6, 1\), expected \(N, H\)"):
        check_recurrent("f", tensor(5, 6, 3), states, weights, gates=4)


def test_one_step_may_be_the_first_of_none():
    # a batch of no examples is one; a sequence of no steps is none
    weights = tensor(4, 3), tensor(4, 4), None, None
    check_recurrent("f", tensor(0, 3), {"h": None}, weights, gates=1, cell=True)
    with pytest.raises(ValueError, match="at least T = 1 step"):
        check_recurrent("f", tensor(0, 3), {"h0": None}, weights, gates=1)


def test_a_pair_of_states_may_be_none():
    h, c = tensor(1), tensor(2)
    assert pair_of_states(None, "f") == (None, None)
    assert pair_of_states([h, None], "f") == (h, None)
    first, second = pair_of_states((h, c), "f")
    assert first is h
    assert second is c


def test_zeros_take_the_dtype():
    for dtype in (np.float32, np.float64):
        made = zeros(2, 3, like=Tensor(np.ones(1, dtype)))
        assert made.shape == (2, 3)
        assert made.dtype == dtype
        assert not made.data.any()
        assert not made.requires_grad
