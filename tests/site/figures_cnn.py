"""What the figures of the part "cnn" should say, computed here."""

import base64
import io
import re

import numpy as np
import torch
from PIL import Image
from scipy import ndimage, signal
from sentences import numbers


def picture(element):
    """Return the color numbers of an image of a figure."""
    data = element.get_attribute("href").removeprefix("data:image/bmp;base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))).astype(float)


def response_of_a_kernel(labels, figure):
    """Correlate the photograph of the page with the kernel of the sliders."""
    whole = [float(label.replace("−", "-")) for label in labels]
    kernel, (divisor, row, column) = np.reshape(whole[:9], (3, 3)), whole[9:]
    row, column = int(row), int(column)
    photograph = picture(figure.locator("svg image").first) / 255
    response = signal.correlate2d(photograph, kernel, "valid") / divisor
    shown = picture(figure.locator('[data-part="response"]'))
    assert (shown[[0, -1]] == 255).all()
    assert (shown[:, [0, -1]] == 255).all()
    np.testing.assert_allclose(
        (shown[1:-1, 1:-1] - 127) / 127,
        np.clip(response, -1, 1),
        rtol=0,
        atol=0.5 / 127 + 1e-9,
    )
    patch = photograph[row - 1 : row + 2, column - 1 : column + 2]
    products = (patch * kernel).ravel()
    said = figure.locator(".dlbook-says").text_content()
    first, rest = said.split(f". At row {row}, column {column} ")
    total = float(first.rsplit(" ", 1)[1].replace("−", "-"))
    assert abs(total - kernel.sum() / divisor) < 0.0051
    expected = [*products, products.sum() / divisor, response.min(), response.max()]
    np.testing.assert_allclose(numbers(rest), expected, rtol=0, atol=0.0051)
    for word, values in (("pixel", patch), ("weight", kernel), ("product", products)):
        for i, value in enumerate(np.ravel(values)):
            text = figure.locator(f'[data-part="{word} text {i}"]').text_content()
            assert abs(float(text.replace("−", "-")) - value) < 0.0051


def cells_of_a_convolution(labels, figure):
    """Ask torch how many outputs there are, and what each of them reads."""
    n, k, s, p, d, at = map(int, labels)
    said = figure.locator(".dlbook-says").text_content()
    result = figure.locator('[data-part="result"]').text_content()
    slider = figure.locator("input[type=range]").last
    if n + 2 * p < d * (k - 1) + 1:
        assert "no output" in said
        assert result.startswith("no output")
        assert slider.get_attribute("max") == "0"
        return
    x = torch.zeros(1, 1, n, requires_grad=True)
    ones = torch.ones(1, 1, k)
    y = torch.nn.functional.conv1d(x, ones, stride=s, padding=p, dilation=d)[0, 0]
    assert result.endswith(f" = {len(y)}")
    assert slider.get_attribute("max") == str(len(y) - 1)
    grads = [torch.autograd.grad(out, x, retain_graph=True)[0][0, 0] for out in y]
    unread = torch.nonzero(sum(grads) == 0).flatten().tolist()
    ending = said.split(". ")[-1]
    assert [int(cell) for cell in re.findall(r"\d+", ending)] == unread
    crosses = figure.locator('[data-part="crosses"]').get_attribute("d")
    assert crosses.count("M") == len(unread)
    read = torch.nonzero(grads[at]).flatten().tolist()
    for i in range(n + 2 * p):
        cell = figure.locator(f'[data-part="cell {i}"]')
        assert cell.get_attribute("visibility") == "visible"
        dashed = cell.get_attribute("stroke-dasharray") != "none"
        assert dashed == (not 0 <= i - p < n)
        taken = cell.get_attribute("fill") == "#dce7f7"
        assert dashed or taken == (i - p in read)
    places = [
        float(figure.locator(f'[data-part="tap {j}"]').get_attribute("x"))
        for j in range(k)
    ]
    taps = [round((place - 16) / 28) - p for place in places]
    assert [tap for tap in taps if 0 <= tap < n] == read
    told = re.search(
        r"Output (\d+) reads (?:cells? ([\d, and]+?))?(?: and )?(?:\d+ zero|\.)", said
    )
    assert int(told[1]) == at
    assert [int(cell) for cell in re.findall(r"\d+", told[2] or "")] == read


def inputs_of_one_unit(labels, figure):
    """Send the gradient of one unit back through torch's layers."""
    count, size, layers = int(labels[0]), int(labels[1]), labels[2]
    x = torch.zeros(1, 1, 700, requires_grad=True)
    y, fields = x, []

    def convolve(y, size, stride, dilation=1):
        ones = torch.ones(1, 1, size)
        y = torch.nn.functional.conv1d(y, ones, stride=stride, dilation=dilation)
        (grad,) = torch.autograd.grad(y[0, 0, 0], x, retain_graph=True)
        fields.append(int((grad != 0).sum()))
        return y

    for i in range(1, count + 1):
        even = i % 2 == 0
        twice = layers == "stride 2 everywhere" or (even and "stride 2" in layers)
        dilation = 2 ** (i - 1) if layers.startswith("dilation") else 1
        y = convolve(y, size, 2 if twice else 1, dilation)
        if even and layers.startswith("pooling"):
            y = convolve(y, 2, 2)
    starts = [
        int(torch.nonzero(torch.autograd.grad(y[0, 0, unit], x, retain_graph=True)[0])
            .min(dim=0).values[-1])
        for unit in (0, 1)
    ]  # fmt: skip
    said = figure.locator(".dlbook-says").text_content()
    told = re.search(r"layer by layer: ([\d, ]+)\. .* stand (\d+) inputs? apart", said)
    assert [int(field) for field in told[1].split(", ")] == fields
    assert int(told[2]) == starts[1] - starts[0]
    jump = figure.locator('[data-part="jump"]').text_content()
    assert jump.endswith(f"= {told[2]}")
    field = figure.locator('[data-part="field"]').text_content()
    assert field.endswith(f"= {fields[-1]}")


def poolings_of_a_moved_signal(labels, figure):
    """Read the signal off the bars, pool it with scipy, move the output of shift 0."""
    shift = int(labels[1])
    bars = figure.locator('[data-part="input"]').get_attribute("d")
    moved = np.zeros(16)
    for x, tall in re.findall(r"M([\d.]+) [\d.]+h[\d.]+v([\d.]+)h", bars):
        moved[round((float(x) - 20) / 28)] = float(tall) / 90
    still = np.roll(moved, -shift)

    def windows(x, size, what, origin=0):
        return what(x, size, mode="wrap", origin=origin)

    def largest(x):
        return windows(x, 2, ndimage.maximum_filter1d, -1)

    poolings = {
        "maximum of 2, stride 1": largest,
        "maximum of 2, stride 2": lambda x: largest(x)[::2],
        "mean of 2, stride 2": lambda x: x.reshape(8, 2).mean(axis=1),
        "maximum, blur, stride 2": lambda x: ndimage.convolve1d(
            largest(x), [0.25, 0.5, 0.25], mode="wrap"
        )[::2],
        "global mean": lambda x: x.mean(keepdims=True),
    }
    for i, (name, pool) in enumerate(poolings.items()):
        before, after = pool(still), pool(moved)
        copies = [np.roll(before, moves) for moves in range(len(before))]
        error = min(np.linalg.norm(c - after) for c in copies) / np.linalg.norm(before)
        told = figure.locator(f'[data-part="error {i}"]').text_content().rstrip("%")
        assert abs(float(told) / 100 - error) < 0.0051
        if name == labels[0]:
            said = figure.locator(".dlbook-says").text_content()
            assert ("no moved copy" in said) == (error > 1e-9)
            bars = figure.locator('[data-part="output"]').get_attribute("d")
            tall = [float(v) / 90 for v in re.findall(r"v([\d.]+)h", bars)]
            np.testing.assert_allclose(tall, after[after > 0], atol=0.002)


def maps_of_a_digit(labels, figure):
    """Pool the rows of maps by hand, and read bars and sentence against each other."""

    def ink(part):
        address = figure.locator(f'[data-part="{part}"]').get_attribute("href")
        data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
        gray = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        return 15 - np.rint(gray / 17)

    shift = int(labels[1].replace("−", "-"))
    digit = ink("image")
    came_in = digit[:, :shift] if shift > 0 else digit[:, 8 + shift :]
    assert shift == 0 or not came_in.any()
    assert digit.any()
    for i in (1, 2):
        fine, coarse = ink(f"convolution {i}"), ink(f"pooling {i}")
        rows, columns = coarse.shape
        largest = fine.reshape(rows, 2, columns, 2).max(axis=(1, 3))
        # one scale before pooling and one after it, the same largest number
        np.testing.assert_array_equal(coarse, largest)
    said = figure.locator(".dlbook-says").text_content()
    assert said.startswith(f"The {labels[0]}, moved by {labels[1]}: ")
    told = [int(n) for n in re.findall(r"(\d+)%", said)]
    changes = [
        figure.locator(f'[data-part="{layer} {i} change"]').text_content()
        for i in (1, 2)
        for layer in ("convolution", "pooling")
    ]
    assert changes == [f"changed by {n}%" for n in told[:4]]
    assert (told[:4] == [0, 0, 0, 0]) == (shift == 0)
    widths = [
        float(figure.locator(f'[data-part="bar {d}"]').get_attribute("width")) / 180
        for d in range(10)
    ]
    assert abs(sum(widths) - 1) < 0.01
    first, second = map(int, re.findall(r"(?:says|then) (\d) \(", said))
    assert first == int(np.argmax(widths))
    assert abs(widths[first] - told[4] / 100) < 0.0055
    assert abs(widths[second] - told[5] / 100) < 0.0055


EXPECTED = {
    "convolution-arithmetic": cells_of_a_convolution,
    "kernel-explorer": response_of_a_kernel,
    "lenet-maps": maps_of_a_digit,
    "pooling-shifts": poolings_of_a_moved_signal,
    "receptive-field": inputs_of_one_unit,
}
