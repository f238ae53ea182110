"""The Nu HTML checker has nothing to say, outside a short list of the theme's ways."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from built_site import MODULES, PAGES, SITE, cannot_run, listed

JAR = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
EXCEPTIONS = tomllib.loads(
    Path(__file__).with_name("vnu_exceptions.toml").read_text("utf-8")
)["exception"]


def check(*files: Path) -> list[tuple[str, str]]:
    """Return the name of a file and what the checker says of it, for each finding."""
    java = shutil.which("java")
    if java is None:
        cannot_run("no Java on this machine")
    if not JAR.is_file():
        cannot_run(f"{JAR.name} is not installed: run the driver's command install")
    command = [java, "-jar", str(JAR), "--format", "json", *map(str, files)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [
        (Path(message["url"]).name, message["message"])
        for message in json.loads(answer.stderr)["messages"]
    ]


def excused(message: str) -> bool:
    return any(re.fullmatch(e["message"], message) for e in EXCEPTIONS)


@pytest.fixture(scope="module")
def findings():
    return check(*(SITE / page for page in PAGES))


def test_every_page_is_valid(findings):
    faults = {
        f"{page}: {message}" for page, message in findings if not excused(message)
    }
    assert not faults, listed(sorted(faults))


def test_every_exception_is_needed(findings):
    stale = [
        exception["message"]
        for exception in EXCEPTIONS
        if not any(re.fullmatch(exception["message"], text) for _, text in findings)
    ]
    assert not stale


def test_the_checker_finds_a_fault(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><head><title>x</title></head>'
        '<body><p id="a"></p><p id="a"></p></body></html>',
        encoding="utf-8",
    )
    assert any("Duplicate ID" in message for _, message in check(page))
