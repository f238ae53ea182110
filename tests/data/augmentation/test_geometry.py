"""Rotation, zoom, shift and shear: right angles are exact, the rest is torch's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.augmentation import RandomAffine, RandomRotation
from dlbook.data.augmentation.geometry import affine, bilinear_sample

IMAGE = np.random.default_rng(0).random((2, 7, 7))
WIDE = np.random.default_rng(1).random((2, 5, 8))


def by_torch(image, matrix, shift=(0.0, 0.0), fill=0.0):
    """Return the image mapped by x' = matrix x + shift, x right and y up, in pixels."""
    height, width = image.shape[1:]
    inverse = np.linalg.inv(matrix)
    y, x = np.mgrid[:height, :width].astype(float)
    x, y = x - (width - 1) / 2 - shift[0], (height - 1) / 2 - y - shift[1]
    x, y = inverse[0, 0] * x + inverse[0, 1] * y, inverse[1, 0] * x + inverse[1, 1] * y
    grid = np.stack([2 * x / width, -2 * y / height], axis=-1)  # -1 to 1: the edges
    sampled = torch.nn.functional.grid_sample(
        torch.tensor(image - fill)[None],  # outside is 0
        torch.tensor(grid)[None],
        mode="bilinear",
        padding_mode="zeros",
        align_corners=False,
    )
    return sampled[0].numpy() + fill


@pytest.mark.parametrize("image", [IMAGE, WIDE])
def test_rotating_by_0_and_by_half_a_turn(image):
    np.testing.assert_array_equal(RandomRotation((0, 0))(image, 0), image)
    np.testing.assert_array_equal(RandomAffine()(image, 0), image)
    half = RandomRotation((180, 180))(image, 0)
    np.testing.assert_allclose(half, image[:, ::-1, ::-1], atol=1e-6)


@pytest.mark.parametrize("turns", [1, 2, 3, -1])
@pytest.mark.parametrize("size", [6, 7])
def test_rotating_by_right_angles_is_rot90(turns, size):
    image = np.random.default_rng(2).random((3, size, size)).astype(np.float32)
    rotated = RandomRotation((90 * turns, 90 * turns))(image, 0)
    np.testing.assert_allclose(rotated, np.rot90(image, turns, (1, 2)), atol=1e-6)


@given(
    degrees=st.floats(-180, 180),
    scale=st.floats(0.3, 3),
    shear=st.floats(-60, 60),
    right=st.floats(-4, 4),
    down=st.floats(-4, 4),
    fill=st.sampled_from([0.0, 1.0, -2.5]),
)
def test_any_affine_map_is_torchs(degrees, scale, shear, right, down, fill):
    angle, slant = math.radians(degrees), math.tan(math.radians(shear))
    rotation = np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    matrix = scale * rotation @ np.array([[1, slant], [0, 1]])
    ours = affine(
        WIDE,
        degrees=degrees,
        translate=(right, down),
        scale=scale,
        shear=shear,
        fill=fill,
    )
    theirs = by_torch(WIDE, matrix, (right, -down), fill)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_the_directions_are_the_documented_ones():
    image = np.zeros((1, 9, 9))
    image[0, 1, 4] = 1  # above the center

    def where(**options):
        return np.unravel_index(affine(image, **options)[0].argmax(), (9, 9))

    assert where(degrees=90) == (4, 1)  # counterclockwise: to the left
    assert where(translate=(2, 0)) == (1, 6)
    assert where(translate=(0, 3)) == (4, 4)
    assert where(scale=1 / 3) == (3, 4)
    assert where(shear=45) == (1, 7)  # the top goes to the right


def test_between_pixels_is_a_weighted_mean():
    image = np.array([[[1.0, 2.0], [3.0, 7.0]]])
    for row, column, expected in (
        (0, 0, 1),
        (1, 1, 7),
        (0.5, 0.5, 13 / 4),
        (0.25, 0, 1.5),
        (0, 0.25, 1.25),
        (0.25, 0.5, 0.75 * 1.5 + 0.25 * 5),
        (-0.25, 0, 0.75 * 1 + 0.25 * 9),
        (1.25, 1, 0.75 * 7 + 0.25 * 9),
        (1, 1.75, 0.25 * 7 + 0.75 * 9),
        (-1, 0, 9),
        (-5, 0.5, 9),
        (0.5, 2, 9),
        (0.5, 70, 9),
        (33, -20, 9),
    ):
        places = np.array([[row]], float), np.array([[column]], float)
        value = bilinear_sample(image, *places, fill=9.0)
        np.testing.assert_allclose(value, [[[expected]]], rtol=1e-12)
    assert bilinear_sample(image, np.array([[-4.0]]), np.array([[0.0]])) == 0


def angle_of(image):
    """Return the angle of the bright spot about the center, in degrees."""
    weight = image[0] / image[0].sum()
    y, x = np.mgrid[:33, :33] - 16.0
    return math.degrees(math.atan2(-(weight * y).sum(), (weight * x).sum()))


@pytest.mark.parametrize(
    ("degrees", "low", "high"),
    [(40, -40, 40), ((10, 30), 10, 30), ((-90, -60), -90, -60)],
)
@pytest.mark.parametrize("kind", [RandomRotation, RandomAffine])
def test_angles_are_uniform_in_their_range(degrees, low, high, kind):
    spot = np.exp(-((np.mgrid[:33, :33] - [[[16]], [[27]]]) ** 2).sum(axis=0) / 4)
    turn, rng = kind(degrees), np.random.default_rng(0)
    angles = [angle_of(turn(spot[np.newaxis], rng)) for _ in range(400)]
    length = high - low
    assert low - 0.5 < min(angles) < low + 0.05 * length
    assert high - 0.05 * length < max(angles) < high + 0.5
    assert abs(np.mean(angles) - (low + high) / 2) < 4 * length / math.sqrt(12 * 400)


def test_a_random_affine_map_is_made_of_its_draws():
    transform = RandomAffine(30, (0.2, 0.4), (0.5, 1.5), (-20, 10), fill=2.0)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        expected = affine(
            WIDE,
            degrees=rng.uniform(-30, 30),
            translate=(rng.uniform(-1, 1) * 0.2 * 8, rng.uniform(-1, 1) * 0.4 * 5),
            scale=rng.uniform(0.5, 1.5),
            shear=rng.uniform(-20, 10),
            fill=2.0,
        )
        np.testing.assert_allclose(transform(WIDE, seed), expected, rtol=1e-12)


def test_what_comes_in_from_outside():
    white = np.ones((1, 9, 9))
    for fill in (0.0, 5.0):
        turned = RandomRotation((45, 45), fill)(white, 0)
        assert turned[0, 0, 0] == fill
        assert turned[0, 4, 4] == 1
    assert RandomRotation((45, 45))(white, 0)[0, 0, 0] == 0
    assert RandomAffine((45, 45), fill=5.0)(white, 0)[0, 0, 0] == 5
