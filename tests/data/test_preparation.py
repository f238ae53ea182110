"""Standardization: the training set alone decides, and nothing else is touched."""

from dataclasses import replace

import numpy as np
import pytest

from dlbook.data import Dataset, standardize


@pytest.fixture
def dataset():
    targets = np.repeat(np.arange(3), (40, 20, 8))
    inputs = np.stack([np.arange(68.0), np.full(68, 0.1), np.arange(68) ** 2.0], axis=1)
    return Dataset("numbers", inputs, targets, ("a", "b", "c"), ("x", "k", "y"))


def test_the_training_set_gets_mean_0_and_deviation_1(dataset):
    training, test = dataset[:40], dataset[40:]
    scaled, other = standardize(training, test)
    np.testing.assert_allclose(scaled.inputs[:, [0, 2]].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.inputs[:, [0, 2]].std(axis=0), 1, rtol=1e-12)
    mean, scale = training.inputs.mean(axis=0), training.inputs.std(axis=0)
    np.testing.assert_allclose(
        other.inputs[:, 2], (test.inputs[:, 2] - mean[2]) / scale[2], rtol=1e-12
    )


def test_nothing_of_a_test_set_leaks_into_training(dataset):
    training, test = dataset[:40], dataset[40:]
    strange = replace(test, inputs=1e6 * (1 + test.inputs))
    alone = standardize(training)[0].inputs
    for scaled, *_ in (standardize(training, test), standardize(training, strange)):
        np.testing.assert_array_equal(scaled.inputs, alone)
    # nor of one test set into another
    np.testing.assert_array_equal(
        standardize(training, test)[1].inputs,
        standardize(training, strange, test)[2].inputs,
    )


def test_the_arguments_stay_as_they_are(dataset):
    before = dataset.inputs.copy()
    standardize(dataset, dataset)
    np.testing.assert_array_equal(dataset.inputs, before)


def test_a_constant_feature_becomes_zero(dataset):
    (scaled,) = standardize(dataset)
    np.testing.assert_array_equal(scaled.inputs[:, 1], 0)


def test_float32_stays_float32(dataset):
    single = replace(dataset, inputs=dataset.inputs.astype(np.float32))
    assert standardize(single)[0].inputs.dtype == np.float32


def test_in_images_every_pixel_is_a_feature(rng):
    images = rng.normal(5, [[[1, 2], [3, 4]]] * 3, (50, 3, 2, 2))
    pictures = Dataset("pictures", images, np.zeros(50, np.int64), ("all",))
    rows = replace(pictures, inputs=images.reshape(50, 12))
    (scaled,) = standardize(pictures)
    np.testing.assert_allclose(scaled.inputs.std(axis=0), 1, rtol=1e-12)
    np.testing.assert_array_equal(
        scaled.inputs.reshape(50, 12), standardize(rows)[0].inputs
    )


def test_other_features_and_an_empty_training_set_are_refused(dataset):
    with pytest.raises(ValueError, match="features of other differ"):
        standardize(dataset, replace(dataset, name="other", feature_names=tuple("xyz")))
    fewer = Dataset("fewer", dataset.inputs[:, :2], dataset.targets, ("a", "b", "c"))
    with pytest.raises(ValueError, match=r"fewer have shape \(2,\), .* set \(3,\)"):
        standardize(dataset, fewer)
    with pytest.raises(ValueError, match="training holds no samples"):
        standardize(dataset.take([]))
