"""Convolution: against a loop, as an adjoint, in parts, and the memory it takes."""

import tracemalloc

import numpy as np
import pytest
import torch
from torch.nn import functional as TF

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.functional import column_workspace, columns
from dlbook.functional.columns import correlate, correlate_transposed, mirror
from dlbook.functional.convolution import geometry_of


def by_hand(x, weight, bias, stride, padding):
    """Convolve by six loops, straight from the equation."""
    n, c, h, w = x.shape
    f, _, kh, kw = weight.shape
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    padded[:, :, padding : padding + h, padding : padding + w] = x
    size = ((h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1)
    y = np.zeros((n, f, *size)) + bias[:, None, None]
    for u, v in np.ndindex(*size):
        for ci, i, j in np.ndindex(c, kh, kw):
            element = padded[:, ci, u * stride + i, v * stride + j]
            y[:, :, u, v] += element[:, None] * weight[:, ci, i, j]
    return y


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 2])
def test_it_is_the_equation(rng, stride, padding):
    x, weight = rng.standard_normal((2, 3, 6, 7)), rng.standard_normal((4, 3, 3, 2))
    bias = rng.standard_normal(4)
    y = F.conv2d(*map(Tensor, (x, weight, bias)), stride=stride, padding=padding)
    expected = by_hand(x, weight, bias, stride, padding)
    np.testing.assert_allclose(y.data, expected, atol=1e-12)


def test_it_does_not_mirror_the_filter():
    x = Tensor(np.eye(1, 7, 3)[None])  # a single 1 in the middle
    y = F.conv1d(x, Tensor([[[1.0, 2.0, 3.0]]]).astype(np.float64), padding=1)
    np.testing.assert_array_equal(y.data, [[[0, 0, 3, 2, 1, 0, 0]]])


def test_same_puts_the_odd_zero_at_the_end():
    x = Tensor(np.arange(1.0, 5)[None, None])
    weight = Tensor(np.array([[[1.0, 10.0]]]))
    y = F.conv1d(x, weight, padding="same")
    np.testing.assert_array_equal(y.data, [[[21, 32, 43, 4]]])


SHAPES = [  # x, weight, options
    ((3, 4, 9, 8), (6, 4, 3, 3), {"padding": 1}),
    ((3, 4, 9, 8), (6, 2, 3, 2), {"stride": 2, "padding": 2, "groups": 2}),
    ((2, 6, 7, 9), (6, 1, 3, 3), {"padding": 1, "dilation": 2, "groups": 6}),
    ((2, 2, 9, 9), (9, 2, 5, 5), {}),  # more filters than channels
    ((11, 4, 6, 5), (3, 4, 2, 2), {"dilation": (1, 3)}),
]


@pytest.mark.parametrize(("x", "weight", "options"), SHAPES)
@pytest.mark.parametrize("limit", [1, 500, 3000])
def test_cut_into_parts_it_gives_the_same(x, weight, options, limit):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in (x, weight, weight[:1])]
    results = []
    for parts in (False, True):
        tensors = [Tensor(array, requires_grad=True) for array in arrays]
        with pytest.MonkeyPatch.context() as patch:
            if parts:
                for name in ("LARGEST", "SHARED"):
                    patch.setattr(column_workspace, name, limit)
            y = F.conv2d(*tensors, **options)
            y.backward(np.cos(np.arange(y.size)).reshape(y.shape))
        results.append([y.data, *(tensor.grad for tensor in tensors)])
    for whole, cut in zip(*results, strict=True):
        np.testing.assert_allclose(cut, whole, atol=1e-12)


@pytest.mark.parametrize(("x", "weight", "options"), SHAPES)
def test_the_transposed_map_is_the_transpose(x, weight, options):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal(x), rng.standard_normal(weight)
    settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | options
    geometry = geometry_of("f", 2, Tensor(x), Tensor(weight), None, **settings)
    y = correlate(x, weight, None, geometry)
    other = rng.standard_normal(y.shape)
    back = correlate_transposed(other, weight, geometry)
    assert (y * other).sum() == pytest.approx((x * back).sum(), rel=1e-10)


@pytest.mark.parametrize(
    ("x", "weight", "padding", "copies"),
    [  # out_channels · size <= 2 · in_channels · places
        ((1, 3, 5, 5), (6, 3, 3, 3), 1, True),
        ((1, 3, 5, 5), (7, 3, 3, 3), 1, False),
        ((1, 2, 4, 4), (1, 2, 3, 3), 0, True),
        ((1, 2, 4, 4), (2, 2, 3, 3), 0, False),
        ((1, 4, 6, 6), (4, 4, 3, 3), 0, False),
        ((1, 4, 7, 7), (4, 4, 3, 3), 0, True),
        ((1, 1, 4, 4), (9, 1, 1, 1), 0, True),  # 1 x 1: its columns are free
        ((1, 9, 6, 6), (1, 9, 3, 3), 3, False),  # too wide a padding
    ],
)
def test_the_way_back_copies_or_adds_whichever_is_less(x, weight, padding, copies):
    mirrored = []

    def noting(*arguments):
        mirrored.append(arguments)
        return mirror(*arguments)

    x, weight = (Tensor(np.ones(s), requires_grad=True) for s in (x, weight))
    y = F.conv2d(x, weight, padding=padding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "mirror", noting)
        y.backward(np.ones(y.shape))
    assert bool(mirrored) == copies


def test_mirrored_filters_lie_as_blas_reads_them(rng):
    weight = rng.standard_normal((6, 1, 2, 3))
    geometry = geometry_of(
        "f", 2, Tensor(np.ones((1, 3, 5, 5))), Tensor(weight), None, 1, 0, 1, 3
    )
    turned = mirror(weight, geometry)
    assert turned.flags.c_contiguous
    assert turned.shape == (3, 2, 2, 3)
    for group in range(3):
        both = weight[2 * group : 2 * group + 2, 0]
        np.testing.assert_array_equal(turned[group], both[:, ::-1, ::-1])


@pytest.mark.parametrize("padding", [3, 4, (0, 3)])
def test_padding_may_be_wider_than_the_kernel(rng, padding):
    """Some outputs then see zeros alone, and the gradient is no convolution."""
    x, weight = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 3, 3, 3))
    ours = [Tensor(array, requires_grad=True) for array in (x, weight)]
    theirs = [torch.tensor(array, requires_grad=True) for array in (x, weight)]
    y, expected = (
        F.conv2d(*ours, padding=padding),
        TF.conv2d(*theirs, padding=padding),
    )
    grad = rng.standard_normal(y.shape)
    y.backward(grad)
    expected.backward(torch.tensor(grad))
    np.testing.assert_allclose(y.data, expected.detach(), atol=1e-12)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our.grad, their.grad, atol=1e-12)


def test_only_what_is_wanted_is_computed():
    x, weight = np.ones((2, 3, 5, 5)), np.ones((4, 3, 3, 3))
    bias = np.ones(4)
    for wanted in range(3):
        inputs = [
            Tensor(array, requires_grad=i == wanted)
            for i, array in enumerate((x, weight, bias))
        ]
        y = F.conv2d(*inputs)
        grads = y._backward(np.ones(y.shape))
        assert [grad is not None for grad in grads] == [i == wanted for i in range(3)]


def test_memory_of_a_forward_and_backward_pass():
    """At most 4 times inputs and outputs, and 64 MB, whatever the columns would take.

    The columns of this image would take 9 times the input, 116 MB.
    """
    x = Tensor(np.ones((1, 64, 224, 224), np.float32), requires_grad=True)
    weight = Tensor(np.ones((64, 64, 3, 3), np.float32), requires_grad=True)
    grad = np.ones(x.shape, np.float32)
    tracemalloc.start()
    try:
        F.conv2d(x, weight, padding=1).backward(grad)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    inputs_and_outputs = 2 * x.data.nbytes
    assert peak < 4 * inputs_and_outputs + 64e6
    assert peak < 9 * x.data.nbytes  # no array of all columns


def test_nothing_but_the_inputs_is_kept_for_the_backward_pass():
    x = Tensor(np.ones((4, 8, 32, 32), np.float32), requires_grad=True)
    weight = Tensor(np.ones((8, 8, 3, 3), np.float32), requires_grad=True)
    tracemalloc.start()
    try:
        y = F.conv2d(x, weight, padding=1)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1.1 * y.data.nbytes
