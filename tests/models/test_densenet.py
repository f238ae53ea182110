"""DenseNet: how channels grow, a twin of a layer, initial values, small sizes."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.models import DenseBlock, DenseLayer, DenseNet, Transition
from tests.models.twin import assert_equal_to_twin


class TorchDenseLayer(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm1 = torch.nn.BatchNorm2d(channels)
        self.conv1 = torch.nn.Conv2d(channels, 8, 1, bias=False)
        self.norm2 = torch.nn.BatchNorm2d(8)
        self.conv2 = torch.nn.Conv2d(8, 2, 3, padding=1, bias=False)

    def forward(self, x):
        x = self.conv1(F.relu(self.norm1(x)))
        return self.conv2(F.relu(self.norm2(x)))


class TorchDenseBlock(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(3):
            setattr(self, f"denselayer{i + 1}", TorchDenseLayer(3 + 2 * i))

    def forward(self, x):
        for layer in (self.denselayer1, self.denselayer2, self.denselayer3):
            x = torch.cat([x, layer(x)], 1)
        return x


def test_block_is_torchs(rng):
    block = DenseBlock(3, 3, 2, rng=rng)
    x = rng.standard_normal((2, 3, 5, 4))
    assert_equal_to_twin(block, TorchDenseBlock(), x, rng)
    assert block(Tensor(x)).shape == (2, 3 + 3 * 2, 5, 4)


def test_a_layer_keeps_what_was_there(rng):
    x = Tensor(rng.standard_normal((2, 3, 5, 4)).astype(np.float32))
    np.testing.assert_array_equal(DenseBlock(2, 3, 4, rng=rng)(x).data[:, :3], x.data)


def test_transition_halves_the_image(rng):
    x = Tensor(rng.standard_normal((2, 6, 8, 4)).astype(np.float32))
    assert Transition(6, 3, rng=rng)(x).shape == (2, 3, 4, 2)


@pytest.mark.parametrize(
    ("stem", "geometry", "pool"),
    [("imagenet", (7, 2, 3), [torch.nn.MaxPool2d(3, 2, 1)]), ("small", (3, 1, 1), [])],
)
def test_stem_is_torchs(stem, geometry, pool, rng):
    model = DenseNet(4, (1,), 6, 5, in_channels=2, stem=stem, rng=rng)
    twin = torch.nn.Sequential(
        torch.nn.Conv2d(2, 6, *geometry, bias=False),
        torch.nn.BatchNorm2d(6),
        torch.nn.ReLU(),
        *pool,
    )
    ours = nn.Sequential(*list(model.features)[: len(twin)])
    assert_equal_to_twin(ours, twin, rng.standard_normal((2, 2, 13, 10)), rng)


@pytest.mark.parametrize("stem", ["imagenet", "small"])
def test_small_network(stem, rng):
    model = DenseNet(4, (2, 3), 6, 5, in_channels=1, stem=stem, rng=rng)
    assert model.classifier.in_features == (6 + 2 * 4) // 2 + 3 * 4
    size = 32 if stem == "imagenet" else 8
    y = model(Tensor(rng.random((2, 1, size, size), dtype=np.float32)))
    assert (y.shape, y.dtype) == ((2, 5), np.float32)
    assert ("pool0" in dict(model.features.named_children())) == (stem == "imagenet")


def test_dropout_is_at_work_in_training_alone(rng):
    layer = DenseLayer(3, 4, drop_rate=0.5, rng=rng)
    x = Tensor(rng.standard_normal((2, 3, 8, 8)).astype(np.float32))
    dropped = (layer(x).data == 0).mean()
    assert 0.4 < dropped < 0.6
    assert not (layer.eval()(x).data == 0).any()


def test_initial_values_are_torchvisions(rng):
    model = DenseNet(16, (2, 2), 32, 10, rng=rng)
    weight = model.features.denseblock2.denselayer2.conv2.weight.data  # (16, 64, 3, 3)
    assert weight.std() == pytest.approx(np.sqrt(2 / (64 * 9)), rel=0.03)
    np.testing.assert_array_equal(model.classifier.bias.data, 0)
    bound = 1 / np.sqrt(model.classifier.in_features)
    assert np.abs(model.classifier.weight.data).max() <= bound
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            np.testing.assert_array_equal(module.weight.data, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stem": "tiny"}, r"stem must be .* got 'tiny'"),
        ({"block_config": ()}, r"at least 1, got \(\)"),
        ({"block_config": (2, 0)}, r"at least 1, got \(2, 0\)"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        DenseNet(**options)
