"""The range test: what it records, when it stops, and that it leaves no trace."""

import numpy as np
import pytest

import dlbook.training.range_test as range_test_module
from dlbook import nn
from dlbook.optim import SGD, Adam
from dlbook.training import RangeTest, learning_rate_range_test
from tests.training.runs import RunningMean, assert_same_bits, data, loader, network

LOSS = nn.CrossEntropyLoss()


def range_test(model, training, optimizer, **options):
    options = {"low": 1e-3, "high": 1.0, "steps": 7, "progress": False} | options
    return learning_rate_range_test(
        model, training, **({"loss": LOSS, "optimizer": optimizer} | options)
    )


def square(start=1.0):
    """Return a model of one weight w, and a loss w squared."""
    model = nn.Sequential(nn.Linear(1, 1, bias=False)).to(np.float64)
    model[0].weight.data[...] = start
    return model, lambda output, target: (output * output).mean()


ONE = [(np.ones((1, 1)), np.ones(1))]


def test_rates_grow_by_one_factor_from_low_to_high():
    model = network()
    found = range_test(model, [data(4)], SGD(model.parameters(), lr=0.1))
    np.testing.assert_allclose(found.rates, np.logspace(-3, 0, 7), rtol=1e-12)
    assert not found.diverged
    assert len(found.losses) == len(found.smoothed) == 7


def test_each_loss_is_that_before_the_step_with_its_rate():
    model, loss = square()
    found = range_test(
        model, ONE, SGD(model.parameters()), loss=loss, low=0.01, high=0.1, steps=4
    )
    w = 1.0
    for rate, value in zip(found.rates, found.losses, strict=True):
        np.testing.assert_allclose(value, w * w, rtol=1e-12)
        w -= rate * 2 * w


def test_every_group_takes_the_rate():
    model = network()
    two = [{"params": [p], "lr": 5.0 + i} for i, p in enumerate(model.parameters())]
    plain = range_test(model, [data(4)], SGD(model.parameters()))
    grouped = range_test(model, [data(4)], SGD(two))
    np.testing.assert_array_equal(plain.losses, grouped.losses)


def test_the_smoothed_loss_is_a_running_mean_without_bias():
    model, inputs = network(), data(12)
    batches = [(inputs[0][i : i + 2], inputs[1][i : i + 2]) for i in (0, 2, 4, 6)]
    found = range_test(model, batches, SGD(model.parameters()), smoothing=0.8)
    weights = 0.8 ** np.arange(7)
    for n in range(1, 8):
        mean = (found.losses[:n][::-1] * weights[:n]).sum() / weights[:n].sum()
        np.testing.assert_allclose(found.smoothed[n - 1], mean, rtol=1e-12)
    raw = range_test(model, batches, SGD(model.parameters()), smoothing=0)
    np.testing.assert_allclose(raw.smoothed, raw.losses, rtol=1e-15)


def test_stops_when_the_loss_has_grown_too_large():
    model, loss = square()
    options = {"loss": loss, "low": 0.1, "high": 100.0, "steps": 30, "smoothing": 0.0}
    found = range_test(model, ONE, SGD(model.parameters()), stop_at=3.0, **options)
    assert found.diverged
    assert len(found.rates) < 30
    assert found.losses[-1] > 3 * found.losses.min()
    assert (found.losses[:-1] <= 3 * np.minimum.accumulate(found.losses[:-1])).all()
    later = range_test(model, ONE, SGD(model.parameters()), stop_at=1e6, **options)
    assert len(later.rates) > len(found.rates)


def test_a_loss_of_exactly_the_bound_goes_on():
    model, loss = square()
    found = range_test(  # each step doubles w, each loss is four times the one before
        model,
        ONE,
        SGD(model.parameters(), maximize=True),
        loss=loss,
        low=0.5,
        high=0.5 + 1e-16 + 2**-53,
        steps=2,
        smoothing=0.0,
        stop_at=4.0,
    )
    np.testing.assert_array_equal(found.losses, [1.0, 4.0])
    assert not found.diverged


def test_a_loss_that_is_not_finite_ends_it_and_is_not_recorded():
    model, _ = square()
    values = iter([1.0, 2.0, np.inf, 1.0])
    found = range_test(
        model,
        ONE,
        SGD(model.parameters()),
        loss=lambda output, target: output.sum() * 0.0 + next(values),
    )
    np.testing.assert_array_equal(found.losses, [1.0, 2.0])
    assert found.diverged
    nothing = range_test(
        model,
        ONE,
        SGD(model.parameters()),
        loss=lambda output, target: output.sum() * np.nan,
    )
    assert repr(nothing) == "RangeTest(0 steps, diverged)"
    assert nothing.rates.shape == nothing.losses.shape == nothing.smoothed.shape == (0,)


class Everything:
    """A model with every kind of state, an optimizer and a loader that draw on it."""

    def __init__(self):
        rng = np.random.default_rng(3)
        self.model = nn.Sequential(
            nn.Linear(3, 4, rng=rng),
            RunningMean(4),
            nn.Dropout(0.5, rng=np.random.default_rng(4)),
            nn.Linear(4, 2, rng=rng),
        ).to(np.float64)
        self.optimizer = Adam(self.model.parameters(), lr=0.03)
        self.training = loader(*data(10), 4, rng)
        self.model.train(False)
        for parameter in self.model.parameters():
            parameter.grad = np.full(parameter.shape, 0.5)
        self.optimizer.step()

    def state(self):
        state = self.optimizer.state_dict()
        arrays = {
            f"{i} {name}": np.asarray(value)
            for i, values in state["state"].items()
            for name, value in values.items()
        }
        grads = {f"grad {i}": p.grad for i, p in enumerate(self.model.parameters())}
        others = [
            state["param_groups"],
            self.training.rng.bit_generator.state,
            self.model[2].rng.bit_generator.state,
            [module.training for module in self.model.modules()],
        ]
        return self.model.state_dict() | arrays | grads, others


@pytest.mark.parametrize("fails", [False, True])
def test_leaves_no_trace(fails):
    run = Everything()
    gradients = [p.grad for p in run.model.parameters()]
    arrays, others = run.state()
    calls = []

    def loss(outputs, targets):
        assert all(module.training for module in run.model.modules())
        calls.append(run.model.state_dict())
        if fails and len(calls) == 5:
            raise KeyboardInterrupt
        return LOSS(outputs, targets)

    if fails:
        with pytest.raises(KeyboardInterrupt):
            range_test(run.model, run.training, run.optimizer, loss=loss)
    else:
        range_test(run.model, run.training, run.optimizer, loss=loss)
    after, others_after = run.state()
    assert_same_bits(arrays, after)
    assert others == others_after
    now = [p.grad for p in run.model.parameters()]
    assert all(a is b for a, b in zip(gradients, now, strict=True))
    weights = [state["0.weight"] for state in calls]
    assert not np.array_equal(weights[0], weights[-1])  # there was something to undo


def test_two_tests_in_a_row_are_equal():
    run = Everything()
    first = range_test(run.model, run.training, run.optimizer)
    second = range_test(run.model, run.training, run.optimizer)
    np.testing.assert_array_equal(first.losses, second.losses)


def test_batches_begin_anew_when_they_end():
    seen = []
    model, _ = square()
    batches = [(np.zeros((1, 1)), np.full(1, x)) for x in (1, 2, 3)]

    def noting(output, target):
        seen.append(target.item())
        return output.sum()

    range_test(model, batches, SGD(model.parameters()), loss=noting)
    assert seen == [1, 2, 3, 1, 2, 3, 1]


def test_the_steepest_rate():
    rates = np.logspace(-4, 0, 5)
    losses = np.array([2.0, 1.9, 1.0, 0.9, 3.0])
    found = RangeTest(rates, losses, losses, diverged=False)
    assert found.steepest == rates[1]  # beside the step from 1.9 to 1.0, twice as steep
    lower = RangeTest(rates, losses, np.array([2.0, 2, 2, 1, 0]), diverged=False)
    assert lower.steepest == rates[3]
    with pytest.raises(ValueError, match="at least 3 steps, the test made 2"):
        _ = RangeTest(rates[:2], losses[:2], losses[:2], diverged=True).steepest
    assert RangeTest(rates[:3], losses[:3], losses[:3], diverged=True).steepest


def test_prints_what_it_found():
    rates = np.array([0.001, 0.5])
    found = RangeTest(rates, np.array([2.0, 1.5]), np.array([2.0, 1.7]), diverged=False)
    assert repr(found) == "RangeTest(2 steps, rates 0.001 to 0.5, lowest loss 1.5)"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"low": 0.0}, ValueError, "0 < low < high, got 0.0 and 1.0"),
        ({"low": 1.0}, ValueError, "0 < low < high, got 1.0 and 1.0"),
        ({"low": np.nan}, ValueError, "low must be finite"),
        ({"high": np.inf}, ValueError, "high must be finite"),
        ({"high": "1"}, TypeError, "high must be a number, got str"),
        ({"steps": 1}, ValueError, "steps must be at least 2, got 1"),
        ({"steps": 5.0}, TypeError, "steps must be an int, got 5.0"),
        ({"smoothing": 1.0}, ValueError, "smoothing must be less than 1"),
        ({"smoothing": 1.5}, ValueError, "smoothing must be finite and in"),
        ({"smoothing": -0.1}, ValueError, "smoothing must be finite and in"),
        ({"stop_at": 0.5}, ValueError, "stop_at must be finite and >= 1, got 0.5"),
        ({"loss": "mse"}, TypeError, "loss must be callable, got str"),
        ({"loss": lambda o, t: o}, ValueError, "single number"),
        ({"optimizer": None}, TypeError, "optimizer must be an Optimizer"),
    ],
)
def test_refuses(change, error, message):
    model = network()
    with pytest.raises(error, match=message):
        range_test(
            model, [data(4)], **({"optimizer": SGD(model.parameters())} | change)
        )


def test_training_without_batches_is_refused():
    class Nothing:
        def __iter__(self):
            return iter(())

    model = network()
    with pytest.raises(ValueError, match="there is no batch to learn from"):
        range_test(model, Nothing(), SGD(model.parameters()))
    with pytest.raises(TypeError, match="must give its batches anew"):
        range_test(model, iter([data(4)]), SGD(model.parameters()))


def test_the_bar_counts_steps():
    advanced = []

    class Bar(range_test_module.ProgressBar):
        def advance(self, *values):
            advanced.append(values)

    model, loss = square()
    before, range_test_module.ProgressBar = range_test_module.ProgressBar, Bar
    try:
        found = range_test(model, ONE, SGD(model.parameters()), loss=loss, steps=3)
    finally:
        range_test_module.ProgressBar = before
    assert advanced == [(1, 1, value) for value in found.losses]


def test_a_factor_of_1_stops_at_the_first_rise():
    model, loss = square()
    climbing = SGD(model.parameters(), maximize=True)
    found = range_test(model, ONE, climbing, loss=loss, smoothing=0.0, stop_at=1)
    assert len(found.losses) == 2
    assert found.diverged


def test_two_steps_are_enough():
    model, loss = square()
    found = range_test(model, ONE, SGD(model.parameters()), loss=loss, steps=2)
    np.testing.assert_allclose(found.rates, [1e-3, 1.0], rtol=1e-12)
