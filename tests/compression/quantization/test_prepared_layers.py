"""Observed layers work as before; rounded ones as if on integers, and learn."""

import copy

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.compression.quantization.calibration import MinMaxObserver
from dlbook.compression.quantization.fake_quantize import FakeQuantize
from dlbook.compression.quantization.prepared_layers import ObservedLayer, RoundedLayer
from dlbook.compression.quantization.scheme import WEIGHTS, Scheme

X = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
FOUR_BITS = Scheme(4, axis=0)


def test_an_observed_layer_watches_in_evaluation_mode_alone():
    layer = nn.Linear(4, 3, rng=0)
    observed = ObservedLayer(layer, MinMaxObserver())
    assert np.array_equal(observed(Tensor(X)).data, layer(Tensor(X)).data)
    assert np.isinf(observed.observer.low.data)
    observed.eval()
    assert np.array_equal(observed(Tensor(X)).data, layer(Tensor(X)).data)
    assert observed.observer.low.data == X.min()
    assert observed.observer.high.data == X.max()


def test_the_integers_of_an_embedding_are_not_watched():
    observed = ObservedLayer(nn.Embedding(4, 2, rng=0), MinMaxObserver()).eval()
    observed(np.array([1, 2]))
    assert np.isinf(observed.observer.low.data)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(4, 3, rng=0), (5, 4)),
        (nn.Conv1d(4, 3, 2, padding=1, padding_mode="circular", rng=0), (2, 4, 6)),
        (nn.Conv2d(4, 2, 3, stride=2, bias=False, rng=0), (2, 4, 5, 5)),
    ],
)
def test_a_rounded_layer_is_the_layer_with_rounded_weight_and_inputs(layer, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    rounded = RoundedLayer(layer, FOUR_BITS, FakeQuantize(MinMaxObserver(Scheme(3))))
    twin = copy.deepcopy(layer)
    twin.weight.data = FOUR_BITS.quantize(layer.weight.data).dequantize()
    inputs = Scheme(3).quantize(x).dequantize()
    weight = layer.weight
    y = rounded(Tensor(x))
    np.testing.assert_allclose(y.data, twin(Tensor(inputs)).data, atol=1e-6)
    assert layer.weight is weight
    assert np.array_equal(rounded.weight.data, twin.weight.data)
    assert next(rounded.parameters()) is weight
    y.sum().backward()
    twin(Tensor(inputs)).sum().backward()
    # nothing of a weight saturates on a grid that holds it, but for its ends
    inside = weight.grad == twin.weight.grad
    assert ((weight.grad == 0) | np.isclose(weight.grad, twin.weight.grad)).all()
    assert inside.mean() > 0.5


def test_without_inputs_to_round():
    table = nn.Embedding(4, 2, rng=0)
    rounded = RoundedLayer(table, WEIGHTS, None)
    ids = np.array([3, 1])
    expected = WEIGHTS.quantize(table.weight.data).dequantize()[ids]
    assert np.array_equal(rounded(ids).data, expected)


def test_what_the_layer_has_can_be_read():
    observed = ObservedLayer(nn.Linear(4, 3, rng=0), MinMaxObserver())
    assert observed.in_features == 4
    assert observed.weight is observed.layer.weight
    assert not hasattr(observed, "stride")
    with pytest.raises(AttributeError, match="ObservedLayer has no attribute '_pad'"):
        observed._pad  # noqa: B018
    assert copy.deepcopy(observed).out_features == 3


def test_bad_input():
    with pytest.raises(ValueError, match="one grid"):
        ObservedLayer(nn.Linear(2, 2), MinMaxObserver(WEIGHTS))
