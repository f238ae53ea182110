"""Eighteen scenes against a misbehaving server: the data is right, or an error says so.

Each scene ends with the same check of the folder: no file in it is wrong (but a copy
that was damaged before), and no temporary file is left.
"""

import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from dlbook.data import downloads
from dlbook.data.downloads import DownloadError, RemoteFile, cache_folder, fetch
from tests.data.misbehaving_server import MisbehavingServer

PAYLOAD = np.random.default_rng(0).bytes(200_000)
DAMAGED = PAYLOAD[:1000] + b"?" + PAYLOAD[1001:]
ROOT = Path(__file__).resolve().parents[2]

# A process of its own: fetches the file described by its first argument into the
# folder named by the second, and prints the path or the error.
CHILD = """
import json, sys
from dlbook.data.downloads import DownloadError, RemoteFile, fetch
if len(sys.argv) > 3:  # no file may grow beyond so many bytes
    import resource
    limit = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
described = json.loads(sys.argv[1])
file = RemoteFile(**{**described, "urls": tuple(described["urls"])})
try:
    print(fetch(file, folder=sys.argv[2]))
except DownloadError as error:
    print("DownloadError:", error)
"""


class Stage:
    """What a scene plays on: a server, an empty cache folder, a clock."""

    def __init__(self, server: MisbehavingServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.copy = folder / "scenes" / "sample.bin"
        self.damaged_before = False

    def file(self, *mirrors: str) -> RemoteFile:
        """The file, with its mirrors: behaviors of the server, or addresses."""
        return RemoteFile(
            name="sample.bin",
            collection="scenes",
            urls=tuple(
                mirror if "/" in mirror else self.server.url(mirror)
                for mirror in mirrors
            ),
            sha256=hashlib.sha256(PAYLOAD).hexdigest(),
            size=len(PAYLOAD),
            instead="load_digits()",
        )

    def works(self, *mirrors: str, **options) -> None:
        path = fetch(self.file(*mirrors), folder=self.folder, **options)
        assert path == self.copy
        assert path.read_bytes() == PAYLOAD

    def fails(self, *mirrors: str, saying: str, within: float = 4.0, **options) -> str:
        start = time.monotonic()
        with pytest.raises(DownloadError, match=saying) as caught:
            fetch(self.file(*mirrors), folder=self.folder, **options)
        assert time.monotonic() - start < within
        self.check_advice(str(caught.value))
        return str(caught.value)

    def check_advice(self, message: str) -> None:
        for words in ("sample.bin", "folder=", "DLBOOK_DATA", "load_digits()"):
            assert words in message

    def damage_the_copy(self) -> None:
        self.copy.parent.mkdir(parents=True)
        self.copy.write_bytes(DAMAGED)
        self.damaged_before = True

    def child(self, behavior: str, *more: str) -> subprocess.Popen:
        described = json.dumps(asdict(self.file(behavior)))
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", CHILD, described, self.folder, *more],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def check_folder(self) -> None:
        right = {PAYLOAD, DAMAGED} if self.damaged_before else {PAYLOAD}
        for path in self.files():
            assert path == self.copy, "a file is left over"
            assert path.read_bytes() in right


@pytest.fixture
def stage(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("DLBOOK_DATA", raising=False)
    monkeypatch.setattr(downloads, "PAUSE", 0.01)
    with MisbehavingServer(PAYLOAD) as server:
        yield Stage(server, tmp_path / "cache")


SCENES = {}


def scene(function):
    SCENES[function.__name__] = function
    return function


@scene
def plain(stage):
    stage.works("whole")
    assert stage.server.requests == ["whole"]


@scene
def cached_with_the_server_down(stage):
    stage.works("whole")
    stage.server.stop()
    stage.works("whole")
    assert stage.server.requests == ["whole"]


@scene
def corrupted_cache(stage):
    stage.damage_the_copy()
    stage.works("whole")


@scene
def corrupted_cache_without_network(stage):
    stage.damage_the_copy()
    stage.server.stop()
    message = stage.fails("whole", saying="refused the connection")
    assert f"the copy {stage.copy} is damaged" in message


@scene
def body_cut_short_with_a_length(stage):
    # urllib3 drops the last piece, so the count is not that of the server
    saying = "sent [0-9,]+ of 200,000 bytes, then closed the connection"
    stage.fails("cut_with_length", saying=saying)


@scene
def body_cut_short_without_a_length(stage):
    saying = "sent 100,000 of 200,000 bytes, then closed the connection"
    stage.fails("cut_without_length", saying=saying)


@scene
def wrong_bytes(stage):
    stage.fails("wrong_bytes", saying="sent other bytes than the published ones")


@scene
def a_web_page_in_place_of_data(stage):
    stage.fails("web_page", saying="sent a web page in place of the file")


@scene
def status_404(stage):
    stage.fails("missing", saying="answered 404 Not Found")
    assert stage.server.requests == ["missing"], "it will not appear by asking again"


@scene
def status_500(stage):
    stage.fails("broken", saying="answered 500 Internal Server Error")
    assert stage.server.requests == ["broken"] * downloads.ROUNDS


@scene
def fails_once_then_works(stage):
    stage.works("broken_once")
    assert stage.server.requests == ["broken_once"] * 2


@scene
def stalls(stage, monkeypatch):
    monkeypatch.setattr(downloads, "PATIENCE", 0.2)
    stage.fails("silent", saying="sent 0 of 200,000 bytes, then fell silent")
    stage.fails(
        "held", saying="sent [0-9,]+ of 200,000 bytes, then fell silent", within=2
    )


@scene
def connection_refused(stage):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    url = f"http://127.0.0.1:{port}/sample.bin"
    stage.fails(url, saying=f"127.0.0.1:{port} refused the connection")


@scene
def no_such_host(stage):
    # Where the resolver itself does not answer, the time limit ends the call.
    saying = r"nowhere\.invalid (was not found|sent 0 of 200,000 bytes within)"
    stage.fails("http://nowhere.invalid/sample.bin", saying=saying, timeout=2)


@scene
def disk_full(stage):
    pytest.importorskip("resource", reason="limits of file sizes are POSIX")
    output, errors = stage.child("whole", "100000").communicate(timeout=20)
    assert output.startswith("DownloadError:"), errors
    assert "cannot be written into" in output
    assert "File too large" in output
    stage.check_advice(output)
    assert stage.server.requests == ["whole"], "no mirror helps against a full disk"


@scene
def read_only_folder(stage):
    # A folder below a file: nobody can write there, not even root.
    stage.folder.parent.joinpath("file").write_bytes(b"")
    stage.folder = stage.folder.parent / "file" / "cache"
    stage.fails("whole", saying="cannot be written into")


@scene
def killed_in_the_middle_then_again(stage):
    child = stage.child("held")
    assert stage.server.half_sent.wait(20)
    deadline = time.monotonic() + 10
    while not (stage.files() and stage.files()[0].stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.kill()
    child.communicate()
    (left,) = stage.files()
    assert left.suffix == ".part"
    stage.works("whole")


@scene
def four_processes_at_once(stage):
    children = [stage.child("together") for _ in range(stage.server.together_count)]
    for child in children:
        output, errors = child.communicate(timeout=30)
        assert output.strip() == str(stage.copy), errors
    assert stage.server.half_sent.is_set(), "they did not meet in the middle"
    assert stage.copy.read_bytes() == PAYLOAD


def test_there_are_18_scenes():
    assert len(SCENES) == 18


@pytest.mark.parametrize("name", SCENES)
def test_the_data_is_right_or_there_is_an_error(name, stage, request):
    play = SCENES[name]
    if "monkeypatch" in play.__code__.co_varnames:
        play(stage, request.getfixturevalue("monkeypatch"))
    else:
        play(stage)
    stage.check_folder()


def test_the_check_of_the_folder_finds_wrong_and_left_over_files(stage):
    stage.works("whole")
    stage.check_folder()
    stage.copy.write_bytes(DAMAGED)
    with pytest.raises(AssertionError):
        stage.check_folder()
    stage.copy.write_bytes(PAYLOAD)
    stage.copy.with_name(".sample.bin.00000000.part").write_bytes(PAYLOAD)
    with pytest.raises(AssertionError, match="left over"):
        stage.check_folder()


@pytest.mark.parametrize("first", ["missing", "broken", "wrong_bytes", "web_page"])
def test_the_second_mirror_is_asked_when_the_first_fails(stage, first):
    stage.works(first, "whole")
    assert stage.server.requests == [first, "whole"]
    stage.check_folder()


def test_an_error_says_what_happened_at_each_mirror(stage):
    message = stage.fails("missing", "web_page", saying="answered 404")
    # both mirrors are one server here, so the name of the server stands twice
    assert message.count(f"127.0.0.1:{stage.server.port} ") == 2
    assert "sent a web page" in message


@pytest.mark.parametrize("behavior", ["dripping", "dripping_header"])
def test_a_byte_now_and_then_does_not_outlast_the_timeout(stage, behavior):
    stage.fails(behavior, saying="bytes within", timeout=0.6)
    stage.check_folder()


def test_a_slow_first_mirror_leaves_time_for_the_second(stage):
    stage.works("dripping", "whole", timeout=1.0)
    stage.check_folder()


def test_a_mirror_at_a_sufficient_pace_may_use_the_time_of_the_second(stage):
    stage.works("steady", "missing", timeout=2.6)  # 1.5 s, more than half
    assert stage.server.requests == ["steady"]


def test_a_resolver_that_never_answers_does_not_outlast_the_timeout(stage, monkeypatch):
    release = threading.Event()

    def stuck(*_, **__):
        release.wait(10)
        raise socket.gaierror("released")

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    saying = "example.invalid sent 0 of 200,000 bytes within"
    stage.fails("http://example.invalid/x", saying=saying, timeout=0.3)
    release.set()


def test_more_than_the_file_is_not_received(stage):
    stage.fails("endless", saying="sent more than the 200,000 bytes of the file")
    stage.check_folder()


def test_a_compression_declared_as_an_encoding_is_left_in_place(stage):
    packed = gzip.compress(PAYLOAD, mtime=0)
    stage.server.payload = packed
    file = replace(
        stage.file("whole"),
        urls=(stage.server.url("declared_as_encoding", "sample.bin.gz"),),
        sha256=hashlib.sha256(packed).hexdigest(),
        size=len(packed),
    )
    assert fetch(file, folder=stage.folder).read_bytes() == packed


def test_a_part_file_in_use_is_left_alone(stage):
    child = stage.child("held")
    assert stage.server.half_sent.wait(20)
    stage.fails("missing", saying="404")  # a call that removes what nobody uses
    stage.server.release.set()
    output, errors = child.communicate(timeout=20)
    assert output.strip() == str(stage.copy), errors
    assert stage.server.requests == ["held", "missing"], "the child started again"
    stage.check_folder()


def test_a_copy_that_another_process_finished_meanwhile_is_used(stage, monkeypatch):
    def finish(*_):
        stage.copy.parent.mkdir(parents=True, exist_ok=True)
        stage.copy.write_bytes(PAYLOAD)

    def finish_and_answer_404(request):
        finish()
        stage.server._send(request, b"", status=404)

    def finish_and_refuse(_):
        finish()
        raise PermissionError("the copy is being read")  # so Windows says

    monkeypatch.setattr(stage.server, "missing", finish_and_answer_404)
    stage.works("missing")
    stage.copy.unlink()
    monkeypatch.setattr(downloads._PartFile, "move_into_place", finish_and_refuse)
    stage.works("whole")
    stage.check_folder()


def test_an_interrupted_call_leaves_nothing(stage, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(downloads, "_wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(stage.file("held"), folder=stage.folder)
    assert stage.files() == []


def test_a_copy_put_by_hand_serves_without_a_network(stage, monkeypatch):
    stage.server.stop()
    stage.folder.mkdir()
    by_hand = stage.folder / "sample.bin"  # not in the folder of its collection
    by_hand.write_bytes(PAYLOAD)
    assert fetch(stage.file("whole"), folder=stage.folder) == by_hand
    monkeypatch.setenv("DLBOOK_DATA", str(stage.folder))
    assert fetch(stage.file("whole")) == by_hand


def test_another_file_of_the_same_name_is_passed_over(stage):
    stage.folder.mkdir()
    (stage.folder / "sample.bin").write_bytes(DAMAGED)
    stage.works("whole")
    assert (stage.folder / "sample.bin").read_bytes() == DAMAGED


def test_a_folder_in_place_of_the_copy_is_an_error(stage):
    stage.copy.mkdir(parents=True)
    stage.fails("whole", saying="cannot be written into")
    assert stage.files() == []


def test_the_folder_is_the_argument_then_the_variable_then_that_of_the_system(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("DLBOOK_DATA", str(tmp_path / "variable"))
    assert cache_folder(tmp_path / "argument") == tmp_path / "argument"
    assert cache_folder() == tmp_path / "variable"
    assert cache_folder("~/data") == Path.home() / "data"
    monkeypatch.delenv("DLBOOK_DATA")
    assert cache_folder().name.lower() in {"dlbook", "cache"}  # Windows: dlbook\Cache


def test_a_copy_needs_neither_pooch_nor_time(stage, monkeypatch):
    stage.works("whole")
    monkeypatch.setitem(sys.modules, "pooch", None)
    stage.works("whole", timeout=1e-9)


@pytest.mark.parametrize("missing", ["pooch", "platformdirs", "tqdm.auto"])
def test_a_missing_package_is_named_with_how_to_install_it(stage, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    folder = None if missing == "platformdirs" else stage.folder
    name = missing.removesuffix(".auto")
    with pytest.raises(ModuleNotFoundError, match=rf'{name}.*"dlbook\[notebook\]"'):
        fetch(stage.file("whole"), folder=folder, progress=True)


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan")])
def test_a_timeout_that_is_not_positive_is_refused(stage, timeout):
    with pytest.raises(ValueError, match="timeout must be positive"):
        stage.works("whole", timeout=timeout)


def test_no_error_takes_a_minute_by_default():
    assert downloads.TIMEOUT <= 55  # and the thread that waits gives up on its own


def test_progress_is_shown_when_wanted(stage, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    stage.works("broken_once", progress=True)
    assert "sample.bin: 100%" in screen.getvalue()
    assert "200k/200k" in screen.getvalue()


@pytest.mark.parametrize(
    ("static", "terminal", "shown"),
    [("1", True, False), ("", True, True), ("0", True, True), ("", False, False)],
)
def test_progress_by_default(stage, monkeypatch, static, terminal, shown):
    screen = io.StringIO()
    screen.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setenv("DLBOOK_STATIC", static)
    stage.works("whole")
    assert ("sample.bin" in screen.getvalue()) == shown
