"""Draw the trees and flows of `linked_figure` as SVG, for a given width.

Everything is computed from the text, so a translation draws itself. A box whose page is
written is a link; one whose page is planned has a dashed border, a hatched ground and
the words "to come" (or "later", where no page of the core is planned).
"""

from collections.abc import Callable
from html import escape

from figure_text import text_width, wrap

INK, GREY, LINK = "#20242b", "#565c66", "#1b4b99"
LINE = "#868c96"
TINTS = ("#edf3fb", "#fef3e8", "#eaf6f2", "#f8eff5", "#f0f1f4")
STATES = {"to come": "to come", "later": "later"}

TITLE, NOTE = 14, 12.5  # font sizes, px
LEADING = 1.3  # distance of lines, in font sizes
PAD, GAP = 9, 10  # px inside a box, between boxes

Resolve = Callable[[dict], tuple[str | None, str]]
"""Gives a box's address (or None) and its state: "", "to come" or "later"."""


class Drawing:
    """Collects the marks of one SVG image."""

    def __init__(self, name: str, width: int, resolve: Resolve) -> None:
        self.name, self.width, self.resolve = name, width, resolve
        self.bands: list[str] = []
        self.ground: list[str] = []
        self.marks: list[str] = []
        self.words = STATES

    def band(self, top: float, height: float, tint: str, left: float = 0) -> None:
        """Tint a strip of the image, behind everything else."""
        self.bands.append(
            f'<rect x="{left}" y="{top:.0f}" width="{self.width - left}" '
            f'height="{height:.0f}" rx="8" fill="{tint}"/>'
        )

    def line(self, *points: tuple[float, float], arrow: bool = False) -> None:
        """Draw a broken line through points, with an arrow head at its end."""
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        end = f' marker-end="url(#{self.name}-arrow)"' if arrow else ""
        self.ground.append(
            f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.6"{end}/>'
        )

    def text(self, lines, x, y, size, color=INK, bold=False, italic=False) -> float:
        """Write lines from the top `y`; return where the text ends."""
        style = ' font-weight="600"' if bold else ""
        style += ' font-style="italic"' if italic else ""
        spans = " ".join(
            f'<tspan x="{x:.1f}" y="{y + size * (LEADING * n + 1):.1f}">'
            f"{escape(line)}</tspan>"
            for n, line in enumerate(lines)
        )
        self.marks.append(
            f'<text font-size="{size}" fill="{color}"{style}>{spans}</text>'
        )
        return y + size * LEADING * len(lines)

    def content(self, item: dict, width: float) -> list[tuple[list[str], dict]]:
        """Return the wrapped texts of a box and how each is written."""
        _, state = self.resolve(item)
        inner = width - 2 * PAD
        parts = [
            (wrap(item["text"], inner, TITLE, True), {"size": TITLE, "bold": True})
        ]
        if item.get("note"):
            parts.append((wrap(item["note"], inner, NOTE), {"size": NOTE}))
        if state:
            words = [self.words[state]]
            parts.append((words, {"size": NOTE, "color": GREY, "italic": True}))
        return parts

    def box_height(self, item: dict, width: float) -> float:
        """Return the height of a box with its children in it, in px."""
        lines = sum(
            style["size"] * LEADING * len(text)
            for text, style in self.content(item, width)
        )
        children = sum(
            self.box_height(child, width - 2 * PAD) + 6
            for child in item.get("children", [])
        )
        return lines + 2 * PAD - 2 + children

    def box(self, item: dict, x: float, y: float, width: float, height: float) -> None:
        """Draw a box, its text and its children."""
        address, state = self.resolve(item)
        fill = f"url(#{self.name}-hatch)" if state else "#fff"
        stroke = LINE if state else (LINK if address else INK)
        dash = ' stroke-dasharray="5 3"' if state else ""
        weight = 2 if address else 1.4
        if address:
            self.marks.append(f'<a href="{escape(address)}">')
        self.marks.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'rx="6" fill="{fill}" stroke="{stroke}" stroke-width="{weight}"{dash}/>'
        )
        at = y + PAD - 3
        for lines, style in self.content(item, width):
            color = LINK if address and style.get("bold") else (GREY if state else INK)
            style = {"color": color, **style}
            at = self.text(lines, x + PAD, at, **style)
        if address:
            self.marks.append("</a>")
        at += 5
        for child in item.get("children", []):
            tall = self.box_height(child, width - 2 * PAD)
            self.box(child, x + PAD, at, width - 2 * PAD, tall)
            at += tall + 6

    def svg(self, height: float, title: str, kind: str) -> str:
        """Return the image as an SVG element of the page."""
        name = self.name
        return (
            f'<svg class="{kind}" role="group" aria-labelledby="{name}-title" '
            f'viewBox="0 0 {self.width} {height:.0f}" '
            f'style="max-width:{self.width}px" xmlns="http://www.w3.org/2000/svg">\n'
            f'<title id="{name}-title">{escape(title)}</title>\n<defs>'
            f'<pattern id="{name}-hatch" width="7" height="7" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect width="7" height="7" fill="#fff"/>'
            '<rect width="1.5" height="7" fill="#e9ebef"/></pattern>'
            f'<marker id="{name}-arrow" viewBox="0 0 10 10" refX="9" refY="5" '
            'markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
            f'<path d="M0 0L10 5L0 10z" fill="{LINE}"/></marker></defs>\n'
            + "\n".join(self.bands + self.ground + self.marks)
            + "\n</svg>\n"
        )


def draw_tree(figure: dict, drawing: Drawing, columns: int) -> float:
    """Draw a root, its branches and their boxes; return the height of the image.

    With three columns or more a branch's name stands left of its boxes, else above.
    """
    width, wide = drawing.width, columns >= 3
    root = {"text": figure["root"]}
    root_width = text_width(figure["root"], TITLE, True) + 2 * PAD + 4
    tall = drawing.box_height(root, root_width)
    drawing.box(root, 1, 1, root_width, tall)
    trunk, top, last = 14, tall + 14, 0.0
    for number, branch in enumerate(figure["branches"]):
        left = 28
        head = {"text": branch["text"], "note": branch.get("note")}
        head_width = 150 if wide else width - left - 2 * PAD
        head_height = drawing.box_height(head, head_width)
        area = left + head_width + 26 if wide else left + PAD
        space = width - area - PAD
        box_width = (space - GAP * (columns - 1)) / columns
        at = top + PAD + (0 if wide else head_height + GAP)
        boxes = branch["boxes"]
        starts = []
        for first in range(0, len(boxes), columns):
            row = boxes[first : first + columns]
            heights = [drawing.box_height(item, box_width) for item in row]
            starts.append(at)
            for position, (item, height) in enumerate(zip(row, heights, strict=True)):
                x = area + position * (box_width + GAP)
                drawing.box(item, x, at, box_width, height)
            at += max(heights) + GAP
        end = max(at - GAP, top + PAD + head_height) + PAD
        drawing.band(top, end - top, TINTS[number % len(TINTS)], left)
        middle = top + PAD + head_height / 2
        drawing.line((trunk, middle), (left + PAD, middle))
        drawing.box(head, left + PAD, top + PAD, head_width - PAD * wide, head_height)
        if wide:
            spine = area - 13
            drawing.line((left + head_width, middle), (spine, middle))
            marks = [start + 18 for start in starts]
            drawing.line(
                (spine, min(middle, marks[0])), (spine, max(middle, marks[-1]))
            )
            for mark in marks:
                drawing.line((spine, mark), (area, mark))
        last, top = middle, end + GAP
    drawing.ground.insert(
        0,
        f'<path d="M{trunk} {tall}V{last:.1f}" stroke="{LINE}" stroke-width="1.6"/>',
    )
    return top


def draw_flow(figure: dict, drawing: Drawing, margin: float) -> float:
    """Draw stages of boxes from top to bottom, and the loops that lead back, right.

    `margin` is the room right of the boxes, for the loops and what is written at them.
    """
    inset, step = 12, 22
    box_width = drawing.width - margin - 2 * inset
    places: dict[str, tuple[float, float]] = {}
    previous: tuple[float, str] | None = None
    top = 2.0
    for number, stage in enumerate(figure["stages"]):
        start, at = top, top + 8
        at = drawing.text([stage["text"]], inset, at, NOTE, GREY, bold=True) + 12
        for item in stage["boxes"]:
            tall = drawing.box_height(item, box_width)
            center = inset + min(box_width / 2, 130)
            if previous is not None:
                drawing.line((center, previous[0]), (center, at), arrow=True)
                if previous[1]:
                    drawing.text([previous[1]], center + 8, at - 20, NOTE, INK)
            drawing.box(item, inset, at, box_width, tall)
            places[item.get("id", item["text"])] = (at, tall)
            previous = (at + tall, item.get("next", ""))
            at += tall + step + (8 if item.get("next") else 0)
        end = at - step + 10
        drawing.band(start, end - start, TINTS[number % len(TINTS)])
        top = end + 16
    right, loops = inset + box_width, figure.get("loops", [])
    beside = right + 16 + 14 * len(loops)  # where what is written at the loops begins
    for number, loop in enumerate(loops):
        (from_top, from_tall), (to_top, to_tall) = (
            places[loop["from"]],
            places[loop["to"]],
        )
        lane = right + 16 + 14 * number
        leave = from_top + from_tall * (number + 1) / (len(loops) + 1)
        arrive = to_top + to_tall / 2
        way = (right, leave), (lane, leave), (lane, arrive), (right, arrive)
        drawing.line(*way, arrow=True)
        words = wrap(loop["text"], drawing.width - beside - 6, NOTE)
        drawing.text(words, beside, arrive - 10, NOTE, INK)
    return top - 14
