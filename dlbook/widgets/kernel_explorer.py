"""A kernel of three by three numbers under the reader's fingers, and its response."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plots.palette import GREY_LINE, GREY_TEXT, GROUND, TINTS
from dlbook.widgets.bitmap import bitmap, bitmap_head
from dlbook.widgets.computed import ComputedFigure
from dlbook.widgets.interactive import Frame, Slider
from dlbook.widgets.scene import Scene, number

LARGEST = 8  # each number of the kernel lies in [-8, 8]
DIVISORS = (1, 2, 4, 8, 9, 16)
KERNELS = {
    "identity": ((0, 0, 0, 0, 1, 0, 0, 0, 0), 1),
    "box blur": ((1, 1, 1, 1, 1, 1, 1, 1, 1), 9),
    "Gaussian blur": ((1, 2, 1, 2, 4, 2, 1, 2, 1), 16),
    "sharpen": ((0, -1, 0, -1, 5, -1, 0, -1, 0), 1),
    "Sobel x": ((-1, 0, 1, -2, 0, 2, -1, 0, 1), 1),
    "Sobel y": ((-1, -2, -1, 0, 0, 0, 1, 2, 1), 1),
    "Laplacian": ((0, 1, 0, 1, -4, 1, 0, 1, 0), 1),
    "emboss": ((-2, -1, 0, -1, 1, 1, 0, 1, 2), 1),
}
"""Name, nine numbers row by row, and what they are divided by."""

_PLACES = tuple(
    f"{row} {column}".replace("middle middle", "middle")
    for row in ("top", "middle", "bottom")
    for column in ("left", "middle", "right")
)
_STEPS = 127  # shades on either side of 0
_OUTSIDE = 2 * _STEPS + 1  # the color number of a pixel without a response
_SIDE, _TOP, _LEFTS = 216.0, 34.0, (16.0, 248.0)
_CELL, _ROW = 42.0, 336.0  # height of a cell of the three grids, top of the first
_GRIDS = (("pixel", 16.0, 42.0), ("weight", 171.0, 34.0), ("product", 302.0, 54.0))
"""Each grid's word, its left border, and the width of a cell."""
_NEGATIVE = (0xFF, 0x9A, 0x3D)  # the color of -1


def kernel_explorer(
    image: ArrayLike, *, mark: tuple[int, int] | None = None
) -> ComputedFigure:
    """Let the reader set a 3 by 3 kernel and show its response on a photograph.

    The kernel is not flipped and the image is not padded: the response at row r and
    column c is the sum of the nine products of the kernel with the pixels around
    (r, c), and the border of the image has none.

    Parameters
    ----------
    image : array_like, shape (S, S)
        Gray values in [0, 1], from black to white; S from 8 to 96.
    mark : (int, int), optional
        Row and column of the pixel whose nine products are written out at first,
        counted from 0; by default the middle.

    Returns
    -------
    ComputedFigure

    Raises
    ------
    ValueError
        If the image is not square, too small or too large, leaves [0, 1], or `mark` is
        not inside its border.

    Notes
    -----
    The figure keeps 256 shades of the image. It starts with Sobel's kernel for vertical
    edges.
    """
    gray = np.asarray(image, dtype=np.float64)
    if gray.ndim != 2 or gray.shape[0] != gray.shape[1] or not 8 <= len(gray) <= 96:
        raise ValueError(
            "kernel_explorer: image must have shape (S, S) with S from 8 to 96, got "
            f"{gray.shape}"
        )
    if not (gray.min() >= 0 and gray.max() <= 1):
        raise ValueError(
            f"kernel_explorer: image must lie in [0, 1], got {gray.min():g} to "
            f"{gray.max():g}"
        )
    side = len(gray)
    row, column = (side // 2, side // 2) if mark is None else mark
    if not (1 <= row <= side - 2 and 1 <= column <= side - 2):
        raise ValueError(
            f"kernel_explorer: mark must lie in 1 to {side - 2}, got {mark}"
        )
    shades = np.floor(gray * 255 + 0.5).astype(np.uint8)
    pixels = shades / 255
    pixel = _SIDE / side
    scene = _sheet(shades, pixel)

    def frame(*values: int) -> Frame:
        kernel, (divisor, r, c) = np.array(values[:9]), values[9:]
        response = respond(pixels, kernel, divisor)
        patch = pixels[r - 1 : r + 2, c - 1 : c + 2].reshape(9)
        products = patch * kernel
        total = products.cumsum()[-1]  # from the left, as the script adds
        changes: dict[tuple[str, str], Any] = {
            ("response", "href"): bitmap(_numbers(response), _colors()),
        }
        for name, left in zip(("window", "result"), _LEFTS, strict=True):
            away = name == "result"  # the window is three pixels wide, the result one
            changes[name, "x"] = number(left + (c - 1 + away) * pixel)
            changes[name, "y"] = number(_TOP + (r - 1 + away) * pixel)
        for i in range(9):
            shade = round(patch[i] * 255)
            changes |= {
                (f"pixel {i}", "fill"): f"#{3 * f'{shade:02x}'}",
                (f"pixel text {i}", "fill"): "#000" if patch[i] >= 0.46 else "#fff",
                (f"pixel text {i}", "text"): _fixed(patch[i]),
                (f"weight {i}", "fill"): _tint(kernel[i]),
                (f"weight text {i}", "text"): _short(kernel[i]),
                (f"product {i}", "fill"): _tint(products[i]),
                (f"product text {i}", "text"): _fixed(products[i]),
            }
        divided = f" / {divisor}" if divisor > 1 else ""
        said = _fixed(total / divisor)
        changes["sum", "text"] = (
            f"sum of the products {_fixed(total)}{divided and f'{divided} = {said}'}"
        )
        inside = response[1:-1, 1:-1]
        listed = ", ".join(_fixed(p) for p in products)
        return Frame(
            changes,
            f"The nine numbers add up to {_short(kernel.sum() / divisor)}. At row {r}, "
            f"column {c} the products are {listed}; their sum"
            f"{divided and f', divided by {divisor},'} is the response {said}. Over "
            f"the picture it runs from {_fixed(inside.min())} to "
            f"{_fixed(inside.max())}.",
        )

    inner = range(1, side - 1)
    first, by = KERNELS["Sobel x"]
    whole = range(-LARGEST, LARGEST + 1)
    return ComputedFigure(
        "kernel-explorer",
        f"Left, a gray photograph of {side} by {side} pixels with a window of 3 by 3; "
        "right, the response of the kernel: 0 is black, 1 white, −1 orange. Below, the "
        "nine pixels in the window, the kernel, and their nine products.",
        scene,
        [
            *(
                Slider(
                    place,
                    whole,
                    [_short(value) for value in whole],
                    start=value + LARGEST,
                    group="kernel",
                )
                for place, value in zip(_PLACES, first, strict=True)
            ),
            Slider(
                "all nine divided by",
                DIVISORS,
                [str(d) for d in DIVISORS],
                start=DIVISORS.index(by),
            ),
            Slider("window: row", inner, [str(i) for i in inner], start=row - 1),
            Slider("window: column", inner, [str(i) for i in inner], start=column - 1),
        ],
        frame,
        {
            "side": side,
            "pixels": base64.b64encode(shades.tobytes()).decode("ascii"),
            "head": base64.b64encode(bitmap_head(side, side, _colors())).decode(
                "ascii"
            ),
            "largest": LARGEST,
            "divisors": DIVISORS,
            "steps": _STEPS,
            "box": [*_LEFTS, _TOP, pixel],
            "tints": [_tint(sign) for sign in (-1, 0, 1)],
        },
        {
            name: (
                *(value + LARGEST for value in nine),
                DIVISORS.index(divisor),
                None,
                None,
            )
            for name, (nine, divisor) in KERNELS.items()
        },
    )


def respond(image: np.ndarray, kernel: np.ndarray, divisor: int) -> np.ndarray:
    """Return the response, shape (S, S), with nan on the border.

    The nine products are added row by row, so that the script's sums are the same to
    the last bit.
    """
    side = len(image)
    total = np.zeros((side - 2, side - 2))
    for i, weight in enumerate(kernel):
        row, column = divmod(i, 3)
        total += weight * image[row : row + side - 2, column : column + side - 2]
    return np.pad(total / divisor, 1, constant_values=np.nan)


def _numbers(response: np.ndarray) -> np.ndarray:
    """Return the color number of each response; beyond 1 and -1 they stay there."""
    inside = np.floor(np.clip(response, -1, 1) * _STEPS + 0.5) + _STEPS
    return np.where(np.isnan(inside), _OUTSIDE, inside).astype(np.uint8)


def _colors() -> np.ndarray:
    """Return 256 colors: orange for -1, black for 0, white for 1, and the sheet's."""
    height = np.linspace(-1, 1, 2 * _STEPS + 1)[:, np.newaxis]
    shades = np.where(height < 0, -height * np.array(_NEGATIVE), height * 255)
    return np.vstack([np.round(shades), [[255, 255, 255]]]).astype(np.uint8)


def _sheet(shades: np.ndarray, pixel: float) -> Scene:
    scene = Scene(494)
    photo_left, response_left = _LEFTS
    scene.text(photo_left, 22, "photograph")
    scene.text(response_left, 22, "response")
    grays = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
    strip = np.arange(_OUTSIDE, dtype=np.uint8)[np.newaxis]
    pictures = (
        ("", photo_left, _TOP, _SIDE, bitmap(shades, grays)),
        ("response", response_left, _TOP, _SIDE, ""),
        ("", response_left, _TOP + _SIDE + 10, 14, bitmap(strip, _colors())),
    )
    for part, left, top, height, address in pictures:
        scene.add(
            "image",
            part,
            x=left,
            y=top,
            width=_SIDE,
            height=height,
            preserveAspectRatio="none",
            style="image-rendering:pixelated",
            href=address,
        )
    for left, top, height in (
        (photo_left, _TOP, _SIDE),
        (response_left, _TOP, _SIDE),
        (response_left, _TOP + _SIDE + 10, 14),
    ):
        _frame(scene, "", left, top, _SIDE, height, GREY_LINE, 1)
    for says, share, anchor in (
        ("≤ −1", 0, "start"),
        ("0", 0.5, "middle"),
        ("≥ 1", 1, "end"),
    ):
        scene.text(
            response_left + share * _SIDE,
            _TOP + _SIDE + 42,
            says,
            text_anchor=anchor,
            fill=GREY_TEXT,
        )
    for name, left, width in (
        ("window", photo_left, 3 * pixel),
        ("result", response_left, pixel),
    ):  # seen on black and on white
        scene.add(
            "rect",
            name,
            x=left,
            y=_TOP,
            width=width,
            height=width,
            fill="none",
            stroke="#00b7ff",
            stroke_width=3,
        )
    for word, left, width in _GRIDS:
        title = "kernel" if word == "weight" else f"{word}s"
        scene.text(left, _ROW - 10, title)
        for i in range(9):
            r, c = divmod(i, 3)
            x, y = left + c * width, _ROW + r * _CELL
            _frame(scene, f"{word} {i}", x, y, width, _CELL, GREY_LINE, 1)
            scene.text(
                x + width / 2,
                y + _CELL / 2 + 6,
                "",
                f"{word} text {i}",
                text_anchor="middle",
            )
    for sign, middle in (("×", 156.5), ("=", 287.5)):
        scene.text(middle, _ROW + 1.5 * _CELL + 7, sign, text_anchor="middle")
    scene.text(464, _ROW + 3 * _CELL + 26, "", "sum", text_anchor="end")
    return scene


def _frame(
    scene: Scene,
    part: str,
    x: float,
    y: float,
    width: float,
    height: float,
    stroke: str,
    thick: float,
) -> None:
    scene.add(
        "rect",
        part,
        x=x,
        y=y,
        width=width,
        height=height,
        fill="none",
        stroke=stroke,
        stroke_width=thick,
    )


def _tint(value: float) -> str:
    """Return the ground of a number: blue above zero, orange below, as on axes."""
    return TINTS[0] if value > 0 else TINTS[1] if value < 0 else GROUND


def _fixed(value: float) -> str:
    """Write two decimals; a rounded zero has no sign."""
    text = f"{value:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


def _short(value: float) -> str:
    """Write two decimals at most."""
    return _fixed(value).rstrip("0").rstrip(".")
