import numpy as np
import pytest

from dlbook.plots.neuron import neuron_diagram


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_shows_the_numbers_and_the_answer():
    shown = texts(neuron_diagram([1.4, 0.2], [0.5, 0.8], -2.0, ["length", "width"]))
    assert {"length\n1.4", "× 0.8", "bias −2", "z = −1.14", "no: −1"} <= set(shown)
    assert "yes: 1" in texts(neuron_diagram([4.7, 1.4], [0.5, 0.8], -2.0))


def test_is_the_same_picture_each_time():
    one, other = (neuron_diagram([1.0], [2.0], 0.0).to_svg() for _ in range(2))
    assert one == other


def test_refuses_lengths_that_differ():
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        neuron_diagram(np.ones(2), np.ones(3), 0.0)
    with pytest.raises(ValueError, match="1 names given for 2"):
        neuron_diagram(np.ones(2), np.ones(2), 0.0, ["x"])
    with pytest.raises(ValueError, match="at most 5"):
        neuron_diagram(np.ones(6), np.ones(6), 0.0)
