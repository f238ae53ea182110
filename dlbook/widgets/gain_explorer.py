"""What a gain does to signals and gradients in a network of many layers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dlbook import functional
from dlbook.autograd import Tensor
from dlbook.plots.palette import BLUE, INK, ORANGE
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "straight": lambda z: z * 1.0,
    "ReLU": functional.relu,
    "tanh": functional.tanh,
    "sigmoid": functional.sigmoid,
    "SELU": functional.selu,
}
GAINS = {
    "0.5": 0.5,
    "0.7": 0.7,
    "0.9": 0.9,
    "1": 1.0,
    "1.1": 1.1,
    "1.25": 1.25,
    "√2": math.sqrt(2),
    "1.6": 1.6,
    "5/3": 5 / 3,
    "1.8": 1.8,
    "2": 2.0,
}
DEPTHS = (10, 30, 50)
WIDTH = 64
SAMPLES = 64
_LOWEST, _HIGHEST = -8.0, 8.0  # powers of ten that the picture shows
_HEALTHY = 1e3  # a factor larger than this, or smaller than its inverse, is remarked on


def gain_explorer() -> InteractiveFigure:
    """Show the size of outputs and gradients at every layer, for a gain.

    Layers of 64 neurons without biases; weights from N(0, g²/64), g the gain. The same
    random numbers serve at all positions.

    Returns
    -------
    InteractiveFigure
        Root mean squares, logarithmic: of the outputs of each layer (0 is the input),
        and of the gradient there, which enters at the last layer with size 1. Curves
        end where they leave the picture.
    """
    scene = Scene(424)
    axes = Axes(
        scene,
        (0, DEPTHS[-1]),
        (_LOWEST, _HIGHEST),
        (52, 64, 468, 364),
        "layer",
        "log10 of the root mean square",
    )
    left, _, right, _ = axes.box
    scene.add("line", x1=left, x2=right, y1=axes.y(0), y2=axes.y(0), stroke=INK)
    scene.add("path", "outputs", d="", stroke=BLUE, stroke_width=4, fill="none")
    scene.add(
        "path",
        "gradients",
        d="",
        stroke=ORANGE,
        stroke_width=3,
        stroke_dasharray="9 5",
        fill="none",
    )
    scene.text(300, 22, "outputs", fill=BLUE, font_weight="bold")
    scene.text(384, 22, "gradients", fill=ORANGE, font_weight="bold")

    def frame(gain: float, depth: int, name: str) -> Frame:
        outputs, gradients = sizes(ACTIVATIONS[name], gain, depth)
        left_over = outputs[-1] / outputs[0], gradients[0] / gradients[-1]
        label = next(text for text, value in GAINS.items() if value == gain)
        return Frame(
            {
                ("outputs", "d"): _path(axes, outputs),
                ("gradients", "d"): _path(axes, gradients),
            },
            f"{name}, gain {label}, {depth} layers: outputs times "
            f"{_factor(left_over[0])}, gradients times {_factor(left_over[1])}."
            + _remark("The signal", left_over[0])
            + _remark("The gradient", left_over[1]),
        )

    return InteractiveFigure(
        "gain-explorer",
        "Root mean square against layer, logarithmic: a solid curve for the outputs, "
        "from the first layer to the last, and a dashed one for the gradients, from "
        "the last to the first.",
        scene,
        [
            Slider("gain", list(GAINS.values()), list(GAINS), start=3),
            Slider("depth", list(DEPTHS), [str(d) for d in DEPTHS], start=1),
            Slider("activation", list(ACTIVATIONS), list(ACTIVATIONS), start=1),
        ],
        frame,
    )


def sizes(
    function: Callable[[Tensor], Tensor], gain: float, depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return root mean squares of outputs and of gradients at layers 0 to `depth`.

    Parameters
    ----------
    function : callable
        The activation function, element by element.
    gain : float
        Weights have the standard deviation gain / sqrt(64).
    depth : int

    Returns
    -------
    outputs, gradients : ndarray, shape (depth + 1,)
    """
    rng = np.random.default_rng(0)
    a = rng.standard_normal((SAMPLES, WIDTH))
    grad = rng.standard_normal((SAMPLES, WIDTH))
    weights, slopes, outputs = [], [], [_size(a)]
    for _ in range(depth):
        weights.append(gain / math.sqrt(WIDTH) * rng.standard_normal((WIDTH, WIDTH)))
        z = Tensor(a @ weights[-1].T, requires_grad=True)
        result = function(z)
        result.backward(np.ones_like(a))
        a = result.data
        slopes.append(z.grad)
        outputs.append(_size(a))
    gradients = [_size(grad)]
    for weight, slope in zip(reversed(weights), reversed(slopes), strict=True):
        grad = (grad * slope) @ weight
        gradients.append(_size(grad))
    return np.array(outputs), np.array(gradients[::-1])


def _size(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(x**2)))


def _path(axes: Axes, values: np.ndarray) -> str:
    """Draw a curve as far as it stays within the picture."""
    heights = np.log10(values)
    inside = (heights >= _LOWEST) & (heights <= _HIGHEST)
    points = np.column_stack([np.arange(len(values)), heights])
    return axes.path([points[inside]])


def _factor(value: float) -> str:
    return f"{value:.2f}" if 0.1 <= value < 100 else f"{value:.1e}"


def _remark(what: str, factor: float) -> str:
    if factor < 1 / _HEALTHY:
        return f" {what} vanishes."
    return f" {what} explodes." if factor > _HEALTHY else ""
