"""Kernels and channels on one scale, with zero in the middle."""

import numpy as np
import pytest

from dlbook import plots
from dlbook.plots.feature_maps import DIVERGING, POSITIVE

MAPS = np.arange(-4.0, 20.0).reshape(2, 3, 4)
SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])


def panels(figure):
    return [a for a in figure.axes if a.images and a.get_label() != "<colorbar>"]


def test_all_channels_have_one_scale_around_zero():
    figure = plots.feature_maps(MAPS, ["a", "b"], label="size")
    drawn = panels(figure)
    assert len(drawn) == 2
    for panel, channel in zip(drawn, MAPS, strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), channel)
        assert panel.images[0].get_clim() == (-19, 19)
        assert panel.images[0].get_cmap() == DIVERGING
    assert [panel.get_title() for panel in drawn] == ["a", "b"]
    assert [a.get_xlabel() for a in figure.axes if a not in drawn] == ["size"]
    np.testing.assert_allclose(DIVERGING(0.5)[:3], 1, atol=0.01)  # zero is white


def test_without_negative_numbers_the_scale_starts_at_zero():
    (panel, *_) = panels(plots.feature_maps(np.abs(MAPS)[None]))
    assert panel.images[0].get_clim() == (0, 19)
    assert panel.images[0].get_cmap() == POSITIVE
    np.testing.assert_allclose(POSITIVE(0.0)[:3], 1)


def test_a_limit_and_what_lies_beyond():
    for maps, extend in ((MAPS, "max"), (-MAPS, "min"), (MAPS - 7, "both")):
        figure = plots.feature_maps(maps, limit=5)
        (image,) = panels(figure)[0].images
        assert image.get_clim() == (-5, 5)
        assert image.colorbar.extend == extend
    figure = plots.feature_maps(np.zeros((1, 2, 2)))
    assert panels(figure)[0].images[0].get_clim() == (0, 1)
    assert panels(figure)[0].images[0].colorbar.extend == "neither"


def test_a_small_kernel_has_its_weights_written_in_its_cells():
    (panel,) = panels(plots.kernels(SOBEL[None] / 4, numbers=None))
    minus = "\N{MINUS SIGN}"
    written = {t.get_position(): t.get_text() for t in panel.texts}
    assert written == {
        (0, 0): "0.25", (1, 0): "0", (2, 0): f"{minus}0.25",
        (0, 1): "0.5", (1, 1): "0", (2, 1): f"{minus}0.5",
        (0, 2): "0.25", (1, 2): "0", (2, 2): f"{minus}0.25",
    }  # fmt: skip
    tiny = panels(plots.kernels(np.array([[[-0.001, 10.0]]])))[0]
    assert [t.get_text() for t in tiny.texts] == ["0", "10"]


def test_numbers_are_written_only_where_they_can_be_read():
    wide = np.ones((4, 1, 5, 5))
    assert not any(panel.texts for panel in panels(plots.kernels(wide)))
    assert all(len(p.texts) == 25 for p in panels(plots.kernels(wide, numbers=True)))
    small = plots.kernels(SOBEL[None], numbers=False)
    assert not any(panel.texts for panel in panels(small))


def test_a_row_holds_the_input_channels_of_a_kernel():
    weights = np.arange(24.0).reshape(2, 3, 2, 2)
    figure = plots.kernels(weights)
    drawn = panels(figure)
    grid = drawn[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (2, 3)
    for panel, kernel in zip(drawn, weights.reshape(6, 2, 2), strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), kernel)
    assert panels(plots.kernels(np.ones((6, 1, 2, 2))))[0].get_gridspec().ncols == 4


def test_is_the_same_picture_each_time():
    assert plots.kernels(SOBEL[None]).to_svg() == plots.kernels(SOBEL[None]).to_svg()


@pytest.mark.parametrize(
    ("draw", "values", "options", "message"),
    [
        (plots.feature_maps, np.ones((2, 3)), {}, r"\(C, H, W\).*got \(2, 3\)"),
        (plots.feature_maps, np.ones((2, 3, 4, 5)), {}, r"got \(2, 3, 4, 5\)"),
        (plots.feature_maps, np.full((1, 2, 2), np.nan), {}, "maps must be finite"),
        (plots.feature_maps, MAPS, {"limit": 0}, "limit must be greater than 0"),
        (plots.feature_maps, MAPS, {"limit": np.inf}, "limit must be greater than 0"),
        (plots.feature_maps, MAPS, {"titles": ["a"]}, "titles has 1 entries for 2"),
        (plots.kernels, SOBEL, {}, r"weights must have shape.*got \(3, 3\)"),
        (plots.kernels, np.full((1, 2, 2), np.inf), {}, "weights must be finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, values, options, message):
    with pytest.raises(ValueError, match=message):
        draw(values, **options)
