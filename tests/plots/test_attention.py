"""Maps of attention: every weight has its cell, its shade and its number."""

import matplotlib.colors as colors
import numpy as np
import pytest

from dlbook import plots
from dlbook.autograd import Tensor
from dlbook.plots.browser_text import BrowserText
from dlbook.plots.palette import BLUE, GROUND, contrast
from dlbook.plots.style import WIDTH

WORDS = ["The", "cat", "sat", "down"]
WEIGHTS = np.array(
    [
        [1.0, 0.0, 0.0, 0.0],
        [0.25, 0.75, 0.0, 0.0],
        [0.125, 0.5, 0.375, 0.0],
        [0.1, 0.2, 0.3, 0.4],
    ]
)
HEADS = np.random.default_rng(0).dirichlet(np.ones(9), (4, 7))  # (H, L, S)
QUERIES, KEYS = list("abcdefg"), [f"token{n}" for n in range(9)]


def said(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def cells(figure):
    return [
        (*patch.get_xy(), patch.get_width(), colors.to_hex(patch.get_facecolor()))
        for patch in figure.axes[0].patches
    ]


def test_each_weight_has_a_cell_with_its_shade_and_number():
    figure = plots.attention_map(WEIGHTS, WORDS)
    texts = said(figure)
    assert sorted(texts[:8]) == sorted(WORDS * 2)
    assert texts[8:16] == ["1", "0", "0", "0", ".25", ".75", "0", "0"]
    drawn = cells(figure)
    assert len(drawn) == 16
    x0, y0, wide, _ = drawn[0]
    for (x, y, _, color), (i, j) in zip(drawn, np.ndindex(4, 4), strict=True):
        assert (x, y) == pytest.approx((x0 + j * wide, y0 + i * wide))
        share = WEIGHTS[i, j]
        mixed = (1 - share) * np.array(colors.to_rgb(GROUND)) + share * np.array(
            colors.to_rgb(BLUE)
        )
        np.testing.assert_allclose(colors.to_rgb(color), mixed, atol=0.011)


def test_words_stand_beside_their_rows_and_above_their_columns():
    axes = plots.attention_map(WEIGHTS[:2], WORDS[:2], WORDS).axes[0]
    x0, y0, wide, _ = cells(axes.figure)[0]
    turned = [t for t in axes.texts if t.get_rotation() == 90]
    assert [t.get_text() for t in turned] == WORDS
    for j, text in enumerate(turned):
        assert text.get_position()[0] == pytest.approx(x0 + (j + 0.5) * wide)
        assert text.get_position()[1] < y0
    rows = [t for t in axes.texts if t.get_ha() == "right"]
    assert [t.get_text() for t in rows] == WORDS[:2]
    for i, text in enumerate(rows):
        assert text.get_position()[0] < x0
        assert text.get_position()[1] == pytest.approx(y0 + (i + 0.5) * wide)


def test_heads_make_a_grid_inside_the_figure():
    figure = plots.attention_map(HEADS, QUERIES, KEYS)
    titles = [t.get_text() for t in figure.axes[0].texts if "head" in t.get_text()]
    assert titles == ["head 1", "head 2", "head 3", "head 4"]
    drawn = cells(figure)
    assert len(drawn) == 4 * 7 * 9
    starts = [drawn[63 * n][:2] for n in range(4)]
    assert starts[0][1] == starts[1][1] < starts[2][1]
    assert starts[0][0] == starts[2][0] < starts[1][0]
    assert max(x + wide for x, _, wide, _ in drawn) <= WIDTH
    assert max(y + wide for _, y, wide, _ in drawn) <= figure.axes[0].get_ylim()[0]
    assert not any("." in text for text in said(figure))  # no room for numbers
    one = plots.attention_map(HEADS, QUERIES, KEYS, columns=1)
    assert len({x for x, _, _, _ in cells(one)[::9]}) == 1


def test_named_maps_numbers_and_scale():
    figure = plots.attention_map({"before": WEIGHTS, "after": WEIGHTS}, WORDS)
    assert {"before", "after"} < set(said(figure))
    bare = plots.attention_map(WEIGHTS, WORDS, numbers=False)
    assert sorted(said(bare)) == sorted(WORDS * 2)
    full = plots.attention_map(WEIGHTS, WORDS, scale=0.25)
    shades = np.array([color for *_, color in cells(full)]).reshape(4, 4)
    assert (shades == BLUE).tolist() == (WEIGHTS >= 0.25).tolist()
    few = plots.attention_map(HEADS, QUERIES, KEYS, numbers=True)
    assert sum(text.startswith(".") for text in said(few)) == HEADS.size


def test_every_number_can_be_read_on_its_shade():
    weights = np.linspace(0, 1, 401).reshape(-1, 1)
    figure = plots.attention_map(weights, [""] * 401, ["k"], numbers=True)
    texts = [t for t in figure.axes[0].texts if t.get_text()[:1] in (".", "0", "1")]
    assert len(texts) == 401
    for text, (*_, color) in zip(texts, cells(figure), strict=True):
        assert contrast(colors.to_hex(text.get_color()), color) >= 4.5


def test_characters_without_glyphs_are_left_to_the_browser():
    figure = plots.attention_map(WEIGHTS[:2, :3], ["三", "a b"], ["四千", "万", "\n"])
    left = [a for a in figure.axes[0].artists if isinstance(a, BrowserText)]
    assert sorted(a.text for a in left) == sorted("三四千万")
    above = {a.text: (a.x, a.y) for a in left}
    assert above["四"][0] == above["千"][0]
    assert above["四"][1] < above["千"][1]  # read downward
    assert {"a␣b", "↵"} < set(said(figure))
    svg = figure.to_svg()
    assert all(f">{character}</text>" in svg for character in "三四千万")


def test_single_characters_are_not_turned():
    axes = plots.attention_map(HEADS[0, :, :7], QUERIES).axes[0]
    assert not any(text.get_rotation() for text in axes.texts)


def test_a_tensor_a_title_and_the_same_picture_each_time():
    figure = plots.attention_map(Tensor(WEIGHTS), WORDS, title="Who looks where")
    assert figure.axes[0].get_title("left") == "Who looks where"
    assert figure.to_svg() == figure.to_svg()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weights": WEIGHTS[:3]}, r"weights have shape \(3, 4\), expected \(4, 4\)"),
        ({"weights": {"a": WEIGHTS.T[:3]}}, "weights of 'a' have shape"),
        ({"weights": WEIGHTS[0]}, r"weights have shape \(4,\)"),
        ({"weights": HEADS}, "weights of 'head 1' have shape"),
        ({"weights": -WEIGHTS}, "must be at least 0, got -1"),
        ({"weights": WEIGHTS * np.nan}, "must be at least 0, got nan"),
        ({"weights": {}}, "weights is empty"),
        ({"scale": 0.0}, "scale must be positive, got 0"),
        ({"columns": 0}, "columns must be at least 1, got 0"),
    ],
)
def test_what_is_no_map_is_refused(change, says):
    arguments = {"weights": WEIGHTS, "queries": WORDS} | change
    with pytest.raises(ValueError, match=says):
        plots.attention_map(**arguments)


def test_too_many_keys_for_the_width_are_refused():
    with pytest.raises(ValueError, match="60 keys in 1 columns do not fit"):
        plots.attention_map(np.ones((2, 60)) / 60, ["a", "b"], ["k"] * 60)
