"""Quantized layers compute what their integers stand for, to the last bits of a sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.compression.quantization.quantized_layers import (
    QuantizedEmbedding,
    QuantizedLinear,
    quantized_layer,
)
from dlbook.compression.quantization.quantized_weight import QuantizedWeight
from dlbook.compression.quantization.scheme import ACTIVATIONS, WEIGHTS, Scheme

PER_ROW = Scheme(axis=0)
GRID = (np.float32(0.02), np.int32(-7))


def normal(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def made(layer, scheme, activation, grid=None):
    quantized = QuantizedWeight(scheme.quantize(layer.weight.data))
    return quantized_layer(layer, quantized, activation, grid)


def rounded_twin(layer, scheme):
    """Return the layer in floats whose weight has been quantized and dequantized."""
    layer.weight.data = scheme.quantize(layer.weight.data).dequantize()
    return layer


def rounded(x, activation, grid=None):
    return Tensor(activation.quantize(x, *(grid or ())).dequantize())


@given(
    st.sampled_from([WEIGHTS, Scheme(4), Scheme(4, axis=0), Scheme(2, group_size=4)]),
    st.sampled_from([ACTIVATIONS, PER_ROW, Scheme(5, symmetric=True)]),
    st.booleans(),
    st.sampled_from([(3,), (2, 5), (0,), ()]),
)
def test_linear(weights, activation, bias, batch):
    layer = nn.Linear(12, 7, bias=bias, rng=0)
    x = normal(*batch, 12)
    quantized = made(layer, weights, activation)
    rows = rounded(x.reshape(-1, 12), activation)
    expected = rounded_twin(layer, weights)(rows).data.reshape(*batch, 7)
    y = quantized(Tensor(x))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, expected, atol=1e-5)


def test_a_long_row_is_exact():
    """5,000 products: float32 would round their sum."""
    layer = nn.Linear(5000, 2, bias=False, rng=0)
    quantized = made(layer, WEIGHTS, ACTIVATIONS)
    x = np.abs(normal(3, 5000))
    inputs, weight = ACTIVATIONS.quantize(x), quantized.quantized.array()
    sums = inputs.offsets().astype(np.int64) @ weight.offsets().astype(np.int64).T
    expected = sums * inputs.scale.astype(float) * weight.scale
    np.testing.assert_allclose(quantized(Tensor(x)).data, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, padding=1, rng=0), (2, 4, 9)),
        (nn.Conv2d(4, 6, (3, 2), groups=2, bias=False, rng=0), (2, 4, 7, 6)),
        (nn.Conv2d(2, 3, 3, padding="same", dilation=2, rng=0), (2, 2, 7, 6)),
        (nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect", rng=0), (2, 2, 5, 5)),
        (nn.Conv2d(2, 3, 3, rng=0), (2, 5, 5)),
        (nn.Conv3d(2, 3, 2, rng=0), (1, 2, 3, 4, 3)),
    ],
)
@pytest.mark.parametrize("weights", [WEIGHTS, Scheme(4)])
@pytest.mark.parametrize("mode", ["dynamic", "by example", "static", "weights"])
def test_convolutions(layer, shape, weights, mode):
    import copy

    layer = copy.deepcopy(layer)
    x = normal(*shape) + 1  # so that the zero point is not in the middle
    if mode == "weights":
        quantized, inputs = made(layer, weights, None), Tensor(x)
    else:
        activation = PER_ROW if mode == "by example" else ACTIVATIONS
        grid = GRID if mode == "static" else None
        quantized = made(layer, weights, activation, grid)
        whole = mode == "by example" and x.ndim == layer.axes + 1
        inputs = rounded(x[np.newaxis] if whole else x, activation, grid)
    expected = rounded_twin(layer, weights)(inputs).data.reshape(
        quantized(Tensor(x)).shape
    )
    np.testing.assert_allclose(quantized(Tensor(x)).data, expected, atol=2e-5)
    assert quantized(Tensor(x)).data.flags.c_contiguous


def test_a_static_grid_does_not_depend_on_the_batch():
    layer = nn.Linear(6, 3, rng=0)
    static, dynamic = (
        made(layer, WEIGHTS, ACTIVATIONS, GRID),
        made(layer, WEIGHTS, ACTIVATIONS),
    )
    x = normal(4, 6)
    x[3] *= 100
    assert np.array_equal(static(Tensor(x)).data[:3], static(Tensor(x[:3])).data)
    assert not np.array_equal(dynamic(Tensor(x)).data[:3], dynamic(Tensor(x[:3])).data)
    per_row = made(layer, WEIGHTS, PER_ROW)
    assert np.array_equal(per_row(Tensor(x)).data[:3], per_row(Tensor(x[:3])).data)
    assert [q.mode() for q in (static, dynamic)] == ["static", "dynamic"]


@pytest.mark.parametrize("scheme", [WEIGHTS, Scheme(4), Scheme(4, group_size=4)])
def test_embedding(scheme):
    table = nn.Embedding(9, 8, rng=0)
    quantized = made(table, scheme, None)
    ids = np.array([[8, 0, 3], [3, 3, 1]])
    expected = scheme.quantize(table.weight.data).dequantize()[ids]
    assert isinstance(quantized, QuantizedEmbedding)
    for given_ids in (ids, Tensor(ids), ids.tolist()):
        assert np.array_equal(quantized(given_ids).data, expected)
    assert quantized(ids[:0]).shape == (0, 3, 8)


def test_float64_stays_float64():
    layer = nn.Linear(6, 3, rng=0)
    for activation in (None, ACTIVATIONS):
        y = made(layer, WEIGHTS, activation)(Tensor(normal(2, 6).astype(float)))
        assert y.dtype == np.float64


def test_gradients():
    """They pass integer weights, and not rounded inputs."""
    layer = nn.Linear(6, 3, rng=0)
    x = Tensor(normal(2, 6), requires_grad=True)
    weights_only = made(layer, WEIGHTS, None)
    weights_only(x).sum().backward()
    expected = weights_only.weight.data.sum(0)
    np.testing.assert_allclose(x.grad, np.stack([expected, expected]), rtol=1e-6)
    dynamic = made(layer, WEIGHTS, ACTIVATIONS)
    conv = made(nn.Conv1d(2, 2, 2, rng=0), WEIGHTS, ACTIVATIONS)
    for quantized, given_x in ((dynamic, x), (conv, x.reshape(1, 2, 6))):
        with pytest.raises(RuntimeError, match="pass no gradient back"):
            quantized(given_x)
        with no_grad():
            quantized(given_x)


def test_there_is_nothing_to_train():
    quantized = made(nn.Linear(6, 3, rng=0), WEIGHTS, ACTIVATIONS, GRID)
    assert list(quantized.parameters()) == []
    assert list(quantized.state_dict()) == [
        "bias",
        "input_scale",
        "input_zero_point",
        "quantized.packed",
        "quantized.scale",
    ]


def test_reprs():
    for layer in (nn.Linear(6, 3, rng=0), nn.Conv1d(2, 4, 3, rng=0)):
        assert "dynamic" in repr(made(layer, WEIGHTS, ACTIVATIONS))
        assert "weights only" in repr(made(layer, WEIGHTS, None))
    assert "9, 8" in repr(made(nn.Embedding(9, 8, rng=0), WEIGHTS, None))


LINEAR = nn.Linear(4, 2, rng=0)
CONV = nn.Conv1d(4, 2, 4, rng=0)
TABLE = made(nn.Embedding(9, 8, rng=0), WEIGHTS, None)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: made(LINEAR, WEIGHTS, Scheme(axis=1)), ValueError, "one grid"),
        (lambda: made(LINEAR, WEIGHTS, Scheme(group_size=2)), ValueError, "one grid"),
        (lambda: made(LINEAR, WEIGHTS, PER_ROW, GRID), ValueError, "static grid"),
        (lambda: made(LINEAR, WEIGHTS, None, GRID), ValueError, "static grid"),
        (lambda: made(CONV, Scheme(group_size=2), None), ValueError, "the filters"),
        (
            lambda: made(nn.Embedding(3, 2, max_norm=1.0), WEIGHTS, None),
            ValueError,
            "max_norm",
        ),
        (lambda: made(nn.LayerNorm(3), Scheme(), None), ValueError, "two axes"),
        (
            lambda: quantized_layer(nn.ReLU(), TABLE.quantized, None),
            TypeError,
            "no quantized form of ReLU",
        ),
        (lambda: TABLE(np.array([9])), IndexError, r"in \[0, 9\), got 9"),
        (lambda: TABLE(np.array([-1])), IndexError, "got -1"),
        (lambda: TABLE(np.array([1.0])), TypeError, "integers, got float64"),
        (
            lambda: QuantizedLinear(
                QuantizedWeight(WEIGHTS.quantize(normal(2, 3))), None, ACTIVATIONS
            )(Tensor(normal(2, 4))),
            ValueError,
            "expected",
        ),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
