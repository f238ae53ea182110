"""Masks of whole models: loaded, kept while weights go back, shuffled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compression import (
    custom_from_mask,
    expect_masks,
    global_unstructured,
    mask_of,
    masked_parameters,
    prunable,
    rewind,
    shuffle_masks,
)
from dlbook.models import LeNet5
from dlbook.training import fit


def pruned_model(seed=0, amount=0.7):
    model = LeNet5(input_size=8, rng=seed)
    global_unstructured(prunable(model), amount=amount)
    return model


def train(model, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((16, 1, 8, 8)).astype(np.float32)
    batches = [(x, rng.integers(0, 10, 16))]
    optimizer = optim.Adam(model.parameters(), 1e-2)
    fit(model, batches, loss=nn.CrossEntropyLoss(), optimizer=optimizer, epochs=3)
    return x


def test_masks_survive_training_saving_and_loading():
    model = pruned_model()
    masks = [mask_of(*place) for place in masked_parameters(model)]
    x = train(model)
    for (module, name), mask in zip(masked_parameters(model), masks, strict=True):
        np.testing.assert_array_equal(mask_of(module, name), mask)
        assert not module.weight.data[~mask].any()
    state = model.state_dict()
    fresh = LeNet5(input_size=8, rng=9)
    with pytest.raises(ValueError, match=r"unexpected: conv1\.weight_orig"):
        fresh.load_state_dict(state)
    assert expect_masks(fresh, state) is fresh
    fresh.load_state_dict(state)
    np.testing.assert_array_equal(fresh(Tensor(x)).data, model(Tensor(x)).data)
    train(fresh)  # and it is pruned from then on
    for (module, _), mask in zip(masked_parameters(fresh), masks, strict=True):
        assert not module.weight.data[~mask].any()


def test_masks_that_are_there_are_kept():
    model, state = pruned_model(0), pruned_model(1).state_dict()
    before = model.state_dict()
    expect_masks(model, state)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    layer = nn.Linear(3, 2, rng=0)  # a single layer, with names without dots
    state = custom_from_mask(nn.Linear(3, 2), "bias", [0, 1]).state_dict()
    expect_masks(layer, state).load_state_dict(state)
    assert layer.bias.data[0] == 0


def test_a_buffer_that_is_called_a_mask_is_none_of_ours():
    layer = nn.Linear(3, 2, rng=0)
    layer.padding_mask = nn.Buffer(np.ones(3))
    state = layer.state_dict()
    expect_masks(layer, state).load_state_dict(state)
    assert masked_parameters(layer) == []


def test_a_state_of_another_model():
    with pytest.raises(ValueError, match=r"mask for conv1\.weight, .* this Linear"):
        expect_masks(nn.Linear(3, 2), pruned_model().state_dict())


def test_rewinding_brings_back_the_values_and_keeps_the_masks():
    model = LeNet5(input_size=8, rng=0)
    start = model.state_dict()
    train(model)
    places = prunable(model)
    global_unstructured(places, amount=0.8)
    masks = [mask_of(*place) for place in places]
    trained = model.state_dict()
    assert rewind(model, start) is model
    for (module, name), mask in zip(places, masks, strict=True):
        np.testing.assert_array_equal(mask_of(module, name), mask)
    now = model.state_dict()
    for name, value in start.items():
        name = name if name in now else f"{name}_orig"
        np.testing.assert_array_equal(now[name], value)
    # and to a state with masks: they are not taken over
    global_unstructured(places, amount=0.5)
    masks = [mask_of(*place) for place in places]
    rewind(model, trained)
    for (module, name), mask in zip(places, masks, strict=True):
        np.testing.assert_array_equal(mask_of(module, name), mask)
        np.testing.assert_array_equal(
            module.weight_orig.data,
            trained[next(k for k in trained if _is(model, k, module))],
        )


def _is(model, key, module):
    path, _, name = key.rpartition(".")
    return name == "weight_orig" and dict(model.named_modules())[path] is module


def test_rewinding_keeps_buffers_in_step_and_refuses_what_does_not_fit():
    model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4))
    start = model.state_dict()
    model(Tensor(np.ones((2, 3), np.float32)))
    custom_from_mask(model[0], "weight", np.eye(4, 3))
    rewind(model, start)
    assert int(model[1].num_batches_tracked.data) == 0
    before = model.state_dict()
    with pytest.raises(ValueError, match="does not fit"):
        rewind(model, start | {"0.bias": np.ones(3)})
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@given(seed=st.integers(0, 30))
def test_shuffling_keeps_the_number_and_nothing_else(seed):
    model = pruned_model()
    before = [mask_of(*place) for place in masked_parameters(model)]
    shuffle_masks(model, rng=seed)
    after = [mask_of(*place) for place in masked_parameters(model)]
    assert [m.sum() for m in after] == [m.sum() for m in before]
    assert any((m != n).any() for m, n in zip(after, before, strict=True))
    again = pruned_model()
    shuffle_masks(again, rng=seed)
    for m, place in zip(after, masked_parameters(again), strict=True):
        np.testing.assert_array_equal(m, mask_of(*place))


def test_there_must_be_masks_to_shuffle():
    with pytest.raises(ValueError, match="LeNet5 has no mask"):
        shuffle_masks(LeNet5(input_size=8, rng=0))
