"""The roofline of a machine, with the operation and the bytes per number to choose."""

from __future__ import annotations

from math import ceil, floor, log10

from dlbook.compare.roofline import Roofline, RooflinePoint
from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, GRID, GROUND, INK
from dlbook.plots.palette import TEXT_COLORS as COLORS
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene

BYTES = {4: "4 (float32)", 2: "2 (half)", 1: "1 (int8)"}
_BOX = (56.0, 40.0, 452.0, 330.0)  # left, top, right, bottom


class Decades:
    """A logarithmic axis: powers of ten at equal distances.

    Parameters
    ----------
    smallest, largest : float
        Numbers that must lie within the axis.
    begin, end : float
        Places on the sheet of the axis's ends.
    """

    def __init__(
        self, smallest: float, largest: float, begin: float, end: float
    ) -> None:
        self.low, self.high = floor(log10(smallest)), ceil(log10(largest))
        self.begin, self.end = begin, end

    def place(self, value: float) -> float:
        """Return where a number stands on the sheet."""
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def value(self, place: float) -> float:
        """Return the number that stands at a place."""
        share = (place - self.begin) / (self.end - self.begin)
        return 10 ** (self.low + share * (self.high - self.low))

    def ticks(self) -> list[float]:
        """Return the powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def roofline(recorded: Roofline) -> InteractiveFigure:
    """Show where an operation lies under the roof, and where fewer bytes would move it.

    With fewer bytes for a number the operation moves right, for the same arithmetic;
    the peak is left as it is, so that what rises is the gain of memory alone.

    Parameters
    ----------
    recorded : Roofline
        Its numbers stand on the page: one from `recorded_roofline`, so that the page
        is the same each time. Operations without arithmetic are left out.

    Returns
    -------
    InteractiveFigure
        With sliders for the operation and the bytes per number.

    Raises
    ------
    ValueError
        If fewer than two operations do arithmetic.
    """
    roof = recorded.roof
    points = [point for point in recorded.points if point.work.flops]
    if len(points) < 2:
        raise ValueError(f"recorded needs two operations or more, got {len(points)}")
    scene = Scene(400)
    intensities = [point.work.intensity for point in points]
    x = Decades(min(intensities), 4 * max(intensities), _BOX[0], _BOX[2])
    speeds = [point.speed / 1e9 for point in points]
    y = Decades(min(speeds), 1.5 * roof.peak / 1e9, _BOX[3], _BOX[1])
    _draw_axes(scene, x, y)
    begin = x.value(_BOX[0])
    corner = x.place(roof.ridge), y.place(roof.peak / 1e9)
    lowest = max(begin, 10**y.low * 1e9 / roof.bandwidth)  # where the line enters
    start = x.place(lowest), y.place(lowest * roof.bandwidth / 1e9)
    scene.add(
        "path",
        d=f"M{start[0]:.1f} {start[1]:.1f}L{corner[0]:.1f} {corner[1]:.1f}H{_BOX[2]}",
        fill="none",
        stroke=INK,
        stroke_width=3,
    )
    for point in points:
        scene.add(
            "circle",
            cx=x.place(point.work.intensity),
            cy=y.place(point.speed / 1e9),
            r=5,
            fill=GREY_LINE,
        )
    scene.add(
        "line", "gap", x1=0.0, x2=0.0, y1=0.0, y2=0.0, stroke=GREY_TEXT, stroke_width=2
    )
    scene.add("circle", "bound", cx=0.0, cy=0.0, r=8, fill=GROUND, stroke=INK)
    scene.add("circle", "measured", cx=0.0, cy=0.0, r=8, fill=BLUE)

    def frame(point: RooflinePoint, size: int) -> Frame:
        intensity = point.work.intensity * 4 / size
        bound = roof.attainable(intensity)
        across = x.place(point.work.intensity)
        color = COLORS[0 if intensity > roof.ridge else 1]
        return Frame(
            {
                ("measured", "cx"): across,
                ("measured", "cy"): y.place(point.speed / 1e9),
                ("measured", "fill"): color,
                ("bound", "cx"): x.place(intensity),
                ("bound", "cy"): y.place(bound / 1e9),
                ("bound", "stroke"): color,
                ("gap", "x1"): across,
                ("gap", "y1"): y.place(point.speed / 1e9),
                ("gap", "x2"): x.place(intensity),
                ("gap", "y2"): y.place(bound / 1e9),
            },
            _sentence(point, size, recorded),
        )

    return InteractiveFigure(
        "roofline",
        "FLOP per second against FLOP per byte, both logarithmic: a line that rises "
        "with the bandwidth of memory and turns flat at the peak of arithmetic. Grey "
        "dots are operations; a large dot is what was measured of the chosen one, and "
        "a ring on the line is the most that it could reach.",
        scene,
        [
            Slider("operation", points, [point.name for point in points]),
            Slider("bytes per number", list(BYTES), list(BYTES.values())),
        ],
        frame,
    )


def _draw_axes(scene: Scene, x: Decades, y: Decades) -> None:
    left, top, right, bottom = _BOX
    for value in x.ticks():
        at = x.place(value)
        scene.add("line", x1=at, x2=at, y1=top, y2=bottom, stroke=GRID)
        scene.text(at, bottom + 20, f"{value:g}", text_anchor="middle", fill=GREY_TEXT)
    for value in y.ticks():
        at = y.place(value)
        scene.add("line", x1=left, x2=right, y1=at, y2=at, stroke=GRID)
        scene.text(left - 6, at + 5, f"{value:g}", text_anchor="end", fill=GREY_TEXT)
    scene.text((left + right) / 2, bottom + 44, "FLOP per byte", text_anchor="middle")
    scene.text(8, top - 16, "GFLOP/s")


def _sentence(point: RooflinePoint, size: int, recorded: Roofline) -> str:
    roof = recorded.roof
    intensity = point.work.intensity * 4 / size
    bound = roof.attainable(intensity)
    side, limit = (
        ("right", "arithmetic") if intensity > roof.ridge else ("left", "memory")
    )
    told = (
        f"{point.name}, {point.size}: {_short(point.work.flops)} operations on "
        f"{_short(point.work.moved * size / 4)} bytes, {intensity:.3g} FLOP per byte. "
        f"{side.capitalize()} of the ridge at {roof.ridge:.3g}, {limit} is the limit: "
        f"{bound / 1e9:.3g} GFLOP/s"
    )
    if size == 4:
        share = point.speed / bound
        return f"{told}. Measured: {point.speed / 1e9:.3g}, {share:.0%} of that."
    gain = bound / roof.attainable(point.work.intensity)
    if gain == 1:
        return f"{told}, no more than in float32."
    return f"{told}, {gain:.2g} times that of float32."


def _short(number: float) -> str:
    for unit, name in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:.3g}"
