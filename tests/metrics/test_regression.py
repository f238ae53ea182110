"""Errors of predicted numbers: by hand, and on bad input."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.metrics import mean_absolute_error, mean_squared_error, r2_score

PREDICTED = [1.0, 2.0, 4.0, 4.0]
TARGETS = [1.0, 3.0, 2.0, 6.0]  # errors 0, -1, 2, -2; mean 3, spread 4 + 0 + 1 + 9
EVERY = (mean_squared_error, mean_absolute_error, r2_score)


def test_small_examples():
    assert mean_squared_error(PREDICTED, TARGETS) == 9 / 4
    assert mean_absolute_error(PREDICTED, TARGETS) == 5 / 4
    assert r2_score(PREDICTED, TARGETS) == pytest.approx(1 - 9 / 14, rel=1e-15)


def test_perfect_predictions_and_the_mean():
    assert mean_squared_error(TARGETS, TARGETS) == 0
    assert mean_absolute_error(TARGETS, TARGETS) == 0
    assert r2_score(TARGETS, TARGETS) == 1
    assert r2_score([3.0] * 4, TARGETS) == 0


def test_several_outputs_are_averaged():
    further = np.array(TARGETS) + 100.0  # about another mean
    predicted = np.stack([PREDICTED, further], axis=1)
    targets = np.stack([TARGETS, further], axis=1)
    assert mean_squared_error(predicted, targets) == 9 / 8
    assert mean_absolute_error(predicted, targets) == 5 / 8
    expected = (1 - 9 / 14 + 1) / 2
    assert r2_score(predicted, targets) == pytest.approx(expected, rel=1e-15)
    assert r2_score(predicted[:, ::-1], targets[:, ::-1]) == pytest.approx(expected)
    cube = r2_score(predicted.reshape(4, 2, 1), targets.reshape(4, 2, 1))
    assert cube == pytest.approx(expected, rel=1e-15)
    doubled = np.stack([PREDICTED, np.array(PREDICTED) + 100], axis=1)
    assert r2_score(doubled, targets) == pytest.approx(1 - 9 / 14, rel=1e-15)


@pytest.mark.parametrize("metric", EVERY)
def test_tensors_float32_and_integers_are_computed_in_float64(metric):
    tensor = Tensor(np.array(PREDICTED, np.float32), requires_grad=True)
    result = metric(tensor, np.array([1, 3, 2, 6], np.uint8))
    assert result == metric(PREDICTED, TARGETS)
    assert isinstance(result, float)


def test_small_unsigned_integers_do_not_wrap_around():
    pair = np.array([0, 10], np.uint8), np.array([255, 0], np.uint8)
    assert mean_absolute_error(*pair) == 265 / 2


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        ([1.0, 2.0], [1.0], ValueError, r"shape \(2,\) and targets \(1,\)"),
        ([[1.0], [2.0]], [1.0, 2.0], ValueError, r"shape \(2, 1\) and targets \(2,\)"),
        ([], [], ValueError, r"predictions is empty, of shape \(0,\)"),
        ([1.0, np.nan], [1.0, 2.0], ValueError, "predictions must be finite, got 1 "),
        ([1.0, 2.0], [np.inf, -np.inf], ValueError, "targets must be finite, got 2 "),
        ([1.0, 2.0j], [1.0, 2.0], TypeError, "predictions must be real .* complex128"),
        ([True, False], [1.0, 2.0], TypeError, "predictions must be real .* bool"),
        ([1.0], 1.0, ValueError, "targets is a single number"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    metric, predictions, targets, error, message
):
    with pytest.raises(error, match=f"^{metric.__name__}: .*{message}"):
        metric(predictions, targets)


@pytest.mark.parametrize(
    "targets", [[0.1, 0.1, 0.1], [2.0], [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]]
)
def test_equal_targets_have_no_variance_to_explain(targets):
    with pytest.raises(ValueError, match=r"^r2_score: targets are all equal"):
        r2_score(np.zeros(np.shape(targets)), targets)
