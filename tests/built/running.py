"""Run a page's notebook in an environment of one's choice."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HOSTILE = Path(__file__).parent / "hostile"
CELL_SECONDS = 120
REPRODUCIBLE = {
    "DLBOOK_STATIC": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
MEMORY = """
import resource, sys
unit = 2**20 if sys.platform == "darwin" else 2**10
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
"""
"""Last cell of a run: prints the largest memory in megabytes (not on Windows)."""


@dataclass
class Run:
    """What a run left behind.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook with its outputs.
    errors : list of str
        One line for each cell that failed.
    megabytes : float or None
        Largest memory of the kernel; None where the system does not tell.
    """

    notebook: nbformat.NotebookNode
    errors: list[str]
    megabytes: float | None


def environment(home: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the variables of a kernel whose home, configuration and caches are `home`.

    Parameters
    ----------
    home : Path
        The home folder; it need not exist, nor be possible to make.
    without : tuple of str
        What to take away: ``"torch"``, ``"network"``, ``"gpu"``.
    """
    names = (
        "HOME",
        "USERPROFILE",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "LOCALAPPDATA",
        "APPDATA",
        "MPLCONFIGDIR",
        "SCIKIT_LEARN_DATA",
        "DLBOOK_CACHE",
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
    )
    variables = {**os.environ, **REPRODUCIBLE}
    variables.update(dict.fromkeys(names, str(home)))
    variables.pop("GITHUB_TOKEN", None)
    if without:
        path = [str(HOSTILE), os.environ.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(part for part in path if part)
        variables["DLBOOK_WITHOUT"] = ",".join(without)
    if "gpu" in without:
        variables["CUDA_VISIBLE_DEVICES"] = ""
    if "network" in without:
        variables.update(
            HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9"
        )
    return variables


def _client(notebook: nbformat.NotebookNode, folder: Path) -> NotebookClient:
    notebook = nbformat.from_dict(notebook)
    notebook.metadata.kernelspec.name = "python3"
    return NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        allow_errors=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )


def run(path: Path, folder: Path, variables: dict[str, str]) -> Run:
    """Run a notebook from beginning to end in `folder`; errors do not stop it."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEMORY))
    client = _client(notebook, folder)
    client.execute(env=variables)
    memory = client.nb.cells.pop().outputs
    megabytes = float(memory[0].text) if memory[0].output_type == "stream" else None
    errors = [
        f"{output.ename}: {output.evalue} in {cell.source.splitlines()[0]!r}"
        for cell in client.nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    return Run(client.nb, errors, megabytes)


def run_and_kill(path: Path, folder: Path, variables: dict[str, str]) -> int:
    """Run the first half of a notebook, then kill the kernel in the middle of a cell.

    Returns
    -------
    int
        Number of cells that had been run.
    """
    client = _client(nbformat.read(path, as_version=4), folder)
    code = [i for i, c in enumerate(client.nb.cells) if c.cell_type == "code"]
    half = code[: max(1, len(code) // 2)]
    with client.setup_kernel(env=variables):
        for index in half:
            client.execute_cell(client.nb.cells[index], index)
        client.kc.execute("import time\nwhile True:\n    time.sleep(0.01)")
        time.sleep(0.2)
        client.km.provisioner.process.kill()
    return len(half)


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the text output of every cell that does not print times.

    Streams and plain results are joined per cell. What goes to stderr is left out,
    since a page prints nothing there (a test says so).
    """
    shown = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        printed, parts = "", []  # a busy kernel sends one print in several pieces
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stdout":
                printed += output.text
            elif "data" in output:
                parts.append(output.data.get("text/plain", ""))
                parts.append(output.data.get("text/markdown", ""))
        shown.append("\n".join([printed, *parts]))
    return shown


def warnings(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what the cells wrote to stderr."""
    return [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]


def addresses(text: str) -> list[str]:
    """Return the object addresses and paths of this machine that a text holds."""
    return re.findall(r"0x[0-9a-f]{6,}", text) + [
        place for place in (sys.prefix, str(Path.home())) if f"{place}/" in text
    ]
