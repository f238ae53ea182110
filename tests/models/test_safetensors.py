"""The safetensors format: against the reference implementation, and broken files."""

import json
import struct

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.models import (
    LeNet5,
    SafetensorsError,
    load_safetensors,
    safetensors_metadata,
    save_safetensors,
)

KINDS = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64"


def every_kind(rng):
    """Return arrays of every dtype: with axes, without, empty, and special numbers."""
    arrays = {}
    for i, kind in enumerate(KINDS.split()):
        dtype = np.dtype(kind)
        raw = rng.integers(0, 2 if kind == "bool" else 256, (3, 4, dtype.itemsize))
        arrays[f"layer.{i}.weight"] = raw.astype(np.uint8).view(dtype)[..., 0]
        arrays[f"a{i}"] = np.ones((), dtype)
        arrays[f"größe {i}"] = np.zeros((2, 0, 3), dtype)
    arrays["special"] = np.array([np.nan, -0.0, np.inf, 1e-45], np.float32)
    return arrays


def same(found, expected):
    assert sorted(found) == sorted(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype, name
        assert found[name].shape == array.shape, name
        assert found[name].tobytes() == array.tobytes(), name


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt", "über": "ß"}])
def test_we_write_the_bytes_of_the_reference_implementation(tmp_path, rng, metadata):
    arrays = every_kind(rng)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    save_safetensors(arrays, ours, metadata=metadata)
    safetensors.numpy.save_file(arrays, theirs, metadata=metadata)
    # two strings of metadata come in any order there
    if metadata is None or len(metadata) < 2:
        assert ours.read_bytes() == theirs.read_bytes()
    same(safetensors.numpy.load_file(ours), arrays)
    same(load_safetensors(theirs), arrays)
    assert safetensors_metadata(theirs) == (metadata or {})
    assert safetensors_metadata(ours) == (metadata or {})
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["ours", "theirs"]


def test_what_torch_writes_is_read_and_the_other_way(tmp_path, rng):
    path = tmp_path / "model.safetensors"
    model = LeNet5(rng=rng)
    save_safetensors(model.state_dict(), path)
    found = safetensors.torch.load_file(path)
    same({name: t.numpy() for name, t in found.items()}, model.state_dict())
    safetensors.torch.save_file(found, path)
    other = LeNet5()
    other.load_state_dict(load_safetensors(path))
    same(other.state_dict(), model.state_dict())


def test_bfloat16_becomes_float32_without_loss(tmp_path):
    path = tmp_path / "halves"
    every = torch.arange(2**16, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    safetensors.torch.save_file({"x": every.reshape(256, 256)}, path)
    found = load_safetensors(path)["x"]
    assert found.dtype == np.float32
    assert found.shape == (256, 256)
    expected = every.to(torch.float32).numpy().reshape(256, 256)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    numbers = ~np.isnan(expected)
    bits = found.view(np.uint32)
    np.testing.assert_array_equal(bits[numbers], expected.view(np.uint32)[numbers])
    safetensors.torch.save_file({"x": torch.tensor(1.5).to(torch.bfloat16)}, path)
    found = load_safetensors(path)["x"]
    assert type(found) is np.ndarray
    assert found == 1.5


def test_any_layout_in_memory_is_written(tmp_path):
    base = np.arange(24, dtype=np.int32).reshape(4, 6)
    arrays = {
        "transposed": base.T,
        "strided": base[::2, ::-1],
        "big-endian": base.astype(">i4"),
        "list": [[1.5, 2.5]],
    }
    save_safetensors(arrays, tmp_path / "x")
    found = load_safetensors(tmp_path / "x")
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype.isnative


def test_arrays_are_views_of_the_file_that_cannot_be_written_to(tmp_path, rng):
    save_safetensors({"x": rng.standard_normal(5)}, tmp_path / "x")
    array = load_safetensors(tmp_path / "x")["x"]
    assert type(array) is np.ndarray
    assert not array.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_nothing_is_a_file_too(tmp_path):
    save_safetensors({}, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == safetensors.numpy.save({})
    assert load_safetensors(tmp_path / "x") == {}


def test_a_failing_write_leaves_the_old_file(tmp_path, rng):
    path = tmp_path / "x"
    save_safetensors({"x": np.ones(3)}, path)
    before = path.read_bytes()
    for bad in ({"x": np.ones(2), "y": np.array("text")}, {"x": 1j}, {1: np.ones(2)}):
        with pytest.raises(TypeError):
            save_safetensors(bad, path)
        assert path.read_bytes() == before
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        save_safetensors({"x": np.ones(3)}, tmp_path / "folder")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "x"]


@pytest.mark.parametrize(
    ("arrays", "metadata", "error", "match"),
    [
        ({"x": np.array(1j)}, None, TypeError, "'x' has dtype complex128, .* float16"),
        ({"x": ["a"]}, None, TypeError, "'x' has dtype <U1"),
        ({"x": np.array([None])}, None, TypeError, "'x' has dtype object"),
        ({3: 1.0}, None, TypeError, "a name must be a str, got 3"),
        ({"__metadata__": 1.0}, None, ValueError, "can be called '__metadata__'"),
        ({}, {"a": 1}, TypeError, "metadata must map str to str, got 'a': 1"),
        ({}, {1: "a"}, TypeError, "metadata must map str to str, got 1: 'a'"),
    ],
)
def test_what_the_format_does_not_have_is_named(
    tmp_path, arrays, metadata, error, match
):
    with pytest.raises(error, match=match):
        save_safetensors(arrays, tmp_path / "x", metadata=metadata)
    assert not list(tmp_path.iterdir())


def file_of(header, data=b"", length=None):
    """Return the bytes of a file with this header: a dict, a str, or bytes."""
    if isinstance(header, dict):
        header = json.dumps(header)
    if isinstance(header, str):
        header = header.encode()
    length = len(header) if length is None else length
    return struct.pack("<Q", length) + header + data


def entry(begin=0, end=8, shape=(2,), dtype="F32", **others):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **others}


DATA = bytes(range(16))
TWICE = '{"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"x":{}}'
BROKEN = {
    "empty": (b"", "0 bytes, too short for the length of a header, which takes 8"),
    "length cut": (b"\x10\0\0", "3 bytes, too short"),
    "no safetensors": (b"PK\x03\x04" + b"\xff" * 60, "more than the 100000000 allowed"),
    "header longer than the file": (
        file_of({"x": entry()}, length=1000),
        r"the header should have 1000 bytes, but .* the file has \d+; it is cut short",
    ),
    "no header": (struct.pack("<Q", 0), "must begin with '{', got b''"),
    "no object": (file_of("[1, 2]"), "must begin with '{', got b'.1, 2.'"),
    "space first": (file_of(' {"a": 1}'), "must begin with '{'"),
    "no JSON": (file_of('{"x": }'), "no JSON in UTF-8: Expecting value"),
    "JSON cut": (file_of('{"x": {"dtype": "F3', DATA), "no JSON in UTF-8: Unterm"),
    "no UTF-8": (file_of(b'{"\xff": 1}'), "no JSON in UTF-8: 'utf-8' codec"),
    "too deep": (file_of('{"x":' * 100_000), "no JSON in UTF-8: "),
    "huge number": (file_of('{"x": ' + "9" * 5000 + "}"), "no JSON in UTF-8: "),
    "twice": (file_of(TWICE, b"\0"), "the header has 'x' twice"),
    "metadata": (file_of({"__metadata__": {"a": 1}}), "must map strings to strings"),
    "metadata list": (file_of({"__metadata__": []}), "must map strings to strings"),
    "entry": (file_of({"x": 3}), "'x' must have dtype, shape and data_offsets, got 3"),
    "key missing": (file_of({"x": {"dtype": "F32", "shape": []}}), "'x' must have"),
    "key more": (file_of({"x": entry(more=1)}, DATA[:8]), "'x' must have dtype"),
    "dtype": (file_of({"x": entry(dtype="F4")}, DATA[:8]), "dtype 'F4', which is none"),
    "dtype list": (file_of({"x": entry(dtype=[])}), r"dtype \[\], which is none of"),
    "shape": (file_of({"x": entry(shape=2)}), "'x' has shape 2, expected ints >= 0"),
    "shape float": (file_of({"x": entry(shape=[2.0])}), r"shape \[2.0\], expected"),
    "shape bool": (file_of({"x": entry(shape=[True])}), r"shape \[True\], expected"),
    "shape negative": (
        file_of({"x": entry(shape=[-1, -2])}, DATA[:8]),
        r"shape \[-1, -2\], expected ints >= 0",
    ),
    "shape too large": (
        file_of({"x": entry(0, 0, [0, 2**70])}),
        "'x': .*",
    ),
    "one offset": (
        file_of({"x": {"dtype": "U8", "shape": [], "data_offsets": [0]}}, b"\0"),
        r"data_offsets \[0\], expected two ints >= 0",
    ),
    "offset negative": (file_of({"x": entry(-8, 0)}), r"\[-8, 0\], expected two ints"),
    "offsets swapped": (
        file_of({"x": entry(8, 0)}, DATA[:8]),
        r"takes 8 bytes, but its data_offsets \[8, 0\] span -8",
    ),
    "offsets and shape": (
        file_of({"x": entry(0, 12)}, DATA[:12]),
        r"F32 of shape \[2\] takes 8 bytes, but its data_offsets \[0, 12\] span 12",
    ),
    "overlap": (
        file_of({"x": entry(0, 8), "y": entry(4, 12)}, DATA[:12]),
        "'y' begins at byte 4 of the data and overlaps 'x', which ends at byte 8",
    ),
    "gap": (
        file_of({"y": entry(8, 16), "x": entry(0, 4, (1,))}, DATA),
        "'y' begins at byte 8 of the data and leaves a gap after 'x', .* byte 4",
    ),
    "gap at the start": (
        file_of({"x": entry(4, 12)}, DATA[:12]),
        "'x' begins at byte 4 of the data and leaves a gap after the start",
    ),
    "data cut": (
        file_of({"x": entry(0, 8), "y": entry(8, 16)}, DATA[:11]),
        "the arrays take 16 bytes, the file has 11 after its header; it is cut short",
    ),
    "data left over": (
        file_of({"x": entry()}, DATA),
        "the arrays take 8 bytes, the file has 16 after its header$",
    ),
    "bool": (
        file_of({"x": entry(0, 2, (2,), "BOOL")}, b"\x01\x02"),
        "'x' is BOOL and has bytes above 1",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_with_the_reason(name, tmp_path):
    content, match = BROKEN[name]
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(SafetensorsError, match=r"model\.safetensors: .*" + match):
        load_safetensors(path)
    if name not in ("bool", "shape too large"):  # told by the arrays alone
        with pytest.raises(SafetensorsError, match=match):
            safetensors_metadata(path)


def test_the_longest_header_is_allowed_and_no_longer_one(tmp_path, monkeypatch):
    monkeypatch.setattr("dlbook.models.safetensors.LONGEST_HEADER", 40)
    path = tmp_path / "x"
    path.write_bytes(file_of("{" + " " * 38 + "}"))
    assert load_safetensors(path) == {}
    path.write_bytes(file_of("{" + " " * 39 + "}"))
    with pytest.raises(SafetensorsError, match="41 bytes, more than the 40 allowed"):
        load_safetensors(path)


def test_the_header_may_be_in_any_order(tmp_path):
    """Also an empty array that stands at the end of another."""
    path = tmp_path / "x"
    header = {"y": entry(8, 16), "empty": entry(8, 8, [0]), "x": entry(0, 8)}
    path.write_bytes(file_of(header, DATA))
    found = load_safetensors(path)
    assert list(found) == ["x", "empty", "y"]
    assert found["x"].tobytes() + found["y"].tobytes() == DATA


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_safetensors(tmp_path / "nowhere")


WHOLE = file_of({"a": entry(0, 8), "b": entry(8, 16, (1, 2, 2), "F16")}, DATA)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory, length):
    path = tmp_path_factory.mktemp("cut") / "x"
    path.write_bytes(WHOLE[:length])
    with pytest.raises(SafetensorsError):
        load_safetensors(path)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_changed_byte_gives_arrays_of_their_size_or_one_kind_of_error(
    tmp_path_factory, place, byte
):
    path = tmp_path_factory.mktemp("changed") / "x"
    path.write_bytes(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
    try:
        arrays = load_safetensors(path)
    except SafetensorsError:
        return
    # BF16 in place of F16 is the one change that widens
    assert sum(array.size * min(array.itemsize, 8) for array in arrays.values()) in (
        16,
        24,
    )
