"""Group normalization as a layer: modes, parameters, printing."""

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor


def test_training_and_evaluation_are_the_same():
    layer = nn.GroupNorm(2, 4)
    x = Tensor(np.random.default_rng(0).standard_normal((3, 4, 2)).astype(np.float32))
    np.testing.assert_array_equal(layer(x).data, layer.eval()(x).data)
    assert not list(layer.buffers())


def test_reset_parameters():
    layer = nn.GroupNorm(2, 4)
    assert (layer.weight.data == 1).all()
    layer.weight.data[...] = layer.bias.data[...] = 7
    layer.reset_parameters()
    assert (layer.weight.data == 1).all()
    assert (layer.bias.data == 0).all()


def test_repr():
    assert repr(nn.GroupNorm(2, 4)) == (
        "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)  # 8 parameters"
    )
    assert repr(nn.GroupNorm(2, 4, affine=False)) == (
        "GroupNorm(2, 4, eps=1e-05, affine=False, bias=False)"
    )
