import numpy as np
import pytest

from dlbook import plots

SIGNALS = np.random.default_rng(0).standard_normal((5, 1, 12))


def curves(panel):
    return [line for line in panel.lines if len(line.get_xdata()) == 12]


def test_every_signal_has_a_panel_on_shared_axes():
    figure = plots.signal_grid(SIGNALS, list("abcde"), columns=3, title="Five")
    panels = [axes for axes in figure.axes if axes.lines]
    assert len(figure.axes) == 6
    assert [panel.get_title() for panel in panels] == list("abcde")
    for panel, signal in zip(panels, SIGNALS[:, 0], strict=True):
        (curve,) = curves(panel)
        np.testing.assert_array_equal(curve.get_ydata(), signal)
        assert panel.get_ylim() == panels[0].get_ylim()
    assert figure.get_suptitle() == "Five"


def test_other_signals_stand_beside_dashed():
    figure = plots.signal_grid(SIGNALS[:, 0], beside=-SIGNALS)
    for panel, signal in zip(figure.axes, SIGNALS[:, 0], strict=True):
        first, second = curves(panel)
        np.testing.assert_array_equal(first.get_ydata(), signal)
        np.testing.assert_array_equal(second.get_ydata(), -signal)
        assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")


@pytest.mark.parametrize(
    ("signals", "options", "message"),
    [
        (np.ones(3), {}, r"\(N, L\) or \(N, 1, L\), got \(3,\)"),
        (np.ones((2, 2, 3)), {}, r"got \(2, 2, 3\)"),
        (SIGNALS, {"beside": SIGNALS[:2]}, r"beside has shape \(2, 12\)"),
        (SIGNALS, {"titles": ["a"]}, "titles has 1 entries for 5"),
        (SIGNALS, {"columns": 0}, "columns must be at least 1, got 0"),
    ],
)
def test_what_does_not_fit_is_refused(signals, options, message):
    with pytest.raises(ValueError, match=message):
        plots.signal_grid(signals, **options)
