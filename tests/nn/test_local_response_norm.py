"""Local response normalization as a layer."""

from dlbook import nn


def test_options_are_printed():
    layer = nn.LocalResponseNorm(5, alpha=5e-4, k=2)
    assert repr(layer) == "LocalResponseNorm(5, alpha=0.0005, beta=0.75, k=2.0)"
