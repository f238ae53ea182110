"""Positions as clocks: complex numbers and the package's encodings check the hands."""

import re
import sys

import numpy as np
import pytest

from dlbook.nn import shift_matrix, sinusoidal_positions
from dlbook.widgets import position_explorer
from dlbook.widgets.position_explorer import fixed, period, signed, small

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
        for part, at in (("hand", t), ("moved", t + k)):
            hand = 1j * np.exp(-1j * omega * at)  # twelve, and clockwise from there
            ends = [float(changes[f"{part} {n}", a]) for a in ("x2", "y2")]
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
        matrix[0, 0] += 1e-3
        return matrix

    module = sys.modules["dlbook.widgets.position_explorer"]
    monkeypatch.setattr(module, "shift_matrix", wrong)
    sentence = position_explorer().frame(0, 1, 0).sentence
    assert "positions, off by 1e-03. The inner" in sentence


def test_the_arc_runs_from_one_hand_to_the_other(figure):
    def arc(t, k):
        return figure.frame(t, k, 0).changes["turn 0", "d"]

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


def test_wide_encodings_show_some_of_their_pairs():
    wide = position_explorer(64, 20, 100.0)
    assert wide.given["clocks"] == [0, 4, 9, 13, 18, 22, 27, 31]
    np.testing.assert_allclose(wide.given["omega"], 100.0 ** (-np.arange(32) / 32))
    assert "product of both encodings is 32.00 of 32;" in wide.frame(3, 0, 31).sentence
    few = position_explorer(4, 8)
    assert [len(s.values) for s in few.sliders] == [8, 9, 2]
    assert few.sliders[2].labels == ["0, period 6.28", "1, period 628"]


def test_numbers_are_short():
    assert [fixed(v) for v in (0.125, -0.125, -0.004)] == ["0.13", "−0.13", "0.00"]
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
