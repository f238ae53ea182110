"""Mirror images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlbook.data.augmentation.arguments import require_probability
from dlbook.data.augmentation.image import ImageTransform

__all__ = ["RandomHorizontalFlip", "RandomVerticalFlip"]


@dataclass(frozen=True)
class RandomHorizontalFlip(ImageTransform):
    """Exchange left and right with probability p.

    Right for photographs of most things; wrong for text and digits, where a mirrored
    sign is another sign, or none.

    Parameters
    ----------
    p : float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        If p is no number in [0, 1].

    See Also
    --------
    dlbook.data.augmentation.image.ImageTransform : how it is called.
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        require_probability(f"{type(self).__name__}: p", self.p)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W); draws one number."""
        flipped = rng.random() < self.p
        return image[:, :, ::-1].copy() if flipped else image.copy()


@dataclass(frozen=True)
class RandomVerticalFlip(ImageTransform):
    """Exchange top and bottom with probability p.

    Right for pictures from above or through a microscope, which have no top.

    Parameters
    ----------
    p : float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        If p is no number in [0, 1].
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        require_probability(f"{type(self).__name__}: p", self.p)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(C, H, W) -> (C, H, W); draws one number."""
        flipped = rng.random() < self.p
        return image[:, ::-1].copy() if flipped else image.copy()
