"""The Elman layer: its steps, its gradients through time, its memory."""

import numpy as np

from dlbook import functional
from dlbook.autograd import Tensor


def test_a_linear_chain_by_hand():
    # relu of positive numbers is linear: h_t = x_t + 0.5 h_{t-1}
    x, one = Tensor([[1.0], [2.0], [3.0]], requires_grad=True), Tensor([[1.0]])
    half = Tensor([[0.5]], requires_grad=True)
    output, h_n = functional.rnn(
        x, Tensor([4.0]), one, half, nonlinearity="relu", reverse=False
    )
    assert output.data.ravel().tolist() == [3.0, 3.5, 4.75]
    assert h_n.data.tolist() == [4.75]
    h_n.backward([1.0])
    assert x.grad.ravel().tolist() == [0.25, 0.5, 1.0]
    # d h_3 / d w = h_2 + w h_1 + w^2 h_0
    assert half.grad.tolist() == [[3.5 + 0.5 * 3.0 + 0.25 * 4.0]]


def test_relu_has_slope_0_at_exactly_0():
    x = Tensor(np.zeros((1, 1, 1)), requires_grad=True)
    one = Tensor(np.ones((1, 1)))
    functional.rnn(x, None, one, one, nonlinearity="relu")[0].sum().backward()
    assert x.grad.item() == 0


def test_the_gradient_through_time_shrinks_with_the_spectral_radius():
    # relu in its linear part: d h_T / d h_0 = W_hh^T, here 0.5 times a rotation
    angle = 0.3
    rotation = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    weight_hh = Tensor(0.5 * np.array(rotation))
    h0 = Tensor(np.zeros(2), requires_grad=True)
    x = Tensor(np.ones((20, 1)))
    output, h_n = functional.rnn(
        x, h0, Tensor(np.ones((2, 1))), weight_hh, nonlinearity="relu"
    )
    assert output.data.min() > 0
    h_n.backward(np.array([0.6, 0.8]))
    np.testing.assert_allclose(np.linalg.norm(h0.grad), 0.5**20, rtol=1e-12)
