"""Resizing as a layer: options, printing."""

import numpy as np

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor


def test_it_passes_every_option_on():
    x = Tensor(np.random.default_rng(0).standard_normal((1, 2, 4, 5)))
    options = {"scale_factor": 1.3, "mode": "bilinear", "align_corners": False}
    for recompute in (True, False):
        layer = nn.Upsample(**options, recompute_scale_factor=recompute)
        expected = F.interpolate(x, **options, recompute_scale_factor=recompute)
        np.testing.assert_array_equal(layer(x).data, expected.data)


def test_repr_shows_the_options_that_are_set():
    assert repr(nn.Upsample(3)) == "Upsample(size=3, mode='nearest')"
    assert (
        repr(nn.Upsample(scale_factor=2, mode="linear", align_corners=False))
        == "Upsample(scale_factor=2, mode='linear', align_corners=False)"
    )
