"""Move the pixels of an image: rotate, shift, zoom, and shear it.

Every pixel of the result asks where it comes from, and the value there is interpolated
between the four pixels around that place. Outside of the image there is the number
`fill`, also for pixels that are half outside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlbook.data.augmentation.arguments import (
    Range,
    require_number,
    require_probability,
    require_range,
)
from dlbook.data.augmentation.image import ImageTransform

__all__ = ["RandomAffine", "RandomRotation", "bilinear_sample"]


def bilinear_sample(
    image: np.ndarray, rows: np.ndarray, columns: np.ndarray, fill: float = 0.0
) -> np.ndarray:
    r"""Read an image at places between its pixels.

    .. math::
        v(r, c) = (1-a)(1-b)\,I_{ij} + (1-a)\,b\,I_{i,j+1}
                + a\,(1-b)\,I_{i+1,j} + a\,b\,I_{i+1,j+1}

    with :math:`i = \lfloor r \rfloor`, :math:`j = \lfloor c \rfloor`, :math:`a = r - i`
    and :math:`b = c - j`.

    Parameters
    ----------
    image : ndarray of floats, shape (C, H, W)
    rows, columns : ndarray of floats, shape (H', W')
        Places in pixels: row 0 is the center of the first row.
    fill : float
        The value of all pixels outside of the image.

    Returns
    -------
    ndarray, shape (C, H', W')
        Of the dtype of the image.
    """
    channels, height, width = image.shape
    padded = np.full((channels, height + 2, width + 2), fill, image.dtype)
    padded[:, 1:-1, 1:-1] = image
    rows = np.clip(rows, -1, height) + 1  # one pixel outside all is `fill`
    columns = np.clip(columns, -1, width) + 1
    top = np.minimum(rows.astype(np.int64), height)  # (H', W'), at most last but one
    left = np.minimum(columns.astype(np.int64), width)
    down = (rows - top).astype(image.dtype)  # the weight of the row below
    right = (columns - left).astype(image.dtype)
    above = padded[:, top, left] * (1 - right) + padded[:, top, left + 1] * right
    below = (
        padded[:, top + 1, left] * (1 - right) + padded[:, top + 1, left + 1] * right
    )
    return above * (1 - down) + below * down  # (C, H', W')


def affine(
    image: np.ndarray,
    *,
    degrees: float = 0.0,
    translate: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    shear: float = 0.0,
    fill: float = 0.0,
) -> np.ndarray:
    r"""Shear, rotate and zoom an image about its center, then shift it.

    With x to the right and y upward from the center,

    .. math::
        \begin{pmatrix} x' \\ y' \end{pmatrix} =
        s \begin{pmatrix} \cos\theta & -\sin\theta \\
                          \sin\theta & \cos\theta \end{pmatrix}
        \begin{pmatrix} 1 & \tan\varphi \\ 0 & 1 \end{pmatrix}
        \begin{pmatrix} x \\ y \end{pmatrix}
        + \begin{pmatrix} t_x \\ -t_y \end{pmatrix}

    Parameters
    ----------
    image : ndarray of floats, shape (C, H, W)
    degrees : float
        The angle theta, counterclockwise as the image is seen.
    translate : pair of float
        The shift in pixels, to the right and down.
    scale : float
        s, greater than 0.
    shear : float
        The angle phi in degrees, between -90 and 90: the top moves to the right.
    fill : float
        What is outside of the image.

    Returns
    -------
    ndarray, shape (C, H, W)
    """
    height, width = image.shape[1:]
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    right, down = translate
    y, x = np.mgrid[:height, :width].astype(np.float64)  # where pixels of the result
    x = x - middle_column - right  # are, from the center before the shift
    y = middle_row + down - y
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = (cosine * x + sine * y) / scale, (cosine * y - sine * x) / scale
    x = x - math.tan(math.radians(shear)) * y
    return bilinear_sample(image, middle_row - y, x + middle_column, fill)


@dataclass(frozen=True)
class RandomRotation(ImageTransform):
    """Rotate by a random angle about the center, bilinearly, within the same frame.

    Parameters
    ----------
    degrees : float or pair of float
        The angle is uniform in [-degrees, degrees], or between the two; positive is
        counterclockwise.
    fill : float
        The value of what comes in from outside.

    Raises
    ------
    TypeError, ValueError
        If `degrees` is neither a number of at least 0 nor a pair in order, or `fill`
        no finite number.
    """

    degrees: Range
    fill: float = 0.0

    def __post_init__(self) -> None:
        _symmetric("RandomRotation: degrees", self.degrees)
        require_number("RandomRotation: fill", self.fill, -math.inf)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W); draws one number."""
        angle = rng.uniform(*_symmetric("degrees", self.degrees))
        return affine(image, degrees=angle, fill=self.fill)


@dataclass(frozen=True)
class RandomAffine(ImageTransform):
    """Shear, rotate, zoom and shift at random, in this order; see `affine`.

    Parameters
    ----------
    degrees : float or pair of float
        As in `RandomRotation`; 0 does not rotate. (torchvision's angle is clockwise
        here and counterclockwise there.)
    translate : pair of float
        The largest shift, to either side and up or down, as fractions of width and
        height, in [0, 1].
    scale : pair of float
        The zoom is uniform between the two, greater than 0.
    shear : float or pair of float
        The angle in degrees is uniform in [-shear, shear], or between the two, within
        [-89, 89].
    fill : float
        The value of what comes in from outside.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.
    """

    degrees: Range = 0.0
    translate: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    shear: Range = 0.0
    fill: float = 0.0

    def __post_init__(self) -> None:
        _symmetric("RandomAffine: degrees", self.degrees)
        if not isinstance(self.translate, tuple | list) or len(self.translate) != 2:
            raise TypeError(
                "RandomAffine: translate must be a pair (of the width, of the height), "
                f"got {self.translate!r}"
            )
        for fraction in self.translate:
            require_probability("RandomAffine: translate", fraction)
        low, _ = require_range("RandomAffine: scale", self.scale, 0)
        if low == 0:
            raise ValueError(
                f"RandomAffine: scale must be greater than 0, got {self.scale}"
            )
        _symmetric("RandomAffine: shear", self.shear, 89)
        require_number("RandomAffine: fill", self.fill, -math.inf)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W); draws angle, shifts, zoom, shear, in this order."""
        height, width = image.shape[1:]
        angle = rng.uniform(*_symmetric("degrees", self.degrees))
        right = rng.uniform(-1, 1) * self.translate[0] * width
        down = rng.uniform(-1, 1) * self.translate[1] * height
        return affine(
            image,
            degrees=angle,
            translate=(right, down),
            scale=rng.uniform(*self.scale),
            shear=rng.uniform(*_symmetric("shear", self.shear)),
            fill=self.fill,
        )


def _symmetric(name: str, value: Range, most: float = math.inf) -> tuple[float, float]:
    """Return (-value, value) for a number, or the pair itself."""
    if isinstance(value, tuple | list):
        return require_range(name, value, -most, most)
    require_number(name, value, 0, most)
    return -float(value), float(value)
