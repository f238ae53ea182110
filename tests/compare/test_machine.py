import json
import subprocess

import numpy as np
import pytest
import torch

from dlbook.compare import machine


def test_a_description_can_be_written_down_and_names_the_versions():
    described = machine.describe()
    assert json.loads(json.dumps(described)) == described
    assert described["versions"]["numpy"] == np.__version__
    assert described["versions"]["torch"] == torch.__version__
    assert described["cpu"]
    assert described["cores"] >= 1


def test_no_path_of_this_machine_gets_into_a_description():
    assert "/" not in json.dumps(machine.thread_pools())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_gpu_that_is_not_there_is_an_error():
    with pytest.raises(RuntimeError, match="no CUDA device"):
        machine.gpu("cuda")


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [("580.65\n", 0, "580.65"), ("", 0, "unknown"), ("failed\n", 9, "unknown")],
)
def test_the_driver_is_what_the_system_says(monkeypatch, answer, status, expected):
    def run(command, **options):
        return subprocess.CompletedProcess(command, status, answer, "")

    monkeypatch.setattr(machine.shutil, "which", lambda name: name)
    monkeypatch.setattr(machine.subprocess, "run", run)
    assert machine.driver_version() == expected


def test_without_its_program_the_driver_is_unknown(monkeypatch):
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert machine.driver_version() == "unknown"
