"""Gains: what the figure shows is computed again, another way."""

import re

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.functional import relu, tanh
from dlbook.widgets import gain_explorer
from dlbook.widgets.gain_explorer import ACTIVATIONS, DEPTHS, GAINS, sizes


@pytest.fixture(scope="module")
def figure():
    return gain_explorer()


def sentence_at(figure, gain, depth, name):
    positions = list(GAINS).index(gain), DEPTHS.index(depth)
    place = (positions[0] * len(DEPTHS) + positions[1]) * len(ACTIVATIONS)
    return figure.frames[place + list(ACTIVATIONS).index(name)]


@pytest.mark.parametrize("function", [relu, tanh])
def test_gradients_are_those_of_the_engine(function):
    """One graph through all layers, in place of one slope after another."""
    _, gradients = sizes(function, 1.3, 10)
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((64, 64)), requires_grad=True)
    grad = rng.standard_normal((64, 64))
    a = x
    for _ in range(10):
        a = function(a @ Tensor(1.3 / 8 * rng.standard_normal((64, 64)).T))
    a.backward(grad)
    assert gradients[0] == pytest.approx(np.sqrt(np.mean(x.grad**2)), rel=1e-10)


def test_a_relu_keeps_its_size_at_the_gain_of_he():
    outputs, gradients = sizes(relu, 2**0.5, 30)
    assert 0.2 < outputs[-1] < 5
    assert 0.2 < gradients[0] < 5


def test_a_gain_is_a_factor_for_each_layer():
    once, _ = sizes(relu, 1.0, 10)
    twice, _ = sizes(relu, 2.0, 10)
    np.testing.assert_allclose(twice / once, 2.0 ** np.arange(11), rtol=1e-10)


def test_the_sentence_tells_both_factors(figure):
    sentence = sentence_at(figure, "0.5", 30, "ReLU").sentence
    outputs, gradients = sizes(relu, 0.5, 30)
    told = [float(n) for n in re.findall(r"times ([\d.e+-]*\d)", sentence)]
    wanted = [outputs[-1] / outputs[0], gradients[0] / gradients[-1]]
    np.testing.assert_allclose(told, wanted, rtol=0.05)
    assert sentence.endswith("The signal vanishes. The gradient vanishes.")
    assert "explodes" in sentence_at(figure, "2", 50, "ReLU").sentence
    healthy = sentence_at(figure, "√2", 30, "ReLU").sentence
    assert "vanishes" not in healthy
    assert "explodes" not in healthy


def test_curves_stay_within_the_picture(figure):
    for frame in figure.frames:
        for part in ("outputs", "gradients"):
            numbers = re.findall(r"(\d+) (-?\d+)", frame.changes[part, "d"])
            assert len(numbers) > 1
            assert all(64 <= int(y) <= 364 for _, y in numbers)


def test_it_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 150_000
