"""What all transforms of images share: one image, or a batch, image by image."""

from __future__ import annotations

import numpy as np

from dlbook.data.augmentation.arguments import generator, require_float_array

LAYOUTS = {3: "(C, H, W)", 4: "(N, C, H, W)"}


class ImageTransform:
    """Base class: a subclass says in `apply` what becomes of one image.

    Call a transform with an image, shape (C, H, W), or a batch, (N, C, H, W). In a
    batch each image draws numbers of its own, one after the other: the result is the
    same as calling the transform for each image in turn with the same generator.

    The result is a new array of the same floating-point dtype. The draws do not depend
    on the dtype. `rng` is a generator, or an int, a seed, which gives the same draws on
    every call.
    """

    def __call__(self, array: np.ndarray, rng: np.random.Generator | int) -> np.ndarray:
        """Return the transformed image or images.

        Raises
        ------
        TypeError
            If `array` is no array of floats, or `rng` none of the two.
        ValueError
            If the shape does not fit.
        """
        require_float_array(type(self).__name__, array, LAYOUTS)
        rng = generator(type(self).__name__, rng)
        if array.ndim == 4:
            return np.stack([self.apply(image, rng) for image in array])
        return self.apply(array, rng)

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the transformed image, a new array; every subclass defines it.

        Raises
        ------
        NotImplementedError
            If the subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define apply()")


class FixedImageTransform(ImageTransform):
    """Base class of transforms without chance: `rng` may be left out."""

    def __call__(
        self, array: np.ndarray, rng: np.random.Generator | int | None = None
    ) -> np.ndarray:
        """Return the transformed image or images; nothing is drawn."""
        return super().__call__(array, 0 if rng is None else rng)
