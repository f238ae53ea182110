"""Linear: its initial values, its sizes, its repr."""

import math

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor


def test_initial_values_fill_the_interval_of_torch():
    layer = nn.Linear(400, 300, rng=0)
    bound = 1 / math.sqrt(400)
    theirs = torch.nn.Linear(400, 300)
    for ours, other in ((layer.weight, theirs.weight), (layer.bias, theirs.bias)):
        assert ours.dtype == np.float32
        assert np.abs(ours.data).max() <= bound
        assert np.abs(ours.data).max() == pytest.approx(bound, rel=0.02)
        assert ours.data.std() == pytest.approx(bound / math.sqrt(3), rel=0.1)
        assert other.detach().numpy().std() == pytest.approx(ours.data.std(), rel=0.15)


def test_weight_and_bias_come_from_the_generator_passed_in():
    one, same = nn.Linear(3, 2, rng=7), nn.Linear(3, 2, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(one.weight.data, same.weight.data)
    np.testing.assert_array_equal(one.bias.data, same.bias.data)
    rng = np.random.default_rng(7)
    first, second = nn.Linear(3, 2, rng=rng), nn.Linear(3, 2, rng=rng)
    assert (first.weight.data != second.weight.data).all()
    assert (nn.Linear(3, 2).weight.data != nn.Linear(3, 2).weight.data).any()


def test_bias_may_be_left_out():
    layer = nn.Linear(3, 2, bias=False, rng=0)
    assert layer.bias is None
    assert not layer(Tensor(np.zeros((4, 3), np.float32))).data.any()


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ((0, 2), ValueError, "in_features must be at least 1, got 0"),
        ((2, -1), ValueError, "out_features must be at least 1, got -1"),
        ((2.0, 1), TypeError, "in_features must be an int, got float"),
        ((2, True), TypeError, "out_features must be an int, got bool"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(sizes, error, message):
    with pytest.raises(error, match=message):
        nn.Linear(*sizes)


def test_another_dtype_than_the_layers_is_refused():
    with pytest.raises(TypeError, match="x has dtype float64, weight float32"):
        nn.Linear(2, 1)(Tensor(np.ones((3, 2))))
    assert nn.Linear(2, 1).to(np.float64)(Tensor(np.ones((3, 2)))).dtype == np.float64


def test_repr_is_that_of_torch_with_a_count():
    assert repr(nn.Linear(3, 2)) == f"{torch.nn.Linear(3, 2)}  # 8 parameters"


def test_identity_returns_its_input():
    x = Tensor([1.0])
    assert nn.Identity()(x) is x
