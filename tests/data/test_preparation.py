"""Splits, scaling and batches: nothing lost, nothing leaked, nothing left to chance."""

import numpy as np
import pytest

from dlbook.data import Dataset, batches, standardize, stratified_split


@pytest.fixture
def dataset():
    # feature 0 is the sample's number, so that a sample can be followed
    counts = (40, 20, 8)
    targets = np.repeat(np.arange(3), counts)
    inputs = np.stack([np.arange(68.0), np.full(68, 0.1), np.arange(68) ** 2.0], axis=1)
    return Dataset("numbers", inputs, targets, ("a", "b", "c"), ("x", "k", "y"))


def test_split_keeps_every_sample_once_and_the_shares(dataset):
    training, test = stratified_split(
        dataset, test_fraction=0.25, rng=np.random.default_rng(3)
    )
    together = np.concatenate([training.inputs[:, 0], test.inputs[:, 0]])
    np.testing.assert_array_equal(np.sort(together), np.arange(68))
    np.testing.assert_array_equal(np.bincount(test.targets), [10, 5, 2])
    for part in (training, test):
        np.testing.assert_array_equal(
            part.targets, dataset.targets[part.inputs[:, 0].astype(int)]
        )


def test_split_follows_the_generator(dataset):
    first, second, other = (
        stratified_split(dataset, rng=np.random.default_rng(seed))[1].inputs
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_split_shuffles_the_classes(dataset):
    training, _ = stratified_split(dataset, rng=np.random.default_rng(0))
    assert (np.diff(training.targets) < 0).any()


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_split_refuses_a_fraction_outside_the_open_interval(dataset, fraction):
    with pytest.raises(ValueError, match="test_fraction must lie in"):
        stratified_split(dataset, test_fraction=fraction, rng=np.random.default_rng(0))


def test_split_refuses_a_class_with_one_sample(dataset):
    with pytest.raises(ValueError, match="class 'c' has 1 sample"):
        stratified_split(dataset.take(range(61)), rng=np.random.default_rng(0))


def test_standardization_uses_the_training_set_alone(dataset):
    training, test = dataset.take(range(0, 40)), dataset.take(range(40, 68))
    scaled, other = standardize(training, test)
    np.testing.assert_allclose(scaled.inputs[:, [0, 2]].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.inputs[:, [0, 2]].std(axis=0), 1, rtol=1e-12)
    mean, scale = training.inputs.mean(axis=0), training.inputs.std(axis=0)
    np.testing.assert_allclose(
        other.inputs[:, 2], (test.inputs[:, 2] - mean[2]) / scale[2], rtol=1e-12
    )


def test_standardization_leaves_a_constant_feature_at_zero(dataset):
    (scaled,) = standardize(dataset)
    np.testing.assert_array_equal(scaled.inputs[:, 1], 0)


def test_standardization_keeps_float32(dataset):
    single = Dataset(
        "single",
        dataset.inputs.astype(np.float32),
        dataset.targets,
        dataset.class_names,
        dataset.feature_names,
    )
    assert standardize(single)[0].inputs.dtype == np.float32


def test_standardization_refuses_other_features_and_nothing(dataset):
    other = Dataset(
        "other", dataset.inputs, dataset.targets, ("a", "b", "c"), tuple("xyz")
    )
    with pytest.raises(ValueError, match="features of other differ"):
        standardize(dataset, other)
    with pytest.raises(ValueError, match="training holds no samples"):
        standardize(dataset.take([]))


def test_an_epoch_holds_every_sample_once_and_the_next_another_order(dataset):
    drawn = list(batches(dataset, 10, epochs=2, rng=np.random.default_rng(0)))
    assert [len(inputs) for inputs, _ in drawn] == [10] * 6 + [8] + [10] * 6 + [8]
    first = np.concatenate([inputs[:, 0] for inputs, _ in drawn[:7]])
    second = np.concatenate([inputs[:, 0] for inputs, _ in drawn[7:]])
    np.testing.assert_array_equal(np.sort(first), np.arange(68))
    np.testing.assert_array_equal(np.sort(second), np.arange(68))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"batch_size": 0}, "batch_size"), ({"batch_size": 4, "epochs": -1}, "epochs")],
)
def test_batches_refuse_sizes_below_the_least(dataset, options, message):
    with pytest.raises(ValueError, match=message):
        next(batches(dataset, **options, rng=np.random.default_rng(0)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": np.zeros(68)}, "inputs must be"),
        ({"targets": np.zeros(68)}, "targets must be an int64"),
        ({"targets": np.full(68, 3)}, r"targets must lie in 0\.\.2"),
        ({"targets": np.full(68, -1)}, r"targets must lie in 0\.\.2"),
        ({"feature_names": ("x",)}, "feature_names must name 3"),
    ],
)
def test_a_dataset_that_does_not_fit_together_is_refused(dataset, change, message):
    fields = {
        "name": "numbers",
        "inputs": dataset.inputs,
        "targets": dataset.targets,
        "class_names": dataset.class_names,
        "feature_names": dataset.feature_names,
    }
    with pytest.raises(ValueError, match=message):
        Dataset(**(fields | change))
