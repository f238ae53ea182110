"""Three optimizers race on a surface, from a start and with settings that one sets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlbook.plots.contours import contour_lines
from dlbook.plots.palette import BLUE, GREEN, GREY_LINE, INK, ORANGE
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene

LIMIT = 2.2  # of the square that the picture shows
RATES = (0.01, 0.03, 0.09, 0.12)
MOMENTA = (0.5, 0.8, 0.95)
STARTS = {"upper left": (-1.4, 1.5), "lower left": (-1.8, -1.2)}
STEPS = (0, 3, 10, 30, 90)
RULES = ("plain", "momentum", "Nesterov")
_COLORS = (BLUE, ORANGE, GREEN)
_DASHES = ("", "7 4", "2 4")
_LEVELS = 7
_SIDE = 41
_FAR = 50.0  # beyond, a walk is lost and ends

Place = np.ndarray


def valley(x: Place, y: Place) -> tuple[Place, Place, Place]:
    """Return height and slopes of a straight valley, curvatures 20 and 0.5."""
    along, across = 0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y
    return (
        0.25 * along**2 + 10 * across**2,
        0.4 * along + 12 * across,
        -0.3 * along + 16 * across,
    )


def winding(x: Place, y: Place) -> tuple[Place, Place, Place]:
    """Return height and slopes of a valley along a sine, lowest at x = 1.5."""
    off = y - 0.8 * np.sin(1.5 * x)
    return (
        0.25 * (x - 1.5) ** 2 + 3 * off**2,
        0.5 * (x - 1.5) - 7.2 * off * np.cos(1.5 * x),
        6 * off,
    )


def basins(x: Place, y: Place) -> tuple[Place, Place, Place]:
    """Return height and slopes of two basins, of which the right one is deeper."""
    return (
        2.5 * (x**4 / 4 - x**2 / 2 - 0.1 * x) + 2 * y**2,
        2.5 * (x**3 - x - 0.1),
        4 * y,
    )


SURFACES: dict[str, Callable[[Place, Place], tuple[Place, Place, Place]]] = {
    "straight valley": valley,
    "winding valley": winding,
    "two basins": basins,
}


def race(
    surface: str, start: tuple[float, float], rule: str, rate: float, momentum: float
) -> np.ndarray:
    """Return the places of one walk, shape (steps + 1, 2).

    The walk ends early where it is lost: more than 50 away from the middle.

    Parameters
    ----------
    surface : str
        A key of `SURFACES`.
    start : (float, float)
    rule : "plain", "momentum" or "Nesterov"
    rate, momentum : float
        The momentum counts unless the rule is "plain".
    """
    mu = 0.0 if rule == "plain" else momentum
    places, velocity = [np.array(start)], np.zeros(2)
    for _ in range(STEPS[-1]):
        gradient = np.array(SURFACES[surface](*places[-1])[1:])
        velocity = mu * velocity + gradient
        step = gradient + mu * velocity if rule == "Nesterov" else velocity
        places.append(places[-1] - rate * step)
        if np.abs(places[-1]).max() > _FAR:
            break
    return np.array(places)


def optimizer_race() -> InteractiveFigure:
    """Let plain descent, momentum and Nesterov momentum race.

    Returns
    -------
    InteractiveFigure
        With sliders for surface, start, learning rate, momentum and steps.
    """
    scene = Scene(440)
    limits = (-LIMIT, LIMIT)
    axes = Axes(
        scene, limits, limits, (52, 66, 468, 392), "first weight", "second weight"
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
    scene.add("circle", "start", cx=0.0, cy=0.0, r=5, fill="#fff", stroke=INK)
    for n, (rule, color, dash) in enumerate(zip(RULES, _COLORS, _DASHES, strict=True)):
        scene.add(
            "path",
            f"walk-{n}",
            d="",
            stroke=color,
            stroke_width=2.5,
            stroke_dasharray=dash or "none",
            fill="none",
        )
        scene.add(
            "circle",
            f"now-{n}",
            cx=0.0,
            cy=0.0,
            r=7 - n,
            fill=color,
            stroke=INK,
            visibility="visible",
        )
        left = 60 + 140 * n
        scene.add(
            "line",
            x1=left,
            x2=left + 34,
            y1=18,
            y2=18,
            stroke=color,
            stroke_width=3,
            stroke_dasharray=dash or "none",
        )
        scene.text(left + 40, 23, rule)

    grid = np.linspace(*limits, _SIDE)
    levels, lowest = {}, {}
    for name, surface in SURFACES.items():
        heights = surface(*np.meshgrid(grid, grid))[0]
        lowest[name] = lowest_height(name)
        steps = np.arange(1, _LEVELS + 1) / (_LEVELS + 1)
        values = lowest[name] + steps**2.5 * (heights.max() - lowest[name])
        levels[name] = [
            axes.path(contour_lines(grid, grid, heights, value)) for value in values
        ]

    run: dict[tuple, np.ndarray] = {}

    def frame(
        surface: str, start: str, rate: float, momentum: float, steps: int
    ) -> Frame:
        begin = STARTS[start]
        changes: dict[tuple[str, str], object] = {
            (f"level-{level}", "d"): path for level, path in enumerate(levels[surface])
        }
        changes |= {
            ("start", "cx"): axes.x(begin[0]),
            ("start", "cy"): axes.y(begin[1]),
        }
        told = []
        for n, rule in enumerate(RULES):
            mu = 0.0 if rule == "plain" else momentum
            key = surface, begin, rule, rate, mu
            if key not in run:
                run[key] = race(*key)
            walk = run[key]
            places = walk[: steps + 1]
            shown = np.clip(places, -1.02 * LIMIT, 1.02 * LIMIT)
            changes[f"walk-{n}", "d"] = axes.path([shown])
            changes[f"now-{n}", "cx"] = axes.x(shown[-1, 0])
            changes[f"now-{n}", "cy"] = axes.y(shown[-1, 1])
            if len(places) < steps + 1 or np.abs(places[-1]).max() > _FAR:
                told.append(f"{rule} is lost")
                continue
            above = SURFACES[surface](*places[-1])[0] - lowest[surface]
            told.append(f"{rule} {max(above, 0.0):.3f}")
        return Frame(
            changes,
            f"Above the lowest point after {steps} steps: {', '.join(told)}.",
        )

    return InteractiveFigure(
        "optimizer-race",
        "Lines of equal height of a surface, and the walks of three optimizers over "
        "it: plain gradient descent a solid blue line, momentum a dashed orange one, "
        "Nesterov momentum a dotted green one. A circle marks the start, a disc where "
        "each is now.",
        scene,
        [
            Slider("surface", list(SURFACES), list(SURFACES)),
            Slider("start", list(STARTS), list(STARTS)),
            Slider("learning rate", list(RATES), [f"{r:g}" for r in RATES], start=1),
            Slider("momentum", list(MOMENTA), [f"{m:g}" for m in MOMENTA], start=1),
            Slider("steps", list(STEPS), [str(s) for s in STEPS], start=3, steps=True),
        ],
        frame,
    )


def lowest_height(surface: str) -> float:
    """Return the height of the lowest point, found on a grid and then descended."""
    grid = np.linspace(-LIMIT, LIMIT, _SIDE)
    heights = SURFACES[surface](*np.meshgrid(grid, grid))[0]
    row, column = np.unravel_index(heights.argmin(), heights.shape)
    place = np.array([grid[column], grid[row]])
    for _ in range(2000):
        place = place - 0.04 * np.array(SURFACES[surface](*place)[1:])
    return float(SURFACES[surface](*place)[0])
