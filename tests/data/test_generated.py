"""Generated points lie where the formulas say; seeds, noise and sizes are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data import make_blobs, make_circles, make_moons, make_spirals, make_xor

MAKERS = [make_moons, make_circles, make_spirals, make_blobs, make_xor]


def exact(make, samples=200, **options):
    """Return the points of a call without noise, in float64, and their labels."""
    dataset = make(samples, noise=0, rng=0, dtype=np.float64, **options)
    return dataset.inputs, dataset.targets


def test_moons_are_two_half_circles():
    points, labels = exact(make_moons)
    upper, lower = points[labels == 0], points[labels == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-12)
    assert (upper[:, 1] >= 0).all()
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-12)
    assert (lower[:, 1] <= 0.5).all()
    for moon, middle in ((upper, 0), (lower, 1)):  # both halves of each are there
        assert moon[:, 0].min() < middle - 0.9
        assert moon[:, 0].max() > middle + 0.9


@pytest.mark.parametrize("radii", [(1.0, 0.5), (0.2, 3, 2)])
def test_circles_have_their_radii(radii):
    points, labels = exact(make_circles, radii=radii)
    np.testing.assert_allclose(np.hypot(*points.T), np.array(radii)[labels], rtol=1e-12)
    for c in range(len(radii)):  # all around
        x, y = points[labels == c].T
        assert {(a, b) for a, b in zip(x > 0, y > 0, strict=True)} == {
            (a, b) for a in (False, True) for b in (False, True)
        }


def test_a_circle_is_equally_dense_all_around():
    points, labels = exact(make_circles, samples=2_000)
    for c in (0, 1):
        angles = np.sort(np.arctan2(*points[labels == c].T[::-1]))
        assert np.diff(angles, append=angles[0] + 2 * np.pi).max() < 0.1
        assert abs(np.mean(angles > 0) - 0.5) < 0.08


@pytest.mark.parametrize(("arms", "turns"), [(2, 1.0), (3, 0.75), (1, 3), (2, -1.5)])
def test_the_angle_of_a_spiral_follows_the_radius(arms, turns):
    points, labels = exact(make_spirals, arms=arms, turns=turns)
    radius = np.hypot(*points.T)
    assert radius.max() <= 1
    t = 2 * np.pi * (labels / arms + turns * radius)
    np.testing.assert_allclose(points[:, 0], radius * np.cos(t), atol=1e-12)
    np.testing.assert_allclose(points[:, 1], radius * np.sin(t), atol=1e-12)
    # as dense outside as inside: a quarter of the disk has radius 1/2
    assert abs(np.mean(radius < 0.5) - 0.25) < 0.1


def test_blobs_are_at_their_centers():
    centers = np.array([[0, 0, 0], [5, 0, 1], [-1, 2, 2], [1, 1, 1]])
    points, labels = exact(make_blobs, centers=centers)
    np.testing.assert_array_equal(points, centers[labels])
    points, labels = exact(make_blobs, centers=4)
    circle = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    np.testing.assert_allclose(points, circle[labels], atol=1e-15)


def test_blobs_spread_by_the_noise():
    blobs = make_blobs(20_000, centers=[[1, 2]], noise=0.5, rng=0, dtype=np.float64)
    np.testing.assert_allclose(blobs.inputs.mean(axis=0), [1, 2], atol=0.02)
    np.testing.assert_allclose(np.cov(blobs.inputs.T), 0.25 * np.eye(2), atol=0.02)


def test_xor_is_the_truth_table():
    points, labels = exact(make_xor, samples=12)
    table = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}
    corners = [tuple(map(int, point)) for point in points]
    np.testing.assert_array_equal(points, corners)
    assert [table[corner] for corner in corners] == labels.tolist()
    assert {corner: corners.count(corner) for corner in corners} == dict.fromkeys(
        table, 3
    )


@pytest.mark.parametrize("make", MAKERS)
@given(samples=st.integers(4, 50), seed=st.integers(0, 5))
def test_classes_are_balanced_and_mixed(make, samples, seed):
    dataset = make(samples, rng=seed)
    assert dataset.inputs.shape == (samples, 2)
    counts = np.bincount(dataset.targets, minlength=dataset.num_classes)
    assert counts.sum() == samples
    assert np.ptp(counts) <= 1
    assert dataset.feature_names == ("x1", "x2")


@pytest.mark.parametrize("make", MAKERS)
def test_the_generator_decides(make):
    dataset = make(60, rng=np.random.default_rng(4))
    same, other = make(60, rng=4), make(60, rng=5)
    np.testing.assert_array_equal(dataset.inputs, same.inputs)
    np.testing.assert_array_equal(dataset.targets, same.targets)
    assert not np.array_equal(dataset.inputs, other.inputs)
    assert not np.array_equal(dataset.targets, other.targets)


@pytest.mark.parametrize("make", MAKERS)
def test_noise_is_gaussian_of_the_given_deviation(make):
    clean = make(4000, noise=0, rng=1, dtype=np.float64)
    noisy = make(4000, noise=0.3, rng=1, dtype=np.float64)
    added = noisy.inputs - clean.inputs
    np.testing.assert_array_equal(noisy.targets, clean.targets)
    assert abs(added.mean()) < 0.02
    assert abs(added.std() - 0.3) < 0.02


@pytest.mark.parametrize("make", MAKERS)
def test_dtype_is_the_one_asked_for(make):
    assert make(8, rng=0).inputs.dtype == np.float32
    double = make(8, rng=0, dtype=np.float64)
    assert double.inputs.dtype == np.float64
    np.testing.assert_array_equal(
        make(8, rng=0).inputs, double.inputs.astype(np.float32)
    )
    with pytest.raises(ValueError, match="dtype must be a floating-point type"):
        make(8, rng=0, dtype=np.int64)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"samples": 0}, ValueError, "samples must be at least [234], got 0"),
        ({"samples": 8.0}, TypeError, "samples must be an int, got float"),
        ({"samples": True}, TypeError, "samples must be an int, got bool"),
        ({"noise": -0.1}, ValueError, "noise must be at least 0 and finite, got -0.1"),
        ({"noise": float("nan")}, ValueError, "noise must be at least 0"),
        ({"noise": float("inf")}, ValueError, "noise must be at least 0 and finite"),
        ({"rng": "seed"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_arguments_are_refused(make, options, kind, message):
    with pytest.raises(kind, match=message):
        make(**({"samples": 8, "rng": 0} | options))


@pytest.mark.parametrize(
    ("make", "options", "kind", "message"),
    [
        (make_circles, {"radii": (1, 0)}, ValueError, "radii must be numbers greater"),
        (make_circles, {"radii": ()}, ValueError, "radii must be numbers greater"),
        (make_spirals, {"arms": 0}, ValueError, "arms must be at least 1"),
        (make_spirals, {"arms": 2.0}, TypeError, "arms must be an int, got float"),
        (make_spirals, {"arms": 9}, ValueError, "samples must be at least 9, got 8"),
        (make_blobs, {"centers": 0}, ValueError, "centers must be at least 1"),
        (make_blobs, {"centers": 1.5}, TypeError, "centers must be an int, got float"),
        (make_blobs, {"centers": [1, 2]}, ValueError, r"\(C, D\), got shape \(2,\)"),
        (make_blobs, {"centers": [[]]}, ValueError, r"got shape \(1, 0\)"),
    ],
)
def test_bad_shapes_are_refused(make, options, kind, message):
    with pytest.raises(kind, match=message):
        make(8, rng=0, **options)
