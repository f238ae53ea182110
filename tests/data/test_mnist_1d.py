"""MNIST-1D: the published steps one by one, and what a model makes of the result."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.data import make_mnist_1d, mnist_1d_templates
from dlbook.data.mnist_1d import _resampled, _smoothed, _stretched

QUIET = {"scale": 0, "smooth_noise": 0, "white_noise": 0, "slope": 0}


def test_templates_start_and_end_at_zero_and_have_one_spread():
    templates = mnist_1d_templates()
    assert templates.shape == (10, 12)
    np.testing.assert_array_equal(templates[:, [0, -1]], 0)
    np.testing.assert_allclose(templates.std(axis=1), 1 / 6, rtol=1e-12)
    seven = templates[7] / templates[7].max()  # drawn 5, 7, 7, 6.6, ...
    np.testing.assert_allclose(seven[:5], [0, 1, 1, 0.8, 0.6], rtol=1e-12)
    assert not np.shares_memory(templates, mnist_1d_templates())


@given(digit=st.integers(0, 9), zeros=st.integers(0, 60))
def test_a_template_and_the_zeros_behind_it_are_interpolated(digit, zeros):
    padded = np.concatenate([mnist_1d_templates()[digit], np.zeros(zeros)])
    stretched, inside = _stretched(np.array([digit]), np.array([len(padded)]), 72)
    old, new = np.linspace(0, 1, len(padded)), np.linspace(0, 1, 72)
    np.testing.assert_allclose(stretched[0], np.interp(new, old, padded), atol=1e-14)
    before_the_zeros = np.interp(new, old, np.arange(len(padded)))
    clear = np.abs(before_the_zeros - 12) > 1e-9
    np.testing.assert_array_equal(inside[0][clear], before_the_zeros[clear] < 12)


def test_the_place_of_the_first_zero_is_outside():
    stretched, inside = _stretched(np.array([0]), np.array([72]), 72)
    np.testing.assert_array_equal(inside[0], np.arange(72) < 12)
    np.testing.assert_allclose(stretched[0, :12], mnist_1d_templates()[0], atol=1e-15)


def test_noise_is_smoothed_as_by_scipy():
    ndimage = pytest.importorskip("scipy.ndimage")
    noise = np.random.default_rng(0).standard_normal((3, 72))
    expected = ndimage.gaussian_filter1d(noise, 2, axis=1)
    np.testing.assert_allclose(_smoothed(noise), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("length", [2, 40, 72, 100])
def test_signals_are_interpolated_from_end_to_end(length):
    signals = np.random.default_rng(0).standard_normal((3, 72))
    places = np.linspace(0, 71, length)
    expected = [np.interp(places, np.arange(72), row) for row in signals]
    np.testing.assert_allclose(_resampled(signals, length), expected, atol=1e-13)


def test_without_anything_random_all_samples_of_a_digit_are_equal():
    still = make_mnist_1d(30, max_shift=1, padding=(60, 60), length=72, rng=0, **QUIET)
    for digit, template in enumerate(mnist_1d_templates()):
        signals = still.inputs[still.targets == digit, 0]
        assert len(signals) == 3
        np.testing.assert_array_equal(signals, signals[:1].repeat(3, axis=0))
        # what is left is one scale and one shift of all numbers
        found = np.corrcoef(signals[0, :12], template)[0, 1]
        assert found == pytest.approx(1, abs=1e-6)
        assert np.ptp(signals[:, 12:]) == 0


def test_shifts_are_as_far_as_said_and_to_the_right():
    still = make_mnist_1d(
        2000, max_shift=5, padding=(60, 60), length=72, rng=0, dtype="f8", **QUIET
    )
    ground = still.inputs[0, 0, -1]
    starts = [
        np.flatnonzero(np.abs(signal - ground) > 1e-9)[0]
        for signal in still.inputs[still.targets == 0, 0]
    ]
    assert sorted(set(starts)) == [1, 2, 3, 4, 5]  # the template itself starts with 0


def test_a_shift_brings_the_end_back_to_the_start():
    options = QUIET | {"padding": (0, 0), "max_shift": 12, "length": 12, "dtype": "f8"}
    turned = make_mnist_1d(2000, rng=0, **options)
    still = make_mnist_1d(2000, rng=0, **(options | {"max_shift": 1}))
    for digit in range(10):
        (template,) = np.unique(still.inputs[still.targets == digit, 0], axis=0)
        rolls = {tuple(np.roll(template, k).round(9)) for k in range(12)}
        found = turned.inputs[turned.targets == digit, 0]
        assert {tuple(signal.round(9)) for signal in found} == rolls


def test_the_padding_sets_how_wide_a_digit_is():
    def width(padding):
        options = QUIET | {"max_shift": 1, "length": 72, "dtype": "f8"}
        made = make_mnist_1d(100, padding=padding, rng=0, **options)
        ground = made.inputs[..., -1:]
        return (np.abs(made.inputs - ground) > 1e-9).sum(axis=2).max()

    assert width((60, 60)) == 10  # the two ends of a template are 0
    assert width((10, 10)) > 10 * 22 / 24
    assert 10 < width((36, 60)) <= 18


@pytest.mark.parametrize(
    ("name", "value", "deviation"),
    [("white_noise", 0.3, 0.3), ("smooth_noise", 0.5, 0.5 * 0.376)],
)
def test_noise_has_the_deviation_said(name, value, deviation):
    """Beside the digit, compared with its height: the whole is scaled afterwards."""
    options = QUIET | {"max_shift": 1, "padding": (60, 60), "length": 72, "dtype": "f8"}
    made = make_mnist_1d(3000, rng=0, **(options | {name: value}))
    heights = [
        made.inputs[made.targets == digit, 0].mean(axis=0)[:12].std()
        for digit in range(10)
    ]
    scale = np.mean(heights) * 6  # of a template, the deviation is 1/6
    assert made.inputs[:, 0, 25:60].std() / scale == pytest.approx(deviation, rel=0.06)
    digit_noise = made.inputs[made.targets == 0, 0, 1:11].std(axis=0).mean() / scale
    expected = deviation if name == "white_noise" else 0  # smooth noise only beside it
    assert digit_noise == pytest.approx(expected, abs=0.03)


def test_the_slope_is_a_line_through_the_middle():
    options = QUIET | {"max_shift": 1, "padding": (60, 60), "length": 72, "dtype": "f8"}
    made = make_mnist_1d(6000, rng=0, **(options | {"slope": 0.75}))
    signals, place = made.inputs[:, 0], np.arange(72)
    np.testing.assert_allclose(np.diff(signals[:, 12:], 2), 0, atol=1e-12)
    step = (signals[:, -1:] - signals[:, 12:13]) / 59  # of the line, a place
    middle = signals[:, -1:] + step * (35.5 - 71)
    flat = signals - (middle + step * (place - 35.5))
    zeros = flat[made.targets == 0]
    template = mnist_1d_templates()[0]
    scale = zeros.max() / template.max()  # of all numbers
    np.testing.assert_allclose(
        zeros[:, :12], np.tile(scale * template, (len(zeros), 1)), atol=1e-9
    )
    assert np.ptp(middle) < 1e-9  # nothing is added there
    falls = -71 * step / scale
    assert falls.min() == pytest.approx(-0.375, abs=0.003)
    assert falls.max() == pytest.approx(0.375, abs=0.003)
    assert abs(falls.mean()) < 0.05 * falls.std()


def test_the_scale_varies_the_height_of_a_digit():
    options = QUIET | {"max_shift": 1, "padding": (60, 60), "length": 72, "dtype": "f8"}
    made = make_mnist_1d(20_000, rng=0, **(options | {"scale": 0.4}))
    zeros = made.inputs[made.targets == 0, 0]
    heights = zeros.max(axis=1) - zeros[:, -1]
    ratio = heights / heights.mean()  # uniform, so the mean is in the middle
    assert ratio.min() == pytest.approx(0.8, abs=0.01)
    assert ratio.max() == pytest.approx(1.2, abs=0.01)
    least, most = heights.min(), heights.max()
    assert (most - least) / (most + least) == pytest.approx(0.2, abs=0.001)


@given(samples=st.integers(10, 60), seed=st.integers(0, 3), shuffled=st.booleans())
@settings(max_examples=20)
def test_classes_are_balanced_and_mixed_and_the_numbers_standardized(
    samples, seed, shuffled
):
    made = make_mnist_1d(samples, rng=seed, shuffled=shuffled, dtype=np.float64)
    assert made.inputs.shape == (samples, 1, 40)
    assert made.class_names == tuple("0123456789")
    counts = np.bincount(made.targets, minlength=10)
    assert np.ptp(counts) <= 1
    assert made.inputs.mean() == pytest.approx(0, abs=1e-12)
    assert made.inputs.std() == pytest.approx(1, rel=1e-12)


def test_the_generator_decides():
    made = make_mnist_1d(50, rng=np.random.default_rng(4))
    same, other = make_mnist_1d(50, rng=4), make_mnist_1d(50, rng=5)
    np.testing.assert_array_equal(made.inputs, same.inputs)
    np.testing.assert_array_equal(made.targets, same.targets)
    assert not np.array_equal(made.inputs, other.inputs)
    assert not np.array_equal(made.targets, other.targets)
    assert made.inputs.dtype == np.float32
    double = make_mnist_1d(50, rng=4, dtype=np.float64)
    np.testing.assert_array_equal(double.inputs.astype(np.float32), made.inputs)


def test_shuffled_places_are_one_order_for_all_samples():
    made, shuffled = (make_mnist_1d(50, shuffled=s, rng=1) for s in (False, True))
    np.testing.assert_array_equal(made.targets, shuffled.targets)
    place_of = {tuple(column): n for n, column in enumerate(made.inputs[:, 0].T)}
    order = [place_of[tuple(column)] for column in shuffled.inputs[:, 0].T]
    assert sorted(order) == list(range(40))
    assert order != list(range(40))
    assert "shuffled" in shuffled.name


def test_a_linear_model_reaches_what_is_published():
    """Logistic regression: 32 % published; five seeds here gave 30 to 36."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    made = make_mnist_1d(rng=0)
    signals = made.inputs[:, 0]
    model = linear_model.LogisticRegression(max_iter=300)
    model.fit(signals[:4000], made.targets[:4000])
    assert 0.28 < model.score(signals[4000:], made.targets[4000:]) < 0.38


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"samples": 9}, ValueError, "samples must be at least 10, got 9"),
        ({"samples": 50.0}, TypeError, "samples must be an int, got float"),
        ({"samples": True}, TypeError, "samples must be an int, got bool"),
        ({"length": 1}, ValueError, "length must be at least 2, got 1"),
        ({"max_shift": 0}, ValueError, r"max_shift must be at least 1, got 0"),
        ({"max_shift": 73}, ValueError, r"max_shift must be at most 72, got 73"),
        ({"padding": (3, 2)}, ValueError, "padding must be at least 3, got 2"),
        ({"padding": (-1, 2)}, ValueError, "padding must be at least 0, got -1"),
        ({"padding": 36}, ValueError, "padding must be two ints, .* got 36"),
        ({"padding": (1, 2.0)}, TypeError, "padding must be an int, got float"),
        ({"scale": 2}, ValueError, r"scale must lie in \[0, 2\), got 2"),
        ({"scale": -0.1}, ValueError, "scale must lie in"),
        ({"smooth_noise": -1}, ValueError, "smooth_noise must lie in"),
        ({"white_noise": float("nan")}, ValueError, "white_noise must lie in"),
        ({"slope": float("inf")}, ValueError, r"slope must lie in \[0, inf\)"),
        ({"shuffled": 1}, TypeError, "shuffled must be a bool, got int"),
        ({"dtype": np.int64}, ValueError, "dtype must be a floating-point type"),
        ({"rng": "seed"}, TypeError, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_arguments_are_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        make_mnist_1d(**({"samples": 20, "rng": 0} | options))
