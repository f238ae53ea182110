"""Structured pruning: torch's masks; whole outputs with their biases."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import prune

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression import (
    channel_norms,
    custom_from_mask,
    ln_structured,
    mask_of,
    prune_outputs,
    pruned_channels,
    random_structured,
)
from tests.compression.test_pruning import pair, same_mask

AMOUNTS = st.one_of(st.integers(0, 1), st.floats(0, 0.7))


@given(
    seed=st.integers(0, 100),
    amounts=st.lists(AMOUNTS, min_size=1, max_size=3),
    n=st.sampled_from([1, 2, 3, math.inf]),
    axis=st.sampled_from([0, 1, 2, -1]),
)
def test_ln_is_torchs_also_in_turn(seed, amounts, n, axis):
    ours, theirs = pair(seed, "Conv2d", 3, 4, 5)
    for amount in amounts:
        assert ln_structured(ours, "weight", amount, n, axis) is ours
        prune.ln_structured(theirs, "weight", amount, n=n, dim=axis)
        same_mask(ours, theirs)


@given(seed=st.integers(0, 100))
def test_after_unstructured_pruning_too(seed):
    ours, theirs = pair(seed, "Linear", 6, 5)
    kept = np.random.default_rng(seed).random((5, 6)) < 0.4
    custom_from_mask(ours, "weight", kept)
    prune.custom_from_mask(theirs, "weight", torch.from_numpy(kept))
    for axis in (0, 1):
        ln_structured(ours, "weight", 0.4, 1, axis)
        prune.ln_structured(theirs, "weight", 0.4, n=1, dim=axis)
        same_mask(ours, theirs)


def test_scores_as_a_list():
    layer = nn.Linear(2, 2, rng=0)
    ln_structured(layer, "weight", 1, importance_scores=[[3, 1], [1, 1]])
    np.testing.assert_array_equal(pruned_channels(layer, "weight"), [False, True])


def test_scores_of_its_own():
    ours, theirs = pair(0, "Linear", 6, 5)
    scores = np.random.default_rng(1).standard_normal((5, 6)).astype(np.float32)
    ln_structured(ours, "weight", 2, importance_scores=Tensor(scores))
    prune.ln_structured(
        theirs, "weight", 2, n=2, dim=0, importance_scores=torch.from_numpy(scores)
    )
    same_mask(ours, theirs)


@given(seed=st.integers(0, 30), amount=AMOUNTS, axis=st.integers(-4, 3))
def test_random_prunes_as_many_channels_as_torch(seed, amount, axis):
    ours, theirs = pair(seed, "Conv2d", 3, 4, 5)
    for _ in range(2):
        random_structured(ours, "weight", amount, axis, rng=seed)
        prune.random_structured(theirs, "weight", amount, dim=axis)
        gone = pruned_channels(ours, "weight", axis)
        expected = theirs.weight_mask.movedim(axis, 0).flatten(1).any(1)
        assert gone.sum() == (~expected).sum()
        assert mask_of(ours, "weight").sum() == theirs.weight_mask.sum()


def test_random_takes_any_channel():
    counts = np.zeros(4)
    for seed in range(200):
        layer = nn.Linear(3, 4, rng=0)
        random_structured(layer, "weight", 1, rng=seed)
        counts += pruned_channels(layer, "weight")
    assert abs(counts - 50).max() < 31  # 5 standard deviations


def test_norms_by_hand():
    weight = np.array([[3.0, -4.0], [1.0, 1.0]])
    np.testing.assert_allclose(channel_norms(weight), [5, math.sqrt(2)])
    np.testing.assert_allclose(channel_norms(weight, 1), [7, 2])
    np.testing.assert_allclose(channel_norms(weight, math.inf), [4, 1])
    np.testing.assert_allclose(channel_norms(weight, 1, axis=1), [4, 5])


def test_an_output_is_0_and_stays_constant_without_its_bias():
    layer, weights_alone = nn.Conv2d(2, 4, 3, rng=0), nn.Conv2d(2, 4, 3, rng=0)
    x = Tensor(np.random.default_rng(0).standard_normal((2, 2, 5, 5)).astype("f"))
    left = prune_outputs(layer, 2, 1)
    ln_structured(weights_alone, "weight", 2, 1)
    assert left.sum() == 2
    np.testing.assert_array_equal(left, ~pruned_channels(weights_alone, "weight"))
    assert not layer(x).data[:, ~left].any()
    constant = weights_alone(x).data[:, ~left]
    assert (constant == constant[:1, :, :1, :1]).all()
    assert constant.all()
    assert layer(x).data[:, left].all()
    np.testing.assert_array_equal(prune_outputs(layer, 0), left)


def test_outputs_by_scores_without_bias_and_with_a_norm():
    layer = nn.Linear(3, 4, bias=False, rng=0)
    left = prune_outputs(layer, 0.5, scores=[4, 1, 3, 2])
    np.testing.assert_array_equal(left, [True, False, True, False])
    np.testing.assert_array_equal(pruned_channels(layer, "weight"), ~left)
    layer, norm = nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4)
    norm.bias.data[...] = 1
    left = prune_outputs(layer, 1, norm=norm)
    x = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)
    out = norm(layer(Tensor(x))).data
    assert not out[:, ~left].any()
    assert out[:, left].all()


def test_bad_input():
    layer = nn.Linear(3, 4, rng=0)
    with pytest.raises(ValueError, match="at least two axes"):
        ln_structured(layer, "bias", 1)
    with pytest.raises(ValueError, match="axis 2 is not there"):
        ln_structured(layer, "weight", 1, axis=2)
    with pytest.raises(ValueError, match="axis -3 is not there"):
        random_structured(layer, "weight", 1, -3)
    with pytest.raises(TypeError, match="axis must be an int"):
        ln_structured(layer, "weight", 1, axis=True)
    with pytest.raises(TypeError, match="n must be a number"):
        ln_structured(layer, "weight", 1, "fro")
    for n in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="must be positive"):
            ln_structured(layer, "weight", 1, n)
    with pytest.raises(ValueError, match="int 5, a number, expected 0 to 4"):
        ln_structured(layer, "weight", 5)
    with pytest.raises(ValueError, match=r"shape \(3, 4\), expected \(4, 3\)"):
        ln_structured(layer, "weight", 1, importance_scores=np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(4,\)"):
        prune_outputs(layer, 1, scores=np.ones(3))
    with pytest.raises(ValueError, match="finite"):
        prune_outputs(layer, 1, scores=[1, 2, 3, np.nan])
    layer.weight.data[0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        ln_structured(layer, "weight", 1)
    assert sorted(layer.state_dict()) == ["bias", "weight"]
