"""The safetensors format: named arrays in one file, which no program runs to read.

The layout, all of it:

- 8 bytes: the length n of the header, a little-endian unsigned integer;
- n bytes: the header, JSON in UTF-8, perhaps with spaces at its end. For every array
  ``"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}``, and under
  ``"__metadata__"``, which may be absent, strings by name;
- the data: the arrays' bytes, little-endian, last axis fastest, one after another
  without gaps; the offsets count from here.

Published by Hugging Face: https://github.com/huggingface/safetensors, where "Format" in
the README is the definition that this module follows.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "SafetensorsError",
    "load_safetensors",
    "safetensors_metadata",
    "save_safetensors",
]

# in the order in which the reference implementation writes them: widest first
DTYPES = {
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "BF16": np.dtype("<u2"),  # the upper half of a float32, which NumPy does not have
    "F16": np.dtype("<f2"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
WRITTEN = {dtype: code for code, dtype in DTYPES.items() if code != "BF16"}
LENGTH_BYTES = 8
LONGEST_HEADER = 100_000_000  # bytes; the reference implementation's limit, too
METADATA = "__metadata__"


class SafetensorsError(ValueError):
    """A file that breaks the format; the message says where."""


def load_safetensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read all arrays of a file.

    The header is checked as a whole before any array is made. The file is mapped into
    memory: an array's bytes are read from the disk when they are used, and a file
    larger than the memory can be opened.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to ndarray
        In the order of the data. Read-only views of the file, but for BF16, which
        becomes float32 without loss and takes memory of its own. ``array.copy()`` can
        be written to.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    SafetensorsError
        If the file breaks the format in any way: is cut short, has a header that is
        longer than the file, no JSON, an unknown dtype, sizes that differ from the
        offsets, arrays that overlap or leave gaps. The message names file, array and
        numbers.
    """
    entries, _, data = _open(path)
    arrays = {}
    for name, (code, shape, begin, end) in entries.items():
        try:
            array = data[begin:end].view(DTYPES[code]).reshape(shape)
        except ValueError as error:  # an empty array with an axis beyond NumPy's
            raise SafetensorsError(f"{path}: {name!r}: {error}") from error
        if code == "BOOL" and array.view(np.uint8).max(initial=0) > 1:
            raise SafetensorsError(f"{path}: {name!r} is BOOL and has bytes above 1")
        arrays[name] = _widened(array) if code == "BF16" else array
    return arrays


def safetensors_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the strings under ``"__metadata__"``; empty if there are none.

    Raises
    ------
    FileNotFoundError, SafetensorsError
        As `load_safetensors`.
    """
    return _open(path)[1]


def save_safetensors(
    arrays: Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays into one file, byte for byte as the reference implementation does.

    The bytes go to ``<path>.partial``, which takes the name `path` when it is complete:
    a file that is there stays whole until then.

    Parameters
    ----------
    arrays : mapping from str to array_like
        Booleans, or integers or floats of 8 to 64 bits, of any layout in memory. A
        `Module.state_dict` is such a mapping.
    path : str or path-like
        By custom it ends in ``.safetensors``.
    metadata : mapping from str to str, optional
        By custom ``{"format": "pt"}`` marks what torch should read.

    Raises
    ------
    TypeError
        If a name or an entry of `metadata` is no str, or an array is of another dtype.
    ValueError
        If an array is called ``"__metadata__"``.
    OSError
        If the file cannot be written.
    """
    header: dict[str, Any] = {}
    if metadata is not None:
        for key, value in metadata.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise TypeError(
                    "save_safetensors: metadata must map str to str, got "
                    f"{key!r}: {value!r}"
                )
        header[METADATA] = dict(metadata)
    codes = {name: _code(name, array) for name, array in arrays.items()}
    ranks = {code: rank for rank, code in enumerate(DTYPES)}
    names = sorted(codes, key=lambda name: (ranks[codes[name]], name))
    end = 0
    for name in names:
        array = np.asarray(arrays[name])
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": codes[name],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)  # so that the data start aligned
    partial = Path(f"{os.fspath(path)}.partial")
    try:
        with partial.open("wb") as file:
            file.write(len(text).to_bytes(LENGTH_BYTES, "little"))
            file.write(text)
            for name in names:
                array = np.asarray(arrays[name], DTYPES[codes[name]])  # little-endian
                file.write(array.tobytes())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


Entry = tuple[str, tuple[int, ...], int, int]  # dtype, shape, first byte, end


def _open(
    path: str | os.PathLike[str],
) -> tuple[dict[str, Entry], dict[str, str], np.ndarray]:
    """Return the checked header, the metadata, and all bytes of the data."""
    size = Path(path).stat().st_size
    if size < LENGTH_BYTES:
        raise SafetensorsError(
            f"{path}: {size} bytes, too short for the length of a header, which takes "
            f"{LENGTH_BYTES}"
        )
    everything = np.memmap(path, np.uint8, "r").view(np.ndarray)
    length = int.from_bytes(everything[:LENGTH_BYTES].tobytes(), "little")
    if length > LONGEST_HEADER:
        raise SafetensorsError(
            f"{path}: the first {LENGTH_BYTES} bytes give the header {length} bytes, "
            f"more than the {LONGEST_HEADER} allowed: no safetensors file"
        )
    if LENGTH_BYTES + length > size:
        raise SafetensorsError(
            f"{path}: the header should have {length} bytes, but after its length the "
            f"file has {size - LENGTH_BYTES}; it is cut short, or no safetensors file"
        )
    data = everything[LENGTH_BYTES + length :]
    try:
        header = _parse(everything[LENGTH_BYTES : LENGTH_BYTES + length].tobytes())
        metadata = _metadata(header.pop(METADATA, {}))
        entries = {name: _entry(name, value) for name, value in header.items()}
        entries = _in_order(entries, len(data))
    except SafetensorsError as error:
        raise SafetensorsError(f"{path}: {error}") from error.__cause__
    return entries, metadata, data


def _parse(text: bytes) -> dict[str, Any]:
    if not text.startswith(b"{"):
        raise SafetensorsError(
            f"the header must begin with '{{', got {text[:10]!r}: no safetensors file"
        )
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
    except SafetensorsError:
        raise
    except (ValueError, RecursionError) as error:
        raise SafetensorsError(f"the header is no JSON in UTF-8: {error}") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise SafetensorsError(f"the header has {name!r} twice")
        found[name] = value
    return found


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(text, str) for text in value.values()
    ):
        raise SafetensorsError(f'"{METADATA}" must map strings to strings')
    return value


def _entry(name: str, value: Any) -> Entry:
    """Return the checked description of one array."""
    keys = {"dtype", "shape", "data_offsets"}
    if not isinstance(value, dict) or set(value) != keys:
        raise SafetensorsError(
            f"{name!r} must have dtype, shape and data_offsets, got {value!r}"
        )
    code, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(code, str) or code not in DTYPES:
        raise SafetensorsError(
            f"{name!r} has dtype {code!r}, which is none of " + ", ".join(DTYPES)
        )
    if not _are_counts(shape):
        raise SafetensorsError(f"{name!r} has shape {shape!r}, expected ints >= 0")
    if not _are_counts(offsets) or len(offsets) != 2:
        raise SafetensorsError(
            f"{name!r} has data_offsets {offsets!r}, expected two ints >= 0"
        )
    begin, end = offsets
    expected = math.prod(shape) * DTYPES[code].itemsize
    if end - begin != expected:
        raise SafetensorsError(
            f"{name!r}: {code} of shape {shape} takes {expected} bytes, but its "
            f"data_offsets {offsets} span {end - begin}"
        )
    return code, tuple(shape), begin, end


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(
        type(value) is int and value >= 0 for value in values
    )


def _in_order(entries: dict[str, Entry], size: int) -> dict[str, Entry]:
    """Return the arrays by place, which must fill the data without overlap or gap."""
    ordered = dict(sorted(entries.items(), key=lambda item: item[1][2:]))
    last, filled = "the start", 0
    for name, (*_, begin, end) in ordered.items():
        if begin != filled:
            relation = "overlaps" if begin < filled else "leaves a gap after"
            raise SafetensorsError(
                f"{name!r} begins at byte {begin} of the data and {relation} {last}, "
                f"which ends at byte {filled}"
            )
        last, filled = repr(name), end
    if filled != size:
        raise SafetensorsError(
            f"the arrays take {filled} bytes, the file has {size} after its header"
            + ("; it is cut short" if size < filled else "")
        )
    return ordered


def _widened(halves: np.ndarray) -> np.ndarray:
    """Return bfloat16 numbers, given as their 16 bits, as float32."""
    bits = halves.astype(np.uint32)
    bits <<= 16  # in place, which keeps an array without axes an array
    return bits.view(np.float32)


def _code(name: Any, array: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"save_safetensors: a name must be a str, got {name!r}")
    if name == METADATA:
        raise ValueError(f"save_safetensors: no array can be called {METADATA!r}")
    dtype = np.asarray(array).dtype
    code = WRITTEN.get(dtype.newbyteorder("<"))
    if code is None:
        raise TypeError(
            f"save_safetensors: {name!r} has dtype {dtype}, which the format does not "
            "have; it has " + ", ".join(sorted(str(each) for each in WRITTEN))
        )
    return code
