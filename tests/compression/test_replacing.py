"""Layers exchanged by name, wherever they stand."""

import pytest

from dlbook import nn
from dlbook.compression import replace_module


class Model(nn.Module):
    def __init__(self):
        self.first = nn.Linear(2, 2, rng=0)
        self.rows = [nn.Linear(2, 2, rng=1), nn.Sequential(nn.ReLU(), nn.Linear(2, 2))]
        self.named = {"a": nn.Linear(2, 2, rng=2)}
        self.fixed = (nn.Linear(2, 2, rng=3),)
        self.kept = nn.ModuleDict({"b": nn.Linear(2, 2, rng=4)})


@pytest.mark.parametrize("name", ["first", "rows.0", "rows.1.1", "named.a", "kept.b"])
def test_a_layer_anywhere(name):
    model = Model()
    before = dict(model.named_modules())
    new = nn.Linear(2, 2, rng=5)
    assert replace_module(model, name, new) is before[name]
    after = dict(model.named_modules())
    assert list(after) == list(before)
    assert after[name] is new
    assert all(after[n] is before[n] for n in after if n != name)


def test_bad_input():
    model, new = Model(), nn.ReLU()
    for name in ("second", "", "first.weight", "rows"):
        with pytest.raises(ValueError, match="this Model has no layer"):
            replace_module(model, name, new)
    with pytest.raises(ValueError, match="in a tuple"):
        replace_module(model, "fixed.0", new)
    with pytest.raises(TypeError, match="new must be a Module, got int"):
        replace_module(model, "first", 3)
