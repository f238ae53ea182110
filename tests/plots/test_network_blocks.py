import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, Rectangle

from dlbook import plots

LAYERS = [("input", (1, 4, 6)), ("conv", (2, 4, 6), 20), ("linear", (12,), 1_164)]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_bar_is_as_wide_as_the_output_holds_numbers():
    (axes,) = plots.network_blocks(LAYERS).axes
    widths = [p.get_width() for p in axes.patches if isinstance(p, Rectangle)]
    np.testing.assert_allclose(np.array(widths) / widths[1], [0.5, 1, 0.25])


def test_names_shapes_and_parameters_are_written():
    written = texts(plots.network_blocks(LAYERS))
    times = " \N{MULTIPLICATION SIGN} "
    for text in ("input", "conv", "linear", "12", "20", "1,164", "parameters"):
        assert text in written
    assert times.join("246") in written
    without = texts(plots.network_blocks([layer[:2] for layer in LAYERS]))
    assert "parameters" not in without
    assert "output" in without


def test_arrows_lead_from_row_to_row_and_skips_pass_rows_by():
    def arrows(**options):
        (axes,) = plots.network_blocks(LAYERS, **options).axes
        return [p for p in axes.patches if isinstance(p, FancyArrowPatch)]

    assert len(arrows()) == 2
    (skip,) = arrows(skips=[(0, 2)])[2:]
    start, end = skip._posA_posB
    assert (start[1], end[1]) == (0, 2)


@pytest.mark.parametrize(
    ("layers", "skips", "message"),
    [
        ([], (), "layers is empty"),
        ([("a",)], (), r"got \('a',\) in row 0"),
        ([("a", (1,), 2, 3)], (), "layers must hold"),
        ([("a", ())], (), "lengths of at least 1"),
        ([("a", (3,)), ("b", (0, 2))], (), "in row 1"),
        ([("a", 3)], (), "layers must hold"),
        (LAYERS, [(1, 1)], r"got \(1, 1\)"),
        (LAYERS, [(0, 3)], r"within 0\.\.2, got \(0, 3\)"),
        (LAYERS, [(-1, 2)], "skips must lead"),
    ],
)
def test_what_is_no_network_is_refused(layers, skips, message):
    with pytest.raises(ValueError, match=message):
        plots.network_blocks(layers, skips=skips)
