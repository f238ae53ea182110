import numpy as np
import pytest

from dlbook.plots.network import network_diagram

XOR = [([[1, 1], [1, 1]], [0, -1]), ([[1, -2]], [0])]


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_shows_every_weight_bias_and_value():
    shown = texts(network_diagram(XOR, [[1, 0], [1, 0], [1]]))
    assert shown.count("1") >= 5 + 3  # five weights of 1; the values 1, 1, 1
    assert {"−2", "bias −1", "bias 0", "0", "$x_1$", "$x_2$"} <= set(shown)


def test_circles_without_values_are_empty():
    figure = network_diagram(XOR, names=["a", "b"])
    assert len(figure.axes[0].patches) == 5
    assert {"a", "b"} <= set(texts(figure))
    assert texts(figure).count("0") == 0


def test_weights_below_zero_are_dashed():
    lines = network_diagram(XOR).axes[0].lines
    assert sum(line.is_dashed() for line in lines) == 1


def test_is_the_same_picture_each_time():
    one, other = (network_diagram(XOR).to_svg() for _ in range(2))
    assert one == other


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"expected weight \(1, 2\)"):
        network_diagram([(np.ones((2, 2)), [0, 0]), (np.ones((1, 3)), [0])])
    with pytest.raises(ValueError, match="at most 4"):
        network_diagram([(np.ones((5, 2)), np.zeros(5))])
    with pytest.raises(ValueError, match=r"lengths \[1\], expected \[2, 2, 1\]"):
        network_diagram(XOR, [[1]])
    with pytest.raises(ValueError, match="1 names given for 2"):
        network_diagram(XOR, names=["x"])
