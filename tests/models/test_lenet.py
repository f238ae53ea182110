"""LeNet-5: parameter counts, sizes of images, and a twin in torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.models import LeNet5
from tests.models.twin import assert_equal_to_twin


class TorchLeNet5(torch.nn.Module):
    def __init__(self, modern, kernel, padding, features):
        super().__init__()
        self.modern = modern
        self.conv1 = torch.nn.Conv2d(1, 6, kernel, padding=padding[0])
        self.conv2 = torch.nn.Conv2d(6, 16, kernel, padding=padding[1])
        self.fc1 = torch.nn.Linear(features, 120)
        self.fc2 = torch.nn.Linear(120, 84)
        self.fc3 = torch.nn.Linear(84, 10)

    def forward(self, x):
        activation = F.relu if self.modern else torch.tanh
        pool = F.max_pool2d if self.modern else F.avg_pool2d
        x = pool(activation(self.conv1(x)), 2)
        x = pool(activation(self.conv2(x)), 2)
        x = activation(self.fc1(x.flatten(1)))
        return self.fc3(activation(self.fc2(x)))


GEOMETRY = {32: (5, (0, 0), 400), 28: (5, (2, 0), 400), 8: (3, (1, 1), 64)}


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("size", GEOMETRY)
def test_outputs_and_gradients_are_torchs(size, modern, rng):
    model = LeNet5(modern=modern, input_size=size, rng=rng)
    x = rng.standard_normal((2, 1, size, size))
    twin = TorchLeNet5(modern, *GEOMETRY[size])
    assert_equal_to_twin(model, twin, x, rng)


@pytest.mark.parametrize("modern", [False, True])
@pytest.mark.parametrize("size", [28, 32])
def test_both_forms_have_61706_parameters(size, modern):
    model = LeNet5(modern=modern, input_size=size)
    counts = [sum(p.size for p in layer.parameters()) for layer in model.children()]
    assert [count for count in counts if count] == [156, 2416, 48120, 10164, 850]
    assert model.num_parameters() == 61_706


def test_the_differences_to_the_paper_add_up_to_60000():
    """C3 by table I, trained S2 and S4, no trained output layer."""
    maps_seen = [3] * 6 + [4] * 9 + [6]
    c3 = sum(25 * seen + 1 for seen in maps_seen)
    assert c3 == 1516
    assert 61_706 - (2416 - c3) + 12 + 32 - 850 == 60_000


def test_sizes_can_be_chosen(rng):
    model = LeNet5(3, in_channels=2, channels=(4, 5), hidden=(7, 6), rng=rng)
    assert model(Tensor(np.zeros((2, 2, 32, 32), np.float32))).shape == (2, 3)
    assert [p.shape for p in model.parameters()][::2] == [
        (4, 2, 5, 5),
        (5, 4, 5, 5),
        (7, 125),
        (6, 7),
        (3, 6),
    ]


def test_the_modern_form_has_relu_and_max_pooling():
    classic, modern = LeNet5(), LeNet5(modern=True)
    assert isinstance(classic.activation, nn.Tanh)
    assert isinstance(classic.pool, nn.AvgPool2d)
    assert isinstance(modern.activation, nn.ReLU)
    assert isinstance(modern.pool, nn.MaxPool2d)


def test_a_seed_gives_the_same_weights():
    one, other = LeNet5(rng=3).state_dict(), LeNet5(rng=3).state_dict()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])
    assert not np.array_equal(one["fc1.weight"], LeNet5(rng=4).fc1.weight.data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_size": 30}, r"input_size must be one of \[32, 28, 8\], got 30"),
        ({"channels": (6, 16, 120)}, r"two numbers each, got \(6, 16, 120\)"),
        ({"hidden": (120,)}, r"two numbers each, got .* and \(120,\)"),
        ({"in_channels": 0}, "in_channels must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        LeNet5(**options)


@pytest.mark.parametrize("shape", [(2, 1, 28, 28), (1, 32, 32), (2, 1, 32, 28)])
def test_images_of_another_size_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected \(N, C, 32, 32\)"):
        LeNet5()(Tensor(np.zeros(shape, np.float32)))
