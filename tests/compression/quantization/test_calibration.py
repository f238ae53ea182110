"""Observers: torch's intervals, and the ones that torch does not have."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.autograd import Tensor
from dlbook.compression.quantization.calibration import (
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    MSEObserver,
    Observer,
    PercentileObserver,
)
from dlbook.compression.quantization.scheme import WEIGHTS, Scheme
from tests.compression.quantization import torch_side

ALL = [
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    PercentileObserver,
    MSEObserver,
]


def batches(number=4, shape=(6, 5)):
    rng = np.random.default_rng(0)
    return [(rng.standard_normal(shape) * n).astype(np.float32) for n in (1, 3, 2, 4)][
        :number
    ]


def squared_error(observer, x):
    return np.square(observer.quantize(x).dequantize() - x, dtype=np.float64).sum()


@pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    [
        (MinMaxObserver, "MinMaxObserver", {}),
        (MovingAverageMinMaxObserver, "MovingAverageMinMaxObserver", {}),
        (
            MovingAverageMinMaxObserver,
            "MovingAverageMinMaxObserver",
            {"averaging_constant": 0.3},
        ),
    ],
)
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_torchs_observers(ours, theirs, options, symmetric, axis):
    if axis is not None:
        theirs = theirs.replace("MinMax", "PerChannelMinMax")
        kind = "per_channel_symmetric" if symmetric else "per_channel_affine"
        their_options = {"ch_axis": axis}
    else:
        kind = "per_tensor_symmetric" if symmetric else "per_tensor_affine"
        their_options = {}
    expected = torch_side.observed(
        theirs,
        batches(),
        dtype=torch.qint8,
        qscheme=getattr(torch, kind),
        **their_options,
        **options,
    )
    observer = ours(Scheme(symmetric=symmetric, axis=axis), **options)
    for batch in batches():
        observer(Tensor(batch))
    scale, zero_point = observer.calculate_qparams()
    assert np.array_equal(scale.reshape(-1), expected[0])
    assert np.array_equal(zero_point.reshape(-1), expected[1])
    assert observer.low.dtype == observer.high.dtype == np.float32


@pytest.mark.parametrize("kind", ALL)
def test_an_observer_returns_what_it_sees(kind):
    x = Tensor(batches()[0], requires_grad=True)
    before = x.data.copy()
    assert kind()(x) is x
    assert np.array_equal(x.data, before)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("scheme", [WEIGHTS, Scheme(4, group_size=5), Scheme(axis=1)])
def test_each_grid_is_found_by_itself(kind, scheme):
    """The grids of a part are those of the part alone."""
    x = batches(1, (3, 10))[0] ** 3
    together = kind(scheme)
    together.observe(x)
    scales, zero_points = together.calculate_qparams()
    for index in np.ndindex(scales.shape):
        if scheme.group_size:
            part = x[index[0], 5 * index[1] : 5 * index[1] + 5]
        else:
            part = x.take(index, axis=scheme.axis)
        alone = kind(scheme if scheme.group_size else replace(scheme, axis=None))
        alone.observe(part)
        scale, zero_point = alone.calculate_qparams()
        assert scales[index] == scale
        assert zero_points[index] == zero_point


def test_percentiles_of_all_batches():
    observer = PercentileObserver(percentile=90)
    for batch in batches():
        observer.observe(batch)
    everything = np.concatenate(batches()).reshape(-1)
    assert observer.low.data == pytest.approx(np.percentile(everything, 10), rel=1e-6)
    assert observer.high.data == pytest.approx(np.percentile(everything, 90), rel=1e-6)
    observer = PercentileObserver(Scheme(symmetric=True), percentile=90)
    observer.observe(everything)
    expected = np.percentile(np.abs(everything), 90)
    assert observer.high.data == -observer.low.data
    assert observer.high.data == pytest.approx(expected, rel=1e-6)


def test_an_outlier_does_not_stretch_the_grid():
    x = np.append(np.linspace(-1, 1, 2000), 5.0).astype(np.float32)
    scales = {}
    for kind in ALL:
        observer = kind(Scheme(4))
        observer.observe(x)
        scales[kind] = observer.calculate_qparams()[0]
    assert scales[MinMaxObserver] > 0.39
    assert scales[PercentileObserver] < 0.14
    wide, tight = MinMaxObserver(Scheme(4)), MSEObserver(Scheme(4))
    wide.observe(x)
    tight.observe(x)
    assert squared_error(tight, x) < squared_error(wide, x)


def test_all_of_100_percent_is_the_smallest_and_largest():
    everything, least = PercentileObserver(percentile=100), MinMaxObserver()
    for batch in batches():
        everything.observe(batch)
        least.observe(batch)
    assert np.array_equal(everything.calculate_qparams(), least.calculate_qparams())


@given(st.integers(2, 8), st.booleans(), st.integers(0, 99))
def test_the_least_squares_of_all_shares(bits, symmetric, seed):
    scheme = Scheme(bits, symmetric=symmetric)
    x = np.random.default_rng(seed).standard_t(3, 300).astype(np.float32)
    best = MSEObserver(scheme)
    best.observe(x)
    others = []
    for share in best.shares:
        fixed = MSEObserver(scheme, shares=[share])
        fixed.observe(x)
        others.append(squared_error(fixed, x))
    assert squared_error(best, x) == pytest.approx(min(others), rel=1e-6)


def test_of_shares_that_tie_the_widest():
    x = np.array([0, 1e-9], np.float32)  # the smallest scale is larger, for any share
    observer = MSEObserver(shares=[0.5, 1.0, 0.25])
    observer.observe(x)
    assert observer.high.data == x[1]
    assert observer.low.dtype == observer.high.dtype == np.float32


def test_so_many_numbers_are_kept_evenly_spread():
    x = np.arange(101, dtype=np.float32)
    observer = PercentileObserver(percentile=100, most=5)
    observer.observe(x)
    assert observer.kept[0].tolist() == [0, 25, 50, 75, 100]
    observer.observe(x[:3])
    assert observer.kept[1].tolist() == [0, 1, 2]
    observer = MSEObserver(WEIGHTS, most=2)
    observer.observe(x[:100].reshape(2, 50))
    assert observer.kept[0].tolist() == [[0, 49], [50, 99]]


def test_an_empty_batch_shows_nothing():
    observer = MinMaxObserver()
    observer.observe(np.zeros((0, 3), np.float32))
    with pytest.raises(RuntimeError, match="MinMaxObserver has seen nothing"):
        observer.calculate_qparams()


def test_what_was_seen_is_saved():
    observer, other = MinMaxObserver(), MinMaxObserver()
    observer.observe(batches()[0])
    other.load_state_dict(observer.state_dict())
    assert np.array_equal(observer.calculate_qparams(), other.calculate_qparams())


ONES = np.ones((2, 3), np.float32)


def watch(observer, *arrays):
    for array in arrays:
        observer.observe(array)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: MinMaxObserver(8), TypeError, "must be a Scheme, got int"),
        (lambda: watch(MinMaxObserver(), ONES * np.nan), ValueError, "nan"),
        (lambda: watch(MinMaxObserver(), ONES * np.inf), ValueError, "infinities"),
        (
            lambda: watch(MinMaxObserver(WEIGHTS), ONES, ONES.T),
            ValueError,
            r"\(3,\) grids, those before had \(2,\)",
        ),
        (lambda: watch(MinMaxObserver(Scheme(axis=2)), ONES), ValueError, "axis 2"),
        (
            lambda: MovingAverageMinMaxObserver(averaging_constant=0),
            ValueError,
            "averaging_constant",
        ),
        (
            lambda: MovingAverageMinMaxObserver(averaging_constant=1.1),
            ValueError,
            "averaging_constant",
        ),
        (lambda: PercentileObserver(percentile=49), ValueError, "from 50 to 100"),
        (lambda: PercentileObserver(percentile=101), ValueError, "from 50 to 100"),
        (lambda: PercentileObserver(percentile="9"), TypeError, "percentile"),
        (lambda: PercentileObserver(most=0), ValueError, "most"),
        (lambda: MSEObserver(shares=[]), ValueError, "shares"),
        (lambda: MSEObserver(shares=[0, 1]), ValueError, "shares"),
        (lambda: MSEObserver(shares=[1.5]), ValueError, "shares"),
        (lambda: watch(Observer(), ONES), NotImplementedError, "look"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
