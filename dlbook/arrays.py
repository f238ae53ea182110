"""Plain NumPy functions that know nothing of gradients."""

from __future__ import annotations

import numpy as np

__all__ = ["one_hot", "unbroadcast"]


def unbroadcast(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum `grad` down to `shape`.

    Broadcasting copies a value along an axis; the gradient of that value is the sum
    over its copies. This function is the adjoint of `numpy.broadcast_to`.

    Parameters
    ----------
    grad : ndarray
        Gradient of a broadcast result.
    shape : tuple of int
        Shape before broadcasting; must broadcast to ``grad.shape``.

    Returns
    -------
    ndarray, shape `shape`
        `grad` itself where nothing was broadcast.

    Raises
    ------
    ValueError
        If `shape` does not broadcast to ``grad.shape``.
    """
    if grad.shape == shape:
        return grad
    added = grad.ndim - len(shape)
    stretched = (
        added + axis
        for axis, size in enumerate(shape)
        if size == 1 and grad.shape[added + axis] != 1
    )
    summed = grad.sum(axis=tuple(stretched), keepdims=True)
    summed = summed.sum(axis=tuple(range(added)))
    if summed.shape != shape:
        raise ValueError(f"unbroadcast: {shape} does not broadcast to {grad.shape}")
    return summed


def one_hot(labels: np.ndarray, num_classes: int, dtype: type = np.float32):
    """Turn class numbers into rows with a single 1.

    Parameters
    ----------
    labels : array_like of int, shape (*)
        Class numbers in [0, num_classes).
    num_classes : int
        C, the number of classes.
    dtype : numpy dtype
        Type of the result.

    Returns
    -------
    ndarray, shape (*, C)

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If a label lies outside [0, num_classes).
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot: labels must be integers, got {labels.dtype}")
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ValueError(
            f"one_hot: labels must lie in [0, {num_classes}), "
            f"got values from {labels.min()} to {labels.max()}"
        )
    encoded = np.zeros((labels.size, num_classes), dtype)
    encoded[np.arange(labels.size), labels.ravel()] = 1
    return encoded.reshape(*labels.shape, num_classes)
