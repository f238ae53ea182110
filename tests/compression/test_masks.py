"""Masks: what is pruned stays 0 while training, saving and loading; torch agrees."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils import prune

from dlbook import functional as F
from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compression import (
    custom_from_mask,
    effective,
    identity,
    is_pruned,
    mask_of,
    masked_parameters,
    remove,
)
from dlbook.models import LeNet5

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, 0.1),
    "momentum": lambda p: optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.1),
    "nesterov": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, 0.01, weight_decay=0.1),
    "AdamW": lambda p: optim.AdamW(p, 0.01, weight_decay=0.5),
}


def mask(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < 0.5


def train(layer, optimizer, steps, seed=1):
    rng = np.random.default_rng(seed)
    x = Tensor(rng.standard_normal((8, layer.in_features)).astype(np.float32))
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((layer(x) - 1.0) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_optimizer_revives_what_is_pruned(name):
    layer = nn.Linear(6, 4, rng=0)
    optimizer = OPTIMIZERS[name](layer.parameters())
    train(layer, optimizer, 5)  # momentum and running means have filled
    pruned = ~mask((4, 6))
    custom_from_mask(layer, "weight", ~pruned)
    before = layer.weight.data.copy()
    losses = train(layer, optimizer, 30)
    assert (layer.weight.data[pruned] == 0).all()
    assert (layer.weight.data[~pruned] != before[~pruned]).all()
    assert losses[-1] < losses[0]
    remove(layer, "weight")
    assert (layer.weight.data[pruned] == 0).all()
    if "momentum" in name or "Adam" in name:
        # without the mask the zeros do not last: the mask it was that held them
        train(layer, optimizer, 1)
        assert (layer.weight.data[pruned] != 0).any()


def test_gradients_reach_kept_weights_alone_and_the_bias_fully():
    layer, whole = nn.Linear(6, 4, rng=0), nn.Linear(6, 4, rng=0)
    kept = mask((4, 6))
    custom_from_mask(layer, "weight", kept)
    whole.weight.data *= kept
    x = np.random.default_rng(2).standard_normal((5, 6)).astype(np.float32)
    for each in (layer, whole):
        (each(Tensor(x)) ** 2).sum().backward()
    np.testing.assert_array_equal(layer.weight_orig.grad, whole.weight.grad * kept)
    np.testing.assert_array_equal(layer.bias.grad, whole.bias.grad)
    assert layer.weight_mask.grad is None


def torch_layer(layer):
    theirs = torch.nn.Linear(layer.in_features, layer.out_features)
    state = {k: torch.from_numpy(v) for k, v in layer.state_dict().items()}
    theirs.load_state_dict(state)
    return theirs


def test_a_training_run_is_torchs():
    layer = nn.Linear(6, 4, rng=0)
    theirs = torch_layer(layer)
    kept = mask((4, 6))
    custom_from_mask(layer, "weight", kept)
    prune.custom_from_mask(theirs, "weight", torch.from_numpy(kept))
    assert list(layer.state_dict()) == list(theirs.state_dict())
    ours = optim.SGD(layer.parameters(), 0.1, momentum=0.9, weight_decay=0.01)
    other = torch.optim.SGD(theirs.parameters(), 0.1, momentum=0.9, weight_decay=0.01)
    losses = train(layer, ours, 20)
    x = np.random.default_rng(1).standard_normal((8, 6)).astype(np.float32)
    for expected in losses:
        other.zero_grad()
        loss = ((theirs(torch.from_numpy(x)) - 1) ** 2).mean()
        loss.backward()
        other.step()
        np.testing.assert_allclose(expected, loss.item(), rtol=1e-5)
    for name, value in theirs.state_dict().items():
        np.testing.assert_allclose(layer.state_dict()[name], value, rtol=1e-5)


def test_torch_loads_our_state_and_we_load_theirs():
    layer = identity(nn.Linear(6, 4, rng=0), "weight")
    theirs = torch.nn.Linear(6, 4)
    prune.random_unstructured(theirs, "weight", 0.5)
    layer.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    assert np.array_equal(layer.weight.data, theirs.weight.detach().numpy())
    assert mask_of(layer, "weight").sum() == 12
    back = {k: torch.from_numpy(v) for k, v in layer.state_dict().items()}
    theirs.load_state_dict(back)


def test_masks_multiply_and_dtypes_follow():
    layer = nn.Linear(6, 4, rng=0)
    first, second = mask((4, 6), 0), mask((4, 6), 1)
    custom_from_mask(layer, "weight", first)
    custom_from_mask(layer, "weight", Tensor(second.astype(np.float32)))
    np.testing.assert_array_equal(mask_of(layer, "weight"), first & second)
    assert layer.weight.dtype == layer.weight_mask.dtype == np.float32
    layer.to(np.float64)
    assert layer.weight.dtype == np.float64
    assert layer(Tensor(np.ones((2, 6)))).dtype == np.float64


def test_the_parameter_stays_the_same_object():
    layer = nn.Linear(6, 4, rng=0)
    parameter, plain = layer.weight, layer.weight.data.copy()
    identity(layer, "weight")
    assert layer.weight_orig is parameter
    assert type(layer) is not nn.Linear
    assert isinstance(layer, nn.Linear)
    assert repr(layer) == repr(nn.Linear(6, 4))
    remove(layer, "weight")
    assert layer.weight is parameter
    assert type(layer) is nn.Linear
    np.testing.assert_array_equal(layer.weight.data, plain)
    assert sorted(layer.state_dict()) == ["bias", "weight"]


def test_two_parameters_of_one_layer():
    layer = nn.Linear(6, 4, rng=0)
    custom_from_mask(layer, "weight", np.zeros((4, 6)))
    custom_from_mask(layer, "bias", [1, 1, 0, 0])
    assert masked_parameters(layer) == [(layer, "weight"), (layer, "bias")]
    out = layer(Tensor(np.ones((1, 6), np.float32)))
    np.testing.assert_array_equal(out.data[0], layer.bias_orig.data * [1, 1, 0, 0])
    remove(layer, "weight")
    assert masked_parameters(layer) == [(layer, "bias")]
    assert (layer.weight.data == 0).all()
    assert layer.bias.data[3] == 0


def test_a_copy_is_pruned_for_itself():
    layer = custom_from_mask(nn.Linear(6, 4, rng=0), "weight", mask((4, 6)))
    other = copy.deepcopy(layer)
    custom_from_mask(other, "weight", np.zeros((4, 6)))
    assert not other.weight.data.any()
    assert layer.weight.data.any()


def test_the_whole_model_and_layers_inside():
    model = LeNet5(input_size=8, rng=0)
    assert not is_pruned(model)
    identity(model.fc1, "weight")
    assert is_pruned(model)
    assert masked_parameters(model) == [(model.fc1, "weight")]
    assert "fc1.weight_mask" in model.state_dict()
    assert "fc1.weight" not in model.state_dict()


@pytest.mark.parametrize("name", ["in_proj_weight", "in_proj_bias"])
def test_a_packed_attention_layer(name):
    layer = nn.MultiheadAttention(8, 2, rng=0)
    plain = copy.deepcopy(layer)
    kept = mask(getattr(layer, name).shape)
    custom_from_mask(layer, name, kept)
    getattr(plain, name).data *= kept
    x = Tensor(np.random.default_rng(0).standard_normal((3, 2, 8)).astype(np.float32))
    for needed in (True, False):
        ours, theirs = (
            each(x, x, x, need_weights=needed)[0] for each in (layer, plain)
        )
        np.testing.assert_array_equal(ours.data, theirs.data)


@given(seed=st.integers(0, 50))
def test_effective_is_what_the_layer_computes_with(seed):
    layer = nn.Conv2d(2, 3, 3, rng=seed)
    np.testing.assert_array_equal(effective(layer, "weight"), layer.weight.data)
    assert mask_of(layer, "weight").all()
    custom_from_mask(layer, "weight", mask((3, 2, 3, 3), seed))
    np.testing.assert_array_equal(effective(layer, "weight"), layer.weight.data)
    x = np.random.default_rng(seed).standard_normal((1, 2, 5, 5)).astype(np.float32)
    expected = F.conv2d(Tensor(x), Tensor(effective(layer, "weight")), layer.bias)
    np.testing.assert_array_equal(layer(Tensor(x)).data, expected.data)
    effective(layer, "weight")[...] = 7  # a copy
    mask_of(layer, "weight")[...] = False
    assert (layer.weight.data != 7).all()
    assert mask_of(layer, "weight").any()


def test_bad_input():
    layer = nn.Linear(6, 4, rng=0)
    with pytest.raises(TypeError, match="module must be a Module, got int"):
        identity(3, "weight")
    with pytest.raises(TypeError, match="no Parameter 'w'; it has weight, bias"):
        identity(layer, "w")
    with pytest.raises(TypeError, match="it has none of its own"):
        identity(nn.ReLU(), "weight")
    with pytest.raises(ValueError, match=r"shape \(6, 4\), expected \(4, 6\)"):
        custom_from_mask(layer, "weight", np.ones((6, 4)))
    with pytest.raises(ValueError, match="zeros and ones"):
        custom_from_mask(layer, "weight", np.full((4, 6), 0.5))
    with pytest.raises(ValueError, match=r"Linear\.weight has no mask"):
        remove(layer, "weight")
    assert sorted(layer.state_dict()) == ["bias", "weight"]
    identity(layer, "weight")
    with pytest.raises(TypeError, match="has no Parameter 'weight_orig'; it has"):
        custom_from_mask(layer, "weight_orig", np.ones((4, 7)))
    with pytest.raises(ValueError, match="read-only"):
        layer.weight.data[0] = 1
    with pytest.raises(AttributeError, match="write values into weight_orig"):
        layer.weight = nn.Parameter(np.ones((4, 6)))
    with pytest.raises(ValueError, match=r"Linear\.bias has no mask"):
        remove(layer, "bias")
