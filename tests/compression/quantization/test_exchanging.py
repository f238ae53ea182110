"""Layers are exchanged in a copy, wherever they are held, once each."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.compression.quantization.exchanging import exchange_layers


class Everywhere(nn.Module):
    def __init__(self):
        self.one = nn.Linear(2, 2, rng=0)
        self.row = nn.Sequential(nn.ReLU(), nn.Linear(2, 2, rng=1))
        self.listed = [nn.Linear(2, 2, rng=2), "no module"]
        self.pair = (nn.Linear(2, 2, rng=3), nn.ReLU())
        self.named = {"a": nn.Linear(2, 2, rng=4)}
        self.again = self.one


class Marker(nn.Module):
    def __init__(self, name):
        self.name = name


def linear_to_marker(name, module):
    return Marker(name) if isinstance(module, nn.Linear) else None


def test_every_place():
    model = Everywhere()
    changed = exchange_layers(model, linear_to_marker)
    names = {m.name for m in changed.modules() if isinstance(m, Marker)}
    assert names == {"one", "row.1", "listed.0", "pair.0", "named.a"}
    assert changed.again is changed.one
    assert changed.listed[1] == "no module"
    assert isinstance(changed.pair, tuple)
    assert not any(isinstance(m, nn.Linear) for m in changed.modules())
    assert sum(isinstance(m, nn.Linear) for m in model.modules()) == 5


def test_the_model_itself():
    assert exchange_layers(nn.Linear(2, 2), linear_to_marker).name == ""


def test_the_rest_is_a_copy_that_shares_as_before():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU())
    model[1].weight = model[0].weight
    copied = exchange_layers(
        model, lambda name, _: Marker(name) if name == "2" else None
    )
    assert copied[0].weight is copied[1].weight
    assert copied[0].weight is not model[0].weight
    assert np.array_equal(copied[0].weight.data, model[0].weight.data)


def test_a_new_layer_is_in_the_mode_of_the_old():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].eval()
    changed = exchange_layers(model, linear_to_marker)
    assert [layer.training for layer in changed] == [False, True]


def test_what_is_exchanged_is_not_looked_into():
    seen = []

    def build(name, module):
        seen.append(name)
        return Marker(name) if isinstance(module, nn.Sequential) and name else None

    exchange_layers(nn.Sequential(nn.Sequential(nn.ReLU())), build)
    assert seen == ["", "0"]


def test_bad_input():
    with pytest.raises(TypeError, match="must be a Module, got dict"):
        exchange_layers({}, linear_to_marker)
