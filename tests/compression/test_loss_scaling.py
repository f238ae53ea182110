"""The scaler is torch's: the same scale, gradients and steps after any history."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.compression.loss_scaling import GradScaler, LossScaler
from dlbook.nn import Parameter
from dlbook.optim import SGD

HISTORIES = st.lists(st.sampled_from(["fine", "inf", "nan"]), max_size=12)
FACTORS = {"fine": 1.0, "inf": np.inf, "nan": np.nan}


def both(scale, interval, growth=2.0, backoff=0.5):
    """Our parameter, optimizer and scaler, and torch's."""
    start = np.float32([1.0, -2.0])
    ours = Parameter(start.copy())
    theirs = torch.tensor(start, requires_grad=True)
    options = {
        "growth_factor": growth,
        "backoff_factor": backoff,
        "growth_interval": interval,
    }
    return (
        (ours, SGD([ours], lr=0.25), GradScaler(scale, **options)),
        (
            theirs,
            torch.optim.SGD([theirs], lr=0.25),
            torch.amp.GradScaler("cpu", init_scale=scale, **options),
        ),
    )


@given(
    HISTORIES,
    st.sampled_from([1.0, 3.0, 65536.0, 2.0**126]),
    st.integers(1, 4),
    st.sampled_from([(2.0, 0.5), (1.5, 0.3)]),
    st.booleans(),
)
def test_any_history_is_torchs(history, scale, interval, factors, unscale):
    (w, optimizer, scaler), (v, torchs, amp) = both(scale, interval, *factors)
    for kind in history:
        optimizer.zero_grad()
        torchs.zero_grad()
        factor = np.float32([1.0, FACTORS[kind]]) / 1024
        with np.errstate(all="ignore"):
            scaler.scale((w * Tensor(factor) * w).sum()).backward()
            amp.scale((v * torch.from_numpy(factor) * v).sum()).backward()
            if unscale:
                scaler.unscale_(optimizer)
                amp.unscale_(torchs)
                np.testing.assert_array_equal(w.grad, v.grad.numpy())
            scaler.step(optimizer)
        amp.step(torchs)
        scaler.update()
        amp.update()
        np.testing.assert_array_equal(w.data, v.detach().numpy())
        assert scaler.get_scale() == amp.get_scale()
        theirs = amp.state_dict()
        assert scaler.state_dict() == theirs
    assert scaler.skipped_steps == sum(kind != "fine" for kind in history)


def test_scale_stays_where_it_would_be_infinite():
    (w, optimizer, scaler), _ = both(2.0**127, 1)
    w.grad = np.zeros(2, np.float32)
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() == 2.0**127
    assert scaler.state_dict()["_growth_tracker"] == 0


def test_state_goes_to_torch_and_back():
    _, (_, _, amp) = both(512.0, 7, 3.0, 0.25)
    scaler = GradScaler()
    scaler.load_state_dict(amp.state_dict())
    assert scaler.state_dict() == amp.state_dict()
    fresh = torch.amp.GradScaler("cpu")
    fresh.load_state_dict(scaler.state_dict())
    assert fresh.state_dict() == scaler.state_dict()
    constant = LossScaler(8.0)
    constant.load_state_dict({"scale": 32.0})
    assert constant.get_scale() == 32.0
    assert constant.state_dict() == {"scale": 32.0}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"scale": 0.0}, ValueError, "positive"),
        ({"growth_factor": 1.0}, ValueError, "growth_factor"),
        ({"_growth_tracker": 2000}, ValueError, "0 to 1999, got 2000"),
        ({"_growth_tracker": -1}, ValueError, "got -1"),
    ],
)
def test_bad_state_changes_nothing(change, error, message):
    scaler = GradScaler()
    before = scaler.state_dict()
    with pytest.raises(error, match=message):
        scaler.load_state_dict({**before, "scale": 8.0, **change})
    assert scaler.state_dict() == before
    with pytest.raises(KeyError):
        scaler.load_state_dict({"scale": 8.0})
    assert scaler.state_dict() == before


@pytest.mark.parametrize("scale", [1.0, 1024.0])
def test_constant_scale_changes_no_step_and_is_kept(scale):
    plain, scaled = (Parameter(np.float32([0.3, -1.7])) for _ in range(2))
    scaler = LossScaler(scale)
    for _ in range(3):
        one, other = SGD([plain], lr=0.1), SGD([scaled], lr=0.1)
        one.zero_grad()
        other.zero_grad()
        (plain * plain).sum().backward()
        scaler.scale((scaled * scaled).sum()).backward()
        one.step()
        assert scaler.step(other)
        scaler.update()
    np.testing.assert_array_equal(plain.data, scaled.data)  # powers of two are exact
    assert scaler.get_scale() == scale


def test_overflow_leaves_the_step_out():
    w = Parameter(np.float32([1.0]))
    optimizer, scaler = SGD([w], lr=1.0), LossScaler(4.0)
    w.grad = np.float32([np.inf])
    assert not scaler.step(optimizer)
    scaler.update()
    assert (w.data.item(), scaler.skipped_steps, scaler.get_scale()) == (1.0, 1, 4.0)
    w.grad = np.float32([4.0])
    assert scaler.step(optimizer)
    assert w.data.item() == 0.0


def test_gradients_are_replaced_and_not_written_into():
    w, shared = Parameter(np.zeros(2, np.float32)), np.float32([4.0, 8.0])
    other = Parameter(np.zeros(2, np.float32))
    w.grad = other.grad = shared
    LossScaler(4.0).unscale_(SGD([w, other], lr=1.0))
    assert shared.tolist() == [4.0, 8.0]
    assert w.grad.tolist() == other.grad.tolist() == [1.0, 2.0]


def test_one_of_two_optimizers_is_left_out_and_the_scale_falls():
    w, v = (Parameter(np.zeros(1, np.float32)) for _ in range(2))
    first, second = SGD([w], lr=1.0), SGD([v], lr=1.0)
    scaler = GradScaler(8.0)
    w.grad, v.grad = np.float32([8.0]), np.float32([np.nan])
    assert scaler.step(first)
    assert not scaler.step(second)
    scaler.update()
    assert (w.data.item(), v.data.item(), scaler.get_scale()) == (-1.0, 0.0, 4.0)


def test_parameters_without_gradient_are_passed_over():
    w, v = (Parameter(np.zeros(1, np.float32)) for _ in range(2))
    w.grad = np.float32([2.0])
    optimizer = SGD([v, w], lr=1.0)
    assert LossScaler(2.0).step(optimizer)
    assert v.grad is None
    assert w.data.item() == -1.0


def test_order_of_calls():
    w = Parameter(np.zeros(1, np.float32))
    w.grad = np.float32([1.0])
    optimizer, scaler = SGD([w], lr=1.0), GradScaler()
    with pytest.raises(RuntimeError, match="needs a step"):
        scaler.update()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="already been called on this optimizer"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="after step"):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="since the last update"):
        scaler.step(optimizer)
    scaler.update()
    scaler.step(optimizer)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LossScaler(0.0), "scale must be positive and finite, got 0.0"),
        (lambda: LossScaler(np.nan), "got nan"),
        (lambda: GradScaler(np.inf), "init_scale must be positive and finite, got inf"),
        (lambda: GradScaler(growth_factor=1.0), "growth_factor must be above 1"),
        (lambda: GradScaler(backoff_factor=1.0), "backoff_factor .* got 1.0"),
        (lambda: GradScaler(backoff_factor=0.0), "backoff_factor .* got 0.0"),
        (lambda: GradScaler(growth_interval=0), "growth_interval .* 1: 0"),
    ],
)
def test_bad_options(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_defaults_are_torchs():
    assert GradScaler().state_dict() == torch.amp.GradScaler("cpu").state_dict()


def test_a_single_gradient_of_several_decides():
    parameters = [Parameter(np.zeros(1, np.float32)) for _ in range(3)]
    for parameter, value in zip(parameters, [1.0, np.inf, 1.0], strict=True):
        parameter.grad = np.float32([value])
    assert not LossScaler().step(SGD(parameters, lr=1.0))
    assert [parameter.data.item() for parameter in parameters] == [0.0, 0.0, 0.0]
