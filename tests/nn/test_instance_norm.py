"""Instance normalization as a layer: running statistics, modes, one example."""

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor

BATCHES = [
    (4 + 3 * np.random.default_rng(i).standard_normal((2 + i, 3, 6))).astype(np.float32)
    for i in range(4)
]


@pytest.mark.parametrize("momentum", [0.1, 0.7, 0.0, 1.0])
def test_running_statistics_are_torchs_in_training_and_evaluation(momentum):
    options = {"momentum": momentum, "track_running_stats": True}
    ours, theirs = (
        nn.InstanceNorm1d(3, **options),
        torch.nn.InstanceNorm1d(3, **options),
    )
    for x, training in zip(BATCHES, (True, False, True, False), strict=True):
        ours.train(training)
        theirs.train(training)
        our, their = ours(Tensor(x)).data, theirs(torch.tensor(x)).numpy()
        np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-5)
        for name, value in ours.state_dict().items():
            their = theirs.state_dict()[name].numpy()
            np.testing.assert_allclose(value, their, rtol=1e-5)


def test_without_running_statistics_both_modes_are_the_same():
    layer, x = nn.InstanceNorm1d(3, affine=True), Tensor(BATCHES[0])
    np.testing.assert_array_equal(layer(x).data, layer.eval()(x).data)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_one_example_needs_no_batch_axis(dimensions):
    layer = getattr(nn, f"InstanceNorm{dimensions}d")(3)
    x = np.random.default_rng(0).standard_normal((3,) + (4,) * dimensions)
    alone, in_batch = layer(Tensor(x)).data, layer(Tensor(x[None])).data
    np.testing.assert_array_equal(alone, in_batch[0])


def test_repr():
    assert repr(nn.InstanceNorm2d(3, affine=True)) == (
        "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, "
        "track_running_stats=False)  # 6 parameters"
    )
