"""Along a sequence: values of the tokens of a text, and forecasts of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath
from numpy.typing import ArrayLike

from dlbook.plots.palette import (
    BLUE,
    GREY_LINE,
    GROUND,
    INK,
    LINE_COLORS,
    LINE_STYLES,
    ORANGE,
)
from dlbook.plots.style import WIDTH, Figure, as_array, label_axes, style, subplots

_TINTS = LinearSegmentedColormap.from_list("values", [ORANGE, GROUND, BLUE])
_STRONGEST = 0.45  # share of the color at the largest value: ink stays legible
_SHOWN = {" ": "\N{OPEN BOX}", "\n": "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}"}


def token_values(
    tokens: Sequence[str],
    values: ArrayLike | Mapping[str, ArrayLike],
    *,
    scale: float = 1.0,
    numbers: bool = True,
    format: str = "{:.2f}",
    title: str = "",
) -> Figure:
    """Write a text, each word or character on a tint of its value.

    Above zero the tint is blue, below orange, paler the nearer to zero; the number
    stands below the word. A space shows as an open box, a newline as a bent arrow.

    Parameters
    ----------
    tokens : sequence of str, length T
        Words or characters.
    values : array_like, shape (T,), or mapping of str to array_like
        One number for each token; or several such arrays, each under its name.
    scale : float
        Absolute value with the full tint; beyond it the tint stays.
    numbers : bool
        Whether the numbers are written.
    format : str
        How.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no token, not one number for each, or `scale` is not positive.
    """
    if not len(tokens):
        raise ValueError("tokens is empty: there is nothing to write")
    if not scale > 0:
        raise ValueError(f"scale must be positive, got {scale}")
    named = values if isinstance(values, Mapping) else {"": values}
    if not named:
        raise ValueError("values is empty: there is nothing to draw")
    arrays = {n: as_array(f"values {n!r}" if n else "values", v, ndim=1)
              for n, v in named.items()}  # fmt: skip
    for name, array in arrays.items():
        if len(array) != len(tokens):
            raise ValueError(
                f"values{f' {name!r}' if name else ''} has {len(array)} numbers for "
                f"{len(tokens)} tokens"
            )
    words = [_SHOWN.get(token, token.replace("\n", _SHOWN["\n"])) for token in tokens]
    texts = {
        name: [_signed(format.format(v + 0.0)) for v in array]
        for name, array in arrays.items()
    }
    widths = [
        0.1
        + max(
            _wide(word, 12),
            *(_wide(t[n], 10.5) for t in texts.values() if numbers),
            0.1,
        )
        for n, word in enumerate(words)
    ]
    lines = _lines(widths)
    tall = 0.52 if numbers else 0.3
    block = len(lines) * (tall + 0.06)
    heading = 0.3 if any(arrays) else 0.0
    height = len(arrays) * (block + heading + 0.06)
    figure, axes = subplots(height=height + 0.1 + (0.35 if title else 0.0))
    with style():
        axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        axes.set_axis_off()
        y = 0.0
        for name, array in arrays.items():
            if name:
                axes.text(0, y + 0.18, name, va="center", fontweight="bold")
            y += heading
            for line in lines:
                x = 0.0
                for n in line:
                    below = texts[name][n] if numbers else ""
                    strength = float(np.clip(array[n] / scale, -1, 1)) * _STRONGEST
                    box = (x, y, widths[n], tall)
                    _token(axes, box, words[n], below, _TINTS(0.5 + strength / 2))
                    x += widths[n]
                y += tall + 0.06
            y += 0.06
        if title:
            axes.set_title(title)
    return figure


def forecast(
    history: ArrayLike,
    truth: ArrayLike,
    forecasts: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    spread: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    step: float = 1.0,
    title: str = "",
    height: float = 4.2,
) -> Figure:
    """Draw a series up to now, what came after, and what was forecast.

    Parameters
    ----------
    history : array_like, shape (n,)
        What the forecasts have seen. Its last number stands at time 0.
    truth : array_like, shape (h,)
        What came after, at the times `step`, 2 `step`, ...
    forecasts : mapping of str to array_like, shape (h,)
        One to four forecasts.
    xlabel, ylabel : str
        With their units.
    spread : mapping of str to (low, high), optional
        A band around some of the forecasts, two arrays of shape (h,) each.
    step : float
        Time from one number to the next.
    title : str
    height : float
        Inches.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no forecast or more than four, a length differs from that of
        `truth`, `spread` names an unknown forecast, or `step` is not positive.
    """
    before = as_array("history", history, ndim=1)
    after = as_array("truth", truth, ndim=1)
    if not 1 <= len(forecasts) <= 4:
        raise ValueError(f"forecasts must hold 1 to 4 entries, got {len(forecasts)}")
    if not step > 0:
        raise ValueError(f"step must be positive, got {step}")
    unknown = set(spread or ()) - set(forecasts)
    if unknown:
        raise ValueError(
            f"spread names forecasts that are not there: {sorted(unknown)}"
        )

    def like_truth(name: str, values: ArrayLike) -> np.ndarray:
        array = as_array(name, values, ndim=1)
        if len(array) != len(after):
            raise ValueError(f"{name} has {len(array)} values, expected {len(after)}")
        return array

    past = step * np.arange(1 - len(before), 1)
    future = step * np.arange(1, len(after) + 1)
    figure, axes = subplots(height=height)
    with style():
        axes.axvline(0, color=GREY_LINE, linewidth=1, linestyle=(0, (2, 2)))
        seen = np.concatenate([before[-1:], after])
        axes.plot(past, before, color=INK, linestyle="-", linewidth=1.6)
        axes.plot(
            np.concatenate([[0.0], future]),
            seen,
            color=INK,
            linestyle="-",
            linewidth=3.2,
            alpha=0.45,
            label="what came",
        )
        for n, (name, values) in enumerate(forecasts.items()):
            line = like_truth(f"forecasts[{name!r}]", values)
            axes.plot(
                future,
                line,
                color=LINE_COLORS[n],
                linestyle=LINE_STYLES[n],
                label=name,
            )
            if spread and name in spread:
                low, high = (
                    like_truth(f"spread[{name!r}]", edge) for edge in spread[name]
                )
                axes.fill_between(
                    future, low, high, color=LINE_COLORS[n], alpha=0.2, linewidth=0
                )
        label_axes(axes, xlabel, ylabel, title)
        figure.legend(
            *axes.get_legend_handles_labels(), loc="outside lower left", ncols=2
        )
    return figure


def _token(
    axes: Axes,
    box: tuple[float, float, float, float],
    word: str,
    number: str,
    color: tuple[float, ...],
) -> None:
    x, y, wide, tall = box
    axes.add_patch(
        Rectangle((x, y), wide, tall, facecolor=color, edgecolor=GROUND, linewidth=1.0)
    )
    middle = x + wide / 2
    axes.text(middle, y + 0.15, word, ha="center", va="center_baseline", fontsize=12)
    if number:
        axes.text(
            middle, y + 0.38, number, ha="center", va="center_baseline", fontsize=10.5
        )


def _lines(widths: list[float]) -> list[list[int]]:
    """Break tokens into lines no wider than the figure; return their places."""
    lines: list[list[int]] = [[]]
    used = 0.0
    for n, wide in enumerate(widths):
        if lines[-1] and used + wide > WIDTH:
            lines.append([])
            used = 0.0
        lines[-1].append(n)
        used += wide
    return lines


def _wide(text: str, size: float) -> float:
    """Return the width of a text in inches."""
    if not text.strip():
        return 0.05
    plain = FontProperties(family="DejaVu Sans")
    return TextPath((0, 0), text, size, plain).get_extents().width / 72


def _signed(text: str) -> str:
    """Put a true minus sign; a rounded zero has none."""
    rounded_away = not text.strip("-0.")
    return text.lstrip("-") if rounded_away else text.replace("-", "\N{MINUS SIGN}")
