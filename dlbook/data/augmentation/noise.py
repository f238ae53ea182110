"""Noise on images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlbook.data.augmentation.arguments import require_number
from dlbook.data.augmentation.image import ImageTransform

__all__ = ["GaussianNoise"]


@dataclass(frozen=True)
class GaussianNoise(ImageTransform):
    """Add an independent normal number to every number of the image.

    Parameters
    ----------
    mean : float
        Of the noise, in the unit of the image.
    sigma : float
        Its standard deviation, at least 0.
    clip : bool
        Cut the result to [0, 1]. False for images that are normalized.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.
    """

    mean: float = 0.0
    sigma: float = 0.1
    clip: bool = True

    def __post_init__(self) -> None:
        require_number("GaussianNoise: mean", self.mean, -math.inf)
        require_number("GaussianNoise: sigma", self.sigma, 0)
        if not isinstance(self.clip, bool):
            raise TypeError(
                f"GaussianNoise: clip must be True or False, got {self.clip!r}"
            )

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W); draws C H W numbers."""
        noise = rng.standard_normal(image.shape) * self.sigma + self.mean
        noisy = image + noise.astype(image.dtype)
        return np.clip(noisy, 0, 1) if self.clip else noisy
