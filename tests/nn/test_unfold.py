"""Windows as columns, as layers: options as pairs, printing."""

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor


def test_options_become_pairs():
    layer = nn.Fold(6, 2, dilation=(1, 2), padding=1, stride=[2, 1])
    assert layer.output_size == (6, 6)
    assert layer.kernel_size == (2, 2)
    assert layer.dilation == (1, 2)
    assert layer.padding == (1, 1)
    assert layer.stride == (2, 1)


def test_one_undoes_the_other_where_windows_do_not_overlap():
    x = Tensor(np.random.default_rng(0).standard_normal((2, 3, 4, 4)))
    columns = nn.Unfold(2, stride=2)(x)
    np.testing.assert_array_equal(nn.Fold(4, 2, stride=2)(columns).data, x.data)


def test_repr():
    assert repr(nn.Unfold(3, padding=1)) == (
        "Unfold((3, 3), dilation=(1, 1), padding=(1, 1), stride=(1, 1))"
    )
    assert repr(nn.Fold((4, 5), 3, stride=2)) == (
        "Fold((4, 5), (3, 3), dilation=(1, 1), padding=(0, 0), stride=(2, 2))"
    )
