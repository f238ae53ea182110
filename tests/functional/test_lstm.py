"""The LSTM layer: its steps, its gates, its projection, its memory."""

import numpy as np
import pytest

from dlbook import functional
from dlbook.autograd import Tensor
from tests.functional.recurrent_steps import (
    WAYS,
    assert_each_input_alone_gets_its_gradient,
    assert_fused_equals_composed,
    assert_gradients_of_all_results_add_up,
    draw,
)


def one_unit(*, i=0.0, f=0.0, g=0.0, o=0.0, ih=(0.0,) * 4):
    """Return the weights of an LSTM of one unit and one input that never looks back."""
    bias = np.array([i, f, g, o])
    return [Tensor(w) for w in (np.array(ih)[:, None], np.zeros((4, 1)), bias)]


def test_an_open_forget_gate_carries_value_and_gradient_through_100_steps():
    x, h0 = Tensor(np.ones((100, 1))), Tensor(np.zeros(1))
    c0 = Tensor(np.array([0.7]), requires_grad=True)
    _, (_, c_n) = functional.lstm(x, (h0, c0), *one_unit(i=-800.0, f=50.0, g=1.0))
    np.testing.assert_allclose(c_n.data, 0.7, rtol=1e-12)
    c_n.backward([1.0])
    np.testing.assert_allclose(c0.grad, 1.0, rtol=1e-12)


def test_a_closed_forget_gate_forgets():
    x, c0 = Tensor(np.ones((1, 1))), Tensor(np.array([5.0]), requires_grad=True)
    weights = one_unit(i=50.0, f=-800.0, g=0.4, o=50.0)
    _, (h_n, c_n) = functional.lstm(x, (None, c0), *weights)
    np.testing.assert_allclose(c_n.data, np.tanh(0.4), rtol=1e-12)
    np.testing.assert_allclose(h_n.data, np.tanh(np.tanh(0.4)), rtol=1e-12)
    c_n.backward([1.0])
    assert c0.grad.tolist() == [0.0]


@pytest.mark.parametrize(("gate", "place"), [("i", 0), ("f", 1), ("g", 2), ("o", 3)])
def test_the_gates_stand_in_torchs_order(gate, place):
    # two steps, c_0 = 1: every gate's weight moves h in its own way
    ih = np.zeros(4)
    ih[place] = 1.0
    x = np.array([[0.5], [-1.0]])
    c0 = Tensor(np.ones(1))
    output, _ = functional.lstm(Tensor(x), (None, c0), *one_unit(g=0.3, ih=ih))
    c, expected = 1.0, []
    for value in x.ravel():
        a = {"i": 0.0, "f": 0.0, "g": 0.3, "o": 0.0}
        a[gate] += value
        i, f, o = (1 / (1 + np.exp(-a[name])) for name in "ifo")
        c = f * c + i * np.tanh(a["g"])
        expected.append(o * np.tanh(c))
    np.testing.assert_allclose(output.data.ravel(), expected, rtol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_projected_fused_equals_composed(way, rng):
    tensors = draw("lstm", rng, projected=2)
    assert_fused_equals_composed("lstm", tensors, way)
    assert_gradients_of_all_results_add_up("lstm", tensors, way)
    assert_each_input_alone_gets_its_gradient("lstm", tensors, way)


def test_a_projection_by_the_identity_changes_nothing(rng):
    tensors = draw("lstm", rng)
    weights = [v for k, v in tensors.items() if k.startswith(("weight", "bias"))]
    hx = tensors["h0"], tensors["c0"]
    plain, _ = functional.lstm(tensors["x"], hx, *weights)
    identity = Tensor(np.eye(tensors["h0"].shape[1]))
    projected, _ = functional.lstm(tensors["x"], hx, *weights, identity)
    np.testing.assert_allclose(projected.data, plain.data, rtol=1e-14)


def test_a_step_of_the_layer_is_the_cell(rng):
    tensors = draw("lstm", rng, steps=1)
    x, h0, c0, *weights = tensors.values()
    output, (h_n, c_n) = functional.lstm(x, (h0, c0), *weights)
    h, c = functional.lstm_cell(x[0], (h0, c0), *weights)
    for ours, step in ((output[0], h), (h_n, h), (c_n, c)):
        np.testing.assert_allclose(ours.data, step.data, rtol=1e-12)


def test_hx_may_be_a_list(rng):
    x, h0, c0, *weights = draw("lstm", rng).values()
    as_list = functional.lstm(x, [h0, c0], *weights)[0]
    as_tuple = functional.lstm(x, (h0, c0), *weights)[0]
    np.testing.assert_array_equal(as_list.data, as_tuple.data)
