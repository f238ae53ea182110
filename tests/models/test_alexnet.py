"""AlexNet in one tower and in two."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dlbook import nn
from dlbook.autograd import Tensor, no_grad
from dlbook.models import alexnet, blank_rng
from tests.models.twin import assert_equal_to_twin

SMALL = {
    "channels": (4, 6, 6, 8, 4),
    "hidden": 5,
    "stem": (3, 1, 1),
    "pool_size": 2,
    "dropout": 0.0,
}


class TorchTwoTowers(torch.nn.Module):
    """The grouped network with the sizes of `SMALL`."""

    def __init__(self):
        super().__init__()
        relu, pool = torch.nn.ReLU, torch.nn.MaxPool2d
        # the paper's alpha multiplies the sum over 5 channels, torch's their mean
        norm = torch.nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)
        self.features = torch.nn.Sequential(
            *(torch.nn.Conv2d(3, 4, 3, padding=1), relu(), norm, pool(3, 2)),
            *(torch.nn.Conv2d(4, 6, 5, padding=2, groups=2), relu(), norm, pool(3, 2)),
            *(torch.nn.Conv2d(6, 6, 3, padding=1), relu()),
            *(torch.nn.Conv2d(6, 8, 3, padding=1, groups=2), relu()),
            *(torch.nn.Conv2d(8, 4, 3, padding=1, groups=2), relu(), pool(3, 2)),
        )
        self.classifier = torch.nn.Sequential(
            *(torch.nn.Identity(), torch.nn.Linear(16, 5), relu()),
            *(torch.nn.Identity(), torch.nn.Linear(5, 5), relu()),
            torch.nn.Linear(5, 10),
        )

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.features(x), 2)
        return self.classifier(x.flatten(1))


@pytest.mark.slow
def test_two_towers_have_the_papers_layers():
    """Counted from section 3.5: "connected" kernels see half of the channels."""
    model = alexnet(grouped=True, rng=blank_rng())
    shapes = [p.shape for p in model.parameters() if p.ndim == 4]
    assert shapes == [
        (96, 3, 11, 11),
        (256, 48, 5, 5),
        (384, 256, 3, 3),
        (384, 192, 3, 3),
        (256, 192, 3, 3),
    ]
    assert model.num_parameters() == 60_965_224


def test_two_towers_are_torchs(rng):
    model = alexnet(10, grouped=True, rng=rng, **SMALL)
    for layer in model.modules():  # 0.01 would leave nothing to compare
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, rng=rng)
    x = rng.standard_normal((2, 3, 33, 36)) * 10
    assert_equal_to_twin(model, TorchTwoTowers(), x, rng)


def test_two_towers_start_as_in_the_paper(rng):
    model = alexnet(grouped=True, rng=rng, hidden=64, pool_size=1)
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    biases = [set(layer.bias.data.tolist()) for layer in layers]
    assert biases == [{0}, {1}, {0}, {1}, {1}, {1}, {1}, {0}]
    for layer in layers:
        near = pytest.approx(0.01, rel=5 / np.sqrt(layer.weight.size))
        assert layer.weight.data.std() == near


def test_one_tower_starts_with_the_layers_defaults(rng):
    model = alexnet(rng=rng, hidden=64)
    assert model.classifier[1].in_features == 256 * 6 * 6
    weight = model.features[3].weight.data
    bound = 1 / np.sqrt(64 * 5 * 5)
    assert np.abs(weight).max() == pytest.approx(bound, rel=1e-3)
    assert weight.std() == pytest.approx(bound / np.sqrt(3), rel=0.01)


def test_dropout_stands_before_the_two_hidden_layers():
    kinds = [type(layer) for layer in alexnet(rng=0, hidden=4).classifier]
    hidden = [nn.Dropout, nn.Linear, nn.ReLU]
    assert kinds == [*hidden, *hidden, nn.Linear]


@pytest.mark.parametrize("grouped", [False, True])
def test_small_images(grouped, rng):
    model = alexnet(3, grouped=grouped, in_channels=1, rng=rng, **SMALL).eval()
    with no_grad():
        y = model(Tensor(rng.random((2, 1, 28, 28), dtype=np.float32)))
    assert (y.shape, y.dtype) == ((2, 3), np.float32)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"channels must be five .* got \(4, 6\)"):
        alexnet(channels=(4, 6))
    with pytest.raises(ValueError, match=r"stem three, got .* and \(3, 1\)"):
        alexnet(stem=(3, 1))
    with pytest.raises(ValueError, match="groups"):
        alexnet(grouped=True, channels=(3, 6, 6, 6, 6), rng=0)
