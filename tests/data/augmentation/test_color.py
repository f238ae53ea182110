"""Colors: hue, saturation and value are colorsys's, mixtures are computed by hand."""

import colorsys
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.augmentation import ColorJitter, Grayscale, Normalize
from dlbook.data.augmentation.color import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    from_hsv,
    to_hsv,
)

IMAGE = np.random.default_rng(0).random((3, 5, 6))
GRAY = 0.2989 * IMAGE[0] + 0.587 * IMAGE[1] + 0.114 * IMAGE[2]
channel = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1)


def pixel(*rgb):
    return np.array(rgb, float).reshape(3, 1, 1)


@given(red=channel, green=channel, blue=channel)
def test_hue_saturation_and_value_are_those_of_colorsys(red, green, blue):
    ours = np.ravel(to_hsv(pixel(red, green, blue)))
    theirs = colorsys.rgb_to_hsv(red, green, blue)
    apart = abs(ours[0] - theirs[0])
    assert 0 <= ours[0] <= 1
    assert min(apart, 1 - apart) < 1e-9  # hues 0 and 1 are the same
    np.testing.assert_allclose(ours[1:], theirs[1:], atol=1e-12)


@given(hue=st.floats(0, 1), saturation=channel, value=channel)
def test_and_back(hue, saturation, value):
    ours = from_hsv(*(np.array([[x]]) for x in (hue, saturation, value)))
    theirs = colorsys.hsv_to_rgb(hue, saturation, value)
    np.testing.assert_allclose(ours.ravel(), theirs, atol=1e-9)


def test_a_turn_of_the_hue():
    red, green, blue = pixel(1, 0.2, 0.2), pixel(0.2, 1, 0.2), pixel(0.2, 0.2, 1)
    for before, after in ((red, green), (green, blue), (blue, red)):
        np.testing.assert_allclose(adjust_hue(before, 1 / 3), after, atol=1e-12)
        np.testing.assert_allclose(adjust_hue(after, -1 / 3), before, atol=1e-12)
    np.testing.assert_allclose(adjust_hue(IMAGE, 0.0), IMAGE, atol=1e-12)
    gray = np.repeat(GRAY[np.newaxis], 3, axis=0)
    np.testing.assert_allclose(adjust_hue(gray, 0.4), gray, atol=1e-12)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.7])
def test_an_image_is_mixed_with_a_plainer_one(factor):
    for adjust, plain in (
        (adjust_brightness, 0.0),
        (adjust_contrast, GRAY.mean()),
        (adjust_saturation, GRAY),
    ):
        expected = np.clip(factor * IMAGE + (1 - factor) * plain, 0, 1)
        np.testing.assert_allclose(adjust(IMAGE, factor), expected, rtol=1e-12)


def test_one_channel_is_its_own_gray():
    image = IMAGE[:1]
    expected = np.clip(2 * image - image.mean(), 0, 1)
    np.testing.assert_allclose(adjust_contrast(image, 2.0), expected, rtol=1e-12)
    for seed in range(3):
        jittered = ColorJitter(0.5, 0.5)(image, seed)
        assert jittered.shape == image.shape
        assert (jittered != image).any()


def test_a_jitter_is_made_of_its_draws_in_their_order():
    options = {"brightness": 0.4, "contrast": (0.5, 0.9), "saturation": 2, "hue": 0.3}
    transform = ColorJitter(**options)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        order = rng.permutation(4)
        amounts = [
            rng.uniform(0.6, 1.4),
            rng.uniform(0.5, 0.9),
            rng.uniform(0, 3),
            rng.uniform(-0.3, 0.3),
        ]
        expected = IMAGE
        for step in order:
            adjust = (
                adjust_brightness,
                adjust_contrast,
                adjust_saturation,
                adjust_hue,
            )[step]
            expected = adjust(expected, amounts[step])
        np.testing.assert_allclose(transform(IMAGE, seed), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "adjust", "amount"),
    [
        ({"brightness": (0.3, 0.3)}, adjust_brightness, 0.3),
        ({"brightness": (1.1, 1.1)}, adjust_brightness, 1.1),
        ({"contrast": (1.5, 1.5)}, adjust_contrast, 1.5),
        ({"contrast": (1.1, 1.1)}, adjust_contrast, 1.1),
        ({"saturation": (1.1, 1.1)}, adjust_saturation, 1.1),
        ({"saturation": (0.0, 0.0)}, adjust_saturation, 0.0),
        ({"hue": (-0.5, -0.5)}, adjust_hue, -0.5),
        ({"hue": (0.2, 0.2)}, adjust_hue, 0.2),
    ],
)
def test_each_option_moves_its_own_property_alone(options, adjust, amount):
    result = ColorJitter(**options)(IMAGE, 0)
    np.testing.assert_allclose(result, adjust(IMAGE, amount), rtol=1e-12)


def test_without_options_the_image_stays_to_the_last_bit():
    np.testing.assert_array_equal(ColorJitter()(IMAGE, 0), IMAGE)
    np.testing.assert_array_equal(ColorJitter()(IMAGE[:1], 0), IMAGE[:1])


@pytest.mark.parametrize(
    ("image", "match"),
    [
        (IMAGE + 0.5, r"numbers in \[0, 1\], got .* to 1"),
        (IMAGE - 0.5, r"numbers in \[0, 1\], got -0"),
        (np.full((3, 2, 2), np.nan), r"numbers in \[0, 1\], got nan"),
        (IMAGE[:2], r"3 channels or 1, got shape \(2, 5, 6\)"),
    ],
)
def test_what_has_no_colors_is_refused(image, match):
    with pytest.raises(ValueError, match=f"ColorJitter takes {match}"):
        ColorJitter(0.1)(image, 0)
    with pytest.raises(ValueError, match=f"ColorJitter takes {match}"):
        ColorJitter()(image, 0)


def test_the_ends_of_the_range_are_colors():
    image = np.array([0.0, 1.0, 1.0]).reshape(3, 1, 1)
    assert ColorJitter(0.5, 0.5, 0.5, 0.5)(image, 0).shape == (3, 1, 1)
    with pytest.raises(ValueError, match="one channel has no saturation"):
        ColorJitter(saturation=0.1)(IMAGE[:1], 0)
    with pytest.raises(ValueError, match="one channel has no saturation"):
        ColorJitter(hue=0.1)(IMAGE[:1], 0)


def test_grayscale_weighs_the_colors():
    np.testing.assert_allclose(Grayscale()(IMAGE), GRAY[np.newaxis], rtol=1e-12)
    three = Grayscale(3)(IMAGE)
    np.testing.assert_allclose(three, [GRAY] * 3, rtol=1e-12)
    with pytest.raises(ValueError, match=r"takes 3 channels, got shape \(1, 5, 6\)"):
        Grayscale()(IMAGE[:1])


def test_normalizing_shifts_and_scales_each_channel():
    mean, std = (0.1, 0.2, 0.3), (1.0, 2.0, 4.0)
    expected = [(IMAGE[c] - mean[c]) / std[c] for c in range(3)]
    np.testing.assert_allclose(Normalize(mean, std)(IMAGE), expected, rtol=1e-12)
    same = Normalize(0.5, (2.0,))(IMAGE)
    np.testing.assert_allclose(same, (IMAGE - 0.5) / 2, rtol=1e-12)
    with pytest.raises(ValueError, match=r"mean has 2 numbers, and the image of .* 3"):
        Normalize((0, 0), 1)(IMAGE)
    with pytest.raises(ValueError, match="std has 3 numbers"):
        Normalize(0, (1, 1, 1))(IMAGE[:1])


def test_the_amounts_are_uniform():
    image, rng = np.full((1, 1, 1), 0.25), np.random.default_rng(0)
    factors = np.array([ColorJitter(0.4)(image, rng).item() for _ in range(2000)]) * 4
    assert 0.6 <= factors.min() < 0.605 < 1.395 < factors.max() <= 1.4
    assert abs(factors.mean() - 1) < 4 * 0.8 / math.sqrt(12 * 2000)
