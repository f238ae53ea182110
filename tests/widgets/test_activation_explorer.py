"""The explorer of activation functions: its frames, computed again by differences."""

import math
import re

import numpy as np
import pytest

from dlbook.widgets import activation_explorer

FORMULAS = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "ReLU": lambda z: max(z, 0.0),
    "leaky ReLU": lambda z: max(z, 0.01 * z),
    "ELU": lambda z: z if z > 0 else math.exp(z) - 1,
    "GELU": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
    "SiLU": lambda z: z / (1 + math.exp(-z)),
}
UPPER = (52, 44, 468, 300), (-4.4, 4.4), (-1.4, 4.2)
LOWER = (52, 362, 468, 500), (-4.4, 4.4), (-0.3, 1.3)


@pytest.fixture(scope="module")
def data():
    return activation_explorer().data()


def slope_of(f, z):
    """Return the slope from the left, which is the slope where there is no corner."""
    h = 1e-6
    return (f(z - 1e-9) - f(z - h)) / (h - 1e-9)


def place(axes, x, y):
    (left, top, right, bottom), (x0, x1), (y0, y1) = axes
    return (
        left + (x - x0) / (x1 - x0) * (right - left),
        bottom - (y - y0) / (y1 - y0) * (bottom - top),
    )


def frames(data):
    names, labels = (control["labels"] for control in data["controls"])
    for i, name in enumerate(names):
        for j, label in enumerate(labels):
            yield name, float(label.replace("−", "-")), i * len(labels) + j


def value(data, part, attribute, frame):
    binding = next(
        b for b in data["bindings"] if (b["part"], b["attribute"]) == (part, attribute)
    )
    return binding["values"][binding["frames"][frame]]


def sentence(data, frame):
    return data["sentences"]["values"][data["sentences"]["frames"][frame]]


def points(path):
    return [tuple(map(float, p)) for p in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_every_function_has_33_positions(data):
    names, labels = (control["labels"] for control in data["controls"])
    assert names == list(FORMULAS)
    assert labels[0] == "−4.00"
    assert labels[16] == "0.00"
    assert labels[-1] == "4.00"
    assert len(labels) == 33


def test_every_frame_says_value_and_slope(data):
    for name, z, frame in frames(data):
        f = FORMULAS[name]
        numbers = re.findall(r"(−?\d+\.\d+)", sentence(data, frame))
        said = [float(n.replace("−", "-")) for n in numbers]
        np.testing.assert_allclose(said, [z, f(z), slope_of(f, z)], atol=6e-4)
        assert value(data, "name", "text", frame) == name


def test_the_points_lie_on_value_and_slope(data):
    for name, z, frame in frames(data):
        f = FORMULAS[name]
        for part, axes, height in (
            ("point", UPPER, f(z)),
            ("slope-point", LOWER, slope_of(f, z)),
        ):
            shown = [float(value(data, part, c, frame)) for c in ("cx", "cy")]
            np.testing.assert_allclose(shown, place(axes, z, height), atol=0.06)


def test_the_tangent_passes_the_point_with_the_slope(data):
    for name, z, frame in frames(data):
        f = FORMULAS[name]
        (x1, y1), (x2, y2) = points(value(data, "tangent", "d", frame))
        (at, height), (_, above) = (place(UPPER, z, f(z) + up) for up in (0, 1))
        across = place(UPPER, z + 1, f(z))[0] - at
        wanted = slope_of(f, z) * (above - height) / across
        assert (y2 - y1) / (x2 - x1) == pytest.approx(wanted, abs=0.005)
        assert y1 + wanted * (at - x1) == pytest.approx(height, abs=0.5)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_curves_are_the_function_and_its_slope(data, name):
    f = FORMULAS[name]
    frame = list(FORMULAS).index(name) * 33
    grid = [*np.linspace(-4, 0, 49), *np.linspace(1e-9, 4, 49)]
    slopes = [slope_of(f, z) if z <= 0 else (f(z + 2e-6) - f(z)) / 2e-6 for z in grid]
    for part, axes, heights in (
        ("curve", UPPER, [f(z) for z in grid]),
        ("slope-curve", LOWER, slopes),
    ):
        path = value(data, part, "d", frame)
        assert path.count("M") == 2  # a jump of the slope at 0 stays a gap
        wanted = [place(axes, z, y) for z, y in zip(grid, heights, strict=True)]
        np.testing.assert_allclose(points(path), wanted, atol=0.06)


def test_remarks_name_corners_flat_and_falling_places(data):
    said = {(name, z): sentence(data, frame) for name, z, frame in frames(data)}
    corners = [place for place, text in said.items() if "corner" in text]
    assert corners == [("ReLU", 0.0), ("leaky ReLU", 0.0)]
    assert "Flat" in said["ReLU", -0.25]
    assert "Flat" in said["tanh", 4.0]
    assert "Flat" not in said["leaky ReLU", -4.0]
    assert "Flat" not in said["sigmoid", 0.0]
    falling = {name for (name, _), text in said.items() if "falls" in text}
    assert falling == {"GELU", "SiLU"}


def test_the_figure_is_light_enough_for_a_page():
    assert len(activation_explorer()._repr_html_().encode()) < 100_000
