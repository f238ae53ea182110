"""The dropout figure: what a frame shows is computed again, another way."""

import re

import numpy as np
import pytest

from dlbook.widgets import dropout_masks

X = np.array([1.0, 2.0])
WEIGHT1 = np.array([[1, 0.5], [0.5, 0.25], [2, 0], [-1, 1], [0.5, 1], [1, -0.25]])
BIAS1 = np.array([0, 0, 0.5, 0, -1, 0])
WEIGHT2, BIAS2 = np.array([[1.0, -2, 1, 2, -1, 2]]), np.array([0.5])
NETWORK = (X, WEIGHT1, BIAS1, WEIGHT2, BIAS2)
RATES = (0.25, 0.6)


def frame_of(figure, rate, draw):
    """Return the frame of a rate and of a draw that counts from 1."""
    return figure.frames[RATES.index(rate) * 9 + draw - 1]


@pytest.fixture(scope="module")
def figure():
    return dropout_masks(*NETWORK, rates=RATES, draws=9, seed=3)


def outputs(rate):
    """Return the outputs of nine draws, a loop over units."""
    uniform = np.random.default_rng(3).random((9, 6))
    said = []
    for draw in range(9):
        z = BIAS2[0]
        for i in range(6):
            h = max(0.0, WEIGHT1[i, 0] * X[0] + WEIGHT1[i, 1] * X[1] + BIAS1[i])
            z += WEIGHT2[0, i] * h / (1 - rate) if uniform[draw, i] >= rate else 0.0
        said.append(z)
    return np.array(said)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("draw", [1, 4, 9])
def test_a_frame_tells_the_output_and_the_mean_so_far(figure, rate, draw):
    frame = frame_of(figure, rate, draw)
    found = re.search(r"Output (−?[\d.]+), mean .* far (−?[\d.]+);", frame.sentence)
    said = [float(n.replace("−", "-")) for n in found.groups()]
    wanted = outputs(rate)[:draw]
    np.testing.assert_allclose(said, [wanted[-1], wanted.mean()], rtol=1e-3, atol=1e-3)
    assert frame.sentence.startswith(f"Draw {draw} with p = {rate:g}. ")
    assert frame.sentence.endswith("in evaluation the network says 4.5.")
    assert frame.changes["dots", "d"].count("M") == draw
    assert frame.changes["mean", "d"].count("L") == draw - 1


def test_dropped_units_lose_their_lines_and_say_0(figure):
    frame = frame_of(figure, 0.6, 2)
    kept = np.random.default_rng(3).random((9, 6))[1] >= 0.6
    assert 0 < kept.sum() < 6
    shown = "".join(str(int(k)) for k in kept)
    assert frame.changes["unit", "shown"] == frame.changes["out", "shown"] == shown
    assert frame.changes["in", "shown"] == "".join(2 * digit for digit in shown)
    for i in range(6):
        assert (frame.changes[f"value {i + 1}", "text"] == "0") == (not kept[i])
    names = ", ".join(str(i + 1) for i in np.flatnonzero(kept))
    assert f"stay: {names};" in frame.sentence


def test_a_higher_rate_drops_more_of_the_same_draw(figure):
    for draw in range(1, 10):
        low, high = (
            frame_of(figure, rate, draw).changes["unit", "shown"] for rate in RATES
        )
        assert all(a >= b for a, b in zip(low, high, strict=True))


def test_nobody_left(figure):
    figure = dropout_masks(*NETWORK, rates=(0.5, 0.9999), draws=2)
    frame = figure.frames[2]
    assert "stay: none;" in frame.sentence
    assert "Output 0.5," in frame.sentence  # the bias


def test_the_dots_stay_in_the_plot(figure):
    for frame in figure.frames:
        places = re.findall(r"M([\d.]+) ([\d.]+)l", frame.changes["dots", "d"])
        assert all(60 <= float(x) <= 468 and 366 <= float(y) <= 520 for x, y in places)


def test_a_figure_is_light_enough_for_a_page():
    assert len(dropout_masks(*NETWORK)._repr_html_().encode()) < 200_000


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (0, [1.0], "x"),
        (1, np.ones((2, 6)), "weight1"),
        (2, np.ones(5), "bias1"),
        (3, np.ones(6), "weight2"),
        (4, [np.inf], "bias2"),
    ],
)
def test_other_networks_are_refused(place, value, named):
    arguments = list(NETWORK)
    arguments[place] = value
    with pytest.raises(ValueError, match=f"dropout_masks: {named} "):
        dropout_masks(*arguments)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_rates_at_the_ends_are_refused(rate):
    with pytest.raises(ValueError, match="rates must lie inside"):
        dropout_masks(*NETWORK, rates=(0.5, rate))
