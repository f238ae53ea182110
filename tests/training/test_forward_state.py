"""Buffers and generators come back, and with them the same forward pass."""

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.training.forward_state import ForwardState, random_generators
from tests.training.runs import RunningMean, assert_same_bits, data, network


def noisy(rng):
    return nn.Sequential(RunningMean(3), nn.Dropout(rng=rng), nn.Dropout(rng=rng))


def test_generators_come_by_the_names_of_their_modules():
    rng, other = np.random.default_rng(0), np.random.default_rng(1)
    model = noisy(rng)
    model[0].source = other
    model.top = other
    found = random_generators(model)
    assert {name: id(each) for name, each in found.items()} == {
        "top": id(other),
        "0.source": id(other),
        "1.rng": id(rng),
        "2.rng": id(rng),
    }
    assert random_generators(network()) == {}


def test_the_same_forward_pass_twice():
    model = noisy(np.random.default_rng(0))
    x = Tensor(data()[0])
    model(x)
    state = ForwardState(model)
    first, buffers = model(x).data, model.state_dict()
    assert (model(x).data != first).any()
    for _ in range(2):
        state.restore()
        assert model(x).data.tobytes() == first.tobytes()
        assert_same_bits(model.state_dict(), buffers)


def test_what_is_remembered_last_counts_and_is_a_copy():
    rng = np.random.default_rng(0)
    model = noisy(rng)
    state = ForwardState(model)
    model(Tensor(data()[0]))
    state.remember()
    before, generator = model.state_dict(), rng.bit_generator.state
    rng.random()
    model[0].mean.data += 1
    state.restore()
    assert_same_bits(model.state_dict(), before)
    assert rng.bit_generator.state == generator
    model[0].mean.data += 1
    state.restore()
    assert_same_bits(model.state_dict(), before)
