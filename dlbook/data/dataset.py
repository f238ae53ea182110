"""A labelled data set held in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Inputs and what is to be predicted from them, and what both mean.

    ``len(dataset)`` is the number of samples N. ``dataset[3]`` is one sample, a pair
    (input, target); a slice, an integer array or a mask gives a smaller `Dataset`.

    Attributes
    ----------
    name : str
        What the data set is called.
    inputs : ndarray, shape (N, D), or (N, ...) with more axes
        One sample an entry of the first axis, floating point.
    targets : ndarray, shape (N,) or, for regression, also (N, K)
        Classification: an int64 index into `class_names`. Regression: floating point.
    class_names : tuple of str, length C
        Empty for regression.
    feature_names : tuple of str, length D
        What each column holds, with its unit where it has one. Empty if the columns
        have no names, and for inputs with more than two axes.
    image_shape : tuple of int, or None
        (H, W) or (C, H, W) if a sample is an image; a row of `inputs` holds it row by
        row. Inputs of shape (N, C, H, W) are images without it.
    source : str
        Where the data come from.

    Raises
    ------
    ValueError
        If the lengths do not fit together, or a target is no index of a class.

    Examples
    --------
    >>> points = Dataset("points", np.eye(3), np.array([0, 1, 1]), ("a", "b"))
    >>> points
    Dataset(points: 3 samples, 3 features, float64; a 1, b 2)
    >>> points[1:].targets
    array([1, 1])
    """

    name: str
    inputs: np.ndarray
    targets: np.ndarray
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, ...] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        inputs = self.inputs
        if inputs.ndim < 2 or inputs.dtype.kind != "f":
            raise ValueError(
                "inputs must be a floating-point array of shape (N, D) or (N, ...), "
                f"got {inputs.dtype} of shape {inputs.shape}"
            )
        sample = inputs.shape[1:]
        wanted = {0, sample[0]} if len(sample) == 1 else {0}
        if len(self.feature_names) not in wanted:
            raise ValueError(
                f"feature_names must name {sample[0]} columns or none, "
                f"got {len(self.feature_names)} names"
                if len(sample) == 1
                else f"feature_names must be empty for samples of shape {sample}, "
                f"got {len(self.feature_names)} names"
            )
        if self.image_shape is not None and (
            len(self.image_shape) not in {2, 3}
            or math.prod(self.image_shape) != math.prod(sample)
        ):
            raise ValueError(
                "image_shape must be (H, W) or (C, H, W) with "
                f"{math.prod(sample)} pixels in all, got {self.image_shape}"
            )
        self._check_targets()

    def _check_targets(self) -> None:
        count, targets = len(self.inputs), self.targets
        got = f"got {targets.dtype} of shape {targets.shape}"
        if not self.class_names:
            if (
                targets.dtype.kind != "f"
                or targets.ndim not in {1, 2}
                or len(targets) != count
            ):
                raise ValueError(
                    "targets without class_names must be a floating-point array of "
                    f"shape ({count},) or ({count}, K), {got}"
                )
            return
        if targets.shape != (count,) or targets.dtype != np.int64:
            raise ValueError(
                f"targets must be an int64 array of shape ({count},), {got}"
            )
        last = len(self.class_names) - 1
        if count and not 0 <= targets.min() <= targets.max() <= last:
            raise ValueError(
                f"targets must lie in 0..{last}, got {targets.min()}..{targets.max()}"
            )

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.inputs)

    def __getitem__(self, index: Any) -> tuple[np.ndarray, Any] | Dataset:
        """Return the sample at an int, or the data set at a slice, array or mask."""
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        if isinstance(index, int | np.integer) and not isinstance(index, bool):
            if not -len(self) <= index < len(self):
                raise IndexError(
                    f"sample {index} of {self.name}, which has {len(self)} samples"
                )
            return self.inputs[index], self.targets[index]
        mask = np.asarray(index)
        if mask.dtype == np.bool_:
            if mask.shape != (len(self),):
                raise IndexError(
                    f"a mask must have shape ({len(self)},), got {mask.shape}"
                )
            return self.take(np.flatnonzero(mask))
        return self.take(index)

    def __repr__(self) -> str:
        sample = self.inputs.shape[1:]
        features = (
            f"{len(self)} samples, {sample[0]} features"
            if len(sample) == 1
            else f"{len(self)} samples of shape {sample}"
        )
        if self.class_names:
            counts = np.bincount(self.targets, minlength=len(self.class_names))
            pairs = zip(self.class_names, counts, strict=True)
            answers = ", ".join(f"{name} {count}" for name, count in pairs)
        elif self.targets.size:
            answers = f"targets {self.targets.min():g} to {self.targets.max():g}"
        else:
            answers = "no targets"
        return f"Dataset({self.name}: {features}, {self.inputs.dtype}; {answers})"

    @property
    def num_classes(self) -> int:
        """The number of classes.

        Raises
        ------
        ValueError
            If the targets are numbers and no classes.
        """
        if not self.class_names:
            raise ValueError(f"the targets of {self.name} are numbers, not classes")
        return len(self.class_names)

    @property
    def images(self) -> np.ndarray:
        """The inputs as images, shape (N, H, W) or (N, C, H, W).

        Raises
        ------
        ValueError
            If the samples are not images.
        """
        if self.image_shape is not None:
            return self.inputs.reshape(len(self), *self.image_shape)
        if self.inputs.ndim == 4:
            return self.inputs
        raise ValueError(f"the samples of {self.name} are not images")

    def take(self, indices: np.ndarray | Sequence[int]) -> Dataset:
        """Return the data set that holds the samples at `indices`, in that order.

        Parameters
        ----------
        indices : integer array, shape (M,)
            Negative ones count from the end. A sample may be taken more than once.

        Returns
        -------
        Dataset
            A copy: changing it leaves this one alone.

        Raises
        ------
        IndexError
            If an index is no integer of a sample.
        """
        chosen = np.asarray(indices)
        if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
            raise IndexError(
                "indices must be integers in one axis, "
                f"got {chosen.dtype} of shape {chosen.shape}"
            )
        chosen = chosen.astype(np.int64)
        outside = chosen[(chosen < -len(self)) | (chosen >= len(self))]
        if outside.size:
            raise IndexError(
                f"sample {outside[0]} of {self.name}, which has {len(self)} samples"
            )
        return replace(self, inputs=self.inputs[chosen], targets=self.targets[chosen])


def floating_type(dtype: DTypeLike) -> np.dtype[Any]:
    """Return `dtype` as a NumPy type that inputs may have.

    Raises
    ------
    ValueError
        If it is not a floating-point type.
    """
    resolved = np.dtype(dtype)
    if resolved.kind != "f":
        raise ValueError(f"dtype must be a floating-point type, got {resolved}")
    return resolved
