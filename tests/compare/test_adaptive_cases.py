"""Every optimizer beside torch's, and the table of times."""

import subprocess
import sys

import numpy as np
import pytest

from dlbook import optim
from dlbook.compare.cases.optimization import adaptive
from dlbook.compare.cases.optimization.adaptive import (
    OPTIMIZERS,
    STEPS,
    FusedAdamStepCase,
    compare_optimizers,
    speed_of_steps,
)


def test_all_nine_optimizers_are_compared():
    kinds = {
        name
        for name in optim.__all__
        if isinstance(getattr(optim, name), type)
        and issubclass(getattr(optim, name), optim.Optimizer)
    }
    assert set(OPTIMIZERS) == kinds - {"Optimizer"}
    assert len(OPTIMIZERS) == 9


def test_they_agree_with_torch_and_leave_its_default_dtype_alone():
    torch = pytest.importorskip("torch")
    agreement = compare_optimizers(20, seed=1)
    assert torch.get_default_dtype() == torch.float32
    assert [name for name, *_ in agreement.rows] == list(OPTIMIZERS)
    assert max(max(pair) for _, *pair in agreement.rows) < 1e-13
    lines = repr(agreement).splitlines()
    assert lines[0] == "optimizer, as it comes, decay and other options"
    assert len(lines) == 10
    assert agreement._repr_markdown_().splitlines()[2].startswith("| `SGD` |")


def test_a_deviation_is_noticed(monkeypatch):
    pytest.importorskip("torch")
    right = optim.Adam.update

    def slightly_off(self, parameter, state, options):
        right(self, parameter, state, options)
        parameter.data *= 1 + 1e-11

    monkeypatch.setattr(optim.Adam, "update", slightly_off)
    with pytest.raises(AssertionError, match="Adam"):
        compare_optimizers(5)


def test_without_torch_it_is_skipped_in_one_sentence():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from dlbook.compare.cases.optimization import adaptive\n"
        "print(adaptive.compare_optimizers())\n"
        "print(adaptive.speed_of_steps((4, 1), rounds=2, min_time=0))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    first, _, *rows = answer.stdout.strip().splitlines()
    assert first == "PyTorch is not installed: comparison skipped.", answer.stderr
    assert len(rows) == len(STEPS)
    assert all("not installed, not installed, not measured" in row for row in rows)


def test_the_table_has_a_time_for_every_side(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(adaptive, "best_device", lambda: "cpu")
    table = speed_of_steps((4, 1), rounds=2, min_time=0)
    _, *rows = [row.split(", ") for row in repr(table).splitlines()]
    assert [row[0] for row in rows] == ["`Adagrad`", "`RMSprop`", "`Adam`"]
    assert [row[1:4] for row in rows] == [
        ["7", "17", "5"],
        ["9", "21", "5"],
        ["12", "28", "7"],
    ]
    for row in rows:
        assert row[4].endswith("s")  # milli- or microseconds
        assert row[5].endswith("s")
    assert [row[6] == "none" for row in rows] == [False, True, False]
    text = table._repr_markdown_()
    assert "One step on 64 parameters, float32, median of 2 rounds" in text
    assert text.count("not measured") == 3


@pytest.mark.parametrize("fused", [False, True])
def test_torchs_side_is_fused_if_asked(fused):
    torch = pytest.importorskip("torch")
    weights = [torch.ones(3, requires_grad=True)]
    optimizer = FusedAdamStepCase.torch_optimizer(weights, fused)
    assert bool(optimizer.defaults["fused"]) == fused


def test_the_cost_is_that_of_a_single_pass():
    cost = FusedAdamStepCase().cost((512, 1), np.float32)
    assert cost.flops == 0
    assert cost.moved == 7 * 4 * 512**2 * 4
