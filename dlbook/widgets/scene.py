"""Drawing in SVG: the picture of an interactive figure, with named parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from dlbook.plots.palette import GREY_LINE, GREY_TEXT, GRID, GROUND, INK

WIDTH = 480  # viewBox units; a phone shows them 350 px wide, so 16 units are 11.7 px
TEXT_SIZE = 16


class Scene:
    """A white sheet of 480 units' width on which shapes and texts are put.

    Parameters
    ----------
    height : float
        Height of the sheet, in the same units.

    Notes
    -----
    A shape that shall change gets a name, `part`; frames then say what changes.
    Several shapes may share a name: they are shown and hidden together, one digit each.
    """

    def __init__(self, height: float) -> None:
        self.height = height
        self.elements: list[tuple[str, str, dict[str, str], str]] = []
        self.parts: list[str] = []

    def add(
        self, tag: str, part: str = "", text: str = "", **attributes: object
    ) -> None:
        """Put one SVG element on the sheet.

        Parameters
        ----------
        tag : str
            "line", "circle", "path", "text", ...
        part : str
            Name for frames to refer to; "" for a shape that never changes.
        text : str
            What a "text" element says.
        **attributes
            SVG attributes, with underscores for hyphens and a trailing one for names
            that Python reserves. Floats are rounded to a tenth.
        """
        if part:
            self.parts.append(part)
        written = {
            name.rstrip("_").replace("_", "-"): number(value)
            for name, value in attributes.items()
        }
        self.elements.append((tag, part, written, text))

    def text(
        self, x: float, y: float, text: str, part: str = "", **attributes: object
    ) -> None:
        """Write a text whose baseline starts, or with text_anchor ends, at (x, y)."""
        defaults = {"font_size": TEXT_SIZE, "fill": INK}
        self.add("text", part, text, x=x, y=y, **{**defaults, **attributes})

    def to_svg(
        self, description: str, changes: Mapping[tuple[str, str], object] | None = None
    ) -> str:
        """Return the sheet as an SVG element with a text alternative.

        Parameters
        ----------
        description : str
        changes : dict of (part, attribute) to value, optional
            What a frame changes; see `dlbook.widgets.interactive.Frame`.
        """
        return (
            f'<svg viewBox="0 0 {WIDTH} {number(self.height)}" role="img" '
            f'aria-label="{escape(description)}" '
            f'style="width:100%;height:auto;max-width:{WIDTH + 160}px;'
            f'background:{GROUND};font-family:system-ui,sans-serif">'
            f'<rect width="{WIDTH}" height="{number(self.height)}" '
            f'fill="{GROUND}"></rect>'
            f"{''.join(self._written(changes or {}))}</svg>"
        )

    def _written(self, changes: Mapping[tuple[str, str], object]) -> Iterable[str]:
        """Yield the elements; of a part with one name and several shapes, all change.

        The attribute "shown" has a digit for each of them.
        """
        of_part: dict[str, dict[str, object]] = {}
        for (part, attribute), value in changes.items():
            of_part.setdefault(part, {})[attribute] = value
        seen: dict[str, int] = {}
        for tag, part, attributes, text in self.elements:
            changed = dict(of_part.get(part, {})) if part else {}
            if "shown" in changed:
                place = seen.get(part, 0)
                seen[part] = place + 1
                shown = str(changed.pop("shown"))[place] == "1"
                changed["visibility"] = "visible" if shown else "hidden"
            says = number(changed.pop("text", text))
            named = {"data-part": part} if part else {}
            written = "".join(
                f' {name}="{escape(number(value))}"'
                for name, value in {**named, **attributes, **changed}.items()
            )
            yield f"<{tag}{written}>{escape(says)}</{tag}>"


class Axes:
    """A frame with ticks that turns data into places on the sheet.

    Parameters
    ----------
    scene : Scene
    xlim, ylim : (float, float)
        Data at the borders of the frame.
    box : (left, top, right, bottom)
        The frame, in units of the sheet.
    xlabel, ylabel : str
    """

    def __init__(
        self,
        scene: Scene,
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        box: tuple[float, float, float, float],
        xlabel: str,
        ylabel: str,
    ) -> None:
        self.xlim, self.ylim, self.box = xlim, ylim, box
        left, top, right, bottom = box
        for value in ticks(*xlim):
            x = self.x(value)
            scene.add("line", x1=x, x2=x, y1=top, y2=bottom, stroke=GRID)
            scene.text(
                x, bottom + 20, f"{value:g}", text_anchor="middle", fill=GREY_TEXT
            )
        for value in ticks(*ylim):
            y = self.y(value)
            scene.add("line", x1=left, x2=right, y1=y, y2=y, stroke=GRID)
            scene.text(left - 8, y + 5, f"{value:g}", text_anchor="end", fill=GREY_TEXT)
        scene.add(
            "path", d=f"M{left} {top}V{bottom}H{right}", fill="none", stroke=GREY_LINE
        )
        middle = (left + right) / 2
        scene.text(middle, bottom + 44, xlabel, text_anchor="middle")
        scene.text(left - 40, top - 12, ylabel)

    def x(self, value: float) -> float:
        """Return the place of a horizontal datum on the sheet."""
        left, _, right, _ = self.box
        return left + (value - self.xlim[0]) / np.ptp(self.xlim) * (right - left)

    def y(self, value: float) -> float:
        """Return the place of a vertical datum; large data are at the top."""
        _, top, _, bottom = self.box
        return bottom - (value - self.ylim[0]) / np.ptp(self.ylim) * (bottom - top)

    def normal(self, weight: Sequence[float]) -> np.ndarray:
        """Return the direction on the sheet, of length 1, in which weight . x grows.

        It stands at right angles to the lines of constant weight . x, also where the
        two axes differ in scale.
        """
        across = self.x(1.0) - self.x(0.0), self.y(1.0) - self.y(0.0)
        direction = np.asarray(weight) / across
        return direction / np.hypot(*direction)

    def line(self, weight: Sequence[float], bias: float) -> str:
        """Return weight . x + bias = 0 within the frame, as a path; "" if outside."""
        crossings = set()
        (w1, w2), b = weight, bias
        if w2:
            for x in self.xlim:
                y = -(w1 * x + b) / w2
                if self.ylim[0] <= y <= self.ylim[1]:
                    crossings.add((x, y))
        if w1:
            for y in self.ylim:
                x = -(w2 * y + b) / w1
                if self.xlim[0] <= x <= self.xlim[1]:
                    crossings.add((x, y))
        if len(crossings) < 2:
            return ""
        ends = sorted(crossings)
        (x1, y1), (x2, y2) = ends[0], ends[-1]
        return (
            f"M{number(self.x(x1))} {number(self.y(y1))}"
            f"L{number(self.x(x2))} {number(self.y(y2))}"
        )

    def path(self, lines: Iterable[np.ndarray]) -> str:
        """Return lines of data, each of shape (points, 2), as one path.

        Rounded to whole units: many points, and still a light page.
        """
        pieces = []
        for line in lines:
            places = [f"{round(self.x(x))} {round(self.y(y))}" for x, y in line]
            kept = [p for i, p in enumerate(places) if i == 0 or p != places[i - 1]]
            if len(kept) > 1:
                pieces.append("M" + "L".join(kept))
        return "".join(pieces)


def number(value: object) -> str:
    """Write a float with one decimal at most; anything else as it is."""
    if isinstance(value, float | np.floating):
        text = f"{value:.1f}".removesuffix(".0")
        return "0" if text == "-0" else text
    return str(value)


def ticks(low: float, high: float) -> np.ndarray:
    """Return about five round numbers between low and high."""
    step = 10 ** np.floor(np.log10((high - low) / 4))
    step *= next(f for f in (1, 2, 5, 10) if (high - low) / (step * f) <= 6)
    first = np.ceil(low / step - 1e-9) * step
    return np.round(np.arange(first, high + step * 1e-9, step), 10) + 0.0  # no -0
