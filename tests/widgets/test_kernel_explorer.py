"""The kernel explorer: response and products by other libraries."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import signal

from dlbook.widgets.kernel_explorer import DIVISORS, KERNELS, kernel_explorer, respond

IMAGE = np.random.default_rng(0).integers(0, 256, (12, 12)) / 255


@pytest.fixture(scope="module")
def figure():
    return kernel_explorer(IMAGE, mark=(3, 8))


def numbers(text):
    return [float(n.replace("−", "-")) for n in re.findall(r"−?\d+\.\d\d", text)]


def drawn(frame):
    """Return what the response's colors stand for, and where there is no response."""
    data = frame.changes["response", "href"].split(",")[1]
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    places = np.asarray(picture).astype(float)
    return (places - 127) / 127, places == 255


@pytest.mark.parametrize("name", KERNELS)
def test_the_response_is_that_of_torch(name):
    kernel, divisor = KERNELS[name]
    expected = torch.nn.functional.conv2d(
        torch.tensor(IMAGE)[None, None],
        torch.tensor(kernel, dtype=torch.float64).reshape(1, 1, 3, 3) / divisor,
    )[0, 0].numpy()
    response = respond(IMAGE, np.array(kernel), divisor)
    np.testing.assert_allclose(response[1:-1, 1:-1], expected, rtol=0, atol=1e-13)
    border = np.isnan(response)
    assert border[[0, -1]].all()
    assert border[:, [0, -1]].all()
    assert not border[1:-1, 1:-1].any()


@pytest.mark.parametrize(("row", "column"), [(1, 1), (3, 8), (10, 10)])
def test_a_frame_writes_out_the_nine_products(figure, row, column):
    kernel = (3, -1, 0, 2, -8, 1, 0, 0, 8)
    frame = figure.frame(*kernel, 4, row, column)
    patch = IMAGE[row - 1 : row + 2, column - 1 : column + 2]
    products = (patch * np.reshape(kernel, (3, 3))).ravel()
    response = signal.correlate2d(IMAGE, np.reshape(kernel, (3, 3)), "valid") / 4
    said = numbers(frame.sentence)
    expected = [
        sum(kernel) / 4,
        *products,
        products.sum() / 4,
        response.min(),
        response.max(),
    ]
    np.testing.assert_allclose(said, expected, atol=0.0051)
    assert f"At row {row}, column {column} " in frame.sentence
    shown = [frame.changes[f"product text {i}", "text"] for i in range(9)]
    np.testing.assert_allclose(numbers(" ".join(shown)), products, atol=0.0051)
    values, border = drawn(frame)
    np.testing.assert_allclose(
        values[1:-1, 1:-1], np.clip(response, -1, 1), atol=0.5 / 127 + 1e-9
    )
    assert border.sum() == 4 * 11
    pixel = 216 / 12
    for part, left, width in (("window", 16, 3), ("result", 248, 1)):
        middle = float(frame.changes[part, "x"]) - left + width * pixel / 2
        assert middle / pixel == pytest.approx(column + 0.5, abs=0.01)
        middle = float(frame.changes[part, "y"]) - 34 + width * pixel / 2
        assert middle / pixel == pytest.approx(row + 0.5, abs=0.01)


def test_a_kernel_that_is_not_divided_names_no_divisor(figure):
    assert "divided" not in figure.frame(*KERNELS["identity"][0], 1, 5, 5).sentence
    assert ", divided by 9," in figure.frame(*[1] * 9, 9, 5, 5).sentence


def test_the_colors_tell_signs_apart(figure):
    frame = figure.frame(*KERNELS["Sobel x"][0], 1, 5, 5)
    data = frame.changes["response", "href"].split(",")[1]
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    places, colors = np.asarray(picture), np.asarray(picture.convert("RGB")).astype(int)
    assert (colors[places == 0] == (255, 154, 61)).all()
    assert (colors[places == 254] == 255).all()
    gray = (places > 127) & (places < 255)
    assert (np.ptp(colors[gray], axis=1) == 0).all()
    negative = colors[places < 120]
    assert (negative[:, 0] > negative[:, 2]).all()


def test_a_preset_sets_kernel_and_divisor_and_leaves_the_window(figure):
    for name, (kernel, divisor) in KERNELS.items():
        places = figure.presets[name]
        values = [
            s.values[p] for s, p in zip(figure.sliders, places[:10], strict=False)
        ]
        assert values == [*kernel, divisor]
        assert places[10:] == (None, None)
    assert {d for _, d in KERNELS.values()} <= set(DIVISORS)


def test_blurs_keep_the_brightness_and_edges_ignore_it():
    sums = {name: sum(kernel) / by for name, (kernel, by) in KERNELS.items()}
    assert {n for n, s in sums.items() if s == 0} == {"Sobel x", "Sobel y", "Laplacian"}
    assert all(s == 1 for n, s in sums.items() if s)


def test_it_starts_at_the_mark():
    assert "row 6, column 6" in repr(kernel_explorer(IMAGE))
    assert "row 3, column 8" in repr(kernel_explorer(IMAGE, mark=(3, 8)))


@pytest.mark.parametrize(
    ("image", "mark", "message"),
    [
        (np.zeros((12, 13)), None, "image must have shape"),
        (np.zeros((7, 7)), None, "image must have shape"),
        (np.zeros((97, 97)), None, "image must have shape"),
        (np.zeros((12, 12, 3)), None, "image must have shape"),
        (np.full((12, 12), 1.1), None, r"image must lie in \[0, 1\]"),
        (np.full((12, 12), np.nan), None, r"image must lie in \[0, 1\]"),
        (IMAGE, (0, 5), "mark must lie in 1 to 10"),
        (IMAGE, (5, 11), "mark must lie in 1 to 10"),
    ],
)
def test_other_images_and_marks_are_refused(image, mark, message):
    with pytest.raises(ValueError, match=f"kernel_explorer: {message}"):
        kernel_explorer(image, mark=mark)


def test_a_figure_is_light_enough_for_a_page():
    image = np.random.default_rng(0).random((96, 96))
    assert len(kernel_explorer(image)._repr_html_().encode()) < 100_000
