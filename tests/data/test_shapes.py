"""Pictures of shapes: masks, boxes and colors are what the description says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.data import DataLoader, make_shapes
from dlbook.data.shapes import _GRAINS, _distance, _smooth_field

PLAIN = {"texture": 0, "noise": 0, "turn": 180, "dtype": np.float64}


@given(
    samples=st.integers(1, 12),
    size=st.integers(8, 24),
    most=st.integers(1, 4),
    seed=st.integers(0, 3),
)
@settings(max_examples=25)
def test_shapes_types_and_ranges(samples, size, most, seed):
    made = make_shapes(samples, size=size, most_shapes=most, rng=seed)
    assert len(made) == samples
    assert made.images.shape == (samples, 3, size, size)
    assert made.images.dtype == np.float32
    assert 0 <= made.images.min() <= made.images.max() <= 1
    assert made.masks.shape == (samples, size, size)
    assert made.masks.dtype == made.boxes.dtype == made.labels.dtype == np.int64
    assert made.boxes.shape == (samples, most, 4)
    assert made.labels.shape == (samples, most)
    for mask, labels in zip(made.masks, made.labels, strict=True):
        assert set(mask.ravel()) - {0} == set(labels) - {0}


def test_classes_and_numbers_of_shapes_are_balanced():
    made = make_shapes(300, most_shapes=3, radii=(0.1, 0.1), rng=0)
    counts = np.bincount(made.labels.ravel())[1:]
    assert len(counts) == 3
    assert np.ptp(counts) <= 30  # drawn equal; a few shapes are hidden
    per_image = np.bincount((made.labels > 0).sum(axis=1), minlength=4)
    assert per_image[0] == 0
    np.testing.assert_allclose(per_image[1:], 100, atol=15)


def test_a_box_holds_the_pixels_of_its_shape_and_no_empty_edge():
    made = make_shapes(60, most_shapes=1, rng=0)
    for mask, (box,) in zip(made.masks, made.boxes, strict=True):
        left, top, right, bottom = box
        rows, columns = np.nonzero(mask)
        assert (left, top) == (columns.min(), rows.min())
        assert (right, bottom) == (columns.max() + 1, rows.max() + 1)


def test_boxes_of_several_shapes_cover_the_mask():
    made = make_shapes(60, most_shapes=3, rng=0)
    for mask, boxes, labels in zip(made.masks, made.boxes, made.labels, strict=True):
        for label in (1, 2, 3):
            covered = np.zeros(mask.shape, bool)
            for left, top, right, bottom in boxes[labels == label]:
                covered[top:bottom, left:right] = True
                assert (mask[top:bottom, left:right] == label).any()
            assert covered[mask == label].all()
    hidden = made.labels == 0
    assert hidden.any()
    np.testing.assert_array_equal(made.boxes[hidden], 0)


@pytest.mark.parametrize("label", [1, 2, 3])
def test_all_classes_have_the_area_of_a_circle(label):
    made = make_shapes(200, size=64, most_shapes=1, radii=(0.25, 0.25), rng=0, **PLAIN)
    chosen = made.labels[:, 0] == label
    areas = (made.masks[chosen] == label).sum(axis=(1, 2))
    np.testing.assert_allclose(areas, np.pi * 16**2, rtol=0.03)
    # how far a shape of this area reaches tells circle, square and triangle apart
    reach = {1: 1.0, 2: np.sqrt(np.pi / 2), 3: 2 * np.sqrt(np.pi / np.sqrt(27))}[label]
    farthest = [
        np.hypot(*(np.argwhere(mask) - np.argwhere(mask).mean(axis=0)).T).max()
        for mask in made.masks[chosen]
    ]
    np.testing.assert_allclose(farthest, 16 * reach, atol=1.5)


def test_distances_are_those_of_pixel_centers_to_the_sides():
    size, radius, angle = 9, 2.5, 0.3
    center = np.array([3.3, 5.1])
    found = _distance(
        np.array([1, 2, 3]),
        np.tile(center, (3, 1)),
        np.full(3, radius),
        np.full(3, angle),
        size,
    )
    y, x = np.mgrid[:size, :size] + 0.5 - center[::-1, None, None]
    right, down = (  # axes that turn with the shape
        x * np.cos(angle) + y * np.sin(angle),
        y * np.cos(angle) - x * np.sin(angle),
    )
    half = radius * np.sqrt(np.pi) / 2  # of a square's side
    # a triangle with one side on the right, and the corner across on the left
    side = radius * np.sqrt(np.pi / np.sqrt(27))
    slanted = (np.sqrt(3) * np.abs(down) - right) / 2
    expected = [
        np.hypot(x, y) - radius,
        np.maximum(np.abs(right), np.abs(down)) - half,
        np.maximum(right, slanted) - side,
    ]
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_texture_is_interpolated_between_the_knots_of_a_grid():
    size = 11
    knots = np.random.default_rng(0).standard_normal((2, 3, _GRAINS + 1, _GRAINS + 1))
    at = (np.arange(size) + 0.5) / size  # from edge to edge
    grid = np.linspace(0, 1, _GRAINS + 1)
    rows = np.apply_along_axis(lambda line: np.interp(at, grid, line), 2, knots)
    expected = np.apply_along_axis(lambda line: np.interp(at, grid, line), 3, rows)
    found = _smooth_field(2, size, np.random.default_rng(0))
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_shapes_lie_inside_and_turn():
    made = make_shapes(400, size=40, most_shapes=1, radii=(0.3, 0.3), rng=0, **PLAIN)
    box = made.boxes[:, 0]
    assert box.min() >= 0
    assert box.max() <= 40
    assert (box[:, :2].min(axis=0) <= 1).all()  # and reach every edge
    assert (box[:, 2:].max(axis=0) >= 39).all()
    widths = (box[:, 2] - box[:, 0])[made.labels[:, 0] == 2]
    assert widths.min() < 24 < 28 < widths.max()  # a square upright, and on a corner


def test_shapes_stand_on_a_side_and_turn_as_far_as_said():
    def thickness(turn):
        """How many rows more a square takes than it has, by its turn."""
        options = PLAIN | {"turn": turn}
        made = make_shapes(
            300, size=64, most_shapes=1, radii=(0.3, 0.3), rng=0, **options
        )
        box = made.boxes[:, 0]
        return made, (box[:, 3] - box[:, 1])[made.labels[:, 0] == 2]

    made, upright = thickness(0)
    assert set(upright) <= {34, 35}  # a side of sqrt(pi) * 19.2 pixels
    for mask in made.masks[made.labels[:, 0] == 3]:
        widths = mask.astype(bool).sum(axis=1)
        widths = widths[widths > 0]
        assert (np.diff(widths) >= 0).all()  # the tip is on top
    # a square turned by a takes cos a + sin a times its side
    _, turned = thickness(15)
    most = (np.cos(np.pi / 12) + np.sin(np.pi / 12)) * 34.03
    assert most - 1.5 < turned.max() < most + 1
    assert turned.min() <= 35


def test_colors_are_those_of_ground_and_shape_and_mixtures_at_edges():
    made = make_shapes(40, size=32, most_shapes=1, rng=0, **PLAIN)
    for image, mask in zip(made.images, made.masks, strict=True):
        ground, inside = image[:, 0, 0], image[:, mask > 0]
        middle = np.argwhere(mask).mean(axis=0).astype(int)
        color = image[:, *middle]
        difference = np.abs(color - ground)
        assert (difference >= 0.25 - 1e-12).all()
        assert (difference <= 0.75 + 1e-12).all()
        # every pixel is ground + cover * (color - ground) with one cover for a pixel
        cover = (image - ground[:, None, None]) / (color - ground)[:, None, None]
        np.testing.assert_allclose(cover, cover[:1].repeat(3, axis=0), atol=1e-9)
        assert ((cover[0] > 0.5) == (mask > 0)).all()
        assert ((cover > 0.01) & (cover < 0.99)).any()
        assert inside.shape[1] > 50


def test_every_shape_differs_from_the_ground_and_nothing_else_does():
    made = make_shapes(200, most_shapes=2, radii=(0.15, 0.15), rng=0, **PLAIN)
    shifts = []
    for image, boxes, labels in zip(made.images, made.boxes, made.labels, strict=True):
        boxes = boxes[labels > 0]
        near = np.zeros(image.shape[1:], int)  # 2 pixels for the blur of a corner
        for left, top, right, bottom in boxes:
            near[max(top - 2, 0) : bottom + 2, max(left - 2, 0) : right + 2] += 1
        ground = image[:, near == 0]
        np.testing.assert_array_equal(ground, ground[:, :1].repeat(ground.shape[1], 1))
        if near.max() == 1:  # apart, so that the middle of each is its own
            for left, top, right, bottom in boxes:
                color = image[:, (top + bottom) // 2, (left + right) // 2]
                shifts.append((color - ground[:, 0]) % 1)
    assert len(shifts) > 100
    assert np.min(shifts) == pytest.approx(0.25, abs=0.01)
    assert np.max(shifts) == pytest.approx(0.75, abs=0.01)


def test_the_color_of_a_pixel_does_not_tell_its_class():
    """Shapes and ground have one distribution of colors: uniform in every channel."""
    made = make_shapes(1500, size=16, most_shapes=1, rng=0, **PLAIN)
    left, top, right, bottom = made.boxes[:, 0].T
    inside = made.images[np.arange(1500), :, (top + bottom) // 2, (left + right) // 2]
    for colors in (made.images[:, :, 0, 0], inside):
        shares, _ = np.histogram(colors, bins=5, range=(0, 1))
        np.testing.assert_allclose(shares / shares.sum(), 0.2, atol=0.025)


def test_texture_is_smooth_and_noise_is_not():
    plain = make_shapes(40, rng=3, **PLAIN)
    for name in ("texture", "noise"):
        made = make_shapes(40, rng=3, **(PLAIN | {name: 0.02}))
        np.testing.assert_array_equal(made.masks, plain.masks)
        added = made.images - plain.images
        inner = (plain.images > 0.15) & (plain.images < 0.85)  # nothing is cut off
        steps = np.abs(np.diff(added, axis=3))[inner[..., 1:] & inner[..., :-1]].mean()
        size = added[inner].std()
        assert 0.008 < size < 0.025
        assert steps < 0.5 * size if name == "texture" else steps > size


def test_the_generator_decides():
    made = make_shapes(8, rng=np.random.default_rng(4))
    same, other = make_shapes(8, rng=4), make_shapes(8, rng=5)
    for name in ("images", "masks", "boxes", "labels"):
        np.testing.assert_array_equal(getattr(made, name), getattr(same, name))
        assert not np.array_equal(getattr(made, name), getattr(other, name))
    double = make_shapes(8, rng=4, dtype=np.float64)
    assert double.images.dtype == np.float64
    np.testing.assert_array_equal(double.images.astype(np.float32), made.images)


def test_a_part_of_the_pictures():
    made = make_shapes(8, rng=0)
    for index in (slice(2, 5), np.array([4, 1]), np.arange(8) > 5):
        part = made[index]
        for name in ("images", "masks", "boxes", "labels"):
            np.testing.assert_array_equal(
                getattr(part, name), getattr(made, name)[index]
            )
    with pytest.raises(TypeError, match=r"shapes\[2:3\]"):
        made[2]
    part = made[:3]
    circles, squares, triangles = ((part.labels == n).sum() for n in (1, 2, 3))
    assert repr(part) == (
        "Shapes(3 images of shape (3, 32, 32), float32; "
        f"circle {circles}, square {squares}, triangle {triangles})"
    )


def test_a_loader_cuts_images_and_masks_into_batches():
    made = make_shapes(10, size=8, rng=0)
    batches = list(DataLoader((made.images, made.masks), 4))
    assert [masks.shape for _, masks in batches] == [(4, 8, 8), (4, 8, 8), (2, 8, 8)]
    np.testing.assert_array_equal(batches[1][0], made.images[4:8])


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"samples": 0}, ValueError, "samples must be at least 1, got 0"),
        ({"samples": 2.0}, TypeError, "samples must be an int, got float"),
        ({"size": 7}, ValueError, "size must be at least 8, got 7"),
        ({"size": True}, TypeError, "size must be an int, got bool"),
        ({"most_shapes": 0}, ValueError, "most_shapes must be at least 1, got 0"),
        ({"radii": (0.2, 0.1)}, ValueError, r"radii must be two numbers.*\(0.2, 0.1\)"),
        ({"radii": (0, 0.1)}, ValueError, "radii must be two numbers"),
        ({"radii": (0.1, 0.31)}, ValueError, r"in \(0, 0.3\], got"),
        ({"radii": 0.2}, ValueError, "radii must be two numbers"),
        ({"radii": (0.1, 0.2, 0.3)}, ValueError, "radii must be two numbers"),
        ({"turn": -1}, ValueError, r"turn must lie in \[0, 180\] degrees, got -1"),
        ({"turn": 181}, ValueError, "turn must lie in"),
        ({"turn": float("nan")}, ValueError, "turn must lie in"),
        ({"texture": -0.1}, ValueError, "texture must be at least 0 and finite"),
        ({"noise": float("nan")}, ValueError, "noise must be at least 0 and finite"),
        ({"noise": float("inf")}, ValueError, "noise must be at least 0 and finite"),
        ({"dtype": np.uint8}, ValueError, "dtype must be a floating-point type"),
        ({"rng": "seed"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_arguments_are_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        make_shapes(**({"samples": 4, "rng": 0} | options))
