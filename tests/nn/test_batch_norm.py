"""Batch normalization as a layer: running statistics, modes, saving, training."""

import numpy as np
import pytest
import torch

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare import copy_weights
from dlbook.training import load_checkpoint, save_checkpoint
from dlbook.training.forward_state import ForwardState

BATCHES = [
    (10 + 3 * np.random.default_rng(i).standard_normal((5 + i, 3))).astype(np.float32)
    for i in range(4)
]


def pair(**options):
    ours, theirs = nn.BatchNorm1d(3, **options), torch.nn.BatchNorm1d(3, **options)
    copy_weights(theirs, ours)
    return ours, theirs


def assert_same_state(ours, theirs):
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for name, value in ours.state_dict().items():
        np.testing.assert_allclose(value, state[name].numpy(), rtol=1e-5)
        assert value.dtype == state[name].numpy().dtype


def outputs(ours, theirs, x):
    return ours(Tensor(x)).data, theirs(torch.tensor(x)).detach().numpy()


@pytest.mark.parametrize("momentum", [0.1, 0.7, 0.0, 1.0, None])
def test_running_statistics_are_torchs_after_every_batch(momentum):
    ours, theirs = pair(momentum=momentum)
    for i, x in enumerate(BATCHES):
        our, their = outputs(ours, theirs, x)
        np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-5)
        assert_same_state(ours, theirs)
        assert ours.num_batches_tracked.data == i + 1


def test_without_momentum_all_batches_count_alike():
    layer = nn.BatchNorm1d(3, momentum=None)
    for x in BATCHES:
        layer(Tensor(x))
    means = np.mean([x.mean(0) for x in BATCHES], axis=0)
    variances = np.mean([x.var(0, ddof=1) for x in BATCHES], axis=0)
    np.testing.assert_allclose(layer.running_mean.data, means, rtol=1e-5)
    np.testing.assert_allclose(layer.running_var.data, variances, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"momentum": None}, {"affine": False}])
def test_from_training_to_evaluation_and_back(options):
    ours, theirs = pair(**options)
    for x, training in zip(BATCHES, (True, False, True, False), strict=True):
        ours.train(training)
        theirs.train(training)
        before = ours.state_dict()
        our, their = outputs(ours, theirs, x)
        np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-5)
        assert_same_state(ours, theirs)
        changed = (ours.running_mean.data != before["running_mean"]).all()
        assert changed == training


def test_evaluation_gives_an_example_the_same_output_in_any_batch():
    layer = nn.BatchNorm1d(3)
    layer(Tensor(BATCHES[0]))
    layer.eval()
    together = layer(Tensor(BATCHES[1])).data
    alone = [layer(Tensor(x[None])).data[0] for x in BATCHES[1]]
    np.testing.assert_array_equal(together, alone)


def test_evaluation_without_running_statistics_uses_its_batch():
    ours, theirs = pair(track_running_stats=False, momentum=None)
    assert list(ours.state_dict()) == ["weight", "bias"]
    ours.eval()
    theirs.eval()
    our, their = outputs(ours, theirs, BATCHES[0])
    np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-5)
    ours.reset_running_stats()  # nothing to reset


def test_a_refused_batch_is_not_counted():
    layer = nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        layer(Tensor(BATCHES[0][:1]))
    assert layer.num_batches_tracked.data == 0
    np.testing.assert_array_equal(layer.running_mean.data, 0)


def test_reset():
    layer = nn.BatchNorm1d(3)
    layer(Tensor(BATCHES[0]))
    layer.weight.data[...] = 5
    layer.bias.data[...] = 5
    layer.reset_running_stats()
    fresh = nn.BatchNorm1d(3).state_dict()
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        np.testing.assert_array_equal(layer.state_dict()[name], fresh[name])
    assert (layer.weight.data == 5).all()
    layer.reset_parameters()
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, fresh[name])
    assert fresh["running_var"].tolist() == fresh["weight"].tolist() == [1, 1, 1]
    assert not fresh["running_mean"].any()
    assert not fresh["bias"].any()


def test_to_float64_takes_the_statistics_along():
    layer = nn.BatchNorm1d(3).to(np.float64)
    layer(Tensor(BATCHES[0].astype(np.float64)))
    assert layer.running_mean.dtype == layer.running_var.dtype == np.float64
    assert layer.num_batches_tracked.dtype == np.int64


def test_statistics_survive_a_checkpoint_and_are_restored_before_a_step(tmp_path):
    layer = nn.BatchNorm1d(3, momentum=None)
    layer(Tensor(BATCHES[0]))
    save_checkpoint(tmp_path / "state", {"model": layer.state_dict()})
    remembered = ForwardState(layer)
    layer(Tensor(BATCHES[1]))
    assert layer.num_batches_tracked.data == 2
    remembered.restore()
    loaded = nn.BatchNorm1d(3, momentum=None)
    loaded.load_state_dict(load_checkpoint(tmp_path / "state")["model"])
    for other in (layer, loaded):
        assert other.num_batches_tracked.data == 1
        other(Tensor(BATCHES[2]))  # the average goes on where it was
    for name, value in loaded.state_dict().items():
        np.testing.assert_array_equal(value, layer.state_dict()[name])


def test_training_through_the_statistics_is_torchs():
    ours = nn.Sequential(nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4), nn.Linear(4, 1))
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1)
    )
    copy_weights(ours, theirs)
    step = optim.SGD(ours.parameters(), lr=0.05)
    their_step = torch.optim.SGD(theirs.parameters(), lr=0.05)
    for x in BATCHES * 3:
        ours.zero_grad()
        ((ours(Tensor(x)) - 1.0) ** 2).mean().backward()
        step.step()
        their_step.zero_grad()
        ((theirs(torch.tensor(x)) - 1.0) ** 2).mean().backward()
        their_step.step()
    for name, value in ours.state_dict().items():
        their = theirs.state_dict()[name].numpy()
        np.testing.assert_allclose(value, their, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "eps=1e-05, momentum=0.1, affine=True, bias=True"),
        ({"momentum": None}, "eps=1e-05, momentum=None, affine=True, bias=True"),
        ({"affine": False}, "eps=1e-05, momentum=0.1, affine=False, bias=False"),
    ],
)
def test_repr(options, shown):
    count = "" if "affine" in options else "  # 6 parameters"
    assert repr(nn.BatchNorm2d(3, **options)) == (
        f"BatchNorm2d(3, {shown}, track_running_stats=True){count}"
    )
