"""The training loop of the recorded runs, on examples that a line can separate."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.claims.runs.classification import train_and_test
from dlbook.data import Dataset
from dlbook.nn import CrossEntropyLoss, Linear
from dlbook.optim import Adam


def two_classes(rng, samples):
    targets = np.arange(samples) % 2
    inputs = rng.normal(size=(samples, 3)) + 4 * targets[:, np.newaxis]
    return Dataset("two", inputs.astype(np.float32), targets, ("0", "1"))


def trained(seed, steps=None, epochs=8):
    rng = np.random.default_rng(seed)
    training, test = two_classes(rng, 40), two_classes(rng, 20)
    return train_and_test(
        Linear(3, 2, rng=rng),
        training,
        test,
        rng=rng,
        batch_size=10,
        lr=0.1,
        epochs=epochs,
        steps=steps,
    )


def test_it_learns_and_counts_in_percent():
    outcome = trained(0)
    assert outcome.losses.shape == (32,)
    assert outcome.losses[-1] < 0.5 * outcome.losses[0]
    assert outcome.figure >= 95
    assert outcome.figure == pytest.approx(5 * round(outcome.figure / 5))


def test_a_run_cut_short_begins_like_the_whole_run_and_measures_nothing():
    whole, short = trained(1), trained(1, steps=7)
    np.testing.assert_array_equal(short.losses, whole.losses[:7])
    assert np.isnan(short.figure)


def test_the_last_quarter_has_a_tenth_of_the_learning_rate(monkeypatch):
    rates = []
    step = Adam.step

    def noted(self):
        rates.append(self.param_groups[0]["lr"])
        return step(self)

    monkeypatch.setattr(Adam, "step", noted)
    trained(0)
    np.testing.assert_allclose(rates, [0.1] * 24 + [0.01] * 8)


def test_the_loss_is_that_of_the_batch_before_the_step():
    rng = np.random.default_rng(2)
    training, test = two_classes(rng, 10), two_classes(rng, 10)
    model = Linear(3, 2, rng=rng)
    scores = model(Tensor(training.inputs))
    expected = CrossEntropyLoss()(scores, training.targets).item()
    outcome = train_and_test(
        model, training, test, rng=rng, batch_size=10, lr=0.1, epochs=1
    )
    assert outcome.losses[0] == pytest.approx(expected, rel=1e-5)
