"""Random initial weights of dlbook and of torch have the same spread."""

import subprocess
import sys

import numpy as np
import pytest

from dlbook import nn
from dlbook.compare.cases.optimization.initialization import compare_draws


def test_every_row_holds_the_formula_and_two_draws():
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    draws = compare_draws((200, 400), seed=1)
    assert torch.equal(torch.rand(3), expected)  # the generator was left alone
    assert len(draws.rows) == 5
    for _, formula, ours, theirs in draws.rows:
        assert ours != theirs
        np.testing.assert_allclose([ours, theirs], formula, rtol=0.02)
    name, formula, *_ = draws.rows[2]
    assert name == 'kaiming_normal_(nonlinearity="relu")'
    assert formula == pytest.approx(np.sqrt(2 / 400))
    assert repr(compare_draws((200, 400), seed=1)) == repr(draws)
    assert draws._repr_markdown_().splitlines()[0] == (
        "| function | formula | dlbook | torch |"
    )


def test_a_wrong_spread_is_noticed(monkeypatch):
    pytest.importorskip("torch")
    right = nn.init.orthogonal_
    monkeypatch.setattr(
        nn.init, "orthogonal_", lambda tensor, *, rng: right(tensor, 1.05, rng=rng)
    )
    with pytest.raises(AssertionError, match="orthogonal_"):
        compare_draws((200, 400))


def test_without_torch_it_is_skipped_in_one_sentence():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from dlbook.compare.cases.optimization.initialization import compare_draws\n"
        "print(compare_draws())\n"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.strip() == "PyTorch is not installed: comparison skipped."
