"""A layer that loses weights, and what the network says before and after retraining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    INK,
    ORANGE,
    TEXT_COLORS,
    TINTS,
)
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene

_COLUMNS, _GAP, _LEFT, _RIGHT, _TOP = 5, 12.0, 16.0, 464.0, 14.0
_BARS, _BAR = 190.0, 190.0  # where the bars begin, and the longest


def pruning_slider(
    weight: ArrayLike,
    kept: Sequence[float],
    masks: Mapping[str, ArrayLike],
    before: Mapping[str, ArrayLike],
    after: Mapping[str, ArrayLike],
    *,
    total: int | None = None,
) -> InteractiveFigure:
    """Let the reader prune a layer whose inputs are the pixels of a square image.

    Each output of the layer is drawn as an image of its weights, and what is pruned is
    blank. Two bars show the accuracy of the network with this mask: at once, and after
    the rest was trained on.

    Parameters
    ----------
    weight : array_like, shape (outputs, side * side)
        Of the trained network, before pruning; at most 25 outputs.
    kept : sequence of float
        Shares of the weights of the whole network that are kept, one for each position
        of the slider.
    masks : mapping of str to array_like, shape (positions, outputs, side * side)
        For each rule that chooses what goes, by its name, which weights are kept.
    before, after : mapping of str to array_like, shape (positions,)
        For each rule the accuracies in [0, 1].
    total : int, optional
        Number of weights that the shares are of; by default those of `weight`.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If a shape does not fit, the mappings name different rules, there are fewer than
        two rules, or a share or an accuracy is outside [0, 1].
    """
    values = np.asarray(weight, dtype=np.float64)
    side = round(values.shape[-1] ** 0.5) if values.ndim == 2 else 0
    if values.ndim != 2 or side**2 != values.shape[1] or not 1 <= len(values) <= 25:
        raise ValueError(
            "pruning_slider: weight must have shape (outputs, side * side) with 1 to "
            f"25 outputs, got {values.shape}"
        )
    if len(masks) < 2 or not set(masks) == set(before) == set(after):
        raise ValueError(
            "pruning_slider: masks, before and after must name the same rules, two or "
            f"more, got {list(masks)}, {list(before)} and {list(after)}"
        )
    shares = _shares("kept", kept, len(kept))
    there = {
        name: _masks(name, mask, len(kept), values) for name, mask in masks.items()
    }
    at_once = {n: _shares(f"before[{n!r}]", before[n], len(kept)) for n in masks}
    trained = {n: _shares(f"after[{n!r}]", after[n], len(kept)) for n in masks}
    size = values.size if total is None else total
    scene = _sheet(values, side)

    def frame(rule: str, place: int) -> Frame:
        mask = there[rule][place]
        pixels = int((~mask.any(axis=0)).sum())
        outputs = int((~mask.any(axis=1)).sum())
        first, then = at_once[rule][place], trained[rule][place]
        changes: dict[tuple[str, str], Any] = {
            ("weight", "shown"): "".join("01"[int(k)] for k in mask.reshape(-1)),
            ("bar before", "width"): float(_BAR * first),
            ("bar after", "width"): float(_BAR * then),
            ("before", "text"): f"{first:.1%}",
            ("after", "text"): f"{then:.1%}",
        }
        return Frame(
            changes,
            f"{_percent(shares[place])} of {size:,} weights are kept, {rule} go. In "
            f"this layer {mask.sum():,} of {mask.size:,} are left; {pixels} of "
            f"{mask.shape[1]} pixels have no weight any more, and {outputs} of "
            f"{len(mask)} units. New digits read correctly: {first:.1%} at once, "
            f"{then:.1%} after retraining.",
        )

    return InteractiveFigure(
        "pruning-slider",
        f"The weights of {len(values)} hidden units, each drawn as an image of {side} "
        f"by {side} pixels: blue above zero, orange below, the stronger the larger, "
        "and blank where the weight is pruned. Below, two bars: the accuracy at once "
        "and after retraining.",
        scene,
        [
            Slider("what is pruned", list(masks), list(masks)),
            Slider(
                "weights kept",
                list(range(len(kept))),
                [_percent(share) for share in shares],
                steps=True,
            ),
        ],
        frame,
    )


def _shares(name: str, values: ArrayLike, length: int) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (length,) or not ((array >= 0) & (array <= 1)).all():
        raise ValueError(
            f"pruning_slider: {name} must hold {length} numbers in [0, 1], got {array}"
        )
    return array


def _masks(name: str, mask: ArrayLike, length: int, weight: np.ndarray) -> np.ndarray:
    array = np.asarray(mask)
    if array.shape != (length, *weight.shape):
        raise ValueError(
            f"pruning_slider: masks[{name!r}] has shape {array.shape}, expected "
            f"{(length, *weight.shape)}"
        )
    return array.astype(bool)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _sheet(weight: np.ndarray, side: int) -> Scene:
    """Draw every weight, an image for each output, and two empty bars."""
    wide = (_RIGHT - _LEFT - (_COLUMNS - 1) * _GAP) / _COLUMNS
    cell = np.floor(10 * wide / side) / 10
    rows = -(-len(weight) // _COLUMNS)
    bottom = _TOP + rows * (side * cell + _GAP)
    scene = Scene(bottom + 74)
    largest = np.abs(weight).max() or 1.0
    for unit, image in enumerate(weight):
        left = _LEFT + (unit % _COLUMNS) * (wide + _GAP)
        top = _TOP + (unit // _COLUMNS) * (side * cell + _GAP)
        scene.add(
            "rect",
            x=left,
            y=top,
            width=side * cell,
            height=side * cell,
            fill="none",
            stroke=GREY_LINE,
        )
        for pixel, value in enumerate(image):
            scene.add(
                "rect",
                "weight",
                x=left + (pixel % side) * cell,
                y=top + (pixel // side) * cell,
                width=cell,
                height=cell,
                fill=shade(value / largest),
            )
    for row, (part, says) in enumerate(
        (("before", "right at once"), ("after", "after retraining"))
    ):
        y, color = bottom + 8 + 32 * row, (ORANGE, BLUE)[row]
        scene.text(_LEFT, y + 17, says, fill=INK)
        scene.add("rect", x=_BARS, y=y, width=_BAR, height=22, fill=TINTS[4])
        scene.add("rect", f"bar {part}", x=_BARS, y=y, width=0, height=22, fill=color)
        scene.text(
            _RIGHT,
            y + 17,
            "",
            part,
            text_anchor="end",
            font_weight="bold",
            fill=(TEXT_COLORS[1], BLUE)[row],
        )
    return scene


def shade(value: float) -> str:
    """Return the color of a weight in [-1, 1]: never so pale that it looks blank."""
    strength = 0.2 + 0.8 * min(abs(float(value)), 1.0)
    full = BLUE if value >= 0 else ORANGE
    channels = (int(full[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (c - 255) * strength):02x}" for c in channels)
