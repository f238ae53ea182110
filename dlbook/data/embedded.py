"""Data sets that come with scikit-learn: no download, no network."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.dataset import Dataset


def load_iris(
    *,
    classes: Sequence[str] | None = None,
    features: Sequence[str] | None = None,
    dtype: DTypeLike = np.float32,
) -> Dataset:
    """Load the sizes of 150 iris flowers, 50 of each of three species.

    The rows keep the order of the source: all of a species together. With `classes`,
    the labels are renumbered 0, 1, ... in the order given.

    Parameters
    ----------
    classes : sequence of str, optional
        The species wanted, out of "setosa", "versicolor" and "virginica". All three
        by default.
    features : sequence of str, optional
        The columns wanted, out of "sepal length", "sepal width", "petal length" and
        "petal width". All four by default.
    dtype : float32 or float64
        Type of the inputs.

    Returns
    -------
    Dataset
        inputs of shape (50 C, D) in centimeters, C classes and D features.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    ValueError
        If a class or feature is unknown, named twice, or none is left; if `dtype` is
        not a floating-point type.

    References
    ----------
    Fisher (1936), The use of multiple measurements in taxonomic problems,
    Annals of Eugenics 7, Table I. scikit-learn's copy equals it since version 0.20.
    """
    bunch = _sklearn_datasets("load_iris").load_iris()
    all_classes = [str(name) for name in bunch.target_names]
    all_features = [str(name).removesuffix(" (cm)") for name in bunch.feature_names]
    rows_of = _positions("classes", classes, all_classes)
    columns = _positions("features", features, all_features)
    rows = np.concatenate([np.flatnonzero(bunch.target == c) for c in rows_of])
    labels = np.concatenate(
        [
            np.full(np.count_nonzero(bunch.target == c), new, np.int64)
            for new, c in enumerate(rows_of)
        ]
    )
    return Dataset(
        name="iris",
        inputs=bunch.data[rows][:, columns].astype(_floating(dtype)),
        targets=labels,
        class_names=tuple(all_classes[c] for c in rows_of),
        feature_names=tuple(f"{all_features[c]} (cm)" for c in columns),
        source="Fisher (1936), through scikit-learn",
    )


def load_digits(*, dtype: DTypeLike = np.float32) -> Dataset:
    """Load 1,797 handwritten digits, images of 8 by 8 pixels.

    Parameters
    ----------
    dtype : float32 or float64
        Type of the inputs.

    Returns
    -------
    Dataset
        inputs of shape (1797, 64) in [0, 1] (0 paper, 1 ink; sixteenths, exact in
        both types), `images` of shape (1797, 8, 8), targets 0 to 9 in file order.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    ValueError
        If `dtype` is not a floating-point type.

    Notes
    -----
    These are the 1,797 test images of the source. The source's training images come
    from other writers and are not part of scikit-learn, so a random split of this
    set puts the same writers on both sides.

    References
    ----------
    Alpaydin & Kaynak (1998), Optical recognition of handwritten digits, UCI Machine
    Learning Repository.
    """
    bunch = _sklearn_datasets("load_digits").load_digits()
    return Dataset(
        name="digits",
        inputs=(bunch.data / 16.0).astype(_floating(dtype)),
        targets=bunch.target.astype(np.int64),
        class_names=tuple(str(name) for name in bunch.target_names),
        feature_names=tuple(
            f"pixel ({row}, {column})" for row in range(8) for column in range(8)
        ),
        image_shape=(8, 8),
        source="Alpaydin & Kaynak (1998), through scikit-learn",
    )


def _sklearn_datasets(caller: str) -> ModuleType:
    try:
        import sklearn.datasets
    except ImportError as error:
        raise ModuleNotFoundError(
            f"{caller}() reads the data from scikit-learn, which is not installed: "
            'pip install "dlbook[notebook]"'
        ) from error
    return sklearn.datasets


def _positions(
    argument: str, wanted: Sequence[str] | None, known: list[str]
) -> list[int]:
    if wanted is None:
        return list(range(len(known)))
    if isinstance(wanted, str):
        raise ValueError(f"{argument} must be a sequence of names, got {wanted!r}")
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ValueError(f"{argument}: no {unknown[0]!r} here; known: {known}")
    if not wanted or len(set(wanted)) != len(wanted):
        raise ValueError(
            f"{argument} must name at least one, each once; got {list(wanted)}"
        )
    return [known.index(name) for name in wanted]


def _floating(dtype: DTypeLike) -> np.dtype[Any]:
    resolved = np.dtype(dtype)
    if resolved.kind != "f":
        raise ValueError(f"dtype must be a floating-point type, got {resolved}")
    return resolved
