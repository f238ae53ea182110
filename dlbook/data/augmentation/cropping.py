"""Cut pieces out of images, or blank them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlbook.data.augmentation.arguments import (
    height_and_width,
    require_int,
    require_number,
    require_probability,
    require_range,
)
from dlbook.data.augmentation.geometry import bilinear_sample
from dlbook.data.augmentation.image import ImageTransform

__all__ = ["RandomCrop", "RandomErasing", "RandomResizedCrop"]

PADDING_MODES = ("constant", "edge", "reflect", "symmetric")
ATTEMPTS = 10  # to draw a box that fits, as torchvision has it


@dataclass(frozen=True)
class RandomCrop(ImageTransform):
    """Cut out a window at a random place, after padding the image.

    With a window of the image's own size and some padding, the image is shifted.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the window in pixels.
    padding : int
        Pixels added on each of the four sides first.
    padding_mode : {"constant", "edge", "reflect", "symmetric"}
        What is added: the number `fill`; the pixel at the edge, repeated; the image
        mirrored, without or with the pixel at the edge.
    fill : float
        For "constant".

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range; when called, if the
        padded image is smaller than the window.
    """

    size: int | tuple[int, int]
    padding: int = 0
    padding_mode: str = "constant"
    fill: float = 0.0

    def __post_init__(self) -> None:
        height_and_width("RandomCrop: size", self.size)
        require_int("RandomCrop: padding", self.padding, 0)
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(
                f"RandomCrop: padding_mode must be one of {PADDING_MODES}, got "
                f"{self.padding_mode!r}"
            )
        require_number("RandomCrop: fill", self.fill, -math.inf)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, height, width); draws the row and the column."""
        height, width = height_and_width("size", self.size)
        sides = ((0, 0), (self.padding, self.padding), (self.padding, self.padding))
        if self.padding_mode == "constant":
            padded = np.pad(image, sides, constant_values=self.fill)
        else:
            padded = np.pad(image, sides, mode=self.padding_mode)  # type: ignore
        rows, columns = padded.shape[1] - height, padded.shape[2] - width
        if rows < 0 or columns < 0:
            raise ValueError(
                f"RandomCrop: size is {height} x {width}, larger than the image with "
                f"its padding, {padded.shape[1]} x {padded.shape[2]}"
            )
        top, left = rng.integers(rows + 1), rng.integers(columns + 1)
        return padded[:, top : top + height, left : left + width].copy()


@dataclass(frozen=True)
class RandomResizedCrop(ImageTransform):
    """Cut out a box of random area and shape, and zoom it to one size, bilinearly.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the result in pixels.
    scale : pair of float
        The area of the box is uniform between these fractions of the image's, in
        (0, 1].
    ratio : pair of float
        The logarithm of width / height of the box is uniform between the logarithms of
        these, greater than 0.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.

    Notes
    -----
    As torchvision has it, ten boxes are drawn until one fits into the image; if none
    does, the box is the largest in the middle whose ratio lies in `ratio`. A box that
    is larger than the result is sampled, not averaged: torchvision with
    ``antialias=False``.

    References
    ----------
    Szegedy et al. (2015), arXiv:1409.4842, section 6.
    """

    size: int | tuple[int, int]
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        height_and_width("RandomResizedCrop: size", self.size)
        _require_box("RandomResizedCrop", self.scale, self.ratio)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, height, width)."""
        rows, columns = image.shape[1:]
        box = draw_box(rows, columns, self.scale, self.ratio, rng)
        if box is None:
            shape = min(max(columns / rows, self.ratio[0]), self.ratio[1])
            height = max(min(rows, round(columns / shape)), 1)
            width = max(min(columns, round(rows * shape)), 1)
            box = (rows - height) // 2, (columns - width) // 2, height, width
        top, left, height, width = box
        return resize(
            image[:, top : top + height, left : left + width],
            *height_and_width("size", self.size),
        )


@dataclass(frozen=True)
class RandomErasing(ImageTransform):
    """Overwrite a box of random place, area and shape with probability p.

    Parameters
    ----------
    p : float
        In [0, 1].
    scale : pair of float
        The area of the box is uniform between these fractions of the image's, in
        (0, 1].
    ratio : pair of float
        The logarithm of width / height of the box is uniform between the logarithms of
        these, greater than 0. (The paper draws height / width itself uniformly.)
    value : float or "random"
        What is written: a number, or for each pixel and channel a number of its own,
        uniform in [0, 1).

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.

    Notes
    -----
    Ten boxes are drawn until one is smaller than the image; if none is, the image stays
    as it is, as torchvision has it. The paper draws on.

    References
    ----------
    Zhong, Zheng, Kang, Li & Yang (2020), arXiv:1708.04896, algorithm 1.
    """

    p: float = 0.5
    scale: tuple[float, float] = (0.02, 0.33)
    ratio: tuple[float, float] = (0.3, 3.3)
    value: float | str = 0.0

    def __post_init__(self) -> None:
        require_probability("RandomErasing: p", self.p)
        _require_box("RandomErasing", self.scale, self.ratio)
        if isinstance(self.value, str):
            if self.value != "random":
                raise ValueError(
                    'RandomErasing: value must be a number or "random", got '
                    f"{self.value!r}"
                )
        else:
            require_number("RandomErasing: value", self.value, -math.inf)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W)."""
        result = image.copy()
        if rng.random() >= self.p:
            return result
        rows, columns = image.shape[1:]
        box = draw_box(rows, columns, self.scale, self.ratio, rng)
        if box is None:
            return result
        top, left, height, width = box
        erased = (slice(None), slice(top, top + height), slice(left, left + width))
        if isinstance(self.value, str):
            result[erased] = rng.random((len(image), height, width))
        else:
            result[erased] = self.value
        return result


def draw_box(
    rows: int,
    columns: int,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[int, int, int, int] | None:
    """Return top, left, height and width of a random box that fits, or None."""
    for _ in range(ATTEMPTS):
        area = rng.uniform(*scale) * rows * columns
        shape = math.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1])))
        height, width = round(math.sqrt(area / shape)), round(math.sqrt(area * shape))
        if 0 < height <= rows and 0 < width <= columns:
            top = int(rng.integers(rows - height + 1))
            return top, int(rng.integers(columns - width + 1)), height, width
    return None


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Zoom an image (C, H, W) to (C, height, width), bilinearly.

    Pixels are squares: the left edge of the first one stays the left edge. This is
    ``torch.nn.functional.interpolate(mode="bilinear", align_corners=False)``.
    """
    rows, columns = image.shape[1:]
    row = (np.arange(height) + 0.5) * (rows / height) - 0.5
    column = (np.arange(width) + 0.5) * (columns / width) - 0.5
    places = np.meshgrid(
        np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1), indexing="ij"
    )
    return bilinear_sample(image, *places)


def _require_box(name: str, scale: object, ratio: object) -> None:
    smallest, _ = require_range(f"{name}: scale", scale, 0, 1)
    flattest, _ = require_range(f"{name}: ratio", ratio, 0)
    for option, least in (("scale", smallest), ("ratio", flattest)):
        if least == 0:
            raise ValueError(f"{name}: {option} must be greater than 0, got 0")
