import numpy as np
import pytest

from dlbook import plots


def test_every_image_is_drawn_on_one_scale():
    images = np.arange(24.0).reshape(3, 2, 4)
    figure = plots.image_grid(images, ["a", "b", "c"], columns=2)
    drawn = [axes.images[0] for axes in figure.axes if axes.images]
    for picture, image in zip(drawn, images, strict=True):
        np.testing.assert_array_equal(picture.get_array(), image)
        assert picture.get_clim() == (0, 23)
    titles = [axes.get_title() for axes in figure.axes if axes.images]
    assert titles == ["a", "b", "c"]


def test_many_images_stay_light():
    images = np.random.default_rng(0).random((64, 28, 28))
    assert len(plots.image_grid(images).to_svg()) < 300_000


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.ones((2, 2)), {}, "N, H, W"),
        (np.full((1, 2, 2, 3), 200.0), {}, "divide bytes"),
        (np.ones((1, 2, 2)), {"titles": ["a", "b"]}, "2 entries for 1"),
        (np.ones((1, 2, 2)), {"columns": 0}, "columns"),
    ],
)
def test_what_is_no_grid_of_images_is_refused(images, options, message):
    with pytest.raises(ValueError, match=message):
        plots.image_grid(images, **options)
