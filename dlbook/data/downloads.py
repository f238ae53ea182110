"""Files from the network: right to the last byte, or an error that says what to do."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TIMEOUT = 55.0  # seconds for one call, all mirrors together: an error within a minute
PATIENCE = 10.0  # seconds that a mirror may take to connect, or stay silent
ROUNDS = 3  # how often each mirror is asked
PAUSE = 0.5  # seconds before the second round, doubled before each later one
CHUNK = 1 << 15  # bytes
PASSING = {408, 425, 429}  # the client errors of HTTP that may pass


class DownloadError(OSError):
    """A file is neither in the cache folder nor to be had from its mirrors.

    The message says what happened at each mirror and what to do about it.
    """


@dataclass(frozen=True)
class RemoteFile:
    """A file on the network, and how to know it.

    Attributes
    ----------
    name : str
        Its name in the cache folder.
    collection : str
        The data set it belongs to: a folder inside the cache folder.
    urls : tuple of str
        Its mirrors, in the order in which they are asked.
    sha256 : str
        SHA-256 of the file as it is served, before any decompression, 64 hexadecimal
        digits.
    size : int
        Its length in bytes.
    instead : str
        What to use without a network, for the error message.
    """

    name: str
    collection: str
    urls: tuple[str, ...]
    sha256: str
    size: int
    instead: str


def cache_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that keeps downloaded files.

    Parameters
    ----------
    folder : path, optional
        The folder itself. Without it, the environment variable ``DLBOOK_DATA`` names
        the folder; without that, it is the user's cache folder of the system.

    Raises
    ------
    ModuleNotFoundError
        If neither names a folder and platformdirs is not installed.
    """
    named = folder if folder is not None else os.environ.get("DLBOOK_DATA")
    if named:
        return Path(named).expanduser()
    with _needed("platformdirs"):
        import platformdirs
    return Path(platformdirs.user_cache_dir("dlbook", appauthor=False))


def fetch(
    file: RemoteFile,
    *,
    folder: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Return the path of a copy of `file` whose SHA-256 is the published one.

    A copy in the cache folder, or in its folder for the collection, is used if its
    SHA-256 is right. Otherwise the mirrors are asked in turn, up to three times each.
    What they send goes to a temporary file, which takes the place of the copy when it
    is complete and its SHA-256 is right; until then an older copy stays as it is.
    Several processes may do this at once. What a killed process left behind is
    removed by the next call.

    Parameters
    ----------
    file : RemoteFile
    folder : path, optional
        The cache folder; see `cache_folder`.
    progress : bool, optional
        Whether to show a progress bar. By default, in a terminal and in a notebook,
        unless the environment variable ``DLBOOK_STATIC`` is set.
    timeout : float
        Seconds after which the call gives up, at most; a slow connection needs more
        than the default for a large file.

    Returns
    -------
    Path
        The copy in the cache folder.

    Raises
    ------
    DownloadError
        If no right copy is there and none can be had or written.
    ModuleNotFoundError
        If pooch, or what else this needs, is not installed. A right copy in a folder
        that is named needs neither.
    ValueError
        If `timeout` is not positive.
    """
    if not timeout > 0:
        raise ValueError(f"timeout must be positive, in seconds; got {timeout}")
    deadline = time.monotonic() + timeout
    cache = cache_folder(folder)
    destination = cache / file.collection / file.name
    _remove_leftovers(destination)
    unusable = []
    for copy in (destination, cache / file.name):
        if not os.path.lexists(copy):
            continue
        fault = _fault(copy, file)
        if fault is None:
            return copy
        unusable.append(f"the copy {copy} {fault}")

    failures: dict[str, _Failure] = {}  # the last one at each mirror, by its URL
    with _progress_bar(file, progress) as bar:
        for url, limit in _attempts(file.urls, failures, deadline):
            failure = _attempt(file, url, destination, limit, deadline, bar)
            if failure is None:
                return destination
            failures[url] = failure
    if _fault(destination, file) is None:  # another process had more luck
        return destination
    raise DownloadError(_message(file, destination.parent, unusable, failures))


@dataclass(frozen=True)
class _Failure:
    reason: str
    is_final: bool = False  # asking again makes no sense


def _attempts(
    urls: tuple[str, ...], failures: dict[str, _Failure], deadline: float
) -> Iterator[tuple[str, float]]:
    """Yield each mirror to ask and its share of the seconds that are left.

    The caller writes to `failures`; a mirror whose failure is final is left out.
    """
    for turn in range(ROUNDS):
        asked = [url for url in urls if turn == 0 or not failures[url].is_final]
        if turn and asked:
            left = deadline - time.monotonic()
            time.sleep(max(0.0, min(PAUSE * 2 ** (turn - 1), left)))
        for waiting, url in zip(range(len(asked), 0, -1), asked, strict=True):
            left = deadline - time.monotonic()
            if left <= 0:
                return
            yield url, left / waiting


def _attempt(
    file: RemoteFile,
    url: str,
    destination: Path,
    limit: float,
    deadline: float,
    bar: Any,
) -> _Failure | None:
    """Download from one mirror; return what went wrong, None if nothing did.

    After `limit` seconds the mirror is given up, unless at its pace the file will be
    complete before `deadline`.
    """
    with _needed("pooch"):
        import pooch
    begin = time.monotonic()
    try:
        with _PartFile(destination, file.size) as part:
            transfer = _Transfer(pooch, url, part, min(PATIENCE, limit))
            transfer.start()
            _wait(transfer, begin + limit, bar)
            elapsed = time.monotonic() - begin
            rest = (file.size - part.received) * elapsed / max(part.received, 1)
            if transfer.is_alive() and rest < deadline - time.monotonic():
                _wait(transfer, deadline, bar)
            late = transfer.is_alive()
            if late:
                transfer.abandon()
            if part.failure is not None:
                raise part.failure
            if late:
                seconds = time.monotonic() - begin
                return _Failure(f"{part.progress()} within {seconds:.3g} s")
            if transfer.error is not None and part.received < file.size:
                return _network_failure(transfer.error, part)
            fault = part.fault(file)
            if fault is not None:
                return _Failure(fault)
            part.move_into_place()
            return None
    except OSError as error:
        if _fault(destination, file) is None:  # another process was faster
            return None
        advice = "free some space there, or name another folder"
        raise DownloadError(
            f"{file.name} ({_size(file)}) cannot be written into {destination.parent} "
            f"({error.strerror or error}): {advice} with folder= or the environment "
            f"variable DLBOOK_DATA; without a download, use {file.instead}."
        ) from error


def _wait(transfer: _Transfer, until: float, bar: Any) -> None:
    while transfer.is_alive() and (left := until - time.monotonic()) > 0:
        transfer.join(min(left, 0.2))
        if bar is not None:
            bar.update(transfer.part.received - bar.n)


class _Transfer(threading.Thread):
    """One download into a part file, on a thread of its own.

    A timeout of the connection ends neither a server that sends a byte a second nor
    a name that does not resolve. A thread can be left behind: as soon as its part
    file is closed it fails, and touches nothing any more.
    """

    def __init__(self, pooch: ModuleType, url: str, part: _PartFile, patience: float):
        super().__init__(name=f"download {url}", daemon=True)
        self.url = url
        self.part = part
        self.error: Exception | None = None
        self._responses: list[Any] = []
        self._download = pooch.HTTPDownloader(
            chunk_size=CHUNK,
            timeout=patience,  # to connect, and between two pieces of the answer
            headers={"Accept-Encoding": "identity"},
            hooks={"response": self._on_response},
        )

    def _on_response(self, response: Any, **_: Any) -> None:
        self._responses.append(response)
        if urlsplit(self.url).path.endswith(".gz"):
            # Some servers declare a .gz file as the encoding of its content; it would
            # arrive decompressed.
            response.raw.headers.pop("Content-Encoding", None)

    def run(self) -> None:
        try:
            self._download(self.url, self.part, None)
        except Exception as error:
            self.error = error
        finally:
            for response in self._responses:
                response.close()

    def abandon(self) -> None:
        """Break the connection, where that is possible while it is in use."""
        for response in self._responses:
            with contextlib.suppress(Exception):  # urllib3 has it since version 2.3
                response.raw.shutdown()


class _PartFile:
    """The temporary file of one download, beside the place of the complete file.

    It is locked as long as it is in use, so that a file without a lock is known to be
    left by a process that was killed. Whatever happens, it is gone in the end.
    """

    def __init__(self, destination: Path, size: int) -> None:
        self.destination = destination
        self.size = size
        self.received = 0
        self.failure: OSError | None = None  # to write, as distinct from to receive
        self._head = b""
        self._hash = hashlib.sha256()

    def __enter__(self) -> _PartFile:
        self.destination.parent.mkdir(parents=True, exist_ok=True)
        while True:
            self.path = _part_path(self.destination, secrets.token_hex(4))
            self._stream = self.path.open("xb")
            if fcntl is not None:
                with contextlib.suppress(OSError):  # a file system without locks
                    fcntl.flock(self._stream, fcntl.LOCK_EX)
            if self.path.exists():  # not removed as a leftover before the lock
                return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # what could not be written is not wanted
            self._stream.close()
        with contextlib.suppress(OSError):  # the next call tries again
            self.path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        try:
            self._stream.write(chunk)
            self._stream.flush()
        except OSError as error:
            self.failure = error
            raise
        self._head = (self._head + chunk[:512])[:512]
        self._hash.update(chunk)
        self.received += len(chunk)
        if self.received > self.size:
            raise ValueError("longer than the file")

    def flush(self) -> None:
        """Nothing is left to flush after a write."""

    def progress(self) -> str:
        """Say how much a mirror sent, as the rest of a sentence about it."""
        return f"sent {self.received:,} of {self.size:,} bytes"

    def fault(self, file: RemoteFile) -> str | None:
        """Say what is wrong with what was received, None if nothing is."""
        if self._hash.hexdigest() == file.sha256:
            return None
        start = self._head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if start.startswith((b"<!doctype html", b"<html")):
            return "sent a web page in place of the file"
        if self.received < file.size:
            return f"{self.progress()}, then closed the connection"
        if self.received > file.size:
            return f"sent more than the {file.size:,} bytes of the file"
        return "sent other bytes than the published ones (their SHA-256 differs)"

    def move_into_place(self) -> None:
        os.fsync(self._stream.fileno())
        if os.name == "nt":  # no open file can be moved there
            self._stream.close()
        self.path.replace(self.destination)


def _part_path(destination: Path, tag: str) -> Path:
    return destination.with_name(f".{destination.name}.{tag}.part")


def _remove_leftovers(destination: Path) -> None:
    """Remove the part files of `destination` that no process is writing."""
    pattern = _part_path(destination, "*").name
    with contextlib.suppress(OSError):
        for path in destination.parent.glob(pattern):
            with contextlib.suppress(OSError):
                if fcntl is None:  # Windows removes no file that is open
                    path.unlink()
                else:
                    with path.open("rb+") as stream:
                        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        path.unlink()


def _fault(path: Path, file: RemoteFile) -> str | None:
    """Say why the copy at `path` is of no use, None if it is right."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if digest == file.sha256:
        return None
    return "is damaged (its SHA-256 is not the published one)"


def _network_failure(error: BaseException, part: _PartFile) -> _Failure:
    import http.client  # here, as they are slow to load and seldom needed
    import socket
    import ssl

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        name = http.client.responses.get(status, "")
        final = 400 <= status < 500 and status not in PASSING
        return _Failure(f"answered {status} {name}".rstrip(), is_final=final)
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__

    def caused_by(kind: type[BaseException]) -> bool:
        return any(isinstance(one, kind) for one in causes)

    if caused_by(socket.gaierror):
        return _Failure("was not found (no such host, or no network)")
    if caused_by(ConnectionRefusedError):
        return _Failure("refused the connection")
    if caused_by(TimeoutError):
        return _Failure(f"{part.progress()}, then fell silent")
    if caused_by(ssl.SSLError):
        return _Failure(f"offers no secure connection ({causes[-1]})")
    if part.received or caused_by(http.client.IncompleteRead):
        return _Failure(f"{part.progress()}, then closed the connection")
    return _Failure(f"failed with {type(causes[-1]).__name__}: {causes[-1]}")


def _message(
    file: RemoteFile, folder: Path, unusable: list[str], failures: dict[str, _Failure]
) -> str:
    happened = unusable + [
        f"{urlsplit(url).netloc} {failure.reason}" for url, failure in failures.items()
    ]
    if not failures:
        happened.append("no time was left")
    return (
        f"{file.name} ({_size(file)}) could not be downloaded: {'; '.join(happened)}. "
        "Try again later (on a slow connection with a larger timeout=), or put "
        f"{file.urls[0]} into {folder} by hand as {file.name}, or name a folder that "
        "has it with folder= or the environment variable DLBOOK_DATA; without a "
        f"download, use {file.instead}."
    )


def _size(file: RemoteFile) -> str:
    digits = max(0, 1 - math.floor(math.log10(max(file.size, 1) / 1e6)))
    return f"{file.size / 1e6:.{min(digits, 3)}f} MB"


@contextlib.contextmanager
def _progress_bar(file: RemoteFile, progress: bool | None) -> Iterator[Any]:
    """Yield a progress bar of tqdm, or None if there is to be none."""
    if progress is None:
        static = os.environ.get("DLBOOK_STATIC", "") not in ("", "0")
        progress = not static and (sys.stderr.isatty() or "ipykernel" in sys.modules)
    if not progress:
        yield None
        return
    with _needed("tqdm"):
        from tqdm.auto import tqdm
    with tqdm(desc=file.name, total=file.size, unit="B", unit_scale=True) as bar:
        yield bar


@contextlib.contextmanager
def _needed(name: str) -> Iterator[None]:
    """Say what to install if the import inside the block fails."""
    try:
        yield
    except ImportError as error:
        raise ModuleNotFoundError(
            f"a download needs {name}, which is not installed: "
            'pip install "dlbook[notebook]"'
        ) from error
