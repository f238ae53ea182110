"""The changed digits: pixels and probabilities are computed again, another way."""

import re

import numpy as np
import pytest
from scipy import ndimage

from dlbook.widgets import digit_changes
from dlbook.widgets.digit_changes import ANGLES, SHIFTS

DIGITS = np.random.default_rng(0).random((2, 5, 5))
WEIGHT = np.random.default_rng(1).standard_normal((25, 10))


def classify(images):
    scores = images.reshape(-1, 25) @ WEIGHT
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def figure():
    return digit_changes(DIGITS, [8, 3], classify)


def frame_of(figure, which, mirrored, degrees, shift):
    place = (which * 2 + mirrored) * len(ANGLES) + ANGLES.index(degrees)
    return figure.frames[place * len(SHIFTS) + SHIFTS.index(shift)]


def moved(image, degrees, shift):
    """Rotate counterclockwise, then shift to the right, by another library."""
    angle = np.radians(degrees)
    # rows grow downward: the place in the picture for a place in the result
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([2.0, 2.0])
    return ndimage.affine_transform(
        image,
        back,
        offset=middle - back @ np.add(middle, [0, shift]),
        order=1,
        mode="grid-constant",
    )


@pytest.mark.parametrize(
    ("which", "mirrored", "degrees", "shift"),
    [(0, 0, 0, 0), (1, 1, 0, 0), (0, 0, 90, 0), (1, 0, 20, -2), (0, 1, -40, 1)],
)
def test_a_frame_has_the_moved_pixels_and_their_probabilities(
    figure, which, mirrored, degrees, shift
):
    frame = frame_of(figure, which, mirrored, degrees, shift)
    image = DIGITS[which][:, ::-1] if mirrored else DIGITS[which]
    image = moved(image, degrees, shift)
    for row in range(5):
        for column in range(5):
            fill = frame.changes[f"{row} {column}", "fill"]
            assert re.fullmatch(r"#([0-9a-f])\1\1", fill)
            ink = 1 - int(fill[1], 16) / 15
            assert ink == pytest.approx(image[row, column], abs=0.5 / 15 + 1e-6)
    (p,) = classify(image[np.newaxis])
    widths = [float(frame.changes[f"bar {d}", "width"]) for d in range(10)]
    np.testing.assert_allclose(widths, 120 * p, atol=0.051)
    shares = [frame.changes[f"share {d}", "text"] for d in range(10)]
    assert shares == [f"{v:.0%}" for v in p]
    best = p.argmax()
    assert f"the network says {best} ({p[best]:.0%}), then " in frame.sentence


def test_the_sentence_names_digit_and_changes(figure):
    plain = frame_of(figure, 0, 0, 0, 0).sentence
    assert plain.startswith("An 8, rotated by 0°, shifted by 0: the network says ")
    other = frame_of(figure, 1, 1, -40, -2).sentence
    assert other.startswith("A 3, mirrored, rotated by −40°, shifted by −2: ")


def test_the_figure_begins_with_the_digit_as_it_is(figure):
    assert frame_of(figure, 0, 0, 0, 0).sentence in repr(figure)
    assert len(figure._repr_html_().encode()) < 100_000


@pytest.mark.parametrize(
    ("digits", "labels", "says"),
    [
        (DIGITS[0], [8], r"shape \(K, H, H\) with K at least 2, got \(5, 5\)"),
        (DIGITS[:1], [8], r"got \(1, 5, 5\)"),
        (DIGITS[:, :4], [8, 3], r"got \(2, 4, 5\)"),
        (16 * DIGITS, [8, 3], r"must lie in \[0, 1\], got"),
        (-DIGITS, [8, 3], r"must lie in \[0, 1\], got"),
        (np.full((2, 5, 5), np.nan), [8, 3], r"must lie in \[0, 1\], got nan"),
        (DIGITS, [8], "1 labels for 2 digits"),
    ],
)
def test_what_cannot_be_shown_is_refused(digits, labels, says):
    with pytest.raises(ValueError, match=says):
        digit_changes(digits, labels, classify)


def test_a_classifier_of_another_number_of_classes_is_refused():
    with pytest.raises(ValueError, match=r"returned \(3,\) for an image"):
        digit_changes(DIGITS, [8, 3], lambda images: classify(images)[:, :3])
