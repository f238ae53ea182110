"""Low rank: Eckart and Young's error, layers that compute it, ranks chosen by it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression import (
    break_even_rank,
    custom_from_mask,
    factorize_conv2d,
    factorize_linear,
    rank_for_energy,
    rank_for_error,
    truncated_svd,
)


def matrix(rows=6, columns=9, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, columns))


@given(
    rows=st.integers(1, 7),
    columns=st.integers(1, 7),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_the_error_is_that_of_the_singular_values_left_out(rows, columns, seed, data):
    w = matrix(rows, columns, seed)
    rank = data.draw(st.integers(1, min(rows, columns)))
    left, right = truncated_svd(w, rank)
    assert (left.shape, right.shape) == ((rows, rank), (rank, columns))
    sigma = np.linalg.svd(w, compute_uv=False)
    error = np.linalg.norm(w - left @ right)
    np.testing.assert_allclose(error, np.linalg.norm(sigma[rank:]), atol=1e-10)
    # both factors are as large, and nothing near them is better
    np.testing.assert_allclose(np.linalg.norm(left), np.linalg.norm(right))
    rng = np.random.default_rng(seed)
    for _ in range(3):
        other = left + 0.1 * rng.standard_normal(left.shape)
        assert np.linalg.norm(w - other @ right) >= error - 1e-12


def test_as_good_as_torchs():
    w = matrix(8, 5)
    left, right = truncated_svd(w, 2)
    u, s, vh = torch.linalg.svd(torch.from_numpy(w), full_matrices=False)
    theirs = (u[:, :2] * s[:2]) @ vh[:2]
    np.testing.assert_allclose(left @ right, theirs.numpy(), rtol=1e-10)
    assert truncated_svd(w.astype(np.float32), 2)[0].dtype == np.float32


def test_ranks_by_hand():
    sigma = [4.0, 2.0, 2.0, 1.0]  # squares 16, 4, 4, 1: 25
    assert rank_for_energy(sigma, 0.6) == 1
    assert rank_for_energy(sigma, 0.65) == 2
    assert rank_for_energy(sigma, 0.9) == 3
    assert rank_for_energy(sigma, 1.0) == 4
    assert rank_for_error(sigma, 0.61) == 1
    assert rank_for_error(sigma, 0.59) == 2
    assert rank_for_error(sigma, 0.21) == 3
    assert rank_for_error(sigma, 0.0) == 4
    assert rank_for_error([3.0, 0.0, 0.0], 0.0) == 1
    assert rank_for_error([0.0, 0.0], 0.5) == 1


@given(seed=st.integers(0, 99), error=st.floats(0.01, 0.99))
def test_the_smallest_rank_within_the_error(seed, error):
    w = matrix(seed=seed)
    sigma = np.linalg.svd(w, compute_uv=False)
    rank = rank_for_error(sigma, error)

    def lost(r):
        return np.linalg.norm(sigma[r:]) / np.linalg.norm(sigma)

    assert lost(rank) <= error
    assert rank == 1 or lost(rank - 1) > error
    assert rank_for_energy(sigma, 1 - error**2) in (rank, rank + 1)  # rounding


@given(rows=st.integers(1, 40), columns=st.integers(1, 40))
def test_break_even(rows, columns):
    rank = break_even_rank(rows, columns)
    assert rank * (rows + columns) < rows * columns
    assert (rank + 1) * (rows + columns) >= rows * columns


def test_no_weight_is_saved_at_break_even():
    assert break_even_rank(2, 2) == 0  # rank 1 has as many
    assert break_even_rank(12, 6) == 3  # rank 4 has as many
    assert break_even_rank(784, 300) == 216


@pytest.mark.parametrize("bias", [True, False])
def test_two_linear_layers(bias):
    layer = nn.Linear(9, 6, bias=bias, rng=0)
    x = Tensor(matrix(4, 9).astype(np.float32))
    before = layer.state_dict()
    full = factorize_linear(layer, rank=6)
    np.testing.assert_allclose(full(x).data, layer(x).data, atol=1e-5)
    small = factorize_linear(layer, rank=2)
    left, right = truncated_svd(layer.weight.data, 2)
    expected = x.data @ (left @ right).T + (layer.bias.data if bias else 0)
    np.testing.assert_allclose(small(x).data, expected, atol=1e-5)
    assert small.num_parameters() == 2 * (9 + 6) + 6 * bias
    assert [name for name, _ in small.named_parameters()] == [
        "0.weight",
        "1.weight",
        *["1.bias"] * bias,
    ]
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    for parameter in small.parameters():
        parameter.data[...] = 0  # none is shared
    assert layer.weight.data.any()
    sigma = np.linalg.svd(layer.weight.data, compute_uv=False)
    for options, rank in (
        ({"energy": 0.8}, rank_for_energy(sigma, 0.8)),
        ({"error": 0.3}, rank_for_error(sigma, 0.3)),
    ):
        assert factorize_linear(layer, **options)[0].out_features == rank
    double = factorize_linear(layer.to(np.float64), rank=3)
    assert {p.dtype for p in double.parameters()} == {np.dtype(np.float64)}


def test_a_masked_layer_is_factorized_as_it_computes():
    layer = nn.Linear(9, 6, rng=0)
    custom_from_mask(layer, "weight", np.arange(54).reshape(6, 9) % 2)
    custom_from_mask(layer, "bias", np.arange(6) % 2)
    x = Tensor(matrix(4, 9).astype(np.float32))
    both = factorize_linear(layer, rank=6)
    np.testing.assert_allclose(both(x).data, layer(x).data, atol=1e-5)


CONVOLUTIONS = {
    "plain": {},
    "options": {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    "same": {"padding": "same"},
    "valid": {"padding": "valid", "bias": False},
    "reflect": {"padding": (2, 1), "padding_mode": "reflect"},
    "circular": {"padding": 1, "padding_mode": "circular", "stride": 2},
}


@pytest.mark.parametrize("scheme", ["channels", "spatial"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_two_convolutions_of_full_rank_are_the_one(name, scheme):
    layer = nn.Conv2d(3, 4, (3, 2), rng=0, **CONVOLUTIONS[name]).to(np.float64)
    x = Tensor(np.random.default_rng(0).standard_normal((2, 3, 7, 9)))
    rank = 4 if scheme == "channels" else 8
    both = factorize_conv2d(layer, rank=rank, scheme=scheme)
    np.testing.assert_allclose(both(x).data, layer(x).data, atol=1e-12)
    small = factorize_conv2d(layer, rank=2, scheme=scheme)
    weights = 2 * (3 * 6 + 4) if scheme == "channels" else 2 * (3 * 3 + 4 * 2)
    biases = 0 if layer.bias is None else 4
    assert small.num_parameters() == weights + biases
    assert small(x).shape == layer(x).shape
    assert small(x).dtype == np.float64


def test_the_error_of_a_convolution_is_eckart_and_youngs():
    layer = nn.Conv2d(3, 4, (3, 2), rng=0).to(np.float64)
    weight = layer.weight.data
    for scheme in ("channels", "spatial"):
        first, second = factorize_conv2d(layer, rank=2, scheme=scheme)
        a, b = first.weight.data, second.weight.data
        pattern = "rcyx,or->ocyx" if scheme == "channels" else "rcy,orx->ocyx"
        a, b = (a, b[:, :, 0, 0]) if scheme == "channels" else (a[..., 0], b[:, :, 0])
        error = np.linalg.norm(weight - np.einsum(pattern, a, b))
        rows = weight.reshape(4, -1)
        if scheme == "spatial":
            rows = weight.transpose(0, 3, 1, 2).reshape(8, 9)
        sigma = np.linalg.svd(rows, compute_uv=False)
        assert math.isclose(error, np.linalg.norm(sigma[2:]), rel_tol=1e-10)
    assert factorize_conv2d(layer, energy=1.0)[0].out_channels == 4


def test_bad_input():
    for rank, message in (
        (0, "at least 1"),
        (7, r"at most 6 for shape \(6, 9\), got 7"),
    ):
        with pytest.raises(ValueError, match=message):
            truncated_svd(matrix(), rank)
    with pytest.raises(TypeError, match="rank must be an int"):
        truncated_svd(matrix(), 2.0)
    with pytest.raises(ValueError, match="expected two axes"):
        truncated_svd(np.ones(3), 1)
    with pytest.raises(ValueError, match="finite"):
        truncated_svd(matrix() * np.nan, 1)
    for share in (0, 1.1, -1):
        with pytest.raises(ValueError, match="share must lie"):
            rank_for_energy([1.0], share)
    for error in (1, -0.1):
        with pytest.raises(ValueError, match="error must lie"):
            rank_for_error([1.0], error)
    for sigma in ([1.0, 2.0], [], [[1.0]]):
        with pytest.raises(ValueError, match="largest first"):
            rank_for_error(sigma, 0.1)
    layer, conv = nn.Linear(3, 2, rng=0), nn.Conv2d(2, 2, 3, rng=0)
    for options in ({}, {"rank": 1, "error": 0.5}, {"energy": 0.5, "error": 0.5}):
        with pytest.raises(ValueError, match="give one of rank, energy and error"):
            factorize_linear(layer, **options)
    with pytest.raises(TypeError, match="must be a Linear, got Conv2d"):
        factorize_linear(conv, rank=1)
    with pytest.raises(TypeError, match="must be a Conv2d, got Linear"):
        factorize_conv2d(layer, rank=1)
    with pytest.raises(ValueError, match="groups=2, expected 1"):
        factorize_conv2d(nn.Conv2d(2, 2, 3, groups=2), rank=1)
    with pytest.raises(ValueError, match="scheme must be"):
        factorize_conv2d(conv, rank=1, scheme="both")
    with pytest.raises(ValueError, match="columns must be at least 1"):
        break_even_rank(3, 0)
    with pytest.raises(ValueError, match="rows must be at least 1"):
        break_even_rank(0, 3)
