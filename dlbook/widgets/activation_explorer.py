"""Move along an activation function and see its value, its tangent and its slope."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.plots.palette import BLUE, GREY_TEXT, INK, ORANGE
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.neuron_explorer import signed
from dlbook.widgets.scene import Axes, Scene, number

_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": functional.sigmoid,
    "tanh": functional.tanh,
    "ReLU": functional.relu,
    "leaky ReLU": functional.leaky_relu,
    "ELU": functional.elu,
    "GELU": functional.gelu,
    "SiLU": functional.silu,
}
_POSITIONS = np.linspace(-4, 4, 33)
_FLAT = 0.01  # a slope smaller than this is called flat


def activation_explorer() -> InteractiveFigure:
    """Show seven activation functions, one at a time, with a point on the curve.

    Returns
    -------
    InteractiveFigure
        Above, the function, a point on it and the tangent there; below, its slope.
        Values and slopes are those of `dlbook.functional`; at the corners of ReLU and
        leaky ReLU the slope is the one from the left.
    """
    scene = Scene(560)
    upper = Axes(scene, (-4.4, 4.4), (-1.4, 4.2), (52, 44, 468, 300), "", "value f(z)")
    lower = Axes(scene, (-4.4, 4.4), (-0.3, 1.3), (52, 362, 468, 500), "z", "slope")
    for axes in (upper, lower):
        left, _, right, _ = axes.box
        zero = axes.y(0.0)
        scene.add("line", x1=left, x2=right, y1=zero, y2=zero, stroke=GREY_TEXT)
    for part, color in (("curve", BLUE), ("slope-curve", ORANGE)):
        scene.add("path", part, d="", stroke=color, stroke_width=3.5, fill="none")
    scene.add(
        "path", "tangent", d="", stroke=INK, stroke_width=2, stroke_dasharray="7 5"
    )
    for part, color in (("point", BLUE), ("slope-point", ORANGE)):
        scene.add("circle", part, cx=0, cy=0, r=7, fill=color, stroke=INK)
    scene.text(68, 68, "", "name", fill=BLUE, font_weight="bold")
    paths = {
        name: (_path(upper, function, 0), _path(lower, function, 1))
        for name, function in _FUNCTIONS.items()
    }

    def frame(name: str, z: float) -> Frame:
        value, slope = (float(n[0]) for n in _evaluate(_FUNCTIONS[name], np.array([z])))
        curve, slope_curve = paths[name]
        return Frame(
            {
                ("curve", "d"): curve,
                ("slope-curve", "d"): slope_curve,
                ("tangent", "d"): upper.line((slope, -1.0), value - slope * z),
                ("point", "cx"): upper.x(z),
                ("point", "cy"): upper.y(value),
                ("slope-point", "cx"): lower.x(z),
                ("slope-point", "cy"): lower.y(slope),
                ("name", "text"): name,
            },
            f"{name} at z = {signed(z)}: value {_three(value)}, slope {_three(slope)}."
            + _remark(name, z, slope),
        )

    return InteractiveFigure(
        "activation-explorer",
        "Above, the curve of an activation function over z from -4 to 4, with a point "
        "on it and the tangent there, dashed. Below, the curve of its slope, with the "
        "point at the same z.",
        scene,
        [
            Slider("function", list(_FUNCTIONS), list(_FUNCTIONS), start=0),
            Slider(
                "z",
                [float(z) for z in _POSITIONS],
                [signed(z) for z in _POSITIONS],
                start=20,
            ),
        ],
        frame,
    )


def _evaluate(
    function: Callable[[Tensor], Tensor], z: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and slopes at every z."""
    x = Tensor(z, requires_grad=True)
    result = function(x)
    result.backward(np.ones_like(z))
    assert x.grad is not None
    return result.data, x.grad


def _path(axes: Axes, function: Callable[[Tensor], Tensor], which: int) -> str:
    """Return the curve of the values (0) or slopes (1), left and right of 0.

    A slope that jumps at 0 leaves a gap there.
    """
    pieces = []
    for z in (np.linspace(-4, 0, 49), np.linspace(1e-9, 4, 49)):
        heights = _evaluate(function, z)[which]
        places = [
            f"{number(axes.x(across))} {number(axes.y(height))}"
            for across, height in zip(z, heights, strict=True)
        ]
        pieces.append("M" + "L".join(places))
    return "".join(pieces)


def _three(value: float) -> str:
    """Write a number with three decimals and a true minus sign."""
    text = f"{value:.3f}"
    return ("0.000" if text == "-0.000" else text).replace("-", "−")


def _remark(name: str, z: float, slope: float) -> str:
    if z == 0 and name in ("ReLU", "leaky ReLU"):
        return " This is a corner; the slope is the one from the left."
    if name != "leaky ReLU" and abs(slope) < _FLAT:
        return " Flat: hardly anything can be learned here."
    return " It falls here." if slope < 0 else ""
