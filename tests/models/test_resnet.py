"""Residual blocks against torch, the three shortcuts, and the plain network."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.models import (
    BasicBlock,
    Bottleneck,
    ResNet,
    ZeroPadShortcut,
    blank_rng,
    cifar_resnet,
    resnet18,
    resnet34,
)
from tests.models.torch_resnet import (
    TorchBasicBlock,
    TorchBottleneck,
    TorchResNet,
    ZeroPad,
    projection,
)
from tests.models.twin import assert_equal_to_twin

X_SHAPE = (3, 4, 6, 7)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param({"channels": 4}, {}, id="identity"),
        pytest.param(
            {"channels": 6, "stride": 2},
            {"stride": 2, "downsample": (projection, 4, 6, 2)},
            id="B",
        ),
        pytest.param(
            {"channels": 4, "shortcuts": "C"},
            {"downsample": (projection, 4, 4, 1)},
            id="C",
        ),
        pytest.param(
            {"channels": 6, "stride": 2, "shortcuts": "A"},
            {"stride": 2, "downsample": (ZeroPad, 2, 2)},
            id="A",
        ),
        pytest.param(
            {"channels": 6, "stride": 2, "residual": False},
            {"stride": 2, "residual": False},
            id="plain",
        ),
    ],
)
def test_basic_block_is_torchs(ours, theirs, rng):
    block = BasicBlock(4, rng=rng, **ours)
    if "downsample" in theirs:
        make, *sizes = theirs["downsample"]
        theirs = theirs | {"downsample": make(*sizes)}  # a new one in every run
    twin = TorchBasicBlock(4, ours["channels"], **theirs)
    assert_equal_to_twin(block, twin, rng.standard_normal(X_SHAPE), rng)


@pytest.mark.parametrize("stride", [1, 2])
def test_bottleneck_is_torchs(stride, rng):
    block = Bottleneck(4, 3, stride=stride, rng=rng)
    twin = TorchBottleneck(4, 3, stride, projection(4, 12, stride))
    assert_equal_to_twin(block, twin, rng.standard_normal(X_SHAPE), rng)


def test_plain_bottleneck_is_the_residual_path_alone(rng):
    x = Tensor(rng.standard_normal((2, 12, 4, 4)).astype(np.float32))
    plain = Bottleneck(12, 3, residual=False, rng=rng).eval()
    block = Bottleneck(12, 3, rng=rng).eval()
    block.load_state_dict(plain.state_dict())
    for model in (plain, block):
        nn.init.zeros_(model.bn3.weight)
    np.testing.assert_array_equal(plain(x).data, 0)
    np.testing.assert_array_equal(block(x).data, np.maximum(x.data, 0))


def test_small_network_is_torchs(rng):
    model = ResNet(BasicBlock, (1, 1), 5, width=4, rng=rng)
    x = rng.standard_normal((2, 3, 21, 18))
    assert_equal_to_twin(model, TorchResNet(), x, rng)


def test_shortcuts_of_option_c_go_around_every_block():
    model = cifar_resnet(14, shortcuts="C", width=2)
    blocks = [m for m in model.modules() if isinstance(m, BasicBlock)]
    assert len(blocks) == 6
    assert all(isinstance(block.downsample, nn.Sequential) for block in blocks)


@pytest.mark.parametrize(
    ("build", "shortcuts", "count"),
    [
        (resnet18, "A", 11_515_688),
        (resnet18, "B", 11_689_512),
        (resnet18, "C", 12_043_816),
        (resnet34, "A", 21_623_848),
        (resnet34, "B", 21_797_672),
        (resnet34, "C", 22_716_840),
    ],
)
def test_projections_cost_parameters(build, shortcuts, count):
    assert build(shortcuts=shortcuts, rng=blank_rng()).num_parameters() == count


def test_the_plain_network_has_the_parameters_of_option_a():
    plain = resnet18(residual=False, rng=blank_rng())
    assert plain.num_parameters() == 11_515_688
    assert not [name for name, _ in plain.named_modules() if "downsample" in name]


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)
def test_small_networks_have_the_papers_counts(depth, millions):
    """Table 6 of the paper."""
    count = cifar_resnet(depth, rng=blank_rng()).num_parameters()
    digits = 1 if depth == 110 else 2
    assert round(count / 1e6, digits) == millions


def test_depth_counts_convolutions_and_the_linear_layer():
    model = cifar_resnet(20, rng=blank_rng())
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == 20
    assert cifar_resnet(20, rng=blank_rng()).num_parameters() == 269_722


@pytest.mark.parametrize("size", [8, 9, 32])
def test_small_stem_takes_small_images(size, rng):
    model = cifar_resnet(8, 5, in_channels=1, width=3, rng=rng).eval()
    with no_grad():
        y = model(Tensor(np.zeros((2, 1, size, size), np.float32)))
    assert y.shape == (2, 5)


def test_convolutions_start_by_the_rule_of_he_from_the_fan_out(rng):
    model = cifar_resnet(8, width=32, rng=rng)
    weight = model.layer2[0].conv1.weight.data  # (64, 32, 3, 3)
    assert weight.std() == pytest.approx(np.sqrt(2 / (64 * 9)), rel=0.03)
    assert abs(weight.mean()) < 0.002
    kurtosis = ((weight / weight.std()) ** 4).mean()
    assert kurtosis == pytest.approx(3, abs=0.2)  # normal, not uniform


def test_zero_init_makes_every_block_start_as_its_shortcut(rng):
    for block in (BasicBlock, Bottleneck):
        model = ResNet(block, (1, 1), 3, width=2, zero_init_residual=True, rng=rng)
        last = "bn2" if block is BasicBlock else "bn3"
        for layer in (model.layer1[0], model.layer2[0]):
            np.testing.assert_array_equal(getattr(layer, last).weight.data, 0)
            np.testing.assert_array_equal(layer.bn1.weight.data, 1)


def test_normalization_can_be_left_out(rng):
    model = cifar_resnet(8, norm_layer=lambda channels: nn.Identity(), rng=rng)
    assert not list(model.buffers())


def test_option_a_pads_with_zeros(rng):
    x = Tensor(rng.standard_normal((1, 2, 5, 4)))
    y = ZeroPadShortcut(2, 3, 2)(x).data
    np.testing.assert_array_equal(y[:, :2], x.data[:, :, ::2, ::2])
    np.testing.assert_array_equal(y[:, 2:], np.zeros((1, 1, 3, 2)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: cifar_resnet(18), "6n . 2, such as 8, 14 or 20, got 18"),
        (lambda: cifar_resnet(2), "got 2"),
        (lambda: cifar_resnet(8, shortcuts="D"), '"A", "B" or "C", got \'D\''),
        (lambda: resnet18(stem="tiny"), "stem must be .* got 'tiny'"),
        (lambda: ResNet(BasicBlock, ()), r"at least 1, got \(\)"),
        (lambda: ResNet(BasicBlock, (1, 0)), r"at least 1, got \(1, 0\)"),
        (lambda: ZeroPadShortcut(3, 2, 1), "at least in_channels = 3, got 2"),
    ],
)
def test_wrong_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
