"""Layer and RMS normalization as layers: parameters, modes, printing."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor


@pytest.mark.parametrize("kind", [nn.LayerNorm, nn.RMSNorm])
def test_training_and_evaluation_are_the_same(kind):
    layer = kind(6)
    x = Tensor(np.random.default_rng(0).standard_normal((3, 6)).astype(np.float32))
    np.testing.assert_array_equal(layer(x).data, layer.eval()(x).data)
    assert not list(layer.buffers())


@pytest.mark.parametrize("kind", [nn.LayerNorm, nn.RMSNorm])
def test_reset_parameters(kind):
    layer = kind((2, 3))
    assert (layer.weight.data == 1).all()
    for parameter in layer.parameters():
        parameter.data[...] = 7
    layer.reset_parameters()
    assert (layer.weight.data == 1).all()
    if kind is nn.LayerNorm:
        assert (layer.bias.data == 0).all()


def test_repr():
    assert repr(nn.LayerNorm((2, 3), bias=False)) == (
        "LayerNorm((2, 3), eps=1e-05, elementwise_affine=True, bias=False)"
        "  # 6 parameters"
    )
    assert repr(nn.RMSNorm(3)) == (
        "RMSNorm((3,), eps=None, elementwise_affine=True)  # 3 parameters"
    )
    plain = "RMSNorm((3,), eps=0.1, elementwise_affine=False)"
    assert repr(nn.RMSNorm(3, eps=0.1, elementwise_affine=False)) == plain
