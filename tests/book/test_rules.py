"""The rules for pages find what they are there to find."""

import ast
import re
import textwrap
from pathlib import Path

import nbformat
import pytest
from notebooks import FIRST_CELL
from rules_anatomy import anatomy_faults
from rules_cells import cell_faults
from rules_hidden import hidden_uses, is_shown, page_names

ALT = "A scatter plot: setosa lies bottom left, versicolor top right."
HEADER = (
    "---\njupytext:\n  text_representation:\n    format_name: myst\n"
    "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n"
)


def cell(source, *tags, alt=""):
    metadata = {"tags": list(tags)} if tags else {}
    if alt:
        metadata["mystnb"] = {"image": {"alt": alt}}
    return nbformat.v4.new_code_cell(textwrap.dedent(source), metadata=metadata)


FIRST = cell(FIRST_CELL, "remove-cell")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (cell("import torch"), "imports torch"),
        (cell("from torch import nn"), "imports torch"),
        (cell("!pip install x"), "not plain Python"),
        (cell("%matplotlib inline"), "not plain Python"),
        (cell("import sys\nsys.path.append('..')"), "touches sys.path"),
        (cell("x = 1;"), "ends in ';'"),
        (cell("print(_)"), "reads _"),
        (cell("Out[3]"), "reads Out"),
        (cell("print(_12)"), "reads _12"),
        (cell("np.random.seed(0)"), "global generator"),
        (cell("plots.scatter(x)"), "without mystnb: image: alt:"),
        (cell("plots.scatter(x)", alt="A plot."), "does not say what is to be seen"),
        (cell("print(1)", "nbval-ignore-output"), "prints no times"),
        (cell("def f(): ...", "hide-input"), "is hidden and defines f"),
        (cell("class A: ...", "remove-cell"), "is hidden and defines A"),
    ],
)
def test_a_bad_cell_is_found(bad, message):
    faults = cell_faults([FIRST, bad], "page")
    assert len(faults) == 1
    assert message in faults[0]


def test_a_hidden_cell_may_not_define_what_a_later_cell_uses():
    hidden = cell("import numpy as np\nx = 1\ny = 2", "hide-cell")
    faults = cell_faults([FIRST, hidden, cell("print(x, np.pi)")], "page")
    assert [fault.split("defines ")[1].split(";")[0] for fault in faults] == ["np", "x"]


def test_good_cells_have_no_fault():
    good = [
        FIRST,
        cell("for _ in range(3):\n    x = np.random.default_rng(0)"),
        cell("plots.scatter(x)", alt=ALT),
        cell("speed_table('x')", "nbval-ignore-output"),
        cell("print(x)", "hide-input"),
        cell("y = x[:, 0]\nx[..., 0]", "remove-output"),
    ]
    assert cell_faults(good, "page") == []


# Nothing hidden


def names(source):
    return page_names([ast.parse(textwrap.dedent(source))])


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("from dlbook.functional import relu\nrelu(x)", {"relu"}),
        ("from dlbook.functional import relu as r\nr(x)", {"relu"}),
        ("from dlbook import functional\nfunctional.relu(x)", {"relu"}),
        ("import dlbook.functional as F\nF.relu(x)", {"relu"}),
        ("import dlbook\ndlbook.functional.relu(x)", {"relu"}),
        ("from dlbook.autograd.tensor import Tensor\nTensor(1)", {"Tensor"}),
        ("loss.backward()", {".backward"}),
        ("x.sum().reshape(3)", set()),
        ("import numpy as np\nnp.exp(x)", set()),
        ("class V:\n    def backward(self): ...\nV().backward()", set()),
        ("from dlbook.plots import curve\ncurve(x)", set()),
        (
            "from dlbook.functional import relu\nfrom dlbook.notebook import "
            "show_source\nshow_source(relu)",
            set(),
        ),
    ],
)
def test_uses_are_found(source, used):
    assert names(source).used == used


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("relu", "relu"),
        ("functional.relu", "relu"),
        ("Tensor.backward", "Tensor.backward"),
        ("Tensor", "Tensor"),
    ],
)
def test_what_is_shown_is_found(argument, shown):
    source = f"""
        from dlbook import functional
        from dlbook.functional import relu
        from dlbook.autograd import Tensor
        show_source({argument})
    """
    assert names(source).shown == {shown}


@pytest.mark.parametrize(
    ("name", "shown", "verdict"),
    [
        ("relu", {"relu"}, True),
        ("relu", {"Tensor"}, False),
        ("Tensor", {"Tensor.from_op"}, False),
        ("Tensor", {"Tensor.__init__"}, True),
        ("Module", {"Module.__call__"}, True),
        (".backward", {"Tensor.backward"}, True),
        (".backward", {"Tensor.from_op"}, False),
        (".backward", {"Tensor"}, True),
        ("FLOAT16", {"FloatFormat"}, True),  # an instance of what was shown
        ("FLOAT16", {"Tensor"}, False),
        ("NO_SUCH_CONSTANT", {"Tensor", "NoneType"}, False),
    ],
)
def test_a_method_counts_under_its_own_name(name, shown, verdict):
    assert is_shown(name, shown) is verdict


def book(tmp_path, pages):
    """Write a small book: part/page -> code cells or prose."""
    tmp_path.mkdir(parents=True)
    chapters = "".join(f"  - file: book/{name}\n" for name in pages)
    (tmp_path / "_toc.yml").write_text(
        f"format: jb-book\nroot: index\nparts:\n- caption: A\n  chapters:\n{chapters}"
    )
    for name, text in pages.items():
        path = tmp_path / "book" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + text)
    return tmp_path


USE = (
    "```{code-cell} ipython3\nfrom dlbook.autograd import Tensor\n\nTensor(1.0)\n```\n"
)
SHOW = (
    "```{code-cell} ipython3\nfrom dlbook.autograd import Tensor\n"
    "from dlbook.notebook import show_source\n\nshow_source(Tensor)\n```\n"
)


def test_the_order_of_pages_decides_what_is_hidden(tmp_path):
    late = book(tmp_path / "late", {"a/one": USE, "b/two": SHOW})
    assert hidden_uses(late) == [
        "book/a/one.md uses Tensor before any page shows its source"
    ]
    early = book(tmp_path / "early", {"b/two": SHOW, "a/one": USE})
    assert hidden_uses(early) == []


def test_the_neurons_pages_may_use_tensor_behind_a_link_forward(tmp_path):
    link = "See {doc}`../backprop/autograd`.\n\n"
    linked = book(tmp_path / "linked", {"neurons/one": link + USE})
    assert hidden_uses(linked) == []
    bare = book(tmp_path / "bare", {"neurons/one": USE})
    assert len(hidden_uses(bare)) == 1
    other = book(tmp_path / "other", {"cnn/one": link + USE})
    assert len(hidden_uses(other)) == 1


# Anatomy

WHOLE = (Path(__file__).parent / "whole_page.md").read_text(encoding="utf-8")


def faults_of(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return anatomy_faults(path)


def test_a_whole_page_has_no_fault(tmp_path):
    assert faults_of(tmp_path, WHOLE) == []


def without(section):
    return re.sub(rf"^## {section}.*?(?=^## |\Z)", "", WHOLE, flags=re.M | re.S)


@pytest.mark.parametrize(
    "section",
    [
        "A pencil example",
        "By hand",
        "The mathematics",
        "As the package has it",
        "As torch has it",
        "Play",
        "What goes wrong",
        "Exercises",
        "Summary",
        "References",
    ],
)
def test_a_missing_section_is_found(tmp_path, section):
    faults = faults_of(tmp_path, without(section))
    assert f"page.md: has no section '## {section}'" in faults


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## Can a line part two flowers?", "## Two flowers", "must be a question"),
        ("# The neuron", "Text", "needs one title"),
        ("You will build a neuron.", "- A list", "promises"),
        ("```{page-card}\n", "```{card}\n", "no {page-card}"),
        (":minutes: 20", ":minutes: 60", ":minutes: must be 15 to 30"),
        (":needs: preliminaries\n", "", "no :needs:"),
        ("{admonition} Recall", "{admonition} Before", "Recall"),
        ("{dropdown} Third?", "{dropdown} Third.", "titles are questions"),
        ("**Answer.** Two.", "Two.", "no paragraph beginning '**Answer.**'"),
        ("{admonition} Predict", "{admonition} Guess", "Predict boxes"),
        ("x = 2", "x = 2\n" * 16, "lines, at most 15"),
        ("x = 2", "from dlbook import plots", "imports dlbook"),
        ("$$ (page-sum)", "$$", "a numbered equation"),
        ("show_source(relu)", "print(relu)", "needs show_source"),
        ("assert relu(2) == 2", "relu(2)", "an assertion"),
        ('compare_case("x")', "print()", "compare_case"),
        ('check_claim("page-claim", 1)', "print()", "check_claim"),
        ("widgets.slider(1)", "print()", "dlbook.widgets"),
        ("### Four", "Four", "needs 4 exercises (###), has 3"),
        ("- five", "five", "needs 5 items, has 4"),
        ("- {cite:t}`a1958`", "- a", "cites nothing"),
        ("Prose {cite:p}`a1958`", "Prose {cite:p}`b1960`", "cites b1960"),
        ("## Play", "## By hand", "more than once"),
    ],
)
def test_a_fault_of_anatomy_is_found(tmp_path, old, new, message):
    assert old in WHOLE
    faults = faults_of(tmp_path, WHOLE.replace(old, new))
    assert any(message in fault for fault in faults), faults


def test_a_wrong_order_of_sections_is_found(tmp_path):
    swapped = WHOLE.replace("## Summary", "## X").replace("## Play", "## Summary")
    faults = faults_of(tmp_path, swapped.replace("## X", "## Play"))
    assert any("in the order" in fault for fault in faults)
