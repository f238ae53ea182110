"""MNIST and Fashion-MNIST: 70,000 gray images of 28 by 28 pixels each, downloaded."""

from __future__ import annotations

import gzip
import math
import os
import time
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.dataset import Dataset
from dlbook.data.downloads import TIMEOUT, RemoteFile, fetch

SIDE = 28  # pixels
SAMPLES = {"train": 60_000, "test": 10_000}
PREFIXES = {"train": "train", "test": "t10k"}
DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
}
# Size in bytes and SHA-256 as published by TensorFlow Datasets (url_checksums).
PUBLISHED = {
    "mnist": {
        "train-images-idx3-ubyte.gz": (
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        "train-labels-idx1-ubyte.gz": (
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        "t10k-images-idx3-ubyte.gz": (
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        "t10k-labels-idx1-ubyte.gz": (
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte.gz": (
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        "train-labels-idx1-ubyte.gz": (
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        "t10k-images-idx3-ubyte.gz": (
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        "t10k-labels-idx1-ubyte.gz": (
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    },
}
UNSIGNED_BYTE = 0x08  # the element type of all these files, in the magic number of IDX


def load_mnist(
    split: str = "train",
    *,
    folder: str | os.PathLike[str] | None = None,
    dtype: DTypeLike = np.float32,
    progress: bool | None = None,
    timeout: float = TIMEOUT,
) -> Dataset:
    """Load the handwritten digits of MNIST; download them the first time.

    Parameters
    ----------
    split : "train" or "test"
        60,000 images, or 10,000 by other writers.
    folder : path, optional
        Folder that keeps the downloaded files; by default, the environment variable
        ``DLBOOK_DATA`` names it, or it is the user's cache folder. The files may lie
        in it or in its folder ``mnist``.
    dtype : float32 or float64
        Type of the inputs.
    progress : bool, optional
        Whether to show a progress bar; by default, in a terminal and in a notebook,
        unless the environment variable ``DLBOOK_STATIC`` is set.
    timeout : float
        Seconds after which a download is given up, both files together.

    Returns
    -------
    Dataset
        inputs of shape (N, 784) in [0, 1] (0 paper, 1 ink), `images` of shape
        (N, 28, 28), targets 0 to 9 in file order.

    Raises
    ------
    DownloadError
        If a file is neither in the folder nor to be had from its mirrors.
    ModuleNotFoundError
        If a download is needed and pooch is not installed.
    ValueError
        If `split` is unknown, `dtype` not a floating-point type, `timeout` not
        positive.

    References
    ----------
    LeCun, Bottou, Bengio & Haffner (1998), Gradient-based learning applied to
    document recognition, Proceedings of the IEEE 86.
    """
    return _load(
        "mnist",
        split,
        title="MNIST",
        class_names=DIGITS,
        source="LeCun, Bottou, Bengio & Haffner (1998)",
        dtype=dtype,
        folder=folder,
        progress=progress,
        timeout=timeout,
    )


def load_fashion_mnist(
    split: str = "train",
    *,
    folder: str | os.PathLike[str] | None = None,
    dtype: DTypeLike = np.float32,
    progress: bool | None = None,
    timeout: float = TIMEOUT,
) -> Dataset:
    """Load the articles of clothing of Fashion-MNIST; download them the first time.

    Parameters
    ----------
    split : "train" or "test"
        60,000 images, or 10,000.
    folder : path, optional
        Folder that keeps the downloaded files; by default, the environment variable
        ``DLBOOK_DATA`` names it, or it is the user's cache folder. The files may lie
        in it or in its folder ``fashion-mnist``.
    dtype : float32 or float64
        Type of the inputs.
    progress : bool, optional
        Whether to show a progress bar; by default, in a terminal and in a notebook,
        unless the environment variable ``DLBOOK_STATIC`` is set.
    timeout : float
        Seconds after which a download is given up, both files together.

    Returns
    -------
    Dataset
        inputs of shape (N, 784) in [0, 1] (0 ground, 1 brightest), `images` of shape
        (N, 28, 28), targets 0 to 9 in file order.

    Raises
    ------
    DownloadError
        If a file is neither in the folder nor to be had from its mirrors.
    ModuleNotFoundError
        If a download is needed and pooch is not installed.
    ValueError
        If `split` is unknown, `dtype` not a floating-point type, `timeout` not
        positive.

    References
    ----------
    Xiao, Rasul & Vollgraf (2017), Fashion-MNIST: a novel image dataset for
    benchmarking machine learning algorithms, arXiv:1708.07747.
    """
    return _load(
        "fashion-mnist",
        split,
        title="Fashion-MNIST",
        class_names=CLOTHES,
        source="Xiao, Rasul & Vollgraf (2017)",
        dtype=dtype,
        folder=folder,
        progress=progress,
        timeout=timeout,
    )


def read_idx(content: bytes) -> np.ndarray:
    """Read an array of unsigned bytes in the IDX format.

    Two zero bytes, the type of the elements, the number n of axes, n lengths as
    big-endian 32-bit integers, then the elements with the last axis running fastest.

    Parameters
    ----------
    content : bytes
        The whole file, decompressed.

    Returns
    -------
    ndarray of uint8, read-only

    Raises
    ------
    ValueError
        If the magic number, the type or the length of `content` is not as it must be.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(
            f"an IDX file starts with two zero bytes, got {content[:4].hex(' ')!r}"
        )
    kind, axes = content[2], content[3]
    if kind != UNSIGNED_BYTE:
        raise ValueError(f"only unsigned bytes (type 0x08) are read, got {kind:#04x}")
    start = 4 + 4 * axes
    if axes == 0 or len(content) < start:
        raise ValueError(
            f"the header of {axes} axes takes {start} bytes and needs at least one "
            f"axis, got {len(content)} bytes"
        )
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", axes, 4))
    expected = start + math.prod(shape)
    if len(content) != expected:
        raise ValueError(
            f"an IDX file of shape {shape} holds {expected:,} bytes, "
            f"got {len(content):,}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def remote_file(collection: str, name: str) -> RemoteFile:
    """Return the file called `name` of "mnist" or "fashion-mnist"."""
    size, sha256 = PUBLISHED[collection][name]
    return RemoteFile(
        name=name,
        collection=collection,
        urls=tuple(mirror + name for mirror in MIRRORS[collection]),
        sha256=sha256,
        size=size,
        instead="load_digits(), 1,797 digits of 8 by 8 pixels",
    )


def _load(
    collection: str,
    split: str,
    *,
    title: str,
    class_names: tuple[str, ...],
    source: str,
    dtype: DTypeLike,
    timeout: float,
    **options: Any,
) -> Dataset:
    if split not in PREFIXES:
        raise ValueError(f'split must be "train" or "test", got {split!r}')
    floating = np.dtype(dtype)
    if floating.kind != "f":
        raise ValueError(f"dtype must be a floating-point type, got {floating}")
    deadline = time.monotonic() + timeout
    contents = []
    for name in ("labels-idx1-ubyte.gz", "images-idx3-ubyte.gz"):
        file = remote_file(collection, f"{PREFIXES[split]}-{name}")
        path = fetch(file, timeout=timeout, **options)
        contents.append(read_idx(gzip.decompress(path.read_bytes())))
        timeout = max(deadline - time.monotonic(), 0.1)
    labels, images = contents
    samples = SAMPLES[split]
    if labels.shape != (samples,) or images.shape != (samples, SIDE, SIDE):
        raise ValueError(
            f"{title} ({split}) has {samples} labels and images of {SIDE} by {SIDE} "
            f"pixels, got arrays of shape {labels.shape} and {images.shape}"
        )
    inputs = images.reshape(samples, SIDE * SIDE).astype(floating)
    inputs /= 255
    return Dataset(
        name=f"{title} ({split})",
        inputs=inputs,
        targets=labels.astype(np.int64),
        class_names=class_names,
        feature_names=tuple(
            f"pixel ({row}, {column})" for row in range(SIDE) for column in range(SIDE)
        ),
        image_shape=(SIDE, SIDE),
        source=source,
    )
