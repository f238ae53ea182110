"""Convolutions as layers: initial values, sizes, padding modes, printing."""

import math

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor


def image(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "shape", "fan"),
    [
        (nn.Conv1d, (24, 6, 5), 30),
        (nn.Conv2d, (24, 6, 5, 5), 150),
        (nn.Conv3d, (24, 6, 5, 5, 5), 750),
        (nn.ConvTranspose1d, (12, 12, 5), 60),
        (nn.ConvTranspose2d, (12, 12, 5, 5), 300),
        (nn.ConvTranspose3d, (12, 12, 5, 5, 5), 1500),
    ],
)
def test_initial_values_fill_the_interval_of_torch(kind, shape, fan):
    layer = kind(12, 24, 5, groups=2, rng=0)
    theirs = getattr(torch.nn, kind.__name__)(12, 24, 5, groups=2)
    bound = 1 / math.sqrt(fan)
    assert layer.weight.shape == shape == tuple(theirs.weight.shape)
    assert layer.bias.shape == (24,)
    for parameter in (layer.weight, layer.bias):
        assert parameter.dtype == np.float32
        assert bound * 0.8 < np.abs(parameter.data).max() <= bound
    assert layer.weight.data.std() == pytest.approx(bound / math.sqrt(3), rel=0.1)
    assert theirs.weight.std().item() == pytest.approx(
        layer.weight.data.std(), rel=0.15
    )


def test_weight_and_bias_come_from_the_generator_passed_in():
    one, same = (nn.Conv2d(3, 2, 3, rng=rng) for rng in (7, np.random.default_rng(7)))
    np.testing.assert_array_equal(one.weight.data, same.weight.data)
    np.testing.assert_array_equal(one.bias.data, same.bias.data)
    memory = one.weight.data
    one.reset_parameters(rng=8)
    assert one.weight.data is memory
    assert (one.weight.data != same.weight.data).all()
    one.reset_parameters(rng=7)
    np.testing.assert_array_equal(one.weight.data, same.weight.data)


@pytest.mark.parametrize(
    ("mode", "of_numpy"),
    [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")],
)
def test_padding_modes(mode, of_numpy):
    layer = nn.Conv2d(2, 3, (2, 3), padding=(1, 2), padding_mode=mode, rng=0)
    x = image(2, 2, 5, 4)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (2, 2)), mode=of_numpy)
    expected = F.conv2d(Tensor(padded), layer.weight, layer.bias)
    np.testing.assert_allclose(layer(Tensor(x)).data, expected.data, rtol=1e-6)


def test_a_transposed_convolution_takes_the_size_wanted():
    x = image(2, 3, 4, 5)
    options = {"stride": (2, 3), "padding": (2, 1), "dilation": (1, 2)}
    layer = nn.ConvTranspose2d(3, 2, (4, 3), **options, rng=0)
    theirs = torch.nn.ConvTranspose2d(3, 2, (4, 3), **options)
    theirs.load_state_dict(
        {name: torch.tensor(value) for name, value in layer.state_dict().items()}
    )
    smallest = layer(Tensor(x)).shape[2:]
    for more in np.ndindex(2, 3):
        size = [n + m for n, m in zip(smallest, more, strict=True)]
        ours = layer(Tensor(x), size)
        assert ours.shape == (2, 2, *size)
        expected = theirs(torch.tensor(x), size).detach()
        np.testing.assert_allclose(ours.data, expected, atol=1e-5)
    single = layer(Tensor(x[0]), tuple(smallest))
    np.testing.assert_allclose(single.data, layer(Tensor(x)).data[0], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Conv1d", {}),
        ("Conv2d", {"stride": 2, "padding": (1, 0), "dilation": 3, "groups": 2}),
        ("Conv2d", {"padding": "same", "bias": False}),
        ("Conv3d", {"padding": "valid", "padding_mode": "reflect"}),
        ("Conv3d", {"dilation": (1, 2, 3)}),
        ("ConvTranspose1d", {"stride": 2, "output_padding": 1}),
        ("ConvTranspose2d", {"padding": 1, "groups": 4, "dilation": 2}),
        ("ConvTranspose3d", {"bias": False}),
    ],
)
def test_repr_is_that_of_torch_with_a_count(name, options):
    ours = getattr(nn, name)(4, 8, 3, **options)
    theirs = getattr(torch.nn, name)(4, 8, 3, **options)
    count = sum(p.numel() for p in theirs.parameters())
    assert repr(ours) == f"{theirs}  # {count} parameters"


def test_another_number_of_channels_is_refused():
    with pytest.raises(ValueError, match=r"x has shape .* 4 channels.* expects 3"):
        nn.Conv2d(3, 2, 3)(Tensor(image(1, 4, 5, 5)))


def test_a_transposed_convolution_to_a_single_pixel():
    layer = nn.ConvTranspose2d(3, 2, 1, rng=0)
    x = Tensor(image(2, 3, 1, 1))
    np.testing.assert_array_equal(layer(x, (1, 1)).data, layer(x).data)
