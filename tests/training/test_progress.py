"""When a bar is shown, and what it says."""

import builtins
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from dlbook import nn
from dlbook.training import NonFiniteLossError, fit
from tests.training.runs import data, loader, network, sgd


def run(**options):
    model = network()
    options = {"training": loader(*data(), 4), "epochs": 2} | options
    fit(model, loss=nn.CrossEntropyLoss(), optimizer=sgd(model, lr=0.0), **options)


@pytest.mark.parametrize(
    ("static", "progress", "shown"),
    [
        ("1", None, False),
        ("0", None, True),
        ("", None, True),
        (None, None, True),
        ("1", True, True),
        (None, False, False),
    ],
)
def test_a_bar_is_shown_unless_the_page_is_static(
    static, progress, shown, monkeypatch, capsys
):
    monkeypatch.delenv("DLBOOK_STATIC")
    if static is not None:
        monkeypatch.setenv("DLBOOK_STATIC", static)
    run(progress=progress)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert ("epoch 2: 100%" in printed.err) == shown
    assert bool(printed.err) == shown


def test_the_bar_counts_batches_over_all_epochs_and_shows_the_loss(capsys):
    run(progress=True)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "epoch 2: 100%" in last
    assert "6/6" in last
    assert "loss=0." in last


def test_batches_without_a_length_are_counted(capsys):
    class Batches:
        def __iter__(self):
            return iter([data(4), data(4)])

    run(training=Batches(), progress=True)
    assert "4batch" in capsys.readouterr().err.split("\r")[-1]


def test_groups_of_batches_count_by_their_number(capsys):
    run(accumulate=2, progress=True)
    assert "6/6" in capsys.readouterr().err


def test_a_resumed_run_starts_where_it_was(capsys, tmp_path):
    run(checkpoint=tmp_path / "a.npz")
    run(checkpoint=tmp_path / "a.npz", epochs=5, progress=True)
    first = capsys.readouterr().err.split("\r")[1]
    assert "6/15" in first


def test_the_bar_ends_with_an_error(capsys):
    inputs, targets = data(4)
    with pytest.raises(NonFiniteLossError):
        run(training=[(inputs, targets), (inputs * np.nan, targets)], progress=True)
    assert capsys.readouterr().err.endswith("\n")


def test_without_tqdm_there_is_no_bar_and_no_error(monkeypatch, capsys):
    monkeypatch.delenv("DLBOOK_STATIC")
    find, load = importlib.util.find_spec, builtins.__import__

    def no_tqdm(name, *rest, **options):
        if name.startswith("tqdm"):
            raise ModuleNotFoundError("No module named 'tqdm'")
        return load(name, *rest, **options)

    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tqdm" else find(name)
    )
    monkeypatch.setattr(builtins, "__import__", no_tqdm)
    run()
    assert capsys.readouterr().err == ""
    with pytest.raises(ModuleNotFoundError, match=r'tqdm.*pip install "dlbook\[noteb'):
        run(progress=True)


def test_importing_the_package_does_not_load_tqdm():
    code = "import sys, dlbook.training; assert 'tqdm' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
