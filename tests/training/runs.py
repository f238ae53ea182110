"""Small runs for the tests of the training loop."""

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.data import DataLoader
from dlbook.optim import SGD


class RunningMean(nn.Module):
    """Subtract a running mean, which is a buffer."""

    def __init__(self, features):
        self.mean = nn.Buffer(np.zeros(features))

    def forward(self, x):
        if self.training:
            self.mean.data = 0.9 * self.mean.data + 0.1 * x.data.mean(axis=0)
        return x - Tensor(self.mean.data)


def network(seed=0, dtype=np.float64):
    """Two linear layers with a nonlinearity between them; 3 inputs, 2 classes."""
    rng = np.random.default_rng(seed)
    layers = nn.Linear(3, 5, rng=rng), nn.Tanh(), nn.Linear(5, 2, rng=rng)
    return nn.Sequential(*layers).to(dtype)


def data(examples=10, dtype=np.float64):
    """Inputs and class numbers that can be learned."""
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((examples, 3)).astype(dtype)
    return inputs, (inputs.sum(axis=1) > 0).astype(np.int64)


def loader(inputs, targets, size, rng=None):
    """Batches of one size; with a generator, in a new order every epoch."""
    return DataLoader((inputs, targets), size, shuffle=rng is not None, rng=rng)


def in_batches(inputs, targets, *sizes):
    """Cut a data set into batches of the given sizes."""
    ends = np.cumsum(sizes)
    return [
        (inputs[end - size : end], targets[end - size : end])
        for size, end in zip(sizes, ends, strict=True)
    ]


def sgd(model, **options):
    """Plain gradient descent with a round learning rate."""
    return SGD(model.parameters(), **({"lr": 0.5} | options))


def accuracy(outputs, targets):
    """The share of right answers."""
    return float((outputs.argmax(axis=1) == targets).mean())


def assert_same_bits(ours, theirs):
    """Hold two state dicts equal to the last bit."""
    assert list(ours) == list(theirs)
    for name in ours:
        assert ours[name].tobytes() == theirs[name].tobytes(), name
