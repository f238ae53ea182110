"""What each layer of a trained LeNet makes of a digit that moves."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlbook.autograd import Tensor, no_grad
from dlbook.functional import softmax
from dlbook.models import LeNet5
from dlbook.plots.palette import BLUE, GREY_LINE, GREY_TEXT
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Scene, number

SHIFTS = (-2, -1, 0, 1, 2)  # pixels to the right
LAYERS = ("convolution 1", "pooling 1", "convolution 2", "pooling 2")
SHADES = 16
_LEFT, _WIDE = 16.0, 448.0
_IMAGE = 128.0  # side of the digit on the sheet
_BARS, _LONGEST, _ROW = 218.0, 180.0, 17.0


def lenet_maps(
    model: LeNet5, images: ArrayLike, labels: Sequence[int]
) -> InteractiveFigure:
    """Show both convolutions' and poolings' maps, and the answer, as a digit moves.

    Each row of maps has its own scale, from 0, white, to the largest number that any
    digit gives without a shift, black, in 16 shades. Columns of zeros come in where a
    digit moves away.

    Parameters
    ----------
    model : LeNet5
        Trained, of the modern form, for images of one channel and ten classes, with at
        most 16 channels.
    images : array_like, shape (K, H, H)
        At least two digits, from 0, paper, to 1, ink, of the model's `input_size`.
    labels : sequence of int, length K
        Which digits they are.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If the images have another shape, leave [0, 1], there is not one label for each,
        or the model gives negative maps, more than 16 of them, or not ten scores.
    """
    pictures = np.asarray(images, dtype=np.float64)
    side = model.input_size
    if pictures.ndim != 3 or len(pictures) < 2 or pictures.shape[1:] != (side, side):
        raise ValueError(
            f"lenet_maps: images must have shape (K, {side}, {side}) with K at least "
            f"2, got {pictures.shape}"
        )
    if not (pictures.min() >= 0 and pictures.max() <= 1):
        raise ValueError(
            f"lenet_maps: images must lie in [0, 1], got {pictures.min():g} to "
            f"{pictures.max():g}"
        )
    if len(labels) != len(pictures):
        raise ValueError(f"lenet_maps: {len(labels)} labels for {len(pictures)} images")
    still = layers_of(model, pictures)
    _check(still)
    largest = [maps.max() or 1.0 for maps in still[:-1]]
    scene = _sheet(still)

    def frame(which: int, shift: int) -> Frame:
        picture = moved(pictures[which], shift)
        *maps, p = (values[0] for values in layers_of(model, picture[np.newaxis]))
        changes: dict[tuple[str, str], object] = {
            ("image", "href"): shaded(picture),
        }
        for name, values, most in zip(LAYERS, maps, largest, strict=True):
            changes[name, "href"] = shaded(np.hstack(list(values / most)))
        for digit in range(10):
            changes[f"bar {digit}", "width"] = number(_LONGEST * float(p[digit]))
            changes[f"share {digit}", "text"] = f"{p[digit]:.0%}"
        ends = []
        for i, name in enumerate(LAYERS):
            before = still[i][which]
            change = np.linalg.norm(maps[i] - before) / np.linalg.norm(before)
            changes[f"{name} change", "text"] = f"changed by {change:.0%}"
            ends.append(f"{change:.0%}")
        first, second = np.argsort(-p, kind="stable")[:2]
        return Frame(
            changes,
            f"The {labels[which]}, moved by {_signed(shift)}: the four rows of maps "
            f"have changed by {', '.join(ends[:-1])} and {ends[-1]} of their length. "
            f"The network says {first} ({p[first]:.0%}), then {second} "
            f"({p[second]:.0%}).",
        )

    channels = still[0].shape[1], still[2].shape[1]
    return InteractiveFigure(
        "lenet-maps",
        f"A digit of {side} by {side} pixels, ten bars with the probabilities that a "
        f"network gives to the digits 0 to 9, and four rows of gray maps: "
        f"{channels[0]} after the first convolution and after its pooling, "
        f"{channels[1]} after the second.",
        scene,
        [
            Slider("digit", range(len(pictures)), [str(label) for label in labels]),
            Slider(
                "shift to the right, in pixels",
                SHIFTS,
                [_signed(shift) for shift in SHIFTS],
                start=SHIFTS.index(0),
            ),
        ],
        frame,
    )


def layers_of(model: LeNet5, images: np.ndarray) -> list[np.ndarray]:
    """Return the maps after each convolution and pooling, and the probabilities.

    Parameters
    ----------
    model : LeNet5
    images : ndarray, shape (N, H, H)

    Returns
    -------
    list of ndarray
        Four of shape (N, C, H', H'), and one of shape (N, classes).
    """
    with no_grad():
        x = Tensor(images[:, np.newaxis].astype(model.fc3.weight.dtype))
        first = model.activation(model.conv1(x))
        pooled = model.pool(first)
        second = model.activation(model.conv2(pooled))
        last = model.pool(second)
        scores = model(x)
        shares = softmax(scores, axis=1)
    return [t.data.astype(np.float64) for t in (first, pooled, second, last, shares)]


def moved(picture: np.ndarray, shift: int) -> np.ndarray:
    """Move a picture (H, W) to the right, zeros coming in; to the left if negative."""
    result = np.zeros_like(picture)
    width = picture.shape[1]
    result[:, max(shift, 0) : width + min(shift, 0)] = picture[
        :, max(-shift, 0) : width - max(shift, 0)
    ]
    return result


def shaded(values: np.ndarray) -> str:
    """Return a picture of 16 grays as a data address; 0 is white, 1 and more black.

    It is a PNG of 4 bits a pixel without compression, the same bytes on every machine.
    """
    height, width = values.shape
    ink = np.clip(np.floor(values * (SHADES - 1) + 0.5), 0, SHADES - 1)
    grays = np.zeros((height, width + width % 2), np.uint8)
    grays[:, :width] = SHADES - 1 - ink
    rows = np.zeros((height, 1 + grays.shape[1] // 2), np.uint8)  # first, no filter
    rows[:, 1:] = grays[:, ::2] << 4 | grays[:, 1::2]
    head = struct.pack(">IIBBBBB", width, height, 4, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, content in (
        (b"IHDR", head),
        (b"IDAT", zlib.compress(rows.tobytes(), 0)),
        (b"IEND", b""),
    ):
        check = struct.pack(">I", zlib.crc32(kind + content))
        data += struct.pack(">I", len(content)) + kind + content + check
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")


def _check(still: list[np.ndarray]) -> None:
    channels = max(maps.shape[1] for maps in still[:-1])
    if channels > 16:
        raise ValueError(f"lenet_maps: at most 16 maps fit a row, got {channels}")
    if min(maps.min() for maps in still) < 0:
        raise ValueError(
            "lenet_maps: the model must be of the modern form: a map has negative "
            "numbers"
        )
    if still[-1].shape[1] != 10:
        raise ValueError(
            f"lenet_maps: expected 10 scores, got {still[-1].shape[1]}: the bars are "
            "those of ten digits"
        )


def _sheet(still: list[np.ndarray]) -> Scene:
    scene = Scene(226 + sum(34 + _size(maps)[1] for maps in still[:-1]))
    scene.text(_LEFT, 24, "the digit")
    _image(scene, "image", _LEFT, 34, (_IMAGE, _IMAGE), 1)
    scene.text(_BARS - 24, 24, "what the network says")
    for digit in range(10):
        y = 34 + digit * _ROW
        scene.text(_BARS - 24, y + 13, str(digit))
        scene.add(
            "rect", f"bar {digit}", x=_BARS, y=y + 2, width=0, height=13, fill=BLUE
        )
        scene.text(
            _BARS + _LONGEST + 8,
            y + 13,
            "",
            f"share {digit}",
            fill=GREY_TEXT,
        )
    y = 236.0
    for name, maps in zip(LAYERS, still, strict=False):
        scene.text(_LEFT, y, f"after {name}")
        scene.text(
            _LEFT + _WIDE, y, "", f"{name} change", text_anchor="end", fill=GREY_TEXT
        )
        size = _size(maps)
        _image(scene, name, _LEFT, y + 8, size, maps.shape[1])
        y += size[1] + 34
    return scene


def _size(maps: np.ndarray) -> tuple[float, float]:
    """Return width and height of a row of maps on the sheet."""
    _, channels, height, width = maps.shape
    pixel = min(_WIDE / (channels * width), 14.0)
    return channels * width * pixel, height * pixel


def _image(
    scene: Scene, part: str, x: float, y: float, size: tuple[float, float], count: int
) -> None:
    """Put a picture on the sheet, with lines that divide it into `count` squares."""
    width, height = size
    scene.add(
        "image",
        part,
        x=x,
        y=y,
        width=width,
        height=height,
        href=shaded(np.zeros((1, 1))),
        preserveAspectRatio="none",
        style="image-rendering:pixelated",
    )
    between = "".join(
        f"M{number(x + i * width / count)} {number(y)}v{number(height)}"
        for i in range(1, count)
    )
    scene.add(
        "path",
        d=f"M{number(x)} {number(y)}h{number(width)}v{number(height)}"
        f"h{number(-width)}z{between}",
        fill="none",
        stroke=GREY_LINE,
    )


def _signed(value: int) -> str:
    return f"{value:d}".replace("-", "−")
