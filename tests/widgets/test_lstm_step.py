"""The LSTM step: its numbers are torch's, its curves those of fifty steps."""

import itertools
import re

import numpy as np
import pytest
import torch

from dlbook.widgets import lstm_step
from dlbook.widgets.lstm_step import PRESETS, STEPS


@pytest.fixture(scope="module")
def figure():
    return lstm_step()


def torch_states(sums, before):
    """Return c_0 to c_50 and h_1 to h_50 of torch's cell with these biases alone."""
    cell = torch.nn.LSTMCell(1, 1, dtype=torch.float64)
    states, cells = [], [before]
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih[:] = torch.tensor(sums[:4])
        h, c = torch.zeros(1, 1).double(), torch.full((1, 1), before).double()
        for _ in range(STEPS):
            h, c = cell(torch.zeros(1, 1).double(), (h, c))
            states.append(h.item())
            cells.append(c.item())
    return np.array(cells), np.array(states)


def numbers(text):
    return [float(n.replace("−", "-")) for n in re.findall(r"−?\d+\.\d+", text)]


def curve(path):
    points = [float(n) for n in re.findall(r"\d+", path)]
    return np.reshape(points, (-1, 2))


SETTINGS = [
    (*sums, before)
    for sums, before in itertools.product(
        [(-2.0, 1.5, 0.5, 3.0), (6.0, 6.0, -0.5, -1.0), (0.0, -6.0, 2.0, 0.5)],
        [-3.0, 0.5],
    )
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_numbers_are_those_of_torch(figure, setting):
    *sums, before = setting
    frame = figure.frame(*setting)
    cells, states = torch_states(sums, before)
    i, f, o = (1 / (1 + np.exp(-sums[k])) for k in (0, 1, 3))
    g = np.tanh(sums[2])
    shown = [frame.changes[f"value {row}", "text"] for row in range(4)]
    np.testing.assert_allclose(numbers(" ".join(shown)), [i, f, g, o], atol=0.0051)
    written = numbers(frame.changes["cell", "text"])
    np.testing.assert_allclose(written, [f, before, i, g, cells[1]], atol=0.0051)
    written = numbers(frame.changes["state", "text"])
    np.testing.assert_allclose(written, [o, np.tanh(cells[1]), states[0]], atol=0.0051)
    said = numbers(frame.sentence)
    left = f**STEPS
    expected = [before, cells[1], states[0], cells[-1], max(left, 0.001)]
    np.testing.assert_allclose(said, expected, atol=0.0051)
    assert ("less than 0.001" in frame.sentence) == (left < 0.001)


@pytest.mark.parametrize("setting", SETTINGS)
def test_bars_begin_at_zero_and_end_at_the_value(figure, setting):
    *sums, _ = setting
    frame = figure.frame(*setting)
    values = [
        np.tanh(z) if k == 2 else 1 / (1 + np.exp(-z)) for k, z in enumerate(sums)
    ]
    for row, value in enumerate(values):
        x = float(frame.changes[f"bar {row}", "x"])
        width = float(frame.changes[f"bar {row}", "width"])
        ends = sorted([214, 214 + 90 * value])
        np.testing.assert_allclose([x, x + width], ends, atol=0.11)


@pytest.mark.parametrize("setting", SETTINGS)
def test_curves_are_those_of_torch_as_far_as_they_stay(figure, setting):
    *sums, before = setting
    frame = figure.frame(*setting)
    cells, states = torch_states(sums, before)
    inside = len(cells)
    if (abs(cells) > 6).any():
        inside = int(np.argmax(abs(cells) > 6))
    for part, values, first in (("cells", cells[:inside], 0), ("states", states, 1)):
        points = curve(frame.changes[part, "d"])
        assert len(points) == len(values)
        steps = np.arange(first, first + len(values))
        np.testing.assert_allclose(points[:, 0], 52 + steps * 416 / STEPS, atol=0.51)
        height = 464 - (values + 6) / 12 * (464 - 270)
        np.testing.assert_allclose(points[:, 1], height, atol=0.51)


def test_a_setting_leaves_the_picture():
    assert any((abs(torch_states(s[:4], s[4])[0]) > 6).any() for s in SETTINGS)


@pytest.mark.parametrize(
    ("name", "kept"), [("keep", 0.88), ("write", 0.0), ("erase", 0.0), ("add up", 0.88)]
)
def test_presets_do_what_they_are_called(figure, name, kept):
    """What is left of two different cells tells keeping from erasing."""
    low, high = (torch_states(PRESETS[name], before)[0][-1] for before in (-2.0, 2.0))
    assert (high - low) / 4 == pytest.approx(kept, abs=0.01)
    places = figure.presets[name]
    chosen = [
        slider.values[place]
        for slider, place in zip(figure.sliders, places, strict=True)
        if place is not None
    ]
    assert tuple(chosen) == PRESETS[name]


def test_writing_replaces_and_adding_up_grows():
    assert torch_states(PRESETS["write"], 2.0)[0][1] == pytest.approx(0.96, abs=0.01)
    assert torch_states(PRESETS["add up"], 2.0)[0][-1] > 10


def test_it_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 30_000
