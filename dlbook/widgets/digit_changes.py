"""A digit that is turned, shifted and mirrored, and what a classifier says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.data.augmentation.geometry import affine
from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene, number

ANGLES = (-90, -60, -40, -20, -10, 0, 10, 20, 40, 60, 90, 180)  # degrees
SHIFTS = (-2, -1, 0, 1, 2)  # pixels to the right
_LEFT, _TOP, _SIDE = 20.0, 40.0, 216.0  # of the picture
_BARS, _LONGEST, _ROW = 290.0, 120.0, 25.0
_GRAYS = 16


def digit_changes(
    digits: ArrayLike,
    labels: Sequence[int],
    classify: Callable[[np.ndarray], np.ndarray],
) -> InteractiveFigure:
    """Show a changed digit, and the probabilities that a classifier gives to it.

    The digit is mirrored first, then rotated about its middle, then shifted, with
    bilinear interpolation.

    Parameters
    ----------
    digits : array_like, shape (K, H, H)
        At least two square pictures, from 0, paper, to 1, ink.
    labels : sequence of int, length K
        Which digits they are.
    classify : callable
        Takes images of shape (N, H, H) and returns probabilities of shape (N, 10).

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If the pictures are not square or not two at least, their numbers leave [0, 1],
        there is not one label for each, or `classify` returns another shape.
    """
    pictures = np.asarray(digits, dtype=np.float64)
    if pictures.ndim != 3 or len(pictures) < 2 or len(set(pictures.shape[1:])) != 1:
        raise ValueError(
            "digit_changes: digits must have shape (K, H, H) with K at least 2, got "
            f"{pictures.shape}"
        )
    if not (pictures.min() >= 0 and pictures.max() <= 1):
        raise ValueError(
            f"digit_changes: digits must lie in [0, 1], got {pictures.min():g} to "
            f"{pictures.max():g}"
        )
    if len(labels) != len(pictures):
        raise ValueError(
            f"digit_changes: {len(labels)} labels for {len(pictures)} digits"
        )
    side = pictures.shape[1]
    scene = Scene(330)
    scene.text(_LEFT, 24, "what the network sees")
    scene.text(_BARS - 24, 24, "what it says")
    pixel = _SIDE / side
    for row in range(side):
        for column in range(side):
            scene.add(
                "rect",
                _part(row, column),
                x=_LEFT + column * pixel,
                y=_TOP + row * pixel,
                width=pixel,
                height=pixel,
                fill="#fff",
                shape_rendering="crispEdges",
            )
    scene.add(
        "rect",
        x=_LEFT,
        y=_TOP,
        width=_SIDE,
        height=_SIDE,
        fill="none",
        stroke=GREY_LINE,
    )
    for digit in range(10):
        y = _TOP + digit * _ROW
        scene.text(_BARS - 24, y + 17, str(digit))
        scene.add(
            "rect", f"bar {digit}", x=_BARS, y=y + 3, width=0, height=18, fill=BLUE
        )
        scene.text(_BARS + _LONGEST + 8, y + 17, "", f"share {digit}", fill=GREY_TEXT)
    scene.add(
        "line",
        x1=_BARS,
        x2=_BARS,
        y1=_TOP,
        y2=_TOP + 10 * _ROW,
        stroke=INK,
    )

    def frame(which: int, mirrored: bool, degrees: float, shift: float) -> Frame:
        picture = pictures[which][:, ::-1] if mirrored else pictures[which]
        changed = affine(picture[np.newaxis], degrees=degrees, translate=(shift, 0))
        (p,) = np.asarray(classify(changed))
        if p.shape != (10,):
            raise ValueError(
                f"digit_changes: classify returned {p.shape} for an image, expected "
                "(10,)"
            )
        changes: dict[tuple[str, str], object] = {}
        for row in range(side):
            for column in range(side):
                changes[_part(row, column), "fill"] = _gray(changed[0, row, column])
        for digit in range(10):
            changes[f"bar {digit}", "width"] = number(_LONGEST * float(p[digit]))
            changes[f"share {digit}", "text"] = _percent(p[digit])
        first, second = np.argsort(-p, kind="stable")[:2]
        return Frame(
            changes,
            f"{_article(labels[which])}{', mirrored' if mirrored else ''}, rotated by "
            f"{_signed(degrees)}°, shifted by {_signed(shift)}: the network says "
            f"{first} ({_percent(p[first])}), then {second} ({_percent(p[second])}).",
        )

    return InteractiveFigure(
        "digit-changes",
        f"On the left a digit of {side} by {side} pixels, on the right ten bars, the "
        "probabilities that a network gives to the digits 0 to 9.",
        scene,
        [
            Slider("digit", range(len(pictures)), [str(label) for label in labels]),
            Slider("mirrored", (False, True), ("no", "yes")),
            Slider(
                "rotation, counterclockwise",
                ANGLES,
                [f"{_signed(a)}°" for a in ANGLES],
                start=ANGLES.index(0),
            ),
            Slider(
                "shift to the right, in pixels",
                SHIFTS,
                [_signed(s) for s in SHIFTS],
                start=SHIFTS.index(0),
            ),
        ],
        frame,
    )


def _part(row: int, column: int) -> str:
    return f"{row} {column}"


def _gray(ink: float) -> str:
    """Return one of a few grays, as a color of three digits."""
    return "#" + 3 * f"{round((1 - ink) * (_GRAYS - 1)):x}"


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _article(label: int) -> str:
    return f"An {label}" if label == 8 else f"A {label}"
