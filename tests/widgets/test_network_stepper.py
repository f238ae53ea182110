"""The network stepper shows what finite differences measure."""

from itertools import pairwise

import numpy as np
import pytest

from dlbook.widgets import network_stepper

X, Y = np.array([1.0, 2.0]), np.array([1.0])
WEIGHTS = (
    np.array([[2.0, -1.0], [1.0, 1.0]]),
    np.array([0.0, -1.0]),
    np.array([[3.0, -2.0]]),
    np.array([0.0]),
)


def texts(data, frame):
    """Return what each text of the picture says."""
    return {
        b["part"]: b["values"][b["frames"][frame]]
        for b in data["bindings"]
        if b["attribute"] == "text"
    }


def sentences(data):
    return [data["sentences"]["values"][n] for n in data["sentences"]["frames"]]


def number(text):
    return float(text.split(" ")[-1].replace("−", "-"))


def loss(weights, shift=0.0, layer=0, unit=0):
    """Return the loss; the weighted sum of one unit may be shifted."""
    a = X
    for n, (weight, bias) in enumerate((weights[:2], weights[2:])):
        z = weight @ a + bias
        if n == layer:
            z[unit] += shift
        a = 1 / (1 + np.exp(-z))
    return float(((a - Y) ** 2).sum() / 2)


def test_the_last_frame_shows_the_slopes_that_nudging_finds():
    data = network_stepper(X, Y, *WEIGHTS).data()
    shown = texts(data, len(sentences(data)) - 1)
    h = 1e-5
    for layer, unit, name in ((0, 0, "hidden 1"), (0, 1, "hidden 2"), (1, 0, "output")):
        up, down = (loss(WEIGHTS, s * h, layer, unit) for s in (1, -1))
        assert number(shown[f"delta {name}"]) == pytest.approx(
            (up - down) / (2 * h), rel=1e-3
        )
        for k in range(2):
            nudged = []
            for s in (1, -1):
                weights = [w.copy() for w in WEIGHTS]
                weights[2 * layer][unit, k] += s * h
                nudged.append(loss(weights))
            assert number(shown[f"slope {name} {k + 1}"]) == pytest.approx(
                (nudged[0] - nudged[1]) / (2 * h), rel=1e-3
            )
    assert number(shown["loss"]) == pytest.approx(loss(WEIGHTS), rel=1e-3)


def test_values_appear_from_the_top_and_deltas_from_the_bottom():
    data = network_stepper(X, Y, *WEIGHTS).data()
    frames = [texts(data, n) for n in range(len(sentences(data)))]
    assert set(frames[0].values()) == {"", "…", "loss …"}

    def first(part):
        empty = {"", "…", "loss …"}
        return next(n for n, frame in enumerate(frames) if frame[part] not in empty)

    order = [
        "value hidden 1",
        "value hidden 2",
        "value output",
        "loss",
        "delta output",
        "slope output 1",
        "delta hidden 1",
        "delta hidden 2",
        "slope hidden 1 1",
        "slope hidden 2 2",
    ]
    assert [first(part) for part in order] == list(range(1, len(frames)))
    for before, after in pairwise(frames):
        for part, said in before.items():
            assert said in ("", "…", "loss …") or after[part] == said  # it stays


def test_sentences_carry_the_numbers():
    said = sentences(network_stepper(X, Y, *WEIGHTS).data())
    assert said[1] == (
        "Forward, hidden 1: z = 2 · 1 + (−1) · 2 + 0 = 0, and a = σ(z) = 0.5."
    )
    assert said[4] == "Forward: the loss is ½ (0.435 − 1)² = 0.1596."
    assert said[5] == (
        "Backward, output: δ = (a − y) · a (1 − a) = −0.565 · 0.2458 = −0.1389."
    )
    assert said[7].endswith("= 3 · (−0.1389) · 0.25 = −0.1042.")


def test_boxes_in_focus_are_those_of_the_step():
    data = network_stepper(X, Y, *WEIGHTS).data()
    focus = next(b for b in data["bindings"] if b["part"] == "active")
    shown = [focus["values"][n] for n in focus["frames"]]
    assert shown[0] == "110000"  # the inputs
    assert shown[3] == "001110"  # the output and what feeds it
    assert shown[4] == "000011"  # the output and the loss
    assert shown[8] == "000110"  # hidden 2 and what it feeds


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (0, [1.0, 2.0, 3.0], "x"),
        (1, 1.0, "y"),
        (2, np.ones((3, 2)), "weight1"),
        (3, np.ones(3), "bias1"),
        (4, np.ones((2, 1)), "weight2"),
        (5, [np.nan], "bias2"),
    ],
)
def test_other_networks_are_refused(place, value, named):
    arguments = [X, Y, *WEIGHTS]
    arguments[place] = value
    with pytest.raises(ValueError, match=f"network_stepper: {named} "):
        network_stepper(*arguments)
