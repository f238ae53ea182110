"""Soft targets at a temperature: torch computes shares and gradients again."""

import base64
import re
import struct

import numpy as np
import pytest
import torch

from dlbook.plots.palette import BLUE, ORANGE
from dlbook.widgets import soft_targets
from dlbook.widgets.soft_targets import TEMPERATURES, digits_of
from tests.widgets.sheet import (
    assert_legible,
    assert_level,
    assert_names,
    box,
    drawn,
    part,
    text,
)

RNG = np.random.default_rng(0)
PICTURES = RNG.random((3, 5, 6))
TEACHER, STUDENT = 4 * RNG.standard_normal((2, 3, 10))
LABELS = [8, 2, 2]


@pytest.fixture(scope="module")
def figure():
    return soft_targets(PICTURES, LABELS, TEACHER, STUDENT)


def frame_of(figure, which, tau):
    return figure.frames[which * len(TEMPERATURES) + TEMPERATURES.index(tau)]


@pytest.mark.parametrize("tau", TEMPERATURES)
@pytest.mark.parametrize("which", range(3))
def test_a_frame_has_the_shares_and_the_gradient_of_torch(figure, which, tau):
    frame = frame_of(figure, which, tau)
    q = torch.softmax(torch.tensor(TEACHER[which]) / tau, 0)
    z = torch.tensor(STUDENT[which], requires_grad=True)
    p = torch.softmax(z / tau, 0)
    torch.nn.functional.cross_entropy(z / tau, q).backward()
    for digit in range(10):
        bar = float(frame.changes[f"bar {digit}", "width"])
        assert bar == pytest.approx(150 * float(q[digit]), abs=0.051)
        mark = float(frame.changes[f"mark {digit}", "x"])
        assert mark == pytest.approx(256.5 + 150 * p[digit].item(), abs=0.051)
        said = frame.changes[f"share {digit}", "text"]
        assert said == (f"{q[digit]:.1%}" if q[digit] >= 0.0005 else "<0.1%")
    length = float(z.grad.norm())
    told = re.search(r"gradient ([\d.]+), times τ² ([\d.]+)\.$", frame.sentence)
    assert float(told[1]) == pytest.approx(length, rel=0.051)
    assert float(told[2]) == pytest.approx(tau**2 * length, rel=0.051)
    assert frame.changes["length", "text"] == f"length {told[1]}"
    assert frame.changes["scaled", "text"] == f"times τ² {told[2]}"


def test_the_sentence_names_the_three_most_likely_classes(figure):
    order = np.argsort(-TEACHER[0])
    q = np.exp(TEACHER[0] / 4 - TEACHER[0].max() / 4)
    q /= q.sum()
    assert frame_of(figure, 0, 4).sentence.startswith(
        f"An 8 at temperature 4: the teacher says {order[0]} ({q[order[0]]:.1%}), then "
        f"{order[1]} ({q[order[1]]:.1%}) and {order[2]} ({q[order[2]]:.1%}). Length"
    )
    assert frame_of(figure, 1, 0.5).sentence.startswith("A 2 at temperature 0.5: ")


def test_the_picture_is_the_digit_ink_black_and_upright(figure):
    address = frame_of(figure, 1, 1).changes["picture", "href"]
    file = base64.b64decode(address.removeprefix("data:image/bmp;base64,"))
    start = struct.unpack("<I", file[10:14])[0]
    rows = np.frombuffer(file[start:], np.uint8).reshape(5, 8)[::-1, :6]
    blue = np.frombuffer(file[54:start], np.uint8).reshape(256, 4)[:, 0]
    np.testing.assert_allclose(1 - blue[rows] / 255, PICTURES[1], atol=0.5 / 255 + 1e-9)


def test_it_begins_with_the_first_digit_at_temperature_1(figure):
    assert frame_of(figure, 0, 1).sentence in repr(figure)
    assert figure.sliders[0].labels == ["8", "2, number 1", "2, number 2"]
    assert len(figure._repr_html_().encode()) < 60_000


def test_each_row_belongs_to_its_digit(figure):
    shapes = drawn(figure.scene, frame_of(figure, 1, 2).changes)
    (axis,) = (s for s in shapes if s["tag"] == "line")
    tops = []
    for digit in range(10):
        bar = part(shapes, f"bar {digit}")
        assert_level(text(shapes, str(digit)), bar)
        assert_level(part(shapes, f"share {digit}"), bar)
        _left, top, _right, bottom = box(part(shapes, f"mark {digit}"))
        assert top <= box(bar)[1] <= box(bar)[3] <= bottom
        assert box(text(shapes, str(digit)))[2] < box(bar)[0] == box(axis)[0]
        assert box(bar)[0] + 150 <= box(part(shapes, f"share {digit}"))[0]
        tops += [top, bottom]
    assert tops == sorted(tops)
    assert sum(s.get("data-part", "").startswith("bar") for s in shapes) == 10
    assert (box(axis)[1], box(axis)[3]) == (tops[0], pytest.approx(tops[-1], abs=2))


def test_the_sheet_names_what_it_shows(figure):
    assert_legible(figure.scene, frame_of(figure, 1, 0.5).changes)
    shapes = drawn(figure.scene)
    keys = [s for s in shapes if s["tag"] == "rect" and "data-part" not in s]
    for color, says in ((BLUE, "teacher"), (ORANGE, "student")):
        (key,) = (s for s in keys if s["fill"] == color)
        assert_names(text(shapes, says), key)
    assert {s["fill"] for s in shapes if "bar" in s.get("data-part", "")} == {BLUE}
    assert {s["fill"] for s in shapes if "mark" in s.get("data-part", "")} == {ORANGE}
    picture, rows = box(part(shapes, "picture")), box(part(shapes, "bar 0"))
    for says, below in (("the digit", picture), ("what the teacher says", rows)):
        title = box(text(shapes, says))
        assert title[3] <= below[1]
        assert title[0] < below[2]
    heights = [box(text(shapes, "gradient"))[3]]
    heights += [box(part(shapes, name))[3] for name in ("length", "scaled")]
    assert picture[3] < heights[0] < heights[1] < heights[2]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (1e-8, "0"), (0.000653, "0.00065"), (0.5345, "0.53"), (9.96, "10.0"),
     (1.23, "1.2"), (12.3, "12"), (123.4, "123")],
)  # fmt: skip
def test_a_length_has_two_digits(value, said):
    assert digits_of(value) == said


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"pictures": PICTURES[0]}, r"shape \(K, H, W\) with K at least 2, got \(5, 6"),
        ({"pictures": PICTURES[:1]}, r"got \(1, 5, 6\)"),
        ({"pictures": 16 * PICTURES}, r"must lie in \[0, 1\], got"),
        ({"pictures": -PICTURES}, r"must lie in \[0, 1\], got"),
        ({"labels": [8, 2]}, "2 labels for 3 pictures"),
        ({"teacher_logits": TEACHER[:, :9]}, r"teacher_logits must have .* \(3, 9\)"),
        ({"student_logits": STUDENT[0]}, r"student_logits must have .* got \(10,\)"),
        ({"student_logits": STUDENT + np.inf}, "student_logits must be finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, says):
    given = {
        "pictures": PICTURES,
        "labels": LABELS,
        "teacher_logits": TEACHER,
        "student_logits": STUDENT,
    }
    with pytest.raises(ValueError, match=f"soft_targets: .*{says}"):
        soft_targets(**{**given, **changed})
