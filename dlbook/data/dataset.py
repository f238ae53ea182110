"""A labelled data set held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, repr=False)
class Dataset:
    """Inputs and class labels, and what they mean.

    Attributes
    ----------
    name : str
        What the data set is called.
    inputs : ndarray, shape (N, D)
        One sample a row, floating point.
    targets : ndarray, shape (N,)
        The class of each sample: an int64 index into `class_names`.
    class_names : tuple of str, length C
    feature_names : tuple of str, length D
        What each column holds, with its unit where it has one.
    image_shape : tuple of int, or None
        (H, W) if a row of `inputs` is an image read row by row; H W = D.
    source : str
        Where the data come from.

    Raises
    ------
    ValueError
        If the lengths do not fit together, or a target is no index of a class.
    """

    name: str
    inputs: np.ndarray
    targets: np.ndarray
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        inputs, targets = self.inputs, self.targets
        if inputs.ndim != 2 or inputs.dtype.kind != "f":
            raise ValueError(
                "inputs must be a floating-point array of shape (N, D), "
                f"got {inputs.dtype} of shape {inputs.shape}"
            )
        if targets.shape != inputs.shape[:1] or targets.dtype != np.int64:
            raise ValueError(
                f"targets must be an int64 array of shape ({len(inputs)},), "
                f"got {targets.dtype} of shape {targets.shape}"
            )
        if len(self.feature_names) != inputs.shape[1]:
            raise ValueError(
                f"feature_names must name {inputs.shape[1]} columns, "
                f"got {len(self.feature_names)} names"
            )
        num_classes = len(self.class_names)
        if targets.size and not 0 <= targets.min() <= targets.max() < num_classes:
            raise ValueError(
                f"targets must lie in 0..{num_classes - 1}, "
                f"got {targets.min()}..{targets.max()}"
            )

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.inputs)

    def __repr__(self) -> str:
        counts = np.bincount(self.targets, minlength=len(self.class_names))
        classes = ", ".join(
            f"{name} {count}"
            for name, count in zip(self.class_names, counts, strict=True)
        )
        samples, features = self.inputs.shape
        return (
            f"Dataset({self.name}: {samples} samples, {features} features, "
            f"{self.inputs.dtype}; {classes})"
        )

    @property
    def images(self) -> np.ndarray:
        """The inputs as images, shape (N, H, W).

        Raises
        ------
        ValueError
            If the samples are not images.
        """
        if self.image_shape is None:
            raise ValueError(f"the samples of {self.name} are not images")
        return self.inputs.reshape(-1, *self.image_shape)  # (N, H, W)

    def take(self, indices: np.ndarray | Sequence[int]) -> Dataset:
        """Return the data set that holds the samples at `indices`, in that order.

        Parameters
        ----------
        indices : integer array, shape (M,)
        """
        indices = np.asarray(indices, dtype=np.int64)
        return replace(self, inputs=self.inputs[indices], targets=self.targets[indices])
