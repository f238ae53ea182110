"""Arrays for the rows: each maker takes a generator and returns a float64 array."""

from collections.abc import Callable

import numpy as np

Maker = Callable[[np.random.Generator], np.ndarray]


def normal(*shape: int, scale: float = 1.0) -> Maker:
    """Return standard normal numbers times `scale`."""
    return lambda rng: rng.standard_normal(shape) * scale


def positive(*shape: int) -> Maker:
    """Return numbers in [0.5, 2], where log, sqrt and powers are smooth."""
    return lambda rng: rng.uniform(0.5, 2, shape)


def away(*shape: int, kinks: tuple[float, ...] = (0.0,), scale: float = 2.0) -> Maker:
    """Return normal numbers at least 0.05 away from every kink, on both sides of it."""

    def make(rng):
        x = rng.standard_normal(shape) * scale
        for kink in kinks:
            side = np.where(x >= kink, 1.0, -1.0)
            x = np.where(np.abs(x - kink) < 0.05, kink + 0.1 * side, x)
        return x

    return make


def distinct(*shape: int) -> Maker:
    """Return numbers that differ by 0.25 at least: no ties."""
    return lambda rng: rng.permutation(int(np.prod(shape))).reshape(shape) / 4 - 1


def exactly(*values: object, dtype: type = float) -> Maker:
    """Return these values; a single number makes an array without axes."""
    array = np.array(values[0] if len(values) == 1 else values, dtype)
    return lambda rng: array.copy()


def labels(num_classes: int, *shape: int) -> Maker:
    """Return class numbers; every class occurs where there is room."""
    return lambda rng: rng.permutation(
        np.arange(int(np.prod(shape))) % num_classes
    ).reshape(shape)


def mask(*shape: int) -> Maker:
    """Return booleans, about half of them true."""
    return lambda rng: rng.random(shape) < 0.5


def probabilities(*shape: int, axis: int = -1) -> Maker:
    """Return positive numbers that sum to one along `axis`."""

    def make(rng):
        p = rng.uniform(0.1, 1, shape)
        return p / p.sum(axis=axis, keepdims=True)

    return make
