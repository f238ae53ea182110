import sys

import pytest

from dlbook.widgets import live


def test_on_the_static_site_the_first_values_are_shown(monkeypatch):
    monkeypatch.setenv("DLBOOK_STATIC", "1")
    assert live(lambda a, b: (a, b), a=[1, 2], b=["x", "y"]) == (1, "x")


def test_without_ipywidgets_too(monkeypatch):
    monkeypatch.delenv("DLBOOK_STATIC", raising=False)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert live(lambda a: a, a=[3]) == 3


def test_with_a_kernel_there_is_a_slider_for_each_option(monkeypatch):
    ipywidgets = pytest.importorskip("ipywidgets")
    monkeypatch.delenv("DLBOOK_STATIC", raising=False)
    box = live(lambda learning_rate: learning_rate, learning_rate=[0.1, 0.2])
    assert isinstance(box, ipywidgets.VBox)
    assert box.children[0].description == "learning rate"
    assert box.children[0].options == (0.1, 0.2)


def test_an_option_without_values_is_refused():
    with pytest.raises(ValueError, match="'a' has no values"):
        live(lambda a: a, a=[])
