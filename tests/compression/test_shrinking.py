"""Shrinking: fewer channels, the same outputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compression import (
    global_unstructured,
    is_pruned,
    mask_of,
    prunable,
    prune_outputs,
    remove,
    shrink,
)
from dlbook.models import LeNet5


def images(size, channels=1, seed=0):
    rng = np.random.default_rng(seed)
    return Tensor(rng.standard_normal((3, channels, size, size)).astype(np.float32))


def chain(model):
    return [model.conv1, model.conv2, model.fc1, model.fc2, model.fc3]


@given(
    amounts=st.tuples(*[st.floats(0, 0.95)] * 4),
    modern=st.booleans(),
    permanent=st.booleans(),
)
def test_lenet_shrinks_and_computes_the_same(amounts, modern, permanent):
    model = LeNet5(input_size=8, modern=modern, rng=1)
    layers = chain(model)
    for layer, amount in zip(layers, amounts, strict=False):
        prune_outputs(layer, amount)
        if permanent:
            remove(layer, "weight")
            remove(layer, "bias")
    x = images(8)
    before = model(x).data
    kept = shrink(layers)
    assert [layer.weight.shape[0] for layer in layers] == [
        *(int(k.sum()) for k in kept),
        10,
    ]
    np.testing.assert_allclose(model(x).data, before, atol=1e-6)
    for amount, k in zip(amounts, kept, strict=True):
        assert k.sum() == len(k) - round(amount * len(k))
    first = model.conv1.out_channels
    assert model.conv2.in_channels == model.conv2.weight.shape[1] == first
    assert model.fc1.in_features == model.fc1.weight.shape[1]
    assert model.fc1.in_features == 4 * model.conv2.out_channels
    assert model.fc2.in_features == model.fc1.out_features == len(model.fc1.bias.data)


def test_it_trains_after_that_and_masks_stay():
    model = LeNet5(input_size=8, modern=True, rng=0)
    global_unstructured(prunable(model), amount=0.5)
    prune_outputs(model.fc1, 0.5)
    x = images(8)
    model(x).sum().backward()
    before, masked = model(x).data, sum(m.size for m in model.buffers())
    shrink(chain(model))
    np.testing.assert_allclose(model(x).data, before, atol=1e-6)
    assert is_pruned(model)
    assert sum(m.size for m in model.buffers()) < masked
    optimizer = optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for _ in range(2):
        optimizer.zero_grad()
        (model(x) ** 2).sum().backward()
        optimizer.step()
    for module, name in prunable(model):
        assert not module.weight.data[~mask_of(module, name)].any()


def test_a_channel_that_nobody_reads_goes_too():
    first, second = nn.Linear(3, 4, rng=0), nn.Linear(4, 2, rng=1)
    second.weight.data[:, 2] = 0
    model = nn.Sequential(first, nn.Sigmoid(), second)
    x = Tensor(np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32))
    before = model(x).data
    kept = shrink([first, second])
    np.testing.assert_array_equal(kept[0], [True, True, False, True])
    np.testing.assert_allclose(model(x).data, before, atol=1e-6)
    assert first.out_features == second.in_features == 3


def test_a_bias_alone_keeps_its_channel():
    first, second = nn.Linear(3, 4, rng=0), nn.Linear(4, 2, rng=1)
    first.weight.data[1] = 0
    assert shrink([first, second])[0].all()
    first.bias.data[1] = 0
    np.testing.assert_array_equal(shrink([first, second])[0], [1, 0, 1, 1])
    first = nn.Linear(3, 4, bias=False, rng=0)
    first.weight.data[1] = 0
    kept = shrink([first, nn.Linear(4, 2, rng=0)])
    np.testing.assert_array_equal(kept[0], [1, 0, 1, 1])


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_goes_along(training):
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, rng=0),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 3, 3, stride=2, rng=1),
        nn.Flatten(),
        nn.Linear(3 * 4, 2, rng=2),
    ).train(training)
    rng = np.random.default_rng(0)
    for tensor in (*model[1].parameters(), model[1].running_mean):
        tensor.data[...] = rng.standard_normal(4)
    prune_outputs(model[0], 2, norm=model[1])
    prune_outputs(model[3], 1)
    x = images(6, 2)
    before = model(x).data
    kept = shrink([model[0], model[1], model[3], model[5]])
    np.testing.assert_allclose(model(x).data, before, atol=1e-6)
    assert [k.sum() for k in kept] == [2, 2]
    norm = model[1]
    assert norm.num_features == norm.running_mean.size == norm.weight.size == 2
    assert model[5].in_features == 8


def test_norms_that_keep_channels_alive():
    def pruned(norm):
        layer = nn.Linear(3, 4, rng=0)
        prune_outputs(layer, 2)
        return shrink([layer, norm, nn.Linear(4, 2, rng=0)])[0]

    plain = nn.BatchNorm1d(4)
    plain.bias.data[...] = 1
    assert pruned(plain).all()  # its bias follows the zeros
    assert pruned(nn.BatchNorm1d(4, affine=False)).all()
    without_bias = nn.BatchNorm1d(4, bias=False)
    without_bias.weight.data[:2] = 0
    np.testing.assert_array_equal(pruned(without_bias), [0, 0, 1, 1])


def test_one_channel_is_left():
    first, second = nn.Linear(3, 4, rng=0), nn.Linear(4, 2, rng=1)
    prune_outputs(first, 1.0)
    np.testing.assert_array_equal(shrink([first, second])[0], [1, 0, 0, 0])
    out = nn.Sequential(first, nn.ReLU(), second)(Tensor(np.ones((1, 3), np.float32)))
    np.testing.assert_array_equal(out.data[0], second.bias.data)


def test_bad_input():
    first, second = nn.Linear(3, 4, rng=0), nn.Linear(5, 2, rng=1)
    with pytest.raises(ValueError, match="4 outputs is followed by one with 5 inputs"):
        shrink([first, second])
    with pytest.raises(ValueError, match="6 outputs is followed by one with 10 inputs"):
        shrink([nn.Conv2d(1, 6, 3), nn.Linear(10, 2)])
    with pytest.raises(ValueError, match="4 outputs is followed by one with 8 inputs"):
        shrink([nn.Linear(3, 4), nn.Linear(8, 2)])
    with pytest.raises(ValueError, match="two linear or convolutional"):
        shrink([first])
    with pytest.raises(TypeError, match=r"layers\[1\] must be Linear.*got ReLU"):
        shrink([first, nn.ReLU(), second])
    with pytest.raises(TypeError, match=r"layers\[0\].*got BatchNorm1d"):
        shrink([nn.BatchNorm1d(3), first])
    with pytest.raises(ValueError, match=r"layers\[1\] has groups=2"):
        shrink([nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=2)])
    with pytest.raises(ValueError, match=r"layers\[1\] normalizes 3 channels of 4"):
        shrink([first, nn.BatchNorm1d(3), nn.Linear(4, 2)])
