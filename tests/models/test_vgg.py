"""VGG: initial values, small sizes, batch normalization."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.models import VGG, vgg11

SMALL = {"widths": (4, 8), "hidden": 6, "pool_size": 2}


@pytest.mark.parametrize("batch_norm", [False, True])
def test_small_images(batch_norm, rng):
    model = VGG((1, 2), 3, in_channels=1, batch_norm=batch_norm, rng=rng, **SMALL)
    kinds = [type(layer) for layer in model.features]
    convolution = [nn.Conv2d, *[nn.BatchNorm2d] * batch_norm, nn.ReLU]
    assert kinds == [*convolution, nn.MaxPool2d, *convolution * 2, nn.MaxPool2d]
    x = Tensor(rng.random((2, 1, 8, 9), dtype=np.float32))
    with no_grad():
        assert model.eval().features(x).shape == (2, 8, 2, 2)
        y = model(x)
    assert (y.shape, y.dtype) == ((2, 3), np.float32)


def test_dropout_follows_the_two_hidden_layers(rng):
    kinds = [type(layer) for layer in vgg11(rng=rng, hidden=4).classifier]
    hidden = [nn.Linear, nn.ReLU, nn.Dropout]
    assert kinds == [*hidden, *hidden, nn.Linear]


def test_dropout_is_at_work_in_training_alone(rng):
    model = VGG((1,), 3, widths=(4,), hidden=64, dropout=0.5, rng=rng)
    x = Tensor(rng.random((1, 3, 8, 8), dtype=np.float32))
    assert not np.array_equal(model(x).data, model(x).data)
    model.eval()
    np.testing.assert_array_equal(model(x).data, model(x).data)


def test_initial_values_are_torchvisions(rng):
    model = VGG((1, 1), widths=(64, 128), hidden=64, rng=rng)
    conv, linear = model.features[-3].weight.data, model.classifier[0].weight.data
    assert conv.std() == pytest.approx(np.sqrt(2 / (128 * 9)), rel=0.01)
    assert linear.std() == pytest.approx(0.01, rel=0.01)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            np.testing.assert_array_equal(layer.bias.data, 0)


def test_without_them_the_layers_defaults_stay(rng):
    model = VGG((1, 2), 3, init_weights=False, rng=rng, **SMALL)
    bias = model.features[0].bias.data
    bound = 1 / np.sqrt(3 * 9)
    assert np.all(np.abs(bias) <= bound)
    assert np.any(bias != 0)


@pytest.mark.parametrize(("layers", "widths"), [((1, 2), (4,)), ((), ())])
def test_a_width_for_every_stage(layers, widths):
    with pytest.raises(ValueError, match="one number for each stage, got "):
        VGG(layers, widths=widths)
