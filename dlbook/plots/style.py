"""The house style, and a figure that displays itself once, as SVG, always the same."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MatplotlibFigure

from dlbook.autograd import Tensor
from dlbook.plots.palette import (
    GREY_LINE,
    GREY_TEXT,
    GRID,
    GROUND,
    INK,
    LINE_COLORS,
    LINE_STYLES,
)

WIDTH = 6.0  # inches; 13 pt text is still 10 px high when a phone shows it 350 px wide

_SETTINGS = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY_LINE,
    "axes.facecolor": GROUND,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 13,
    "axes.prop_cycle": cycler(color=LINE_COLORS) + cycler(linestyle=LINE_STYLES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 13.5,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.edgecolor": GROUND,
    "figure.facecolor": GROUND,
    "figure.titlesize": 13.5,
    "figure.titleweight": "bold",
    "font.family": ["DejaVu Sans"],  # matplotlib ships it, so every machine has it
    "font.size": 12,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
    "legend.fontsize": 12,
    "legend.framealpha": 0.9,
    "legend.handlelength": 2.8,
    "lines.linewidth": 2.2,
    "lines.markersize": 6,
    "mathtext.fontset": "dejavusans",
    "savefig.facecolor": GROUND,
    "savefig.transparent": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "dlbook",
    "svg.image_inline": True,
    "text.color": INK,
    "text.usetex": False,
    "xtick.color": GREY_LINE,
    "xtick.labelcolor": GREY_TEXT,
    "xtick.labelsize": 12,
    "ytick.color": GREY_LINE,
    "ytick.labelcolor": GREY_TEXT,
    "ytick.labelsize": 12,
}
_DPI = 200  # of what is rasterized inside an SVG: sharp on a dense screen
# No date and no version: the same figure is the same file on every day.
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def style() -> Iterator[None]:
    """Apply the house style to what is drawn inside the `with` block.

    matplotlib's settings are read when an element is created, so draw inside the block;
    outside it the reader's own settings are untouched.

    Examples
    --------
    >>> from dlbook import plots
    >>> with plots.style():
    ...     figure, axes = plots.subplots()
    ...     _ = axes.plot([0, 1], [0, 1])
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


class Figure(MatplotlibFigure):
    """A matplotlib figure that a notebook shows as SVG without any configuration.

    pyplot does not know it, so a cell that ends in it displays it once, and nothing
    has to be closed. The SVG is opaque, has no date, and is the same in every run.
    """

    def __repr__(self) -> str:
        return f"<Figure with {len(self.axes)} axes>"

    def to_svg(self) -> str:
        """Return the figure as the text of an SVG document."""
        buffer = io.StringIO()
        # The layout starts from where the axes are: put them back after each drawing,
        # or the second one would differ from the first in the last digits.
        places = [(axes, axes.get_position(original=True)) for axes in self.axes]
        with style():
            self.savefig(buffer, format="svg", dpi=_DPI, metadata=_NO_METADATA)
        for axes, place in places:
            in_layout = axes.get_in_layout()
            axes.set_position(place)  # also takes the axes out of the layout
            axes.set_in_layout(in_layout)
        text = buffer.getvalue()
        return text[text.index("<svg") :]  # without the XML declaration and DOCTYPE

    def _ipython_display_(self) -> None:
        # Display here, and not through formatters: importing pyplot anywhere on the
        # page would register a PNG formatter for every figure.
        from IPython.display import display

        bundle = {"image/svg+xml": self.to_svg(), "text/plain": repr(self)}
        display(bundle, raw=True)


def subplots(
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = WIDTH,
    height: float | None = None,
    **options: Any,
) -> tuple[Figure, Any]:
    """Create a figure in house style with a grid of axes.

    Parameters
    ----------
    rows, columns : int
        Size of the grid. A phone shows one column best.
    width : float
        Inches.
    height : float, optional
        Inches; by default 3.6 for one row and 2.6 more for each further row.
    **options
        Passed on to `matplotlib.figure.Figure.subplots`: `sharex`, `height_ratios`, ...

    Returns
    -------
    figure : Figure
    axes : Axes, or ndarray of Axes
        One `Axes` if the grid has one cell, as in matplotlib.

    Raises
    ------
    ValueError
        If `rows` or `columns` is less than 1.
    """
    if rows < 1 or columns < 1:
        raise ValueError(
            f"rows and columns must be at least 1, got rows={rows}, columns={columns}"
        )
    if height is None:
        height = 3.6 + 2.6 * (rows - 1)
    with style():
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, **options)
    return figure, axes


def as_array(name: str, values: Any, *, ndim: int | None = None) -> np.ndarray:
    """Return `values` as a float array; refuse emptiness, and dimensions not asked for.

    NaN and infinity pass: a diverging loss is worth showing, and matplotlib leaves a
    gap there.

    Raises
    ------
    TypeError
        If `values` are not real numbers; the message names `name`.
    ValueError
        If `values` is empty or has not `ndim` dimensions; the message names `name`.
    """
    if isinstance(values, Tensor):
        values = values.data
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise TypeError(f"got {array.dtype}")
        array = array.astype(float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold real numbers: {error}") from None
    if array.size == 0:
        raise ValueError(f"{name} is empty: there is nothing to draw")
    if ndim is not None and array.ndim != ndim:
        raise ValueError(
            f"{name} must have {ndim} dimension(s), got shape {array.shape}"
        )
    return array


def label_axes(axes: Axes, xlabel: str, ylabel: str, title: str) -> None:
    """Write the axis labels, and the title if there is one."""
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title)
