"""The weights of attention: torch's attention computes each of them again."""

import itertools
import re

import numpy as np
import pytest
import torch

from dlbook.widgets import attention_weights
from dlbook.widgets.attention_weights import (
    LONGEST,
    TEMPERATURES,
    bits,
    clipped,
    fixed,
    shade,
)
from tests.widgets.sheet import assert_legible, assert_level, box, drawn, part, text

WORDS = ["The", "animal", "did", "not", "cross", "it"]
OTHERS = ["三", "万", "四千"]
RNG = np.random.default_rng(0)
D = 5
Q, K = RNG.normal(0, 2, (2, 2, len(WORDS), D))
FOREIGN = RNG.normal(0, 2, (len(OTHERS), D))
SETTINGS = list(
    itertools.product(
        range(2), range(len(WORDS)), (0.1, 1.0, 5.0), (False, True), (False, True)
    )
)


@pytest.fixture(scope="module")
def figure():
    return attention_weights(WORDS, Q, K)


@pytest.fixture(scope="module")
def crossing():
    return attention_weights(WORDS, Q[0], FOREIGN, key_tokens=OTHERS)


def by_torch(queries, keys, degree, scaled, causal):
    """Let torch weight the unit vectors: its output is then the weights."""
    q, k = torch.tensor(queries)[None], torch.tensor(keys)[None]
    weights = torch.nn.functional.scaled_dot_product_attention(
        q,
        k,
        torch.eye(len(keys), dtype=torch.float64)[None],
        is_causal=causal,
        scale=(D**-0.5 if scaled else 1.0) / degree,
    )
    return weights[0].numpy()


def number(said):
    return float(said.replace("−", "-"))


def blueness(color):
    red, _, blue = map(int, re.findall(r"\d+", color))
    return blue - red


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_frame_shows_what_torch_attends_to(figure, setting):
    head, query, degree, scaled, causal = setting
    frame = figure.frame(*setting)
    weights = by_torch(Q[head], K[head], degree, scaled, causal)
    products = Q[head] @ K[head].T
    scores = products / degree / (np.sqrt(D) if scaled else 1)
    for j in range(len(WORDS)):
        row = {
            part: frame.changes[f"{part} {j}", "text"]
            for part in ("product", "score", "weight")
        }
        assert number(row["product"]) == pytest.approx(products[query, j], abs=0.0051)
        width = float(frame.changes[f"bar {j}", "width"])
        assert width == pytest.approx(136 * weights[query, j], abs=0.2)
        if causal and j > query:
            assert (row["score"], row["weight"], width) == ("−∞", "hidden", 0)
        else:
            assert number(row["score"]) == pytest.approx(scores[query, j], abs=0.0056)
            near = pytest.approx(weights[query, j], abs=0.0011)
            assert float(row["weight"]) == near
    for i, j in np.ndindex(weights.shape):
        color = frame.changes[f"cell {i} {j}", "fill"]
        assert blueness(color) / 126 == pytest.approx(weights[i, j], abs=0.02)
        lost = frame.changes[f"cell {i} {j}", "visibility"] == "hidden"
        assert lost == (causal and j > i)
    row = weights[query]
    entropy = float(torch.special.entr(torch.tensor(row)).sum()) / np.log(2)
    told = re.search(
        r"weights is ([\d.]+) bits, of at most ([\d.]+)\.$", frame.sentence
    )
    assert float(told[1]) == pytest.approx(entropy, abs=0.012)
    seen = query + 1 if causal else len(WORDS)
    assert float(told[2]) == pytest.approx(np.log2(seen), abs=0.0051)
    assert frame.changes["entropy", "text"] == (
        f"entropy {told[1]} of at most {told[2]} bits"
    )
    most = re.search(r"looks most at “(\w+)” \(([\d.]+)\)(, then at)?", frame.sentence)
    assert most[1] == WORDS[row.argmax()]
    assert float(most[2]) == pytest.approx(row.max(), abs=0.0011)
    assert bool(most[3]) == (seen > 1)


def test_the_sentence_tells_the_setting(figure, crossing):
    assert figure.frame(1, 2, 0.5, False, True).sentence.startswith(
        "Head 2. The query of “did” (token 3 of 6), products not divided, temperature "
        "0.5, causal mask: it looks most at “"
    )
    assert crossing.frame(0, 1.0, True).sentence.startswith(
        "The query of “The” (token 1 of 6), products divided by √5, temperature 1: it "
        "looks most at “"
    )


def test_a_mask_leaves_the_first_token_itself_alone(figure):
    frame = figure.frame(0, 0, 1.0, True, True)
    assert "most at “The” (1.000). The entropy of its weights is 0.00 bits, of at " in (
        frame.sentence
    )


def test_other_keys_have_no_causal_mask_and_one_head_no_slider(figure, crossing):
    names = [s.name for s in figure.sliders]
    assert names == ["head", "query", "temperature", "divide by √d", "causal mask"]
    assert [s.name for s in crossing.sliders] == names[1:4]
    assert figure.sliders[0].labels == ["1", "2"]
    assert [s.steps for s in crossing.sliders] == [True, False, False]
    assert "causal" not in crossing.presets
    frame = crossing.frame(0, 2.0, False)  # a mask would hide two of the three keys
    weights = by_torch(Q[0], FOREIGN, 2.0, False, False)[0]
    shown = [float(frame.changes[f"weight {j}", "text"]) for j in range(3)]
    np.testing.assert_allclose(shown, weights, atol=0.0011)
    assert OTHERS[weights.argmax()] in frame.sentence


def test_presets_name_what_they_set(figure):
    def values(name):
        return [
            None if place is None else slider.values[place]
            for slider, place in zip(figure.sliders, figure.presets[name], strict=True)
        ]

    assert values("as in the paper") == [None, None, 1.0, True, False]
    assert values("not divided") == [None, None, 1.0, False, False]
    assert values("hot") == [None, None, 5.0, True, False]
    assert values("causal") == [None, None, 1.0, True, True]
    start = tuple(s.start for s in figure.sliders[2:])
    assert figure.presets["as in the paper"][2:] == start
    assert figure.sliders[2].values == TEMPERATURES


def test_the_query_in_focus_is_framed(figure):
    tops = [
        float(figure.frame(0, n, 1.0, True, False).changes["focus", "y"])
        for n in range(len(WORDS))
    ]
    cells = {
        attributes["y"]
        for _, part, attributes, _ in figure.scene.elements
        if part.startswith("cell")
    }
    assert sorted(map(float, cells)) == tops


def sheets():
    """Yield figures of few and many words, with the words of rows and columns."""
    names = [f"longword{n:02}" for n in range(LONGEST)]
    wide = RNG.normal(size=(2, LONGEST, 4))
    yield attention_weights(WORDS, Q, K), WORDS, WORDS
    yield attention_weights(WORDS, Q[0], FOREIGN, key_tokens=OTHERS), WORDS, OTHERS
    yield attention_weights(names, *wide), names, names


@pytest.mark.parametrize("which", range(3))
def test_the_table_and_the_map_are_in_order(which):
    figure, asking, seen = list(sheets())[which]
    query = len(asking) - 2
    settings = [slider.values[0] for slider in figure.sliders]
    settings[[s.name for s in figure.sliders].index("query")] = query
    frame = figure.frame(*settings)
    assert_legible(figure.scene, frame.changes)
    shapes = drawn(figure.scene, frame.changes)
    words = [s for s in shapes if s["tag"] == "text" and "data-part" not in s]
    for column, says in (
        ("product", "q · k"),
        ("score", "score"),
        ("weight", "weight"),
    ):
        title = text(shapes, says)
        assert title["x"] == part(shapes, f"{column} 0")["x"]
        assert box(title)[3] < box(part(shapes, f"{column} 0"))[1]
    assert text(shapes, "key")["y"] == text(shapes, "weight")["y"]
    (axis,) = (s for s in shapes if s["tag"] == "line")
    keys = words[words.index(text(shapes, "weight")) + 1 :]
    bars = [part(shapes, f"bar {j}") for j in range(len(seen))]
    for j, word in enumerate(seen):
        assert keys[j]["says"] == clipped(word)
        assert_level(keys[j], bars[j])
        for column in ("product", "score", "weight"):
            cell = part(shapes, f"{column} {j}")
            assert (cell["y"], cell["text-anchor"]) == (keys[j]["y"], "end")
        assert box(bars[j])[0] == box(axis)[0]
        assert box(axis)[1] <= box(bars[j])[1] <= box(bars[j])[3] <= box(axis)[3]
    for above, below in itertools.pairwise(bars):
        assert box(above)[3] < box(below)[1]
    entropy = box(part(shapes, "entropy"))
    assert entropy[1] > box(axis)[3]
    # the map: a grid whose rows and columns have the words
    corner = text(shapes, "query")
    slanting = [s for s in words if "transform" in s]
    rows = words[words.index(slanting[-1]) + 1 :]
    assert [s["says"] for s in slanting] == [clipped(word) for word in seen]
    assert [s["says"] for s in rows] == [clipped(word) for word in asking]
    left, top, right, bottom = box(part(shapes, "cell 0 0"))
    wide, high = right - left, bottom - top
    for i, j in np.ndindex(len(asking), len(seen)):
        cell = part(shapes, f"cell {i} {j}")
        begin = left + j * wide, top + i * high
        expected = (*begin, begin[0] + wide, begin[1] + high)
        assert box(cell) == pytest.approx(expected, abs=0.06 * (j + 2))
        assert_level(rows[i], cell)
        assert box(rows[i])[2] < left
    for j, word in enumerate(slanting):
        x, y = float(word["x"]), float(word["y"])
        assert left + j * wide < x < left + (j + 1) * wide
        assert top - 12 < y < top
        assert word["transform"] == f"rotate(-45 {word['x']} {word['y']})"
        assert y - 7 * len(word["says"]) * 0.71 > entropy[3]
        assert x + 8 * len(word["says"]) * 0.71 < 480
    assert box(corner)[3] < top < box(corner)[3] + 12
    focus, cell = box(part(shapes, "focus")), part(shapes, f"cell {query} 0")
    assert (focus[1], focus[3]) == pytest.approx((box(cell)[1], box(cell)[3]))
    assert focus[0] < box(rows[query])[0]
    end = box(part(shapes, f"cell {query} {len(seen) - 1}"))[2]
    assert focus[2] == pytest.approx(end, abs=4)


def test_large_products_overflow_nowhere():
    vectors = [[100.0, 0.0], [0.0, 2.0]]  # products 10,000 and 4
    figure = attention_weights(["a", "b"], vectors, vectors)
    for query in range(2):
        frame = figure.frame(query, 0.1, False, False)
        assert frame.changes[f"weight {query}", "text"] == "1.000"


def test_numbers_words_and_shades():
    assert [fixed(v) for v in (0.125, -0.125, -0.004, 0)] == [
        *("0.13", "−0.13", "0.00", "0.00")
    ]
    assert [clipped(w) for w in ("disappoint", " a", "\n")] == ["disappoi…", "␣a", "↵"]
    assert clipped("attention") == "attention"
    assert (shade(0.0), shade(1.0)) == ("rgb(255, 255, 255)", "rgb(27, 75, 153)")
    assert shade(0.25) == "rgb(198, 210, 230)"
    assert bits(np.full(8, 1 / 8)) == pytest.approx(3)
    assert str(bits(np.array([1.0, 0.0]))) == "0.0"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tokens": ["a"]}, "tokens must be 2 to 12 words, got 1"),
        ({"tokens": ["a"] * (LONGEST + 1)}, "got 13"),
        ({"key_tokens": ["a"]}, "key_tokens must be 2 to 12 words, got 1"),
        ({"queries": Q[0, :3]}, r"queries must have shape \(6, d\) .* got \(3, 5\)"),
        ({"keys": K[0, 0]}, r"keys must have shape \(6, d\) .* got \(5,\)"),
        ({"keys": K[:1]}, r"as many heads .* \(2, 6, 5\) and \(1, 6, 5\)"),
        ({"keys": K[..., :4]}, r"the same d, got \(2, 6, 5\) and \(2, 6, 4\)"),
        ({"keys": K[..., :0], "queries": Q[..., :0]}, r"got \(2, 6, 0\)"),
        ({"queries": Q * np.inf}, "queries and keys must be finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(change, says):
    arguments = {"tokens": WORDS, "queries": Q, "keys": K} | change
    with pytest.raises(ValueError, match=f"attention_weights: .*{says}"):
        attention_weights(**arguments)


def test_float32_arrays_pass(figure):
    single = attention_weights(WORDS, Q.astype(np.float32), K.astype(np.float32))
    np.testing.assert_allclose(
        single.given["products"], figure.given["products"], atol=2e-4
    )


def test_a_figure_is_light_enough_for_a_page():
    q, k = RNG.normal(size=(2, 8, LONGEST, 64))
    wide = attention_weights(["wonderful"] * LONGEST, q, k)
    assert len(wide._repr_html_().encode()) < 60_000
