"""Pictures beside classes that color and pattern tell apart."""

import numpy as np
import pytest

from dlbook import plots
from dlbook.plots.palette import contrast
from dlbook.plots.segmentation import patterned

RNG = np.random.default_rng(0)
IMAGES = RNG.random((2, 3, 6, 5))
MASKS = RNG.integers(0, 4, (2, 6, 5))
NAMES = ("ground", "circle", "square", "triangle")


def test_rows_hold_the_image_the_truth_and_the_prediction():
    figure = plots.segmentation(IMAGES, MASKS, MASKS[::-1], class_names=NAMES)
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn[:3]] == [
        "image",
        "true classes",
        "predicted",
    ]
    for n in range(2):
        image, true, predicted = (axes.images[0] for axes in drawn[3 * n : 3 * n + 3])
        np.testing.assert_array_equal(image.get_array(), np.moveaxis(IMAGES[n], 0, 2))
        np.testing.assert_array_equal(true.get_array(), patterned(MASKS[n]))
        np.testing.assert_array_equal(predicted.get_array(), patterned(MASKS[1 - n]))


def test_the_legend_shows_each_class_as_it_is_drawn():
    figure = plots.segmentation(IMAGES[:1, :1], MASKS[:1], class_names=NAMES)
    (legend,) = [axes for axes in figure.axes if axes.texts]
    assert [text.get_text() for text in legend.texts] == list(NAMES)
    boxes = legend.child_axes
    for label, box in enumerate(boxes):
        np.testing.assert_array_equal(
            box.images[0].get_array(), patterned(np.full((3, 4), label))
        )
    starts = [text.get_position()[0] for text in legend.texts]
    assert starts == sorted(starts)


def test_patterns_differ_without_colors_and_start_at_the_same_place():
    marks = []
    for label in range(6):
        picture = patterned(np.full((4, 4), label))
        assert picture.shape == (32, 32, 3)
        grounds = np.unique(picture.reshape(-1, 3), axis=0)
        assert len(grounds) == (1 if label == 0 else 2)
        if label:
            dark, light = (
                "#" + "".join(f"{round(255 * c):02x}" for c in color)
                for color in sorted(grounds, key=sum)
            )
            assert contrast(dark, light) > 2.3
            marks.append(picture.sum(axis=2) < picture.sum(axis=2).max())
            assert 0.2 < marks[-1].mean() < 0.5
    for n, one in enumerate(marks):
        for other in marks[:n]:
            assert (one != other).mean() > 0.2
    mixed = patterned(np.array([[1, 3], [2, 0]]))
    np.testing.assert_array_equal(mixed[:8, 8:], patterned(np.full((2, 2), 3))[:8, 8:])


def test_is_light_and_the_same_each_time():
    images, masks = RNG.random((4, 3, 32, 32)), RNG.integers(0, 4, (4, 32, 32))
    first, second = (
        plots.segmentation(images, masks, masks, class_names=NAMES).to_svg()
        for _ in range(2)
    )
    assert first == second
    assert len(first) < 250_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": IMAGES[0]}, "images must have 4 dim"),
        ({"images": IMAGES[:, :2]}, "1 or 3 channels"),
        ({"images": 2 * IMAGES}, r"colors in images must be in \[0, 1\]"),
        ({"masks": MASKS[:1]}, r"masks must have shape \(2, 6, 5\)"),
        ({"predictions": MASKS[:, :3]}, r"predictions must have shape \(2, 6, 5\)"),
        ({"masks": MASKS + 1}, "masks must hold class numbers from 0 to 3"),
        ({"predictions": MASKS + 0.5}, "predictions must hold class numbers"),
        ({"class_names": ()}, "1 to 6 names, got 0"),
        ({"class_names": tuple("abcdefg")}, "1 to 6 names, got 7"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    arguments = {"images": IMAGES, "masks": MASKS, "class_names": NAMES} | change
    with pytest.raises(ValueError, match=message):
        plots.segmentation(**arguments)
