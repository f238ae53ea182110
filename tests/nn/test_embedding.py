"""Embedding as a layer: initial table, padding row, pretrained tables, training."""

import numpy as np
import pytest
import torch

from dlbook import nn, optim
from dlbook.autograd import Tensor


def test_the_table_is_drawn_from_a_standard_normal_distribution():
    weight = nn.Embedding(500, 200, rng=0).weight.data
    assert weight.dtype == np.float32
    assert abs(weight.mean()) < 4 / np.sqrt(weight.size)
    assert abs(weight.std() - 1) < 0.01
    inside = [np.mean(np.abs(weight) < k) for k in (1, 2, 3)]
    np.testing.assert_allclose(inside, [0.6827, 0.9545, 0.9973], atol=0.005)


def test_the_generator_passed_in_decides():
    one, same = (nn.Embedding(4, 3, rng=r) for r in (7, np.random.default_rng(7)))
    np.testing.assert_array_equal(one.weight.data, same.weight.data)
    assert (nn.Embedding(4, 3).weight.data != nn.Embedding(4, 3).weight.data).all()


@pytest.mark.parametrize("padding_idx", [0, 2, -1, -3])
def test_the_padding_row_starts_at_0_and_stays(padding_idx):
    layer = nn.Embedding(3, 2, padding_idx=padding_idx, rng=0)
    assert layer.padding_idx == padding_idx % 3
    zero_rows = np.flatnonzero((layer.weight.data == 0).all(axis=1))
    assert zero_rows.tolist() == [padding_idx % 3]
    before = layer.weight.data.copy()
    layer([0, 1, 2]).sum().backward()
    optim.SGD(layer.parameters(), lr=0.1).step()
    changed = (layer.weight.data != before).all(axis=1)
    assert changed.tolist() == [row != padding_idx % 3 for row in range(3)]


def test_only_rows_looked_up_are_trained():
    layer = nn.Embedding(4, 2, rng=0)
    layer(np.array([[1, 3], [1, 1]])).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad[:, 0], [0, 3, 0, 1])


def test_a_pretrained_table_is_copied_and_frozen():
    table = np.arange(6.0).reshape(3, 2)
    layer = nn.Embedding.from_pretrained(table)
    np.testing.assert_array_equal(layer.weight.data, table)
    assert layer.weight.dtype == np.float64
    assert not layer.weight.requires_grad
    assert not layer([0, 1]).requires_grad
    table[...] = 0
    assert layer.weight.data.any()
    assert (layer.num_embeddings, layer.embedding_dim) == (3, 2)


def test_a_pretrained_table_may_be_trained_with_every_option():
    table = np.random.default_rng(0).standard_normal((4, 3))
    options = {
        "freeze": False,
        "padding_idx": -1,
        "max_norm": 1.0,
        "norm_type": 1.0,
        "scale_grad_by_freq": True,
    }
    ours = nn.Embedding.from_pretrained(table, **options)
    theirs = torch.nn.Embedding.from_pretrained(torch.tensor(table), **options)
    assert ours.padding_idx == theirs.padding_idx == 3
    np.testing.assert_array_equal(ours.weight.data[3], table[3])  # not zeroed, as torch
    indices = np.array([0, 3, 3, 0, 2])
    y, expected = ours(indices), theirs(torch.tensor(indices))
    np.testing.assert_allclose(y.data, expected.detach(), rtol=1e-12)
    y.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad, rtol=1e-12)
    np.testing.assert_allclose(ours.weight.data, theirs.weight.detach(), rtol=1e-12)


def test_a_pretrained_table_may_be_a_list_or_a_tensor():
    for table in ([[1.0, 2.0]], Tensor([[1.0, 2.0]])):
        layer = nn.Embedding.from_pretrained(table)
        assert layer.weight.dtype == np.float32
        np.testing.assert_array_equal(layer([0, 0]).data, [[1, 2], [1, 2]])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding_idx": 0},
        {"max_norm": 1.0},
        {"padding_idx": 1, "max_norm": 0.5, "norm_type": 1.0},
        {"scale_grad_by_freq": True},
    ],
)
def test_repr_is_that_of_torch_with_a_count(options):
    ours, theirs = nn.Embedding(4, 3, **options), torch.nn.Embedding(4, 3, **options)
    assert repr(ours) == f"{theirs}  # 12 parameters"
