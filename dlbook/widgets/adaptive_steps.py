"""Adaptive rules in a valley: where they walk, and the rate that each weight gets."""

from __future__ import annotations

import math

import numpy as np

from dlbook.plots.contours import contour_lines
from dlbook.plots.palette import BLUE, GREY_LINE, INK, ORANGE
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene

RULES = ("AdaGrad", "RMSProp", "Adam", "Adam without correction")
VALLEYS = {"along the axes": 0.0, "turned by 45°": math.pi / 4}
RATES = (0.03, 0.1, 0.3)
BETAS = (0.5, 0.9, 0.99, 0.999)
CURVATURES = 20.0, 0.5
START = 1.2, 0.8
STEPS = 60
BETA1 = 0.9
EPSILON = 1e-8
_LIMIT = 1.5
_SIDE = 41
_LEVELS = 7
_LOWEST, _HIGHEST = -3.0, 2.0  # powers of ten of the effective rates


def hessian(turn: float) -> np.ndarray:
    """Return the matrix of the valley, whose steep direction is turned by an angle."""
    cos, sin = math.cos(turn), math.sin(turn)
    turned = np.array([[cos, -sin], [sin, cos]])
    return turned @ np.diag(CURVATURES) @ turned.T


def walk(
    rule: str, turn: float, rate: float, beta2: float
) -> tuple[np.ndarray, np.ndarray]:
    """Walk 60 steps down the valley.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    turn : float, radians
    rate, beta2 : float
        AdaGrad has no `beta2`.

    Returns
    -------
    places : ndarray, shape (61, 2)
    rates : ndarray, shape (60, 2)
        The effective rate of each weight: what multiplies the gradient, or for Adam
        the running mean of gradients, corrected or not.
    """
    valley, place = hessian(turn), np.array(START)
    mean, square = np.zeros(2), np.zeros(2)
    places, rates = [place], []
    for t in range(1, STEPS + 1):
        gradient = valley @ place
        if rule == "AdaGrad":
            square = square + gradient**2
        else:
            square = beta2 * square + (1 - beta2) * gradient**2
        direction, root = gradient, np.sqrt(square)
        if rule.startswith("Adam"):
            mean = BETA1 * mean + (1 - BETA1) * gradient
            direction = mean
        if rule == "Adam":
            direction = mean / (1 - BETA1**t)
            root = root / math.sqrt(1 - beta2**t)
        rates.append(rate / (root + EPSILON))
        place = place - rates[-1] * direction
        places.append(place)
    return np.array(places), np.array(rates)


def adaptive_steps() -> InteractiveFigure:
    """Show the walk of an adaptive rule, and the effective rate of both weights.

    Returns
    -------
    InteractiveFigure
        With sliders for the rule, the learning rate, beta2 and the valley's direction.
    """
    scene = Scene(722)
    limits = (-_LIMIT, _LIMIT)
    upper = Axes(
        scene, limits, limits, (52, 44, 468, 350), "first weight", "second weight"
    )
    lower = Axes(
        scene,
        (0, STEPS),
        (_LOWEST, _HIGHEST),
        (52, 462, 468, 662),
        "step",
        "log10 of the effective rate",
    )
    for level in range(_LEVELS):
        scene.add(
            "path",
            f"level-{level}",
            d="",
            stroke=GREY_LINE,
            stroke_width=1,
            fill="none",
        )
    scene.add("path", "walk", d="", stroke=INK, stroke_width=2.5, fill="none")
    scene.add(
        "circle",
        cx=upper.x(START[0]),
        cy=upper.y(START[1]),
        r=5,
        fill="#fff",
        stroke=INK,
    )
    scene.add("circle", "now", cx=0.0, cy=0.0, r=6, fill=INK)
    for part, color, dash, label, x in (
        ("first", BLUE, "none", "first weight", 56),
        ("second", ORANGE, "9 5", "second weight", 216),
    ):
        scene.add(
            "path",
            part,
            d="",
            stroke=color,
            stroke_width=3,
            stroke_dasharray=dash,
            fill="none",
        )
        scene.add(
            "line",
            x1=x,
            x2=x + 24,
            y1=419,
            y2=419,
            stroke=color,
            stroke_width=3,
            stroke_dasharray=dash,
        )
        scene.text(x + 30, 424, label, fill=color, font_weight="bold")

    grid = np.linspace(*limits, _SIDE)
    across, up = np.meshgrid(grid, grid)
    levels = {}
    for name, turn in VALLEYS.items():
        (a, b), (_, d) = hessian(turn)
        heights = 0.5 * (a * across**2 + 2 * b * across * up + d * up**2)
        shares = (np.arange(1, _LEVELS + 1) / (_LEVELS + 1)) ** 2.5
        levels[name] = [
            upper.path(contour_lines(grid, grid, heights, share * heights.max()))
            for share in shares
        ]

    def frame(rule: str, rate: float, beta2: float, valley: str) -> Frame:
        turn = VALLEYS[valley]
        places, rates = walk(rule, turn, rate, beta2)
        shown = np.clip(places, -1.02 * _LIMIT, 1.02 * _LIMIT)
        heights = np.clip(np.log10(rates), _LOWEST, _HIGHEST)
        steps = np.arange(1, STEPS + 1)
        changes: dict[tuple[str, str], object] = {
            (f"level-{n}", "d"): path for n, path in enumerate(levels[valley])
        }
        changes |= {
            ("walk", "d"): upper.path([shown]),
            ("now", "cx"): upper.x(shown[-1, 0]),
            ("now", "cy"): upper.y(shown[-1, 1]),
        }
        for part, values in zip(("first", "second"), heights.T, strict=True):
            changes[part, "d"] = lower.path([np.column_stack([steps, values])])
        height = 0.5 * places[-1] @ hessian(turn) @ places[-1]
        longest = np.abs(np.diff(places, axis=0)).max() / rate
        return Frame(
            changes,
            f"{rule}: loss {height:.2g} after {STEPS} steps. Effective rates at "
            f"first {rates[0, 0]:.2g} and {rates[0, 1]:.2g}, at last "
            f"{rates[-1, 0]:.2g} and {rates[-1, 1]:.2g}. The longest step of a weight "
            f"is {longest:.2f} learning rates.",
        )

    return InteractiveFigure(
        "adaptive-steps",
        "Above, lines of equal height of a valley and the walk of an optimizer over "
        "it, from a circle to a disc. Below, the effective rate of the first weight, a "
        "solid blue curve, and of the second, a dashed orange one, against the step.",
        scene,
        [
            Slider("rule", list(RULES), list(RULES), start=2),
            Slider("learning rate", list(RATES), [f"{r:g}" for r in RATES], start=1),
            Slider("β₂", list(BETAS), [f"{b:g}" for b in BETAS], start=3),
            Slider("valley", list(VALLEYS), list(VALLEYS)),
        ],
        frame,
    )
