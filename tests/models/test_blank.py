"""The generator that draws nothing."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.models import blank_rng, resnet18


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.random((2, 3)),
        lambda rng: rng.standard_normal((2, 3)),
        lambda rng: rng.uniform(-1, 1, (2, 3)),
        lambda rng: rng.normal(5, 1, (2, 3)),
    ],
)
def test_draws_are_zeros_without_memory(draw):
    drawn = draw(blank_rng())
    assert (drawn.shape, drawn.dtype, drawn.strides) == ((2, 3), np.float32, (0, 0))
    np.testing.assert_array_equal(drawn, 0)


@pytest.mark.parametrize("name", ["random", "standard_normal", "uniform", "normal"])
def test_a_single_draw_has_no_axes(name):
    assert getattr(blank_rng(), name)().shape == ()


@pytest.mark.parametrize(
    "layer",
    [
        lambda rng: nn.Linear(3, 4, rng=rng),
        lambda rng: nn.Conv2d(3, 4, 3, rng=rng),
        lambda rng: nn.ConvTranspose2d(3, 4, 3, rng=rng),
        lambda rng: resnet18(3, width=2, rng=rng).fc,
    ],
)
def test_layers_are_blank_and_can_be_loaded(layer, rng):
    blank, drawn = layer(blank_rng()), layer(rng)
    for parameter in blank.parameters():
        np.testing.assert_array_equal(parameter.data, 0)
    blank.load_state_dict(drawn.state_dict())
    np.testing.assert_array_equal(blank.weight.data, drawn.weight.data)
    assert drawn.weight.data.any()
