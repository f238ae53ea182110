"""Tiny Shakespeare: the real file where it is, and the error where it is not."""

import hashlib
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dlbook.data import downloads, shakespeare
from dlbook.data.downloads import DownloadError
from dlbook.data.shakespeare import TINY_SHAKESPEARE, load_shakespeare

REAL = (
    Path(
        os.environ.get("DLBOOK_TEST_DATA")
        or Path(__file__).resolve().parents[3] / "shared" / "data"
    )
    / "tinyshakespeare.txt"
)


@pytest.fixture
def refusing(monkeypatch):
    """Mirrors that refuse the connection."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(downloads, "PAUSE", 0.01)
    file = replace(TINY_SHAKESPEARE, urls=("http://127.0.0.1:9/input.txt",))
    monkeypatch.setattr(shakespeare, "TINY_SHAKESPEARE", file)


@pytest.mark.parametrize("place", ["", "shakespeare"])
def test_the_real_text_loads_without_network(tmp_path, place, monkeypatch):
    if not REAL.is_file():
        pytest.skip("tiny Shakespeare is not here")
    monkeypatch.setitem(sys.modules, "pooch", None)
    (tmp_path / place).mkdir(exist_ok=True)
    shutil.copy(REAL, tmp_path / place)
    text = load_shakespeare(folder=tmp_path)
    assert text.startswith("First Citizen:\nBefore we proceed any further, hear me")
    assert text.endswith("Whiles thou art waking.\n")
    assert (len(text), len(set(text)), text.count("\n")) == (1_115_394, 65, 40_000)


def test_line_ends_and_characters_come_as_they_are(tmp_path, monkeypatch):
    content = b"To be, or not to be:\r\nthat\n"
    (tmp_path / "tinyshakespeare.txt").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    file = replace(TINY_SHAKESPEARE, sha256=sha256)
    monkeypatch.setattr(shakespeare, "TINY_SHAKESPEARE", file)
    assert load_shakespeare(folder=tmp_path) == content.decode()


def test_without_network_the_error_names_the_embedded_text(tmp_path, refusing):
    with pytest.raises(DownloadError, match=r"use load_english_text\(\)\.") as caught:
        load_shakespeare(folder=tmp_path, timeout=1)
    assert f"into {tmp_path / 'shakespeare'}" in str(caught.value)
    assert "as tinyshakespeare.txt" in str(caught.value)


def test_another_text_of_the_same_name_is_not_taken_for_it(tmp_path, refusing):
    (tmp_path / "tinyshakespeare.txt").write_text("Shall I compare thee")
    with pytest.raises(DownloadError, match="is damaged"):
        load_shakespeare(folder=tmp_path, timeout=1)


def test_mirrors_are_on_different_hosts():
    assert len({url.split("/")[2] for url in TINY_SHAKESPEARE.urls}) == 2
