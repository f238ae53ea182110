"""N:M: N of every M neighbors, and always the largest; torch's where it has it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.ao.pruning import WeightNormSparsifier

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression import l1_unstructured, mask_of, n_m_mask, n_m_structured


@given(
    seed=st.integers(0, 100),
    form=st.sampled_from([(1, 2), (2, 4), (1, 4), (3, 4), (4, 4), (0, 2), (2, 6)]),
    axis=st.integers(-3, 2),
)
def test_n_of_every_m_and_the_largest(seed, form, axis):
    n, m = form
    weight = np.random.default_rng(seed).standard_normal((12, 12, 12))
    mask = n_m_mask(weight, n, m, axis)
    groups = np.moveaxis(mask, axis, -1).reshape(-1, m)
    assert (groups.sum(axis=1) == n).all()
    values = np.abs(np.moveaxis(weight, axis, -1).reshape(-1, m))
    for group, value in zip(groups, values, strict=True):
        if 0 < n < m:
            assert value[group].min() > value[~group].max()


def test_by_hand():
    weight = np.array([[1.0, -4, 2, 3, 0, 0, 0, 0]])
    expected = [[False, True, False, True, True, True, False, False]]
    np.testing.assert_array_equal(n_m_mask(weight), expected)
    np.testing.assert_array_equal(n_m_mask(weight.T, axis=0), np.transpose(expected))


def test_equal_to_torchs_blocks():
    theirs = torch.nn.Sequential(torch.nn.Linear(16, 6, bias=False))
    ours = nn.Linear(16, 6, bias=False, rng=0)
    with torch.no_grad():
        theirs[0].weight.copy_(torch.from_numpy(ours.weight.data))
    sparsifier = WeightNormSparsifier(
        sparsity_level=1.0, sparse_block_shape=(1, 4), zeros_per_block=2
    )
    sparsifier.prepare(theirs, [{"tensor_fqn": "0.weight"}])
    sparsifier.step()
    n_m_structured(ours, "weight", 2, 4)
    expected = theirs[0].parametrizations.weight[0].mask.numpy()
    np.testing.assert_array_equal(mask_of(ours, "weight"), expected.astype(bool))


def test_a_layer_and_scores():
    scores = np.tile([1.0, 2.0, 3.0, -4.0], (4, 2))
    for given_ in (Tensor(scores), scores.tolist()):
        layer = nn.Linear(8, 4, rng=0)
        n_m_structured(layer, "weight", importance_scores=given_)
        np.testing.assert_array_equal(
            mask_of(layer, "weight"), np.tile([False, False, True, True], (4, 2))
        )
    conv = nn.Conv2d(4, 8, 3, rng=0)
    n_m_structured(conv, "weight", 1, 4, axis=0)
    assert (mask_of(conv, "weight").reshape(2, 4, -1).sum(axis=1) == 1).all()


def test_what_is_masked_is_not_chosen():
    layer = nn.Linear(4, 1, rng=0)
    layer.weight.data[...] = [[4, 3, 2, 1]]
    layer.weight.data[0, 0] = 0.5
    l1_unstructured(layer, "weight", 1)
    layer.weight_orig.data[0, 0] = 100  # moved below its mask
    n_m_structured(layer, "weight", 2, 4)
    np.testing.assert_array_equal(layer.weight.data, [[0, 3, 2, 0]])


def test_bad_input():
    weight = np.ones((4, 6))
    with pytest.raises(ValueError, match="length 6, which is no multiple of m = 4"):
        n_m_mask(weight)
    with pytest.raises(ValueError, match="3 of every 2 cannot"):
        n_m_mask(weight, 3, 2)
    with pytest.raises(ValueError, match="n must be at least 0"):
        n_m_mask(weight, -1, 2)
    with pytest.raises(ValueError, match="m must be at least 1"):
        n_m_mask(weight, 0, 0)
    for axis in (2, -3):
        with pytest.raises(ValueError, match=f"axis {axis} is not there"):
            n_m_mask(weight, 1, 2, axis)
    with pytest.raises(TypeError, match="axis must be an int"):
        n_m_mask(weight, 1, 2, 0.0)
    with pytest.raises(TypeError, match="axis must be an int"):
        n_m_mask(weight, 1, 2, True)
    with pytest.raises(ValueError, match="finite"):
        n_m_mask(weight * np.nan, 1, 2)
    layer = nn.Linear(8, 4, rng=0)
    with pytest.raises(ValueError, match=r"shape \(8, 4\), expected \(4, 8\)"):
        n_m_structured(layer, "weight", importance_scores=np.ones((8, 4)))
    assert sorted(layer.state_dict()) == ["bias", "weight"]
