import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from dlbook import plots
from dlbook.plots.style import as_array

DRAW = """
import hashlib
from dlbook import plots
figure = plots.curves([0, 1], {"a": [1, 3], "b": [2, 2]}, xlabel="x", ylabel="y")
print(hashlib.sha256(figure.to_svg().encode()).hexdigest())
"""


def test_the_same_figure_is_the_same_file_in_every_process():
    runs = [
        subprocess.run(
            [sys.executable, "-c", DRAW], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_drawing_twice_gives_the_same_text_without_a_date():
    figure = plots.curves([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y")
    text = figure.to_svg()
    assert text == figure.to_svg()
    assert text.startswith("<svg")
    assert "<dc:date>" not in text
    assert "Matplotlib v" not in text


def test_pyplot_and_the_readers_settings_are_left_alone():
    before = dict(mpl.rcParams)
    plots.curves([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y").to_svg()
    assert dict(mpl.rcParams) == before


def test_a_figure_displays_itself_once_as_svg(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, raw: shown.append((bundle, raw))
    )
    figure = plots.curves([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y")
    figure._ipython_display_()
    ((bundle, raw),) = shown
    assert raw
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert bundle["text/plain"] == "<Figure with 1 axes>"


def test_the_ground_is_opaque_white():
    figure, _ = plots.subplots()
    assert figure.get_facecolor() == (1, 1, 1, 1)


def test_a_grid_of_axes_and_its_errors():
    figure, axes = plots.subplots(2, 3)
    assert axes.shape == (2, 3)
    assert len(figure.axes) == 6
    with pytest.raises(ValueError, match="rows=0"):
        plots.subplots(0)


def test_arrays_are_checked_by_name():
    assert as_array("x", [1, 2]).dtype == float
    with pytest.raises(ValueError, match="x"):
        as_array("x", [])
    with pytest.raises(ValueError, match="x"):
        as_array("x", np.ones((2, 2)), ndim=1)
