"""Accuracy, the confusion matrix and its shares: by hand, and on bad input."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.metrics import (
    accuracy,
    confusion_matrix,
    f1_score,
    precision,
    recall,
    top_k_accuracy,
)

# Class 0: 3 of 4 found, class 1: 1 of 2, class 2: never predicted, class 3: not there
# but predicted once.
TARGETS = [0, 0, 0, 0, 1, 1, 2]
PREDICTED = [0, 0, 0, 1, 1, 3, 0]
MATRIX = [[3, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]
SCORES = np.array(
    [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]], np.float32
)
EVERY = (accuracy, confusion_matrix, precision, recall, f1_score)
SHARES = (precision, recall, f1_score)


def test_accuracy_is_the_share_of_equal_class_numbers():
    assert accuracy(PREDICTED, TARGETS) == 4 / 7
    assert accuracy([1], [1]) == 1
    assert accuracy([1, 0], [0, 1]) == 0


def test_accuracy_of_scores_takes_the_first_of_the_largest():
    assert accuracy(SCORES, [0, 1, 2, 0]) == 3 / 4
    assert accuracy(SCORES, [0, 1, 1, 1]) == 3 / 4
    assert accuracy(-SCORES, [2, 0, 0, 2]) == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scores_of_every_float_type_count_alike(dtype):
    assert accuracy(SCORES.astype(dtype), [0, 1, 1, 1]) == 3 / 4


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_class_numbers_of_every_integer_type_count_alike(dtype):
    predicted = np.array([199, 199, 0], dtype)
    counts = confusion_matrix(predicted, np.array([199, 0, 199], dtype))
    assert counts.shape == (200, 200)
    assert counts[199, 199] == counts[0, 199] == counts[199, 0] == 1
    assert counts.sum() == 3


def test_tensors_and_bools_are_accepted():
    assert accuracy(Tensor(SCORES, requires_grad=True), np.array([0, 1, 1, 1])) == 3 / 4
    assert accuracy(SCORES[:, 0] > 0.3, [1, 0, 0, 0]) == 3 / 4
    counts = confusion_matrix(Tensor(np.array([1, 1])), Tensor(np.array([0, 1])))
    np.testing.assert_array_equal(counts, [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("k", "expected"), [(1, 2 / 5), (2, 3 / 5), (np.int64(3), 4 / 5), (4, 1.0)]
)
def test_top_k_accuracy_counts_ranks_below_k(k, expected):
    scores = np.tile([0.1, 0.4, 0.2, 0.3], (5, 1))
    assert top_k_accuracy(scores, [1, 1, 3, 2, 0], k) == expected


@pytest.mark.parametrize(("k", "expected"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4)])
def test_of_equal_scores_the_smaller_class_number_ranks_first(k, expected):
    scores = np.zeros((4, 4))
    assert top_k_accuracy(scores, [0, 1, 2, 3], k) == expected
    lists = top_k_accuracy([[1.0, 2.0, 2.0, 0.0]] * 4, [1, 2, 0, 3], k)
    assert lists == expected


def test_top_1_accuracy_is_the_accuracy(rng):
    scores = rng.integers(0, 3, (200, 4)).astype(float)  # many ties
    targets = rng.integers(0, 4, 200)
    assert top_k_accuracy(scores, targets, k=1) == accuracy(scores, targets)


def test_top_k_accuracy_takes_the_definition_literally(rng):
    scores = rng.integers(0, 4, (60, 7)).astype(float)
    targets = rng.integers(0, 7, 60)
    for k in range(1, 8):
        found = [
            target in sorted(range(7), key=lambda c, row=row: (-row[c], c))[:k]
            for row, target in zip(scores, targets, strict=True)
        ]
        assert top_k_accuracy(scores, targets, k) == np.mean(found)


def test_top_k_accuracy_asks_for_five_by_default():
    scores = -np.arange(7.0)
    assert top_k_accuracy(np.tile(scores, (7, 1)), np.arange(7)) == 5 / 7


def test_infinite_scores_have_their_place():
    scores = [[-np.inf, 0.0, np.inf], [0.0, -np.inf, -np.inf]]
    assert accuracy(scores, [2, 0]) == 1
    assert top_k_accuracy(scores, [1, 2], k=2) == 0.5


def test_rows_of_the_confusion_matrix_are_true_classes():
    counts = confusion_matrix(PREDICTED, TARGETS)
    np.testing.assert_array_equal(counts, MATRIX)
    assert counts.dtype == np.int64


def test_the_confusion_matrix_has_a_row_for_every_class():
    np.testing.assert_array_equal(confusion_matrix([0, 0], [1, 0]), [[1, 0], [1, 0]])
    np.testing.assert_array_equal(confusion_matrix([1, 0], [0, 0]), [[1, 1], [0, 0]])
    wide = confusion_matrix(PREDICTED, TARGETS, num_classes=6)
    assert wide.shape == (6, 6)
    np.testing.assert_array_equal(wide[:4, :4], MATRIX)
    assert wide.sum() == 7
    assert confusion_matrix(SCORES[:2], [0, 0]).shape == (3, 3)  # a column each
    assert confusion_matrix(SCORES[:2], [0, 0], 3).shape == (3, 3)
    assert confusion_matrix([0], [0]).shape == (1, 1)


@pytest.mark.parametrize(
    ("metric", "per_class"),
    [
        (precision, [3 / 4, 1 / 2, 0.25, 0.0]),
        (recall, [3 / 4, 1 / 2, 0.0, 0.25]),
        (f1_score, [6 / 8, 2 / 4, 0.0, 0.0]),
    ],
)
def test_shares_of_each_class(metric, per_class):
    """With 0/0 taken for 0.25."""
    shares = metric(PREDICTED, TARGETS, average=None, zero_division=0.25)
    np.testing.assert_allclose(shares, per_class, rtol=1e-15)
    assert shares.dtype == np.float64
    macro = metric(PREDICTED, TARGETS, zero_division=0.25)
    assert macro == pytest.approx(np.mean(per_class), rel=1e-15)
    assert macro == metric(PREDICTED, TARGETS, "macro", zero_division=0.25)
    weighted = metric(PREDICTED, TARGETS, "weighted", zero_division=0.25)
    expected = (4 * per_class[0] + 2 * per_class[1] + per_class[2]) / 7
    assert weighted == pytest.approx(expected, rel=1e-15)
    assert metric(PREDICTED, TARGETS, "micro") == pytest.approx(4 / 7, rel=1e-15)


@pytest.mark.parametrize("metric", SHARES)
def test_classes_that_do_not_occur_leave_the_averages_alone(metric):
    for average in ("macro", "micro", "weighted"):
        few = metric(PREDICTED, TARGETS, average)
        many = metric(PREDICTED, TARGETS, average, num_classes=9, zero_division=0.0)
        assert few == many
        assert isinstance(few, float)
    shares = metric(PREDICTED, TARGETS, None, num_classes=6, zero_division=1)
    np.testing.assert_array_equal(shares[4:], [1, 1])
    np.testing.assert_array_equal(
        metric(PREDICTED, TARGETS, None, 6)[4:], [0, 0]
    )  # the default


@pytest.mark.parametrize("metric", SHARES)
def test_shares_of_scores_are_those_of_their_classes(metric, rng):
    scores, targets = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    classes = scores.argmax(axis=1)
    assert metric(scores, targets) == metric(classes, targets)


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        ([0, 1], [0], ValueError, r"predictions holds 2 sample\(s\) and targets 1"),
        ([[0.0], [1.0]], [0], ValueError, r"predictions holds 2 sample\(s\)"),
        ([], [], ValueError, r"targets is empty, of shape \(0,\)"),
        (np.zeros((1, 0)), [0], ValueError, r"predictions is empty"),
        ([0.0, 1.0], [0, 1], TypeError, "predictions must be class numbers.*float64"),
        ([0, 1], [0.0, 1.0], TypeError, "targets must be class numbers.*float64"),
        (["a"], [0], TypeError, "predictions must be class numbers"),
        ([[0, 1], [1, 0]], [0, 1], ValueError, r"int64 of shape \(2, 2\)"),
        (np.zeros((2, 2, 2)), [0, 1], ValueError, r"float64 of shape \(2, 2, 2\)"),
        (0, [0], ValueError, r"int64 of shape \(\)"),
        ([0, 1], [[0, 1], [0, 1]], ValueError, r"targets has shape \(2, 2\)"),
        ([0, -1], [0, 1], ValueError, "predictions contains class -1"),
        ([0, 1], [0, -100], ValueError, "targets contains class -100"),
        ([[0.5, 0.5]], [2], ValueError, r"class 2, expected classes in \[0, 2\)"),
        ([[0.5, np.nan]], [1], ValueError, "predictions contains 1 NaN among 2"),
        ([[0.5, 0.5], [1.0]], [0, 1], ValueError, "predictions is no array"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(
    metric, predictions, targets, error, message
):
    with pytest.raises(error, match=f"^{metric.__name__}: .*{message}"):
        metric(predictions, targets)


@pytest.mark.parametrize("metric", EVERY[1:])
@pytest.mark.parametrize(
    ("predictions", "num_classes", "error", "message"),
    [
        ([0, 2], 2, ValueError, r"predictions contains class 2.*\[0, 2\)"),
        ([0, 0], 1, ValueError, r"targets contains class 1.*\[0, 1\)"),
        ([0, 1], 0, ValueError, "num_classes must be at least 1, got 0"),
        ([0, 1], 2.0, TypeError, "num_classes must be an integer, got float"),
        ([0, 1], True, TypeError, "num_classes must be an integer, got bool"),
        ([[0.5, 0.5]] * 2, 3, ValueError, "num_classes is 3, but .* 2 classes"),
    ],
)
def test_a_number_of_classes_that_does_not_fit_is_refused(
    metric, predictions, num_classes, error, message
):
    with pytest.raises(error, match=f"^{metric.__name__}: {message}"):
        metric(predictions, [0, 1], num_classes=num_classes)


@pytest.mark.parametrize("metric", SHARES)
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"average": "binary"}, ValueError, "average must be one of .* got 'binary'"),
        ({"zero_division": "warn"}, TypeError, "zero_division must be a number"),
        ({"zero_division": 1.5}, ValueError, r"zero_division must lie in \[0, 1\]"),
        ({"zero_division": np.nan}, ValueError, "zero_division .* got nan"),
    ],
)
def test_options_that_do_not_exist_are_refused(metric, options, error, message):
    with pytest.raises(error, match=f"^{metric.__name__}: {message}"):
        metric([0, 1], [0, 1], **options)


@pytest.mark.parametrize(
    ("scores", "targets", "k", "error", "message"),
    [
        ([0.5, 0.5], [0, 1], 1, ValueError, r"scores has shape \(2,\)"),
        ([[0.5, 0.5]], [0, 1], 1, ValueError, r"scores holds 1 .* targets 2"),
        ([[0.5, 0.5]], [2], 1, ValueError, "targets contains class 2"),
        ([[0.5, np.nan]], [0], 1, ValueError, "scores contains 1 NaN among 2"),
        ([["a", "b"]], [0], 1, TypeError, "scores must be real numbers"),
        ([[0.5, 0.5]], [0.0], 1, TypeError, "targets must be class numbers"),
        ([[0.5, 0.5]], [0], 3, ValueError, r"k must be in \[1, 2\], got 3"),
        ([[0.5, 0.5]], [0], 0, ValueError, r"k must be in \[1, 2\], got 0"),
        ([[0.5, 0.5]], [0], 1.0, TypeError, "k must be an integer, got float"),
    ],
)
def test_what_top_k_accuracy_cannot_rank_is_refused(scores, targets, k, error, message):
    with pytest.raises(error, match=f"^top_k_accuracy: {message}"):
        top_k_accuracy(scores, targets, k)


def test_arguments_are_left_alone():
    predicted, targets = np.array(PREDICTED), np.array(TARGETS)
    for metric in EVERY:
        metric(predicted, targets)
    np.testing.assert_array_equal(predicted, PREDICTED)
    np.testing.assert_array_equal(targets, TARGETS)
