"""Flips, crops, erasing and noise: pixels that are known go where they should."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.augmentation import (
    GaussianNoise,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomVerticalFlip,
)
from dlbook.data.augmentation.cropping import draw_box, resize


def counted(*shape):
    """Return an image whose numbers are all different."""
    return np.arange(math.prod(shape), dtype=np.float32).reshape(shape) + 1


@pytest.mark.parametrize("kind", [RandomHorizontalFlip, RandomVerticalFlip])
@given(channels=st.integers(1, 3), height=st.integers(1, 6), width=st.integers(1, 6))
def test_flipping_twice_is_not_flipping(kind, channels, height, width):
    image, flip = counted(channels, height, width), kind(1.0)
    np.testing.assert_array_equal(flip(flip(image, 0), 0), image)
    np.testing.assert_array_equal(kind(0.0)(image, 0), image)


def test_left_and_right_or_top_and_bottom():
    image = counted(2, 3, 4)
    flipped = RandomHorizontalFlip(1.0)(image, 0)
    np.testing.assert_array_equal(flipped, image[..., ::-1])
    flipped = RandomVerticalFlip(1.0)(image, 0)
    np.testing.assert_array_equal(flipped, image[:, ::-1, :])


@pytest.mark.parametrize("kind", [RandomHorizontalFlip, RandomVerticalFlip])
def test_a_draw_equal_to_p_does_not_flip(kind):
    p, image = float(np.random.default_rng(6).random()), counted(1, 2, 2)
    np.testing.assert_array_equal(kind(p)(image, 6), image)
    assert (kind(p + 1e-12)(image, 6) != image).any()


@pytest.mark.parametrize("kind", [RandomHorizontalFlip, RandomVerticalFlip])
@pytest.mark.parametrize("p", [None, 0.2])
def test_the_share_of_flips_is_p(kind, p):
    batch = np.tile(counted(1, 2, 2), (4000, 1, 1, 1))
    flip = kind() if p is None else kind(p)
    share = np.mean(flip(batch, 0)[:, 0, 0, 0] != 1)
    assert abs(share - flip.p) < 4 * math.sqrt(flip.p * (1 - flip.p) / 4000)
    assert flip.p == (p or 0.5)


# --- crops ----------------------------------------------------------------------------


def test_every_window_comes_equally_often():
    image, rng = counted(1, 4, 5), np.random.default_rng(0)
    corners = [RandomCrop((3, 3))(image, rng)[0, 0, 0] for _ in range(3000)]
    values, counts = np.unique(corners, return_counts=True)
    np.testing.assert_array_equal(values, [1, 2, 3, 6, 7, 8])
    assert np.abs(counts - 500).max() < 4 * math.sqrt(500)


@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    padding=st.integers(0, 3),
    mode=st.sampled_from(["constant", "edge", "symmetric"]),
    seed=st.integers(0, 50),
)
def test_a_crop_is_a_window_of_the_padded_image(height, width, padding, mode, seed):
    image = counted(2, 6, 6)
    crop = RandomCrop((height, width), padding, mode)(image, seed)
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)), mode)
    rng = np.random.default_rng(seed)
    top = rng.integers(7 + 2 * padding - height)
    left = rng.integers(7 + 2 * padding - width)
    np.testing.assert_array_equal(
        crop, padded[:, top : top + height, left : left + width]
    )


def test_what_is_padded():
    image = counted(1, 3, 3)
    for mode, fill, expected in (
        ("constant", 7.0, [7, 7, 1, 2, 3, 7, 7]),
        ("edge", 7.0, [1, 1, 1, 2, 3, 3, 3]),
        ("reflect", 7.0, [3, 2, 1, 2, 3, 2, 1]),
        ("symmetric", 7.0, [2, 1, 1, 2, 3, 3, 2]),
    ):
        whole = RandomCrop(7, 2, mode, fill)(image, 0)
        np.testing.assert_array_equal(whole[0, 2], expected)
    assert RandomCrop(5, 1)(image, 0)[0, 0, 0] == 0


def test_a_window_that_does_not_fit_is_refused():
    np.testing.assert_array_equal(RandomCrop(4)(counted(1, 4, 4), 0), counted(1, 4, 4))
    for size in ((5, 4), (4, 5)):
        with pytest.raises(
            ValueError, match=rf"size is {size[0]} x {size[1]}, .*4 x 4"
        ):
            RandomCrop(size)(counted(1, 4, 4), 0)


@pytest.mark.parametrize("size", [(3, 4), (5, 7), (8, 3), (1, 1), (10, 14)])
def test_resizing_is_torchs(size):
    image = np.random.default_rng(0).random((2, 5, 7))
    theirs = torch.nn.functional.interpolate(
        torch.tensor(image)[None], size, mode="bilinear", align_corners=False
    )[0]
    np.testing.assert_allclose(resize(image, *size), theirs, rtol=1e-12)


def test_boxes_have_the_area_and_the_shape_asked_for():
    rng = np.random.default_rng(0)
    boxes = [draw_box(1000, 800, (0.1, 0.3), (0.5, 3.0), rng) for _ in range(4000)]
    top, left, height, width = np.array(boxes, float).T
    assert top.min() >= 0
    assert left.min() >= 0
    assert (top + height).max() <= 1000
    assert (left + width).max() <= 800
    area, ratio = height * width / 800_000, width / height
    assert 0.0995 < area.min() < 0.102 < 0.298 < area.max() < 0.3005
    assert abs(area.mean() - 0.2) < 4 * 0.2 / math.sqrt(12 * 4000)
    assert 0.497 < ratio.min() < 0.505 < 2.96 < ratio.max() < 3.02
    logarithms = np.log(ratio)
    middle, length = math.log(1.5) / 2, math.log(6)
    assert abs(logarithms.mean() - middle) < 4 * length / math.sqrt(12 * 4000)
    for start, room in ((top, 1000 - height), (left, 800 - width)):
        share = (start + 0.5) / (room + 1)  # uniform in (0, 1)
        assert abs(share.mean() - 0.5) < 4 / math.sqrt(12 * 4000)
        assert share.min() < 0.005 < 0.995 < share.max()


def test_a_box_may_be_the_whole_image_and_nothing_is_no_box():
    rng = np.random.default_rng(0)
    assert draw_box(4, 6, (1.0, 1.0), (1.5, 1.5), rng) == (0, 0, 4, 6)
    assert draw_box(4, 6, (1.0, 1.0), (3.0, 3.0), rng) is None  # too wide
    assert draw_box(6, 4, (1.0, 1.0), (0.1, 0.1), rng) is None  # too high
    assert draw_box(4, 4, (1e-3, 1e-3), (1.0, 1.0), rng) is None  # less than a pixel
    # not even a row, or a column, high or wide as it may be
    assert draw_box(4, 100, (0.01, 0.01), (100.0, 100.0), rng) is None
    assert draw_box(100, 4, (0.01, 0.01), (0.01, 0.01), rng) is None
    assert draw_box(4, 4, (1 / 16, 1 / 16), (1.0, 1.0), rng)[2:] == (1, 1)
    before = rng.bit_generator.state
    draw_box(4, 6, (1.0, 1.0), (3.0, 3.0), rng)
    same = np.random.default_rng()
    same.bit_generator.state = before
    same.random(20)  # ten areas and ten ratios
    assert rng.random() == same.random()


def test_a_resized_crop_is_a_box_that_is_zoomed():
    image = np.random.default_rng(0).random((3, 12, 16))
    for seed in range(20):
        crop = RandomResizedCrop((5, 6), (0.2, 0.9), (0.5, 2.0))(image, seed)
        rng = np.random.default_rng(seed)
        top, left, height, width = draw_box(12, 16, (0.2, 0.9), (0.5, 2.0), rng)
        box = image[:, top : top + height, left : left + width]
        np.testing.assert_array_equal(crop, resize(box, 5, 6))
    whole = RandomResizedCrop((12, 16), (1.0, 1.0), (4 / 3, 4 / 3))(image, 0)
    np.testing.assert_allclose(whole, image, rtol=1e-12)


@pytest.mark.parametrize(
    ("shape", "ratio", "box"),
    [
        ((12, 16), (2.0, 2.0), (2, 0, 8, 16)),  # flatter than the image
        ((12, 16), (0.5, 0.5), (0, 5, 12, 6)),  # steeper
        ((12, 16), (1.0, 2.0), (0, 0, 12, 16)),  # the image itself
        ((1, 100), (0.01, 0.01), (0, 49, 1, 1)),  # at least a pixel
        ((100, 1), (100.0, 100.0), (49, 0, 1, 1)),
    ],
)
def test_where_no_box_fits_it_is_the_largest_in_the_middle(shape, ratio, box):
    image = counted(1, *shape)
    top, left, height, width = box
    options = {"scale": (1.0, 1.0), "ratio": ratio}
    seed = next(  # of the first stream that draws no box that fits
        seed
        for seed in range(100)
        if draw_box(*shape, **options, rng=np.random.default_rng(seed)) is None
    )
    crop = RandomResizedCrop((height, width), **options)(image, seed)
    np.testing.assert_array_equal(
        crop, image[:, top : top + height, left : left + width]
    )


# --- erasing --------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_one_box_of_the_image_is_erased(value):
    image = counted(3, 12, 16)
    for seed in range(20):
        erased = RandomErasing(1.0, (0.1, 0.4), (0.5, 2.0), value)(image, seed)
        rng = np.random.default_rng(seed)
        rng.random()
        top, left, height, width = draw_box(12, 16, (0.1, 0.4), (0.5, 2.0), rng)
        expected = image.copy()
        expected[:, top : top + height, left : left + width] = value
        np.testing.assert_array_equal(erased, expected)


def test_erasing_with_noise_fills_each_channel_with_its_own():
    image = np.full((3, 40, 40), 5, np.float32)
    erased = RandomErasing(1.0, (0.5, 0.5), (1.0, 1.0), "random")(image, 0)
    hit = erased != 5
    assert hit.sum() == 3 * 28 * 28
    noise = erased[hit].reshape(3, -1)
    assert 0 <= noise.min() < 0.01 < 0.99 < noise.max() <= 1
    assert abs(noise.mean() - 0.5) < 4 / math.sqrt(12 * noise.size)
    assert np.abs(np.corrcoef(noise)[np.triu_indices(3, 1)]).max() < 4 / 28


def test_a_draw_equal_to_p_does_not_erase():
    p = float(np.random.default_rng(6).random())
    image = counted(1, 9, 9)
    erase = RandomErasing(p, (0.5, 0.5), (1.0, 1.0))
    np.testing.assert_array_equal(erase(image, 6), image)
    assert not RandomErasing(p + 1e-12, (0.5, 0.5), (1, 1))(image, 6).all()


def test_the_share_that_is_erased_is_p_and_what_cannot_be_stays():
    batch = np.ones((4000, 1, 4, 4), np.float32)
    share = np.mean((RandomErasing(0.3, (0.2, 0.3))(batch, 0) == 0).any(axis=(1, 2, 3)))
    assert abs(share - 0.3) < 4 * math.sqrt(0.21 / 4000)
    tiny = RandomErasing(1.0, (1e-4, 1e-4))(batch[:9], 0)
    np.testing.assert_array_equal(tiny, batch[:9])


# --- noise ----------------------------------------------------------------------------


def test_the_noise_has_the_mean_and_the_spread_asked_for():
    image = np.zeros((1, 300, 300))
    noise = GaussianNoise(0.5, 2.0, clip=False)(image, 0)
    assert abs(noise.mean() - 0.5) < 4 * 2 / 300
    assert abs(noise.std() - 2) < 4 * 2 / (300 * math.sqrt(2))
    half = np.full((1, 300, 300), 0.5)
    clipped = GaussianNoise(0.0, 2.0)(half, 0)
    assert clipped.min() == 0
    assert clipped.max() == 1
    inside = GaussianNoise(0.1, 0.01)(half, 0)
    expected = 0.6 + 0.01 * np.random.default_rng(0).standard_normal((1, 300, 300))
    np.testing.assert_allclose(inside, expected, rtol=1e-12)
