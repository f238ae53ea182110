"""The metrics beside scikit-learn's, on inputs with ties and absent classes."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlbook import metrics

sklearn = pytest.importorskip("sklearn.metrics")

AVERAGES = st.sampled_from(["macro", "micro", "weighted"])
SHARES = st.sampled_from(["precision", "recall", "f1_score"])


@st.composite
def labelled(draw, most_classes=5):
    """Predicted and true class numbers, and how many classes there are."""
    num_classes = draw(st.integers(2, most_classes))
    labels = st.integers(0, num_classes - 1)
    pairs = draw(st.lists(st.tuples(labels, labels), min_size=1, max_size=30))
    predicted, true = np.array(pairs).T
    return predicted, true, num_classes


@st.composite
def scored(draw, least_classes=2):
    """Scores of few values, so that many are equal, and true class numbers."""
    num_classes = draw(st.integers(least_classes, 5))
    row = st.lists(st.integers(-3, 3), min_size=num_classes, max_size=num_classes)
    sample = st.tuples(row, st.integers(0, num_classes - 1))
    rows, true = zip(*draw(st.lists(sample, min_size=1, max_size=30)), strict=True)
    return np.array(rows) / 4, np.array(true)


@given(labelled())
def test_confusion_matrix_and_accuracy(example):
    predicted, true, num_classes = example
    np.testing.assert_array_equal(
        metrics.confusion_matrix(predicted, true, num_classes),
        sklearn.confusion_matrix(true, predicted, labels=range(num_classes)),
    )
    expected = sklearn.accuracy_score(true, predicted)
    assert metrics.accuracy(predicted, true) == pytest.approx(expected, rel=1e-14)


@given(labelled(), SHARES, AVERAGES, st.sampled_from([0.0, 1.0]))
def test_averaged_precision_recall_and_f1(example, name, average, zero_division):
    predicted, true, num_classes = example
    options = {"average": average, "zero_division": zero_division}
    expected = getattr(sklearn, name if name == "f1_score" else f"{name}_score")(
        true, predicted, **options
    )
    ours = getattr(metrics, name)(predicted, true, num_classes=num_classes, **options)
    assert ours == pytest.approx(expected, rel=1e-14)


@given(labelled(), SHARES, st.sampled_from([0.0, 1.0]))
def test_precision_recall_and_f1_of_each_class(example, name, zero_division):
    predicted, true, num_classes = example
    options = {"average": None, "zero_division": zero_division}
    expected = getattr(sklearn, name if name == "f1_score" else f"{name}_score")(
        true, predicted, labels=range(num_classes), **options
    )
    ours = getattr(metrics, name)(predicted, true, num_classes=num_classes, **options)
    np.testing.assert_allclose(ours, expected, rtol=1e-14)


@given(scored(least_classes=3), st.data())
def test_top_k_accuracy(example, data):
    """Scikit-learn ranks the larger of two equal classes first, so turn them round."""
    scores, true = example
    num_classes = scores.shape[1]
    k = data.draw(st.integers(1, num_classes - 1))
    expected = sklearn.top_k_accuracy_score(
        num_classes - 1 - true, scores[:, ::-1], k=k, labels=range(num_classes)
    )
    assert metrics.top_k_accuracy(scores, true, k) == pytest.approx(expected, rel=1e-14)


@given(scored())
def test_roc_curve_and_its_area(example):
    scores, true = example
    scores, true = scores[:, 0], true % 2
    assume(0 < true.sum() < len(true))
    expected = sklearn.roc_curve(true, scores, drop_intermediate=False)
    for ours, theirs in zip(metrics.roc_curve(scores, true), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    area = sklearn.roc_auc_score(true, scores)
    assert metrics.roc_auc(scores, true) == pytest.approx(area, rel=1e-12, abs=1e-15)


@given(scored(least_classes=3))
def test_area_of_several_classes(example):
    logits, true = example
    num_classes = logits.shape[1]
    logits = np.concatenate([logits, np.zeros((num_classes, num_classes))])
    true = np.concatenate([true, np.arange(num_classes)])  # every class occurs
    scores = np.exp(logits)
    scores /= scores.sum(axis=1, keepdims=True)  # scikit-learn wants probabilities
    expected = sklearn.roc_auc_score(true, scores, multi_class="ovr", average="macro")
    assert metrics.roc_auc(scores, true) == pytest.approx(expected, rel=1e-12)


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32)),
        min_size=1,
        max_size=30,
    )
)
def test_errors_of_numbers(pairs):
    predicted, true = np.array(pairs).T
    assert metrics.mean_squared_error(predicted, true) == pytest.approx(
        sklearn.mean_squared_error(true, predicted), rel=1e-12
    )
    assert metrics.mean_absolute_error(predicted, true) == pytest.approx(
        sklearn.mean_absolute_error(true, predicted), rel=1e-12
    )
    assume(np.ptp(true) > 1e-3 * np.abs(true).max())  # else rounding decides
    assert metrics.r2_score(predicted, true) == pytest.approx(
        sklearn.r2_score(true, predicted), rel=1e-9, abs=1e-9
    )
