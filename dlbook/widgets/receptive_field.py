"""How much of the input one unit sees, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK, TINTS
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene

LAYERS = range(1, 7)
KERNELS = (2, 3, 5)
PATTERNS = (
    "stride 1 everywhere",
    "stride 2 in layers 2, 4, 6",
    "stride 2 everywhere",
    "dilation 1, 2, 4, ...",
    "pooling after layers 2, 4, 6",
)
_LEFT, _RIGHT, _TOP, _BOTTOM = 154.0, 468.0, 24.0, 344.0
_STROKES, _EDGES = 4.0, 7.0  # least distance of units that are drawn, and joined
_WIDTHS = (16, 32, 64, 128, 256)  # inputs in the picture


@dataclass(frozen=True)
class Layer:
    """A convolution, or a pooling, over one dimension."""

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    pools: bool = False


@dataclass(frozen=True)
class Reach:
    """What one unit of a layer sees: `field` inputs; its neighbor stands `jump` on."""

    field: int
    jump: int


def receptive_field() -> InteractiveFigure:
    """Show the inputs that one unit at the top of a stack of layers depends on.

    The reader sets the number of convolutions, their kernel size, and where strides,
    dilation or pooling come in. Nothing is padded: the picture shows a unit far from
    the border.

    Returns
    -------
    InteractiveFigure
    """
    scene = Scene(432)
    scene.add("path", "cone", d="", fill=TINTS[0], stroke="none")
    scene.add("path", "edges", d="", fill="none", stroke=BLUE, stroke_width=1)
    scene.add("path", "all", d="", fill="none", stroke=GREY_LINE, stroke_width=2)
    scene.add("path", "seen", d="", fill="none", stroke=BLUE, stroke_width=3)
    most = len(stack(LAYERS[-1], KERNELS[0], PATTERNS[-1]))
    for row in range(most + 1):
        scene.text(16, 0, "", f"row {row}", fill=GREY_TEXT)
    scene.text(_LEFT, _BOTTOM + 30, "", "scale", fill=GREY_TEXT)
    scene.text(16, _BOTTOM + 54, "", "field", fill=INK)
    scene.text(16, _BOTTOM + 78, "", "jump", fill=INK)

    def frame(count: int, kernel_size: int, pattern: str) -> Frame:
        layers = stack(count, kernel_size, pattern)
        reaches = grow(layers)
        last = reaches[-1]
        heights = _heights(layers)
        changes = _drawing(layers)
        for row in range(most + 1):
            shown = row < len(heights)
            changes[f"row {row}", "text"] = (
                ""
                if not shown
                else "input"
                if row == 0
                else f"{'pool' if layers[row - 1].pools else 'conv'} "
                f"r={reaches[row].field} j={reaches[row].jump}"
            )
            changes[f"row {row}", "y"] = (heights[row] if shown else 0.0) + 5
        top, before = layers[-1], reaches[-2]
        wide = (
            f"({top.kernel_size} − 1)"
            if top.dilation == 1
            else f"({top.kernel_size} − 1)·{top.dilation}"
        )
        changes["field", "text"] = (
            f"field r = {before.field} + {wide}·{before.jump} = {last.field}"
        )
        changes["jump", "text"] = f"jump j = {before.jump}·{top.stride} = {last.jump}"
        fields = ", ".join(str(reach.field) for reach in reaches[1:])
        return Frame(
            changes,
            f"{count} convolution{'s' * (count > 1)} with kernel {kernel_size}, "
            f"{pattern}. Inputs that one unit sees, layer by layer: {fields}. At the "
            f"top, neighbors stand {last.jump} input{'s' * (last.jump > 1)} apart.",
        )

    return InteractiveFigure(
        "receptive-field",
        "Rows of short strokes, the units of each layer, from the input at the bottom "
        "to the last layer at the top. One unit at the top and all units below that it "
        "depends on are blue, on a blue cone that widens toward the input. Beside each "
        "row, its receptive field r and its jump j, in inputs.",
        scene,
        [
            Slider(
                "convolutions", LAYERS, [str(n) for n in LAYERS], start=2, steps=True
            ),
            Slider("kernel size", KERNELS, [str(k) for k in KERNELS], start=1),
            Slider("layers", PATTERNS, PATTERNS),
        ],
        frame,
    )


def stack(convolutions: int, kernel_size: int, pattern: str) -> list[Layer]:
    """Return the layers from the input up.

    Parameters
    ----------
    convolutions : int
    kernel_size : int
    pattern : one of `PATTERNS`
    """
    layers = []
    for i in range(convolutions):
        second = i % 2 == 1
        strided = pattern == PATTERNS[2] or (pattern == PATTERNS[1] and second)
        dilation = 2**i if pattern == PATTERNS[3] else 1
        layers.append(Layer(kernel_size, 2 if strided else 1, dilation))
        if pattern == PATTERNS[4] and second:
            layers.append(Layer(2, 2, pools=True))
    return layers


def grow(layers: list[Layer]) -> list[Reach]:
    r"""Return field and jump of the input and of each layer.

    .. math::
        r_l = r_{l-1} + (k_l - 1) d_l \, j_{l-1}, \qquad j_l = j_{l-1} s_l

    from :math:`r_0 = j_0 = 1`, for kernel size k, dilation d and stride s.
    """
    reaches = [Reach(1, 1)]
    for layer in layers:
        last = reaches[-1]
        wider = (layer.kernel_size - 1) * layer.dilation * last.jump
        reaches.append(Reach(last.field + wider, last.jump * layer.stride))
    return reaches


def seen_units(layers: list[Layer]) -> list[list[int]]:
    """Return which units of the input and of each layer the first unit at the top sees.

    Nothing is padded, so that unit 0 of a layer reads unit 0 of the one below.
    """
    units = [[0]]
    for layer in reversed(layers):
        taps = range(0, layer.kernel_size * layer.dilation, layer.dilation)
        below = {unit * layer.stride + tap for unit in units[-1] for tap in taps}
        units.append(sorted(below))
    return units[::-1]


def _heights(layers: list[Layer]) -> list[float]:
    """Return where the rows of the input and of each layer stand."""
    between = (_BOTTOM - _TOP) / len(layers)
    return [_BOTTOM - row * between for row in range(len(layers) + 1)]


def _drawing(layers: list[Layer]) -> dict[tuple[str, str], Any]:
    """Return the strokes of the units, the edges, and the cone around what is seen."""
    reaches = grow(layers)
    last = reaches[-1]
    width = next(w for w in _WIDTHS if w >= last.field)
    starts = [(reach.field - 1) / 2 for reach in reaches]  # middles of the first units
    jumps = [reach.jump for reach in reaches]
    scale = (_RIGHT - _LEFT) / width
    margin = (width - last.field) // 2
    heights, units = _heights(layers), seen_units(layers)

    def x(row: int, unit: int) -> float:
        middle = starts[row] + unit * jumps[row]  # in inputs, from the first one seen
        return _LEFT + (margin + middle + 0.5) * scale

    edges, everyone, seen, outline = [], [], [], []
    for row, height in enumerate(heights):
        places = [x(row, unit) for unit in units[row]]
        for y in (height + 6, height - 6):  # rows come from the bottom up
            outline.append((places[0], places[-1], y))
        step = jumps[row] * scale
        first = places[0] - int((places[0] - _LEFT) / step) * step
        if step >= _STROKES:
            seen += [f"M{place:.0f} {height - 6:.0f}v12" for place in places]
            everyone += [
                f"M{first + i * step:.0f} {height - 4:.0f}v8"
                for i in range(int((_RIGHT - first) / step + 1e-9) + 1)
            ]
        else:
            seen.append(f"M{places[0]:.0f} {height:.0f}H{places[-1]:.0f}")
            everyone.append(f"M{_LEFT:.0f} {height:.0f}H{_RIGHT:.0f}")
        if row and jumps[row - 1] * scale >= _EDGES:
            layer = layers[row - 1]
            for unit, place in zip(units[row], places, strict=True):
                for tap in range(layer.kernel_size):
                    below = unit * layer.stride + tap * layer.dilation
                    edges.append(
                        f"M{place:.0f} {height + 6:.0f}"
                        f"L{x(row - 1, below):.0f} {heights[row - 1] - 6:.0f}"
                    )
    left = [f"{a:.0f} {h:.0f}" for a, _, h in outline]
    right = [f"{b:.0f} {h:.0f}" for _, b, h in reversed(outline)]
    return {
        ("cone", "d"): f"M{'L'.join(left + right)}Z",
        ("edges", "d"): "".join(edges),
        ("all", "d"): "".join(everyone),
        ("seen", "d"): "".join(seen),
        ("scale", "text"): f"{width} inputs across",
    }
