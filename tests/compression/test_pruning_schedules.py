"""Schedules: in rounds, and by Zhu and Gupta's cubic, on real masks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compression import (
    GradualPruning,
    cubic_sparsity,
    is_pruned,
    l1_unstructured,
    prunable,
    prune_iteratively,
    prune_to,
    sparsities_in_rounds,
    sparsity,
)


def model_of(seed=0):
    model = nn.Sequential(
        nn.Linear(10, 20, rng=seed), nn.ReLU(), nn.Linear(20, 5, rng=seed)
    )
    model[2].weight.data *= 3
    return model


@given(
    wanted=st.lists(st.floats(0, 1), min_size=1, max_size=4),
    scope=st.sampled_from(["global", "layer"]),
)
def test_prune_to_counts_what_is_pruned_already(wanted, scope):
    model = model_of()
    places = prunable(model)
    reached = 0.0
    for share in wanted:
        prune_to(iter(places), share, scope=scope)
        reached = max(reached, share)
        smallest = 100 if scope == "layer" else 300  # weights that are ranked together
        assert abs(sparsity(model) - reached) <= 0.5 / smallest + 1e-12


def test_scopes_differ():
    model, other = model_of(), model_of()
    prune_to(prunable(model), 0.5, scope="layer")
    prune_to(prunable(other), 0.5)
    assert [sparsity([place]) for place in prunable(model)] == [0.5, 0.5]
    small, large = (sparsity([place]) for place in prunable(other))
    assert small > 0.55 > 0.45 > large


def test_one_round_is_one_pruning_and_many_keep_the_same_share():
    assert sparsities_in_rounds(0.75, 1) == [0.75]
    np.testing.assert_allclose(sparsities_in_rounds(0.75, 2), [0.5, 0.75])
    kept = 1 - np.array(sparsities_in_rounds(0.98, 7))
    np.testing.assert_allclose(kept[1:] / kept[:-1], kept[0])
    assert math.isclose(kept[-1], 0.02)


def test_rounds_prune_then_retrain():
    model = model_of()
    places = prunable(model)
    seen = []

    def retrain(number):
        seen.append((number, round(sparsity(model), 2)))
        for module, name in places:  # the kept weights change places
            data = getattr(module, f"{name}_orig").data
            data[...] = np.random.default_rng(number).standard_normal(data.shape)
        return f"round {number}"

    results = prune_iteratively(iter(places), [0.3, 0.6, 0.9], retrain)
    assert results == ["round 0", "round 1", "round 2"]
    assert seen == [(0, 0.3), (1, 0.6), (2, 0.9)]
    assert sparsity(model) == 0.9
    layered = model_of()
    prune_iteratively(prunable(layered), [0.5], lambda _: None, scope="layer")
    assert [sparsity([place]) for place in prunable(layered)] == [0.5, 0.5]


def test_the_cubic():
    options = {"begin": 10, "end": 20, "final": 0.8, "initial": 0.2}
    assert math.isclose(cubic_sparsity(10, **options), 0.2)
    assert cubic_sparsity(0, **options) == cubic_sparsity(10, **options)
    assert cubic_sparsity(20, **options) == cubic_sparsity(99, **options) == 0.8
    # half way, an eighth of the difference is left
    assert math.isclose(cubic_sparsity(15, **options), 0.8 - 0.6 / 8)
    values = [cubic_sparsity(t, **options) for t in range(10, 21)]
    steps = np.diff(values)
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()
    assert cubic_sparsity(0, begin=0, end=1, final=0.5) == 0


def train(model, pruning, steps):
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((8, 10)).astype(np.float32))
    optimizer = optim.Adam(model.parameters(), 1e-2)
    curve = []
    for _ in range(steps):
        optimizer.zero_grad()
        (model(x) ** 2).mean().backward()
        optimizer.step()
        pruning.step()
        curve.append(sparsity(model))
    return curve


@pytest.mark.parametrize("scope", ["global", "layer"])
def test_gradual_pruning_follows_the_schedule(scope):
    model = model_of()
    options = {"begin": 2, "end": 11, "final": 0.9, "initial": 0.3}
    pruning = GradualPruning(prunable(model), every=3, scope=scope, **options)
    assert is_pruned(model)
    assert (pruning.steps, pruning.sparsity) == (0, 0)
    curve = train(model, pruning, 15)
    assert curve[0] == 0  # nothing before begin
    for step in (2, 5, 8, 11):
        expected = cubic_sparsity(step, **options)
        assert abs(curve[step - 1] - expected) <= 0.006
        if step < 11:
            assert curve[step - 1] == curve[step] == curve[step + 1]
    assert curve[-1] == curve[10] == 0.9
    assert pruning.steps == 15
    assert pruning.sparsity == 0.9


def test_gradual_pruning_ends_at_the_end_whatever_every_is():
    model = model_of()
    pruning = GradualPruning(prunable(model), begin=0, end=10, final=0.5, every=4)
    curve = train(model, pruning, 12)
    assert curve[8] < 0.5
    assert curve[9] == 0.5
    assert [sparsity([place]) for place in prunable(model)] == [0.5, 0.5]
    every_step = GradualPruning(prunable(model_of()), begin=0, end=3, final=0.5)
    every_step.step()
    assert every_step.sparsity == cubic_sparsity(1, begin=0, end=3, final=0.5)


def test_bad_input():
    places = prunable(model_of())
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"sparsity must lie in \[0, 1\]"):
            prune_to(places, value)
        with pytest.raises(ValueError, match=r"final must lie in \[0, 1\]"):
            cubic_sparsity(0, begin=0, end=1, final=value)
        with pytest.raises(ValueError, match=r"initial must lie in \[0, 1\]"):
            cubic_sparsity(0, begin=0, end=1, final=0.5, initial=value)
        with pytest.raises(ValueError, match=r"sparsity must lie in \[0, 1\]"):
            sparsities_in_rounds(value, 2)
    with pytest.raises(TypeError, match="sparsity must be a number"):
        prune_to(places, "half")
    with pytest.raises(TypeError, match="sparsity must be a number"):
        prune_to(places, True)
    with pytest.raises(ValueError, match="scope must be"):
        prune_to(places, 0.5, scope="all")
    with pytest.raises(ValueError, match="something has to be left"):
        sparsities_in_rounds(1, 2)
    with pytest.raises(ValueError, match="rounds must be at least 1"):
        sparsities_in_rounds(0.5, 0)
    with pytest.raises(ValueError, match="end must be at least 6"):
        cubic_sparsity(0, begin=5, end=5, final=0.5)
    with pytest.raises(ValueError, match="step must be at least 0"):
        cubic_sparsity(-1, begin=0, end=5, final=0.5)
    with pytest.raises(ValueError, match="begin must be at least 0"):
        cubic_sparsity(0, begin=-1, end=5, final=0.5)
    with pytest.raises(ValueError, match="every must be at least 1"):
        GradualPruning(places, begin=0, end=5, final=0.5, every=0)
    with pytest.raises(ValueError, match="final must lie"):
        GradualPruning(places, begin=0, end=5, final=5)
    assert not is_pruned(places[0][0])
    layer = l1_unstructured(nn.Linear(3, 4, rng=0), "weight", 6)
    prune_to([(layer, "weight")], 0.1)  # sparser already
    assert sparsity(layer) == 0.5
