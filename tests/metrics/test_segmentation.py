"""Overlap of regions: hand-counted pictures, scikit-learn's index, torch's loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import metrics, nn, optim, training
from dlbook.autograd import Tensor

TRUE = np.array([[[0, 0, 0], [0, 1, 1], [0, 1, 1]]])  # (1, 3, 3)
GUESS = np.array([[[0, 0, 0], [0, 1, 0], [2, 1, 0]]])
ALL = [
    metrics.pixel_accuracy,
    metrics.intersection_over_union,
    metrics.mean_intersection_over_union,
    metrics.dice_score,
]
BY_CLASS = ALL[1:]


def test_a_picture_counted_by_hand():
    assert metrics.pixel_accuracy(GUESS, TRUE) == 6 / 9
    shares = [4 / 7, 2 / 4, 0, np.nan]  # class 2 is predicted, 3 does not occur
    np.testing.assert_array_equal(
        metrics.intersection_over_union(GUESS, TRUE, 4), shares
    )
    np.testing.assert_array_equal(
        metrics.dice_score(GUESS, TRUE, 4), [8 / 11, 4 / 6, 0, np.nan]
    )
    mean = metrics.mean_intersection_over_union
    assert mean(GUESS, TRUE, 4) == pytest.approx((4 / 7 + 2 / 4 + 0) / 3, rel=1e-15)
    assert mean(GUESS, TRUE, 4, background=0) == (2 / 4 + 0) / 2
    assert mean(GUESS, TRUE, 4, background=3) == mean(GUESS, TRUE)


def test_ignored_pixels_count_nothing():
    true = TRUE.copy()
    true[0, 2, 0] = 255  # where class 2 was predicted
    assert metrics.pixel_accuracy(GUESS, true, ignore_index=255) == 6 / 8
    np.testing.assert_array_equal(
        metrics.intersection_over_union(GUESS, true, ignore_index=255), [4 / 6, 2 / 4]
    )
    np.testing.assert_array_equal(
        metrics.dice_score(GUESS, true, ignore_index=255), [8 / 10, 4 / 6]
    )
    assert metrics.mean_intersection_over_union(
        GUESS, true, ignore_index=255
    ) == pytest.approx((4 / 6 + 2 / 4) / 2, rel=1e-15)
    true[0, 2, 0] = -1  # a negative one too, as it is left out
    assert metrics.pixel_accuracy(GUESS, true, ignore_index=-1) == 6 / 8


@st.composite
def pixels(draw):
    num_classes = draw(st.integers(2, 5))
    labels = st.integers(0, num_classes - 1)
    pairs = draw(st.lists(st.tuples(labels, labels), min_size=1, max_size=30))
    predicted, true = np.array(pairs).T
    return predicted, true, num_classes


@given(pixels())
def test_beside_scikit_learn(example):
    sklearn = pytest.importorskip("sklearn.metrics")
    predicted, true, num_classes = example
    options = {"labels": range(num_classes), "average": None, "zero_division": np.nan}
    occurs = np.isin(np.arange(num_classes), np.concatenate([predicted, true]))
    for ours, theirs in (
        (metrics.intersection_over_union, sklearn.jaccard_score),
        (metrics.dice_score, sklearn.f1_score),
    ):
        expected = theirs(true, predicted, **(options | {"zero_division": 0.0}))
        expected = np.where(occurs, expected, np.nan)
        np.testing.assert_allclose(
            ours(predicted, true, num_classes), expected, rtol=1e-14
        )
    assert metrics.pixel_accuracy(predicted, true) == pytest.approx(
        sklearn.accuracy_score(true, predicted), rel=1e-14
    )
    mean = metrics.mean_intersection_over_union(predicted, true, num_classes)
    expected = sklearn.jaccard_score(true, predicted, average="macro", zero_division=0)
    assert mean == pytest.approx(expected, rel=1e-14)


@given(pixels())
def test_dice_is_a_function_of_the_overlap(example):
    iou = metrics.intersection_over_union(*example)
    np.testing.assert_allclose(
        metrics.dice_score(*example), 2 * iou / (1 + iou), rtol=1e-14
    )


@pytest.mark.parametrize("metric", ALL)
def test_scores_are_read_along_axis_1(metric):
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((2, 3, 4, 5)).astype(np.float32)
    true = rng.integers(0, 3, (2, 4, 5))
    for form in (scores, Tensor(scores)):
        np.testing.assert_array_equal(
            metric(form, true), metric(scores.argmax(axis=1), true)
        )
    equal = metric(np.zeros_like(scores), true)  # the first class is predicted
    np.testing.assert_array_equal(equal, metric(np.zeros_like(true), true))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("predictions", "targets", "options", "kind", "message"),
    [
        (GUESS, TRUE[:, :2], {}, ValueError, r"\(1, 3, 3\) and targets \(1, 2, 3\)"),
        (GUESS[0], TRUE, {}, ValueError, r"predictions has shape \(3, 3\)"),
        (np.zeros((1, 2, 3, 2)), TRUE, {}, ValueError, r"scores of shape \(1, 2, 3"),
        (np.zeros(3), np.zeros(3, int), {}, ValueError, r"scores of shape \(3,\)"),
        (np.zeros((1, 1, 3, 3)), TRUE, {}, ValueError, r"targets contains class 1"),
        (np.full((1, 2, 3, 3), np.nan), TRUE, {}, ValueError, "18 NaN"),
        (GUESS[:0], TRUE[:0], {}, ValueError, "targets is empty"),
        (GUESS - 1, TRUE, {}, ValueError, "predictions contains class -1"),
        (GUESS, TRUE - 1, {}, ValueError, "targets contains class -1"),
        (GUESS, TRUE * 1.0, {}, TypeError, "targets must be class numbers"),
        (GUESS, TRUE, {"ignore_index": 1.0}, TypeError, "ignore_index must be an int"),
        (GUESS, TRUE, {"ignore_index": True}, TypeError, "ignore_index must be an int"),
        (GUESS, 0 * TRUE, {"ignore_index": 0}, ValueError, "every target is ignore"),
    ],
)
def test_what_cannot_be_measured_is_an_error(
    metric, predictions, targets, options, kind, message
):
    with pytest.raises(kind, match=f"^{metric.__name__}: .*{message}"):
        metric(predictions, targets, **options)


@pytest.mark.parametrize("metric", BY_CLASS)
def test_classes_must_fit(metric):
    with pytest.raises(ValueError, match=r"predictions contains class 2.*\[0, 2\)"):
        metric(GUESS, TRUE, 2)
    with pytest.raises(ValueError, match=r"targets contains class 2.*\[0, 2\)"):
        metric(TRUE, GUESS, 2)
    with pytest.raises(TypeError, match="num_classes must be an integer, got float"):
        metric(GUESS, TRUE, 3.0)
    with pytest.raises(
        ValueError, match="num_classes is 4, but predictions has scores"
    ):
        metric(np.zeros((1, 3, 3, 3)), TRUE, 4)


def test_a_mean_needs_a_class():
    mean = metrics.mean_intersection_over_union
    with pytest.raises(ValueError, match="no class but the background 0 occurs"):
        mean(0 * TRUE, 0 * TRUE, 3, background=0)
    for background in (3, -1):
        with pytest.raises(ValueError, match=r"background must be a class in \[0, 3\)"):
            mean(GUESS, TRUE, 3, background=background)
    with pytest.raises(TypeError, match="background must be an integer, got float"):
        mean(GUESS, TRUE, 3, background=0.0)


class EachPixel(nn.Module):
    """A linear classifier of the color of a pixel, (N, 3, H, W) to (N, 3, H, W)."""

    def __init__(self, rng):
        self.linear = nn.Linear(3, 3, rng=rng)

    def forward(self, x):
        return self.linear(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def test_a_model_learns_the_classes_of_pixels():
    """The class of a pixel is the strongest channel: training takes (N, H, W)."""
    images = np.random.default_rng(0).random((12, 3, 5, 4)).astype(np.float32)
    masks = images.argmax(axis=1)
    batches = [(images[i : i + 5], masks[i : i + 5]) for i in range(0, 12, 5)]
    model = EachPixel(np.random.default_rng(0))
    loss = nn.CrossEntropyLoss()
    measured = {
        "accuracy": metrics.pixel_accuracy,
        "IoU": metrics.mean_intersection_over_union,
    }
    before = training.evaluate(model, batches, loss=loss, metrics=measured)
    history = training.fit(
        model,
        batches,
        loss=loss,
        optimizer=optim.Adam(model.parameters(), lr=0.1),
        epochs=30,
        validation=batches,
        metrics=measured,
    )
    after = training.evaluate(model, batches, loss=loss, metrics=measured)
    assert before["accuracy"] < 0.8
    assert after["accuracy"] > 0.93
    assert after["IoU"] > 0.85
    assert after["loss"] < before["loss"] / 2
    assert history["validation IoU"][-1] == after["IoU"]
    scores = training.predict(model, batches)
    assert scores.shape == (12, 3, 5, 4)
    assert metrics.pixel_accuracy(scores, masks) == after["accuracy"]


def test_the_loss_of_pixels_is_torchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    scores, weight = rng.standard_normal((2, 4, 3, 5)), rng.random(4)
    masks = rng.integers(0, 4, (2, 3, 5))
    masks[0, 0, 0] = 255
    ours = Tensor(scores, requires_grad=True)
    loss = nn.CrossEntropyLoss(weight=weight, ignore_index=255, label_smoothing=0.1)(
        ours, masks
    )
    loss.backward()
    theirs = torch.tensor(scores, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(
        theirs,
        torch.tensor(masks),
        weight=torch.tensor(weight),
        ignore_index=255,
        label_smoothing=0.1,
    )
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-13)
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-11, atol=1e-17)
