"""AlexNet, whose result on ImageNet turned the field to deep learning (2012)."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.random import default_rng

__all__ = ["AlexNet", "alexnet"]

ONE_TOWER = (64, 192, 384, 256, 256)  # torchvision, after Krizhevsky 2014
TWO_TOWERS = (96, 256, 384, 384, 256)  # Krizhevsky 2012


class AlexNet(nn.Module):
    """Five convolutions with three poolings, and three linear layers with dropout.

    Parameters
    ----------
    num_classes : int
    in_channels : int
        Of the images.
    grouped : bool
        False: one tower, torchvision's form. True: the paper's. Its second, fourth and
        fifth convolution are split over two GPUs, each half seeing half of the
        channels (``groups=2``), and local response normalization follows the first two.
    channels : tuple of five int, optional
        After each convolution; by default 64, 192, 384, 256, 256, and 96, 256, 384,
        384, 256 with `grouped`.
    hidden : int
        Length of the two hidden vectors.
    stem : tuple of three int
        Kernel size, stride and padding of the first convolution; for images of 28 to
        64 pixels ``(5, 1, 2)``.
    pool_size : int
        Height and width that are left for the linear layers.
    dropout : float
        Probability, before the first and the second linear layer.
    rng : numpy.random.Generator, int or None
        Source of the initial values, and of what dropout drops. One tower: the
        layers' defaults, as in torchvision. Grouped: N(0, 0.01²), biases 1 in
        the second, fourth and fifth convolution and the hidden linear layers and 0
        elsewhere (section 5 of the paper).

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    Notes
    -----
    One tower has 61,100,840 parameters, two have 60,965,224. The paper speaks of
    images of 224x224 pixels, which fit its first convolution with 2 zeros on each side.
    Its normalization multiplies the *sum* of squares by 1e-4, ours, as torch's, their
    *mean* over 5 channels: alpha is 5e-4 here.

    References
    ----------
    Krizhevsky, Sutskever & Hinton (2012), NIPS, sections 3 and 5 (`grouped`);
    Krizhevsky (2014), arXiv:1404.5997 (one tower). Names and layout of the parameters
    are torchvision's for one tower; grouped, the same layers have other numbers.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        grouped: bool = False,
        channels: tuple[int, int, int, int, int] | None = None,
        hidden: int = 4096,
        stem: tuple[int, int, int] = (11, 4, 2),
        pool_size: int = 6,
        dropout: float = 0.5,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        channels = channels or (TWO_TOWERS if grouped else ONE_TOWER)
        if len(channels) != 5 or len(stem) != 3:
            raise ValueError(
                "AlexNet: channels must be five numbers and stem three, got "
                f"{channels} and {stem}"
            )
        c1, c2, c3, c4, c5 = channels
        kernel, stride, padding = stem
        groups = 2 if grouped else 1
        rng = default_rng(rng)

        def lrn():  # no layer at all in one tower, so that numbers are torchvision's
            return [nn.LocalResponseNorm(5, alpha=5e-4, k=2.0)] if grouped else []

        self.features = nn.Sequential(
            nn.Conv2d(in_channels, c1, kernel, stride=stride, padding=padding, rng=rng),
            nn.ReLU(),
            *lrn(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(c1, c2, 5, padding=2, groups=groups, rng=rng),
            nn.ReLU(),
            *lrn(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(c2, c3, 3, padding=1, rng=rng),  # sees both halves
            nn.ReLU(),
            nn.Conv2d(c3, c4, 3, padding=1, groups=groups, rng=rng),
            nn.ReLU(),
            nn.Conv2d(c4, c5, 3, padding=1, groups=groups, rng=rng),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(pool_size)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout, rng=rng),
            nn.Linear(c5 * pool_size**2, hidden, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(hidden, hidden, rng=rng),
            nn.ReLU(),
            nn.Linear(hidden, num_classes, rng=rng),
        )
        if grouped:
            self._initialize_as_in_the_paper(rng)

    def _initialize_as_in_the_paper(self, rng: np.random.Generator) -> None:
        layers = [*self.features, *self.classifier]
        layers = [m for m in layers if isinstance(m, nn.Conv2d | nn.Linear)]
        for layer, bias in zip(layers, (0, 1, 0, 1, 1, 1, 1, 0), strict=True):
            nn.init.normal_(layer.weight, std=0.01, rng=rng)
            nn.init.constant_(layer.bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes)."""
        x = self.features(x)  # of 224x224 pixels (N, 256, 6, 6)
        x = self.avgpool(x)  # (N, 256, 6, 6) of any size
        return self.classifier(x.flatten(1))


def alexnet(num_classes: int = 1000, **options: Any) -> AlexNet:
    """Return AlexNet; `options` are those of the class."""
    return AlexNet(num_classes, **options)
