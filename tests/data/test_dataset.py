"""A data set is strict about what fits together, and gives samples and parts of it."""

import numpy as np
import pytest

from dlbook.data import Dataset


@pytest.fixture
def points():
    inputs = np.arange(12.0, dtype=np.float32).reshape(6, 2)
    targets = np.array([0, 1, 0, 1, 1, 0])
    return Dataset("points", inputs, targets, ("a", "b"), ("x", "y"))


@pytest.fixture
def pictures():
    inputs = np.arange(5 * 3 * 2 * 4.0).reshape(5, 3, 2, 4)
    return Dataset("pictures", inputs, np.zeros(5, np.int64), ("all",))


def test_an_int_gives_a_sample(points):
    sample, target = points[2]
    np.testing.assert_array_equal(sample, [4, 5])
    assert target == 0
    np.testing.assert_array_equal(points[-1][0], [10, 11])
    assert points[np.int64(3)][1] == 1


@pytest.mark.parametrize(
    "index",
    [
        slice(1, 6, 2),
        [1, 3, 5],
        np.array([1, 3, 5], np.uint8),
        np.array([False, True, False, True, False, True]),
    ],
    ids=["slice", "list", "array", "mask"],
)
def test_several_indices_give_a_data_set(points, index):
    part = points[index]
    assert isinstance(part, Dataset)
    np.testing.assert_array_equal(part.inputs[:, 0], [2, 6, 10])
    np.testing.assert_array_equal(part.targets, [1, 1, 0])
    assert part.class_names == points.class_names
    assert part.feature_names == points.feature_names


def test_a_part_is_a_copy(points):
    points[:3].inputs[:] = -1
    points.take([0, 0]).inputs[:] = -1
    assert points.inputs.min() == 0


def test_taking_may_repeat_and_may_take_nothing(points):
    np.testing.assert_array_equal(points.take([-6, 0]).inputs[:, 0], [0, 0])
    np.testing.assert_array_equal(points.take([4, 4, -2]).inputs[:, 0], [8, 8, 8])
    assert len(points.take([])) == 0
    assert repr(points.take([])) == (
        "Dataset(points: 0 samples, 2 features, float32; a 0, b 0)"
    )


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (6, "sample 6 of points, which has 6 samples"),
        (-7, "sample -7 of points"),
        ([0, 6], "sample 6 of points"),
        ([0, -7], "sample -7 of points"),
        ([0.0, 1.0], "indices must be integers in one axis, got float64"),
        (1.5, "indices must be integers"),
        ([[0, 1]], r"integers in one axis, got int64 of shape \(1, 2\)"),
        ([True, False], r"a mask must have shape \(6,\), got \(2,\)"),
        (True, "a mask must have shape"),
        ("x", "indices must be integers"),
    ],
)
def test_other_indices_are_refused(points, index, message):
    with pytest.raises(IndexError, match=message):
        points[index]


def test_taking_refuses_a_mask(points):
    with pytest.raises(IndexError, match=r"indices must be integers .* got bool"):
        points.take(np.ones(6, bool))


def test_iteration_ends_after_the_last_sample(points):
    assert [int(target) for _, target in points] == [0, 1, 0, 1, 1, 0]


def test_images_have_channels_or_a_shape(points, pictures):
    assert pictures.images is pictures.inputs
    rows = Dataset(
        "rows", pictures.inputs.reshape(5, 24), pictures.targets, ("all",), (), (4, 6)
    )
    np.testing.assert_array_equal(rows.images[1].ravel(), pictures.inputs[1].ravel())
    assert rows.images.shape == (5, 4, 6)
    assert rows.take([]).images.shape == (0, 4, 6)
    channels = Dataset("c", rows.inputs, rows.targets, ("all",), (), (3, 2, 4))
    np.testing.assert_array_equal(channels.images, pictures.inputs)
    with pytest.raises(ValueError, match="the samples of points are not images"):
        _ = points.images
    videos = Dataset("videos", np.zeros((2, 1, 1, 1, 1)), np.zeros(2))
    with pytest.raises(ValueError, match="the samples of videos are not images"):
        _ = videos.images


def test_regression_has_floats_and_no_classes():
    numbers = Dataset("numbers", np.zeros((3, 2)), np.array([2.5, -1.0, 0.25]))
    assert repr(numbers) == (
        "Dataset(numbers: 3 samples, 2 features, float64; targets -1 to 2.5)"
    )
    with pytest.raises(ValueError, match="targets of numbers are numbers, not classes"):
        _ = numbers.num_classes
    pairs = Dataset("pairs", np.zeros((3, 2)), np.zeros((3, 4), np.float32))
    assert pairs[:2].targets.shape == (2, 4)
    assert "no targets" in repr(pairs.take([]))


def test_repr_and_num_classes(points, pictures):
    assert points.num_classes == 2
    assert repr(points) == "Dataset(points: 6 samples, 2 features, float32; a 3, b 3)"
    assert repr(pictures) == (
        "Dataset(pictures: 5 samples of shape (3, 2, 4), float64; all 5)"
    )


def test_comparison_is_by_identity(points):
    assert points == points
    assert points != points[:]
    assert len({points, points[:]}) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": np.zeros(6)}, "inputs must be"),
        ({"inputs": np.zeros((6, 2), int)}, "inputs must be a floating-point .* int64"),
        ({"targets": np.zeros(6)}, "targets must be an int64"),
        ({"targets": np.zeros(5, np.int64)}, r"of shape \(6,\), got .* \(5,\)"),
        ({"targets": np.zeros((6, 1), np.int64)}, r"of shape \(6,\), got .* \(6, 1\)"),
        ({"targets": np.zeros(6, np.int32)}, "targets must be an int64"),
        ({"targets": np.full(6, 2)}, r"targets must lie in 0\.\.1, got 2\.\.2"),
        ({"targets": np.full(6, -1)}, r"targets must lie in 0\.\.1"),
        ({"class_names": ()}, "targets without class_names must be a floating-point"),
        (
            {"class_names": (), "targets": np.zeros(5)},
            r"shape \(6,\) or \(6, K\), got float64 of shape \(5,\)",
        ),
        ({"class_names": (), "targets": np.array(0.5)}, r"got float64 of shape \(\)"),
        ({"class_names": (), "targets": np.zeros((6, 1, 1))}, r"\(6, 1, 1\)"),
        ({"feature_names": ("x",)}, "feature_names must name 2 columns or none, got 1"),
        ({"inputs": np.zeros((6, 2, 1))}, r"must be empty for samples of shape \(2, 1"),
        ({"image_shape": (2, 2)}, r"image_shape .* 2 pixels in all, got \(2, 2\)"),
        ({"image_shape": (2,)}, r"image_shape must be \(H, W\) or \(C, H, W\)"),
    ],
)
def test_what_does_not_fit_together_is_refused(points, change, message):
    fields = {
        "name": "points",
        "inputs": points.inputs,
        "targets": points.targets,
        "class_names": points.class_names,
        "feature_names": points.feature_names,
    }
    with pytest.raises(ValueError, match=message):
        Dataset(**(fields | change))
