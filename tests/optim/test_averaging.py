"""Averages of weights: torch's numbers, in place, and the weights back exactly."""

import copy
import tracemalloc

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

from dlbook import nn
from dlbook.optim import EqualAverage, ExponentialMovingAverage
from dlbook.optim.averaging import WeightAverage
from tests.training.runs import RunningMean, assert_same_bits


def network(dtype=np.float64):
    rng = np.random.default_rng(0)
    layers = nn.Linear(3, 4, rng=rng), RunningMean(4), nn.Linear(4, 2, rng=rng)
    return nn.Sequential(*layers).to(dtype)


def wander(model, seed):
    """Change all weights and buffers."""
    rng = np.random.default_rng(seed)
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data[...] += rng.standard_normal(tensor.shape).astype(tensor.dtype)


class Theirs(torch.nn.Module):
    """The same numbers in torch, with names that torch allows."""

    def __init__(self, model):
        super().__init__()
        self.names = list(model.state_dict())
        buffers = dict(model.named_buffers())
        for name, array in model.state_dict().items():
            value, key = torch.tensor(array), name.replace(".", "_")
            if name in buffers:
                self.register_buffer(key, value)
            else:
                self.register_parameter(key, torch.nn.Parameter(value))

    def follow(self, model):
        with torch.no_grad():
            for name, array in model.state_dict().items():
                getattr(self, name.replace(".", "_")).copy_(torch.tensor(array))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9, 0.999, 1.0, None])
def test_equals_torchs_averaged_model_over_100_updates(decay, dtype):
    model = network(dtype)
    theirs = Theirs(model)
    if decay is None:
        ours, averaged = EqualAverage(model), AveragedModel(theirs)
    else:
        ours = ExponentialMovingAverage(model, decay)
        averaged = AveragedModel(theirs, avg_fn=get_ema_avg_fn(decay))
    rtol = 1e-12 if dtype == np.float64 else 1e-5
    for update in range(100):
        wander(model, update)
        theirs.follow(model)
        ours.update()
        averaged.update_parameters(theirs)
        for name, array in ours.state_dict()["averages"].items():
            expected = getattr(averaged.module, name.replace(".", "_"))
            expected = expected.detach().numpy()
            assert array.dtype == dtype
            scale = np.abs(expected).max()
            np.testing.assert_allclose(array, expected, rtol=rtol, atol=rtol * scale)
    assert ours.updates == 100


def test_warm_up_begins_with_a_shorter_memory():
    model = network()
    average = ExponentialMovingAverage(model, 0.7, warmup=True)
    weight, expected = model[0].weight, None
    for n in range(1, 60):
        wander(model, n)
        kept = min(0.7, n / (n + 9))
        new = weight.data.copy()
        expected = new if n == 1 else kept * expected + (1 - kept) * new
        average.update()
        saved = average.state_dict()["averages"]["0.weight"]
        np.testing.assert_allclose(saved, expected, rtol=1e-13)
    assert 20 / 29 < 0.7 < 22 / 31  # the memory had its full length at the end


def test_the_equal_average_is_the_mean():
    model = network()
    average, seen = EqualAverage(model), []
    for n in range(7):
        wander(model, n)
        seen.append(model[0].weight.data.copy())
        average.update()
    found = average.state_dict()["averages"]["0.weight"]
    np.testing.assert_allclose(found, np.mean(seen, axis=0), rtol=1e-13)


def test_applied_swaps_the_average_in_and_the_weights_back_exactly():
    model = network(np.float32)
    average = ExponentialMovingAverage(model, 0.9)
    for n in range(5):
        wander(model, n)
        average.update()
    own, arrays = model.state_dict(), [p.data for p in model.parameters()]
    saved = average.state_dict()["averages"]
    with average.applied():
        assert_same_bits(model.state_dict(), {name: saved[name] for name in own})
    assert_same_bits(model.state_dict(), own)
    assert all(a is p.data for a, p in zip(arrays, model.parameters(), strict=True))
    with pytest.raises(KeyboardInterrupt), average.applied():
        raise KeyboardInterrupt
    assert_same_bits(model.state_dict(), own)
    with average.applied():  # usable again
        pass


def test_before_the_first_update_the_average_is_the_first_weights():
    model = network()
    own = model.state_dict()
    average = EqualAverage(model)
    wander(model, 0)
    with average.applied():
        assert_same_bits(model.state_dict(), own)


def test_nothing_but_the_model_may_be_done_while_it_is_applied():
    average = ExponentialMovingAverage(network())
    with average.applied():
        with pytest.raises(RuntimeError, match=r"Average.update: the model has the av"):
            average.update()
        again = average.applied()
        with pytest.raises(RuntimeError, match="applied: the model has the averaged"):
            again.__enter__()
    assert average.updates == 0
    average.update()
    assert average.updates == 1


@pytest.mark.parametrize("warmup", [False, True])
def test_a_resumed_average_goes_on_to_the_same_bits(warmup):
    model = network()
    average = ExponentialMovingAverage(model, 0.6, warmup=warmup)
    for n in range(10):
        if n == 4:
            state = average.state_dict()
            kept = copy.deepcopy(state)
            resumed = ExponentialMovingAverage(model, 0.6, warmup=warmup)
            resumed.load_state_dict(state)
        wander(model, n)
        average.update()
        if n >= 4:
            resumed.update()
    np.testing.assert_equal(state, kept)
    assert average.updates == resumed.updates == 10
    assert_same_bits(average.state_dict()["averages"], resumed.state_dict()["averages"])


def test_no_update_allocates_memory_for_a_weight():
    model = nn.Linear(500, 500, rng=np.random.default_rng(0))
    average = ExponentialMovingAverage(model, np.float64(0.9))
    average.update()
    tracemalloc.start()
    try:
        average.update()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000  # bytes; the weight has 1,000,000
    assert average.state_dict()["averages"]["weight"].dtype == np.float32


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ExponentialMovingAverage(3), TypeError, "model must be a Module, got"),
        (
            lambda: ExponentialMovingAverage(network(), -0.1),
            ValueError,
            "decay must be",
        ),
        (lambda: ExponentialMovingAverage(network(), 1.1), ValueError, "decay must be"),
        (lambda: ExponentialMovingAverage(network(), "1"), TypeError, "decay must be"),
        (lambda: EqualAverage(None), TypeError, "EqualAverage: model must be a Module"),
    ],
)
def test_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_base_class_says_what_is_missing():
    average = WeightAverage(network())
    average.update()  # the first one keeps nothing
    with pytest.raises(NotImplementedError, match="WeightAverage does not define kept"):
        average.update()


def test_a_weight_that_changed_its_kind_is_refused_and_nothing_is_changed():
    model = network()
    average = EqualAverage(model)
    average.update()
    before = average.state_dict()["averages"]
    wander(model, 0)
    model[2].bias.data = np.ones(2, np.float32)
    with pytest.raises(
        ValueError, match=r"2.bias is float32 of shape \(2,\), at first"
    ):
        average.update()
    model[2].bias.data = np.ones(1)
    with pytest.raises(
        ValueError, match=r"2.bias is float64 of shape \(1,\), at first"
    ):
        average.update()
    assert_same_bits(average.state_dict()["averages"], before)


def test_a_state_of_another_model_is_refused_and_nothing_is_changed():
    average = EqualAverage(network())
    before = average.state_dict()
    wander(network(), 1)
    for wrong, message in (
        (EqualAverage(nn.Linear(3, 4)).state_dict(), "only one side has 0.bias"),
        (
            EqualAverage(network(np.float32)).state_dict(),
            "0.weight is float32 of shape",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            average.load_state_dict(wrong)
    wrong = copy.deepcopy(before)
    wrong["averages"]["0.weight"] += 1
    wrong["averages"]["2.bias"] = np.ones(3)
    with pytest.raises(
        ValueError, match=r"2.bias is float64 of shape \(3,\), expected"
    ):
        average.load_state_dict(wrong)
    assert_same_bits(average.state_dict()["averages"], before["averages"])


def test_a_model_without_weights_has_an_average():
    average = EqualAverage(nn.ReLU())
    average.update()
    assert average.state_dict() == {"updates": 1, "averages": {}}
