"""Positions as clocks: complex numbers and the package's encodings check the hands."""

import re
import sys

import numpy as np
import pytest

from dlbook.nn import shift_matrix, sinusoidal_positions
from dlbook.widgets import position_explorer
from dlbook.widgets.position_explorer import fixed, period, signed, small
from tests.widgets.sheet import assert_legible, box, drawn, part, text

WIDTH, LENGTH = 16, 64
OMEGA = 10000.0 ** (-np.arange(8) / 8)
PLACES = [(0, 0, 0), (5, 3, 1), (63, 32, 2), (10, -32, 0), (40, -7, 7), (17, 1, 4)]


@pytest.fixture(scope="module")
def figure():
    return position_explorer()


def number(said):
    return float(said.replace("−", "-"))


@pytest.mark.parametrize("place", PLACES)
def test_hands_turn_as_complex_numbers_do(figure, place):
    t, k, _ = place
    changes = figure.frame(*place).changes
    for n, omega in enumerate(OMEGA):
        x, y = figure.given["middles"][n]
        for name, at in (("hand", t), ("moved", t + k)):
            hand = 1j * np.exp(-1j * omega * at)  # twelve, and clockwise from there
            ends = [float(changes[f"{name} {n}", a]) for a in ("x2", "y2")]
            expected = [x + 42 * hand.real, y - 42 * hand.imag]
            np.testing.assert_allclose(ends, expected, atol=0.051)


@pytest.mark.parametrize("place", PLACES)
def test_the_matrix_is_the_block_of_the_shift(figure, place):
    t, k, pair = place
    changes = figure.frame(*place).changes
    shown = np.array(
        [[number(changes[f"entry {r} {c}", "text"]) for c in range(4)] for r in (0, 1)]
    )
    block = slice(2 * pair, 2 * pair + 2)
    matrix = shift_matrix(WIDTH, k)[block, block]
    table = sinusoidal_positions(LENGTH, WIDTH)
    np.testing.assert_allclose(shown[:, 1:3], matrix, atol=0.0051)
    np.testing.assert_allclose(shown[:, 3], table[t, block], atol=0.0051)
    if 0 <= t + k < LENGTH:
        np.testing.assert_allclose(shown[:, 0], table[t + k, block], atol=0.0051)
    ring = changes["ring", "shown"]
    assert (ring.index("1"), ring.count("1"), len(ring)) == (pair, 1, 8)


@pytest.mark.parametrize("k", [-32, -1, 0, 5, 32])
def test_the_inner_product_depends_on_the_shift_alone(figure, k):
    table = sinusoidal_positions(LENGTH, WIDTH)
    expected = table[abs(k)] @ table[0]
    for t in (0, 9, 63):
        frame = figure.frame(t, k, 0)
        assert number(frame.changes["product", "text"]) == pytest.approx(
            expected, abs=0.0051
        )
        assert "between the positions it differs by less than 1e-12" in frame.sentence
        assert f"each of the {LENGTH} positions, off by less than 1e-12" in (
            frame.sentence
        )
    # the dot stands on the curve that is drawn once
    (curve,) = [
        a["d"]
        for tag, part, a, _ in figure.scene.elements
        if tag == "path" and not part and a.get("stroke") == "#1b4b99"
    ]
    x, y = float(frame.changes["at", "cx"]), float(frame.changes["at", "cy"])
    points = np.array([p.split() for p in re.split("[ML]", curve)[1:]], dtype=float)
    assert np.abs(points - (x, y)).max(axis=1).min() <= 0.51


def test_a_sentence_tells_the_turn(figure):
    frame = figure.frame(5, 3, 1)
    told = [number(n) for n in re.findall(r"−?\d+\.\d+", frame.sentence)]
    w = 10000 ** (-1 / 8)
    expected = [3 * w, np.sin(5 * w), np.cos(5 * w), np.sin(8 * w), np.cos(8 * w)]
    np.testing.assert_allclose(told[:5], expected, atol=0.0051)
    assert frame.sentence.startswith(
        "Position 5, shift 3, so position 8. Pair 1 turns by "
    )
    assert "Position 5, shift −9, so position −4. Pair 0 turns by −9.00" in (
        figure.frame(5, -9, 0).sentence
    )


def test_an_error_would_be_told(monkeypatch):
    def wrong(width, by, base):
        matrix = shift_matrix(width, by, base=base)
        matrix[-1, -1] -= 1e-3  # too small in every row: cosines of small angles
        return matrix

    module = sys.modules["dlbook.widgets.position_explorer"]
    monkeypatch.setattr(module, "shift_matrix", wrong)
    frame = position_explorer().frame(0, 1, 0)
    assert "positions, off by 1e-03. The inner" in frame.sentence
    told = frame.changes["same", "text"]
    assert told == f"tried at {LENGTH} positions: off by 1e-03"


def test_the_arc_runs_from_one_hand_to_the_other(figure):
    def arc(t, k, n=0):
        return figure.frame(t, k, 0).changes[f"turn {n}", "d"]

    assert arc(5, 0) == ""
    for t, k, large, clockwise in ((0, 1, 0, 1), (0, 4, 1, 1), (2, -1, 0, 0)):
        found = re.fullmatch(r"M(\S+) (\S+)A14 14 0 (\d) (\d) (\S+) (\S+)", arc(t, k))
        assert (int(found[3]), int(found[4])) == (large, clockwise)
        x, y = figure.given["middles"][0]
        ends = [float(found[n]) for n in (1, 2, 5, 6)]
        expected = [
            value
            for at in (t, t + k)
            for value in (x + 14 * np.sin(at), y - 14 * np.cos(at))
        ]
        np.testing.assert_allclose(ends, expected, atol=0.051)
    assert arc(0, 7) == arc(0, 7 - 2 * np.pi)  # more than once around
    for n, large, clockwise in ((1, 1, 1), (2, 0, 1), (3, 0, 1)):
        found = re.fullmatch(
            r"M(\S+) (\S+)A14 14 0 (\d) (\d) (\S+) (\S+)", arc(6, 12, n)
        )
        assert (int(found[3]), int(found[4])) == (large, clockwise)
        x, y = figure.given["middles"][n]
        hands = [14j * np.exp(-1j * OMEGA[n] * at) for at in (6, 18)]
        expected = [value for h in hands for value in (x + h.real, y - h.imag)]
        ends = [float(found[m]) for m in (1, 2, 5, 6)]
        np.testing.assert_allclose(ends, expected, atol=0.051)


def test_wide_encodings_show_some_of_their_pairs():
    wide = position_explorer(64, 20, 100.0)
    assert wide.given["clocks"] == [0, 4, 9, 13, 18, 22, 27, 31]
    np.testing.assert_allclose(wide.given["omega"], 100.0 ** (-np.arange(32) / 32))
    assert "product of both encodings is 32.00 of 32;" in wide.frame(3, 0, 31).sentence
    few = position_explorer(4, 8)
    assert [len(s.values) for s in few.sliders] == [8, 9, 2]
    assert few.sliders[2].labels == ["0, period 6.28", "1, period 628"]


@pytest.mark.parametrize(("width", "rows"), [(4, 1), (10, 2), (16, 2)])
def test_each_clock_has_its_hands_and_its_name(width, rows):
    figure = position_explorer(width)
    chosen = figure.given["clocks"][1]
    shapes = drawn(figure.scene, figure.frame(5, 3, chosen).changes)
    middles = figure.given["middles"]
    labels, rings = figure.sliders[2].labels, []
    faces = [s for s in shapes if s.get("r") == "42"]
    assert len(faces) == len(middles) == len(labels)
    ticks = [box(s) for s in shapes if s["tag"] == "line" and "data-part" not in s]
    for n, (x, y) in enumerate(middles):
        assert (float(faces[n]["cx"]), float(faces[n]["cy"])) == (x, y)
        for hand in ("hand", "moved"):
            line = part(shapes, f"{hand} {n}")
            assert (float(line["x1"]), float(line["y1"])) == (x, y)
        name = text(shapes, labels[n].replace(", period ", ": "))
        assert (float(name["x"]), name["text-anchor"]) == (x, "middle")
        assert y + 46 < box(name)[1] < y + 62
        twelve = [t for t in ticks if t[0] == t[2] == x and y - 64 < t[3] < y]
        assert [t[1] for t in twelve] == [y - 42]
        assert y - 42 < twelve[0][3] < y - 30
        rings += [s for s in shapes if s.get("data-part") == "ring"][n : n + 1]
        assert (float(rings[n]["cx"]), float(rings[n]["cy"])) == (x, y)
        assert 42 < float(rings[n]["r"]) < 50
        assert rings[n]["visibility"] == ("visible" if n == 1 else "hidden")
    for n, (x, y) in enumerate(middles):
        for other in middles[:n]:
            assert np.hypot(x - other[0], y - other[1]) > 100
        if n % 4:
            assert (x - middles[n - 1][0], y) == (112, middles[n - 1][1])
    assert len({y for _, y in middles}) == rows


@pytest.mark.parametrize("width", [4, 16])
def test_the_rotation_and_the_curve_are_in_order(width):
    figure = position_explorer(width)
    for place in ((5, -32, 0), (63, 32, 1)):
        assert_legible(figure.scene, figure.frame(*place).changes)
    frame = figure.frame(5, -32, 0)
    shapes = drawn(figure.scene, frame.changes)
    assert part(shapes, "title")["says"] == "pair 0: position −27 from position 5"
    found = [
        [int(float(n)) for n in re.findall(r"[\d.]+", s["d"])]
        for s in shapes
        if s["tag"] == "path" and re.fullmatch(r"M\S+ \S+H\S+V\S+H\S+", s["d"])
    ]
    brackets = [b for b in found if b[0] == b[4]]
    assert len(brackets) == 6
    # columns within their brackets, both rows at the same height
    for column, pair in enumerate((0, 1, 1, 2)):
        (x, top, left, bottom, _), (z, above, right, below, _) = brackets[
            2 * pair : 2 * pair + 2
        ]
        assert left < x < z < right
        assert (top, bottom) == (above, below)
        cells = [box(part(shapes, f"entry {r} {column}")) for r in (0, 1)]
        assert cells[0][2] == cells[1][2]
        for r, cell in enumerate(cells):
            assert left < cell[0] < cell[2] < right
            assert cell[1] == box(part(shapes, f"entry {r} 0"))[1]
        assert top < cells[0][1] < cells[0][3] < cells[1][1] < cells[1][3] < bottom
    ends = [box(part(shapes, f"entry 0 {column}"))[2] for column in range(4)]
    assert ends == sorted(ends)
    equals = box(text(shapes, "="))
    assert brackets[1][2] < equals[0] < equals[2] < brackets[2][2]
    assert brackets[0][1] < equals[1] < equals[3] < brackets[0][3]
    names = [
        text(shapes, label.replace(", period ", ": "))
        for label in figure.sliders[2].labels
    ]
    order = [max(box(name)[3] for name in names), *box(part(shapes, "title"))[1::2]]
    order += [brackets[0][1], brackets[0][3], *box(part(shapes, "same"))[1::2]]
    order += [*box(part(shapes, "product"))[1::2], figure.given["box"][1]]
    assert order == sorted(order)
    assert figure.given["box"][3] + 50 < figure.scene.height
    left, top, right, bottom = figure.given["box"]
    middle = pytest.approx(((left + right) / 2, top, (left + right) / 2, bottom))
    zero = [s for s in shapes if s["tag"] == "line" and s.get("stroke-width") == "2"]
    assert [box(s) for s in zero] == [middle]
    colors = [text(shapes, s)["fill"] for s in ("blue: t", "orange: t + k")]
    (red, _, blue), (more, _, less) = (bytes.fromhex(c[1:]) for c in colors)
    assert blue > red
    assert more > less
    assert box(text(shapes, "pair: positions of a turn"))[3] < 38


def test_the_position_can_be_played(figure):
    assert [slider.steps for slider in figure.sliders] == [True, False, False]


def test_numbers_are_short():
    assert [fixed(v) for v in (0.125, -0.125, -0.004, 0.1246)] == [
        *("0.13", "−0.13", "0.00", "0.12")
    ]
    assert [small(v) for v in (0.0, 9e-13, 2e-12, 0.5)] == [
        *("less than 1e-12", "less than 1e-12", "2e-12", "5e-01")
    ]
    assert [period(2 * np.pi / v) for v in (6.2832, 999.6, 62831.9)] == [
        *("6.28", "1,000", "62,832")
    ]
    assert signed(-3) == "−3"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"width": 5}, "width must be an even number from 4 on, got 5"),
        ({"width": 2}, "width must be .* got 2"),
        ({"width": 4.5}, "width must be .* got 4.5"),
        ({"length": 7}, "length must be from 8 to 200, got 7"),
        ({"length": 201}, "length must be .* got 201"),
        ({"base": 1.0}, "base must be above 1, got 1.0"),
        ({"base": np.inf}, "base must be above 1, got inf"),
    ],
)
def test_sizes_out_of_range_are_refused(arguments, says):
    with pytest.raises(ValueError, match=f"position_explorer: {says}"):
        position_explorer(**arguments)


def test_a_figure_is_light_enough_for_a_page():
    assert len(position_explorer(64, 200)._repr_html_().encode()) < 40_000
