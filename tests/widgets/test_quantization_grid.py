"""The grid that the reader lays over numbers: torch quantizes them again."""

import itertools
import re

import numpy as np
import pytest
import torch

from dlbook.plots.palette import contrast
from dlbook.widgets import quantization_grid
from dlbook.widgets.quantization_grid import BITS, STEPS, _fixed
from tests.widgets.sheet import assert_legible, box, drawn, part, text

RNG = np.random.default_rng(0)
NUMBERS = np.round(np.append(RNG.normal(0, 0.3, 60), [1.0, -0.8]), 4)
CENTER = 264.0  # the places of 0, and of one unit, on the sheet
UNIT = 200 / 1.35


@pytest.fixture(scope="module")
def figure():
    return quantization_grid(NUMBERS)


def torch_grid(bits, kind, low, high):
    """Return scale, zero point and ends of the integers that torch's observer finds."""
    narrow = kind == "symmetric"
    q_min, q_max = -(2 ** (bits - 1)) + narrow, 2 ** (bits - 1) - 1
    ends = np.float32(low), np.float32(high)
    if narrow:
        return np.float32(max(-ends[0], ends[1])) / np.float32(q_max), 0, q_min, q_max
    scale = (ends[1] - ends[0]) / np.float32(q_max - q_min)
    return scale, int(q_min - np.rint(ends[0] / scale)), q_min, q_max


def told(text):
    return [float(n) for n in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


SETTINGS = list(
    itertools.product(
        (2, 3, 8), ("affine", "symmetric"), (-1.0, -0.35), (0.2, 1.0), (-0.85, 0.3)
    )
)


@pytest.mark.parametrize(("bits", "kind", "low", "high", "x"), SETTINGS)
def test_a_frame_shows_what_torch_rounds_to(figure, bits, kind, low, high, x):
    frame = figure.frame(bits, kind, low, high, x)
    scale, zero_point, q_min, q_max = torch_grid(bits, kind, low, high)
    data = torch.tensor(np.append(NUMBERS, x).astype(np.float32))
    grid = (float(scale), zero_point, q_min, q_max)
    rounded = torch.fake_quantize_per_tensor_affine(data, *grid).double().numpy()
    error = rounded[:-1] - data.numpy()[:-1]
    wide = torch.fake_quantize_per_tensor_affine(
        data, float(scale), zero_point, -(10**6), 10**6
    ).numpy()
    outside = np.abs(wide - rounded) > scale / 2
    shares = [
        np.sqrt(np.sum(error[part] ** 2) / len(error))
        for part in (~outside[:-1], outside[:-1], slice(None))
    ]
    texts = {
        part: says for (part, what), says in frame.changes.items() if what == "text"
    }
    assert told(texts["grid"])[0] == pytest.approx(scale, abs=6e-4)
    assert texts["grid"].endswith(f", z = {zero_point}".replace("-", "−"))
    assert texts["range"] == f"q from −{-q_min} to {q_max}"
    found = [told(texts[part])[0] for part in ("rounding", "clipping", "both")]
    np.testing.assert_allclose(found, shares, rtol=0, atol=6e-4)
    np.testing.assert_allclose(told(texts["told"])[-1], rounded[-1], rtol=0, atol=6e-4)
    assert texts["why"].startswith("cut off" if outside[-1] else "rounded")
    assert told(texts["why"])[0] == pytest.approx(rounded[-1] - x, abs=6e-4)
    assert f"Of {len(error)} numbers {outside[:-1].sum()} " in frame.sentence
    assert f"{q_max - q_min + 1} levels" in frame.sentence
    assert float(frame.changes["probe", "cx"]) == pytest.approx(
        CENTER + UNIT * x, abs=0.051
    )


def test_levels_and_stairs_lie_where_the_numbers_do(figure):
    frame = figure.frame(2, "affine", -1.0, 0.5, 0.0)  # s = 0.5, z = 0
    levels = [float(x) for x in re.findall(r"M(\d+) ", frame.changes["levels", "d"])]
    expected = CENTER + UNIT * np.array([-1.0, -0.5, 0.0, 0.5])
    np.testing.assert_allclose(levels, expected, atol=0.51)
    path = frame.changes["stairs", "d"]
    turns = [float(x) for x in re.findall(r"H(\d+)", path)]
    edges = CENTER + UNIT * np.array([-0.75, -0.25, 0.25, 1.35])
    np.testing.assert_allclose(turns, edges, atol=0.51)
    heights = [float(y) for y in re.findall(r"(?: |V)(\d+)", path)]
    middle, up = 182.0, 110 / 1.35
    np.testing.assert_allclose(
        heights, middle - up * np.array([-1.0, -0.5, 0.0, 0.5]), atol=0.51
    )
    left, right = 64.0, 464.0
    low, high = (float(frame.changes[part, "width"]) for part in ("low", "high"))
    assert left + low == pytest.approx(CENTER - 1.25 * UNIT, abs=0.051)
    assert right - high == pytest.approx(CENTER + 0.75 * UNIT, abs=0.051)


@pytest.mark.parametrize("low", [-0.85, -0.3, -0.0])
def test_stairs_and_grounds_follow_the_zero_point(figure, low):
    frame = figure.frame(3, "affine", low, 0.5, 0.45)
    scale, z, q_min, q_max = torch_grid(3, "affine", low, 0.5)
    steps = float(scale) * (np.arange(q_min, q_max + 1) - z)
    path, (middle, up) = frame.changes["stairs", "d"], (182.0, 110 / 1.35)
    heights = [float(y) for y in re.findall(r"(?: |V)(-?\d+)", path)]
    np.testing.assert_allclose(heights, middle - up * steps, atol=0.51)
    turns = [float(x) for x in re.findall(r"H(\d+)", path)]
    edges = [*(steps[1:] - scale / 2), 1.35]
    np.testing.assert_allclose(turns, CENTER + UNIT * np.array(edges), atol=0.51)
    ends = CENTER + UNIT * (steps[[0, -1]] + scale * np.array([-0.5, 0.5]))
    shapes = drawn(figure.scene, frame.changes)
    near = pytest.approx(ends[0], abs=0.051)
    assert box(part(shapes, "low")) == (64, 72, near, 292)
    near = pytest.approx(ends[1], abs=0.051)
    assert box(part(shapes, "high")) == (near, 72, pytest.approx(464, abs=0.11), 292)
    back = steps[np.abs(steps - 0.45).argmin()]
    dot = part(shapes, "probe")
    assert float(dot["cx"]) == pytest.approx(CENTER + UNIT * 0.45, abs=0.051)
    assert float(dot["cy"]) == pytest.approx(middle - up * back, abs=0.051)
    (off,) = re.findall(r"M(\d+) (\d+)V(\d+)", frame.changes["off", "d"])
    places = [CENTER + UNIT * 0.45, middle - up * 0.45, middle - up * back]
    np.testing.assert_allclose([float(n) for n in off], places, atol=0.51)


def test_a_wide_grid_leaves_no_colored_ground(figure):
    changes = figure.frame(2, "symmetric", -1.0, 1.0, 1.0).changes
    assert (changes["low", "width"], changes["high", "width"]) == ("0", "0")
    assert changes["high", "x"] == "464"


def test_the_last_levels_are_still_rounded_to(figure):
    for x in (-1.0, 0.5):
        why = figure.frame(2, "affine", -1.0, 0.5, x).changes["why", "text"]
        assert why == "rounded, error 0.000"


@pytest.mark.parametrize("numbers", [[-4.0, 0.5, 2.0], [4.0, -0.5]])
def test_every_scale_follows_the_largest_number(numbers):
    figure = quantization_grid(numbers)
    lows, highs, probes = (slider.values for slider in figure.sliders[2:])
    np.testing.assert_allclose(highs, np.arange(STEPS + 1) / 5, atol=1e-4)
    np.testing.assert_allclose(lows, -np.array(highs)[::-1])
    assert (probes[0], probes[-1]) == (-4, 4)
    assert figure.given["reach"] == pytest.approx(1.35 * 4)
    frame = figure.frame(2, "symmetric", -4.0, 4.0, 2.6)
    xs = [float(x) for x in re.findall(r"M(\d+) ", frame.changes["levels", "d"])]
    expected = 264 + 200 / 1.35 * np.array([-1, 0, 1])
    np.testing.assert_allclose(xs, expected, atol=0.51)
    path = frame.changes["stairs", "d"]
    assert path.startswith("M64 ")
    assert path.endswith("H464")
    strokes = [s["d"] for s in drawn(figure.scene) if s.get("stroke-opacity")]
    places = [float(x) for x in re.findall(r"M(\d+) 350v18", strokes[0])]
    data = 264 + 200 / 1.35 * np.array(numbers) / 4
    np.testing.assert_allclose(places, data, atol=0.51)


def test_the_sheet_names_its_rows(figure):
    frame = figure.frame(8, "affine", -1.0, 1.0, 0.35)
    assert_legible(figure.scene, frame.changes)
    shapes = drawn(figure.scene, frame.changes)
    for says, top in (("data", 350), ("grid", 384)):
        _left, above, right, below = box(text(shapes, says))
        assert top - 2 < above < below < top + 20
        assert right < 64
    errors = box(text(shapes, "root mean square error of the data:"))
    assert errors[3] < box(part(shapes, "rounding"))[1]
    marks = [
        n for _, *n in re.findall(r"M(\d+) (\d+)v(\d+)", part(shapes, "levels")["d"])
    ]
    assert marks == [["384", "18"]] * 256
    assert figure.given["levels"] == [384, 18]  # the script draws the same
    assert figure.given["box"] == [64, 464]
    (diagonal,) = (s for s in shapes if "stroke-dasharray" in s)
    assert diagonal["d"] == "M64 292L464 72"  # where nothing is rounded


def test_one_number_is_cut_off_in_words(figure):
    assert "is cut off" in figure.frame(8, "affine", -1.0, 0.9, 0.0).sentence
    assert "are cut off" in figure.frame(8, "affine", -1.0, 0.5, 0.0).sentence


def test_a_grid_for_nothing_still_has_a_scale(figure):
    frame = figure.frame(2, "affine", -0.0, 0.0, 0.5)
    assert "2 bits, affine: 4 levels, 0.000 apart" in frame.sentence


def test_presets_name_what_they_set(figure):
    def values(name):
        return [
            None if p is None else s.values[p]
            for s, p in zip(figure.sliders, figure.presets[name], strict=True)
        ]

    assert values("8 bits") == [8, "affine", -1.0, 1.0, None]
    assert values("2 bits") == [2, "affine", -1.0, 1.0, None]
    assert values("2 bits, half the range") == [2, "affine", -0.5, 0.5, None]
    assert values("4 bits, a third") == [4, "affine", -0.3, 0.3, None]
    assert values("positive, symmetric") == [3, "symmetric", 0.0, 1.0, None]
    assert values("positive, affine") == [3, "affine", 0.0, 1.0, None]


def test_half_the_range_is_better_with_two_bits_and_worse_with_eight(figure):
    def together(bits, end):
        text = figure.frame(bits, "affine", -end, end, 0.0).changes["both", "text"]
        return told(text)[0]

    assert together(2, 0.5) < together(2, 1.0)
    assert together(8, 0.5) > together(8, 1.0)


def test_the_sliders_reach_the_largest_number(figure):
    bits, kinds, lows, highs, probes = (slider.values for slider in figure.sliders)
    assert bits == BITS
    assert kinds == ("affine", "symmetric")
    assert (lows[0], lows[-1], highs[0], highs[-1]) == (-1.0, 0.0, 0.0, 1.0)
    assert len(lows) == len(highs) == STEPS + 1
    assert probes == sorted(set(probes))
    assert (probes[0], probes[-1], len(probes)) == (-1.0, 1.0, 2 * STEPS + 1)
    assert figure.sliders[2].labels[0] == "−1"
    assert figure.sliders[2].labels[-1] == "0"


def test_ties_and_zero_are_written_as_the_script_does():
    assert [_fixed(v) for v in (0.0625, -0.0625, -1e-5, 0.0)] == [
        "0.063", "−0.062", "0.000", "0.000",
    ]  # fmt: skip


def test_every_text_can_be_read(figure):
    fills = re.findall(r'<text[^>]*fill="(#\w+)"', figure._repr_html_())
    assert fills
    assert min(contrast(fill) for fill in fills) >= 4.5


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ([], r"shape \(n,\), n from 1 to 400, got \(0,\)"),
        (np.ones(401), r"got \(401,\)"),
        (np.ones((2, 2)), r"got \(2, 2\)"),
        ([1.0, np.nan], "must be finite, and not all 0"),
        ([0.0, 0.00001], "must be finite, and not all 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(numbers, says):
    with pytest.raises(ValueError, match=f"quantization_grid: .*{says}"):
        quantization_grid(numbers)


def test_a_figure_is_light_enough_for_a_page(figure):
    assert len(figure._repr_html_().encode()) < 40_000
