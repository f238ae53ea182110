"""What happens inside a recurrent cell in one step, as a drawing."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from dlbook.plots.palette import BLUE, GREY_TEXT, GROUND, INK, ORANGE, TINTS
from dlbook.plots.style import Figure, style, subplots

_GATE = (0.9, 0.56)  # width and height of a box with weights
_RADIUS = 0.24
_TIMES = "\N{MULTIPLICATION SIGN}"

Point = tuple[float, float]


def cell_diagram(kind: str, *, title: str = "") -> Figure:
    """Draw the computation of one step inside a recurrent cell.

    A tinted box holds weights and their bias: blue for a gate, orange for the proposal
    of an LSTM or a GRU. Circles and white boxes work entry by entry. The thick line
    carries the memory from step to step. The GRU is torch's, whose reset gate acts
    after the product with the state.

    Parameters
    ----------
    kind : {"rnn", "lstm", "gru"}
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `kind` is none of the three.
    """
    drawings: dict[str, tuple[float, Callable[[Axes], None]]] = {
        "rnn": (2.9, _rnn),
        "lstm": (4.6, _lstm),
        "gru": (5.2, _gru),
    }
    if kind not in drawings:
        raise ValueError(f"kind must be one of {sorted(drawings)}, got {kind!r}")
    tall, draw = drawings[kind]
    figure, axes = subplots(height=0.72 * tall + (0.35 if title else 0.0))
    with style():
        axes.set(xlim=(0, 8.4), ylim=(0, tall), aspect="equal")
        axes.set_axis_off()
        draw(axes)
        if title:
            axes.set_title(title)
    return figure


def _rnn(axes: Axes) -> None:
    """Draw h = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    _frame(axes, 0.95, 0.62, 7.5, 2.55)
    y = 2.05
    _wire(axes, (0.65, y), (2.05, y), bold=True)
    _gate(axes, 2.55, y, "$W_{hh}$", TINTS[0], BLUE, wide=1.0)
    _wire(axes, (3.05, y), (4.3 - _RADIUS, y), bold=True)
    _wire(axes, (4.3 + _RADIUS, y), (5.55, y), bold=True)
    _circle(axes, 4.3, y, "+")
    _gate(axes, 6.05, y, "tanh", GROUND, INK, wide=1.0)
    _wire(axes, (6.55, y), (7.8, y), bold=True)
    _wire(axes, (4.3, 0.4), (4.3, 0.82))
    _gate(axes, 4.3, 1.08, "$W_{ih}$", TINTS[0], BLUE, wide=1.0, tall=0.5)
    _wire(axes, (4.3, 1.33), (4.3, y - _RADIUS))
    _end(axes, 0.35, y, "$h_{t-1}$", "center")
    _end(axes, 8.08, y, "$h_t$", "center")
    _end(axes, 4.3, 0.22, "$x_t$", "center")


def _lstm(axes: Axes) -> None:
    """Draw c = f c + i g, and h = o tanh(c)."""
    _frame(axes, 0.95, 0.7, 7.5, 4.3)
    memory, gates, bus = 3.8, 1.75, 1.05
    f, i, g, o = 1.75, 3.0, 4.25, 5.5
    out = 6.75  # where h is made
    # the memory, from left to right
    _wire(axes, (0.65, memory), (f - _RADIUS, memory), bold=True)
    _wire(axes, (f + _RADIUS, memory), (g - _RADIUS, memory), bold=True)
    _wire(axes, (g + _RADIUS, memory), (7.8, memory), bold=True)
    # what all four boxes read
    _wire(axes, (0.65, bus), (o, bus), (o, gates - 0.28))
    for x in (f, i, g):
        _wire(axes, (x, bus), (x, gates - 0.28), dot=True)
    _wire(axes, (1.25, 0.4), (1.25, bus), head=False, dot_end=True)
    for x, name, word in (
        (f, "$\\sigma$", "$f$"),
        (i, "$\\sigma$", "$i$"),
        (g, "tanh", "$g$"),
        (o, "$\\sigma$", "$o$"),
    ):
        tanh = name == "tanh"
        _gate(axes, x, gates, name, *((TINTS[1], ORANGE) if tanh else (TINTS[0], BLUE)))
        _end(axes, x + 0.2, gates + 0.48, word, "left")
    _wire(axes, (f, gates + 0.28), (f, memory - _RADIUS))
    product = 2.85
    _wire(axes, (i, gates + 0.28), (i, product), (g - _RADIUS, product))
    _wire(axes, (g, gates + 0.28), (g, product - _RADIUS))
    _wire(axes, (g, product + _RADIUS), (g, memory - _RADIUS))
    _circle(axes, f, memory, _TIMES)
    _circle(axes, g, product, _TIMES)
    _circle(axes, g, memory, "+")
    # the state
    _wire(axes, (out, memory), (out, 3.28), dot=True)
    _gate(axes, out, 3.04, "tanh", GROUND, INK, tall=0.48)
    state = 2.15
    _wire(axes, (out, 2.8), (out, state + _RADIUS))
    _wire(axes, (o, gates + 0.28), (o, state), (out - _RADIUS, state))
    _circle(axes, out, state, _TIMES)
    _wire(axes, (out, state - _RADIUS), (out, bus), (7.8, bus))
    _end(axes, 0.35, memory, "$c_{t-1}$", "center")
    _end(axes, 8.08, memory, "$c_t$", "center")
    _end(axes, 0.35, bus, "$h_{t-1}$", "center")
    _end(axes, 8.08, bus, "$h_t$", "center")
    _end(axes, 1.25, 0.22, "$x_t$", "center")


def _gru(axes: Axes) -> None:
    """Draw h = (1 - z) n + z h, with n = tanh(W_in x + r (W_hn h))."""
    _frame(axes, 0.95, 0.62, 7.5, 5.0)
    memory, share, middle, gates = 4.5, 3.72, 2.9, 2.0
    states, inputs = 1.32, 0.92  # the lines of h and of x
    z, r, w_hn, w_in, n = 1.95, 3.15, 4.35, 5.55, 6.75
    _wire(axes, (0.65, memory), (z - _RADIUS, memory), bold=True)
    _wire(axes, (z + _RADIUS, memory), (n - _RADIUS, memory), bold=True)
    _wire(axes, (n + _RADIUS, memory), (7.8, memory), bold=True)
    low = gates - _GATE[1] / 2
    _wire(axes, (1.25, memory), (1.25, states), (w_hn, states), (w_hn, low), dot=True)
    _wire(axes, (1.25, 0.4), (1.25, inputs), (w_in, inputs), (w_in, low))
    for x in (z, r):
        _wire(axes, (x - 0.2, inputs), (x - 0.2, low), dot=True)
        _wire(axes, (x + 0.2, states), (x + 0.2, low), dot=True)
        _gate(axes, x, gates, "$\\sigma$", TINTS[0], BLUE)
    _gate(axes, w_hn, gates, "$W_{hn}$", TINTS[1], ORANGE)
    _gate(axes, w_in, gates, "$W_{in}$", TINTS[1], ORANGE)
    high = gates + _GATE[1] / 2
    _wire(axes, (z, high), (z, memory - _RADIUS))
    _wire(axes, (r, high), (r, middle), (w_hn - _RADIUS, middle))
    _wire(axes, (w_hn, high), (w_hn, middle - _RADIUS))
    _wire(axes, (w_in, high), (w_in, middle - _RADIUS))
    _wire(axes, (w_hn + _RADIUS, middle), (w_in - _RADIUS, middle))
    _wire(axes, (w_in + _RADIUS, middle), (n - 0.4, middle))
    _gate(axes, n, middle, "tanh", GROUND, INK, wide=0.8)
    _wire(axes, (n, middle + 0.28), (n, share - _RADIUS))
    _wire(axes, (n, share + _RADIUS), (n, memory - _RADIUS))
    _wire(axes, (z, share), (w_hn - 0.4, share), dot=True)
    _gate(axes, w_hn, share, "$1-z$", GROUND, INK, wide=0.8, tall=0.48)
    _wire(axes, (w_hn + 0.4, share), (n - _RADIUS, share))
    for x, y, says in (
        (z, memory, _TIMES),
        (w_hn, middle, _TIMES),
        (w_in, middle, "+"),
        (n, share, _TIMES),
        (n, memory, "+"),
    ):
        _circle(axes, x, y, says)
    _end(axes, z + 0.12, high + 0.22, "$z$", "left")
    _end(axes, r + 0.12, high + 0.22, "$r$", "left")
    _end(axes, n + 0.12, middle + 0.43, "$n$", "left")
    _end(axes, 0.35, memory, "$h_{t-1}$", "center")
    _end(axes, 8.08, memory, "$h_t$", "center")
    _end(axes, 1.25, 0.22, "$x_t$", "center")


def _frame(axes: Axes, left: float, low: float, right: float, high: float) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, low),
            right - left,
            high - low,
            boxstyle="round,pad=0,rounding_size=0.25",
            facecolor="#f6f7f9",
            edgecolor=GREY_TEXT,
            linewidth=1.2,
            zorder=0,
        )
    )


def _gate(
    axes: Axes,
    x: float,
    y: float,
    says: str,
    fill: str,
    edge: str,
    *,
    wide: float = _GATE[0],
    tall: float = _GATE[1],
) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x - wide / 2, y - tall / 2),
            wide,
            tall,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=fill,
            edgecolor=edge,
            linewidth=1.5,
            zorder=3,
        )
    )
    axes.text(x, y, says, ha="center", va="center", fontsize=12.5, zorder=4)


def _circle(axes: Axes, x: float, y: float, says: str) -> None:
    axes.add_patch(
        Circle(
            (x, y), _RADIUS, facecolor=GROUND, edgecolor=INK, linewidth=1.5, zorder=3
        )
    )
    axes.text(x, y, says, ha="center", va="center_baseline", fontsize=13, zorder=4)


def _wire(
    axes: Axes,
    *points: Point,
    head: bool = True,
    dot: bool = False,
    dot_end: bool = False,
    bold: bool = False,
) -> None:
    """Draw a line around corners; a dot where it leaves or joins another line."""
    codes = [Path.MOVETO] + [Path.LINETO] * (len(points) - 1)
    axes.add_patch(
        FancyArrowPatch(
            path=Path(list(points), codes),
            arrowstyle="-|>,head_length=4.5,head_width=2.4" if head else "-",
            color=BLUE if bold else INK,
            linewidth=3.0 if bold else 1.4,
            joinstyle="miter",
            capstyle="butt",
            shrinkA=0,
            shrinkB=0,
            zorder=2 if bold else 1,
        )
    )
    for place, wanted in ((points[0], dot), (points[-1], dot_end)):
        if wanted:
            axes.add_patch(Circle(place, 0.06, color=INK, zorder=3))


def _end(axes: Axes, x: float, y: float, says: str, align: str) -> None:
    axes.text(x, y, says, ha=align, va="center", fontsize=13, color=INK, zorder=4)
