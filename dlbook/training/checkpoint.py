"""Save nested arrays, numbers and text in one file that is whole or refused.

A checkpoint is an uncompressed ``.npz`` that ``numpy.load`` can open: every array an
``.npy`` entry, the rest in the entry ``state.json``, and at the end, as the comment of
the zip archive, the SHA-256 of every byte before it. The checksums that zip has itself
do not cover its headers. Nothing is pickled, so loading runs no code.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CheckpointError", "load_checkpoint", "save_checkpoint"]

FORMAT = 1
JSON_ENTRY = "state.json"
LABEL = b"dlbook checkpoint, sha256 "
DIGEST_LENGTH = 64  # hexadecimal digits


class CheckpointError(OSError, ValueError):
    """A checkpoint that cannot be written, is damaged, or belongs to something else."""


def save_checkpoint(path: str | os.PathLike[str], state: Mapping[Any, Any]) -> None:
    """Write `state` to `path`; a version that is there stays whole until the end.

    The bytes go to ``<path>.partial`` and reach the disk before that file takes the
    name `path` in one move. Whenever the computer stops, `path` holds the old state or
    the new one. The same state gives the same bytes. Only one process at a time may
    save to one path.

    Parameters
    ----------
    path : str or path-like
        By custom it ends in ``.npz``.
    state : mapping
        Nested dicts (keys str or int), lists and tuples of arrays, NumPy scalars, int,
        float, bool, str and None. Arrays of every NumPy dtype without Python objects
        keep dtype, shape and every bit. Their order in memory is kept if it is C or
        Fortran; others become C.

    Raises
    ------
    TypeError
        If `state` holds something else; nothing is written.
    CheckpointError
        If the file cannot be written, for example because the disk is full.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"state must be a mapping, got {type(state).__name__}")
    data = encode(state)
    target = Path(path).resolve()  # through a link, to the file itself
    partial = target.with_name(target.name + ".partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise CheckpointError(
            f"{path}: the checkpoint cannot be written: {error}"
        ) from error
    finally:
        _forget(partial)


def load_checkpoint(path: str | os.PathLike[str]) -> dict[Any, Any]:
    """Read what `save_checkpoint` wrote, and nothing else.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict
        Equal to what was saved, mappings being dicts.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If any bit of the file differs from what was saved, or it is something else
        than a checkpoint. The message names the file and the reason.
    """
    data = Path(path).read_bytes()
    try:
        return decode(data)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error.__cause__


def encode(state: Mapping[Any, Any]) -> bytes:
    """Return the bytes of a checkpoint file."""
    arrays: dict[str, np.ndarray] = {}
    tree = {"format": FORMAT, "state": _to_json(state, (), arrays)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_entry(JSON_ENTRY), json.dumps(tree, indent=1))
        for name, array in arrays.items():
            npy = io.BytesIO()
            np.lib.format.write_array(npy, array, allow_pickle=False)
            archive.writestr(_entry(f"{name}.npy"), npy.getbuffer())
        archive.comment = LABEL + b"0" * DIGEST_LENGTH  # room for the digest
    signed = file.getbuffer()[:-DIGEST_LENGTH]
    return bytes(signed) + _digest(signed)


def decode(data: bytes) -> dict[Any, Any]:
    """Return the state in the bytes of a checkpoint file.

    Raises
    ------
    CheckpointError
        Saying what is wrong with them.
    """
    signed, digest = data[:-DIGEST_LENGTH], data[-DIGEST_LENGTH:]
    if not data:
        raise CheckpointError("the file is empty")
    if not data.startswith(b"PK"):
        raise CheckpointError(
            "not a checkpoint: it does not begin as an .npz file does"
        )
    if not signed.endswith(LABEL):
        raise CheckpointError(
            "cut short, damaged or not a checkpoint: its end holds no SHA-256"
        )
    if _digest(signed) != digest:
        raise CheckpointError("damaged: its bytes do not have the SHA-256 at its end")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            tree = json.loads(archive.read(JSON_ENTRY))
            if tree["format"] != FORMAT:
                raise CheckpointError(
                    f"format {tree['format']}, this version of dlbook reads {FORMAT}"
                )
            return _from_json(tree["state"], archive)
    except CheckpointError:
        raise
    except (
        ValueError,
        TypeError,
        LookupError,
        RuntimeError,
        zipfile.BadZipFile,
    ) as error:
        raise CheckpointError(f"not a checkpoint: {error}") from error


def _digest(signed: bytes | memoryview) -> bytes:
    return hashlib.sha256(signed).hexdigest().encode()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # no clock
    entry.create_system = 3  # as written on Unix, also on Windows
    entry.external_attr = 0o644 << 16
    return entry


# --- the tree as JSON -----------------------------------------------------------------
# Numbers, text, None and lists stand for themselves. Everything else is an object with
# one key, its kind: {"dict": [[key, value], ...]}, {"tuple": [...]}, {"float": "nan"},
# {"array": entry} and {"scalar": entry}.


def _to_json(value: Any, path: tuple[Any, ...], arrays: dict[str, np.ndarray]) -> Any:
    where = "".join(f"[{key!r}]" for key in path)
    if isinstance(value, np.generic) or type(value) is np.ndarray:
        if value.dtype.hasobject:
            raise TypeError(f"state{where} holds Python objects, which need pickle")
        name = _array_name(path, arrays)
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": name}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, list | tuple):
        items = [_to_json(item, (*path, i), arrays) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, Mapping):
        for key in value:
            if isinstance(key, bool) or not isinstance(key, str | int):
                raise TypeError(f"state{where}: a key must be str or int, got {key!r}")
        return {
            "dict": [
                [key, _to_json(item, (*path, key), arrays)]
                for key, item in value.items()
            ]
        }
    hint = "; save its .data" if hasattr(value, "requires_grad") else ""
    raise TypeError(f"state{where}: cannot save a {type(value).__name__}{hint}")


def _from_json(node: Any, archive: zipfile.ZipFile) -> Any:
    if isinstance(node, list):
        return [_from_json(item, archive) for item in node]
    if not isinstance(node, dict):
        return node
    ((kind, content),) = node.items()
    if kind == "dict":
        return {key: _from_json(item, archive) for key, item in content}
    if kind == "tuple":
        return tuple(_from_json(item, archive) for item in content)
    if kind == "float":
        return float(content)
    if kind in ("array", "scalar"):
        file = io.BytesIO(archive.read(f"{content}.npy"))
        array = np.lib.format.read_array(file, allow_pickle=False)
        return array if kind == "array" else array[()]
    raise ValueError(f"unknown kind {kind!r}")


def _array_name(path: tuple[Any, ...], taken: Mapping[str, Any]) -> str:
    """Return a name for an entry that says where the array stands in the state."""
    name = "/".join(re.sub(r"[^A-Za-z0-9._-]", "_", str(key)) for key in path)
    number, unique = 1, name
    while unique in taken or unique == JSON_ENTRY:
        number += 1
        unique = f"{name}~{number}"
    return unique


# --- the file system ------------------------------------------------------------------


def _sync_folder(folder: Path) -> None:
    """Have the new name reach the disk as well; Windows cannot, and need not."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(partial: Path) -> None:
    """Remove what a failed attempt left; after a good one there is nothing."""
    try:
        partial.unlink(missing_ok=True)
    except OSError:  # the folder itself refuses: the error before says so
        return
