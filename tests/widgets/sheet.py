"""The sheet of a figure, read back from its SVG: what stands where."""

from itertools import combinations
from xml.etree import ElementTree

from dlbook.widgets.scene import WIDTH

LETTER, ABOVE, BELOW = 0.4, 0.7, 0.15  # of a text's size: a narrow face's


def drawn(scene, changes=None):
    """Return every shape on the sheet: its attributes, its tag, and what it says."""
    _ground, *shapes = ElementTree.fromstring(scene.to_svg("", changes))
    return [{**s.attrib, "tag": s.tag, "says": s.text or ""} for s in shapes]


def part(shapes, name):
    """Return the one shape of a name."""
    (found,) = (s for s in shapes if s.get("data-part") == name)
    return found


def text(shapes, says):
    """Return the one text that says this."""
    (found,) = (s for s in shapes if s["tag"] == "text" and s["says"] == says)
    return found


def box(shape):
    """Return left, top, right and bottom of a shape, or of a text at least."""

    def of(name):
        return float(shape.get(name, 0))

    if shape["tag"] == "circle":
        (x, y), r = (of("cx"), of("cy")), of("r")
        return x - r, y - r, x + r, y + r
    if shape["tag"] == "line":
        (left, right), (top, bottom) = (
            sorted((of(f"{axis}1"), of(f"{axis}2"))) for axis in "xy"
        )
        return left, top, right, bottom
    if shape["tag"] == "text":
        size = of("font-size")
        wide = LETTER * size * len(shape["says"])
        before = {"start": 0, "middle": 0.5, "end": 1}[
            shape.get("text-anchor", "start")
        ]
        left = of("x") - before * wide
        return left, of("y") - ABOVE * size, left + wide, of("y") + BELOW * size
    return of("x"), of("y"), of("x") + of("width"), of("y") + of("height")


def assert_level(words, shape):
    """Fail unless a text stands in the row of a shape, not far from its middle."""
    _, above, _, below = box(words)
    _, top, _, bottom = box(shape)
    off = (above + below) / 2 - (top + bottom) / 2
    assert abs(off) < 0.3 * (bottom - top), (words, shape)


def assert_names(words, shape, room=12):
    """Fail unless a text stands to the right of a shape, in its row and close."""
    assert_level(words, shape)
    assert 0 < box(words)[0] - box(shape)[2] <= room, (words, shape)


def assert_legible(scene, changes=None):
    """Fail if a shape leaves the sheet, or a text lies on another."""
    shapes = [s for s in drawn(scene, changes) if s["tag"] != "path"]
    for shape in shapes:
        left, top, right, bottom = box(shape)
        assert 0 <= left <= right <= WIDTH, shape
        assert 0 <= top <= bottom <= scene.height, shape
    texts = [s for s in shapes if s["says"] and "transform" not in s]
    for one, other in combinations(texts, 2):
        (a, b, c, d), (e, f, g, h) = box(one), box(other)
        assert a >= g or e >= c or b >= h or f >= d, (one, other)
