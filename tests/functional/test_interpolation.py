"""Resizing: what the documentation says of each mode, blocks, rounding, gradients."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional import interpolation

SMOOTH = ["linear", "bilinear", "trilinear", "bicubic", "area"]
AXES = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2, "area": 2}


def sequence(*values):
    return Tensor(np.array(values, float).reshape(1, 1, -1))


def resize(x, *args, **options):
    return F.interpolate(x, *args, **options).data[0, 0].tolist()


def test_twice_as_long():
    x = sequence(1, 2, 3)
    assert resize(x, scale_factor=2) == [1, 1, 2, 2, 3, 3]
    linear = resize(x, scale_factor=2, mode="linear")
    assert linear == [1, 1.25, 1.75, 2.25, 2.75, 3]
    corners = resize(x, 5, mode="linear", align_corners=True)
    assert corners == [1, 1.5, 2, 2.5, 3]


def test_half_as_long():
    x = sequence(1, 2, 3, 4)
    assert resize(x, 2) == [1, 3]
    assert resize(x, 2, mode="nearest-exact") == [2, 4]
    assert resize(x, 2, mode="linear") == [1.5, 3.5]
    assert resize(x, 2, mode="area") == [1.5, 3.5]
    assert resize(x, 1, mode="linear", align_corners=True) == [1]


def test_area_takes_the_mean_of_what_is_touched():
    assert resize(sequence(1, 2, 3), 2, mode="area") == [1.5, 2.5]
    assert resize(sequence(0, 6, 3), 1, mode="area") == [3]


@pytest.mark.parametrize("mode", SMOOTH)
@pytest.mark.parametrize("size", [1, 3, 9, 100])
def test_weights_sum_to_1(mode, size):
    x = Tensor(np.full((1, 1, *(7,) * AXES[mode]), 2.5))
    resized = F.interpolate(x, size if AXES[mode] < 3 else min(size, 9), mode=mode)
    np.testing.assert_allclose(resized.data, 2.5, rtol=1e-12)


@pytest.mark.parametrize("align_corners", [True, False])
def test_bilinear_keeps_a_plane(align_corners):
    rows, columns = np.mgrid[:8, :6].astype(float)
    x = Tensor((2 * rows - columns)[None, None])
    u, v = (
        t * (old - 1) / (new - 1)
        if align_corners
        else ((t + 0.5) * old / new - 0.5).clip(0, old - 1)
        for old, new, t in ((8, 16, np.arange(16)), (6, 9, np.arange(9)))
    )
    resized = F.interpolate(x, (16, 9), mode="bilinear", align_corners=align_corners)
    np.testing.assert_allclose(
        resized.data[0, 0], 2 * u[:, None] - v, rtol=1e-12, atol=1e-12
    )


def test_bicubic_passes_through_the_pixels():
    x = np.random.default_rng(0).standard_normal((1, 1, 4, 5))
    resized = F.interpolate(Tensor(x), (10, 13), mode="bicubic", align_corners=True)
    np.testing.assert_allclose(resized.data[..., ::3, ::3], x, atol=1e-12)


@pytest.mark.parametrize("mode", SMOOTH)
def test_blocks_change_nothing(mode, monkeypatch):
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((2, 1, *(9,) * AXES[mode])), requires_grad=True)
    results = []
    for block in (2, 64):
        monkeypatch.setattr(interpolation, "BLOCK", block)
        y = F.interpolate(x, 14, mode=mode)
        x.grad = None
        y.backward(np.cos(np.arange(y.size)).reshape(y.shape))
        results.append((y.data, x.grad))
    for few, many in zip(*results, strict=True):
        np.testing.assert_allclose(few, many, rtol=1e-12, atol=1e-14)


def test_a_row_that_no_block_uses_gets_no_gradient():
    x = Tensor(np.ones((1, 1, 200)), requires_grad=True)
    F.interpolate(x, 2).backward(np.ones((1, 1, 2)))
    assert np.flatnonzero(x.grad).tolist() == [0, 100]


@pytest.mark.parametrize(("old", "new"), [(2, 41), (11, 10), (49, 49), (47, 94)])
def test_the_nearest_place_is_rounded_as_in_torch(old, new):
    x = Tensor(np.arange(old, dtype=np.float32).reshape(1, 1, old))
    t = np.arange(new)
    nearest = F.interpolate(x, new).data.ravel()
    np.testing.assert_array_equal(nearest, t * old // new)
    exact = F.interpolate(x, new, mode="nearest-exact").data.ravel()
    np.testing.assert_array_equal(exact, (2 * t + 1) * old // (2 * new))


@pytest.mark.parametrize("size", [6, 7, 2])
def test_the_gradient_of_nearest_counts_the_copies(size):
    x = Tensor(np.arange(9.0).reshape(1, 1, 3, 3), requires_grad=True)
    y = F.interpolate(x, (size, 3))
    y.backward(np.ones(y.shape))
    copies = np.bincount(y.data.astype(int).ravel(), minlength=9)
    np.testing.assert_array_equal(x.grad.ravel(), copies)


def test_nearest_copies_nan_and_infinity_alone():
    x = sequence(np.nan, 1, np.inf)
    np.testing.assert_array_equal(
        F.interpolate(x, 6).data.ravel(), [np.nan, np.nan, 1, 1, np.inf, np.inf]
    )


def test_the_factor_or_the_sizes_decide_the_step():
    x = sequence(0, 1, 2, 3)
    by_factor = resize(x, scale_factor=1.4, mode="linear")
    by_sizes = resize(x, scale_factor=1.4, mode="linear", recompute_scale_factor=True)
    np.testing.assert_allclose(
        by_factor, np.clip((np.arange(5) + 0.5) / 1.4 - 0.5, 0, 3), rtol=1e-12
    )
    assert by_sizes == resize(x, 5, mode="linear")
    area = resize(x, scale_factor=1.4, mode="area", recompute_scale_factor=False)
    assert area == resize(x, 5, mode="area")


def test_images_whose_axis_stays_or_doubles_ignore_the_factor():
    assert resize(sequence(0, 1, 2), scale_factor=2.2) == [0, 0, 0, 1, 1, 2]
    image = F.interpolate(Tensor([[[[0.0, 1.0, 2.0]]]]), scale_factor=(1, 2.2))
    assert image.data.ravel().tolist() == [0, 0, 1, 1, 2, 2]


# where torch's own gradient contradicts its value, ours is that of the value


@pytest.mark.parametrize(
    ("mode", "shape", "factors"),
    [
        ("nearest", (1, 1, 3), (2.2,)),
        ("nearest", (1, 1, 3), (1.27,)),
        ("nearest", (1, 1, 3, 2, 3), (1.5, 2.5, 1.3)),
        ("bicubic", (1, 1, 3, 4), (1.2, 1.22)),
    ],
)
def test_the_gradient_belongs_to_the_value(mode, shape, factors):
    x = Tensor(np.zeros(shape), requires_grad=True)

    def call(x):
        return F.interpolate(x, scale_factor=factors, mode=mode)

    y = call(x)
    weights = np.cos(np.arange(y.size)).reshape(y.shape)
    y.backward(weights)
    units = np.eye(x.size).reshape(-1, *shape)
    expected = [(call(Tensor(unit)).data * weights).sum() for unit in units]
    np.testing.assert_allclose(x.grad.ravel(), expected, atol=1e-12)
