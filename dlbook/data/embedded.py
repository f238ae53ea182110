"""Data sets that come with scikit-learn or Python: no download, no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.dataset import Dataset, floating_type


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
        inputs=bunch.data[rows][:, columns].astype(floating_type(dtype)),
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
        inputs=(bunch.data / 16.0).astype(floating_type(dtype)),
        targets=bunch.target.astype(np.int64),
        class_names=tuple(str(name) for name in bunch.target_names),
        feature_names=tuple(
            f"pixel ({row}, {column})" for row in range(8) for column in range(8)
        ),
        image_shape=(8, 8),
        source="Alpaydin & Kaynak (1998), through scikit-learn",
    )


def load_wine(*, dtype: DTypeLike = np.float32) -> Dataset:
    """Load 13 chemical measurements of 178 Italian wines from three cultivars.

    Parameters
    ----------
    dtype : float32 or float64
        Type of the inputs.

    Returns
    -------
    Dataset
        inputs of shape (178, 13); the source gives no units. 59, 71 and 48 wines of
        the cultivars that the source numbers 1, 2, 3 (targets 0, 1, 2), one after the
        other. The scales differ by a factor of 1,000 and more: see `standardize`.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    ValueError
        If `dtype` is not a floating-point type.

    References
    ----------
    Aeberhard & Forina (1992), Wine, UCI Machine Learning Repository,
    doi:10.24432/C5PC7J.
    """
    bunch = _sklearn_datasets("load_wine").load_wine()
    return Dataset(
        name="wine",
        inputs=bunch.data.astype(floating_type(dtype)),
        targets=bunch.target.astype(np.int64),
        class_names=("cultivar 1", "cultivar 2", "cultivar 3"),
        feature_names=tuple(name.replace("_", " ") for name in bunch.feature_names),
        source="Aeberhard & Forina (1992), through scikit-learn",
    )


def load_breast_cancer(*, dtype: DTypeLike = np.float32) -> Dataset:
    """Load measurements of cell nuclei from 569 breast tumors, benign or malignant.

    Class 1, the positive class of precision and recall, is malignant: recall is then
    the share of cancers that are found. scikit-learn numbers the classes the other
    way round (0 malignant, 1 benign).

    Parameters
    ----------
    dtype : float32 or float64
        Type of the inputs.

    Returns
    -------
    Dataset
        inputs of shape (569, 30) in file order: mean, standard error and "worst" (mean
        of the three largest) of ten features of the nuclei in one image. 357 benign
        tumors, 212 malignant ones.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    ValueError
        If `dtype` is not a floating-point type.

    References
    ----------
    Wolberg, Mangasarian, Street & Street (1993), Breast Cancer Wisconsin (Diagnostic),
    UCI Machine Learning Repository, doi:10.24432/C5DW2B.
    """
    bunch = _sklearn_datasets("load_breast_cancer").load_breast_cancer()
    malignant = list(bunch.target_names).index("malignant")
    return Dataset(
        name="breast cancer",
        inputs=bunch.data.astype(floating_type(dtype)),
        targets=(bunch.target == malignant).astype(np.int64),
        class_names=("benign", "malignant"),
        feature_names=tuple(str(name) for name in bunch.feature_names),
        source="Wolberg et al. (1993), through scikit-learn",
    )


def load_diabetes(*, dtype: DTypeLike = np.float32) -> Dataset:
    """Load ten measurements of 442 diabetes patients, and how the disease went on.

    A regression: the target is a number, a measure of the progression of the disease
    one year after the measurements.

    Parameters
    ----------
    dtype : float32 or float64
        Type of inputs and targets.

    Returns
    -------
    Dataset
        inputs of shape (442, 10) as measured, not scaled; targets of shape (442,),
        25 to 346. The source gives units for the age alone.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    ValueError
        If `dtype` is not a floating-point type.

    Notes
    -----
    The source codes sex as 1 and 2 and does not say which is which. Its column s5 is
    "possibly log of serum triglycerides level".

    References
    ----------
    Efron, Hastie, Johnstone & Tibshirani (2004), Least angle regression, Annals of
    Statistics 32, 407-499, Table 1.
    """
    bunch = _sklearn_datasets("load_diabetes").load_diabetes(scaled=False)
    resolved = floating_type(dtype)
    return Dataset(
        name="diabetes",
        inputs=bunch.data.astype(resolved),
        targets=bunch.target.astype(resolved),
        feature_names=(
            "age (years)",
            "sex (1 or 2)",
            "body mass index",
            "average blood pressure",
            "s1, total cholesterol",
            "s2, low-density lipoproteins",
            "s3, high-density lipoproteins",
            "s4, total cholesterol / HDL",
            "s5, possibly log triglycerides",
            "s6, blood sugar",
        ),
        source="Efron et al. (2004), through scikit-learn",
    )


def load_photographs(*, dtype: DTypeLike = np.float32) -> dict[str, np.ndarray]:
    """Load two color photographs: a temple in China, and a flower.

    Parameters
    ----------
    dtype : float32 or float64
        Type of the arrays.

    Returns
    -------
    dict of str to ndarray, shape (427, 640, 3)
        "china" and "flower": rows from the top, columns from the left, channels red,
        green, blue, in [0, 1] (the bytes of the file divided by 255).

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn, or Pillow, with which it reads JPEG files, is not installed.
    ValueError
        If `dtype` is not a floating-point type.

    Notes
    -----
    JPEG decoders may round differently: a value may differ by 1/255 between machines.

    References
    ----------
    Both under the Creative Commons license CC BY 2.0, which asks that the author be
    named wherever a photograph is shown. "china": danielbuechele,
    https://www.flickr.com/photos/danielbuechele/6061409035. "flower": vultilion,
    https://www.flickr.com/photos/vultilion/6056698931. Through scikit-learn.
    """
    datasets = _sklearn_datasets("load_photographs")
    resolved = floating_type(dtype)
    try:
        bunch = datasets.load_sample_images()
    except ImportError as error:
        raise ModuleNotFoundError(
            "load_photographs() reads JPEG files with Pillow, which is not installed: "
            'pip install "dlbook[notebook]"'
        ) from error
    return {
        Path(name).stem: pixels.astype(resolved) / 255
        for name, pixels in zip(bunch.filenames, bunch.images, strict=True)
    }


def load_english_text() -> str:
    """Load about 465,000 characters of English: the help topics of Python.

    The texts that ``help("topics")`` lists, the Python language reference for the most
    part, joined in alphabetical order of their names without anything between them.

    Returns
    -------
    str
        Nearly all ASCII, with line breaks; about 100 different characters.

    Raises
    ------
    ModuleNotFoundError
        If this Python comes without its module ``pydoc_data``.

    Notes
    -----
    The text is that of the running Python (``sys.version_info``) and changes a little
    with every release: a figure that depends on every character of it holds for that
    release alone.

    References
    ----------
    Python Software Foundation, The Python Language Reference, as in
    ``pydoc_data.topics``, under the PSF license.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise ModuleNotFoundError(
            "load_english_text() reads the help topics of Python, the module "
            "pydoc_data, which this Python comes without"
        ) from error
    return "".join(topics[name] for name in sorted(topics))


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
