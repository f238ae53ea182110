"""Data sets and photographs in the layout of convolutional layers, (N, C, H, W)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.counts import require_count
from dlbook.data.dataset import Dataset
from dlbook.data.embedded import load_photographs


def as_images(
    dataset: Dataset, *, size: int | None = None, padding: int = 0
) -> Dataset:
    """Give the samples of a data set the shape (C, H, W), and a new size if asked.

    Enlarged digits hold no more detail than before: 8 by 8 pixels interpolated to 32 by
    32 have the size that LeNet-5 takes, and still 64 measured numbers.

    Parameters
    ----------
    dataset : Dataset
        Whose `images` have the shape (N, H, W), as digits and MNIST, or (N, C, H, W).
    size : int, optional
        Interpolate to `size` rows and columns, bilinearly, with the centers of the
        corner pixels at half a pixel from the corners. What is smaller than before may
        miss pixels.
    padding : int, at least 0
        Then add so many rows and columns of zeros on every side: MNIST's 28 by 28
        pixels become 32 by 32 with ``padding=2``.

    Returns
    -------
    Dataset
        inputs of shape (N, C, H, W), C = 1 for gray images, in the type they had; a
        copy. No feature names. The rest is unchanged.

    Raises
    ------
    TypeError
        If `size` or `padding` is no int.
    ValueError
        If the samples are not images, `size` is less than 1, or `padding` negative.

    See Also
    --------
    torch.nn.functional.interpolate : with ``mode="bilinear"`` the same numbers.

    Examples
    --------
    >>> from dlbook.data import load_digits
    >>> as_images(load_digits(), size=28, padding=2).inputs.shape
    (1797, 1, 32, 32)
    """
    if size is not None:
        require_count("size", size, 1)
    require_count("padding", padding, 0)
    images = dataset.images
    if images.ndim == 3:
        images = images[:, None]
    if size is not None:
        rows, columns = (
            _interpolation(length, size).astype(images.dtype)
            for length in images.shape[2:]
        )
        images = rows @ images @ columns.T
    around = (padding, padding)
    return replace(
        dataset,
        inputs=np.pad(images, ((0, 0), (0, 0), around, around)),
        feature_names=(),
        image_shape=None,
    )


def photographs_as_images(
    *, gray: bool = False, shrink: int = 1, dtype: DTypeLike = np.float32
) -> dict[str, np.ndarray]:
    """Load the two photographs of `load_photographs` as batches of one image.

    Parameters
    ----------
    gray : bool
        Replace red, green and blue by how bright they look together, as
        `augmentation.Grayscale`.
    shrink : int, at least 1
        Replace squares of this many pixels a side by their mean. Rows and columns that
        fill no square are left out at the bottom and on the right.
    dtype : float32 or float64
        Type of the arrays.

    Returns
    -------
    dict of str to ndarray, shape (1, C, H, W)
        "china" and "flower", in [0, 1]; C = 3, or 1 with `gray`, and H, W = 427, 640
        divided by `shrink`, rounded down.

    Raises
    ------
    TypeError
        If `shrink` is no int.
    ValueError
        If `shrink` is less than 1 or more than 427, and as `load_photographs`.
    ModuleNotFoundError
        As `load_photographs`.
    """
    from dlbook.data.augmentation.color import gray as brightness

    require_count("shrink", shrink, 1)
    images = {}
    for name, pixels in load_photographs(dtype=dtype).items():
        height, width = (length // shrink for length in pixels.shape[:2])
        if not height:
            raise ValueError(
                f"shrink must be at most {len(pixels)}, the rows of {name!r}, "
                f"got {shrink}"
            )
        image = pixels[: height * shrink, : width * shrink].transpose(2, 0, 1)
        squares = image.reshape(3, height, shrink, width, shrink)
        image = squares.mean(axis=(2, 4))
        images[name] = (brightness(image) if gray else image)[None]
    return images


def _interpolation(before: int, after: int) -> np.ndarray:
    """Return the matrix (after, before) that interpolates a column of pixels."""
    position = (np.arange(after) + 0.5) * before / after - 0.5
    position = np.clip(position, 0, before - 1)  # no pixel beyond the first and last
    distance = np.abs(position[:, None] - np.arange(before))
    return np.maximum(1 - distance, 0)
