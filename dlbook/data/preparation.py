"""Bring the features of a data set to one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlbook.data.dataset import Dataset


def standardize(training: Dataset, *others: Dataset) -> tuple[Dataset, ...]:
    r"""Give every feature mean 0 and standard deviation 1 over the training set.

    A feature is one entry of a sample, whatever the axes: a column of (N, D), a pixel
    of one channel of (N, C, H, W).

    .. math:: x'_{nd} = (x_{nd} - \mu_d) / \sigma_d

    :math:`\mu_d` and :math:`\sigma_d` (divided by N) come from `training` alone and
    are applied to `others` unchanged: nothing of a test set leaks into training. A
    feature that is constant over the training set is shifted and not divided.

    Parameters
    ----------
    training : Dataset
    *others : Dataset
        Validation and test sets with the same features.

    Returns
    -------
    tuple of Dataset
        `training` and `others` in the order given, without units.

    Raises
    ------
    ValueError
        If the training set is empty, or another set has features of another shape or
        with other names.
    """
    if len(training) == 0:
        raise ValueError("training holds no samples: nothing to fit mean and scale on")
    mean = training.inputs.mean(axis=0, dtype=np.float64)  # (D,) or (...)
    scale = training.inputs.std(axis=0, dtype=np.float64)  # (D,) or (...)
    # rounding leaves a constant column with a tiny scale; dividing would blow it up
    constant = np.ptp(training.inputs, axis=0) == 0
    mean = np.where(constant, training.inputs[0], mean)
    scale = np.where(constant, 1.0, scale)
    prepared = []
    for dataset in (training, *others):
        if dataset.inputs.shape[1:] != training.inputs.shape[1:]:
            raise ValueError(
                f"the samples of {dataset.name} have shape {dataset.inputs.shape[1:]}, "
                f"those of the training set {training.inputs.shape[1:]}"
            )
        if dataset.feature_names != training.feature_names:
            raise ValueError(
                f"the features of {dataset.name} differ from those of the training set"
            )
        inputs = ((dataset.inputs - mean) / scale).astype(dataset.inputs.dtype)
        prepared.append(replace(dataset, inputs=inputs))
    return tuple(prepared)
