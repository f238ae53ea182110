"""A digit, what a teacher says of it at a temperature, and the student's gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.compression.distillation import soften
from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT, INK, ORANGE
from dlbook.widgets.bitmap import bitmap
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene, number

TEMPERATURES = (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 50, 100)
_LEFT, _TOP, _SIDE = 20.0, 40.0, 180.0  # of the picture
_BARS, _LONGEST, _ROW = 258.0, 150.0, 25.0


def soft_targets(
    pictures: ArrayLike,
    labels: Sequence[int],
    teacher_logits: ArrayLike,
    student_logits: ArrayLike,
) -> InteractiveFigure:
    r"""Soften a teacher's and a student's opinion of a digit, and show the gradient.

    The gradient of the cross-entropy with the soft targets, :math:`(p - q) / \tau`, is
    given by its length, as it is and multiplied by :math:`\tau^2`.

    Parameters
    ----------
    pictures : array_like, shape (K, H, W)
        At least two pictures, from 0, paper, to 1, ink.
    labels : sequence of int, length K
        Which digits they are.
    teacher_logits, student_logits : array_like, shape (K, 10)

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a shape does not fit, the pictures leave [0, 1] or a logit is not finite.
    """
    images = np.asarray(pictures, dtype=np.float64)
    if images.ndim != 3 or len(images) < 2:
        raise ValueError(
            "soft_targets: pictures must have shape (K, H, W) with K at least 2, got "
            f"{images.shape}"
        )
    if not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"soft_targets: pictures must lie in [0, 1], got {images.min():g} to "
            f"{images.max():g}"
        )
    if len(labels) != len(images):
        raise ValueError(
            f"soft_targets: {len(labels)} labels for {len(images)} pictures"
        )
    given = {"teacher_logits": teacher_logits, "student_logits": student_logits}
    scores = {name: np.asarray(z, dtype=np.float64) for name, z in given.items()}
    for name, z in scores.items():
        if z.shape != (len(images), 10):
            raise ValueError(
                f"soft_targets: {name} must have shape ({len(images)}, 10), got "
                f"{z.shape}"
            )
        if not np.isfinite(z).all():
            raise ValueError(f"soft_targets: {name} must be finite")
    v, z = scores["teacher_logits"], scores["student_logits"]
    grays = np.arange(255, -1, -1, dtype=np.uint8)[:, np.newaxis].repeat(3, axis=1)
    addresses = [bitmap(np.rint(255 * i).astype(np.uint8), grays) for i in images]

    def frame(which: int, tau: float) -> Frame:
        q, p = soften(v[which], tau), soften(z[which], tau)
        length = float(np.linalg.norm(p - q)) / tau
        changes: dict[tuple[str, str], object] = {
            ("picture", "href"): addresses[which],
            ("length", "text"): f"length {digits_of(length)}",
            ("scaled", "text"): f"times τ² {digits_of(tau**2 * length)}",
        }
        for digit in range(10):
            changes[f"bar {digit}", "width"] = number(_LONGEST * float(q[digit]))
            x = _BARS + _LONGEST * float(p[digit]) - 1.5
            changes[f"mark {digit}", "x"] = number(x)
            changes[f"share {digit}", "text"] = _percent(q[digit])
        first, second, third = np.argsort(-v[which], kind="stable")[:3]
        return Frame(
            changes,
            f"{'An' if labels[which] == 8 else 'A'} {labels[which]} at temperature "
            f"{tau:g}: the teacher says {first} ({_percent(q[first])}), then {second} "
            f"({_percent(q[second])}) and {third} ({_percent(q[third])}). Length of "
            f"the gradient {digits_of(length)}, times τ² {digits_of(tau**2 * length)}.",
        )

    return InteractiveFigure(
        "soft-targets",
        "On the left a digit, on the right ten bars, the teacher's probabilities of "
        "the digits 0 to 9 at a temperature. A mark on each row is the student's. "
        "Below the digit, the length of the gradient without and with the factor τ².",
        _sheet(addresses[0]),
        [
            Slider("digit", range(len(images)), _labels(labels)),
            Slider(
                "temperature τ",
                TEMPERATURES,
                [f"{tau:g}" for tau in TEMPERATURES],
                start=TEMPERATURES.index(1),
            ),
        ],
        frame,
    )


def digits_of(value: float) -> str:
    """Write a length with two digits that count, and without an exponent."""
    if value < 5e-7:
        return "0"
    places = max(0, 1 - int(np.floor(np.log10(value))))
    return f"{value:.{places}f}"


def _labels(labels: Sequence[int]) -> list[str]:
    """Return the digits as texts, numbered where one comes more than once."""
    texts = [str(label) for label in labels]
    return [
        f"{text}, number {texts[:n].count(text) + 1}" if texts.count(text) > 1 else text
        for n, text in enumerate(texts)
    ]


def _percent(share: float) -> str:
    return "<0.1%" if share < 0.0005 else f"{100 * share:.1f}%"


def _sheet(address: str) -> Scene:
    scene = Scene(364)
    scene.text(_LEFT, 24, "the digit")
    scene.text(_BARS - 24, 24, "what the teacher says")
    scene.add(
        "image",
        "picture",
        x=_LEFT,
        y=_TOP,
        width=_SIDE,
        height=_SIDE,
        href=address,
        preserveAspectRatio="none",
        style="image-rendering:pixelated",
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
        scene.add(
            "rect",
            f"mark {digit}",
            x=_BARS,
            y=y,
            width=3,
            height=_ROW - 1,
            fill=ORANGE,
        )
        scene.text(468, y + 17, "", f"share {digit}", text_anchor="end", fill=GREY_TEXT)
    bottom = _TOP + 10 * _ROW
    scene.add("line", x1=_BARS, x2=_BARS, y1=_TOP, y2=bottom, stroke=INK)
    scene.text(_LEFT, 250, "gradient", font_weight="bold")
    scene.text(_LEFT, 274, "", "length")
    scene.text(_LEFT, 298, "", "scaled")
    scene.add("rect", x=_BARS - 24, y=bottom + 20, width=14, height=14, fill=BLUE)
    scene.text(_BARS - 4, bottom + 33, "teacher")
    scene.add("rect", x=_BARS + 86, y=bottom + 18, width=3, height=18, fill=ORANGE)
    scene.text(_BARS + 96, bottom + 33, "student")
    return scene
