"""What the figures of the part "transformer" should say, computed here."""

import re

import numpy as np
import torch
from figures_rnn import attribute, given, number, texts


def weights_of_attention(labels, figure):
    """Let torch weight unit vectors with the products that the page gives."""
    data = given(figure)
    several = len(data["products"]) > 1
    head = int(labels[0]) - 1 if several else 0
    causal = data["own"] and labels[-1] == "on"
    asking, degree, scaled = labels[several:][:3]
    query = int(asking.split(",")[0]) - 1
    tokens, keys = data["tokens"], data["keys"]
    assert asking == f"{query + 1}, “{tokens[query]}”"
    products = torch.tensor(data["products"][head], dtype=torch.float64)
    divisor = float(degree) * (data["width"] ** 0.5 if scaled == "yes" else 1.0)
    # queries with the products as entries and unit keys have just these products
    weights = torch.nn.functional.scaled_dot_product_attention(
        products[None],
        torch.eye(len(keys), dtype=torch.float64)[None],
        torch.eye(len(keys), dtype=torch.float64)[None],
        is_causal=causal,
        scale=1 / divisor,
    )[0]
    row, said_by, widths = weights[query], texts(figure), attribute(figure, "width")
    for j in range(len(keys)):
        shown = [said_by[f"{part} {j}"] for part in ("product", "score", "weight")]
        assert abs(number(shown[0]) - products[query, j]) < 0.0051
        assert abs(float(widths[f"bar {j}"]) - 136 * row[j]) < 0.06
        if causal and j > query:
            assert shown[1:] == ["−∞", "hidden"]
        else:
            assert abs(number(shown[1]) - products[query, j] / divisor) < 0.0051
            assert abs(float(shown[2]) - row[j]) < 0.00051
    fills, shown = attribute(figure, "fill"), attribute(figure, "visibility")
    for (i, j), weight in np.ndenumerate(weights.numpy()):
        red, _, blue = map(int, re.findall(r"\d+", fills[f"cell {i} {j}"]))
        assert abs((blue - red) / 126 - weight) < 0.01
        assert (shown[f"cell {i} {j}"] == "hidden") == (causal and j > i)
    entropy = float(torch.special.entr(row).sum()) / np.log(2)
    said = figure.locator(".dlbook-says").text_content()
    told = re.search(
        r"most at “(.+?)” \(([\d.]+)\).* is ([\d.]+) bits, of at most ([\d.]+)\.", said
    )
    assert told[1] in {key for key, w in zip(keys, row, strict=True) if w == row.max()}
    assert abs(float(told[2]) - row.max()) < 0.00051
    assert abs(float(told[3]) - entropy) < 0.0051
    seen = query + 1 if causal else len(keys)
    assert abs(float(told[4]) - np.log2(seen)) < 0.0051
    assert ("causal mask" in said) == causal
    assert ("not divided" in said) == (scaled == "no")


def hands_of_clocks(labels, figure):
    """Turn complex numbers: exp(-i t w), from twelve and clockwise."""
    data = given(figure)
    t, k, pair = (int(number(re.match(r"−?\d+", label)[0])) for label in labels)
    omega = np.array(data["omega"])
    np.testing.assert_allclose(omega[1:] / omega[:-1], omega[1] / omega[0])
    assert omega[0] == 1
    turn = number(labels[2].split()[-1].replace(",", ""))
    assert abs(turn * omega[pair] / (2 * np.pi) - 1) < 0.006
    lines = figure.locator("line[data-part]").evaluate_all(
        "all => all.map(e => [e.dataset.part, +e.getAttribute('x2') - "
        "+e.getAttribute('x1'), +e.getAttribute('y1') - +e.getAttribute('y2')])"
    )
    ends = {part: complex(right, up) for part, right, up in lines}
    for n, i in enumerate(data["clocks"]):
        for part, at in (("hand", t), ("moved", t + k)):
            expected = 42 * 1j * np.exp(-1j * at * omega[i])
            assert abs(ends[f"{part} {n}"] - expected) < 0.15
    said_by, w = texts(figure), omega[pair]
    shown = [[number(said_by[f"entry {r} {c}"]) for c in range(4)] for r in (0, 1)]
    after, before = (np.exp(1j * at * w) for at in (t + k, t))
    turned = np.exp(1j * k * w)
    expected = [
        [after.imag, turned.real, turned.imag, before.imag],
        [after.real, -turned.imag, turned.real, before.real],
    ]
    np.testing.assert_allclose(shown, expected, rtol=0, atol=0.0051)
    product = float(np.cos(k * omega).sum())
    assert abs(number(said_by["product"]) - product) < 0.0051
    dot = figure.locator('[data-part="at"]')
    left, top, right, bottom = data["box"]
    (x0, x1), (y0, y1) = data["limits"]
    x = left + (k - x0) / (x1 - x0) * (right - left)
    y = bottom - (product - y0) / (y1 - y0) * (bottom - top)
    assert abs(float(dot.get_attribute("cx")) - x) < 0.06
    assert abs(float(dot.get_attribute("cy")) - y) < 0.06
    said = figure.locator(".dlbook-says").text_content()
    told = re.search(
        r"turns by (−?[\d.]+) radians.* off by less than 1e-12\. .* is (−?[\d.]+) of "
        r"(\d+); .* less than 1e-12\.",
        said,
    )
    assert abs(number(told[1]) - k * w) < 0.0051
    assert abs(number(told[2]) - product) < 0.0051
    assert int(told[3]) == len(omega)


def tokens_that_were_drawn(labels, figure):
    """Lay the shares of the page side by side, and look each draw up."""
    data = given(figure)
    which = data["names"].index(labels[0]) if len(labels) == 2 else 0
    path, at = data["runs"][which], int(labels[-1]) - 1
    step = path[at]
    slider = figure.locator("input[type=range]").last
    assert slider.get_attribute("max") == str(len(path) - 1)
    ends = np.cumsum(step["shares"])
    assert abs(ends[-1] + step["rest"] - 1) < 1e-5
    place = 0 if step["draw"] is None else int((ends <= step["draw"]).sum())
    rows, said_by = data["rows"], texts(figure)
    picked = place if place < len(ends) else rows
    widths, lefts = attribute(figure, "width"), attribute(figure, "x")
    fills = attribute(figure, "fill")
    orange = {part for part, fill in fills.items() if fill == data["colors"][0]}
    assert orange == {f"bar {picked}", f"part {picked}"}
    for n in range(rows + 1):
        share = step["shares"][n] if n < len(ends) else 0.0
        share = step["rest"] if n == rows else share
        assert abs(float(widths[f"bar {n}"]) - 230 * share) < 0.06
        assert abs(float(widths[f"part {n}"]) - 448 * share) < 0.06
        if n < len(ends):
            assert abs(float(said_by[f"share {n}"].rstrip("%")) / 100 - share) < 5.1e-4
            start = 16 + 448 * (ends[n] - share)
            assert abs(float(lefts[f"part {n}"]) - start) < 0.07
    mark = figure.locator('[data-part="draw"]')
    seen = "hidden" if step["draw"] is None else "visible"
    assert mark.get_attribute("visibility") == seen
    if step["draw"] is not None:
        x = float(mark.get_attribute("x")) + 1.5
        assert abs(x - 16 - 448 * step["draw"]) < 0.06
        start = float(lefts[f"part {picked}"])
        assert start - 0.1 <= x <= start + float(widths[f"part {picked}"]) + 0.1
    written = data["prompt"] + "".join(s["chosen"] for s in path[: at + 1])
    count = sum(part.startswith("line ") for part in said_by)
    shown = [said_by[f"line {n}"] for n in range(count)]
    whole = written.replace(" ", "\xa0").replace("\t", "\xa0").replace("\n", "↵")
    assert whole.endswith("".join(shown))
    assert max(map(len, shown)) <= data["lines"][1]
    left, character, line = data["text"]
    row = round((float(lefts["chosen"]) - left) / character)
    top = figure.locator('[data-part="chosen"]').get_attribute("y")
    wide = round(float(widths["chosen"]) / character)
    piece = shown[round((float(top) - 8) / line)][row : row + wide]
    chosen = step["chosen"].replace(" ", "\xa0").replace("\n", "↵")
    assert piece == chosen
    lost = -sum(np.log2(s["probability"]) for s in path[: at + 1])
    assert abs(float(said_by["bits"].split()[0]) - lost) < 0.051
    said = figure.locator(".dlbook-says").text_content()
    told = re.search(r"Token (\d+) of (\d+), .* with probability ([\d.]+)%; ", said)
    assert (int(told[1]), int(told[2])) == (at + 1, len(path))
    assert abs(float(told[3]) / 100 - step["probability"]) < 5.1e-4


EXPECTED = {
    "attention-weights": weights_of_attention,
    "position-explorer": hands_of_clocks,
    "token-sampling": tokens_that_were_drawn,
}
