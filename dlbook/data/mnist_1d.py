r"""MNIST-1D: digits as noisy signals of 40 numbers, made by a formula.

Each of ten digits is a template of 12 numbers. A sample is a template, stretched,
scaled and shifted by random amounts, with smooth noise around it, white noise over all,
and a random slope. Where the digit lies differs from sample to sample, so that a model
that knows about neighbors and shifts does far better than one that does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.counts import require_count
from dlbook.data.dataset import Dataset, floating_type
from dlbook.random import default_rng

# The published templates (greydanus/mnist1d, data.py, get_templates).
_DRAWN = np.array(
    [
        (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
        (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
        (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
        (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
        (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
        (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
        (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
        (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
        (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
        (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
    ]
)
_DIGITS, _TEMPLATE = _DRAWN.shape  # 10 templates of 12 numbers
_SMOOTHING = 2.0  # places: standard deviation of the Gaussian that smooths the noise
_REACH = 8  # places: where that Gaussian is cut off, at four standard deviations


def mnist_1d_templates() -> np.ndarray:
    """Return the ten templates of MNIST-1D, before anything random happens to them.

    Returns
    -------
    ndarray of float64, shape (10, 12)
        Row d is the digit d. It has standard deviation 1/6 and starts and ends at 0.

    References
    ----------
    Greydanus (2020), Scaling down deep learning, arXiv:2011.14439.
    """
    deviation = _DRAWN.std(axis=1, keepdims=True)
    return (_DRAWN - _DRAWN[:, :1]) / (6 * deviation)


def make_mnist_1d(
    samples: int = 5000,
    *,
    shuffled: bool = False,
    padding: tuple[int, int] = (36, 60),
    scale: float = 0.4,
    max_shift: int = 48,
    smooth_noise: float = 0.25,
    white_noise: float = 0.02,
    slope: float = 0.75,
    length: int = 40,
    rng: np.random.Generator | int,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    r"""Draw digits as signals; the defaults are the published ones.

    A template of 12 numbers is followed by P zeros, :math:`P` uniform on the integers
    of `padding`; the 12 + P numbers are interpolated to as many as the largest P
    gives, 72, so that P sets the width of the digit; the result is multiplied by
    :math:`1 + \text{scale} \cdot u` and turned to the right by K places, K uniform on
    0, ..., `max_shift` - 1, the last places coming back at the start. The zeros beside
    the digit are replaced by smooth noise, white noise is added everywhere, and a
    straight line that falls by :math:`\text{slope} \cdot u'` from one end to the other.
    Here :math:`u, u' \sim U(-\tfrac12, \tfrac12)`. Last, 72 places are interpolated
    to 40, and one mean is taken off all numbers of the data set, and one standard
    deviation divided out.

    Parameters
    ----------
    samples : int, at least 10
        The published data set has 5,000, of which 4,000 train and 1,000 test: see
        `stratified_split`.
    shuffled : bool
        Put the places in a random order, the same for all samples. The last draw: the
        same `rng` gives the same signals with and without.
    padding : (int, int)
        Smallest and largest P, from 0 on.
    scale : float in [0, 2)
        How much the height of the digits varies.
    max_shift : int, from 1 to 12 plus the largest P
    smooth_noise : float, at least 0
        Standard deviation of the noise beside the digit before a Gaussian of standard
        deviation 2 places smooths it, which leaves about 0.38 of it.
    white_noise : float, at least 0
        Standard deviation of what is added to every place.
    slope : float, at least 0
    length : int, at least 2
        L, the number of places of a sample.
    rng : numpy.random.Generator or int
        The same state gives the same samples. An int is a seed.
    dtype : float32 or float64
        Type of the inputs.

    Returns
    -------
    Dataset
        inputs of shape (samples, 1, L), one channel as `nn.Conv1d` takes it;
        `nn.Linear` needs an `nn.Flatten` before it. Mean 0 and standard deviation 1
        over all numbers. Classes as large as they can be made equal, in random order.

    Raises
    ------
    TypeError
        If a count is no int, or `shuffled` no bool.
    ValueError
        If a number is out of range, or `dtype` is not a floating-point type.

    Notes
    -----
    The published figures for the accuracy on the 1,000 test samples, in percent:
    logistic regression 32, a multilayer perceptron 68, a convolutional network 94; on
    shuffled places 32, 68, 56. People reach about 96.

    References
    ----------
    Greydanus (2020), Scaling down deep learning, arXiv:2011.14439. The numbers are
    those of its program, github.com/greydanus/mnist1d, data.py and transform.py.

    Examples
    --------
    >>> make_mnist_1d(100, rng=0).inputs.shape
    (100, 1, 40)
    """
    require_count("samples", samples, _DIGITS)
    require_count("length", length, 2)
    least, most = _padding(padding)
    places = _TEMPLATE + most  # 72
    require_count("max_shift", max_shift, 1, places)
    _require_number("scale", scale, below=2)
    _require_number("smooth_noise", smooth_noise)
    _require_number("white_noise", white_noise)
    _require_number("slope", slope)
    if not isinstance(shuffled, bool | np.bool_):
        raise TypeError(f"shuffled must be a bool, got {type(shuffled).__name__}")
    floating = floating_type(dtype)
    rng = default_rng(rng)

    labels = rng.permutation(np.arange(samples, dtype=np.int64) % _DIGITS)
    zeros = rng.integers(least, most, samples, endpoint=True)
    signals, inside = _stretched(labels, _TEMPLATE + zeros, places)
    signals *= 1 + scale * rng.uniform(-0.5, 0.5, (samples, 1))
    shift = rng.integers(0, max_shift, (samples, 1))
    origin = (np.arange(places) - shift) % places  # (N, 72): what comes to each place
    rows = np.arange(samples)[:, None]
    signals, inside = signals[rows, origin], inside[rows, origin]
    noise = _smoothed(smooth_noise * rng.standard_normal((samples, places)))
    signals = np.where(inside, signals, noise)
    signals += white_noise * rng.standard_normal((samples, places))
    fall = slope * rng.uniform(-0.5, 0.5, (samples, 1))
    signals -= fall * np.linspace(-0.5, 0.5, places)
    signals = _resampled(signals, length)
    signals = (signals - signals.mean()) / signals.std()
    if shuffled:
        signals = signals[:, rng.permutation(length)]
    return Dataset(
        name="MNIST-1D, shuffled places" if shuffled else "MNIST-1D",
        inputs=signals[:, None, :].astype(floating),
        targets=labels,
        class_names=tuple(str(digit) for digit in range(_DIGITS)),
        source="generated after Greydanus (2020)",
    )


def _stretched(
    labels: np.ndarray, padded: np.ndarray, places: int
) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate templates and the zeros behind them; say which places are template.

    `padded` (N,) counts the numbers of each before. Both results have shape (N, 72).
    """
    templates = np.pad(mnist_1d_templates(), ((0, 0), (0, 2)))  # two zeros behind
    step = padded[:, None] - 1  # (N, 1)
    # the place in the padded template, times places - 1: integers, so exact
    scaled = np.arange(places) * step  # (N, 72)
    inside = scaled < _TEMPLATE * (places - 1)
    position = np.minimum(scaled / (places - 1), _TEMPLATE)
    left = position.astype(np.int64)
    part = position - left
    rows = labels[:, None]
    stretched = (1 - part) * templates[rows, left] + part * templates[rows, left + 1]
    return stretched, inside


def _smoothed(noise: np.ndarray) -> np.ndarray:
    """Convolve rows (N, L) with a Gaussian; beyond its ends a row is mirrored."""
    offsets = np.arange(-_REACH, _REACH + 1)
    weights = np.exp(-0.5 * (offsets / _SMOOTHING) ** 2)
    weights /= weights.sum()
    mirrored = np.pad(noise, ((0, 0), (_REACH, _REACH)), mode="symmetric")
    length = noise.shape[1]
    return sum(
        weight * mirrored[:, start : start + length]
        for start, weight in enumerate(weights)
    )


def _resampled(signals: np.ndarray, length: int) -> np.ndarray:
    """Interpolate rows (N, L) linearly at `length` places from first to last."""
    last = signals.shape[1] - 1
    position = np.linspace(0, last, length)
    left = np.minimum(position.astype(np.int64), last - 1)
    part = position - left
    return (1 - part) * signals[:, left] + part * signals[:, left + 1]


def _padding(padding: Any) -> tuple[int, int]:
    try:
        least, most = padding
    except (TypeError, ValueError):
        raise ValueError(
            f"padding must be two ints, smallest and largest, got {padding!r}"
        ) from None
    require_count("padding", least, 0)
    require_count("padding", most, least)
    return int(least), int(most)


def _require_number(name: str, value: float, below: float = np.inf) -> None:
    if not 0 <= value < below:
        raise ValueError(f"{name} must lie in [0, {below:g}), got {value}")
