"""The GRU layer: its steps, its gates, its memory."""

import numpy as np
import pytest

from dlbook import functional
from dlbook.autograd import Tensor


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
