"""MyST prose becomes Markdown that JupyterLab and Colab show as it is meant."""

from types import SimpleNamespace

import pytest
from pages import BookIndex, Label, PageError
from plain_markdown import Links, PlainMarkdown

PERSON = SimpleNamespace(prelast_names=[], last_names=["Rosenblatt"])
OTHER = SimpleNamespace(prelast_names=["van"], last_names=["Dam"])


def entry(*authors, **fields):
    return SimpleNamespace(persons={"author": list(authors)}, fields=fields, key="key")


INDEX = BookIndex(
    titles={
        "book/neurons/neuron": "The neuron",
        "book/backprop/autograd": "Autograd",
        "book/glossary": "Glossary",
        "book/bibliography": "Bibliography",
        "book/preliminaries": "Preliminaries",
    },
    labels={
        "neuron-sum": Label("book/neurons/neuron", "equation", "1"),
        "autograd-sum": Label("book/backprop/autograd", "equation", "3"),
        "neuron-data": Label("book/neurons/neuron", "section", "The data"),
        "autograd-graph": Label("book/backprop/autograd", "section", "The graph"),
        "autograd-figure": Label("book/backprop/autograd", "figure", "2.1"),
    },
    references={
        "rosenblatt1958": entry(PERSON, year="1958", title="The {Perceptron}"),
        "two2000": entry(PERSON, OTHER, year="2000", title="Two"),
        "three2001": entry(PERSON, OTHER, PERSON, year="2001", title="Three"),
    },
)
NOTEBOOKS = frozenset({"book/neurons/neuron", "book/backprop/autograd"})
LOCAL = Links(None, None, NOTEBOOKS)
SITE = Links("https://o.github.io/r/", "https://raw/o/r/sha/", NOTEBOOKS)


def plain(text, links=LOCAL):
    return "\n\n".join(PlainMarkdown("book/neurons/neuron", INDEX, links).cells(text))


@pytest.mark.parametrize(
    ("myst", "expected"),
    [
        ("By {eq}`neuron-sum`.", "By (1)."),
        ("By {eq}`autograd-sum`.", "By (3) of [Autograd](../backprop/autograd.ipynb)."),
        ("{ref}`neuron-data`", "[The data](#The-data)"),
        (
            "{ref}`see there <autograd-graph>`",
            "[see there](../backprop/autograd.ipynb#The-graph)",
        ),
        ("{doc}`../preliminaries`", "[Preliminaries](../preliminaries.md)"),
        ("{doc}`/book/preliminaries`", "[Preliminaries](../preliminaries.md)"),
        ("{doc}`it <../backprop/autograd>`", "[it](../backprop/autograd.ipynb)"),
        ("{term}`bias`", "[bias](../glossary.md)"),
        ("{term}`biases <bias>`", "[biases](../glossary.md)"),
        ("{cite:t}`rosenblatt1958`", "[Rosenblatt (1958)](../bibliography.md)"),
        ("{cite:p}`rosenblatt1958`", "([Rosenblatt, 1958](../bibliography.md))"),
        ("{cite:t}`two2000`", "[Rosenblatt and van Dam (2000)](../bibliography.md)"),
        ("{cite:t}`three2001`", "[Rosenblatt et al. (2001)](../bibliography.md)"),
        (
            "{cite}`two2000,rosenblatt1958`",
            "([Rosenblatt and van Dam, 2000](../bibliography.md); "
            "[Rosenblatt, 1958](../bibliography.md))",
        ),
        ("{numref}`autograd-figure`", "[Fig. 2.1](../backprop/autograd.ipynb)"),
        ("{math}`x^2`", "$x^2$"),
        ("{kbd}`Tab`", "<kbd>Tab</kbd>"),
        ("[](../preliminaries.md)", "[Preliminaries](../preliminaries.md)"),
        ("[a](../backprop/autograd.md)", "[a](../backprop/autograd.ipynb)"),
        ("[a](#neuron-data)", "[a](#The-data)"),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("`{eq}` and ``{eq}`x` ``", "`{eq}` and ``{eq}`x` ``"),
        ("$a_{b}`$", "$a_{b}`$"),
        ("(neuron-data)=\n## The data", "## The data"),
        ("% a comment\ntext", "text"),
        ("{.wide}\ntext", "text"),
    ],
)
def test_inline_markup(myst, expected):
    assert plain(myst) == expected


@pytest.mark.parametrize(
    ("myst", "expected"),
    [
        ("$$\nx = 1\n$$ (neuron-sum)", "$$\nx = 1 \\tag{1}\n$$"),
        ("$$ x = 1 $$ (neuron-sum)", "$$\nx = 1 \\tag{1}\n$$"),
        ("$$\nx = 1\n$$", "$$\nx = 1\n$$"),
        ("```{math}\n:label: neuron-sum\nx = 1\n```", "$$\nx = 1 \\tag{1}\n$$"),
        (":::{note}\nText.\n:::", "> **Note**\n>\n> Text."),
        (
            ":::{admonition} Predict\n:class: predict\n$a$ or {eq}`neuron-sum`?\n:::",
            "> **Predict**\n>\n> $a$ or (1)?",
        ),
        (":::{margin}\nAside.\n:::", "> Aside."),
        (
            ":::{dropdown} Is $a<b$ in `f<x>`?\nYes.\n:::",
            r"<details><summary>Is $a\lt b$ in <code>f&lt;x&gt;</code>?</summary>"
            "\n\nYes.\n\n</details>",
        ),
        (
            ":::{admonition} More\n:class: dropdown\nYes.\n:::",
            "<details><summary>More</summary>\n\nYes.\n\n</details>",
        ),
        (
            "::::{admonition} Recall\n:class: recall\n\n:::{dropdown} A?\nB\n:::\n::::",
            "> **Recall**\n>\n> <details><summary>A?</summary>\n>\n> B\n>\n"
            "> </details>",
        ),
        (
            ":::{note}\n$$\na &= 1 \\\\\nb &= 2\n$$ (neuron-sum)\n:::",
            "> **Note**\n>\n> $$ a &= 1 \\\\ b &= 2 \\tag{1} $$",
        ),
        (
            "```{figure} images/a.svg\n:alt: A cell.\n:name: x\n\nA caption.\n```",
            "![A cell.](images/a.svg)\n\n*A caption.*",
        ),
        (
            "```{page-card}\n:needs: preliminaries, backprop/autograd\n"
            ":minutes: 20\n```",
            "- You need: [Preliminaries](../preliminaries.md), "
            "[Autograd](../backprop/autograd.ipynb)\n- Reading: about 20 minutes",
        ),
        ("```python\nx = {eq}`no`\n```", "```python\nx = {eq}`no`\n```"),
        (
            "1. a\n   ```python\n   x\n   ```\n2. b",
            "1. a\n   ```python\n   x\n   ```\n2. b",
        ),
    ],
)
def test_blocks(myst, expected):
    assert plain(myst) == expected


def test_published_copies_link_to_the_site_and_to_the_files():
    text = "{ref}`autograd-graph` ![a](b.svg) {term}`bias`"
    assert plain(text, SITE) == (
        "[The graph](https://o.github.io/r/book/backprop/autograd.html#the-graph) "
        "![a](https://raw/o/r/sha/book/neurons/b.svg) "
        "[bias](https://o.github.io/r/book/glossary.html)"
    )


def test_a_new_cell_begins_at_every_heading():
    convert = PlainMarkdown("book/neurons/neuron", INDEX, LOCAL)
    assert convert.cells("# A\n\nx\n\n## B\ny\n\nz") == ["# A\n\nx", "## B\ny\n\nz"]


def test_a_bibliography_lists_what_the_page_cites():
    text = "{cite:t}`rosenblatt1958`\n\n```{bibliography}\n```"
    assert plain(text).endswith("- Rosenblatt (1958). The Perceptron.")


@pytest.mark.parametrize(
    ("myst", "message"),
    [
        ("{eq}`nowhere`", "no equation has the label 'nowhere'"),
        ("{eq}`neuron-data`", "no equation has the label"),
        ("{doc}`missing`", "no page book/neurons/missing of"),
        ("{cite}`nobody1900`", "no entry 'nobody1900'"),
        ("{sparkle}`x`", "cannot write the role {sparkle}"),
        (":::{sparkle}\n:::", "cannot write the directive {sparkle}"),
        (":::{note}\nnever closed", "never closed"),
        ("$$\nnever closed", "never closed"),
        ("a[^1]\n\n[^1]: b", "footnotes"),
        ("term\n: meaning", "definition lists"),
        ("```{figure} a.svg\n```", "needs :alt:"),
    ],
)
def test_what_cannot_be_shown_is_an_error_that_names_the_page(myst, message):
    with pytest.raises(PageError, match=r"book/neurons/neuron\.md") as error:
        plain(myst)
    assert message in str(error.value)
