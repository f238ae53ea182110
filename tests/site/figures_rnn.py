"""What the figures of the part "rnn" should say, computed here."""

import json
import re

import numpy as np
import torch
from sentences import numbers


def texts(figure):
    """Return what each text of the picture says, by the name of its part."""
    return dict(
        figure.locator("text[data-part]").evaluate_all(
            "all => all.map(e => [e.dataset.part, e.textContent])"
        )
    )


def attribute(figure, name):
    """Return an attribute of each rectangle of the picture, by the name of its part."""
    return dict(
        figure.locator("rect[data-part]").evaluate_all(
            "(all, name) => all.map(e => [e.dataset.part, e.getAttribute(name)])", name
        )
    )


def number(said):
    return float(said.replace("−", "-"))


def given(figure):
    """Return what the page gives the script: the numbers that it starts from."""
    return json.loads(figure.locator("script.dlbook-data").text_content())["given"]


def through_time(labels, figure):
    """Run torch's cell with the numbers on the sheet, forward and back."""

    said_by = texts(figure)

    def matrix(name):
        entries = {
            tuple(map(int, part.split()[1:])): number(said)
            for part, said in said_by.items()
            if part.startswith(f"{name} ")
        }
        rows, columns = max(entries)
        return torch.tensor(
            [
                [entries[i, k] for k in range(1, columns + 1)]
                for i in range(1, rows + 1)
            ],
            dtype=torch.float64,
        )

    step, last = map(int, labels[0].split(" of "))
    radius, steps = float(labels[1]), (last - 1) // 2
    w_ih, w_hh, b, v = (matrix(name) for name in ("W_ih", "W_hh", "b", "v"))
    x = matrix("x")
    assert len(x) == steps
    assert abs(torch.linalg.eigvals(w_hh).abs().max() - radius) < 2e-3 * (1 + radius)
    w_hh.requires_grad_()
    states = [torch.zeros(2, dtype=torch.float64, requires_grad=True)]
    for t in range(steps):
        states.append(torch.tanh(w_ih @ x[t] + w_hh @ states[-1] + b[:, 0]))
    score = states[-1] @ v[:, 0]
    grads = torch.autograd.grad(score, states, retain_graph=True)
    back = 2 * steps + 1 - step  # the first state whose gradient is known
    loose = {"rtol": 0.02, "atol": 2e-3 * max(1.0, radius) ** 3}
    for t in range(steps + 1):
        for name, seen, values, near in (
            ("h", t <= step, states[t].detach(), {"rtol": 0, "atol": 0.012}),
            ("grad", t >= back and step > steps, grads[t], loose),
        ):
            shown = [said_by[f"{name} {t} {i}"] for i in (1, 2)]
            if seen:
                np.testing.assert_allclose(list(map(number, shown)), values, **near)
            else:
                assert set(shown) <= {"…", ""}
    said = figure.locator(".dlbook-says").text_content()
    assert f"Spectral radius {labels[1]}." in said
    if step > steps + 1:
        (grad_hh,) = torch.autograd.grad(score, w_hh, retain_graph=True)
        jacobian = torch.stack(
            [
                torch.autograd.grad(states[-1][i], states[back], retain_graph=True)[0]
                for i in range(2)
            ]
        )
        *_, length, norm = numbers(said)
        np.testing.assert_allclose(length, grads[back].norm(), **loose)
        np.testing.assert_allclose(norm, torch.linalg.matrix_norm(jacobian, 2), **loose)
        if step == last:
            shown = [[number(said_by[f"row {n} {i}"]) for i in (1, 2)] for n in (6, 7)]
            np.testing.assert_allclose(shown, grad_hh, **loose)


def gates_along_a_sentence(labels, figure):
    """Follow the equations of an LSTM down the table, from rounded numbers."""
    places = [s.input_value() for s in figure.locator("input[type=range]").all()]
    data = given(figure)
    which = int(places[0]) if len(places) == 3 else 0
    unit, word = data["units"].index(int(labels[-2])), int(labels[-1]) - 1
    tokens = data["tokens"][which]
    if len(labels) == 3:
        assert labels[0] == " ".join(tokens)
    said_by, fills = texts(figure), attribute(figure, "fill")
    cell = 0.0
    for t, token in enumerate(tokens):
        i, f, g, o, c, h = (number(said_by[f"{name} {t}"]) for name in "ifgoch")
        assert abs(f * cell + i * g - c) < 0.02 * (1 + abs(c))
        assert abs(o * np.tanh(c) - h) < 0.015
        assert {0 <= gate <= 1 for gate in (i, f, o)} == {True}
        assert said_by[f"word {t}"].rstrip("…") in token
        for name, value in zip("ifgoch", (i, f, g, o, c, h), strict=True):
            red, _, blue = map(int, re.findall(r"\d+", fills[f"{name} box {t}"]))
            assert (blue - red) * value >= 0
            assert abs(value) < 0.1 or blue != red
        cell = data["values"][which][t][4][unit]
        assert abs(cell - c) < 0.0051
    for t in range(len(tokens), data["longest"]):
        assert said_by[f"word {t}"] == said_by[f"f {t}"] == ""
    assert figure.locator("input[type=range]").last.get_attribute("max") == str(
        len(tokens) - 1
    )
    said = figure.locator(".dlbook-says").text_content()
    assert said.startswith(f"Word {word + 1}, “{tokens[word]}”, unit {labels[-2]}: ")
    told = re.search(r" = (−?[\d.]+), and .* = (−?[\d.]+)\. .* is now (\d+)%", said)
    assert told[1] == said_by[f"c {word}"]
    assert told[2] == said_by[f"h {word}"]
    assert told[3] + "%" == said_by[f"chance {word}"]
    chance = data["chances"][which][word]
    assert abs(int(told[3]) / 100 - chance) < 0.0051


def shares_of_the_next_token(labels, figure):
    """Let torch sort, cut and divide the scores that the page gives."""
    data = given(figure)
    places = [int(s.input_value()) for s in figure.locator("input[type=range]").all()]
    which = places[0] if len(places) == 4 else 0
    degree, most, p = labels[-3:]
    scores = torch.tensor(data["scores"][which], dtype=torch.float64)
    ranked, order = torch.sort(scores, descending=True, stable=True)
    own = torch.softmax(ranked, 0)
    k = len(scores) if most == "all" else int(most)
    shares = torch.zeros_like(own)
    shares[:k] = torch.softmax(ranked[:k] / float(degree), 0)
    if float(p) < 1:
        reached = int((shares.cumsum(0) < float(p)).sum()) + 1
        shares[reached:] = 0
        shares /= shares.sum()
    left = shares[shares > 0]
    entropy = float(torch.special.entr(left).sum()) / np.log(2)
    said = figure.locator(".dlbook-says").text_content()
    told = re.search(
        r"Temperature ([\d.]+), top-k (\w+), top-p ([\d.]+): (\d+) of (\d+) tokens .* "
        r"entropy of ([\d.]+) bits and a perplexity of ([\d.]+)\.",
        said,
    )
    assert told.groups()[:5] == (degree, most, p, str(len(left)), str(len(scores)))
    assert abs(float(told[6]) - entropy) < 0.0051
    assert abs(float(told[7]) - 2**entropy) < 0.0051
    rows, said_by = data["rows"], texts(figure)
    widths, marks = attribute(figure, "width"), attribute(figure, "x")
    for n in range(rows + 1):
        at = slice(n, n + 1) if n < rows else slice(rows, None)
        share = float(shares[at].sum())
        assert abs(float(widths[f"bar {n}"]) / 300 - share) < 3e-4
        mark = float(marks[f"own {n}"]) + 1.5 - 88
        assert abs(mark / 300 - float(own[at].sum())) < 3e-4
        shown = said_by[f"share {n}"]
        assert (shown == "cut") == (share == 0)
        assert share == 0 or abs(float(shown.rstrip("%")) / 100 - share) < 6e-4
        if n < rows:
            assert said_by[f"token {n}"] == data["names"][int(order[n])]


def one_step_of_an_lstm(labels, figure):
    """Let torch's cell, with biases alone, make the step and repeat it."""
    *sums, before = map(number, labels)
    said_by = texts(figure)
    x, width = attribute(figure, "x"), attribute(figure, "width")
    gates = torch.sigmoid(torch.tensor(sums, dtype=torch.float64))
    gates[2] = np.tanh(sums[2])
    for row, gate in enumerate(gates.tolist()):
        assert abs(number(said_by[f"value {row}"]) - gate) < 0.0051
        start = float(x[f"bar {row}"])
        ends = start, start + float(width[f"bar {row}"])
        reach = sorted([214, 214 + 90 * gate])
        np.testing.assert_allclose(ends, reach, rtol=0, atol=0.11)
    cell = torch.nn.LSTMCell(1, 1, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_hh[:] = torch.tensor(sums)
        nothing = torch.zeros(1, 1, dtype=torch.float64)
        h, c = nothing, nothing + before
        cells, states = [before], []
        for _ in range(50):
            h, c = cell(nothing, (h, c))
            cells.append(c.item())
            states.append(h.item())
    i, f, g, o = gates.tolist()
    for part, expected in (
        ("cell", [f, before, i, g, cells[1]]),
        ("state", [o, np.tanh(cells[1]), states[0]]),
    ):
        told = [number(n) for n in re.findall(r"−?\d+\.\d+", said_by[part])]
        np.testing.assert_allclose(told, expected, rtol=0, atol=0.0051)
    *told, last, left = numbers(figure.locator(".dlbook-says").text_content())
    assert told == [before, number(said_by["cell"].split()[-1]), *told[2:]]
    np.testing.assert_allclose(told[2], states[0], rtol=0, atol=0.0051)
    assert abs(left - max(f**50, 0.001)) < 0.00051
    assert abs(last - cells[-1]) < 0.0051
    inside = next((k for k, value in enumerate(cells) if abs(value) > 6), len(cells))
    for part, values in (("cells", cells[:inside]), ("states", states)):
        path = figure.locator(f'[data-part="{part}"]').get_attribute("d")
        heights = [float(y) for y in re.findall(r" (\d+)", path)]
        expected = 367 - np.array(values) * (464 - 270) / 12
        np.testing.assert_allclose(heights, expected, rtol=0, atol=0.51)


EXPECTED = {
    "gate-values": gates_along_a_sentence,
    "lstm-step": one_step_of_an_lstm,
    "recurrent-stepper": through_time,
    "temperature": shares_of_the_next_token,
}
