r"""Pictures of circles, squares and triangles, with the class of every pixel.

Small enough to train on in seconds, and still a question of form: the colors of shapes
and background come from one distribution, so the color of a pixel tells nothing about
its class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.counts import require_count
from dlbook.data.dataset import floating_type
from dlbook.random import default_rng

CLASSES = ("background", "circle", "square", "triangle")
_GRAINS = 4  # cells of the coarse grid, a side, that the texture varies over


@dataclass(frozen=True, repr=False, eq=False)
class Shapes:
    """Pictures of shapes and three answers: class numbers of pixels, boxes, classes.

    ``len(shapes)`` is the number of pictures N, and ``shapes[:100]`` the first hundred
    of them. `DataLoader` and `dlbook.training.fit` take arrays:
    ``DataLoader((shapes.images, shapes.masks), 32, shuffle=True, rng=0)``.

    Attributes
    ----------
    images : ndarray, shape (N, 3, H, W)
        Red, green and blue in [0, 1].
    masks : ndarray of int64, shape (N, H, W)
        The class of every pixel, an index into `class_names`; 0 is background.
    boxes : ndarray of int64, shape (N, K, 4)
        For each shape (left, top, right, bottom) around the pixels of it that are
        seen, in pixels: columns left, ..., right - 1 and rows top, ..., bottom - 1.
        Zeros in a place without a shape.
    labels : ndarray of int64, shape (N, K)
        The class of each shape, from the lowest to the top one; 0 in a place without
        a shape, or whose shape others hide.
    class_names : tuple of str, length 4
    """

    images: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...] = CLASSES

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)

    def __getitem__(self, index: Any) -> Shapes:
        """Return the pictures that a slice, an integer array or a mask chooses."""
        if isinstance(index, int | np.integer) and not isinstance(index, bool):
            raise TypeError(
                f"shapes[{index}] would be one picture without the first axis: take "
                f"shapes[{index}:{index + 1}], or shapes.images[{index}]"
            )
        return Shapes(
            self.images[index],
            self.masks[index],
            self.boxes[index],
            self.labels[index],
            self.class_names,
        )

    def __repr__(self) -> str:
        counts = np.bincount(self.labels.reshape(-1), minlength=len(self.class_names))
        pairs = list(zip(self.class_names, counts, strict=True))[1:]
        return (
            f"Shapes({len(self)} images of shape {self.images.shape[1:]}, "
            f"{self.images.dtype}; {', '.join(f'{n} {c}' for n, c in pairs)})"
        )


def make_shapes(
    samples: int,
    *,
    size: int = 32,
    most_shapes: int = 2,
    radii: tuple[float, float] = (0.2, 0.3),
    turn: float = 15.0,
    texture: float = 0.05,
    noise: float = 0.03,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Shapes:
    r"""Draw pictures that hold circles, squares and triangles in any position.

    Every picture has a background color and 1 to `most_shapes` shapes; later ones cover
    earlier ones. A shape has a random class, place, size, angle and color, and lies
    inside the picture as a whole. Circle, square and triangle of one radius r have one
    area, :math:`\pi r^2`, so that the size of a region is no hint either. Each color
    channel of a shape differs from the background by 0.25 to 0.75 modulo 1: it is
    uniform in [0, 1], as that of the background. Edges are anti-aliased: a pixel on one
    has a mixture of both colors; it is of the class at its center. A smooth texture
    and white noise lie over all.

    Parameters
    ----------
    samples : int, at least 1
        N, the number of pictures.
    size : int, at least 8
        H and W, in pixels.
    most_shapes : int, at least 1
        K. The number of shapes is uniform on 1, ..., K.
    radii : (float, float)
        Smallest and largest radius r of a circle, as a share of `size`; r is uniform
        between. At most 0.3, so that a triangle of this area fits.
    turn : float in [0, 180]
        Degrees. A square and a triangle are turned from upright, on one of their sides,
        by an angle that is uniform between minus and plus this number. The more, the
        harder.
    texture : float, at least 0
        Standard deviation of a field for each channel, interpolated between the knots
        of a grid of 5 by 5 random numbers.
    noise : float, at least 0
        Standard deviation of what is added to every pixel and channel. The results are
        cut off at 0 and 1.
    rng : numpy.random.Generator or int
        The same state gives the same pictures. An int is a seed.
    dtype : float32 or float64
        Type of the images.

    Returns
    -------
    Shapes

    Raises
    ------
    TypeError
        If a count is no int.
    ValueError
        If a number is out of range, or `dtype` is not a floating-point type.

    Examples
    --------
    >>> shapes = make_shapes(6, size=16, rng=0)
    >>> shapes.images.shape, shapes.masks.shape, shapes.boxes.shape
    ((6, 3, 16, 16), (6, 16, 16), (6, 2, 4))
    """
    require_count("samples", samples, 1)
    require_count("size", size, 8)
    require_count("most_shapes", most_shapes, 1)
    least, most = _radii(radii)
    for name, value in (("texture", texture), ("noise", noise)):
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} must be at least 0 and finite, got {value}")
    if not 0 <= turn <= 180:
        raise ValueError(f"turn must lie in [0, 180] degrees, got {turn}")
    floating = floating_type(dtype)
    rng = default_rng(rng)

    labels = _labels(samples, most_shapes, rng)  # (N, K)
    radius = size * rng.uniform(least, most, labels.shape)
    angle = np.pi / 2 + np.deg2rad(turn) * rng.uniform(-1, 1, labels.shape)
    margin = radius * _REACH[labels]  # to the farthest corner
    place = rng.uniform(0, 1, (*labels.shape, 2))
    center = margin[..., None] + place * (size - 2 * margin[..., None])  # x and y
    ground = rng.uniform(0, 1, (samples, 3))
    images = np.empty((samples, 3, size, size))
    images[:] = ground[:, :, None, None]
    owner = np.full((samples, size, size), -1)  # which shape a pixel shows
    for k in range(most_shapes):
        color = (ground + rng.uniform(0.25, 0.75, (samples, 3))) % 1
        outside = _distance(labels[:, k], center[:, k], radius[:, k], angle[:, k], size)
        drawn = (labels[:, k] > 0)[:, None, None]
        cover = np.where(drawn, np.clip(0.5 - outside, 0, 1), 0)[:, None]  # (N,1,H,W)
        images += cover * (color[:, :, None, None] - images)
        owner[drawn & (outside < 0)] = k
    images += texture * _smooth_field(samples, size, rng)
    images += noise * rng.standard_normal(images.shape)
    np.clip(images, 0, 1, out=images)

    seen, boxes = _boxes(owner, most_shapes)
    return Shapes(
        images=images.astype(floating),
        masks=np.where(
            owner < 0, 0, labels[np.arange(samples)[:, None, None], owner]
        ).astype(np.int64),
        boxes=boxes,
        labels=np.where(seen, labels, 0),
    )


# Of a shape with the area of a circle of radius 1: the distance from the center to the
# sides, and to the farthest point, by class. A regular polygon of n sides at distance a
# has the area n a^2 tan(pi / n), and its corners lie a / cos(pi / n) away.
_SIDES = np.array([0, 0, 4, 3])
_APOTHEM = np.array([0, 1, np.sqrt(np.pi) / 2, np.sqrt(np.pi / np.sqrt(27))])
_REACH = _APOTHEM * np.array([1, 1, np.sqrt(2), 2])


def _labels(samples: int, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return classes 1 to 3 for the shapes that there are, and 0; shape (N, K)."""
    count = rng.permutation(np.arange(samples) % most) + 1
    there = np.arange(most) < count[:, None]
    labels = np.zeros((samples, most), np.int64)
    classes = len(CLASSES) - 1
    labels[there] = 1 + rng.permutation(np.arange(there.sum()) % classes)
    return labels


def _distance(
    labels: np.ndarray,
    center: np.ndarray,
    radius: np.ndarray,
    angle: np.ndarray,
    size: int,
) -> np.ndarray:
    """Return how far the center of each pixel lies beyond a side, shape (N, H, W).

    Negative inside. For a polygon, the largest distance to the lines through the sides.
    """
    middle = np.arange(size) + 0.5
    x = middle[None, None, :] - center[:, 0, None, None]  # (N, 1, W)
    y = middle[None, :, None] - center[:, 1, None, None]  # (N, H, 1)
    away = np.hypot(x, y)  # of a circle; (N, H, W)
    for label in np.flatnonzero(_SIDES):
        chosen = np.flatnonzero(labels == label)
        turns = 2 * np.pi * np.arange(_SIDES[label]) / _SIDES[label]
        normal = (angle[chosen, None] + turns)[..., None, None]  # (M, sides, 1, 1)
        beyond = np.cos(normal) * x[chosen, None] + np.sin(normal) * y[chosen, None]
        away[chosen] = beyond.max(axis=1)
    return away - (radius * _APOTHEM[labels])[:, None, None]


def _smooth_field(samples: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Interpolate a coarse grid of standard normal numbers; shape (N, 3, H, W)."""
    knots = rng.standard_normal((samples, 3, _GRAINS + 1, _GRAINS + 1))
    position = (np.arange(size) + 0.5) * _GRAINS / size  # in [0, GRAINS]
    distance = np.abs(position[:, None] - np.arange(_GRAINS + 1))
    hats = np.maximum(1 - distance, 0)  # (size, knots): the weight of each knot
    return hats @ knots @ hats.T


def _boxes(owner: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each shape is seen, (N, K), and the box of what is, (N, K, 4)."""
    shown = owner[:, None] == np.arange(most)[:, None, None]  # (N, K, H, W)
    ends = []
    for axis in (2, 3):  # columns for left and right, rows for top and bottom
        line = shown.any(axis=axis)  # (N, K, W) or (N, K, H)
        ends += [line.argmax(axis=2), line.shape[2] - line[:, :, ::-1].argmax(axis=2)]
    left, right, top, bottom = ends
    seen = shown.any(axis=(2, 3))
    boxes = np.stack([left, top, right, bottom], axis=2)
    return seen, np.where(seen[..., None], boxes, 0).astype(np.int64)


def _radii(radii: Any) -> tuple[float, float]:
    try:
        least, most = (float(radius) for radius in radii)
    except (TypeError, ValueError):
        least, most = np.nan, np.nan
    if not 0 < least <= most <= 0.3:
        raise ValueError(
            "radii must be two numbers, the smallest and the largest radius, in "
            f"(0, 0.3], got {radii!r}"
        )
    return least, most
