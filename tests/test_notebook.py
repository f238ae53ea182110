"""`show_source` shows what is on disk, and nothing that is not dlbook's."""

import functools
import json
import re
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import dlbook
from dlbook import notebook
from dlbook.claims.ledger import Claim
from dlbook.notebook import SourceListing, show_source, without_docstrings

PACKAGE = Path(dlbook.__file__).parent


@pytest.fixture(autouse=True)
def no_address(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.delenv("GITHUB_SHA", raising=False)


def on_disk(path, first_line, count):
    lines = (PACKAGE.parent / path).read_text(encoding="utf-8").splitlines()
    return lines[first_line - 1 : first_line - 1 + count]


def test_a_function_is_shown_as_on_disk_without_its_docstring():
    ((path, first_line, code),) = show_source(show_source).pieces
    assert path == "dlbook/notebook.py"
    assert on_disk(path, first_line, 1) == [code.splitlines()[0]]
    assert code.startswith("def show_source(")
    assert '"""' not in code
    assert "needs at least one object" in code


def test_docstrings_are_kept_on_request():
    assert '"""Return the source of dlbook objects' in repr(
        show_source(show_source, docstring=True)
    )


def test_a_method_is_dedented_and_a_class_is_shown_whole():
    method = show_source(SourceListing.__repr__).pieces[0][2]
    assert method.startswith("def __repr__(self) -> str:\n    return")
    whole = show_source(SourceListing).pieces[0][2]
    assert "@dataclass(frozen=True)\nclass SourceListing:" in whole
    assert "def _repr_markdown_" in whole
    assert "Parameters" not in whole


def test_a_property_is_shown_by_its_function():
    code = show_source(Claim.band).pieces[0][2]
    assert code.startswith("@property\ndef band(self)")


class Odd:
    """Stands for a class of dlbook in the tests below."""

    @staticmethod
    def static():
        """Say nothing."""
        return 1  # a comment

    @classmethod
    def of_class(cls):
        return 2

    @functools.cached_property
    def cached(self):
        return 3

    @property
    def pair(self):
        return 4

    @pair.setter
    def pair(self, value):
        pass

    @functools.lru_cache  # noqa: B019
    def wrapped(self):
        return 5


@pytest.fixture
def odd(monkeypatch):
    """Make this file count as part of the package."""
    monkeypatch.setattr(notebook, "PACKAGE", Path(__file__).resolve().parent)
    pair = vars(Odd)["pair"]
    functions = [
        Odd.static,
        Odd.of_class.__func__,
        vars(Odd)["cached"].func,
        pair.fget,
        pair.fset,
        Odd.wrapped.__wrapped__,
    ]
    for function in functions:
        monkeypatch.setattr(function, "__module__", "dlbook.odd")
    return Odd


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("static", "@staticmethod\ndef static():\n    return 1  # a comment"),
        ("of_class", "@classmethod\ndef of_class(cls):\n    return 2"),
        ("cached", "@functools.cached_property\ndef cached(self):\n    return 3"),
    ],
)
def test_other_kinds_of_members_are_shown(odd, name, expected):
    shown = vars(odd)[name]
    assert show_source(shown).pieces[0][2] == expected


def test_what_is_wrapped_is_shown_by_its_own_source(odd):
    assert "return 5" in show_source(odd.wrapped).pieces[0][2]


def test_a_property_with_a_setter_shows_both(odd):
    pieces = show_source(vars(odd)["pair"]).pieces
    assert [piece[2].splitlines()[0] for piece in pieces] == [
        "@property",
        "@pair.setter",
    ]


def test_several_objects_are_shown_in_the_order_given():
    listing = show_source(without_docstrings, show_source)
    names = re.findall(r"^def (\w+)", repr(listing), re.M)
    assert names == ["without_docstrings", "show_source"]


@pytest.mark.parametrize(
    "foreign",
    [print, np.exp, np.mean, np, 3, "text", None, json.dumps, dict, Odd, dlbook],
)
def test_what_is_not_defined_in_dlbook_is_refused_in_one_sentence(foreign):
    with pytest.raises(ValueError, match=r"show_source\(\) shows functions") as error:
        show_source(foreign)
    assert "\n" not in str(error.value)
    assert "0x" not in str(error.value)


def test_an_object_of_another_package_that_claims_to_be_ours_is_refused(monkeypatch):
    monkeypatch.setattr(json.dumps, "__module__", "dlbook.json")
    with pytest.raises(ValueError, match="defined in dlbook"):
        show_source(json.dumps)


def test_nothing_to_show_is_refused():
    with pytest.raises(TypeError, match="needs at least one object"):
        show_source()


def test_texts_hold_no_path_of_this_machine():
    listing = show_source(show_source, Claim)
    for text in (repr(listing), listing._repr_markdown_()):
        assert str(PACKAGE.parent) not in text
        assert "\\" not in text.split("\n")[0]


def test_markdown_heads_the_code_with_path_and_line():
    listing = SourceListing((("dlbook/a.py", 7, "x = 1"),))
    assert listing._repr_markdown_() == "`dlbook/a.py:7`\n\n```python\nx = 1\n```"
    assert repr(listing) == "# dlbook/a.py:7\nx = 1"


def test_code_that_holds_a_fence_is_fenced_more_widely():
    listing = SourceListing((("dlbook/a.py", 7, "x = '```'"),))
    assert "````python\nx = '```'\n````" in listing._repr_markdown_()


@pytest.mark.parametrize("missing", ["GITHUB_REPOSITORY", "GITHUB_SHA", None])
def test_a_link_needs_repository_and_commit(monkeypatch, missing):
    def no_package(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", no_package)
    for name, value in (("GITHUB_REPOSITORY", "o/r"), ("GITHUB_SHA", "abc")):
        if name != missing:
            monkeypatch.setenv(name, value)
    address = notebook.source_address("dlbook/a.py", 7)
    expected = "https://github.com/o/r/blob/abc/dlbook/a.py#L7"
    assert address == (None if missing else expected)


def test_the_installed_package_knows_where_it_comes_from(monkeypatch):
    class Installed:
        metadata = metadata.PackageMetadata

        def __init__(self):
            from email.message import Message

            self.metadata = Message()
            self.metadata["Project-URL"] = "Repository, https://github.com/o/r.git"

        def read_text(self, name):
            assert name == "direct_url.json"
            return '{"vcs_info": {"commit_id": "abc"}}'

    monkeypatch.setattr(metadata, "distribution", lambda name: Installed())
    markdown = SourceListing((("dlbook/a.py", 7, "x"),))._repr_markdown_()
    assert markdown.startswith(
        "[`dlbook/a.py:7`](https://github.com/o/r/blob/abc/dlbook/a.py#L7)"
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('def f():\n    """Doc."""\n    return 1', "def f():\n    return 1"),
        (
            'def f():\n    """A\n\n    B."""\n\n    # c\n    x',
            "def f():\n    # c\n    x",
        ),
        ('class E(Exception):\n    """Doc."""', 'class E(Exception):\n    """Doc."""'),
        ('def f(): "doc"; return 1', 'def f(): "doc"; return 1'),
        ("def f():\n    # c\n    return 1", "def f():\n    # c\n    return 1"),
        ('async def f():\n    "Doc."\n    x', "async def f():\n    x"),
        (
            'class A:\n    """Doc."""\n\n    def f(self):\n        "Doc."\n        x',
            "class A:\n    def f(self):\n        x",
        ),
    ],
)
def test_only_docstrings_are_dropped(code, expected):
    assert without_docstrings(code) == expected
