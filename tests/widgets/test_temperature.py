"""Temperature, top-k and top-p: torch and plain sorting compute the shares again."""

import itertools
import re

import numpy as np
import pytest
import torch

from dlbook.widgets import temperature
from dlbook.widgets.temperature import (
    KEPT,
    ROWS,
    SHARES,
    TEMPERATURES,
    bits,
    percent,
    token_name,
)

RNG = np.random.default_rng(0)
SCORES = np.round(RNG.normal(0, 3, 30), 4)
TOKENS = [*"abcdefghijklmnopqrstuvwxyz", " ", "\n", ".", "wonderful"]


def by_hand(scores, degree, k, p):
    """Return the shares: torch's softmax, then one token after the other."""
    shares = torch.softmax(torch.tensor(scores) / degree, 0).numpy().copy()
    ranked = sorted(range(len(shares)), key=lambda i: (-scores[i], i))
    kept = ranked[:k]
    total = sum(shares[i] for i in kept)
    chosen, reached = [], 0.0
    for i in kept:
        chosen.append(i)
        reached += shares[i] / total
        if reached >= p and p < 1:
            break
    result = np.zeros_like(shares)
    result[chosen] = shares[chosen] / shares[chosen].sum()
    return result


@pytest.fixture(scope="module")
def figure():
    return temperature(SCORES, TOKENS)


@pytest.fixture(scope="module")
def several():
    return temperature({"th": SCORES, "qu": -SCORES}, TOKENS)


SETTINGS = list(itertools.product((0.1, 0.7, 1.0, 2.0), (1, 3, 12, 30), SHARES[2::4]))


def test_entropy_is_counted_in_bits():
    assert bits(np.full(8, 1 / 8)) == pytest.approx(3)
    assert str(bits(np.array([1.0, 0.0]))) == "0.0"


@pytest.mark.parametrize(("degree", "k", "p"), SETTINGS)
def test_a_frame_shows_the_shares(figure, degree, k, p):
    frame = figure.frame(degree, k, p)
    shares, own = by_hand(SCORES, degree, k, p), by_hand(SCORES, 1.0, 30, 1.0)
    order = np.argsort(-SCORES)
    rows = [[i] for i in order[:ROWS]] + [order[ROWS:]]
    for n, row in enumerate(rows):
        share = shares[row].sum()
        assert float(frame.changes[f"bar {n}", "width"]) == pytest.approx(
            300 * share, abs=0.051
        )
        assert float(frame.changes[f"own {n}", "x"]) == pytest.approx(
            86.5 + 300 * own[row].sum(), abs=0.051
        )
        said = frame.changes[f"share {n}", "text"]
        assert said == (f"{share:.1%}" if share else "cut")
    left = torch.tensor(shares[shares > 0])
    entropy = float(-(left * left.log2()).sum())
    facts = [frame.changes[f"fact {n}", "text"] for n in range(3)]
    assert facts[0] == f"{len(left)} of 30 tokens"
    told = re.search(
        r"(\d+) of 30 tokens .* entropy of ([\d.]+) bits .* perplexity of ([\d.]+)\.",
        frame.sentence,
    )
    assert int(told[1]) == len(left)
    assert float(told[2]) == pytest.approx(entropy, abs=0.0051)
    assert float(told[3]) == pytest.approx(2**entropy, abs=0.0051)
    assert facts[1:] == [f"entropy {told[2]} bits", f"perplexity {told[3]}"]
    assert f"Most likely is “{TOKENS[order[0]]}” ({shares.max():.1%})" in frame.sentence
    assert (", then" in frame.sentence) == (len(left) > 1)


def test_the_frames_of_a_second_context_are_its_own(several):
    first, second = several.frame(0, 1.0, 30, 1.0), several.frame(1, 1.0, 30, 1.0)
    assert first.changes["context", "text"] == "after “th”"
    assert second.sentence.startswith("After “qu”. Temperature 1.0, top-k all")
    best = TOKENS[int(np.argmin(SCORES))]
    assert second.changes["token 0", "text"] == token_name(best)
    assert several.sliders[0].name == "after"
    assert all(places[0] is None for places in several.presets.values())


def test_presets_name_what_they_set(figure):
    def values(name):
        return [
            s.values[p]
            for s, p in zip(figure.sliders, figure.presets[name], strict=True)
        ]

    assert values("as the model has it") == [1.0, 30, 1.0]
    assert values("cold") == [0.5, 30, 1.0]
    assert values("hot") == [1.5, 30, 1.0]
    assert values("hot, top-p 0.9") == [1.5, 30, 0.9]


def test_the_sliders_run_as_far_as_the_tokens(figure):
    assert figure.sliders[0].values == TEMPERATURES
    assert figure.sliders[1].values == [k for k in KEPT if k < 30] + [30]
    assert figure.sliders[1].labels[-1] == "all"
    few = temperature([1.0, 2.0, 3.0], "abc")
    assert few.sliders[1].labels == ["1", "2", "all"]
    assert few.frame(1.0, 3, 1.0).changes["token 3", "text"] == "0 more"


@pytest.mark.parametrize(
    ("token", "name"),
    [(" ", "space"), ("\n", "newline"), ("", "(empty)"), ("a", "a"), (" the", "the"),
     ("wonderful", "wonderf…"), ("\x0b", r"\x0b")],
)  # fmt: skip
def test_every_token_is_seen(token, name):
    assert token_name(token) == name


def test_the_heading_is_the_end_of_the_context():
    long = "a very long line of text\nand more"
    figure = temperature({long: SCORES, "": SCORES}, TOKENS)
    assert figure.frame(0, 1.0, 30, 1.0).changes["context", "text"] == (
        "after “… of text↵and more”"
    )
    assert figure.frame(0, 1.0, 30, 1.0).sentence.startswith(f"After “{long}”. ")
    assert figure.frame(1, 1.0, 30, 1.0).changes["context", "text"] == ""
    assert figure.frame(1, 1.0, 30, 1.0).sentence.startswith("Temperature 1.0, ")
    assert figure.sliders[0].labels == [f"“{long}”", "nothing"]


def test_percent_has_one_decimal():
    assert percent(0.1234) == "12.3%"


@pytest.mark.parametrize(
    ("scores", "tokens", "says"),
    [
        ([1.0, 2.0], "ab", "needs three or more tokens, got 2"),
        ({}, "abc", "scores is empty"),
        ([1.0, 2.0], "abc", r"scores must have shape \(3,\).* got \(2,\)"),
        ({"q": np.zeros((1, 3))}, "abc", r"scores after 'q' .* got \(1, 3\)"),
        ([1.0, np.inf, 0.0], "abc", "scores must be finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(scores, tokens, says):
    with pytest.raises(ValueError, match=f"temperature: {says}"):
        temperature(scores, tokens)


def test_a_figure_is_light_enough_for_a_page():
    wide = temperature({c: RNG.normal(size=100) for c in "abcd"}, ["x"] * 100)
    assert len(wide._repr_html_().encode()) < 40_000
