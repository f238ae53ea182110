"""Unstructured pruning: torch's masks, alone, in turn and over several layers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import prune

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression import (
    custom_from_mask,
    global_unstructured,
    l1_unstructured,
    mask_of,
    random_unstructured,
)
from dlbook.compression.pruning import number_to_prune

AMOUNTS = st.one_of(st.integers(0, 6), st.floats(0, 0.6))


def pair(seed, kind="Linear", *sizes):
    ours = getattr(nn, kind)(*sizes, rng=seed)
    theirs = getattr(torch.nn, kind)(*sizes)
    state = {k: torch.from_numpy(v.copy()) for k, v in ours.state_dict().items()}
    theirs.load_state_dict(state)
    return ours, theirs


def same_mask(ours, theirs, name="weight"):
    mask = getattr(theirs, f"{name}_mask").numpy()
    np.testing.assert_array_equal(getattr(ours, f"{name}_mask").data, mask)
    np.testing.assert_array_equal(
        getattr(ours, name).data, getattr(theirs, name).detach().numpy()
    )


@given(seed=st.integers(0, 100), amounts=st.lists(AMOUNTS, min_size=1, max_size=3))
def test_l1_is_torchs_also_in_turn(seed, amounts):
    ours, theirs = pair(seed, "Linear", 5, 4)
    for amount in amounts:
        assert l1_unstructured(ours, "weight", amount) is ours
        prune.l1_unstructured(theirs, "weight", amount)
        same_mask(ours, theirs)


def test_l1_with_scores_of_its_own():
    ours, theirs = pair(0, "Conv2d", 2, 3, 3)
    scores = np.random.default_rng(1).standard_normal((3, 2, 3, 3)).astype(np.float32)
    l1_unstructured(ours, "weight", 0.3, importance_scores=Tensor(scores))
    prune.l1_unstructured(
        theirs, "weight", 0.3, importance_scores=torch.from_numpy(scores)
    )
    same_mask(ours, theirs)


@given(
    seed=st.integers(0, 100),
    amounts=st.lists(st.one_of(st.integers(0, 20), st.floats(0, 0.9)), max_size=3),
    before=st.booleans(),
)
def test_global_is_torchs(seed, amounts, before):
    several = [pair(seed, "Linear", 5, 4), pair(seed + 1, "Conv2d", 2, 3, 3)]
    several[1][0].weight.data *= 4  # a layer with larger weights keeps more
    with torch.no_grad():
        several[1][1].weight *= 4
    if before:
        l1_unstructured(several[0][0], "weight", 7)
        prune.l1_unstructured(several[0][1], "weight", 7)
    places = [(ours, "weight") for ours, _ in several] + [(several[0][0], "bias")]
    others = [(theirs, "weight") for _, theirs in several] + [(several[0][1], "bias")]
    for amount in amounts:
        assert global_unstructured(iter(places), amount=amount) == places
        prune.global_unstructured(others, prune.L1Unstructured, amount=amount)
        for ours, theirs in several:
            same_mask(ours, theirs)
        same_mask(*several[0], "bias")


def test_global_differs_from_layer_by_layer():
    small, large = nn.Linear(10, 10, rng=0), nn.Linear(10, 10, rng=1)
    large.weight.data *= 100
    global_unstructured([(small, "weight"), (large, "weight")], amount=0.5)
    assert mask_of(small, "weight").sum() < 5
    assert mask_of(large, "weight").sum() > 95


@given(seed=st.integers(0, 50), amount=AMOUNTS)
def test_random_prunes_as_many_as_torch_and_any(seed, amount):
    ours, theirs = pair(seed, "Linear", 5, 4)
    for _ in range(2):
        random_unstructured(ours, "weight", amount, rng=seed)
        prune.random_unstructured(theirs, "weight", amount)
        assert ours.weight_mask.data.sum() == theirs.weight_mask.sum()


def test_scores_as_a_list_and_what_is_returned():
    layer = nn.Linear(3, 1, rng=0)
    assert l1_unstructured(layer, "weight", 1, importance_scores=[[3, 1, 2]]) is layer
    np.testing.assert_array_equal(mask_of(layer, "weight"), [[True, False, True]])
    assert random_unstructured(layer, "weight", 1, rng=0) is layer


def test_random_is_fair_and_repeats_with_its_seed():
    counts = np.zeros((4, 5))
    for seed in range(400):
        layer = nn.Linear(5, 4, rng=0)
        random_unstructured(layer, "weight", 0.25, rng=seed)
        counts += ~mask_of(layer, "weight")
    assert abs(counts - 100).max() < 45  # 5 standard deviations
    places = [nn.Linear(5, 4, rng=0) for _ in range(2)]
    for layer in places:
        global_unstructured([(layer, "weight")], "random", amount=9, rng=4)
    np.testing.assert_array_equal(*[mask_of(p, "weight") for p in places])


def test_an_int_is_a_number_and_a_float_a_share():
    for amount, left in ((1, 19), (1.0, 0), (0, 20), (0.0, 20), (0.125, 18), (20, 0)):
        layer = nn.Linear(5, 4, rng=0)
        l1_unstructured(layer, "weight", amount)
        assert mask_of(layer, "weight").sum() == left
    assert number_to_prune(0.125, 20) == 2  # 2.5: halves to even, as torch
    assert number_to_prune(0.375, 20) == 8
    assert number_to_prune(np.float32(0.5), 4) == 2
    assert number_to_prune(np.int64(3), 4) == 3


def test_of_equal_weights_the_first_go():
    layer = nn.Linear(4, 1, rng=0)
    layer.weight.data[...] = [[1, -1, 1, 1]]
    l1_unstructured(layer, "weight", 2)
    np.testing.assert_array_equal(
        mask_of(layer, "weight"), [[False, False, True, True]]
    )


def test_what_is_pruned_counts_no_more():
    layer = nn.Linear(4, 1, rng=0)
    layer.weight.data[...] = [[9, 1, 2, 3]]
    custom_from_mask(layer, "weight", [[0, 1, 1, 1]])  # the largest
    l1_unstructured(layer, "weight", 1)
    np.testing.assert_array_equal(layer.weight.data, [[0, 0, 2, 3]])


def test_bad_input():
    layer = nn.Linear(5, 4, rng=0)
    place = (layer, "weight")
    for amount, message in (
        (21, "int 21, a number, expected 0 to 20"),
        (-1, "int -1"),
        (1.5, "float 1.5, a share"),
        (-0.1, "float -0.1"),
        (float("nan"), "float nan"),
    ):
        with pytest.raises(ValueError, match=message):
            l1_unstructured(*place, amount)
    for amount in (True, "all", None):
        with pytest.raises(TypeError, match="amount must be a float or an int"):
            l1_unstructured(*place, amount)
    with pytest.raises(ValueError, match="pruning_method must be"):
        global_unstructured([place], "l2", amount=1)
    with pytest.raises(ValueError, match="without importance_scores"):
        global_unstructured([place], "random", amount=1, importance_scores=[[1]])
    with pytest.raises(ValueError, match="parameters is empty"):
        global_unstructured([], amount=1)
    with pytest.raises(ValueError, match="one of them twice"):
        global_unstructured([place, place], amount=1)
    with pytest.raises(ValueError, match="2 arrays for 1 parameters"):
        global_unstructured([place], amount=1, importance_scores=[1, 2])
    with pytest.raises(ValueError, match=r"shape \(5, 4\), expected \(4, 5\)"):
        l1_unstructured(*place, 1, importance_scores=np.ones((5, 4)))
    layer.weight.data[0, 0] = np.inf
    with pytest.raises(ValueError, match="must be finite"):
        l1_unstructured(*place, 1)
    assert sorted(layer.state_dict()) == ["bias", "weight"]
