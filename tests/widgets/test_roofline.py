"""The roofline figure: places, bounds and sentences, computed again."""

import re

import numpy as np
import pytest

from dlbook.compare.roof import Roof
from dlbook.compare.roofline import Roofline, RooflinePoint
from dlbook.compare.work import Work
from dlbook.widgets import roofline
from dlbook.widgets.roofline import BYTES, Decades
from tests.widgets.sheet import assert_legible, box, drawn, text

ROOF = Roof(peak=100e9, copy=15e9, triad=20e9, cache=80e9)
POINTS = (
    RooflinePoint("linear", "2 × 3", Work(8_000_000_000, 80_000_000), 0.1),
    RooflinePoint("vector", "2", Work(40_000, 20_000), 4e-6),
    RooflinePoint("addition", "9", Work(1_000_000, 12_000_000), 0.001),
    RooflinePoint("embedding", "5", Work(0, 4_000), 0.001),
)
MADE = Roofline(ROOF, POINTS, "Test CPU", 1, {"numpy": "2.0"}, "2026-01-31")


@pytest.fixture(scope="module")
def figure():
    return roofline(MADE)


def frame_at(figure, name, size):
    names = [point.name for point in figure.sliders[0].values]
    return figure.frames[names.index(name) * len(BYTES) + list(BYTES).index(size)]


def test_operations_without_arithmetic_are_left_out(figure):
    assert figure.sliders[0].labels == ["linear", "vector", "addition"]
    assert figure.scene.parts.count("measured") == 1
    dots = [e for e in figure.scene.elements if e[0] == "circle" and not e[1]]
    assert len(dots) == 3


def test_places_are_logarithmic(figure):
    one, other = (frame_at(figure, n, 4).changes for n in ("linear", "addition"))
    dots = [(c["measured", "cx"], c["measured", "cy"]) for c in (one, other)]
    (x1, y1), (x2, y2) = dots
    ring = one["bound", "cx"], one["bound", "cy"]
    # decades: 0.01 to 1000 FLOP per byte over 396 units, 1 to 1000 GFLOP/s over 290
    assert x1 - x2 == pytest.approx(396 / 5 * np.log10(100 / (1 / 12)))
    assert y2 - y1 == pytest.approx(290 / 3 * np.log10(80 / 1))
    assert ring[0] == x1
    assert y1 - ring[1] == pytest.approx(290 / 3 * np.log10(100 / 80))


@pytest.mark.parametrize("size", BYTES)
@pytest.mark.parametrize("point", POINTS[:3], ids=lambda point: point.name)
def test_ring_is_on_the_roof_and_the_sentence_says_so(figure, point, size):
    frame = frame_at(figure, point.name, size)
    intensity = point.work.flops / (point.work.moved * size / 4)
    bound = min(100.0, intensity * 20)
    told = re.search(r"([\d.e+]+) FLOP per byte\. (\w+) of the ridge", frame.sentence)
    assert float(told[1]) == pytest.approx(intensity, rel=5e-3)
    assert told[2] == ("Right" if intensity > 5 else "Left")
    limit = re.search(r"(\w+) is the limit: ([\d.]+) GFLOP/s", frame.sentence)
    assert limit[1] == ("arithmetic" if intensity > 5 else "memory")
    assert float(limit[2]) == pytest.approx(bound, rel=5e-3)
    up = 330 - 290 / 3 * np.log10(bound / 1)
    assert frame.changes["bound", "cy"] == pytest.approx(up)
    across = 56 + 396 / 5 * np.log10(intensity / 0.01)
    assert frame.changes["bound", "cx"] == pytest.approx(across)
    for end, dot in (("1", "measured"), ("2", "bound")):
        for axis in "xy":
            assert frame.changes["gap", axis + end] == frame.changes[dot, f"c{axis}"]
    colors = {frame.changes["bound", "stroke"], frame.changes["measured", "fill"]}
    assert len(colors) == 1
    other = frame_at(figure, "addition" if intensity > 5 else "linear", 4)
    assert other.changes["measured", "fill"] not in colors


def test_sentences(figure):
    assert frame_at(figure, "linear", 4).sentence == (
        "linear, 2 × 3: 8 billion operations on 80 million bytes, 100 FLOP per byte. "
        "Right of the ridge at 5, arithmetic is the limit: 100 GFLOP/s. "
        "Measured: 80, 80% of that."
    )
    assert frame_at(figure, "vector", 2).sentence == (
        "vector, 2: 40 thousand operations on 10 thousand bytes, 4 FLOP per byte. "
        "Left of the ridge at 5, memory is the limit: 80 GFLOP/s, 2 times that of "
        "float32."
    )
    assert frame_at(figure, "vector", 1).sentence.endswith("2.5 times that of float32.")
    assert frame_at(figure, "linear", 1).sentence.endswith("no more than in float32.")
    assert frame_at(figure, "addition", 4).sentence.startswith(
        "addition, 9: 1 million operations on 12 million bytes, 0.0833 FLOP per byte. "
    )


def test_decades():
    axis = Decades(0.02, 30.0, 0.0, 400.0)
    assert axis.ticks() == [0.01, 0.1, 1.0, 10.0, 100.0]
    assert axis.place(1.0) == pytest.approx(200.0)
    assert axis.value(axis.place(3.0)) == pytest.approx(3.0)
    upward = Decades(0.02, 30.0, 330.0, 40.0)
    assert upward.value(40.0) == pytest.approx(100.0)
    assert upward.value(upward.place(3.0)) == pytest.approx(3.0)


def test_ticks_stand_at_their_numbers_and_the_axes_have_names(figure):
    shapes = drawn(figure.scene)
    assert_legible(figure.scene, frame_at(figure, "linear", 4).changes)
    lines = [box(s) for s in shapes if s["tag"] == "line" and "data-part" not in s]
    for n, says in enumerate(("0.01", "0.1", "1", "10", "100", "1000")):
        x = 56 + 396 / 5 * n
        ticks = [s for s in shapes if s["says"] == says and float(s["y"]) > 340]
        assert [float(t["x"]) for t in ticks] == [pytest.approx(x, abs=0.051)]
        assert ticks[0]["text-anchor"] == "middle"
        across = pytest.approx((x, 40, x, 330), abs=0.051)
        assert sum(line == across for line in lines) == 1
    for n, says in enumerate(("1", "10", "100", "1000")):
        y = 330 - 290 / 3 * n
        ticks = [s for s in shapes if s["says"] == says and float(s["x"]) < 56]
        (_, above, end, below) = box(ticks[0])
        assert (len(ticks), ticks[0]["text-anchor"]) == (1, "end")
        assert above < y < below
        assert 40 < end < 56
        along = pytest.approx((56, y, 452, y), abs=0.051)
        assert sum(line == along for line in lines) == 1
    below, above = box(text(shapes, "FLOP per byte")), box(text(shapes, "GFLOP/s"))
    assert (below[0] + below[2]) / 2 == pytest.approx((56 + 452) / 2)
    assert below[1] > 340
    assert above[3] < 40
    assert above[0] < 56


@pytest.mark.parametrize(("slow", "enters"), [(0.001, (0.05, 1.0)), (1.0, (0.01, 0.2))])
def test_the_roof_rises_from_where_it_enters_to_the_ridge(slow, enters):
    points = (*POINTS[:2], RooflinePoint("addition", "9", POINTS[2].work, slow))
    made = Roofline(ROOF, points, "Test CPU", 1, {"numpy": "2.0"}, "2026-01-31")
    figure = roofline(made)
    decades = 3 if slow < 1 else 6  # up to 1000 GFLOP/s

    def place(intensity, speed):
        up = (3 - np.log10(speed)) * 290 / decades
        return 56 + 396 / 5 * np.log10(intensity / 0.01), 40 + up

    (path,) = (s["d"] for s in drawn(figure.scene) if s["tag"] == "path")
    told = [float(n) for n in re.findall(r"[\d.]+", path)]
    assert re.fullmatch(r"M\S+ \S+L\S+ \S+H\S+", path)
    expected = [*place(*enters), *place(5.0, 100.0), 452.0]
    assert told == pytest.approx(expected, abs=0.051)
    dots = [s for s in drawn(figure.scene) if s["tag"] == "circle"][:3]
    for dot, point in zip(dots, points, strict=True):
        measured = frame_at(figure, point.name, 4).changes
        for end in ("cx", "cy"):
            near = pytest.approx(measured["measured", end], abs=0.051)
            assert float(dot[end]) == near


def test_the_ring_of_one_byte_has_room():
    most = RooflinePoint("most", "1", Work(250_000, 1_000), 1e-5)
    made = Roofline(ROOF, (most, POINTS[1]), "Test CPU", 1, {}, "2026-01-31")
    figure = roofline(made)
    assert frame_at(figure, "most", 1).changes["bound", "cx"] == pytest.approx(452)


def test_too_few_operations():
    few = Roofline(ROOF, POINTS[2:], "Test CPU", 1, {"numpy": "2.0"}, "2026-01-31")
    with pytest.raises(ValueError, match="two operations or more, got 1"):
        roofline(few)


def test_it_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 60_000
