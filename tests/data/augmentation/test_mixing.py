"""Mixed batches: both sides of every mean, and the area of every box."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.data.augmentation import cutmix, mixup

TARGETS = np.array([0, 2, 1, 2])
ONE_HOT = np.eye(3)[TARGETS]
BATCH = np.random.default_rng(0).random((4, 2, 5, 6))


def drawn(seed, alpha):
    rng = np.random.default_rng(seed)
    return rng.beta(alpha, alpha), rng.permutation(4), rng


@given(seed=st.integers(0, 50), alpha=st.sampled_from([0.1, 1.0, 5.0]))
def test_mixup_is_a_mean_of_two_with_their_targets(seed, alpha):
    inputs, targets = mixup(BATCH, TARGETS, num_classes=3, alpha=alpha, rng=seed)
    weight, partner, _ = drawn(seed, alpha)
    expected = weight * BATCH + (1 - weight) * BATCH[partner]
    np.testing.assert_allclose(inputs, expected, rtol=1e-12)
    expected = weight * ONE_HOT + (1 - weight) * ONE_HOT[partner]
    np.testing.assert_allclose(targets, expected, rtol=1e-12)
    np.testing.assert_allclose(targets.sum(axis=1), 1)


@given(
    seed=st.integers(0, 50),
    alpha=st.sampled_from([0.2, 1.0, 5.0]),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
def test_cutmix_pastes_one_box_and_counts_its_pixels(seed, alpha, height, width):
    batch = np.arange(4.0 * 2 * height * width).reshape(4, 2, height, width)
    inputs, targets = cutmix(batch, TARGETS, num_classes=3, alpha=alpha, rng=seed)
    weight, partner, rng = drawn(seed, alpha)
    row, column = int(rng.integers(height)), int(rng.integers(width))
    half_height = int(height * math.sqrt(1 - weight)) // 2
    half_width = int(width * math.sqrt(1 - weight)) // 2
    inside = np.zeros((height, width), bool)
    inside[
        max(row - half_height, 0) : row + half_height,
        max(column - half_width, 0) : column + half_width,
    ] = True
    np.testing.assert_array_equal(inputs, np.where(inside, batch[partner], batch))
    share = inside.mean()
    expected = (1 - share) * ONE_HOT + share * ONE_HOT[partner]
    np.testing.assert_allclose(targets, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(targets.sum(axis=1), 1)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_the_weight_has_the_spread_of_a_beta_distribution(alpha):
    rng, inputs = np.random.default_rng(0), np.array([[0.0], [1.0]])
    weights = []
    while len(weights) < 1500:
        mixed, _ = mixup(inputs, [0, 1], num_classes=2, alpha=alpha, rng=rng)
        if mixed[0] != 0 or mixed[1] != 1:  # not mixed with itself
            weights.append(mixed[1, 0])
    variance = 1 / (4 * (2 * alpha + 1))
    assert abs(np.mean(weights) - 0.5) < 4 * math.sqrt(variance / 1500)
    assert abs(np.var(weights) / variance - 1) < 0.15


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_what_is_mixed_is_left_alone_and_float32_stays(mix):
    inputs, targets = BATCH.astype(np.float32), TARGETS.copy()
    inputs.flags.writeable = targets.flags.writeable = False
    for given_targets in (targets, list(TARGETS), ONE_HOT):
        mixed = mix(inputs, given_targets, num_classes=3, alpha=1.0, rng=1)
        assert [array.dtype for array in mixed] == [np.float32, np.float32]
        assert not np.shares_memory(mixed[0], inputs)
    hard, soft = (
        mix(BATCH, t, num_classes=3, alpha=1.0, rng=1)[1] for t in (TARGETS, ONE_HOT)
    )
    np.testing.assert_array_equal(hard, soft)


def test_the_loss_of_mixed_targets_is_the_mean_of_both_losses():
    logits = Tensor(np.random.default_rng(0).standard_normal((4, 3)))
    _, soft = mixup(BATCH, TARGETS, num_classes=3, alpha=1.0, rng=5)
    weight, partner, _ = drawn(5, 1.0)
    both = [F.cross_entropy(logits, t).item() for t in (TARGETS, TARGETS[partner])]
    expected = weight * both[0] + (1 - weight) * both[1]
    np.testing.assert_allclose(F.cross_entropy(logits, soft).item(), expected)


@pytest.mark.parametrize("mix", [mixup, cutmix])
@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (
            {"inputs": BATCH.tolist()},
            TypeError,
            "must be an array of floats, got l",
        ),
        ({"inputs": np.ones((4, 1, 2, 2), int)}, TypeError, "of floats, got int64"),
        ({"targets": TARGETS[:3]}, ValueError, r"shape \(3,\), expected shape \(4,\)"),
        ({"targets": ONE_HOT[:, :2]}, ValueError, r"\(4, 2\), expected shape \(4, 3\)"),
        ({"targets": ONE_HOT.astype(int)}, ValueError, r"expected shape \(4,\)"),
        ({"targets": TARGETS + 1}, ValueError, r"\[0, 3\), got values from 1 to 3"),
        ({"targets": TARGETS > 0}, TypeError, "labels must be integers, got bool"),
        ({"inputs": BATCH[:0], "targets": TARGETS[:0]}, ValueError, "at least one ex"),
        ({"inputs": np.array(1.0), "targets": np.zeros(1, int)}, ValueError, "one ex"),
        ({"num_classes": 0}, ValueError, "num_classes must be at least 1, got 0"),
        ({"num_classes": 3.0}, TypeError, "num_classes must be an int, got float"),
        ({"alpha": 0}, ValueError, "alpha must be greater than 0, got 0"),
        ({"alpha": -1.0}, ValueError, "alpha must be finite and at least 0"),
        ({"alpha": "1"}, TypeError, "alpha must be a number, got str"),
        ({"rng": None}, TypeError, "rng must be"),
        ({"rng": 0.5}, TypeError, "rng must be"),
    ],
)
def test_what_cannot_be_mixed_is_refused(mix, change, error, match):
    arguments = {
        "inputs": BATCH,
        "targets": TARGETS,
        "num_classes": 3,
        "alpha": 1.0,
        "rng": 0,
    } | change
    with pytest.raises(error, match=match):
        mix(arguments.pop("inputs"), arguments.pop("targets"), **arguments)


def test_only_images_have_boxes():
    vectors = BATCH[:, 0, 0]
    assert mixup(vectors, TARGETS, num_classes=3, alpha=1, rng=0)[0].shape == (4, 6)
    with pytest.raises(ValueError, match=r"cutmix: inputs has shape \(4, 6\), exp"):
        cutmix(vectors, TARGETS, num_classes=3, alpha=1, rng=0)
