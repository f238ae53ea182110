"""Every network has torchvision's parameters: names, shapes, order and number."""

import pytest

from dlbook import models

# Not from the record: "num_params" of torchvision's published weights, as its
# documentation shows them. Of GoogLeNet with auxiliary classifiers it shows none; two
# of them have 6,379,984: 128 (512 + 2) and 128 (528 + 2) before the linear layers, and
# 2048 x 1024 + 1024 and 1024 x 1000 + 1000 in each.
DOCUMENTED = {
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg11_bn": 132_868_840,
    "vgg13": 133_047_848,
    "vgg13_bn": 133_053_736,
    "vgg16": 138_357_544,
    "vgg16_bn": 138_365_992,
    "vgg19": 143_667_240,
    "vgg19_bn": 143_678_248,
    "googlenet": 6_624_904,
    "googlenet_aux": 13_004_888,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "densenet121": 7_978_856,
    "densenet161": 28_681_000,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
}


def build(name):
    """Return our network at its published size, all zeros."""
    options = {"rng": models.blank_rng()}
    if name.startswith("vgg"):
        options["init_weights"] = False  # more zeros would take their time
    if name == "googlenet_aux":
        name, options["aux_logits"] = "googlenet", True
    return getattr(models, name)(**options)


def test_every_network_is_recorded():
    assert models.published_names() == list(DOCUMENTED)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if count > 2.6e7 else name
        for name, count in DOCUMENTED.items()
    ],
)
def test_names_shapes_and_order_are_torchvisions(name):
    model, record = build(name), models.published(name)
    parameters, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    shapes = {key: t.shape for key, t in (parameters | buffers).items()}
    assert shapes == record.shapes
    assert list(parameters) == [key for key in record.shapes if key in parameters]
    assert list(buffers) == [key for key in record.shapes if key in buffers]
    assert model.num_parameters() == record.parameters == DOCUMENTED[name]
    if record.parameters < 3e7:  # state_dict copies all numbers
        assert list(model.state_dict()) == list(record.shapes)


def test_a_record_says_where_it_comes_from():
    record = models.published("resnet18")
    assert record.name == "resnet18"
    assert record.source.startswith("torchvision 0.")
    assert record.shapes["layer2.0.downsample.0.weight"] == (128, 64, 1, 1)


def test_what_is_not_recorded_is_named():
    with pytest.raises(ValueError, match="nothing is recorded of 'resnet19', but of "):
        models.published("resnet19")
