"""Activation layers: same as their function, options passed on, repr of torch."""

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor

LAYERS = [
    ("ReLU", F.relu, {}),
    ("ReLU6", F.relu6, {}),
    ("LeakyReLU", F.leaky_relu, {"negative_slope": 0.3}),
    ("ELU", F.elu, {"alpha": 0.5}),
    ("SELU", F.selu, {}),
    ("GELU", F.gelu, {"approximate": "tanh"}),
    ("SiLU", F.silu, {}),
    ("Sigmoid", F.sigmoid, {}),
    ("LogSigmoid", F.logsigmoid, {}),
    ("Tanh", F.tanh, {}),
    ("Softplus", F.softplus, {"beta": 2.0, "threshold": 1.0}),
    ("Hardtanh", F.hardtanh, {"min_val": -0.5, "max_val": 0.25}),
    ("Hardsigmoid", F.hardsigmoid, {}),
    ("Hardswish", F.hardswish, {}),
    ("Softmax", F.softmax, {"axis": 0}),
    ("LogSoftmax", F.log_softmax, {"axis": 0}),
]
every_layer = pytest.mark.parametrize(("name", "function", "options"), LAYERS)


@every_layer
def test_layers_pass_their_options_on(name, function, options, rng):
    x = Tensor(rng.standard_normal((5, 3)) * 3)
    layer = getattr(nn, name)(**options)
    np.testing.assert_array_equal(layer(x).data, function(x, **options).data)
    np.testing.assert_array_equal(getattr(nn, name)()(x).data, function(x).data)
    if options:
        assert (layer(x).data != function(x).data).any()


@every_layer
def test_repr_is_that_of_torch(name, function, options):
    theirs = {{"axis": "dim"}.get(key, key): value for key, value in options.items()}
    expected = repr(getattr(torch.nn, name)(**theirs)).replace("dim=", "axis=")
    assert repr(getattr(nn, name)(**options)) == expected


def test_every_layer_of_the_file_is_tested():
    from dlbook.nn import activations

    assert sorted(activations.__all__) == sorted(name for name, _, _ in LAYERS)
