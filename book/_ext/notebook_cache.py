"""Where executed pages are kept, and when they are executed anew.

Jupyter Book finds an executed page by its code cells alone: it does not see the
package that they import, so an edit there would leave old outputs on the site. Here
every state of the package has a cache folder of its own. An edit of anything below
``dlbook/`` (code, claims, recorded measurements) executes the pages anew; undoing the
edit finds the old folder again; an edit of prose executes nothing.
"""

import hashlib
import os
import platform
import re
import shutil
from importlib import metadata
from pathlib import Path

KEPT = 4
"""Number of package states whose executed pages are kept, the current one included."""

SHOWN_PACKAGES = ("numpy", "matplotlib", "scikit-learn", "torch")
"""Packages whose results a page prints: another version is another state."""

REPRODUCIBLE = {
    "DLBOOK_STATIC": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""Environment of every page: one thread, so that a sum prints the same digits twice."""


def package_files(root: Path) -> list[Path]:
    """List every file of the package, sorted, without what Python writes there."""
    return sorted(
        path
        for path in (root / "dlbook").rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.name.startswith(".")
    )


def installed_versions() -> list[str]:
    """Name Python and the packages whose results pages print, with their versions."""
    versions = ["python " + ".".join(platform.python_version_tuple()[:2])]
    for name in SHOWN_PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} absent")
    return versions


def fingerprint(root: Path) -> str:
    """Hash all that decides what a page prints, apart from the page: 16 hex digits."""
    digest = hashlib.sha256()
    for line in installed_versions():
        digest.update(line.encode() + b"\0")
    constraints = root / "constraints.txt"
    for path in [*package_files(root), *([constraints] * constraints.is_file())]:
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def cache_folder(root: Path) -> Path:
    """Return the cache folder for the present state of the package.

    Parameters
    ----------
    root
        The repository's root, which holds ``dlbook/`` and ``constraints.txt``.
    """
    return root / "_build" / ".jupyter_cache" / fingerprint(root)


def prepare_cache(root: Path) -> Path:
    """Create the cache folder with its database, forget old states, return the folder.

    Call it before several processes execute pages at once: two that both create the
    database would disturb each other.
    """
    from jupyter_cache import get_cache

    folder = cache_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    _ = get_cache(str(folder)).db  # reading the attribute creates the tables
    os.utime(folder)
    forget_old_states(folder.parent, KEPT)
    return folder


def forget_old_states(parent: Path, kept: int) -> list[Path]:
    """Delete all but the ``kept`` most recent cache folders; return those deleted.

    Only folders whose name is a fingerprint are touched.
    """
    folders = [
        path
        for path in parent.iterdir()
        if path.is_dir() and re.fullmatch(r"[0-9a-f]{16}", path.name)
    ]
    folders.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in folders[kept:]:
        shutil.rmtree(path, ignore_errors=True)
    return folders[kept:]


def use_cache_of_this_state(app, config) -> None:
    """Point the build to the cache folder and make its kernels reproducible."""
    os.environ.update(REPRODUCIBLE)
    config.nb_execution_cache_path = str(prepare_cache(Path(app.srcdir)))


def restore_executed_copies(app, exception) -> None:
    """Write into ``jupyter_execute`` each page as it was executed, from the cache.

    MyST-NB 1.4 writes these copies before it takes outputs from the cache, and after it
    has merged what a cell printed, which leaves some lines in them twice.
    """
    import nbformat
    from jupyter_cache import get_cache

    cache = get_cache(app.config.nb_execution_cache_path)
    for path in (Path(app.outdir).parent / "jupyter_execute").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        try:
            _, executed = cache.merge_match_into_notebook(notebook)
        except KeyError:  # it failed, or has nothing to execute
            continue
        nbformat.write(executed, path)


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("config-inited", use_cache_of_this_state)
    app.connect("build-finished", restore_executed_copies)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
