"""Numbers from a formula, to fill two networks with the same values."""

import numpy as np

HIDDEN = 16  # units of AlexNet and VGG, whose linear layers would take a gigabyte
PRIME = 1_000_003
SQUARES = np.arange(PRIME, dtype=np.int64) ** 2 % PRIME
ROUND = 2 * SQUARES / PRIME - 1  # quadratic residues: no pattern between neighbors


def numbers(shape, seed):
    """Return float64 in [-1, 1) that look random and are the same everywhere."""
    return np.resize(np.roll(ROUND, -7919 * seed), shape)


def filled(shapes):
    """Return values for every name: what a trained network could have.

    Weights have the variance 2 / fan-in; normalizations stay close to the identity.
    """
    values = {}
    for seed, (name, shape) in enumerate(shapes.items(), start=1):
        drawn = numbers(shape, seed)
        if name.endswith("num_batches_tracked"):
            values[name] = np.array(seed, np.int64)
        elif name.endswith("running_var"):
            values[name] = 1 + 0.5 * drawn
        elif len(shape) > 1:
            values[name] = drawn * np.sqrt(6 / np.prod(shape[1:]))
        elif name.endswith("weight"):  # of a normalization
            values[name] = 0.8 + 0.2 * drawn
        else:
            values[name] = 0.1 * drawn
    return values


def image(batch, size, channels=3):
    """Return a batch of images."""
    return numbers((batch, channels, size, size), 1)
