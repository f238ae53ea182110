"""The recurrent stepper: torch's own cell and autograd compute each number again."""

import re

import numpy as np
import pytest
import torch

from dlbook.widgets import recurrent_stepper
from dlbook.widgets.recurrent_stepper import RADII, text

X = np.array([[0.6, -0.2], [-0.3, 0.4], [0.2, 0.1], [0.5, -0.6]])
W_IH = np.array([[0.8, -0.5], [0.2, 0.5]])
W_HH = np.array([[0.6, -0.7], [0.9, 0.4]])
B, V = np.array([0.1, -0.2]), np.array([1.0, -0.5])
T = len(X)
STEPS = 2 * T + 2


@pytest.fixture(scope="module")
def figure():
    return recurrent_stepper(X, W_IH, W_HH, B, V, names="word")


def frame(figure, step, radius):
    return figure.frames[step * len(RADII) + RADII.index(radius)]


def number(said):
    return float(said.replace("−", "-"))


def numbers(sentence):
    return [number(n) for n in re.findall(r"−?\d+\.\d+", sentence)]


def close(shown, expected):
    """Three digits are shown, three decimals at most."""
    np.testing.assert_allclose(shown, expected, rtol=5.1e-3, atol=5.1e-4)


def by_torch(radius):
    """Return torch's states, the gradients at them, and the gradient of W_hh."""
    scale = radius / np.abs(np.linalg.eigvals(W_HH)).max()
    cell = torch.nn.RNNCell(2, 2).double()
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(W_IH))
        cell.weight_hh.copy_(torch.tensor(W_HH * scale))
        cell.bias_ih.copy_(torch.tensor(B))
        cell.bias_hh.zero_()
    states = [torch.zeros(2, dtype=torch.float64, requires_grad=True)]
    for x in torch.tensor(X):
        states.append(cell(x, states[-1]))
        states[-1].retain_grad()
    (states[-1] @ torch.tensor(V)).backward(retain_graph=True)
    grads = np.stack([h.grad.numpy().copy() for h in states])
    jacobians = [
        torch.stack(
            [
                torch.autograd.grad(
                    states[-1][i], h, retain_graph=True, materialize_grads=True
                )[0]
                for i in range(2)
            ]
        ).numpy()
        for h in states[:-1]
    ]
    return (
        np.stack([h.detach().numpy() for h in states]),
        grads,
        jacobians,
        cell,
    )


@pytest.mark.parametrize("radius", RADII)
def test_the_last_frame_shows_what_torch_computes(figure, radius):
    last = frame(figure, STEPS - 1, radius).changes
    states, grads, jacobians, cell = by_torch(radius)
    for t in range(T + 1):
        shown = [number(last[f"h {t} {i + 1}", "text"]) for i in range(2)]
        np.testing.assert_allclose(shown, states[t], rtol=0, atol=0.0051)
        close([number(last[f"grad {t} {i + 1}", "text"]) for i in range(2)], grads[t])
        close(number(last[f"norm {t}", "text"]), np.linalg.norm(grads[t]))
    hh = [number(last[f"W_hh {i + 1} {k + 1}", "text"]) for i, k in np.ndindex(2, 2)]
    close(hh, cell.weight_hh.detach().numpy().ravel())
    table = [
        [number(last[f"row {n} {i + 1}", "text"]) for i in range(2)] for n in range(8)
    ]
    close(table[3], grads[0])
    close(table[4:6], jacobians[0])
    close(table[6:], cell.weight_hh.grad.numpy())


@pytest.mark.parametrize("radius", RADII)
def test_each_step_back_has_the_jacobian_that_torch_finds(figure, radius):
    _, grads, jacobians, _ = by_torch(radius)
    for t in range(T, 0, -1):
        at = frame(figure, STEPS - t, radius)
        assert f"from h{chr(0x2080 + t)} to h{chr(0x2080 + t - 1)}" in at.sentence
        norm = np.linalg.svd(jacobians[t - 1])[1][0]
        *_, length, told = numbers(at.sentence)
        close([length, told], [np.linalg.norm(grads[t - 1]), norm])
        close(number(at.changes["row 5", "text"].split()[-1]), norm)


def test_a_step_forward_adds_up_in_the_sentence(figure):
    for t in range(1, T + 1):
        at = frame(figure, t, 0.9)
        radius, *told = numbers(at.sentence)
        assert radius == 0.9
        parts = np.reshape(told, (5, 2))  # input, state, bias, sum, tanh
        close(parts[0], W_IH @ X[t - 1])
        close(parts[2], B)
        np.testing.assert_allclose(parts[:3].sum(axis=0), parts[3], atol=3e-3)
        np.testing.assert_allclose(np.tanh(parts[3]), parts[4], atol=2e-3)
        shown = [number(at.changes[f"row 4 {i + 1}", "text"]) for i in range(2)]
        np.testing.assert_array_equal(shown, parts[4])
        before = [number(at.changes[f"h {t - 1} {i + 1}", "text"]) for i in range(2)]
        scale = 0.9 / np.abs(np.linalg.eigvals(W_HH)).max()
        np.testing.assert_allclose(scale * W_HH @ before, parts[1], atol=0.012)


def test_states_appear_from_the_left_and_gradients_from_the_right(figure):
    for step in range(STEPS):
        changes = frame(figure, step, 1.0).changes
        states = [changes[f"h {t} 1", "text"] != "…" for t in range(T + 1)]
        assert states == [t <= step for t in range(T + 1)]
        back = [changes[f"grad {t} 1", "text"] != "" for t in range(T + 1)]
        assert back == [t >= STEPS - 1 - step for t in range(T + 1)]
        arrows = changes["back", "shown"]
        assert arrows == "".join(str(int(b)) for b in back[:-1])
        bars = [float(changes[f"bar {t}", "height"]) > 0 for t in range(T + 1)]
        assert not any(b and not seen for b, seen in zip(bars, back, strict=True))


def test_bars_are_logarithms_of_the_lengths(figure):
    heights, logs = [], []
    for radius in RADII:
        changes = frame(figure, STEPS - 1, radius).changes
        grads = by_torch(radius)[1]
        for t in range(T + 1):
            top = float(changes[f"bar {t}", "y"])
            tall = float(changes[f"bar {t}", "height"])
            log = np.log10(np.linalg.norm(grads[t]))
            heights.append(170 - top if log > 0 else 170 - top - tall)
            logs.append(log)
    decade = 46 / np.ceil(np.abs(logs).max())
    np.testing.assert_allclose(heights, decade * np.array(logs), atol=0.11)


def test_boxes_in_focus_are_those_of_the_step(figure):
    shown = [frame(figure, s, 1.0).changes["active", "shown"] for s in range(STEPS)]
    assert shown[0] == "10000" + "0000"
    assert shown[2] == "01100" + "0100"
    assert shown[T + 1] == "00001" + "0000"
    assert shown[T + 2] == "00011" + "0000"
    assert shown[-1] == "11000" + "0000"


def test_inputs_of_one_number_need_no_second_axis():
    flat = recurrent_stepper([0.5, -1.0], [1.0, 2.0], W_HH)
    column = recurrent_stepper([[0.5], [-1.0]], [[1.0], [2.0]], W_HH)
    assert flat.data() == column.data()
    assert len(flat.frames) == 6 * len(RADII)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0.000"), (-0.0004, "0.000"), (-0.25, "−0.250"), (1.234, "1.23"),
     (9.999, "10.00"), (-12.34, "−12.3"), (123.4, "123.4")],
)  # fmt: skip
def test_numbers_are_short(value, said):
    assert text(value) == said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x": np.zeros((7, 2))}, r"x must have shape .* got \(7, 2\)"),
        ({"x": np.zeros((1, 2))}, r"got \(1, 2\)"),
        ({"x": np.zeros((4, 3))}, r"got \(4, 3\)"),
        ({"x": np.full((4, 2), np.nan)}, "x must be finite"),
        ({"weight_ih": np.zeros((2, 3))}, r"weight_ih has shape \(2, 3\)"),
        ({"weight_hh": np.zeros((3, 3))}, r"weight_hh has shape \(3, 3\)"),
        ({"weight_hh": [[0, 1], [0, 0]]}, "spectral radius of weight_hh is 0"),
        ({"bias": [1.0]}, r"bias has shape \(1,\)"),
        ({"readout": [0.0, 0.0]}, "readout is zero"),
        ({"radii": [1.0]}, "radii must be two or more"),
        ({"radii": [0.9, -1.0]}, "radii must be two or more positive"),
        ({"start": 0.7}, "start must be one of radii, got 0.7"),
        ({"names": "abc"}, "3 names for 4 inputs"),
    ],
)
def test_other_networks_are_refused(change, says):
    arguments = {"x": X, "weight_ih": W_IH, "weight_hh": W_HH} | change
    with pytest.raises(ValueError, match=f"recurrent_stepper: .*{says}"):
        recurrent_stepper(**arguments)


def test_a_figure_is_light_enough_for_a_page():
    wide = recurrent_stepper(np.zeros((6, 2)) + 0.3, W_IH, W_HH)
    assert len(wide._repr_html_().encode()) < 90_000
