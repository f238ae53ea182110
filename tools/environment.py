"""The environment in ``.venv``: made once, installed under constraints.txt, stamped.

Standard library only: it runs before anything is installed.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "dlbook-stamp.json"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
READ_BY_PIP = ("build-system", "project")  # tables of pyproject.toml
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


class InstallError(Exception):
    """Something could not be installed; the message says what to do."""


def variables(*, static: bool) -> dict[str, str]:
    """Environment variables of every child process.

    Parameters
    ----------
    static : bool
        Whether the child builds or tests: one thread for BLAS and OpenMP, no progress
        bars, no live widgets, so that two runs print the same.
    """
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), "PYTHONUTF8": "1"}
    env["PATH"] = f"{SCRIPTS}{os.pathsep}{env.get('PATH', '')}"
    env["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not the user's
    env["JUPYTER_PLATFORM_DIRS"] = "1"
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS"):
        env.pop(name, None)
    if static:
        env |= {**ONE_THREAD, "DLBOOK_STATIC": "1"}
    return env


def run_python(*arguments: str, static: bool = True) -> int:
    """Run the environment's Python in the root of the tree; return its exit status."""
    command = [str(PYTHON), *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables(static=static)).returncode


def fingerprint(*, newest: bool) -> str:
    """Hash of everything that decides what pip installs."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    settings = {name: pyproject.get(name) for name in READ_BY_PIP}
    settings["setuptools"] = pyproject.get("tool", {}).get("setuptools")
    parts = [
        json.dumps(settings, sort_keys=True),
        (ROOT / "requirements.txt").read_text("utf-8"),
        "newest" if newest else (ROOT / "constraints.txt").read_text("utf-8"),
        os.environ.get("TORCH_INDEX", ""),
        sys.version,
        str(ROOT),  # the package is installed by its path
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read_stamps() -> dict[str, str]:
    """Return what was installed last, by topic; empty if ``.venv`` is not there."""
    try:
        return json.loads(STAMP.read_text("utf-8")) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def write_stamp(topic: str, value: str) -> None:
    """Record that `topic` is installed, after the fact, in one step."""
    temporary = STAMP.with_suffix(".tmp")
    temporary.write_text(json.dumps(read_stamps() | {topic: value}), "utf-8")
    temporary.replace(STAMP)


def pip(*arguments: str, quiet: bool = False) -> subprocess.CompletedProcess:
    """Run the environment's pip; with `quiet` its output is caught, not shown."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=variables(static=True),
        capture_output=quiet,
        text=True,
    )


def create() -> None:
    """Make ``.venv``, anew if it is broken, was moved or belongs to another Python."""
    ask = "import sys; print(*sys.version_info[:2], sep='.')"
    wanted = "{}.{}".format(*sys.version_info)
    if PYTHON.exists() and read_stamps().get("place", str(VENV)) == str(VENV):
        answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True)
        has_pip = pip("--version", quiet=True).returncode == 0
        if answer.stdout.strip() == wanted and has_pip:
            return
    how = "anew " if VENV.exists() else ""  # moved, broken or of another Python
    print(f"Making {VENV} {how}with Python {wanted}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        raise InstallError(
            f"Python could not make {VENV}; on Debian or Ubuntu install python3-venv.\n"
            + (made.stdout + made.stderr).strip()
        )
    write_stamp("place", str(VENV))


def pinned(package: str) -> str | None:
    """Version of `package` in constraints.txt, None if it has none."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    return found and found[1]


def installed(package: str) -> str | None:
    """Version of `package` in the environment without its local part, or None."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True)
    return None if answer.returncode else answer.stdout.strip().partition("+")[0]


def has_nvidia_gpu() -> bool:
    """Whether nvidia-smi is there and lists a GPU."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return False
    try:
        answer = subprocess.run(
            [command, "-L"], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "GPU" in answer.stdout


def brings_cuda(requirement: str) -> bool:
    """Whether pip would take a build of torch that needs the CUDA libraries."""
    if not sys.platform.startswith("linux"):
        return False  # the default builds for Windows and macOS hold no CUDA
    plan = pip(
        *("install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed"),
        *("--report", "-", requirement),
        quiet=True,
    )
    if plan.returncode:
        return False  # the install itself will say what is wrong
    needs = json.loads(plan.stdout)["install"][0]["metadata"].get("requires_dist", [])
    return any(re.match(r"nvidia-|cuda-", need) for need in needs)


def install_torch(*, newest: bool) -> None:
    """Install torch alone, from the index that suits the machine.

    ``TORCH_INDEX`` decides if it is set. Otherwise, where there is no NVIDIA GPU,
    PyTorch's CPU index is tried first (5 s, no retries), then pip's own. A torch that
    is already there and has the pinned version stays.
    """
    version = None if newest else pinned("torch")
    have = installed("torch")
    if have is not None and version in (None, have):
        return
    requirement = f"torch=={version}" if version else "torch"
    # its dependencies follow with everything else, under the constraints
    install = ("install", "--no-deps", requirement)
    index = os.environ.get("TORCH_INDEX")
    if index:
        print(f"{requirement}: from TORCH_INDEX, {index}", flush=True)
        if pip(*install, "--index-url", index).returncode:
            raise InstallError(
                f"TORCH_INDEX={index} has no {requirement} for this Python and system; "
                "name another index, or unset it."
            )
        return
    if not has_nvidia_gpu():
        print(f"{requirement}: no NVIDIA GPU, so the CPU build first", flush=True)
        quick = ("--timeout", "5", "--retries", "0", "--index-url", CPU_INDEX)
        if pip("install", "--dry-run", *install[1:], *quick, quiet=True).returncode:
            print(f"{CPU_INDEX} gave none; pip's own index is next", flush=True)
        elif pip(*install, *quick[2:]).returncode == 0:
            return
    if brings_cuda(requirement):
        print(
            f"{requirement} comes with CUDA here: a download of about 2.7 GB. "
            "To choose another build, stop and set TORCH_INDEX.",
            flush=True,
        )
    if pip(*install).returncode:
        raise InstallError(
            f"{requirement} was not installed: pip's lines above say why."
        )


def install(*, newest: bool = False) -> bool:
    """Bring ``.venv`` up to date; return whether there was anything to do.

    Parameters
    ----------
    newest : bool
        Leave constraints.txt aside and take the newest versions in the ranges.
    """
    wanted = fingerprint(newest=newest)
    if read_stamps().get("python") == wanted:
        return False
    create()
    install_torch(newest=newest)
    limits = ("--upgrade",) if newest else ("-c", "constraints.txt")
    print("Installing the package and its tools", flush=True)
    if pip("install", "--quiet", *limits, "-r", "requirements.txt").returncode:
        raise InstallError(
            "pip could not install requirements.txt: its lines above say why. "
            "Without network, try again where there is one."
        )
    write_stamp("python", wanted)
    return True
