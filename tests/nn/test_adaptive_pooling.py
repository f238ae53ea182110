"""Adaptive pooling layers: one output size for inputs of any size."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor


@pytest.mark.parametrize("kind", ["Avg", "Max"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_inputs_of_any_size_give_one_size(kind, axes):
    layer = getattr(nn, f"Adaptive{kind}Pool{axes}d")(3)
    for length in (1, 3, 4, 9):
        x = Tensor(np.zeros((2, 4, *(length,) * axes)))
        assert layer(x).shape == (2, 4, *(3,) * axes)


def test_options_are_printed():
    assert repr(nn.AdaptiveAvgPool2d((1, None))) == (
        "AdaptiveAvgPool2d(output_size=(1, None))"
    )
    assert repr(nn.AdaptiveMaxPool1d(2)) == (
        "AdaptiveMaxPool1d(output_size=2, return_indices=False)"
    )


def test_none_keeps_every_length():
    x = np.random.default_rng(0).standard_normal((1, 2, 3, 4))
    np.testing.assert_array_equal(nn.AdaptiveAvgPool2d(None)(Tensor(x)).data, x)
