"""The networks of MNIST-1D: published counts, and twins in torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dlbook.autograd import Tensor
from dlbook.models import MNIST1DMLP, MNIST1DConv
from tests.models.twin import assert_equal_to_twin


class TorchConv(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv1d(1, 25, 5, stride=2, padding=1)
        self.conv2 = torch.nn.Conv1d(25, 25, 3, stride=2, padding=1)
        self.conv3 = torch.nn.Conv1d(25, 25, 3, stride=2, padding=1)
        self.linear = torch.nn.Linear(125, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x[:, None]))
        x = F.relu(self.conv3(F.relu(self.conv2(x))))
        return self.linear(x.flatten(1))


class TorchMLP(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = torch.nn.Linear(40, 100)
        self.linear2 = torch.nn.Linear(100, 100)
        self.linear3 = torch.nn.Linear(100, 10)

    def forward(self, x):
        x = F.relu(self.linear1(x))
        return self.linear3(x + F.relu(self.linear2(x)))


@pytest.mark.parametrize(
    ("ours", "theirs"), [(MNIST1DConv, TorchConv), (MNIST1DMLP, TorchMLP)]
)
def test_outputs_and_gradients_are_torchs(ours, theirs, rng):
    x = rng.standard_normal((3, 40))
    assert_equal_to_twin(ours(rng=rng), theirs(), x, rng)


def test_counts():
    assert MNIST1DConv().num_parameters() == 5210
    assert MNIST1DMLP().num_parameters() == 15_210


@pytest.mark.parametrize("length", [3, 4, 5, 6, 7, 8, 9, 10, 39, 41])
def test_every_length_fits(length, rng):
    x = Tensor(np.zeros((2, length), np.float32))
    assert MNIST1DConv(7, length=length, channels=2, rng=rng)(x).shape == (2, 7)
    assert MNIST1DMLP(7, length=length, hidden=5, rng=rng)(x).shape == (2, 7)


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="length must be at least 3, got 2"):
        MNIST1DConv(length=2)
    with pytest.raises(ValueError, match=r"shape \(2, 39\), expected \(N, 40\)"):
        MNIST1DConv()(Tensor(np.zeros((2, 39), np.float32)))
