"""Change the colors of images whose numbers lie in [0, 1].

The definitions are torchvision's, for images of floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlbook.data.augmentation.arguments import (
    Range,
    require_number,
    require_range,
)
from dlbook.data.augmentation.image import FixedImageTransform, ImageTransform

__all__ = ["ColorJitter", "Grayscale", "Normalize"]

LUMA = (0.2989, 0.587, 0.114)  # how bright red, green and blue look: ITU-R BT.601


@dataclass(frozen=True)
class ColorJitter(ImageTransform):
    """Change brightness, contrast, saturation and hue at random, in random order.

    A factor f is drawn for each of the first three, and the image I mixed with a
    plainer one, f I + (1 - f) plain, cut to [0, 1]: black for brightness, the mean gray
    for contrast, the image in gray for saturation. The hue is shifted around the circle
    of colors by h turns.

    Parameters
    ----------
    brightness, contrast, saturation : float or pair of float
        A number b draws f uniformly from [max(0, 1 - b), 1 + b], a pair between the
        two; 0 leaves as is.
    hue : float or pair of float
        A number b of at most 0.5 draws h uniformly from [-b, b], a pair between the
        two, within [-0.5, 0.5].

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range; when called, if a number
        of the image lies outside [0, 1], the channels are not 3 (red, green, blue) or
        1 (gray), or gray shall change in saturation or hue.
    """

    brightness: Range = 0.0
    contrast: Range = 0.0
    saturation: Range = 0.0
    hue: Range = 0.0

    def __post_init__(self) -> None:
        for name in ("brightness", "contrast", "saturation"):
            _factors(f"ColorJitter: {name}", getattr(self, name))
        _turns("ColorJitter: hue", self.hue)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W); draws the order and four numbers."""
        self._require_colors(image)
        order = rng.permutation(4)
        factors = [
            rng.uniform(*_factors(name, getattr(self, name)))
            for name in ("brightness", "contrast", "saturation")
        ]
        factors.append(rng.uniform(*_turns("hue", self.hue)))
        steps = (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue)
        unchanged = (1.0, 1.0, 1.0, 0.0)
        for step in order:
            if factors[step] != unchanged[step]:
                image = steps[step](image, factors[step])
        return image.copy()

    def _require_colors(self, image: np.ndarray) -> None:
        if not 0 <= image.min() <= image.max() <= 1:  # also for NaN
            raise ValueError(
                "ColorJitter takes numbers in [0, 1], got "
                f"{image.min():g} to {image.max():g}; normalize afterwards"
            )
        if len(image) not in (1, 3):
            raise ValueError(
                f"ColorJitter takes 3 channels or 1, got shape {image.shape}"
            )
        plain = _factors("", self.saturation) == (1, 1) and _turns("", self.hue) == (
            0,
            0,
        )
        if len(image) == 1 and not plain:
            raise ValueError(
                "ColorJitter: an image of one channel has no saturation and no hue; "
                f"pass saturation=0 and hue=0, got {self}"
            )


@dataclass(frozen=True)
class Grayscale(FixedImageTransform):
    r"""Replace red, green and blue by how bright they look together.

    .. math:: I = 0.2989\,R + 0.587\,G + 0.114\,B

    Parameters
    ----------
    num_output_channels : int
        1, or 3 for three equal channels.

    Raises
    ------
    ValueError
        If it is neither; when called, if the image does not have three channels.
    """

    num_output_channels: int = 1

    def __post_init__(self) -> None:
        if self.num_output_channels not in (1, 3):
            raise ValueError(
                "Grayscale: num_output_channels must be 1 or 3, got "
                f"{self.num_output_channels!r}"
            )

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(3, H, W) -> (1, H, W) or (3, H, W)."""
        if len(image) != 3:
            raise ValueError(f"Grayscale takes 3 channels, got shape {image.shape}")
        return np.repeat(gray(image), self.num_output_channels, axis=0)


@dataclass(frozen=True)
class Normalize(FixedImageTransform):
    """Subtract a mean from each channel and divide by a standard deviation.

    Parameters
    ----------
    mean, std : float or tuple of float, length C
        One number for all channels, or one for each, in the unit of the image; `std`
        greater than 0.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range; when called, if the
        number of channels is another.
    """

    mean: float | tuple[float, ...]
    std: float | tuple[float, ...]

    def __post_init__(self) -> None:
        for name, low in (("mean", -math.inf), ("std", 0)):
            values = getattr(self, name)
            for value in values if isinstance(values, tuple | list) else (values,):
                require_number(f"Normalize: {name}", value, low)
                if value == low:
                    raise ValueError("Normalize: std must be greater than 0, got 0")

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W)."""
        mean, std = (
            self._each_channel(name, image).astype(image.dtype)
            for name in ("mean", "std")
        )
        return (image - mean) / std

    def _each_channel(self, name: str, image: np.ndarray) -> np.ndarray:
        values = np.atleast_1d(np.asarray(getattr(self, name), np.float64))
        if len(values) not in (1, len(image)):
            raise ValueError(
                f"Normalize: {name} has {len(values)} numbers, and the image of shape "
                f"{image.shape} {len(image)} channel(s)"
            )
        return values.reshape(-1, 1, 1)  # (C or 1, 1, 1)


def gray(image: np.ndarray) -> np.ndarray:
    """(3, H, W) -> (1, H, W), and (1, H, W) as it is."""
    if len(image) == 1:
        return image
    red, green, blue = image
    return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)[np.newaxis]


def adjust_brightness(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply by a factor of at least 0, and cut at 1."""
    return np.minimum(image * factor, 1)


def adjust_contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Move all numbers away from their mean gray, or toward it if factor < 1."""
    return _mixed(image, gray(image).mean(), factor)


def adjust_saturation(image: np.ndarray, factor: float) -> np.ndarray:
    """Move the colors away from gray, or toward it if factor < 1."""
    return _mixed(image, gray(image), factor)


def adjust_hue(image: np.ndarray, turns: float) -> np.ndarray:
    """Shift the hue: 1/3 turns red into green, green into blue and blue into red."""
    hue, saturation, value = to_hsv(image)
    return from_hsv(hue + turns, saturation, value)


def to_hsv(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hue in turns in [0, 1), saturation and value in [0, 1], each (H, W)."""
    red, green, blue = image
    value = image.max(axis=0)
    spread = value - image.min(axis=0)
    colored = np.where(spread > 0, spread, 1)  # gray has hue 0
    sixths = np.select(
        [value == red, value == green],
        [(green - blue) / colored, (blue - red) / colored + 2],
        (red - green) / colored + 4,
    )
    saturation = spread / np.where(value > 0, value, 1)
    return (sixths / 6) % 1, saturation, value


def from_hsv(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Undo `to_hsv`, for a hue of any number of turns: return colors, (3, H, W)."""
    channels = []
    for sixths in (5, 3, 1):  # red, green and blue are a third of a turn apart
        place = (sixths + 6 * hue) % 6
        share = np.clip(np.minimum(place, 4 - place), 0, 1)
        channels.append(value * (1 - saturation * share))
    return np.stack(channels)


def _mixed(image: np.ndarray, plain: np.ndarray, factor: float) -> np.ndarray:
    return np.clip(factor * image + (1 - factor) * plain, 0, 1)


def _factors(name: str, value: Range) -> tuple[float, float]:
    if isinstance(value, tuple | list):
        return require_range(name, value, 0)
    require_number(name, value, 0)
    return max(0.0, 1.0 - value), 1.0 + value


def _turns(name: str, value: Range) -> tuple[float, float]:
    if isinstance(value, tuple | list):
        return require_range(name, value, -0.5, 0.5)
    require_number(name, value, 0, 0.5)
    return -float(value), float(value)
