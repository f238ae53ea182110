"""The blocks of a transformer as drawings: encoder, decoder, GPT."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from dlbook.plots.palette import BLUE, GREY_TEXT, GROUND, INK, ORANGE, PLUM, TINTS
from dlbook.plots.style import Figure, style, subplots

_MIDDLE, _WIDE, _TALL = 4.1, 3.3, 0.62  # of the column of boxes; of a box
_STEP = 0.98  # from one part to the next
_RADIUS = 0.2
_SKIP = 1.15  # where the residual connection runs
_TIMES = "\N{MULTIPLICATION SIGN}"

_SUBLAYERS = {
    "encoder": ("self-attention", "feed-forward"),
    "decoder": ("masked self-attention", "cross-attention", "feed-forward"),
    "gpt": ("masked self-attention", "feed-forward"),
}
_FILLS = {
    "feed-forward": (TINTS[2], "#217a63"),
    "cross-attention": (TINTS[3], PLUM),
    "layer norm": (TINTS[4], GREY_TEXT),
}
_ATTENTION = (TINTS[0], BLUE)

Point = tuple[float, float]


def transformer_block(
    kind: str, *, norm_first: bool | None = None, layers: int | None = None,
    title: str = "",
) -> Figure:  # fmt: skip
    """Draw one block of a transformer, from its input below to its output above.

    A thick line is the residual stream, which every sublayer reads and adds to. With
    `norm_first` the norms stand in the branches and the stream runs through untouched;
    otherwise each sum is normed, and the stream passes through the norms.

    Parameters
    ----------
    kind : {"encoder", "decoder", "gpt"}
        A GPT's block is a decoder's without cross-attention.
    norm_first : bool, optional
        Where the norms stand; by default before the sublayers in a GPT and after them
        otherwise, as published.
    layers : int, optional
        How many blocks are stacked, written at the frame; by default "N".
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `kind` is none of the three, or `layers` is not positive.

    References
    ----------
    Vaswani et al. (2017), arXiv:1706.03762, figure 1; Radford et al. (2019), GPT-2,
    section 2.3, and Xiong et al. (2020), arXiv:2002.04745, figure 1, for norms first.
    """
    if kind not in _SUBLAYERS:
        raise ValueError(f"kind must be one of {sorted(_SUBLAYERS)}, got {kind!r}")
    if layers is not None and layers < 1:
        raise ValueError(f"layers must be at least 1, got {layers}")
    first = kind == "gpt" if norm_first is None else norm_first
    sublayers = _SUBLAYERS[kind]
    tall = 1.9 + 3 * _STEP * len(sublayers)
    figure, axes = subplots(height=0.72 * tall + (0.35 if title else 0.0))
    with style():
        axes.set(xlim=(0, 8.4), ylim=(0, tall), aspect="equal")
        axes.set_axis_off()
        _frame(axes, 0.7, 0.62, 6.25, tall - 0.62)
        many = f"{_TIMES} {'N' if layers is None else layers}"
        axes.text(6.4, tall - 0.95, many, ha="left", va="center", fontsize=13)
        _draw(axes, sublayers, first, tall)
        if title:
            axes.set_title(title)
    return figure


def _draw(
    axes: Axes, sublayers: tuple[str, ...], norm_first: bool, tall: float
) -> None:
    """Draw the stream from below; each sublayer is a branch that returns to it."""
    _text(axes, _MIDDLE, 0.2, "x")
    low = 0.4
    for n, name in enumerate(sublayers):
        base = 0.95 + 3 * _STEP * n
        # the stream leaves the column at `base`, runs beside it, and returns at `sum`
        parts = ["layer norm", name] if norm_first else [name]
        places = [base + 0.68 + _STEP * k for k in range(len(parts))]
        sum_at = places[-1] + _STEP - 0.08
        _wire(axes, (_MIDDLE, low), (_MIDDLE, base), bold=True, head=False)
        _wire(
            axes,
            (_MIDDLE, base),
            (_SKIP, base),
            (_SKIP, sum_at),
            (_MIDDLE - _RADIUS, sum_at),
            bold=True,
        )
        before = base
        for part, y in zip(parts, places, strict=True):
            _wire(axes, (_MIDDLE, before), (_MIDDLE, y - _TALL / 2))
            _box(axes, y, part)
            if part == "cross-attention":
                _from_encoder(axes, y)
            before = y + _TALL / 2
        _wire(axes, (_MIDDLE, before), (_MIDDLE, sum_at - _RADIUS))
        _circle(axes, sum_at)
        low = sum_at + _RADIUS
        if not norm_first:
            y = sum_at + _STEP - 0.16
            _wire(axes, (_MIDDLE, low), (_MIDDLE, y - _TALL / 2), bold=True)
            _box(axes, y, "layer norm")
            low = y + _TALL / 2
    _wire(axes, (_MIDDLE, low), (_MIDDLE, tall - 0.4), bold=True)
    _text(axes, _MIDDLE, tall - 0.2, "y")


def _from_encoder(axes: Axes, y: float) -> None:
    """Keys and values come from outside."""
    edge = _MIDDLE + _WIDE / 2
    _wire(axes, (6.75, y), (edge, y), color=PLUM)
    for height, says in ((0.2, "keys, values"), (-0.2, "from encoder")):
        axes.text(6.4, y + height, says, ha="left", va="center", fontsize=11)


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


def _box(axes: Axes, y: float, says: str) -> None:
    fill, edge = _FILLS.get(says, _ATTENTION)
    axes.add_patch(
        FancyBboxPatch(
            (_MIDDLE - _WIDE / 2, y - _TALL / 2),
            _WIDE,
            _TALL,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=fill,
            edgecolor=edge,
            linewidth=1.5,
            zorder=3,
        )
    )
    axes.text(_MIDDLE, y, says, ha="center", va="center", fontsize=12.5, zorder=4)


def _circle(axes: Axes, y: float) -> None:
    axes.add_patch(
        Circle(
            (_MIDDLE, y), _RADIUS, facecolor=GROUND, edgecolor=INK, linewidth=1.5,
            zorder=3,
        )
    )  # fmt: skip
    axes.text(_MIDDLE, y, "+", ha="center", va="center_baseline", fontsize=13, zorder=4)


def _text(axes: Axes, x: float, y: float, says: str) -> None:
    axes.text(x, y, f"${says}$", ha="center", va="center", fontsize=14)


def _wire(
    axes: Axes, *points: Point, bold: bool = False, head: bool = True, color: str = ""
) -> None:
    codes = [Path.MOVETO] + [Path.LINETO] * (len(points) - 1)
    axes.add_patch(
        FancyArrowPatch(
            path=Path(list(points), codes),
            arrowstyle="-|>,head_length=4.5,head_width=2.4" if head else "-",
            color=color or (ORANGE if bold else INK),
            linewidth=3.0 if bold else 1.4,
            joinstyle="miter",
            capstyle="butt",
            shrinkA=0,
            shrinkB=0,
            zorder=2 if bold else 1,
        )
    )
