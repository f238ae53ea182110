"""The ROC curve and its area: by hand, by the definition, and on bad input."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.metrics import roc_auc, roc_curve

SCORES = [0.4, 0.1, 0.8, 0.4, 0.4, 0.9]
TARGETS = [0, 0, 1, 1, 1, 0]


def share_of_pairs(scores, positive):
    """The AUC as it is defined: pairs of a positive and a negative."""
    above, below = scores[positive][:, None], scores[~positive]
    return np.mean((above > below) + 0.5 * (above == below))


def test_equal_scores_are_one_step_of_the_curve():
    false_positive_rate, true_positive_rate, thresholds = roc_curve(SCORES, TARGETS)
    np.testing.assert_array_equal(thresholds, [np.inf, 0.9, 0.8, 0.4, 0.1])
    np.testing.assert_allclose(false_positive_rate, [0, 1 / 3, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(true_positive_rate, [0, 0, 1 / 3, 1, 1])


def test_the_rates_are_those_at_each_threshold(rng):
    scores, targets = rng.integers(0, 20, 100) / 4, rng.integers(0, 2, 100)
    curve = roc_curve(scores, targets)
    for false_positive_rate, true_positive_rate, threshold in zip(*curve, strict=True):
        called = scores >= threshold
        assert false_positive_rate == called[targets == 0].mean()
        assert true_positive_rate == called[targets == 1].mean()
    assert len(curve[2]) == 1 + len(np.unique(scores))


@pytest.mark.parametrize(
    ("scores", "targets", "expected"),
    [
        ([1.0, 2.0], [0, 1], 1.0),
        ([2.0, 1.0], [0, 1], 0.0),
        ([1.0, 1.0, 1.0], [0, 1, 1], 0.5),
        (SCORES, TARGETS, 5 / 9),
        ([-3, -1, -2, 5], [0, 0, 1, 1], 0.75),
    ],
)
def test_the_area_of_small_examples(scores, targets, expected):
    assert roc_auc(scores, targets) == pytest.approx(expected, rel=1e-15)


def test_the_area_is_the_share_of_pairs_in_order(rng):
    for levels in (3, 10, 10**6):
        scores = rng.integers(0, levels, 80) - levels / 2
        targets = rng.integers(0, 2, 80)
        area = roc_auc(scores, targets)
        assert area == pytest.approx(share_of_pairs(scores, targets == 1), rel=1e-14)
        false_positive_rate, true_positive_rate, _ = roc_curve(scores, targets)
        under = np.trapezoid(true_positive_rate, false_positive_rate)
        assert area == pytest.approx(under, rel=1e-14)


def test_several_classes_are_the_mean_of_each_against_the_rest(rng):
    scores, targets = rng.integers(0, 6, (60, 3)) / 2, rng.integers(0, 3, 60)
    expected = np.mean([share_of_pairs(scores[:, c], targets == c) for c in range(3)])
    assert roc_auc(scores, targets) == pytest.approx(expected, rel=1e-14)


def test_two_columns_that_mirror_each_other_are_the_binary_case(rng):
    scores, targets = rng.normal(size=40), rng.integers(0, 2, 40)
    both = roc_auc(np.stack([-scores, scores], axis=1), targets)
    assert both == pytest.approx(roc_auc(scores, targets), rel=1e-15)


def test_tensors_bools_and_integers_are_accepted():
    logits = Tensor(np.array(SCORES, np.float32), requires_grad=True)
    curve = roc_curve(logits, np.array(TARGETS, bool))
    assert curve[2].dtype == np.float32
    assert curve[0].dtype == curve[1].dtype == np.float64
    assert roc_auc(logits, TARGETS) == roc_auc(SCORES, TARGETS)
    thresholds = roc_curve(np.array([3, 1, 2], np.uint8), [1, 0, 1])[2]
    np.testing.assert_array_equal(thresholds, [np.inf, 3, 2, 1])
    assert thresholds.dtype == np.float64


def test_arguments_are_left_alone():
    scores, targets = np.array(SCORES), np.array(TARGETS)
    roc_curve(scores, targets)
    roc_auc(scores, targets)
    np.testing.assert_array_equal(scores, SCORES)
    np.testing.assert_array_equal(targets, TARGETS)


@pytest.mark.parametrize("function", [roc_curve, roc_auc])
@pytest.mark.parametrize(
    ("scores", "targets", "error", "message"),
    [
        ([0.1, 0.2], [0], ValueError, r"scores holds 2 sample\(s\) and targets 1"),
        ([], [], ValueError, "scores is empty"),
        ([0.1, 0.2], [0.0, 1.0], TypeError, "targets must be class numbers.*float64"),
        ([0.1, 0.2], [0, 2], ValueError, r"targets contains class 2.*\[0, 2\)"),
        ([0.1, 0.2], [-1, 1], ValueError, "targets contains class -1"),
        ([0.1, 0.2], [1, 1], ValueError, "both classes, 0 and 1, got 2 times class 1"),
        ([0.1, 0.2], [0, 0], ValueError, "both classes, 0 and 1, got 2 times class 0"),
        ([0.1, np.nan], [0, 1], ValueError, "scores contains 1 NaN among 2"),
        ([0.1, np.inf], [0, 1], ValueError, "scores must be finite, .* to inf"),
        ([0.1, 0.2j], [0, 1], TypeError, "scores must be real numbers, got complex"),
        (0.5, [1], ValueError, r"scores has shape \(\), expected \(N,\)"),
        (np.ones((2, 1, 1)), [0, 1], ValueError, r"scores has shape \(2, 1, 1\)"),
    ],
)
def test_what_has_no_roc_curve_is_refused(function, scores, targets, error, message):
    with pytest.raises(error, match=f"^{function.__name__}: .*{message}"):
        function(scores, targets)


def test_a_roc_curve_of_several_classes_is_refused():
    with pytest.raises(ValueError, match=r"scores has shape \(2, 2\), expected \(N,\)"):
        roc_curve([[0.1, 0.9], [0.2, 0.8]], [0, 1])


@pytest.mark.parametrize(
    ("scores", "targets", "message"),
    [
        (np.ones((2, 3)), [0, 2], r"each of the 3 classes .* got the classes \[0, 2\]"),
        (np.ones((2, 1)), [0, 0], r"at least 2, got the classes \[0\]"),
        (np.ones((2, 2)), [0, 2], r"targets contains class 2.*\[0, 2\)"),
        (np.ones((3, 2)), [0, 1], r"scores holds 3 sample\(s\) and targets 2"),
    ],
)
def test_an_area_needs_every_class(scores, targets, message):
    with pytest.raises(ValueError, match=f"^roc_auc: .*{message}"):
        roc_auc(scores, targets)
