"""Temperature scaling: the best temperature, where there is one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.metrics import expected_calibration_error
from dlbook.training import fit_temperature


def drawn(seed=0, samples=4000, spread=2.0):
    """Return logits and targets drawn from their softmax."""
    rng = np.random.default_rng(seed)
    logits = spread * rng.standard_normal((samples, 4))
    p = F.softmax(Tensor(logits)).data
    return logits, (rng.random((samples, 1)) > p.cumsum(axis=1)).sum(axis=1)


def test_two_classes_by_hand():
    # right in 3 of 4 cases: softmax must say 3/4, a difference of log 3
    logits, targets = np.tile([0.0, 2.0], (4, 1)), [1, 1, 1, 0]
    assert math.isclose(
        fit_temperature(logits, targets), 2 / math.log(3), rel_tol=1e-11
    )


@given(seed=st.integers(0, 20), factor=st.sampled_from([0.2, 1.0, 30.0]))
def test_no_other_temperature_is_better(seed, factor):
    logits, targets = drawn(seed, 60)
    logits = factor * logits
    best = fit_temperature(logits, targets)

    def loss(t):
        return F.cross_entropy(Tensor(logits / t), targets).item()

    for other in (0.5, 0.99, 1.01, 2.0):
        assert loss(best) < loss(other * best)


def test_the_temperature_that_was_turned_on_is_found():
    logits, targets = drawn(samples=20_000)
    assert abs(fit_temperature(logits, targets) - 1) < 0.05
    one = fit_temperature(logits, targets)
    for turned in (0.1, 3.0):
        found = fit_temperature(turned * logits, targets)
        assert math.isclose(found, turned * one, rel_tol=1e-10)


def test_dividing_by_it_calibrates():
    logits, targets = drawn()
    logits = 4 * logits  # sure of itself
    t = fit_temperature(logits, targets)
    before, after = (
        expected_calibration_error(F.softmax(Tensor(z)).data, targets)
        for z in (logits, logits / t)
    )
    assert after < 0.04 < 0.1 < before


def test_a_shift_of_all_logits_and_a_tensor_change_nothing():
    logits, targets = drawn(samples=50)
    t = fit_temperature(logits, targets)
    shifted = logits + 1000 * np.arange(50)[:, np.newaxis]
    assert math.isclose(fit_temperature(shifted, targets), t, rel_tol=1e-9)
    assert fit_temperature(Tensor(logits), targets) == t
    single = logits.astype(np.float32)
    before = single.copy()
    assert math.isclose(fit_temperature(single, targets), t, rel_tol=1e-4)
    np.testing.assert_array_equal(single, before)


def test_it_reaches_far_and_not_further():
    logits, targets = np.tile([0.0, 2.0], (4, 1)), [1, 1, 1, 0]
    t = fit_temperature(logits, targets)
    for factor in (1e-5, 1e5):
        found = fit_temperature(factor * logits, targets)
        assert math.isclose(found, factor * t, rel_tol=1e-11)
    with pytest.raises(ValueError, match="no temperature is best"):
        fit_temperature(1e7 * logits, targets)
    with pytest.raises(ValueError, match="every sample is classified right"):
        fit_temperature(1e-7 * logits, targets)


@pytest.mark.parametrize(
    ("logits", "targets", "error", "match"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [0, 1], ValueError, "every sample is classified r"),
        ([[1.0, 0.0], [0.0, 1.0]], [1, 0], ValueError, "no temperature is best"),
        ([[0.0, 0.0]], [0], ValueError, "every sample is classified right"),
        ([[math.inf, 0.0]], [0], ValueError, "logits contains an infinite number"),
        ([[math.nan, 0.0]], [0], ValueError, "logits contains 1 NaN"),
        ([1.0, 0.0], [0, 1], ValueError, r"logits has shape \(2,\), expected \(N, C\)"),
        ([[1.0, 0.0]], [0, 1], ValueError, r"1 sample\(s\) and targets 2"),
        ([[1.0, 0.0]], [2], ValueError, "contains class 2"),
        ([[1.0, 0.0]], [0.5], TypeError, "targets must be class numbers"),
    ],
)
def test_where_there_is_no_best_temperature(logits, targets, error, match):
    with pytest.raises(error, match=f"fit_temperature: .*{match}"):
        fit_temperature(logits, targets)
