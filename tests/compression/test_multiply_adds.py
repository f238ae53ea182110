"""Multiply-adds: as computed by hand, and as torch counts them."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression import (
    add_lora,
    count_multiply_adds,
    global_unstructured,
    prunable,
    prune_outputs,
    shrink,
)
from dlbook.models import LeNet5


def images(batch=1, size=32, channels=1):
    return np.zeros((batch, channels, size, size), np.float32)


def test_lenet_by_hand():
    costs = count_multiply_adds(LeNet5(rng=0), images())
    assert [(c.name, c.op, c.dense) for c in costs] == [
        ("conv1.weight", "conv2d", 28 * 28 * 6 * 25),
        ("conv2.weight", "conv2d", 10 * 10 * 16 * 150),
        ("fc1.weight", "linear", 400 * 120),
        ("fc2.weight", "linear", 120 * 84),
        ("fc3.weight", "linear", 84 * 10),
    ]
    assert all(c.nonzero == c.dense for c in costs)
    double = count_multiply_adds(LeNet5(rng=0), Tensor(images(2)))
    assert [c.dense for c in double] == [2 * c.dense for c in costs]


KINDS = {
    "linear": (lambda n: n.Linear(6, 3), (4, 5, 6)),
    "conv1d": (lambda n: n.Conv1d(4, 6, 3, stride=2, groups=2), (2, 4, 9)),
    "conv2d": (lambda n: n.Conv2d(4, 6, (3, 2), padding=1, dilation=2), (2, 4, 9, 8)),
    "conv3d": (lambda n: n.Conv3d(2, 3, 2), (1, 2, 4, 5, 4)),
    "transposed": (
        lambda n: n.ConvTranspose2d(4, 6, 3, stride=2, groups=2),
        (2, 4, 5, 5),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_half_of_torchs_flops(kind):
    make, shape = KINDS[kind]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        make(torch.nn)(torch.zeros(shape))
    (cost,) = count_multiply_adds(make(nn), np.zeros(shape, np.float32))
    assert 2 * cost.dense == 2 * cost.nonzero == counter.get_total_flops()


def test_zeros_are_told_apart_masked_or_not():
    model = LeNet5(rng=0)
    model.fc3.weight.data[:5] = 0
    global_unstructured(prunable(model, skip=["fc3"]), amount=0.9)
    costs = {c.name: c for c in count_multiply_adds(model, images())}
    assert costs["fc3.weight"] == ("fc3.weight", "linear", 840, 420)
    kept = int(model.conv1.weight_mask.data.sum())
    assert costs["conv1.weight"].nonzero == 28 * 28 * kept
    dense = count_multiply_adds(LeNet5(rng=0), images())
    assert [c.dense for c in dense] == [c.dense for c in costs.values()]


def test_shrinking_saves_dense_products():
    model = LeNet5(rng=0)
    prune_outputs(model.conv2, 8)
    before = {c.name: c for c in count_multiply_adds(model, images())}
    assert before["conv2.weight"].nonzero * 2 == before["conv2.weight"].dense
    assert before["fc1.weight"].nonzero == before["fc1.weight"].dense  # reads zeros
    shrink([model.conv2, model.fc1])
    after = {c.name: c for c in count_multiply_adds(model, images())}
    for name in ("conv2.weight", "fc1.weight"):
        assert 2 * after[name].dense == before[name].dense


def test_products_of_matrices_frozen_parameters_and_twice_used_layers():
    class Twice(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(4, 4, rng=0).requires_grad_(False)
            self.matrix = nn.Parameter(np.eye(4, dtype=np.float32))

        def forward(self, x):
            y = self.layer(self.layer(x)) @ self.matrix.T
            return y @ y.T

    model = Twice()
    costs = count_multiply_adds(model, np.ones((3, 4), np.float32))
    assert [(c.name, c.dense, c.nonzero) for c in costs] == [
        ("layer.weight", 48, 48),
        ("layer.weight", 48, 48),
        ("matrix", 48, 12),
        ("matmul", 36, 36),
    ]
    assert not model.layer.weight.requires_grad
    assert model.matrix.requires_grad
    batched = nn.Sequential(nn.Linear(4, 4, rng=0))
    batched.forward = lambda x: batched[0](x) @ batched[0](x).mT
    last = count_multiply_adds(batched, np.ones((2, 3, 4), np.float32))[-1]
    assert (last.dense, last.nonzero) == (2 * 3 * 3 * 4,) * 2


def test_lora_costs_more_until_merged():
    model = nn.Sequential(nn.Linear(8, 6, rng=0))
    add_lora(model, 2, rng=0)
    costs = count_multiply_adds(model, np.ones((1, 8), np.float32))
    assert sum(c.dense for c in costs) == 48 + 2 * 8 + 2 * 6
    assert {c.name for c in costs} == {"0.base.weight", "0.lora_A", "0.lora_B"}


def test_bad_input():
    lstm, output = nn.LSTM(3, 4, rng=0), nn.Sequential(nn.Identity())
    output.forward = lambda x: lstm(x)[0]
    output.lstm = lstm
    with pytest.raises(NotImplementedError, match="inside lstm"):
        count_multiply_adds(output, np.ones((2, 1, 3), np.float32))
    with pytest.raises(TypeError, match="must return a Tensor, got tuple"):
        count_multiply_adds(nn.LSTM(3, 4, rng=0), np.ones((2, 1, 3), np.float32))
    model = LeNet5(rng=0).requires_grad_(False)
    with pytest.raises(ValueError, match="x has shape"):
        count_multiply_adds(model, images(size=8))
    assert not any(p.requires_grad for p in model.parameters())
