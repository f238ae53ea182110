"""The pruning figure: what is blank, what is counted, and how long the bars are."""

import itertools
import re

import numpy as np
import pytest

from dlbook.plots.palette import contrast
from dlbook.widgets import pruning_slider
from dlbook.widgets.pruning_slider import shade
from tests.widgets.sheet import assert_legible, assert_level, box, drawn, part, text

KEPT = (1.0, 0.5, 0.1)


def arguments():
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((6, 9))
    masks = {
        "the smallest": np.stack(
            [np.abs(weight) >= np.quantile(np.abs(weight), 1 - k) for k in KEPT]
        ),
        "any": np.stack([rng.random((6, 9)) < k for k in KEPT]),
    }
    masks["any"][1, :, 4] = False  # a pixel without weights, ...
    masks["any"][1, 2] = False  # ... and a unit
    before = {"the smallest": [0.95, 0.8, 0.123], "any": [0.95, 0.4, 0.1]}
    after = {"the smallest": [0.96, 0.94, 0.9], "any": [0.96, 0.9, 0.5]}
    return weight, KEPT, masks, before, after


@pytest.fixture(scope="module")
def figure():
    return pruning_slider(*arguments(), total=100)


@pytest.mark.parametrize("rule", ["the smallest", "any"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_frame_shows_what_is_kept(figure, rule, place):
    _, _, masks, before, after = arguments()
    frame = figure.frames[3 * list(masks).index(rule) + place]
    digits = [int(d) for d in frame.changes["weight", "shown"]]
    assert (np.reshape(digits, (6, 9)) == masks[rule][place]).all()
    bars = [frame.changes[f"bar {part}", "width"] for part in ("before", "after")]
    shares = [before[rule][place], after[rule][place]]
    np.testing.assert_allclose(bars, 190 * np.array(shares))
    assert frame.changes["before", "text"] == f"{shares[0]:.1%}"
    assert frame.changes["after", "text"] == f"{shares[1]:.1%}"
    said = re.search(
        r"^([\d.]+)% of 100 weights are kept, (.+) go\. In this layer (\d+) of 54 are "
        r"left; (\d+) of 9 pixels .* and (\d+) of 6 units\. .*: ([\d.]+)% at once, "
        r"([\d.]+)% after",
        frame.sentence,
    )
    left = masks[rule][place]
    assert said[2] == rule
    assert [float(said[i]) for i in (1, 3, 4, 5)] == [
        100 * KEPT[place],
        sum(map(sum, left.tolist())),
        sum(not any(column) for column in left.T.tolist()),
        sum(not any(row) for row in left.tolist()),
    ]
    assert [float(said[6]), float(said[7])] == [
        pytest.approx(100 * share) for share in shares
    ]


def test_every_weight_has_its_place_and_color(figure):
    weight = arguments()[0]
    cells = [e for e in figure.scene.elements if e[1] == "weight"]
    assert len(cells) == weight.size
    for (_, _, written, _), value in zip(cells, weight.reshape(-1), strict=True):
        assert written["fill"] == shade(value / np.abs(weight).max())
    places = {(c[2]["x"], c[2]["y"]) for c in cells}
    assert len(places) == weight.size
    first, below = cells[0][2], cells[3][2]  # a row of the image has three pixels
    assert first["x"] == below["x"]
    assert float(below["y"]) > float(first["y"])


def test_colors_tell_signs_apart_and_are_never_blank():
    assert shade(1.0) == "#1b4b99"
    assert shade(-1.0) == "#e0700f"
    assert shade(5.0) == shade(1.0)
    for value in (-0.5, 0.5):
        red, _, blue = bytes.fromhex(shade(value)[1:])
        assert (blue > red) == (value > 0)
    for small in (0.0, -1e-9):
        assert contrast(shade(small)) > 1.1
    assert contrast(shade(0.2)) < contrast(shade(0.6)) < contrast(shade(1.0))


@pytest.mark.parametrize("units", [6, 25])
def test_each_unit_is_an_image_of_its_own(units):
    weight, masks = np.ones((units, 9)), np.ones((3, units, 9), bool).tolist()
    shares = {name: [1, 1, 1] for name in ("a", "b")}
    figure = pruning_slider(weight, KEPT, dict.fromkeys(shares, masks), shares, shares)
    shapes = drawn(figure.scene, figure.frames[0].changes)
    frames = [box(s) for s in shapes if s.get("fill") == "none"]
    cells = [box(s) for s in shapes if s.get("data-part") == "weight"]
    assert (len(frames), len(cells)) == (units, 9 * units)
    for n, (left, top, right, bottom) in enumerate(frames):
        near = pytest.approx
        assert right - left == near(bottom - top)
        for pixel, cell in enumerate(cells[9 * n : 9 * n + 9]):
            row, column = divmod(pixel, 3)
            side = (right - left) / 3
            begin = left + column * side, top + row * side
            assert cell == near((*begin, begin[0] + side, begin[1] + side), abs=0.11)
    for (a, b, c, d), (e, f, g, h) in itertools.pairwise(frames):
        assert c < e or (d < f and g < a), "from left to right, then a row below"
        assert (d - b, c - a) == pytest.approx((h - f, g - e), abs=0.11)
    assert 70 < frames[0][2] - frames[0][0] < 448 / 5  # five across the sheet
    assert_legible(figure.scene, figure.frames[0].changes)
    bars = [part(shapes, f"bar {name}") for name in ("before", "after")]
    assert frames[-1][3] < box(bars[0])[1] < box(bars[0])[3] < box(bars[1])[1]


def test_each_bar_has_its_name_and_its_number(figure):
    shapes = drawn(figure.scene, figure.frames[2].changes)
    for name, says in (("before", "right at once"), ("after", "after retraining")):
        bar = part(shapes, f"bar {name}")
        assert_level(text(shapes, says), bar)
        assert_level(part(shapes, name), bar)
        left, top, _, bottom = box(bar)
        (ground,) = (
            s for s in shapes if "data-part" not in s and box(s)[:2] == (left, top)
        )
        assert box(ground) == (left, top, left + 190, bottom)
        assert box(text(shapes, says))[2] < left
        assert left + 190 < box(part(shapes, name))[0]


def test_masks_may_be_lists_and_the_shares_can_be_played():
    weight, kept, masks, before, after = arguments()
    lists = {name: mask.tolist() for name, mask in masks.items()}
    figure = pruning_slider(weight, kept, lists, before, after)
    assert figure.frames == pruning_slider(weight, kept, masks, before, after).frames
    assert [slider.steps for slider in figure.sliders] == [False, True]


def test_weights_of_zero_can_be_drawn():
    weight, kept, masks, before, after = arguments()
    pruning_slider(0 * weight, kept, masks, before, after)


def test_without_a_total_the_weights_of_the_layer_are_counted():
    frame = pruning_slider(*arguments()).frames[0]
    assert frame.sentence.startswith("100% of 54 weights")


def test_a_figure_is_light_enough_for_a_page():
    rng = np.random.default_rng(0)
    masks = {name: rng.random((10, 20, 64)) < 0.5 for name in ("a", "b")}
    figure = pruning_slider(
        rng.standard_normal((20, 64)),
        np.linspace(0, 1, 10),
        masks,
        {name: rng.random(10) for name in masks},
        {name: rng.random(10) for name in masks},
    )
    assert len(figure._repr_html_().encode()) < 250_000


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (0, np.ones((6, 8)), "weight must have"),
        (0, np.ones(9), "weight must have"),
        (0, np.ones((26, 9)), "weight must have"),
        (1, (1.0, 0.5, 2.0), "kept must hold 3"),
        (2, {"any": np.ones((3, 6, 9))}, "masks, before and after must"),
        (
            2,
            {"the smallest": np.ones((3, 6, 9)), "any": np.ones((2, 6, 9))},
            r"masks\['any'\] has shape \(2, 6, 9\)",
        ),
        (
            3,
            {"the smallest": [0, 0, 0], "other": [0, 0, 0]},
            "masks, before and after must",
        ),
        (3, {"the smallest": [0, 0, 0], "any": [0, 0]}, r"before\['any'\] must hold 3"),
        (4, {"the smallest": [0, 0, np.nan], "any": [0, 0, 0]}, r"after\['the small"),
    ],
)
def test_what_does_not_fit_is_refused(place, value, named):
    given = list(arguments())
    given[place] = value
    with pytest.raises(ValueError, match=f"pruning_slider: {named}"):
        pruning_slider(*given)
