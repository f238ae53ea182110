"""The arithmetic of a convolution, against torch's own."""

import itertools
import re

import pytest
import torch

from dlbook.widgets.convolution_arithmetic import (
    DILATIONS,
    INPUTS,
    KERNELS,
    PADDINGS,
    STRIDES,
    convolution_arithmetic,
    outputs_of,
    unread_cells,
)

SETTINGS = list(itertools.product(INPUTS, KERNELS, STRIDES, PADDINGS, DILATIONS))


def convolve(x, k, s, p, d):
    weight = torch.ones(1, 1, k, dtype=x.dtype)
    return torch.nn.functional.conv1d(x, weight, stride=s, padding=p, dilation=d)


def refused(n, k, p, d):
    return n + 2 * p < d * (k - 1) + 1


def test_sizes_and_unread_cells_are_those_of_torch():
    for n, k, s, p, d in SETTINGS:
        x = torch.zeros(1, 1, n, requires_grad=True)
        if refused(n, k, p, d):
            with pytest.raises(RuntimeError, match="Kernel size"):
                convolve(x, k, s, p, d)
            assert outputs_of(n, k, s, p, d) == 0
            assert unread_cells(n, k, s, p, d) == list(range(n))
            continue
        y = convolve(x, k, s, p, d)
        assert outputs_of(n, k, s, p, d) == y.shape[-1]
        y.sum().backward()
        unread = torch.nonzero(x.grad[0, 0] == 0).flatten().tolist()
        assert unread_cells(n, k, s, p, d) == unread


@pytest.fixture(scope="module")
def figure():
    return convolution_arithmetic()


def cells(text):
    """Return the numbers of a list such as "cells 1, 3 and 5"."""
    return [int(n) for n in re.findall(r"\d+", text)]


@pytest.mark.parametrize("setting", SETTINGS[::37])
def test_a_frame_shows_what_one_output_reads(figure, setting):
    n, k, s, p, d = setting
    outputs = outputs_of(*setting)
    for at in range(outputs):
        frame = figure.frame(*setting, at)
        x = torch.zeros(1, 1, n, requires_grad=True)
        convolve(x, k, s, p, d)[0, 0, at].backward()
        read = torch.nonzero(x.grad[0, 0]).flatten().tolist()
        told = re.search(r"Output (\d+) reads ([^.]*)\.", frame.sentence)
        assert int(told[1]) == at
        parts = dict.fromkeys(("cell", "zero"), "")
        for part in re.split(r" and (?=\d+ zero)", told[2]):
            parts["zero" if "zero" in part else "cell"] = part
        assert cells(parts["cell"]) == read
        assert sum(cells(parts["zero"])) == k - len(read)
        names = [f"cell text {i}" for i in range(n + 2 * p)]
        shown = [frame.changes[name, "text"] for name in names]
        assert shown == [""] * p + [str(i) for i in range(n)] + [""] * p
        assert frame.changes["lines", "d"].count("M") == k
        assert frame.changes["marks", "d"].count("M") == k + 1
        taps = [float(frame.changes[f"tap {j}", "x"]) for j in range(k)]
        assert [(x - 16) / 28 - p for x in taps] == [
            at * s - p + j * d for j in range(k)
        ]


@pytest.mark.parametrize("setting", SETTINGS[::29])
def test_a_frame_puts_the_numbers_into_the_formula(figure, setting):
    frame = figure.frame(*setting, 0)
    n, k, s, p, d = setting
    put_in = frame.changes["numbers", "text"]
    assert put_in == f"= ⌊({n} + 2·{p} − {d}·({k} − 1) − 1) / {s}⌋ + 1"
    if refused(n, k, p, d):
        assert "no output" in frame.sentence
        assert frame.changes["result", "text"].startswith("no output")
        assert frame.changes["marks", "d"] == ""
        return
    python = put_in.removeprefix("= ").replace("−", "-").replace("·", "*")
    python = python.replace("⌊", "(").replace("⌋", ")").replace("/", "//")
    result = eval(python)
    assert frame.changes["result", "text"].endswith(f" = {result}")
    shown = [frame.changes[f"output {i}", "shown"] for i in range(16)]
    assert "".join(shown) == "1" * result + "0" * (16 - result)
    unread = unread_cells(*setting)
    crossed = frame.changes["crosses", "d"].count("l22")
    assert crossed == len(unread)
    ending = frame.sentence.split(". ")[-1]
    assert cells(ending) == unread


def test_past_the_last_output_the_last_one_is_shown(figure):
    assert figure.frame(7, 3, 2, 1, 1, 3) == figure.frame(7, 3, 2, 1, 1, 15)
    assert figure.frame(7, 3, 2, 1, 1, 2) != figure.frame(7, 3, 2, 1, 1, 3)


def test_every_frame_fits_the_scene(figure):
    for setting in SETTINGS:
        figure._check(figure.frame(*setting, 3))
    assert max(outputs_of(*setting) for setting in SETTINGS) == 16


def test_a_figure_is_light_enough_for_a_page():
    assert len(convolution_arithmetic()._repr_html_().encode()) < 50_000
