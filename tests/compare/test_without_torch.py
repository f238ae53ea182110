"""Without PyTorch the pages run, and say in one sentence what was skipped."""

import subprocess
import sys

import pytest

SENTENCE = "PyTorch is not installed: comparison skipped."


def run(code, hidden="torch"):
    """Run code in a Python that cannot import `hidden`."""
    program = f"import sys; sys.modules[{hidden!r}] = None\n{code}"
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_operation_is_skipped_in_one_sentence():
    code = (
        "from dlbook.compare import compare_case\n"
        "result = compare_case('neuron')\n"
        "print(result)\n"
        "print(result._repr_markdown_())\n"
    )
    assert run(code).splitlines() == [SENTENCE, f"*{SENTENCE}*"]


def test_our_training_still_runs():
    code = (
        "from dlbook.compare import compare_training\n"
        "result = compare_training('digits', generated=True, "
        "size=(64, 64, 10, 32, 1))\n"
        "print(len(result.ours.losses))\n"
        "print(result.figure())\n"
    )
    assert run(code).splitlines() == ["43", SENTENCE]


def test_our_speed_is_still_measured():
    code = (
        "from dlbook.compare import speed_table\n"
        "print(speed_table('neuron', sizes=[(5, 3)], rounds=2, min_time=0))\n"
    )
    text = run(code)
    assert "NumPy (dlbook)" in text
    assert "torch, CPU      PyTorch is not installed" in text


@pytest.mark.parametrize(
    "call",
    [
        "compare.compare_with_torch(lambda x: x, lambda x: x, np.ones(3))",
        "compare.copy_weights(None, None)",
    ],
)
def test_what_cannot_do_without_says_what_to_install(call):
    code = (
        "import numpy as np\n"
        "from dlbook import compare\n"
        f"try: {call}\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    assert 'pip install "dlbook[torch]"' in run(code)


def test_import_loads_no_torch():
    code = "import dlbook.compare\nprint('torch' in sys.modules)"
    assert run(code, hidden="nothing_of_this_name") == "False"


def test_sources_can_be_shown_without_torch():
    code = (
        "from dlbook.compare.cases.neurons.neuron import NeuronCase\n"
        "from dlbook.notebook import show_source\n"
        "print(show_source(NeuronCase.theirs))\n"
    )
    assert "torch.sigmoid(x @ weight + bias)" in run(code)


def test_without_threadpoolctl_the_table_says_whose_threads_they_are():
    code = (
        "from dlbook.compare import speed_table\n"
        "print(speed_table('neuron', sizes=[(5, 3)], rounds=2, min_time=0))\n"
    )
    assert "NumPy's as the environment sets them" in run(code, hidden="threadpoolctl")
