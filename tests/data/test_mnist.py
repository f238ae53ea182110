"""MNIST and Fashion-MNIST: the format, small files of our own, the real test set."""

import gzip
import hashlib
import os
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from dlbook.data import downloads, mnist
from dlbook.data.downloads import DownloadError
from dlbook.data.mnist import load_fashion_mnist, load_mnist, read_idx, remote_file

REAL = Path(
    os.environ.get("DLBOOK_TEST_DATA")
    or Path(__file__).resolve().parents[3] / "shared" / "data"
)
LOADERS = {"mnist": load_mnist, "fashion-mnist": load_fashion_mnist}
# MD5 of the files as torchvision publishes them.
MD5 = {
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}


def idx(array: np.ndarray, kind: int = 0x08) -> bytes:
    header = struct.pack(f">4B{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture
def no_network(monkeypatch):
    """Take away what a download needs."""
    monkeypatch.setitem(sys.modules, "pooch", None)


@pytest.fixture
def small(tmp_path, monkeypatch, rng, no_network):
    """Files of three and two images in place of the published ones."""
    monkeypatch.setattr(mnist, "SAMPLES", {"train": 3, "test": 2})
    arrays = {}
    for collection in LOADERS:
        (tmp_path / collection).mkdir()
        for split, prefix in mnist.PREFIXES.items():
            samples = mnist.SAMPLES[split]
            images = rng.integers(0, 256, (samples, 28, 28), dtype=np.uint8)
            labels = rng.integers(0, 10, samples, dtype=np.uint8)
            arrays[collection, split] = images, labels
            write(tmp_path, monkeypatch, collection, f"{prefix}-images-idx3", images)
            write(tmp_path, monkeypatch, collection, f"{prefix}-labels-idx1", labels)
    return tmp_path, arrays


def write(folder, monkeypatch, collection, name, array):
    packed = gzip.compress(idx(array))
    name = f"{name}-ubyte.gz"
    (folder / collection / name).write_bytes(packed)
    published = (len(packed), hashlib.sha256(packed).hexdigest())
    monkeypatch.setitem(mnist.PUBLISHED[collection], name, published)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (4, 3, 2), (0, 28, 28)])
def test_idx_round_trip(shape, rng):
    array = rng.integers(0, 256, shape, dtype=np.uint8)
    read = read_idx(idx(array))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == np.uint8


GOOD = idx(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "two zero bytes"),
        (b"\0\0\x08", "two zero bytes"),
        (b"<htm" + GOOD[4:], "two zero bytes"),
        (b"\0\1" + GOOD[2:], "two zero bytes"),
        (idx(np.zeros((2, 3), np.uint8), kind=0x0D), "type 0x08.*got 0x0d"),
        (b"\0\0\x08\0", "at least one"),
        (GOOD[:11], "header of 2 axes takes 12 bytes"),
        (GOOD[:-1], r"shape \(2, 3\) holds 18 bytes, got 17"),
        (GOOD + b"\0", r"shape \(2, 3\) holds 18 bytes, got 19"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "holds .* bytes, got 12"),  # no overflow
    ],
)
def test_what_is_not_idx_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        read_idx(content)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("collection", LOADERS)
def test_a_split_is_read_as_it_is_written(small, collection, split, dtype):
    folder, arrays = small
    images, labels = arrays[collection, split]
    dataset = LOADERS[collection](split, folder=folder, dtype=dtype)
    assert dataset.inputs.dtype == dtype
    assert dataset.inputs.shape == (len(images), 784)
    np.testing.assert_array_equal(dataset.images, (images / 255).astype(dtype))
    np.testing.assert_array_equal(dataset.targets, labels)
    assert dataset.targets.dtype == np.int64
    assert dataset.image_shape == (28, 28)
    assert dataset.feature_names[28] == "pixel (1, 0)"
    assert split in repr(dataset)


def test_training_images_are_the_default(small):
    assert len(load_mnist(folder=small[0])) == 3
    assert len(load_fashion_mnist(folder=small[0])) == 3


def test_class_names(small):
    assert load_mnist(folder=small[0]).class_names == tuple("0123456789")
    clothes = load_fashion_mnist(folder=small[0]).class_names
    assert clothes[:5] == ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
    assert clothes[5:] == ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


@pytest.mark.parametrize("shape", [(3, 28, 28), (2, 28, 27)])
def test_files_that_do_not_fit_are_refused(small, monkeypatch, shape):
    write(small[0], monkeypatch, "mnist", "t10k-images-idx3", np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match=r"MNIST \(test\) has 2 labels"):
        load_mnist("test", folder=small[0])


@pytest.mark.parametrize("load", LOADERS.values())
def test_bad_arguments_are_refused_before_any_download(load, tmp_path, no_network):
    with pytest.raises(ValueError, match=r"split must be .*got 'validation'"):
        load("validation", folder=tmp_path)
    with pytest.raises(ValueError, match="dtype must be a floating-point type"):
        load(folder=tmp_path, dtype=np.uint8)
    with pytest.raises(ValueError, match="timeout must be positive"):
        load(folder=tmp_path, timeout=0)


@pytest.mark.parametrize("collection", LOADERS)
def test_without_network_the_error_names_the_embedded_digits(
    collection, tmp_path, monkeypatch
):
    refusing = ("http://127.0.0.1:9/",)
    monkeypatch.setitem(mnist.MIRRORS, collection, refusing)
    monkeypatch.setattr(downloads, "PAUSE", 0.01)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DownloadError, match=r"load_digits\(\)") as caught:
        LOADERS[collection](folder=tmp_path, timeout=1)
    assert str(tmp_path / collection) in str(caught.value)
    assert "train-labels-idx1-ubyte.gz" in str(caught.value)


@pytest.mark.parametrize("collection", LOADERS)
def test_each_file_has_mirrors_on_different_hosts_and_a_sha256(collection):
    assert len(mnist.PUBLISHED[collection]) == 4
    for name in mnist.PUBLISHED[collection]:
        file = remote_file(collection, name)
        assert len({url.split("/")[2] for url in file.urls}) >= 2
        assert all(url.endswith(f"/{name}") for url in file.urls)
        assert len(bytes.fromhex(file.sha256)) == 32
    hashes = [sha for files in mnist.PUBLISHED.values() for _, sha in files.values()]
    assert len(set(hashes)) == 8


def real_files() -> list[Path]:
    files = [REAL / name for name in MD5]
    if not all(file.is_file() for file in files):
        pytest.skip("the test set of MNIST is not here")
    return files


def test_published_sums_are_those_of_the_real_files():
    for path in real_files():
        content = path.read_bytes()
        file = remote_file("mnist", path.name)
        assert hashlib.sha256(content).hexdigest() == file.sha256
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        assert md5 == MD5[path.name]
        assert len(content) == file.size


@pytest.mark.parametrize("place", ["", "mnist"])
def test_the_real_test_set_loads_without_network(tmp_path, place, no_network):
    (tmp_path / place).mkdir(exist_ok=True)
    for file in real_files():
        shutil.copy(file, tmp_path / place)
    dataset = load_mnist("test", folder=tmp_path)
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(dataset.targets).tolist() == counts
    assert dataset.targets[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert dataset.inputs.shape == (10_000, 784)
    assert dataset.inputs.min() == 0.0
    assert dataset.inputs.max() == 1.0
    assert dataset.inputs.mean(dtype=np.float64) == pytest.approx(0.1325, abs=5e-5)
    # ones are upright and narrow: columns are not taken for rows
    ones = dataset.images[dataset.targets == 1].mean(axis=0) > 0.25
    assert np.ptp(np.flatnonzero(ones.any(axis=1))) > 2 * np.ptp(
        np.flatnonzero(ones.any(axis=0))
    )
