"""Receptive fields, against the support of the gradient through the layers."""

import gzip
import re
from itertools import product

import numpy as np
import pytest

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.widgets.receptive_field import (
    KERNELS,
    LAYERS,
    PATTERNS,
    Layer,
    grow,
    receptive_field,
    seen_units,
    stack,
)

STACKS = list(product(LAYERS, KERNELS, PATTERNS))


def support(layers, unit):
    """Return which inputs have a gradient when one unit at the top is asked."""
    x = Tensor(np.zeros((1, 1, 400)), requires_grad=True)
    y = x
    for layer in layers:
        ones = Tensor(np.ones((1, 1, layer.kernel_size)))
        y = functional.conv1d(y, ones, stride=layer.stride, dilation=layer.dilation)
    y[0, 0, unit].backward()
    return np.flatnonzero(x.grad[0, 0])


@pytest.mark.parametrize("count", LAYERS)
def test_the_field_is_the_support_of_the_gradient(count):
    for kernel_size, pattern in product(KERNELS, PATTERNS):
        layers = stack(count, kernel_size, pattern)
        seen = support(layers, 0)
        last = grow(layers)[-1]
        assert seen.tolist() == list(range(last.field))  # and nothing left out
        assert seen.tolist() == seen_units(layers)[0]
        assert support(layers, 1)[0] - seen[0] == last.jump


def test_a_dilation_can_leave_inputs_out():
    layers = [Layer(2, dilation=1), Layer(2, dilation=4)]
    assert grow(layers)[-1].field == 6
    assert support(layers, 0).tolist() == seen_units(layers)[0] == [0, 1, 4, 5]


def test_five_stacks_worked_by_hand():
    def fields(*setting):
        return [(reach.field, reach.jump) for reach in grow(stack(*setting))]

    assert fields(3, 3, PATTERNS[0]) == [(1, 1), (3, 1), (5, 1), (7, 1)]
    assert fields(3, 3, PATTERNS[1]) == [(1, 1), (3, 1), (5, 2), (9, 2)]
    assert fields(3, 3, PATTERNS[2]) == [(1, 1), (3, 2), (7, 4), (15, 8)]
    assert fields(3, 3, PATTERNS[3]) == [(1, 1), (3, 1), (7, 1), (15, 1)]
    assert fields(3, 3, PATTERNS[4]) == [(1, 1), (3, 1), (5, 1), (6, 2), (10, 2)]


@pytest.fixture(scope="module")
def figure():
    return receptive_field()


def test_a_frame_tells_the_recurrence(figure):
    for setting, frame in zip(STACKS, figure.frames, strict=True):
        layers = stack(*setting)
        reaches = grow(layers)
        fields = ", ".join(str(reach.field) for reach in reaches[1:])
        assert f"layer by layer: {fields}. " in frame.sentence
        for part, value in (("field", reaches[-1].field), ("jump", reaches[-1].jump)):
            left, right = frame.changes[part, "text"].split(" = ")[1:]
            python = left.replace("−", "-").replace("·", "*")
            assert eval(python) == int(right) == value
        for row, reach in enumerate(reaches[1:], start=1):
            told = frame.changes[f"row {row}", "text"]
            word = "pool" if layers[row - 1].pools else "conv"
            assert told == f"{word} r={reach.field} j={reach.jump}"
        for row in range(len(reaches), 10):
            assert frame.changes[f"row {row}", "text"] == ""


def test_a_frame_draws_one_stroke_for_each_unit_seen(figure):
    for setting, frame in zip(STACKS, figure.frames, strict=True):
        units = seen_units(stack(*setting))
        width = int(frame.changes["scale", "text"].split()[0])
        assert grow(stack(*setting))[-1].field <= width <= 256
        strokes = frame.changes["seen", "d"]
        if width <= 64:  # every row is wide enough for its strokes
            assert strokes.count("v12") == sum(map(len, units))
        across = [float(n) for n in re.findall(r"[ML](\d+) ", strokes)]
        assert 154 <= min(across) <= max(across) <= 468
        if width <= 32:  # every edge can be drawn
            edges = sum(
                len(row) * layer.kernel_size
                for row, layer in zip(units[1:], stack(*setting), strict=True)
            )
            assert frame.changes["edges", "d"].count("L") == edges


def test_the_strokes_of_a_row_stand_a_jump_apart(figure):
    frame = figure.frames[STACKS.index((3, 3, PATTERNS[2]))]
    places = {}
    for x, y in re.findall(r"M(\d+) (\d+)v12", frame.changes["seen", "d"]):
        places.setdefault(int(y), []).append(int(x))
    rows = [places[y] for y in sorted(places)]  # from the top
    assert [len(row) for row in rows] == [1, 3, 7, 15]
    scale = (468 - 154) / 16
    for row, jump in zip(rows[1:], (4, 2, 1), strict=True):
        np.testing.assert_allclose(np.diff(row), jump * scale, atol=1)
        assert abs(np.mean(row) - rows[0][0]) < 1.5


def test_a_figure_is_light_enough_for_a_page(figure):
    text = figure._repr_html_().encode()
    assert len(text) < 250_000
    assert len(gzip.compress(text)) < 50_000
