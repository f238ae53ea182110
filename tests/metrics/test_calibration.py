"""Calibration: bins by hand, models that know and models that only think they do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.metrics import calibration_curve, expected_calibration_error

BOTH = [calibration_curve, expected_calibration_error]


def binary(*confidence):
    """Return probabilities of two classes; 1 is the more probable one."""
    return np.array([[1 - p, p] for p in confidence])


def test_the_error_by_hand():
    probabilities = binary(0.55, 0.58, 0.72, 0.95, 0.97, 0.99)
    targets = [1, 0, 0, 1, 1, 0]
    confidence, accuracy, count = calibration_curve(probabilities, targets, bins=10)
    np.testing.assert_allclose(confidence, [0.565, 0.72, 0.97], rtol=1e-12)
    np.testing.assert_allclose(accuracy, [1 / 2, 0, 2 / 3], rtol=1e-12)
    np.testing.assert_array_equal(count, [2, 1, 3])
    assert count.dtype == np.int64
    expected = (2 * 0.065 + 0.72 + 3 * (0.97 - 2 / 3)) / 6
    error = expected_calibration_error(probabilities, targets, bins=10)
    assert isinstance(error, float)
    assert math.isclose(error, expected, rel_tol=1e-12)


def test_a_bin_ends_with_its_upper_edge():
    confidence, _, count = calibration_curve(
        binary(0.75, 0.7500001, 0.5, 1.0), [1, 1, 1, 1], bins=4
    )
    np.testing.assert_array_equal(count, [1, 1, 2])
    np.testing.assert_allclose(confidence, [0.5, 0.75, 0.87500005])


def test_many_classes_reach_the_first_bins():
    unsure = np.full((2, 100), 0.01)
    unsure[1, 0], unsure[1, 1:] = 0.03, 0.97 / 99
    confidence, accuracy, count = calibration_curve(unsure, [0, 0], bins=40)
    np.testing.assert_array_equal(count, [1, 1])
    np.testing.assert_allclose(confidence, [0.01, 0.03])
    np.testing.assert_array_equal(accuracy, [1, 1])


def test_the_default_has_15_bins():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 500)
    targets = (rng.random((500, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    default, same, other = (
        expected_calibration_error(probabilities, targets, **options)
        for options in ({}, {"bins": 15}, {"bins": 16})
    )
    assert default == same != other
    for bins in ({}, {"bins": 15}):
        assert len(calibration_curve(probabilities, targets, **bins)[0]) <= 15


def slow_error(probabilities, targets, bins):
    """Return eq. 3 of the paper, bin by bin, sample by sample."""
    total = 0.0
    for m in range(1, bins + 1):
        chosen = [
            (row.max(), row.argmax() == y)
            for row, y in zip(probabilities, targets, strict=True)
            if (m - 1) / bins < row.max() <= m / bins
        ]
        if chosen:
            confidence, right = np.mean(chosen, axis=0)
            total += len(chosen) / len(targets) * abs(right - confidence)
    return total


@given(seed=st.integers(0, 100), bins=st.integers(1, 30), classes=st.integers(1, 5))
def test_the_error_is_that_of_the_formula(seed, bins, classes):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), 40)
    targets = rng.integers(classes, size=40)
    error = expected_calibration_error(probabilities, targets, bins=bins)
    assert math.isclose(error, slow_error(probabilities, targets, bins), abs_tol=1e-12)
    assert 0 <= error <= 1
    confidence, accuracy, count = calibration_curve(probabilities, targets, bins=bins)
    assert count.sum() == 40
    assert count.min() > 0
    assert (np.diff(confidence) > 0).all()
    mean = np.mean(probabilities.argmax(axis=1) == targets)
    assert math.isclose(np.sum(count * accuracy) / 40, mean)


def test_a_model_that_knows_what_it_knows_has_a_small_error():
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((20_000, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    targets = (rng.random((20_000, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    # a bin of n samples is off by 1 / (2 sqrt(n)) at most, as a standard deviation
    assert expected_calibration_error(probabilities, targets) < 15 / math.sqrt(20_000)
    sharper = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
    assert expected_calibration_error(sharper, targets) > 0.1


def test_the_extremes():
    sure = np.eye(3)
    assert expected_calibration_error(sure, [0, 1, 2]) == 0
    assert expected_calibration_error(sure, [1, 2, 0]) == 1
    assert expected_calibration_error(np.ones((2, 1)), [0, 0]) == 0


def test_tensors_lists_and_float32_will_do():
    values, targets = binary(0.75, 0.5), [1, 1]
    expected = expected_calibration_error(values, targets)
    for given_values in (values.tolist(), Tensor(values), values.astype(np.float32)):
        assert expected_calibration_error(given_values, targets) == expected
    rounded = np.random.default_rng(0).dirichlet(np.ones(20), 100).astype(np.float16)
    expected_calibration_error(rounded, np.zeros(100, int))


@pytest.mark.parametrize("function", BOTH, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("probabilities", "targets", "options", "error", "match"),
    [
        ([[2.0, -1.0]], [0], {}, ValueError, "probabilities must be .* apply softmax"),
        ([[0.5, 0.498]], [0], {}, ValueError, "sums from 0.998 to 0.998"),
        ([[0.5, 0.5], [0.5, 0.6]], [0, 0], {}, ValueError, "sums from 1 to 1.1"),
        ([[math.nan, 1.0]], [0], {}, ValueError, "probabilities contains 1 NaN"),
        ([0.5, 0.5], [0, 1], {}, ValueError, r"shape \(2,\), expected \(N, C\)"),
        ([["a", "b"]], [0], {}, TypeError, "must be real numbers"),
        (binary(0.5), [0, 1], {}, ValueError, r"1 sample\(s\) and targets 2"),
        (binary(0.5), [2], {}, ValueError, r"class 2, expected classes in \[0, 2\)"),
        (binary(0.5), [0.0], {}, TypeError, "targets must be class numbers"),
        (np.zeros((0, 2)), [], {}, ValueError, "probabilities is empty"),
        (binary(0.5), [0], {"bins": 0}, ValueError, "bins must be at least 1, got 0"),
        (binary(0.5), [0], {"bins": 1.5}, TypeError, "bins must be an integer"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    function, probabilities, targets, options, error, match
):
    with pytest.raises(error, match=f"{function.__name__}: .*{match}"):
        function(probabilities, targets, **options)
