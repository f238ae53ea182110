"""Gates along a sentence: torch's LSTM cell makes the numbers, the table shows them."""

import re

import numpy as np
import pytest
import torch

from dlbook.widgets import gate_values
from dlbook.widgets.gate_values import COLUMNS, LONGEST, clipped, fixed, percent, tint

FIRST = [
    *("the", "acting", "was", "wonderful", "but"),
    *("the", "plot", "was", "unbelievably", "boring"),
]
SECOND = ["boring", "but", "great"]
HIDDEN = 5


def read(tokens, seed):
    """Run torch's cell; recover the gates from its packed weights."""
    torch.manual_seed(seed)
    cell = torch.nn.LSTMCell(3, HIDDEN).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.mul_(4)
        h = c = torch.zeros(1, HIDDEN, dtype=torch.float64)
        rows = []
        for x in torch.randn(len(tokens), 1, 3, dtype=torch.float64):
            packed = x @ cell.weight_ih.T + cell.bias_ih
            i, f, g, o = (packed + h @ cell.weight_hh.T + cell.bias_hh).chunk(4, 1)
            h, c = cell(x, (h, c))
            rows.append([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid(), c, h])
    arrays = np.array([[v.numpy()[0] for v in row] for row in rows])
    chances = 1 / (1 + np.exp(-3 * arrays[:, 5].sum(axis=1)))
    named = {name: arrays[:, n] for n, name in enumerate(COLUMNS)}
    return {"tokens": tokens, "probability": chances, **named}


ONE, TWO = read(FIRST, 0), read(SECOND, 1)


@pytest.fixture(scope="module")
def figure():
    return gate_values([ONE, TWO])


def number(said):
    return float(said.replace("−", "-"))


@pytest.mark.parametrize("unit", range(HIDDEN))
def test_the_table_holds_the_numbers_of_the_unit(figure, unit):
    for which, sentence in enumerate((ONE, TWO)):
        changes = figure.frame(which, unit, 0).changes
        for t, token in enumerate(sentence["tokens"]):
            assert changes[f"word {t}", "text"] == clipped(token)
            for name in COLUMNS:
                shown = number(changes[f"{name} {t}", "text"])
                assert shown == pytest.approx(sentence[name][t, unit], abs=0.0051)
            chance = number(changes[f"chance {t}", "text"].rstrip("%")) / 100
            assert chance == pytest.approx(sentence["probability"][t], abs=0.0051)
        for t in range(len(sentence["tokens"]), len(FIRST)):
            said = {changes[f"{name} {t}", "text"] for name in ("word", "f", "chance")}
            assert said == {""}
            assert changes[f"c box {t}", "fill"] == "rgb(255, 255, 255)"


def test_colors_tell_sign_and_size(figure):
    def redness(color):
        red, _, blue = map(int, re.findall(r"\d+", color))
        return red - blue

    changes = figure.frame(0, 2, 0).changes
    for name in COLUMNS:
        shades = [redness(changes[f"{name} box {t}", "fill"]) for t in range(10)]
        values = ONE[name][:, 2]
        for shade, value in zip(shades, values, strict=True):
            assert abs(value) < 0.01 or (shade < 0) == (value > 0)
        ranked = np.array(shades)[np.argsort(values)]
        assert (np.diff(ranked) <= 0).all()  # from orange to blue
    chances = [redness(changes[f"chance box {t}", "fill"]) < 0 for t in range(10)]
    assert chances == [bool(p > 0.5) for p in ONE["probability"]]
    largest = max(np.abs(s["c"][:, 2]).max() for s in (ONE, TWO))
    assert largest > 1  # so the cell has a scale of its own
    value = ONE["c"][3, 2]
    assert changes["c box 3", "fill"] == tint(round(value, 4) / largest)


def test_the_sentence_writes_one_row_out(figure):
    for at, token in enumerate(FIRST):
        frame = figure.frame(0, 3, at)
        told = frame.sentence
        assert told.startswith(f"Word {at + 1}, “{token}”, unit 3: c = ")
        f, before, i, g, c, o, inner, h = (
            number(n) for n in re.findall(r"−?\d+(?:\.\d+)?(?!\d|%)", told)[2:10]
        )
        expected = [ONE[name][at, 3] for name in "figcoh"]
        np.testing.assert_allclose([f, i, g, c, o, h], expected, atol=0.0051)
        last = ONE["c"][at - 1, 3] if at else 0
        assert before == pytest.approx(last, abs=0.0051)
        assert inner == c
        assert f * before + i * g == pytest.approx(c, abs=0.03)
        assert o * np.tanh(c) == pytest.approx(h, abs=0.015)
        assert told.endswith(f"P(positive) is now {ONE['probability'][at]:.0%}.")
        assert frame.changes["focus", "y"] == f"{36 + 25 * at}"


def test_past_the_last_word_the_last_one_is_shown(figure):
    assert figure.frame(1, 0, 2) == figure.frame(1, 0, 9)
    assert figure.frame(1, 0, 1) != figure.frame(1, 0, 2)


def test_sentences_and_chosen_units_have_sliders(figure):
    assert [s.name for s in figure.sliders] == ["sentence", "unit", "word"]
    assert figure.sliders[0].labels == [" ".join(FIRST), " ".join(SECOND)]
    single = gate_values(ONE, units=[4, 1], outcome="P(spam)")
    assert [s.name for s in single.sliders] == ["unit", "word"]
    assert single.sliders[0].labels == ["4", "1"]
    assert "unit 4: " in repr(single)
    assert "P(spam) is now" in repr(single)
    shown = np.array(single.given["values"])[0]
    np.testing.assert_allclose(shown[:, 1], ONE["f"][:, [4, 1]], atol=5.1e-5)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.125, "0.13"),
        (-0.125, "−0.13"),
        (-0.004, "0.00"),
        (0.0, "0.00"),
        (-1, "−1.00"),
    ],
)
def test_numbers_have_two_decimals(value, said):
    assert fixed(value) == said


def test_percents_words_and_tints():
    assert [percent(p) for p in (0.0, 0.125, 0.995, 1.0)] == [
        "0%",
        "13%",
        "100%",
        "100%",
    ]
    assert clipped("disappointed") == "disappoin…"
    assert clipped("brilliants") == "brilliants"
    assert tint(0) == "rgb(255, 255, 255)"
    assert tint(1) == tint(7) == "rgb(152, 174, 209)"  # 45 % of the way to the blue
    assert tint(-1) == "rgb(241, 191, 147)"


@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_that_are_no_lstm_are_refused(name):
    wrong = ONE[name].copy()
    wrong[4, 1] = abs(wrong[4, 1] - 0.5)
    with pytest.raises(ValueError, match=r"[ch] of sentence 0 is .* word [45] \('"):
        gate_values({**ONE, name: wrong})


def test_a_state_that_does_not_start_at_zero_is_refused():
    cut = {name: values[3:] for name, values in ONE.items()}
    with pytest.raises(ValueError, match=r"word 0 .*first state must be zero"):
        gate_values(cut)


@pytest.mark.parametrize(
    ("sentences", "options", "says"),
    [
        ([], {}, "sentences is empty"),
        ({k: v for k, v in ONE.items() if k != "g"}, {}, r"lacks \['g'\]"),
        ([ONE, {**TWO, "f": TWO["f"][:2]}], {}, r"f of sentence 1 has shape \(2, 5\)"),
        ({**ONE, "h": 0.0}, {}, r"has shape"),
        ({**ONE, "o": ONE["o"] + 1}, {}, r"o of sentence 0 must lie in \[0, 1\]"),
        ({**ONE, "i": ONE["i"] * np.nan}, {}, r"i of sentence 0 must lie in \[0, 1\]"),
        ({**ONE, "probability": ONE["h"][:, 0] - 2}, {}, "probability of sentence 0"),
        ({**ONE, "probability": 0.5}, {}, r"probability .* shape \(\)"),
        ({**ONE, "tokens": ["a"] * (LONGEST + 1)}, {}, "19 words, expected 2 to 18"),
        (ONE, {"units": [1]}, "two or more of 0 to 4"),
        (ONE, {"units": [1, 5]}, "two or more of 0 to 4"),
    ],
)
def test_what_cannot_be_shown_is_refused(sentences, options, says):
    with pytest.raises(ValueError, match=f"gate_values: .*{says}"):
        gate_values(sentences, **options)


def test_sentences_of_two_models_are_refused():
    fewer = {k: v[:, :3] if np.ndim(v) == 2 else v for k, v in TWO.items()}
    with pytest.raises(ValueError, match="sentence 1 has 3 units, sentence 0 has 5"):
        gate_values([ONE, fewer])


def test_float32_arrays_pass():
    single = {k: v.astype(np.float32) if k != "tokens" else v for k, v in ONE.items()}
    assert gate_values(single).data() == gate_values(ONE).data()


def test_a_figure_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 45_000
