"""Checkpoints: every bit comes back, or there is an error."""

import io
import json
import os
import pickle
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlbook.training import CheckpointError, load_checkpoint, save_checkpoint
from dlbook.training.checkpoint import DIGEST_LENGTH, LABEL, decode, encode

ROOT = Path(__file__).resolve().parents[2]
TYPES = sorted(set(np.typecodes["AllInteger"] + np.typecodes["AllFloat"] + "?"))
SMALL = {"weight": np.array([1.5, -0.0], np.float32), "step": 3}


def assert_equal(ours, expected):
    """Hold equal in type and value, arrays to the last bit."""
    assert type(ours) is type(expected)
    if isinstance(expected, dict):
        assert list(ours) == list(expected)
        for key in expected:
            assert_equal(ours[key], expected[key])
    elif isinstance(expected, list | tuple):
        assert len(ours) == len(expected)
        for one, other in zip(ours, expected, strict=True):
            assert_equal(one, other)
    elif isinstance(expected, np.ndarray | np.generic):
        assert (ours.dtype, ours.shape) == (expected.dtype, expected.shape)
        assert ours.tobytes() == expected.tobytes()
    else:
        assert repr(ours) == repr(expected)  # also nan, and -0.0 is not 0.0


def names_in(folder):
    """The names of all files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def round_trip(state, path):
    save_checkpoint(path, state)
    return load_checkpoint(path)


@pytest.mark.parametrize("code", TYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4)])
def test_every_dtype_comes_back_to_the_last_bit(code, shape, tmp_path, rng):
    dtype = np.dtype(code)
    if dtype.kind == "b":
        array = rng.random(shape) < 0.5
    else:  # any bits: nan payloads, subnormal numbers, both zeros
        count = int(np.prod(shape)) * dtype.itemsize
        raw = rng.integers(0, 256, count, np.uint8).tobytes()
        array = np.frombuffer(raw, dtype).reshape(shape)
    array = np.asarray(array)
    assert_equal(round_trip({"a": array}, tmp_path / "a.npz"), {"a": array})


def test_special_values_come_back_to_the_last_bit(tmp_path):
    payload = np.array([0x7FC00001, 0xFFC12345, 0x7F800001], np.uint32).view(np.float32)
    state = {
        "payload": payload,
        "one payload": payload[1],
        "zeros": np.array([0.0, -0.0]),
        "ends": np.array([np.inf, -np.inf, 5e-324, 1.7976931348623157e308]),
        "half": np.array([1e-7, 65504], np.float16),
        "other byte order": np.arange(3, dtype=">i4"),
        "text": np.array(["a", "müller"]),
        "python": [0.1, -0.0, float("inf"), float("-inf"), float("nan"), 1e-310],
        "big": [2**53 + 1, -(2**200), True, False, None, ""],
        "scalars": [np.float32(0.1), np.int64(-1), np.bool_(True), np.complex64(1j)],
        "lone surrogate, quote, newline": '\ud800"\n\0',
    }
    assert_equal(round_trip(state, tmp_path / "a.npz"), state)


def test_nested_states_come_back(tmp_path):
    state = {
        "optimizer": {
            "state": {0: {"step": 3, "mean": np.arange(3.0)}, 1: {}, -2: {}},
            "param_groups": [{"betas": (0.9, 0.999), "params": [0, 1]}],
        },
        "kinds": {"array": "x", "dict": {"tuple": (), "float": "nan"}, "scalar": [[]]},
        "0": 1,
        0: 2,
        "": {"": np.zeros(1)},
    }
    assert_equal(round_trip(state, tmp_path / "a.npz"), state)


def test_arrays_whose_names_collide_stay_apart(tmp_path):
    names = ["a/b", "a b", "a?b", "state.json", "state", "é", "è", "..", "con\0trol"]
    state = {name: np.array(i) for i, name in enumerate(names)}
    state["a"] = {"b": np.array(-1), "b~2": np.array(-2)}
    state[7], state["7"] = np.array(7), np.array(-7)
    assert_equal(round_trip(state, tmp_path / "a.npz"), state)


def test_fortran_order_is_kept_and_views_become_c(tmp_path, rng):
    c = rng.random((3, 4))
    saved = {"f": np.asfortranarray(c), "view": c[::2, ::-1], "turned": c.T}
    loaded = round_trip(saved, tmp_path / "a.npz")
    assert_equal(loaded, saved)
    assert loaded["f"].flags.f_contiguous
    assert loaded["turned"].flags.f_contiguous
    assert loaded["view"].flags.c_contiguous


def test_loaded_arrays_can_be_written_to(tmp_path):
    loaded = round_trip({"a": np.zeros(2), "b": np.zeros(())}, tmp_path / "a.npz")
    loaded["a"] += 1
    loaded["b"] += 1


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_random_generator_goes_on_where_it_was(kind, tmp_path):
    rng = np.random.Generator(getattr(np.random, kind)(5))
    rng.integers(0, 9, 3, np.uint32)  # half of a 64-bit number is in stock
    state = round_trip({"rng": rng.bit_generator.state}, tmp_path / "a.npz")["rng"]
    expected = rng.random(5)
    other = np.random.Generator(getattr(np.random, kind)(6))
    other.bit_generator.state = state
    assert (other.random(5) == expected).all()


def test_the_same_state_gives_the_same_bytes(tmp_path):
    state = {"b": np.arange(5.0), "a": [1, 2.5, (np.float32(1),)]}
    save_checkpoint(tmp_path / "one.npz", state)
    code = (
        "import sys; import numpy as np; from dlbook.training import save_checkpoint;"
        "save_checkpoint(sys.argv[1],"
        "{'b': np.arange(5.0), 'a': [1, 2.5, (np.float32(1),)]})"
    )
    command = [sys.executable, "-W", "error", "-c", code, tmp_path / "two.npz"]
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    subprocess.run(command, cwd=ROOT, check=True, env=environment)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_numpy_and_zip_open_it_without_pickle(tmp_path):
    path = tmp_path / "a.npz"
    save_checkpoint(path, {"model": {"0.weight": np.arange(3.0)}, "epoch": 2})
    with np.load(path, allow_pickle=False) as arrays:
        assert (arrays["model/0.weight"] == np.arange(3.0)).all()
        assert set(arrays.files) == {"model/0.weight", "state.json"}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("state.json"))["format"] == 1


def test_every_flipped_bit_is_found():
    data = bytearray(encode(SMALL))
    assert len(data) < 2000
    for position in range(len(data)):
        for bit in range(8):
            data[position] ^= 1 << bit
            with pytest.raises(CheckpointError, match=r"damaged|cut short|not a check"):
                decode(bytes(data))
            data[position] ^= 1 << bit
    assert_equal(decode(bytes(data)), SMALL)


def test_the_error_names_the_file_and_the_reason(tmp_path):
    path = tmp_path / "a.npz"
    save_checkpoint(path, SMALL)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        CheckpointError, match=r"a\.npz: damaged: its bytes do not have"
    ):
        load_checkpoint(path)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match=r"a\.npz: cut short"):
        load_checkpoint(path)
    with pytest.raises(ValueError, match="cut short"):  # it is one, and an OSError
        load_checkpoint(path)
    with pytest.raises(OSError, match="cut short"):
        load_checkpoint(path)


def test_every_cut_and_every_added_byte_is_found():
    data = encode(SMALL)
    for length in range(len(data)):
        with pytest.raises(CheckpointError):
            decode(data[:length])
    for addition in (b"\0", b"0", data):
        with pytest.raises(CheckpointError):
            decode(data + addition)
        with pytest.raises(CheckpointError):
            decode(addition + data)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    path.touch()
    with pytest.raises(CheckpointError, match=r"a\.npz: the file is empty"):
        load_checkpoint(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npz"):
        load_checkpoint(tmp_path / "nowhere.npz")
    with pytest.raises(CheckpointError, match=r"nowhere/a\.npz: .* cannot be written"):
        save_checkpoint(tmp_path / "nowhere" / "a.npz", SMALL)


def foreign_files():
    archive = io.BytesIO()
    np.savez(archive, weight=np.zeros(3))
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    return {
        "npz": archive.getvalue(),
        "npy": array.getvalue(),
        "pickle": pickle.dumps({"weight": [1.0]}),
        "text": b"epoch,loss\n1,0.5\n" * 20,
        "html": b"<!doctype html><title>404</title>" * 20,
        "zeros": bytes(1000),
    }


@pytest.mark.parametrize(("name", "data"), foreign_files().items())
def test_a_foreign_file_is_refused(name, data, tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"a\.npz: .*not a checkpoint"):
        load_checkpoint(path)


def forged(entries):
    """A file with any entries and the SHA-256 that belongs to it."""
    from hashlib import sha256

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.comment = LABEL + b"0" * DIGEST_LENGTH
    signed = file.getvalue()[:-DIGEST_LENGTH]
    return signed + sha256(signed).hexdigest().encode()


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


class Trap:
    """Unpickling it leaves a trace."""

    def __reduce__(self):
        return os.mkdir, ("trace",)


def test_a_pickle_inside_is_refused_and_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trap = np.array([Trap()], dtype=object)
    np.savez("plain.npz", trap=trap)
    tree = json.dumps({"format": 1, "state": {"array": "trap"}})
    pickled = npy(trap, allow_pickle=True)
    Path("forged.npz").write_bytes(forged({"state.json": tree, "trap.npy": pickled}))
    Path("pure.npz").write_bytes(pickle.dumps(Trap()))
    for name in ("plain.npz", "forged.npz", "pure.npz"):
        with pytest.raises(CheckpointError, match=name):
            load_checkpoint(name)
    assert not Path("trace").exists()
    with np.load("plain.npz", allow_pickle=True) as arrays:
        assert len(arrays["trap"]) == 1
    assert Path("trace").exists()  # the trap works


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({}, "state.json"),
        ({"state.json": b"{"}, "not a checkpoint"),
        ({"state.json": b"[]"}, "not a checkpoint"),
        ({"state.json": b'{"format": 2, "state": {}}'}, "format 2, .* reads 1"),
        ({"state.json": b'{"format": 1, "state": {"array": "a"}}'}, "a.npy"),
        ({"state.json": b'{"format": 1, "state": {"set": []}}'}, "unknown kind 'set'"),
        ({"state.json": b'{"format": 1, "state": {}}'}, "not a checkpoint"),
        ({"state.json": b'{"format": 1, "state": ' + b"[" * 99999}, "not a checkpoint"),
    ],
)
def test_a_signed_file_of_another_make_is_refused(entries, message):
    with pytest.raises(CheckpointError, match=message):
        decode(forged(entries))


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([1, 2], "state must be a mapping, got list"),
        ({"a": {"b": [0, {1, 2}]}}, r"state\['a'\]\['b'\]\[1\]: cannot save a set"),
        ({"a": object()}, "cannot save a object"),
        ({"a": np.array([None])}, r"state\['a'\] holds Python objects"),
        ({"a": np.ma.array([1], mask=[True])}, "cannot save a MaskedArray"),
        ({1.5: 0}, "a key must be str or int, got 1.5"),
        ({True: 0}, "a key must be str or int, got True"),
        ({"a": 1j}, "cannot save a complex"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_the_old_file_stays(
    state, message, tmp_path
):
    path = tmp_path / "a.npz"
    save_checkpoint(path, SMALL)
    with pytest.raises(TypeError, match=message):
        save_checkpoint(path, state)
    assert_equal(load_checkpoint(path), SMALL)
    assert names_in(tmp_path) == ["a.npz"]


def test_a_tensor_is_refused_with_a_hint(tmp_path):
    from dlbook.autograd import Tensor

    with pytest.raises(TypeError, match=r"cannot save a Tensor; save its \.data"):
        save_checkpoint(tmp_path / "a.npz", {"a": Tensor([1.0])})


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "target.npz", tmp_path / "link.npz"
    save_checkpoint(target, {"a": 1})
    link.symlink_to(target)
    save_checkpoint(link, {"a": 2})
    assert link.is_symlink()
    assert load_checkpoint(target) == {"a": 2}


def test_a_new_version_replaces_the_old_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "a.npz"
    (tmp_path / "a.npz.partial").write_bytes(b"left by a run that was killed")
    for i in range(3):
        save_checkpoint(path, {"a": i})
        assert load_checkpoint(path) == {"a": i}
    assert names_in(tmp_path) == ["a.npz"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fsync of a folder")
def test_the_bytes_reach_the_disk_before_the_name_and_the_name_before_the_end(
    tmp_path, monkeypatch
):
    steps = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor):
        size = os.fstat(descriptor).st_size
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if is_folder else size)
        sync(descriptor)

    def note_replace(source, target):
        steps.append((source.name, target.name))
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    save_checkpoint(tmp_path / "a.npz", SMALL)
    assert steps == [len(encode(SMALL)), ("a.npz.partial", "a.npz"), "folder"]


def in_a_child(code, *arguments):
    """Run Python code in a process of its own and return what it prints, as JSON."""
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


KILLS = """
import json, os, random, signal, sys, time
from pathlib import Path
import numpy as np
from dlbook.training.checkpoint import *
from dlbook.training.checkpoint import encode

path, way = Path(sys.argv[1]), sys.argv[2]
save = {
    "ours": save_checkpoint,
    "in place": lambda path, state: path.write_bytes(encode(state)),
}[way]

def state(number):
    return {"number": number, "weight": np.full(50_000, float(number))}

def number_of(path):
    loaded = load_checkpoint(path)
    assert (loaded["weight"] == loaded["number"]).all()
    return loaded["number"]

random.seed(0)
newest, unreadable, in_the_middle, went_back = 0, 0, 0, 0
save_checkpoint(path, state(0))
for kill in range(100):
    before = path.stat()
    child = os.fork()
    if child == 0:
        while True:
            newest += 1
            save(path, state(newest))
    while kill % 10 == 0 and path.stat().st_mtime_ns == before.st_mtime_ns:
        time.sleep(0.001)  # now and then at least one save shall succeed
    time.sleep(random.uniform(0, 0.015))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    in_the_middle += Path(f"{path}.partial").exists()
    try:
        number = number_of(path)
        went_back += number < newest
        newest = number
    except CheckpointError:
        unreadable += 1
        save_checkpoint(path, state(newest))
print(json.dumps([newest, unreadable, in_the_middle, went_back]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_a_kill_while_saving_leaves_a_whole_file(tmp_path):
    """A hundred processes that save without a pause are killed at random moments."""
    newest, unreadable, in_the_middle, went_back = in_a_child(
        KILLS, tmp_path / "a.npz", "ours"
    )
    assert (unreadable, went_back) == (0, 0)
    assert in_the_middle > 0  # some kills did hit a save
    assert newest > 0
    assert set(names_in(tmp_path)) <= {"a.npz", "a.npz.partial"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_the_same_kills_ruin_a_file_that_is_written_in_place(tmp_path):
    _, unreadable, *_ = in_a_child(KILLS, tmp_path / "a.npz", "in place")
    assert unreadable > 0


FULL = """
import json, os, resource, sys
import numpy as np
from dlbook.training.checkpoint import *

path = sys.argv[1]
save_checkpoint(path, {"a": 1})
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    save_checkpoint(path, {"a": np.zeros(10_000)})
except CheckpointError as error:
    print(json.dumps([str(error), load_checkpoint(path), os.listdir(sys.argv[2])]))
"""


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files by POSIX means")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    message, state, files = in_a_child(FULL, tmp_path / "a.npz", tmp_path)
    assert "a.npz: the checkpoint cannot be written" in message
    assert state == {"a": 1}
    assert files == ["a.npz"]
