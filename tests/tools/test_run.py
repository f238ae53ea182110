"""The driver: refuses what it cannot do, and serves what it has built."""

import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 14), (3, 14, 0), (4, 0, 0)])
def test_another_python_is_refused_in_one_sentence(version):
    code = (
        "import runpy, sys\n"
        f"sys.version_info = {(*version, 'final', 0)}\n"
        f"runpy.run_path({str(ROOT / 'tools' / 'run.py')!r}, run_name='__main__')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert f"this is Python {version[0]}.{version[1]}" in answer.stderr


def test_every_make_target_is_a_command_of_the_driver():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^(\w+): .*##", makefile, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    assert targets == phony
    commands = re.findall(r"tools/run\.py (\w+)", makefile)
    assert commands == [name for name in targets if name != "help"]
    for name in commands:
        assert callable(getattr(run, f"command_{name}")), name


def test_a_page_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setattr(run, "install", lambda **options: pytest.fail("too late"))
    with pytest.raises(SystemExit, match=r"'book/no/such'"):
        run.main(["lab", "book/no/such"])


def test_serve_without_a_site_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "SITE", tmp_path)
    with pytest.raises(SystemExit, match="`book` first"):
        run.main(["serve"])


def test_serve_serves_the_site_on_this_machine_only(monkeypatch, tmp_path, capsys):
    (tmp_path / "index.html").write_text("the page", "utf-8")
    monkeypatch.setattr(run, "SITE", tmp_path)
    servers, opened = [], []
    original = run.http.server.ThreadingHTTPServer

    class Server(original):
        def serve_forever(self):
            servers.append(self)
            threading.Thread(target=self.handle_request).start()

    monkeypatch.setattr(run.http.server, "ThreadingHTTPServer", Server)
    monkeypatch.setattr(run.webbrowser, "open", opened.append)
    assert run.main(["serve", "--port", "0"]) == 0
    [address] = opened
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address + "index.html", timeout=10) as answer:
        assert answer.read() == b"the page"
    servers[0].server_close()


def test_an_install_that_fails_ends_in_one_message_and_status_1(monkeypatch, capsys):
    def install(**options):
        raise run.InstallError("what to do")

    monkeypatch.setattr(run, "install", install)
    assert run.main(["book"]) == 1
    assert capsys.readouterr().err == "what to do\n"


def test_options_reach_the_tool_behind_a_command(monkeypatch):
    asked = []
    monkeypatch.setattr(run, "install", lambda **options: None)
    monkeypatch.setattr(
        run.environment, "run_python", lambda *arguments: asked.append(arguments) or 0
    )
    assert run.main(["notebooks", "--check"]) == 0
    assert asked == [("tools/notebooks.py", "--check")]


@pytest.mark.parametrize("arguments", [["book", "--fast"], ["test", "nonsense"], []])
def test_what_is_not_understood_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        run.main(arguments)
    assert stopped.value.code == 2
