"""What a measurement ran on: processor, GPU, driver, versions, threads."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

import dlbook
from dlbook.compare.torch_side import import_torch, torch_is_installed


def versions() -> dict[str, str]:
    """Return the versions of Python, NumPy, dlbook and, where it is there, torch."""
    found = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "dlbook": dlbook.__version__,
    }
    if torch_is_installed():
        found["torch"] = str(import_torch("versions").__version__)
    return found


def cpu_name() -> str:
    """Return the processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def gpu(device: str) -> dict[str, str]:
    """Return name, driver and CUDA version of a GPU.

    Raises
    ------
    RuntimeError
        If torch sees no such GPU.
    """
    torch = import_torch("gpu")
    if not torch.cuda.is_available():
        raise RuntimeError(f"torch sees no CUDA device here, so not {device!r} either")
    return {
        "name": torch.cuda.get_device_name(device),
        "driver": driver_version(),
        "cuda": str(torch.version.cuda),
    }


def driver_version() -> str:
    """Return the NVIDIA driver's version, "unknown" where nvidia-smi does not say."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "unknown"
    answer = subprocess.run(
        [program, "--query-gpu=driver_version", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = answer.stdout.split()
    return lines[0] if answer.returncode == 0 and lines else "unknown"


def thread_pools() -> list[dict[str, Any]]:
    """Return what threadpoolctl says of BLAS and OpenMP; nothing without it.

    File names are left out: they say where on the machine the libraries lie.
    """
    try:
        import threadpoolctl
    except ImportError:
        return []
    return [
        {key: value for key, value in pool.items() if key != "filepath"}
        for pool in threadpoolctl.threadpool_info()
    ]


def describe() -> dict[str, Any]:
    """Return what identifies this machine and its software in a measurement."""
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
        "thread_pools": thread_pools(),
    }
