"""The GRU layer: its steps, its gates, its memory."""

import numpy as np
import pytest

from dlbook import functional
from dlbook.autograd import Tensor
from tests.functional.recurrent_steps import (
    WAYS,
    assert_each_input_alone_gets_its_gradient,
    assert_fused_equals_composed,
    assert_gradients_of_all_results_add_up,
    assert_padding_is_never_read,
    draw,
    numbers_per_step,
)

KIND = "gru"
KEPT, MOST = 5, 10  # numbers a step and unit: the docstring's


@pytest.mark.parametrize("way", WAYS)
def test_fused_equals_composed(way, rng):
    assert_fused_equals_composed(KIND, draw(KIND, rng), way)


@pytest.mark.parametrize("way", WAYS)
def test_gradients_of_all_results_add_up(way, rng):
    assert_gradients_of_all_results_add_up(KIND, draw(KIND, rng), way)


@pytest.mark.parametrize("way", WAYS)
def test_each_input_alone_gets_its_gradient(way, rng):
    assert_each_input_alone_gets_its_gradient(KIND, draw(KIND, rng), way)


def test_padding_is_never_read(rng):
    assert_padding_is_never_read(KIND, rng)


@pytest.mark.parametrize("way", [{}, {"reverse": True}], ids=str)
def test_memory_grows_linearly_with_the_stated_constant(way):
    inputs, hidden = 24, 32
    kept, most = numbers_per_step(KIND, inputs=inputs, hidden=hidden, **way)
    slack = 0.2 * hidden  # Python's own objects, spread over 16 sequences
    assert KEPT * hidden <= kept < KEPT * hidden + slack
    assert most < MOST * hidden + inputs + slack


def test_lengths_add_the_stated_memory():
    inputs, hidden = 24, 32
    _, most = numbers_per_step(KIND, inputs=inputs, hidden=hidden, lengths=True)
    bound = (MOST + 2) * hidden + 3 * inputs + 24
    assert most < bound + 0.2 * hidden


def test_without_gradients_only_the_output_is_kept():
    kept, _ = numbers_per_step(KIND, trained=False)
    assert kept == pytest.approx(32, rel=0.02)


def one_unit(*, r=0.0, z=0.0, **named):
    """Return the weights of a GRU of one unit and one input, zero but those named.

    `r` and `z` are the biases of the gates; `named` are entries by weight and gate.
    """
    weights = {"ih": np.zeros((3, 1)), "hh": np.zeros((3, 1)), "b_ih": np.zeros(3)}
    weights |= {"b_hh": np.zeros(3)}
    weights["b_ih"][:2] = r, z
    for name, value in named.items():
        weight, gate = name.rsplit("_", 1)
        weights[weight]["rzn".index(gate)] = value
    return [Tensor(weight) for weight in weights.values()]


def test_a_closed_update_gate_keeps_the_state():
    x, h0 = Tensor(np.ones((100, 1))), Tensor(np.array([0.3]), requires_grad=True)
    output, h_n = functional.gru(x, h0, *one_unit(z=50.0, ih_n=1.0))
    np.testing.assert_allclose(output.data, 0.3, rtol=1e-12)
    h_n.backward([1.0])
    np.testing.assert_allclose(h0.grad, 1.0, rtol=1e-12)


def test_an_open_update_gate_replaces_the_state():
    x = Tensor(np.array([[0.2], [-0.7]]))
    output, _ = functional.gru(x, Tensor(np.ones(1)), *one_unit(z=-50.0, ih_n=1.0))
    np.testing.assert_allclose(output.data, np.tanh(x.data), rtol=1e-12)


@pytest.mark.parametrize(("r", "recalled"), [(50.0, 1.0), (0.0, 0.5), (-800.0, 0.0)])
def test_the_reset_gate_scales_what_the_state_contributes(r, recalled):
    # after the product: the bias b_hn is scaled as well
    x, h0 = Tensor(np.array([[0.1]])), Tensor(np.array([0.8]))
    weights = one_unit(r=r, z=-50.0, ih_n=1.0, hh_n=2.0, b_hh_n=0.25)
    _, h_n = functional.gru(x, h0, *weights)
    expected = np.tanh(0.1 + recalled * (2.0 * 0.8 + 0.25))
    np.testing.assert_allclose(h_n.data, [expected], rtol=1e-12)
