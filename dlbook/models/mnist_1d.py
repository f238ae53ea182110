"""The networks that MNIST-1D was published with: a perceptron and a convolution."""

from __future__ import annotations

import numpy as np

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.random import default_rng

__all__ = ["MNIST1DMLP", "MNIST1DConv"]


class MNIST1DMLP(nn.Module):
    """Three linear layers; the second adds to what it is given.

    15,210 parameters for 40 numbers, 100 hidden units and 10 classes.

    Parameters
    ----------
    num_classes : int
    length : int
        How many numbers an example has.
    hidden : int
    rng : numpy.random.Generator, int or None
        Source of the initial values.

    Raises
    ------
    TypeError, ValueError
        If a size is no positive int; when called, if the examples have another length.

    References
    ----------
    Greydanus (2020), arXiv:2011.14439; ``MLPBase`` of ``notebooks/models.py`` at
    github.com/greydanus/mnist1d.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        length: int = 40,
        hidden: int = 100,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = default_rng(rng)
        self.linear1 = nn.Linear(length, hidden, rng=rng)
        self.linear2 = nn.Linear(hidden, hidden, rng=rng)
        self.linear3 = nn.Linear(hidden, num_classes, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, length) -> scores, (N, num_classes)."""
        h = F.relu(self.linear1(x))  # (N, hidden)
        h = h + F.relu(self.linear2(h))
        return self.linear3(h)


class MNIST1DConv(nn.Module):
    """Three convolutions with stride 2, and a linear layer on all they leave.

    5,210 parameters for 40 numbers, 25 channels and 10 classes.

    Parameters
    ----------
    num_classes : int
    length : int
        How many numbers an example has, at least 3.
    channels : int
        Of each convolution.
    rng : numpy.random.Generator, int or None
        Source of the initial values.

    Raises
    ------
    TypeError, ValueError
        If a size is no positive int or `length` too short; when called, if the
        examples have another length.

    References
    ----------
    Greydanus (2020), arXiv:2011.14439; ``ConvBase`` of ``notebooks/models.py`` at
    github.com/greydanus/mnist1d.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        length: int = 40,
        channels: int = 25,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if length < 3:
            raise ValueError(f"MNIST1DConv: length must be at least 3, got {length}")
        rng = default_rng(rng)
        self.length = length
        options = {"stride": 2, "padding": 1, "rng": rng}
        self.conv1 = nn.Conv1d(1, channels, 5, **options)
        self.conv2 = nn.Conv1d(channels, channels, 3, **options)
        self.conv3 = nn.Conv1d(channels, channels, 3, **options)
        left = (length - 1) // 2  # 19 of 40
        left = (left + 1) // 2  # 10
        left = (left + 1) // 2  # 5
        self.linear = nn.Linear(channels * left, num_classes, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(N, length) -> scores, (N, num_classes)."""
        if x.ndim != 2 or x.shape[1] != self.length:
            raise ValueError(
                f"MNIST1DConv: x has shape {x.shape}, expected (N, {self.length})"
            )
        x = x.unsqueeze(1)  # (N, 1, 40)
        x = F.relu(self.conv1(x))  # (N, 25, 19)
        x = F.relu(self.conv2(x))  # (N, 25, 10)
        x = F.relu(self.conv3(x))  # (N, 25, 5)
        return self.linear(x.flatten(1))
