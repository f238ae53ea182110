"""The address of the public repository, where there is one."""

import os
import re
import tomllib
from pathlib import Path


def find_repository(root: Path) -> str | None:
    """Return ``owner/name`` on GitHub, or None while the project has no address.

    The environment variable ``GITHUB_REPOSITORY`` decides, so that a fork links to
    itself; otherwise ``Repository`` under ``[project.urls]`` of ``pyproject.toml``.

    Raises
    ------
    ValueError
        If either names something other than a GitHub repository.
    """
    named = os.environ.get("GITHUB_REPOSITORY", "").strip()
    if named:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", named):
            raise ValueError(f"GITHUB_REPOSITORY is {named!r}; expected owner/name")
        return named
    pyproject = root / "pyproject.toml"
    if not pyproject.is_file():
        return None
    project = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("project", {})
    address = project.get("urls", {}).get("Repository")
    if address is None:
        return None
    match = re.fullmatch(
        r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", address.strip()
    )
    if match is None:
        raise ValueError(
            f"Repository in pyproject.toml is {address!r}; "
            "expected https://github.com/owner/name"
        )
    return match[1]
