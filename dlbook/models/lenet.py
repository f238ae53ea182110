"""LeNet-5, the convolutional network that read handwritten digits (1998)."""

from __future__ import annotations

import numpy as np

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.random import default_rng

__all__ = ["LeNet5"]

# height and width of the images: kernel size, padding of the first and of the second
# convolution
GEOMETRY = {32: (5, 0, 0), 28: (5, 2, 0), 8: (3, 1, 1)}


class LeNet5(nn.Module):
    """Two convolutions, each followed by pooling, and three linear layers.

    Parameters
    ----------
    num_classes : int
    modern : bool
        False: tanh and average pooling, as in 1998. True: ReLU and max pooling.
    input_size : {32, 28, 8}
        Height and width of the images. 32 as in the paper, where a digit of 20 pixels
        stands in the middle. 28 for MNIST's own images, which the first convolution
        surrounds with 2 zeros on each side. 8 for scikit-learn's digits: kernels of
        3x3 instead of 5x5, and 1 zero on each side: 19,754 parameters.
    in_channels : int
        1 for gray images, 3 for colors.
    channels : tuple of two int
        Feature maps after the first and the second convolution.
    hidden : tuple of two int
        Length of the two hidden vectors.
    rng : numpy.random.Generator, int or None
        Source of the initial values.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range; when called, if the images
        have another size or number of channels.

    Notes
    -----
    With 32x32 or 28x28 pixels there are 156 + 2,416 + 48,120 + 10,164 + 850 = 61,706
    parameters; the classic and the modern form differ in none. The network of the
    paper has 60,000, since it differs in four places:

    - C3, our ``conv2``: each of its 16 maps sees a chosen 3, 4 or 6 of the 6 maps
      (table I), here all of them: 1,516 parameters against 2,416.
    - S2 and S4: each map's sum of four pixels is multiplied by a trained coefficient
      and shifted by a trained bias, 12 + 32 parameters; here the plain average.
    - The output: Euclidean distance to fixed bitmaps of 7x12 pixels (equation 7), with
      no trained parameter; here a linear layer with 850, for cross-entropy.
    - The activation is 1.7159 tanh(2x/3), here tanh(x); the initial values are uniform
      within 2.4 / fan-in, here torch's default.

    C5 is a convolution over all that is left of the image, 5x5 pixels, which makes it
    a linear layer, our ``fc1``.

    References
    ----------
    LeCun, Bottou, Bengio & Haffner (1998), Proceedings of the IEEE 86(11), section
    II.B, figure 2 and appendix A.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        modern: bool = False,
        input_size: int = 32,
        in_channels: int = 1,
        channels: tuple[int, int] = (6, 16),
        hidden: tuple[int, int] = (120, 84),
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if input_size not in GEOMETRY:
            raise ValueError(
                f"LeNet5: input_size must be one of {list(GEOMETRY)}, got "
                f"{input_size!r}; resize or pad the images"
            )
        if len(channels) != 2 or len(hidden) != 2:
            raise ValueError(
                "LeNet5: channels and hidden must be two numbers each, got "
                f"{channels} and {hidden}"
            )
        kernel, *padding = GEOMETRY[input_size]
        after_first = (input_size + 2 * padding[0] - kernel + 1) // 2
        after_second = (after_first + 2 * padding[1] - kernel + 1) // 2
        first, second = channels
        features = second * after_second**2
        rng = default_rng(rng)
        self.input_size = input_size
        self.conv1 = nn.Conv2d(in_channels, first, kernel, padding=padding[0], rng=rng)
        self.conv2 = nn.Conv2d(first, second, kernel, padding=padding[1], rng=rng)
        self.fc1 = nn.Linear(features, hidden[0], rng=rng)
        self.fc2 = nn.Linear(hidden[0], hidden[1], rng=rng)
        self.fc3 = nn.Linear(hidden[1], num_classes, rng=rng)
        self.activation = nn.ReLU() if modern else nn.Tanh()
        self.pool = nn.MaxPool2d(2) if modern else nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes)."""
        size = self.input_size
        if x.ndim != 4 or x.shape[2:] != (size, size):
            raise ValueError(
                f"LeNet5: x has shape {x.shape}, expected (N, C, {size}, {size}), as "
                "input_size says"
            )
        # shapes for images of 32x32
        x = self.pool(self.activation(self.conv1(x)))  # (N, 6, 28, 28), (N, 6, 14, 14)
        x = self.pool(self.activation(self.conv2(x)))  # (N, 16, 10, 10), (N, 16, 5, 5)
        x = x.flatten(1)  # (N, 400)
        x = self.activation(self.fc1(x))  # (N, 120)
        x = self.activation(self.fc2(x))  # (N, 84)
        return self.fc3(x)
