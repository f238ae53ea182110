"""Mix the examples of a batch, and their targets with them.

To smooth targets without mixing, use ``cross_entropy(..., label_smoothing=...)``; it
takes the soft targets of these functions, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.arrays import one_hot
from dlbook.data.augmentation.arguments import generator, require_int, require_number

__all__ = ["cutmix", "mixup"]


def mixup(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    num_classes: int,
    alpha: float,
    rng: np.random.Generator | int,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Replace each example and its target by a mean of two.

    .. math::
        \tilde x_i = \lambda x_i + (1 - \lambda)\, x_{\pi(i)} \qquad
        \tilde y_i = \lambda y_i + (1 - \lambda)\, y_{\pi(i)} \qquad
        \lambda \sim \mathrm{Beta}(\alpha, \alpha)

    One :math:`\lambda` and one permutation :math:`\pi` for the batch, as in the paper's
    code.

    Parameters
    ----------
    inputs : ndarray of floats, shape (N, ...)
    targets : ndarray, shape (N,) or (N, C)
        Class numbers, integers in [0, C); or floats, the probabilities of the classes,
        so that targets can be mixed again.
    num_classes : int
        C.
    alpha : float
        Greater than 0. Near 0 one of the two examples has nearly all the weight; 1
        draws the weight uniformly. The paper takes 0.1 to 0.4 for ImageNet, 1 for
        CIFAR-10.
    rng : numpy.random.Generator or int
        Draws the weight, then the permutation.

    Returns
    -------
    inputs : ndarray, shape (N, ...)
    targets : ndarray, shape (N, C)
        Probabilities, in the dtype of the inputs; `functional.cross_entropy` takes
        them.

    Raises
    ------
    TypeError
        If inputs, targets or options are of the wrong kind.
    ValueError
        If the shapes do not fit, a class lies outside [0, C), or an option is out of
        its range.

    References
    ----------
    Zhang, Cisse, Dauphin & Lopez-Paz (2018), arXiv:1710.09412, eq. 1.
    """
    targets = _soft("mixup", inputs, targets, num_classes)
    weight, partner = _draw("mixup", len(inputs), alpha, generator("mixup", rng))
    return (
        weight * inputs + (1 - weight) * inputs[partner],
        weight * targets + (1 - weight) * targets[partner],
    )


def cutmix(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    num_classes: int,
    alpha: float,
    rng: np.random.Generator | int,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Paste a box of another image into each, and mix the targets by its area.

    With :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)` the box has the height
    :math:`H \sqrt{1 - \lambda}`, the width :math:`W \sqrt{1 - \lambda}` and a center
    that is uniform over the image, which may cut it. The targets are mixed by the area
    that is left of it in whole pixels, not by :math:`\lambda`.

    Parameters
    ----------
    inputs : ndarray of floats, shape (N, C, H, W)
    targets, num_classes, alpha
        As in `mixup`. The paper takes alpha = 1.
    rng : numpy.random.Generator or int
        Draws the weight, the permutation, and the center's row and column.

    Returns
    -------
    inputs : ndarray, shape (N, C, H, W)
    targets : ndarray, shape (N, num_classes)
        Probabilities, in the dtype of the inputs.

    Raises
    ------
    TypeError, ValueError
        As `mixup`.

    References
    ----------
    Yun et al. (2019), arXiv:1905.04899, eqs. 1 and 2, and appendix A, algorithm A1.
    """
    targets = _soft("cutmix", inputs, targets, num_classes)
    if inputs.ndim != 4:
        raise ValueError(
            f"cutmix: inputs has shape {inputs.shape}, expected (N, C, H, W)"
        )
    rng = generator("cutmix", rng)
    weight, partner = _draw("cutmix", len(inputs), alpha, rng)
    side = (1 - weight) ** 0.5  # as a share of the image's
    box = []
    for length in inputs.shape[2:]:
        middle, half = int(rng.integers(length)), int(length * side) // 2
        box.append(slice(max(middle - half, 0), min(middle + half, length)))
    rows, columns = box
    mixed = inputs.copy()
    mixed[:, :, rows, columns] = inputs[partner][:, :, rows, columns]
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    share = area / (inputs.shape[2] * inputs.shape[3])
    return mixed, (1 - share) * targets + share * targets[partner]


def _draw(
    name: str, samples: int, alpha: float, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    """Return the weight and the permutation."""
    require_number(f"{name}: alpha", alpha, 0)
    if alpha == 0:
        raise ValueError(f"{name}: alpha must be greater than 0, got 0")
    return float(rng.beta(alpha, alpha)), rng.permutation(samples)


def _soft(name: str, inputs: Any, targets: Any, num_classes: int) -> np.ndarray:
    """Check both and return the targets as probabilities, (N, C)."""
    if not isinstance(inputs, np.ndarray) or inputs.dtype.kind != "f":
        kind = getattr(inputs, "dtype", type(inputs).__name__)
        raise TypeError(f"{name}: inputs must be an array of floats, got {kind}")
    require_int(f"{name}: num_classes", num_classes, 1)
    targets = np.asarray(targets)
    samples = len(inputs) if inputs.ndim else 0
    expected = (samples, num_classes) if targets.dtype.kind == "f" else (samples,)
    if targets.shape != expected or not samples:
        raise ValueError(
            f"{name}: targets has {targets.dtype} of shape {targets.shape}, expected "
            f"shape {expected} for inputs of shape {inputs.shape} and {num_classes} "
            "classes, and at least one example"
        )
    if targets.dtype.kind == "f":
        return targets.astype(inputs.dtype)
    return one_hot(targets, num_classes, inputs.dtype)
