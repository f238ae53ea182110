"""Padding layers: widths, printing, what they compute."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor

MODES = {
    "ConstantPad": "constant",
    "ZeroPad": "constant",
    "ReflectionPad": "reflect",
    "ReplicationPad": "replicate",
    "CircularPad": "circular",
}


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", MODES)
def test_one_width_holds_for_all_sides(kind, axes):
    value = (4.0,) if kind == "ConstantPad" else ()
    layer = getattr(nn, f"{kind}{axes}d")(1, *value)
    assert layer.padding == (1, 1) * axes
    x = Tensor(np.random.default_rng(0).standard_normal((2, 3, *(4,) * axes)))
    options = {"value": 4.0} if value else {}
    expected = F.pad(x, (1, 1) * axes, mode=MODES[kind], **options)
    np.testing.assert_array_equal(layer(x).data, expected.data)
    assert not layer.state_dict()


def test_widths_become_a_tuple_of_ints():
    assert nn.ZeroPad2d([1, np.int64(2), 0, 3]).padding == (1, 2, 0, 3)
    assert all(type(w) is int for w in nn.ZeroPad1d(np.int64(2)).padding)


def test_repr():
    assert repr(nn.ReflectionPad1d(2)) == "ReflectionPad1d((2, 2))"
    assert repr(nn.ConstantPad1d((1, 0), -1.5)) == "ConstantPad1d((1, 0), -1.5)"
    assert repr(nn.ConstantPad1d(1, 2)) == "ConstantPad1d((1, 1), 2)"
