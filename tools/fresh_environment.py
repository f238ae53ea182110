"""Run every notebook in fresh environments: ``python tools/fresh_environment.py``.

One environment has ``dlbook[notebook]``, ipykernel and nothing else, a second adds
torch. Versions come from ``constraints.txt``. Needs the network, and minutes: it is not
part of the tests that every change runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from environment import CPU_INDEX
from pages import ROOT, notebook_pages


def make_environment(folder: Path, extras: str) -> Path:
    """Create an environment with dlbook and ipykernel; return its Python."""
    venv.create(folder, with_pip=True, clear=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    constraints = ROOT / "constraints.txt"
    limits = ["--constraint", str(constraints)] if constraints.exists() else []
    pip = [str(python), "-m", "pip", "install", "--quiet", *limits]
    if "torch" in extras:  # alone and first, from PyTorch's CPU index if it answers
        index = os.environ.get("TORCH_INDEX", CPU_INDEX)
        quick = ["--timeout", "5", "--retries", "0", "--index-url", index]
        if subprocess.run([*pip, *quick, "--no-deps", "torch"], check=False).returncode:
            subprocess.run([*pip, "--no-deps", "torch"], check=True)
    subprocess.run([*pip, f"{ROOT}[{extras}]", "ipykernel"], check=True)
    return python


def run_notebooks(python: Path, folder: Path) -> list[str]:
    """Run every notebook with this Python's kernel; return the errors."""
    sys.path.insert(0, str(ROOT / "tests" / "built"))
    import nbformat
    from jupyter_client import KernelManager
    from nbclient import NotebookClient
    from running import environment

    kernel = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    errors = []
    for page in notebook_pages():
        notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
        manager = KernelManager(kernel_name="python3")
        manager.kernel_spec.argv = kernel
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=120,
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )
        variables = environment(folder)
        variables.pop("PYTHONPATH", None)
        client.execute(env=variables)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    errors.append(f"{page.name}: {output.ename}: {output.evalue}")
    return errors


def main() -> int:
    """Make both environments and run everything; 1 if a cell fails."""
    parser = argparse.ArgumentParser(prog="tools/fresh_environment.py")
    parser.add_argument("--without-torch", action="store_true", help="only the first")
    options = parser.parse_args()
    failed = False
    for extras in ["notebook"] + ["notebook,torch"] * (not options.without_torch):
        with tempfile.TemporaryDirectory() as folder:
            python = make_environment(Path(folder) / "env", extras)
            home = Path(folder) / "home"
            home.mkdir()
            errors = run_notebooks(python, home)
        print(f"dlbook[{extras}]: {len(errors)} errors", *errors, sep="\n  ")
        failed |= bool(errors)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
