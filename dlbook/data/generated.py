r"""Points in the plane that a formula generates, with class labels.

Every function draws independent samples of one distribution: the position on the
curve at random, then Gaussian noise in both coordinates. Training and test set are two
calls with different generators. The classes are as large as they can be made equal and
come in random order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dlbook.data.dataset import Dataset, floating_type
from dlbook.random import default_rng


def make_moons(
    samples: int,
    *,
    noise: float = 0.1,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    r"""Draw two half circles that interlock; no line separates them.

    .. math::
        \text{upper: } (\cos t, \sin t), \qquad
        \text{lower: } (1 - \cos t, \tfrac12 - \sin t), \qquad
        t \sim U(0, \pi)

    Parameters
    ----------
    samples : int, at least 2
        The upper moon, class 0, has one more than the lower if the number is odd.
    noise : float, at least 0
        Standard deviation of what is added to each coordinate.
    rng : numpy.random.Generator or int
        The same state gives the same points. An int is a seed.
    dtype : float32 or float64
        Type of the inputs.

    Returns
    -------
    Dataset
        inputs of shape (samples, 2).

    Raises
    ------
    TypeError
        If `samples` is no int.
    ValueError
        If `samples` or `noise` is too small, or `dtype` is not a floating-point type.

    See Also
    --------
    sklearn.datasets.make_moons : the same curves, at evenly spaced t.
    """
    rng = default_rng(rng)
    labels = _labels(samples, 2, rng)
    t = rng.uniform(0, np.pi, len(labels))
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)  # (N, 2)
    lower = np.stack([1 - np.cos(t), 0.5 - np.sin(t)], axis=1)
    points = np.where(labels[:, None] == 0, upper, lower)
    return _dataset("moons", points, labels, ("upper", "lower"), noise, rng, dtype)


def make_circles(
    samples: int,
    *,
    radii: Sequence[float] = (1.0, 0.5),
    noise: float = 0.05,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    r"""Draw circles around the origin, one class each; no line separates them.

    .. math:: (r_c \cos t, r_c \sin t), \qquad t \sim U(0, 2\pi)

    Parameters
    ----------
    samples : int, at least the number of circles
    radii : sequence of float, greater than 0
        :math:`r_c` of class c.
    noise, rng, dtype
        As in `make_moons`.

    Returns
    -------
    Dataset
        inputs of shape (samples, 2).

    Raises
    ------
    TypeError, ValueError
        As in `make_moons`, and if a radius is not greater than 0.

    See Also
    --------
    sklearn.datasets.make_circles : the same curves, at evenly spaced t.
    """
    radius = np.asarray(radii, dtype=np.float64)
    if radius.ndim != 1 or not radius.size or not (radius > 0).all():
        raise ValueError(f"radii must be numbers greater than 0, got {radii}")
    rng = default_rng(rng)
    labels = _labels(samples, len(radius), rng)
    t = rng.uniform(0, 2 * np.pi, len(labels))
    points = radius[labels, None] * np.stack([np.cos(t), np.sin(t)], axis=1)
    names = tuple(f"radius {r:g}" for r in radius)
    return _dataset("circles", points, labels, names, noise, rng, dtype)


def make_spirals(
    samples: int,
    *,
    arms: int = 2,
    turns: float = 1.0,
    noise: float = 0.02,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    r"""Draw the arms of a spiral, one class each, that start together at the origin.

    .. math::
        (r \cos t, r \sin t), \qquad
        t = 2\pi \left(\frac{c}{\text{arms}} + \text{turns} \cdot r\right), \qquad
        r = \sqrt u, \quad u \sim U(0, 1)

    The square root makes the points as dense outside as inside.

    Parameters
    ----------
    samples : int, at least `arms`
    arms : int, at least 1
        Number of classes; arm c is arm 0 turned by c / arms of a full turn.
    turns : float
        Full turns of an arm between the origin and radius 1. The more, the harder.
    noise, rng, dtype
        As in `make_moons`.

    Returns
    -------
    Dataset
        inputs of shape (samples, 2).

    Raises
    ------
    TypeError, ValueError
        As in `make_moons`, and if `arms` is no int or too small.

    References
    ----------
    Lang & Witbrock (1988), Learning to tell two spirals apart, Proceedings of the 1988
    Connectionist Models Summer School: two arms of three turns.
    """
    _check_count("arms", arms, 1)
    rng = default_rng(rng)
    labels = _labels(samples, arms, rng)
    radius = np.sqrt(rng.uniform(0, 1, len(labels)))
    t = 2 * np.pi * (labels / arms + turns * radius)
    points = radius[:, None] * np.stack([np.cos(t), np.sin(t)], axis=1)
    names = tuple(f"arm {c}" for c in range(arms))
    return _dataset("spirals", points, labels, names, noise, rng, dtype)


def make_blobs(
    samples: int,
    *,
    centers: int | ArrayLike = 3,
    noise: float = 0.2,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    r"""Draw points around centers, one class each: :math:`x \sim N(c, \sigma^2 I)`.

    Parameters
    ----------
    samples : int, at least the number of centers
    centers : int, or array of shape (C, D)
        The centers themselves, or how many: center c then lies on the unit circle at
        angle :math:`2\pi c / C`.
    noise : float, at least 0
        :math:`\sigma`, the standard deviation in every coordinate.
    rng, dtype
        As in `make_moons`.

    Returns
    -------
    Dataset
        inputs of shape (samples, D); D = 2 where `centers` is an int.

    Raises
    ------
    TypeError, ValueError
        As in `make_moons`, and if `centers` is neither a count nor of shape (C, D).
    """
    if np.ndim(centers) == 0:
        _check_count("centers", centers, 1)
        t = 2 * np.pi * np.arange(centers) / centers
        middle = np.stack([np.cos(t), np.sin(t)], axis=1)  # (C, 2)
    else:
        middle = np.asarray(centers, dtype=np.float64)
        if middle.ndim != 2 or 0 in middle.shape:
            raise ValueError(
                f"centers must be an int or of shape (C, D), got shape {middle.shape}"
            )
    rng = default_rng(rng)
    labels = _labels(samples, len(middle), rng)
    names = tuple(f"blob {c}" for c in range(len(middle)))
    return _dataset("blobs", middle[labels], labels, names, noise, rng, dtype)


def make_xor(
    samples: int,
    *,
    noise: float = 0.1,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    """Draw points around the corners of the unit square, labelled by exclusive or.

    The class of a point around the corner (a, b) is a xor b: 0 around (0, 0) and
    (1, 1), 1 around (0, 1) and (1, 0). No line separates the classes. The corners get
    equal numbers of points, with a rest in the order (0, 0), (0, 1), (1, 1), (1, 0).

    Parameters
    ----------
    samples : int, at least 4
    noise, rng, dtype
        As in `make_moons`.

    Returns
    -------
    Dataset
        inputs of shape (samples, 2).

    Raises
    ------
    TypeError, ValueError
        As in `make_moons`.

    References
    ----------
    Minsky & Papert (1969), Perceptrons, MIT Press.
    """
    rng = default_rng(rng)
    corners = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])
    chosen = _labels(samples, len(corners), rng)
    points = corners[chosen].astype(np.float64)
    labels = corners[chosen, 0] ^ corners[chosen, 1]
    names = ("0", "1")
    return _dataset("xor", points, labels.astype(np.int64), names, noise, rng, dtype)


def _check_count(argument: str, count: object, least: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int | np.integer):
        raise TypeError(f"{argument} must be an int, got {type(count).__name__}")
    if count < least:
        raise ValueError(f"{argument} must be at least {least}, got {count}")


def _labels(samples: int, groups: int, rng: np.random.Generator) -> np.ndarray:
    """Return 0, 1, ..., groups - 1 again and again, shuffled; shape (samples,)."""
    _check_count("samples", samples, groups)
    return rng.permutation(np.arange(samples, dtype=np.int64) % groups)


def _dataset(
    name: str,
    points: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    noise: float,
    rng: np.random.Generator,
    dtype: DTypeLike,
) -> Dataset:
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be at least 0 and finite, got {noise}")
    noisy = points + noise * rng.standard_normal(points.shape)
    return Dataset(
        name=name,
        inputs=noisy.astype(floating_type(dtype)),
        targets=labels,
        class_names=class_names,
        feature_names=tuple(f"x{d + 1}" for d in range(points.shape[1])),
        source="generated",
    )
