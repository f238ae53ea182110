"""Images in the layout of convolutional layers: no pixel lost, none invented."""

from dataclasses import replace

import numpy as np
import pytest

from dlbook.data import (
    Dataset,
    as_images,
    load_photographs,
    make_moons,
    photographs_as_images,
)
from dlbook.data.augmentation import Grayscale


def digits(dtype=np.float32):
    rng = np.random.default_rng(0)
    return Dataset(
        "squares",
        rng.random((5, 12)).astype(dtype),
        np.arange(5) % 2,
        ("a", "b"),
        tuple(f"pixel {n}" for n in range(12)),
        image_shape=(3, 4),
        source="drawn",
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_become_images_of_one_channel(dtype):
    before = digits(dtype)
    after = as_images(before)
    assert after.inputs.shape == (5, 1, 3, 4)
    assert after.inputs.dtype == dtype
    np.testing.assert_array_equal(after.inputs[:, 0], before.images)
    np.testing.assert_array_equal(after.images, after.inputs)
    assert after.feature_names == ()
    for name in ("name", "class_names", "source"):
        assert getattr(after, name) == getattr(before, name)
    np.testing.assert_array_equal(after.targets, before.targets)
    assert not np.shares_memory(after.inputs, before.inputs)
    np.testing.assert_array_equal(as_images(after).inputs, after.inputs)


def test_padding_adds_zeros_on_every_side():
    after = as_images(digits(), padding=2).inputs
    assert after.shape == (5, 1, 7, 8)
    np.testing.assert_array_equal(after[:, 0, 2:-2, 2:-2], digits().images)
    after[:, :, 2:-2, 2:-2] = 0
    assert not after.any()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 12])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_new_size_is_interpolated_as_by_torch(size, dtype):
    torch = pytest.importorskip("torch")
    before = digits(dtype)
    after = as_images(before, size=size, padding=1).inputs
    expected = torch.nn.functional.interpolate(
        torch.tensor(before.images[:, None]), size=(size, size), mode="bilinear"
    )
    assert after.dtype == dtype
    assert after.shape == (5, 1, size + 2, size + 2)
    tolerance = 1e-6 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(after[:, :, 1:-1, 1:-1], expected, atol=tolerance)


def test_channels_of_color_images_stay():
    colors = np.random.default_rng(0).random((2, 3, 4, 6))
    dataset = Dataset("colors", colors, np.array([0, 1]), ("a", "b"))
    np.testing.assert_array_equal(as_images(dataset).inputs, colors)
    flat = replace(dataset, inputs=colors.reshape(2, -1), image_shape=(3, 4, 6))
    np.testing.assert_array_equal(as_images(flat).inputs, colors)
    large = as_images(dataset, size=9).inputs
    for channel in range(3):
        alone = replace(dataset, inputs=colors[:, channel : channel + 1])
        np.testing.assert_array_equal(
            large[:, channel], as_images(alone, size=9).inputs[:, 0]
        )


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1, got 0"),
        ({"size": 4.0}, TypeError, "size must be an int, got float"),
        ({"padding": -1}, ValueError, "padding must be at least 0, got -1"),
        ({"padding": True}, TypeError, "padding must be an int, got bool"),
    ],
)
def test_bad_sizes_are_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        as_images(digits(), **options)


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match="moons are not images"):
        as_images(make_moons(8, rng=0))


def test_photographs_are_batches_of_one_image():
    pytest.importorskip("sklearn")
    found = photographs_as_images(dtype=np.float64)
    for name, pixels in load_photographs(dtype=np.float64).items():
        assert found[name].shape == (1, 3, 427, 640)
        for channel in range(3):
            np.testing.assert_array_equal(found[name][0, channel], pixels[..., channel])
    assert found.keys() == {"china", "flower"}


def test_photographs_in_gray_and_smaller():
    pytest.importorskip("sklearn")
    large = photographs_as_images(dtype=np.float64)["china"]
    small = photographs_as_images(shrink=4, dtype=np.float64)["china"]
    assert small.shape == (1, 3, 106, 160)
    for row, column in ((0, 0), (105, 159), (50, 7)):
        square = large[..., 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        np.testing.assert_allclose(
            small[..., row, column], square.mean(axis=(2, 3)), rtol=1e-12
        )
    gray = photographs_as_images(gray=True, shrink=4)["china"]
    assert gray.shape == (1, 1, 106, 160)
    assert gray.dtype == np.float32
    expected = Grayscale()(small[0], np.random.default_rng(0))
    np.testing.assert_allclose(gray[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("shrink", "kind", "message"),
    [
        (0, ValueError, "shrink must be at least 1, got 0"),
        (2.0, TypeError, "shrink must be an int, got float"),
        (428, ValueError, "shrink must be at most 427, the rows of 'china', got 428"),
    ],
)
def test_photographs_cannot_shrink_to_nothing(shrink, kind, message):
    pytest.importorskip("sklearn")
    with pytest.raises(kind, match=message):
        photographs_as_images(shrink=shrink)
