"""Passes through memory, counted: against a count by eye, and what they leave alone."""

import numpy as np
import pytest

from dlbook import optim
from dlbook.autograd import Tensor
from dlbook.compare.passes import Passes, count_passes


def test_plain_descent_multiplies_and_subtracts():
    # lr * gradient: 1 array in, 1 out; weights -= that: 2 in, 1 out
    assert count_passes("SGD", lr=0.1) == Passes(passes=2, moved=5, state=0)


def test_momentum_adds_three_passes_and_an_array():
    counted = count_passes("SGD", lr=0.1, momentum=0.9)
    # v *= 0.9 and v += gradient, then as before
    assert counted == Passes(passes=4, moved=10, state=1)


def test_adam_as_counted_by_eye():
    # m: *=, (1 - beta) g, +=; v: g g, *=, (1 - beta) g g, +=; sqrt, + eps, divide,
    # times the rate, subtract
    counted = count_passes("Adam")
    assert counted.passes == 12
    assert counted.moved == (2 + 2 + 3) + (2 + 2 + 2 + 3) + (2 + 2 + 3 + 2 + 3)
    assert (counted.state, counted.least) == (2, 7)


def test_every_further_option_costs_passes():
    plain = count_passes("Adam")
    assert count_passes("AdamW").passes == plain.passes + 1  # weights *= 1 - lr decay
    assert count_passes("Adam", weight_decay=0.1).passes == plain.passes + 2
    assert count_passes("Adam", amsgrad=True).state == 3


@pytest.mark.parametrize("name", ["Adagrad", "RMSprop", "Adam", "NAdam", "RAdam"])
def test_counting_does_not_change_what_is_computed(name, monkeypatch):
    counted = []
    kind = getattr(optim, name)

    class Watched(kind):
        def step(self):
            super().step()
            counted.append(np.array(self.param_groups[0]["params"][0].data))

    monkeypatch.setattr(optim, name, Watched)
    count_passes(name)
    weights = Tensor(np.ones(8), requires_grad=True)
    optimizer = kind([weights])
    for place in counted:
        weights.grad = np.full(8, 0.5)
        optimizer.step()
        np.testing.assert_array_equal(weights.data, place)
    assert len(counted) == 7
