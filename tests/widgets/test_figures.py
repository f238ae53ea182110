"""The concrete figures: what a frame shows is computed again, another way."""

import numpy as np
import pytest

from dlbook.autograd import Tensor, Value
from dlbook.widgets import backward_stepper, neuron_explorer, perceptron_steps

X = np.array([[0.0, 0.0], [1.0, 0.2], [3.0, 2.0], [4.0, 2.5]])
Y = np.array([-1, -1, 1, 1])


def value(data, part, attribute, frame):
    binding = next(
        b for b in data["bindings"] if (b["part"], b["attribute"]) == (part, attribute)
    )
    return binding["values"][binding["frames"][frame]]


def sentence(data, frame):
    return data["sentences"]["values"][data["sentences"]["frames"][frame]]


def test_explorer_counts_the_samples_on_the_wrong_side():
    figure = neuron_explorer(X, Y)
    data = figure.data()
    directions, shifts = (control["labels"] for control in data["controls"])
    for d, s in ((0, 10), (3, 12), (12, 10), (20, 0), (7, 20)):
        angle = np.radians(float(directions[d].rstrip("°")))
        w = np.array([np.cos(angle), np.sin(angle)])
        shift = -2.5 + 0.25 * s
        wrong = [
            y * (w @ (x - X.mean(axis=0)) - shift) <= 0
            for x, y in zip(X, Y, strict=True)
        ]
        frame = d * len(shifts) + s
        assert value(data, "ring", "shown", frame) == "".join(
            str(int(b)) for b in wrong
        )
        assert f"{sum(wrong)} of 4 on the wrong side" in sentence(data, frame)


def test_explorer_refuses_other_data():
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        neuron_explorer(X[:, :1], Y)
    with pytest.raises(ValueError, match="-1 and 1"):
        neuron_explorer(X, [0, 0, 1, 1])


def test_perceptron_steps_show_each_correction():
    history = [(0, np.array([0.0, 0.0]), -1.0), (2, np.array([3.0, 2.0]), 0.0)]
    data = perceptron_steps(X, Y, history, names=("small", "large")).data()
    assert data["controls"][0]["labels"] == ["0", "1", "2"]
    assert sentence(data, 0).startswith("Before the start: w = (0.00, 0.00)")
    assert sentence(data, 1) == (
        "Correction 1, by a small: w = (0.00, 0.00), b = −1.00; "
        "2 of 4 on the wrong side. The line is outside the picture."
    )
    assert value(data, "ring", "shown", 2) == "1100"
    assert value(data, "cause", "shown", 0) == "0"
    assert value(data, "line", "d", 2).startswith("M")
    with pytest.raises(ValueError, match="correction"):
        perceptron_steps(X, Y, [])


def test_stepper_ends_with_the_gradients_of_the_engine():
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    f = (a * b + c) * a
    data = backward_stepper(f, {"a": a, "b": b, "c": c}).data()
    last = len(data["controls"][0]["labels"]) - 1
    f.backward()
    shown = [
        value(data, f"grad-{n}", "text", last).removeprefix("grad ").replace("−", "-")
        for n in range(6)
    ]
    assert sorted(map(float, shown)) == sorted(n.grad for n in f.graph())
    first = [value(data, f"value-{n}", "text", 0) for n in range(6)]
    assert sorted(first) == sorted(["2", "−3", "10", "…", "…", "…"])
    told = [sentence(data, frame) for frame in range(last + 1)]
    assert sum("adds to" in text for text in told) == 1  # a is used twice
    assert "It adds to 4 from another path: −2." in told[-2] + told[-1]


def test_stepper_does_not_run_backward_itself():
    a = Value(2.0)
    f = a * a
    backward_stepper(f)
    assert (a.grad, f.grad) == (0.0, 0.0)


def test_stepper_refuses_tensors_and_wide_graphs():
    with pytest.raises(TypeError, match="Value"):
        backward_stepper(Tensor([1.0]))
    a, b, c, d, e, f, g, h = (Value(float(i)) for i in range(8))
    with pytest.raises(ValueError, match="legible"):
        backward_stepper((a * b + c * d) + (e * f + g * h))


def test_a_figure_is_light_enough_for_a_page():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 2))
    y = np.where(x[:, 0] > 0, 1, -1)
    assert len(neuron_explorer(x, y)._repr_html_().encode()) < 200_000
