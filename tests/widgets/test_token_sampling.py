"""A text sampled step by step: each draw is looked up again on a strip of length 1."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dlbook.models import next_token_probabilities
from dlbook.widgets import SampledToken, sample_path, token_sampling
from dlbook.widgets.token_sampling import (
    LINES,
    PER_LINE,
    ending,
    lines,
    percent,
    visible,
)
from tests.widgets.sheet import assert_legible, assert_level, box, drawn, part, text

WORDS = ["the", " cat", " sat", " on", " a", " mat", ".", "\n", " and", " ran", " off"]
TABLE = np.random.default_rng(0).normal(0, 2, (len(WORDS), len(WORDS)))
DRAWS = np.random.default_rng(1).random(25)
WAYS = {
    "greedy": {"steps": 8, "temperature": 0},
    "temperature 0.5": {"steps": 25, "temperature": 0.5, "draws": DRAWS},
    "hot, top-p 0.9": {
        "steps": 12,
        "temperature": 1.5,
        "top_p": 0.9,
        "draws": DRAWS[:12],
    },
}


def path(**options):
    return sample_path(lambda ids: TABLE[ids[-1]], WORDS, [0], shown=4, **options)


RUNS = {name: path(**options) for name, options in WAYS.items()}
FIRST = SampledToken([(" a", 0.5), (" b", 0.25), (" c", 0.25)], " b", 0.6)
SECOND = SampledToken([(" x", 0.5), (" y", 0.125)], " z", 0.9, 0.03, others=20)


@pytest.fixture(scope="module")
def figure():
    return token_sampling(RUNS, prompt="the")


def distribution(before, options):
    return next_token_probabilities(
        TABLE[before],
        temperature=options["temperature"] or 1.0,
        top_p=options.get("top_p"),
    )


@pytest.mark.parametrize("name", WAYS)
def test_a_path_follows_the_distributions_and_the_draws(name):
    options, before = WAYS[name], 0
    steps = path(**options)
    assert len(steps) == options["steps"]
    for n, step in enumerate(steps):
        shares = distribution(before, options)
        ranked = sorted(range(len(shares)), key=lambda i: (-shares[i], i))
        kept = [(WORDS[i], shares[i]) for i in ranked[:4] if shares[i]]
        assert [token for token, _ in step.candidates] == [token for token, _ in kept]
        np.testing.assert_allclose(
            [share for _, share in step.candidates], [share for _, share in kept]
        )
        assert step.others == max(0, np.count_nonzero(shares) - 4)
        if options["temperature"]:
            assert step.draw == DRAWS[n]
            reached, place = shares[ranked[0]], 0
            while reached <= DRAWS[n]:
                place += 1
                reached += shares[ranked[place]]
            before = ranked[place]
        else:
            assert step.draw is None
            before = ranked[0]
        assert step.chosen == WORDS[before]
        assert step.probability == pytest.approx(shares[before])


def test_the_model_sees_what_was_chosen():
    seen = []

    def scores_of(ids):
        seen.append(ids)
        return [0.0, 0.0, 5.0 - len(ids)]

    sample_path(scores_of, "abc", [1, 1], 3, temperature=0)
    assert seen == [[1, 1], [1, 1, 2], [1, 1, 2, 2]]


@pytest.mark.parametrize("name", WAYS)
def test_a_frame_shows_bars_strip_and_draw(figure, name):
    rows = figure.given["rows"]
    lost = 0.0
    for n, step in enumerate(RUNS[name]):
        frame = figure.frame(name, n)
        changes = frame.changes
        left = 16.0
        shares = [share for _, share in step.candidates]
        everything = [*shares, *[0.0] * (rows - len(shares)), 1 - sum(shares)]
        orange = []
        for row, share in enumerate(everything):
            at = pytest.approx(left, abs=0.06)
            assert float(changes[f"part {row}", "x"]) == at
            width = float(changes[f"part {row}", "width"])
            assert width == pytest.approx(448 * share, abs=0.06)
            wide = float(changes[f"bar {row}", "width"])
            assert wide == pytest.approx(230 * share, abs=0.06)
            fills = {changes[f"{part} {row}", "fill"] for part in ("bar", "part")}
            if "#e0700f" in fills:
                orange.append((row, left, left + 448 * share))
            left += 448 * share
        ((row, start, end),) = orange
        if step.draw is None:
            assert (row, changes["draw", "visibility"]) == (0, "hidden")
        else:
            assert changes["draw", "visibility"] == "visible"
            mark = float(changes["draw", "x"]) + 1.5
            assert mark == pytest.approx(16 + 448 * step.draw, abs=0.06)
            assert start - 0.06 <= mark <= end + 0.06
            assert f"the draw {step.draw:.3f} picks it" in frame.sentence
        if row < rows:
            assert changes[f"token {row}", "text"] == visible(step.chosen)
        lost -= np.log2(step.probability)
        assert changes["bits", "text"] == f"{lost:.1f} bits so far"
        assert frame.sentence.endswith(f"the power of −{lost:.1f}.") or lost < 0.05
        written = "the" + "".join(s.chosen for s in RUNS[name][:n])
        assert frame.sentence.startswith(
            f"{name}. Token {n + 1} of {len(RUNS[name])}, after “{ending(written)}”: "
            f"“{visible(step.chosen)}” with probability {percent(step.probability)};"
        )


def test_the_new_token_is_marked_at_the_end_of_the_text(figure):
    for n, step in enumerate(RUNS["temperature 0.5"]):
        changes = figure.frame("temperature 0.5", n).changes
        text = [changes[f"line {row}", "text"] for row in range(LINES)]
        whole = "the" + "".join(s.chosen for s in RUNS["temperature 0.5"][: n + 1])
        assert whole.replace(" ", "\xa0").replace("\n", "↵") == "".join(text)
        row = (float(changes["chosen", "y"]) - 8) / 24
        column = (float(changes["chosen", "x"]) - 14) / 10
        end = column + float(changes["chosen", "width"]) / 10
        piece = text[int(row)][int(column) : int(end)]
        assert piece == step.chosen.replace(" ", "\xa0").replace("\n", "↵")
        assert not "".join(text[int(row) + 1 :])
        for n_line, line in enumerate(text):
            assert changes[f"line {n_line}", "textLength"] == str(10 * len(line) or 10)


def test_a_draw_on_a_border_picks_the_next_token():
    halves = [0.0, 0.0, -np.inf]  # two tokens of probability 0.5
    for draw, chosen, shown in ((0.0, "a", 1), (0.5, "b", 2), (0.75, "b", 3)):
        (step,) = sample_path(
            lambda _: halves, "abc", [0], 1, draws=[draw], shown=shown
        )
        assert (step.chosen, step.others) == (chosen, int(shown == 1))


@pytest.mark.parametrize("draw", [0.5 - 5e-7, 0.75 + 5e-7])
def test_a_draw_may_miss_its_token_by_a_rounding(draw):
    frame = token_sampling([replace(FIRST, draw=draw), SECOND]).frame(0)
    assert "“␣b” with probability 25.0%" in frame.sentence
    assert frame.changes["bar 1", "fill"] == "#e0700f"


def test_a_row_without_a_token_is_empty():
    changes = token_sampling([FIRST, SECOND]).frame(0).changes
    assert [changes[f"{part} 3", "width"] for part in ("bar", "part")] == ["0", "0"]
    assert changes["token 3", "text"] == changes["share 3", "text"] == ""


def test_each_row_and_the_strip_have_their_names(figure):
    for name, steps in RUNS.items():
        for n in range(len(steps)):
            assert_legible(figure.scene, figure.frame(name, n).changes)
    shapes = drawn(figure.scene, figure.frame("temperature 0.5", 24).changes)
    rows = figure.given["rows"]
    (axis,) = (s for s in shapes if s["tag"] == "line")
    bars = [part(shapes, f"bar {n}") for n in range(rows + 1)]
    for n, bar in enumerate(bars):
        token, share = (part(shapes, f"{name} {n}") for name in ("token", "share"))
        assert_level(token, bar)
        assert_level(share, bar)
        assert float(token["x"]) < box(bar)[0] == box(axis)[0]
        assert token["text-anchor"] == share["text-anchor"] == "end"
        assert box(bar)[0] + 230 < box(share)[0]
        assert box(axis)[1] <= box(bar)[1] <= box(bar)[3] <= box(axis)[3]
        assert not n or box(bars[n - 1])[3] < box(bar)[1]
    lines_ = [part(shapes, f"line {n}") for n in range(LINES)]
    heights = [float(line["y"]) for line in lines_]
    np.testing.assert_allclose(np.diff(heights), 24)
    assert box(lines_[-1])[3] < box(bars[0])[1]
    last = max(n for n in range(LINES) if lines_[n]["says"])
    assert_level(lines_[last], part(shapes, "chosen"))
    # the strip from 0 to 1, its parts, the mark, and what is told above it
    (strip,) = (s for s in shapes if s["tag"] == "rect" and s.get("fill") == "none")
    left, top, right, bottom = box(strip)
    assert (left, right) == (16, 464)
    for n in range(rows + 1):
        assert box(part(shapes, f"part {n}"))[1::2] == (top, bottom)
    mark = box(part(shapes, "draw"))
    assert mark[1] < top < bottom < mark[3]
    for says, x in (("0", left), ("1", right)):
        end = text(shapes, says)
        assert (float(end["x"]), end["text-anchor"]) == (x, "middle")
        assert mark[3] < box(end)[1] < mark[3] + 20
    how, bits = part(shapes, "how"), part(shapes, "bits")
    assert how["says"] == f"the draw {DRAWS[24]:.3f} picks it"
    assert how["y"] == bits["y"]
    assert box(axis)[3] < box(how)[1] < box(how)[3] < mark[1]
    greedy = figure.frame("greedy", 0).changes["how", "text"]
    assert greedy == "the most probable, nothing is drawn"


def test_two_runs_can_be_compared_and_played():
    figure = token_sampling({"one": [FIRST, SECOND], "two": [FIRST, SECOND, SECOND]})
    assert [s.name for s in figure.sliders] == ["how", "token"]
    assert [s.steps for s in figure.sliders] == [False, True]
    assert figure.sliders[1].labels == ["1", "2", "3"]


def test_lines_break_between_tokens_and_scroll():
    text, mark = lines(["a b", "c" * (PER_LINE - 3), " d"])
    assert text == ["a\xa0b" + "c" * (PER_LINE - 3), "\xa0d"]
    assert mark == (1, 0, 2)
    many = [f" {'x' * 21}"] * 20
    text, (row, column, wide) = lines(["start", *many])
    assert len(text) == LINES
    assert text[row][column : column + wide] == "\xa0" + "x" * 21
    assert max(map(len, text)) <= PER_LINE
    long = lines(["", "y" * (PER_LINE + 5)])
    assert long == (["y" * PER_LINE, "y" * 5], (1, 0, 5))
    assert lines(["", "y" * PER_LINE]) == (["y" * PER_LINE], (0, 0, PER_LINE))
    assert lines(["ab", " c"]) == (["ab\xa0c"], (0, 2, 2))
    words, _ = lines(["three two " * 12])
    assert all(len(line) <= PER_LINE for line in words)
    assert "".join(words) == ("three two " * 12).replace(" ", "\xa0")
    assert {word for line in words for word in line.split()} == {"three", "two"}
    token = " of the"  # a blank within a token is no place to break
    assert lines(["x" * (PER_LINE - 3), token])[0][1] == token.replace(" ", "\xa0")


def test_a_choice_among_the_others_is_told():
    figure = token_sampling([FIRST, SECOND])
    frame = figure.frame(1)
    assert frame.changes["part 3", "fill"] == "#e0700f"
    assert frame.changes["token 3", "text"] == "20 more"
    assert frame.changes["token 2", "text"] == frame.changes["share 2", "text"] == ""
    assert "“␣z” with probability 3.0%; the draw 0.900 picks it" in frame.sentence
    assert figure.frame(0).sentence.startswith("Token 1 of 2, after nothing: “␣b”")
    assert figure.frame(0).sentence.endswith(
        "It has the probability 2 to the power of −2.0."
    )
    assert figure.presets == {}
    assert [s.name for s in figure.sliders] == ["token"]


def test_runs_have_a_slider_and_a_button_each(figure):
    assert [s.name for s in figure.sliders] == ["how", "token"]
    assert figure.presets == {name: (n, None) for n, name in enumerate(WAYS)}
    assert len(figure.sliders[1].values) == 25
    assert figure.frame("greedy", 7) == figure.frame("greedy", 24)


def test_words_are_seen():
    assert [visible(t) for t in (" a\n", "", "\t", "internationally")] == [
        *("␣a↵", "(empty)", "⇥", "international…")
    ]
    assert visible("fourteen chars") == "fourteen␣chars"
    assert ending("x" * 40) == "x" * 40
    assert ending("a\nb") == "a↵b"
    assert ending("x" * 41) == "…" + "x" * 39
    assert [percent(p) for p in (0.12345, 0.0005, 1.0)] == ["12.3%", "0.1%", "100.0%"]


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (replace(FIRST, candidates=[]), "there are no candidates"),
        (replace(FIRST, candidates=[(" b", 0.2), (" a", 0.8)]), "the largest first"),
        (replace(FIRST, candidates=[(" b", 1.0), (" a", 0.0)]), "must be positive"),
        (replace(FIRST, candidates=[(" b", 0.6), (" a", 0.5)]), "sum to 1.1, with 0"),
        (replace(FIRST, candidates=[(" b", 0.6), (" a", 0.1)]), "sum to 0.7, with 0"),
        (replace(FIRST, draw=0.4), "draw 0.4 does not fall on ' b'"),
        (replace(FIRST, draw=0.8), "draw 0.8 does not fall on ' b'"),
        (replace(FIRST, draw=1.0), r"draw must lie in \[0, 1\), got 1.0"),
        (replace(FIRST, draw=None), "' b' is not the most probable, ' a'"),
        (replace(SECOND, draw=0.3), "draw 0.3 does not fall on ' z'"),
        (replace(SECOND, probability=None), r"probability of ' z', in \(0, 1\], got N"),
        (replace(SECOND, probability=0.0), r"in \(0, 1\], got 0.0"),
    ],
)
def test_steps_that_cannot_have_been_are_refused(step, says):
    with pytest.raises(ValueError, match=f"token_sampling: run 'r' step 1: .*{says}"):
        token_sampling({"r": [FIRST, step]})


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ({}, "needs one to six runs, got 0"),
        ({str(n): [FIRST, SECOND] for n in range(7)}, "needs .* got 7"),
        ({"short": [FIRST]}, "run 'short' needs two or more steps, got 1"),
        ([], "needs two or more steps, got 0"),
    ],
)
def test_too_few_or_many_runs_are_refused(runs, says):
    with pytest.raises(ValueError, match=f"token_sampling: {says}"):
        token_sampling(runs)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"steps": 0, "temperature": 0}, "at least 1, got 0 and 4"),
        ({"steps": 2}, r"draws must be 2 numbers in \[0, 1\).* got None"),
        ({"steps": 2, "draws": [0.5]}, "draws must be 2 numbers"),
        ({"steps": 1, "draws": [1.0]}, "draws must be 1 numbers"),
    ],
)
def test_paths_need_a_draw_for_each_step(options, says):
    with pytest.raises(ValueError, match=f"sample_path: .*{says}"):
        path(**options)


def test_every_number_is_sentence_and_picture_alike(figure):
    sentence = figure.frame("hot, top-p 0.9", 11).sentence
    told = re.search(r"The 12 tokens together have .* power of −([\d.]+)\.", sentence)
    lost = -sum(np.log2(s.probability) for s in RUNS["hot, top-p 0.9"])
    assert float(told[1]) == pytest.approx(lost, abs=0.051)


def test_a_figure_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 45_000
