"""Installing: which torch from where, and when there is nothing to do."""

import json
import subprocess
import sys
from types import SimpleNamespace

import environment
import pytest


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the files that decide what is installed, with an empty environment."""
    for name in ("pyproject.toml", "requirements.txt", "constraints.txt"):
        (tmp_path / name).write_bytes((environment.ROOT / name).read_bytes())
    python = tmp_path / ".venv" / "python"
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", python)
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    return tmp_path


@pytest.fixture
def machine(tree, monkeypatch, capsys):
    """A machine whose pip only notes what it is asked for."""
    machine = SimpleNamespace(
        calls=[],
        gpu=False,
        cpu_index=True,
        own_index=True,
        torch=None,
        needs=["filelock", "nvidia-cublas==13; platform_system == 'Linux'"],
    )

    def pip(*arguments, quiet=False):
        machine.calls.append((arguments, capsys.readouterr().out))
        named = "--index-url" in arguments
        there = machine.cpu_index if named else machine.own_index
        plan = {"install": [{"metadata": {"requires_dist": machine.needs}}]}
        return SimpleNamespace(
            returncode=int(not there), stdout=json.dumps(plan), stderr=""
        )

    monkeypatch.setattr(environment, "pip", pip)
    monkeypatch.setattr(environment, "has_nvidia_gpu", lambda: machine.gpu)
    monkeypatch.setattr(environment, "installed", lambda package: machine.torch)
    monkeypatch.setattr(sys, "platform", "linux")
    return machine


def installs(machine):
    """The installs that were asked for, without rehearsals."""
    return [call for call, _ in machine.calls if "--dry-run" not in call]


def torch_requirement():
    return f"torch=={environment.pinned('torch')}"


def test_without_a_gpu_the_cpu_index_is_tried_first_for_5_s_without_retries(machine):
    environment.install_torch(newest=False)
    rehearsal = machine.calls[0][0]
    assert rehearsal[rehearsal.index("--timeout") + 1] == "5"
    assert rehearsal[rehearsal.index("--retries") + 1] == "0"
    assert rehearsal[rehearsal.index("--index-url") + 1] == environment.CPU_INDEX
    assert installs(machine) == [
        (
            *("install", "--no-deps", torch_requirement()),
            *("--retries", "0", "--index-url", environment.CPU_INDEX),
        )
    ]


def test_without_the_cpu_index_pip_s_own_is_next(machine):
    machine.cpu_index = False
    environment.install_torch(newest=False)
    assert installs(machine) == [("install", "--no-deps", torch_requirement())]


def test_a_cuda_download_is_announced_before_it_starts(machine):
    machine.gpu = True
    environment.install_torch(newest=False)
    arguments, said = machine.calls[-1]
    assert arguments == ("install", "--no-deps", torch_requirement())
    assert "CUDA" in said
    assert "GB" in said
    assert len(said.splitlines()) == 1


def test_a_download_without_cuda_is_not_announced_as_one(machine):
    machine.gpu = True
    machine.needs = ["filelock"]
    environment.install_torch(newest=False)
    assert "CUDA" not in machine.calls[-1][1]


@pytest.mark.parametrize("gpu", [False, True])
def test_torch_index_overrides(machine, monkeypatch, gpu):
    machine.gpu = gpu
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/whl")
    environment.install_torch(newest=False)
    assert [call for call, _ in machine.calls] == [
        (
            *("install", "--no-deps", torch_requirement()),
            *("--index-url", "https://example.org/whl"),
        )
    ]


def test_a_torch_index_that_fails_is_not_replaced_silently(machine, monkeypatch):
    machine.cpu_index = False
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/whl")
    with pytest.raises(environment.InstallError, match=r"TORCH_INDEX=https://example"):
        environment.install_torch(newest=False)
    assert len(machine.calls) == 1


def test_a_torch_that_suits_is_never_replaced(machine):
    machine.torch = environment.pinned("torch")
    environment.install_torch(newest=False)
    assert machine.calls == []


def test_a_torch_of_another_version_is_replaced(machine):
    machine.torch = "2.6.0"
    environment.install_torch(newest=False)
    assert torch_requirement() in installs(machine)[-1]


def test_no_torch_anywhere_is_an_error(machine):
    machine.cpu_index = machine.own_index = False
    with pytest.raises(environment.InstallError, match="torch"):
        environment.install_torch(newest=False)


@pytest.mark.parametrize(
    ("name", "old", "new", "installs_again"),
    [
        ("pyproject.toml", "numpy>=2.0", "numpy>=2.1", True),
        ("pyproject.toml", "line-length = 88", "line-length = 99", False),
        ("constraints.txt", "numpy==", "numpy>=", True),
        ("requirements.txt", "test", "test,more", True),
    ],
)
def test_the_fingerprint_follows_what_pip_reads(tree, name, old, new, installs_again):
    before = environment.fingerprint(newest=False)
    text = (tree / name).read_text("utf-8")
    assert old in text
    (tree / name).write_text(text.replace(old, new), "utf-8")
    assert (environment.fingerprint(newest=False) != before) == installs_again


def test_the_fingerprint_follows_torch_index_and_newest(tree, monkeypatch):
    before = environment.fingerprint(newest=False)
    assert environment.fingerprint(newest=True) != before
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/whl")
    assert environment.fingerprint(newest=False) != before


def test_a_second_install_does_nothing(machine, monkeypatch):
    monkeypatch.setattr(environment, "create", lambda: None)
    machine.torch = environment.pinned("torch")
    assert environment.install()
    assert machine.calls[-1][0] == (
        *("install", "--quiet", "-c", "constraints.txt"),
        *("-r", "requirements.txt"),
    )
    asked = len(machine.calls)
    assert not environment.install()
    assert len(machine.calls) == asked


def test_an_install_that_failed_leaves_no_stamp(machine, monkeypatch):
    monkeypatch.setattr(environment, "create", lambda: None)
    machine.torch = environment.pinned("torch")
    machine.own_index = False
    with pytest.raises(environment.InstallError, match=r"requirements\.txt"):
        environment.install()
    assert environment.read_stamps() == {}


def test_newest_leaves_the_constraints_aside(machine, monkeypatch):
    monkeypatch.setattr(environment, "create", lambda: None)
    environment.install(newest=True)
    assert machine.calls[-1][0] == (
        *("install", "--quiet", "--upgrade"),
        *("-r", "requirements.txt"),
    )
    assert not any("constraints.txt" in call for call, _ in machine.calls)


def fake_venv(monkeypatch, tree, answer):
    """Let `create` find an environment that answers, and note what it makes."""
    made = []

    def run(command, **options):
        if "venv" in command:
            made.append(command)
            environment.STAMP.unlink(missing_ok=True)
        return SimpleNamespace(returncode=0, stdout=answer, stderr="")

    monkeypatch.setattr(environment, "VENV", tree / ".venv")
    monkeypatch.setattr(environment, "pip", lambda *a, quiet: run(a))
    monkeypatch.setattr(environment.subprocess, "run", run)
    return made


THIS_PYTHON = "{}.{}\n".format(*sys.version_info)


def test_an_environment_that_works_is_kept(tree, monkeypatch):
    made = fake_venv(monkeypatch, tree, THIS_PYTHON)
    environment.create()
    assert made == []


@pytest.mark.parametrize("answer", ["3.9\n", ""], ids=["another Python", "broken"])
def test_an_environment_of_another_python_is_made_anew(tree, monkeypatch, answer):
    made = fake_venv(monkeypatch, tree, answer)
    environment.create()
    assert len(made) == 1
    assert "--clear" in made[0]


def test_an_environment_that_was_moved_is_made_anew(tree, monkeypatch):
    made = fake_venv(monkeypatch, tree, THIS_PYTHON)
    environment.write_stamp("place", "elsewhere")
    environment.create()
    assert len(made) == 1
    environment.create()
    assert len(made) == 1


def test_stamps_of_different_topics_stand_side_by_side(tree):
    environment.write_stamp("python", "a")
    environment.write_stamp("assets", "b")
    environment.write_stamp("python", "c")
    assert environment.read_stamps() == {"python": "c", "assets": "b"}


@pytest.mark.parametrize("content", ["", "{", "\udcff"])
def test_a_damaged_stamp_counts_as_none(tree, content):
    environment.STAMP.write_text(content, "utf-8", errors="surrogateescape")
    assert environment.read_stamps() == {}


def test_a_stamp_without_its_environment_counts_as_none(tree):
    environment.write_stamp("python", "a")
    environment.PYTHON.unlink()
    assert environment.read_stamps() == {}


def test_children_build_with_one_thread_and_readers_with_all(monkeypatch):
    for name in (*environment.ONE_THREAD, "DLBOOK_STATIC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    built = environment.variables(static=True)
    read = environment.variables(static=False)
    assert built["OMP_NUM_THREADS"] == built["OPENBLAS_NUM_THREADS"] == "1"
    assert built["DLBOOK_STATIC"] == "1"
    assert not {*environment.ONE_THREAD, "DLBOOK_STATIC"} & set(read)
    assert "PYTHONPATH" not in built
    assert built["PATH"].startswith(str(environment.SCRIPTS))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (SimpleNamespace(returncode=0, stdout="GPU 0: NVIDIA H200"), True),
        (SimpleNamespace(returncode=0, stdout="No devices found"), False),
        (SimpleNamespace(returncode=9, stdout="driver not loaded"), False),
        (subprocess.TimeoutExpired("nvidia-smi", 30), False),
        (OSError("not executable"), False),
    ],
)
def test_a_gpu_counts_only_if_nvidia_smi_lists_it(monkeypatch, answer, expected):
    def run(*arguments, **options):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(environment.shutil, "which", lambda name: "/bin/nvidia-smi")
    monkeypatch.setattr(environment.subprocess, "run", run)
    assert environment.has_nvidia_gpu() is expected


def test_no_nvidia_smi_no_gpu(monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert environment.has_nvidia_gpu() is False
