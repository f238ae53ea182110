"""A loss of two weights and a penalty on them: where the two come to rest."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.contours import contour_lines
from dlbook.plots.palette import BLUE, GREY_LINE, INK, ORANGE
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.neuron_explorer import signed
from dlbook.widgets.scene import Axes, Scene

PENALTIES = {"L2": 0.0, "L1": 1.0, "elastic net, half of each": 0.5}
"""Name of each penalty and its share of L1."""
TILTS = (-0.7, 0.0, 0.7)
STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0)
_LIMITS = (-4.1, 5.0), (-4.375, 4.375)  # one scale on both axes
_LEVELS = (0.15, 0.6, 1.5, 3.0, 5.0)
_SIDE = 49


def penalty_geometry(
    optimum: ArrayLike = (3.0, 1.0), curvature: ArrayLike = (1.0, 2.0)
) -> InteractiveFigure:
    r"""Show the minimum of a quadratic loss plus a penalty, for two weights.

    .. math::
        \tfrac12 (w - w^\ast)^\top H (w - w^\ast)
        + \lambda \bigl( \rho \lVert w \rVert_1
        + \tfrac12 (1 - \rho) \lVert w \rVert_2^2 \bigr)

    A slider sets the tilt t of the ellipses; the off-diagonal of H is t times the root
    of the product of its diagonal.

    Parameters
    ----------
    optimum : array_like, shape (2,)
        :math:`w^\ast`, the minimum without a penalty.
    curvature : array_like, shape (2,)
        The diagonal of H, positive.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a shape is not (2,), or a curvature is not positive.
    """
    best, diagonal = np.asarray(optimum, float), np.asarray(curvature, float)
    if best.shape != (2,) or diagonal.shape != (2,):
        raise ValueError(
            f"optimum and curvature must have shape (2,), got {best.shape} and "
            f"{diagonal.shape}"
        )
    if not (diagonal > 0).all():
        raise ValueError(f"curvature must be positive, got {diagonal}")
    scene = Scene(492)
    axes = Axes(scene, *_LIMITS, (52, 40, 468, 440), "weight 1", "weight 2")
    for level in range(len(_LEVELS)):
        scene.add(
            "path",
            f"level-{level}",
            d="",
            stroke=GREY_LINE,
            stroke_width=1.5,
            fill="none",
        )
    scene.add("path", "set", d="", stroke=BLUE, stroke_width=2, fill=BLUE,
              fill_opacity=0.15)  # fmt: skip
    scene.add("path", "touching", d="", stroke=INK, stroke_width=2, fill="none")
    scene.add("path", "way", d="", stroke=ORANGE, stroke_width=3, fill="none")
    scene.add("circle", cx=axes.x(best[0]), cy=axes.y(best[1]), r=5, fill="#fff",
              stroke=INK)  # fmt: skip
    scene.add("circle", "now", cx=0.0, cy=0.0, r=7, fill=ORANGE, stroke=INK)

    columns, rows = (np.linspace(*limits, _SIDE) for limits in _LIMITS)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1)  # (side, side, 2)
    hessians = {tilt: hessian(diagonal, tilt) for tilt in TILTS}
    heights = {tilt: loss(grid, best, h) for tilt, h in hessians.items()}
    ellipses = {
        tilt: [
            axes.path(contour_lines(columns, rows, height, level)) for level in _LEVELS
        ]
        for tilt, height in heights.items()
    }
    ways = {
        (name, tilt): np.array(
            [
                minimum(best, hessians[tilt], strength, share)
                for strength in np.geomspace(0.01, STRENGTHS[-1], 40)
            ]
        )
        for name, share in PENALTIES.items()
        for tilt in TILTS
    }

    def frame(name: str, tilt: float, strength: float) -> Frame:
        share, h = PENALTIES[name], hessians[tilt]
        w = minimum(best, h, strength, share)
        through = loss(w, best, h)
        changes = {(f"level-{n}", "d"): path for n, path in enumerate(ellipses[tilt])}
        touching = contour_lines(columns, rows, heights[tilt], through)
        changes |= {
            ("set", "d"): axes.path([border(w, share)]) if w.any() else "",
            ("touching", "d"): axes.path(touching) if strength else "",
            ("way", "d"): axes.path([np.vstack([best, ways[name, tilt]])]),
            ("now", "cx"): axes.x(w[0]),
            ("now", "cy"): axes.y(w[1]),
        }
        zeros = int((w == 0).sum())
        exact = ("no weight is", "one weight is", "both weights are")[zeros]
        return Frame(
            changes,
            f"{name}, strength {strength:g}: w = ({signed(w[0])}, {signed(w[1])}), "
            f"loss {through:.2f}; {exact} exactly zero.",
        )

    return InteractiveFigure(
        "penalty-geometry",
        "Grey ellipses of equal loss around its minimum, a small circle. Around the "
        "origin, in blue, the weights whose penalty is no larger than at the orange "
        "disc: a round disc for L2, a square on its tip for L1, a square with bulging "
        "sides for the elastic net. The black ellipse touches it at the orange disc, "
        "where loss plus penalty is least; an orange line joins these places for all "
        "strengths.",
        scene,
        [
            Slider("penalty", list(PENALTIES), list(PENALTIES), start=1),
            Slider(
                "tilt of the ellipses",
                list(TILTS),
                [f"{tilt:g}".replace("-", "−") for tilt in TILTS],
                start=1,
            ),
            Slider(
                "strength",
                list(STRENGTHS),
                [f"{strength:g}" for strength in STRENGTHS],
                start=6,
                steps=True,
            ),
        ],
        frame,
    )


def hessian(diagonal: np.ndarray, tilt: float) -> np.ndarray:
    """Return the matrix of second derivatives, shape (2, 2)."""
    cross = tilt * float(np.sqrt(diagonal.prod()))
    return np.array([[diagonal[0], cross], [cross, diagonal[1]]])


def loss(w: np.ndarray, optimum: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Return the loss at places w of shape (..., 2), without the penalty."""
    away = w - optimum
    return 0.5 * np.einsum("...i,ij,...j->...", away, hessian, away)


def minimum(
    optimum: np.ndarray, hessian: np.ndarray, strength: float, share: float
) -> np.ndarray:
    """Return the weights (2,) with the least loss plus penalty, zeros exact.

    The gradient is linear as long as no weight changes its sign, so each combination
    of signs +, 0, - has one candidate; the best of those with these signs is it.
    """
    l1, l2 = strength * share, strength * (1 - share)
    right, matrix = hessian @ optimum, hessian + l2 * np.eye(2)
    found, least = np.zeros(2), np.inf
    for signs in product((-1.0, 0.0, 1.0), repeat=2):
        s = np.array(signs)
        free = s != 0 if l1 else np.array([True, True])
        w = np.zeros(2)
        w[free] = np.linalg.solve(matrix[np.ix_(free, free)], (right - l1 * s)[free])
        if l1 and (np.sign(w) != s).any():
            continue
        value = 0.5 * w @ matrix @ w - right @ w + l1 * np.abs(w).sum()
        if value < least:
            found, least = w, value
    return found


def border(w: np.ndarray, share: float) -> np.ndarray:
    """Return the places with the penalty that w has, shape (points, 2), closed."""
    directions = np.linspace(0, 2 * np.pi, 73)  # the four axes among them
    unit = np.column_stack([np.cos(directions), np.sin(directions)])
    level = share * np.abs(w).sum() + 0.5 * (1 - share) * (w @ w)
    linear, square = share * np.abs(unit).sum(axis=1), 0.5 * (1 - share)
    # the radius r with linear * r + square * r^2 = level
    radius = 2 * level / (linear + np.sqrt(linear**2 + 4 * square * level))
    return radius[:, np.newaxis] * unit
