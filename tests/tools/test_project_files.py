"""What the project says of itself in its files is true."""

import ast
import contextlib
import fnmatch
import io
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import dlbook

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
README = (ROOT / "README.md").read_text("utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MINORS = ["3.11", "3.12", "3.13"]


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_constraints_are_exact_sorted_and_for_every_machine():
    names = list(constraints())
    assert names == sorted({canonicalize_name(name) for name in names})
    for name, version in constraints().items():
        assert re.fullmatch(r"\d+(\.\w+)*", version), f"{name}: no local version"
    assert not [name for name in names if re.match(r"nvidia-|cuda-|triton", name)]


def test_every_dependency_is_pinned_inside_its_range():
    pins = constraints()
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for requirement in map(Requirement, itertools.chain(*groups)):
        version = pins[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, requirement


def test_the_base_needs_numpy_and_matplotlib_alone():
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert names == {"numpy", "matplotlib"}


def test_requirements_is_one_line_with_every_extra():
    text = (ROOT / "requirements.txt").read_text("utf-8")
    [line] = text.splitlines()
    extras = re.fullmatch(r"-e \.\[([\w,]+)\]", line)[1].split(",")
    assert set(extras) == set(PROJECT["optional-dependencies"])


def test_the_supported_pythons_are_the_same_everywhere():
    supported = SpecifierSet(PROJECT["requires-python"])
    candidates = [f"3.{minor}" for minor in range(9, 17)]
    assert [minor for minor in candidates if f"{minor}.5" in supported] == MINORS
    prefix = "Programming Language :: Python :: "
    listed = [line for line in PROJECT["classifiers"] if line.startswith(prefix)]
    assert [line.removeprefix(prefix) for line in listed] == MINORS
    workflow = yaml.safe_load((WORKFLOWS[0].parent / "test.yml").read_text("utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == MINORS
    assert "3.11, 3.12 or 3.13" in README


def test_every_file_of_the_package_is_installed():
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["*"]
    for path in (ROOT / "dlbook").rglob("*"):
        if path.is_dir() or "__pycache__" in path.parts or path.suffix == ".py":
            continue
        assert any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns), path


def test_the_version_stands_in_one_place():
    assert "version" not in PROJECT
    assert re.fullmatch(r"\d+\.\d+\.\d+", dlbook.__version__)


def test_readme_s_five_lines_print_what_it_says():
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    lines = [line for line in code.splitlines() if line]
    assert len(lines) == 5
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue().strip() == lines[-1].partition("# ")[2]


def test_readme_s_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^(\w+): ", makefile, re.MULTILINE))
    commands = re.findall(r"`(?:make|[\w. -]*tools[\\/]run\.py) (.*?)`", README)
    named = {re.sub(r"PYTHON=\S+ ", "", command).split()[0] for command in commands}
    assert {"book", "serve", "test", "lab"} <= named
    assert named - {"--help"} <= targets


def test_readme_s_tree_is_the_tree():
    [tree] = re.findall(r"## Where things are\n\n```\n(.*?)```", README, re.DOTALL)
    listed = [line.split()[0] for line in tree.splitlines()]
    for name in listed:
        assert (ROOT / name).exists(), name
    hidden = {".git", ".venv", ".hypothesis", "_build", "build", "dist"}
    folders = {
        f"{path.name}/"
        for path in ROOT.iterdir()
        if path.is_dir()
        and path.name not in hidden
        and not path.name.endswith(("_cache", ".egg-info", "__pycache__"))
    }
    ignored = subprocess.run(
        ["git", "check-ignore", *folders], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    assert folders - set(ignored) <= set(listed)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_paths_named_in_a_document_exist(document):
    text = (ROOT / document).read_text("utf-8")
    folders = "book|dlbook|tests|tools"
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text):
        assert (ROOT / path).exists() or (ROOT / f"{path}.md").exists(), path
    for target in re.findall(r"\]\(([\w.-]+)\)", text):
        assert (ROOT / target).is_file(), target


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_few_rights_a_time_limit_and_pinned_actions(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        if "uses" in job:
            called = ROOT / job["uses"]
            assert called in WORKFLOWS, called
            triggers = yaml.safe_load(called.read_text("utf-8"))[True]  # the key `on`
            assert "workflow_call" in triggers
            continue
        assert 0 < job["timeout-minutes"] <= 60, name
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])


def test_publishing_installs_what_the_notebooks_tool_imports():
    files = ["notebooks", "pages", "plain_markdown"]
    local = {
        path.stem
        for folder in ("tools", "book/_ext")
        for path in (ROOT / folder).glob("*.py")
    }
    imported = set()
    for name in files:
        tree = ast.parse((ROOT / "tools" / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.partition(".")[0])
    outside = imported - local - set(sys.stdlib_module_names)
    publish = (WORKFLOWS[0].parent / "publish.yml").read_text("utf-8")
    named = re.search(r"pip install -c constraints.txt (.*)", publish)[1].split()
    assert outside == {"yaml" if name == "pyyaml" else name for name in named}


def test_ci_ends_in_make_test_and_bash_can_read_it():
    script = ROOT / ".ci" / "run"
    text = script.read_text("utf-8")
    assert text.rstrip().splitlines()[-1].startswith("exec make test")
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
