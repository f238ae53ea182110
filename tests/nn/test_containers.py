"""Containers: indexing, changing, names, bad input."""

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor


def layers(n):
    return [nn.Linear(2, 2, rng=i) for i in range(n)]


def names(module):
    return [name for name, _ in module.named_children()]


def test_sequential_runs_its_layers_in_order():
    a, b = nn.Linear(2, 3, rng=0), nn.Linear(3, 1, rng=1)
    x = Tensor(np.ones((4, 2), np.float32))
    np.testing.assert_array_equal(nn.Sequential(a, b)(x).data, b(a(x)).data)
    assert nn.Sequential()(x) is x


def test_sequential_by_name_has_attributes():
    model = nn.Sequential({"hidden": nn.Linear(2, 3), "act": nn.ReLU()})
    assert names(model) == ["hidden", "act"]
    assert model.hidden is model[0]
    assert list(model.state_dict()) == ["hidden.weight", "hidden.bias"]


@pytest.mark.parametrize("kind", [nn.Sequential, lambda *items: nn.ModuleList(items)])
def test_rows_index_slice_and_change_like_lists(kind):
    a, b, c, d = layers(4)
    row = kind(a, b, c)
    assert len(row) == 3
    assert row[0] is a
    assert row[-1] is c
    assert list(row[1:]) == [b, c]
    assert type(row[1:]) is type(row)
    assert names(row[1:]) == ["1", "2"]  # as in torch
    row[1] = d
    assert list(row) == [a, d, c]
    del row[0]
    assert list(row) == [d, c]
    assert names(row) == ["0", "1"]
    assert row.append(a) is row
    assert row.extend([b]) is row
    assert row.insert(1, nn.ReLU()) is row
    assert names(row) == ["0", "1", "2", "3", "4"]
    assert isinstance(row[1], nn.ReLU)
    assert list(row[2:]) == [c, a, b]
    assert d in row


def test_appending_to_a_slice_replaces_nothing():
    a, b, c, d = layers(4)
    part = nn.Sequential(a, b, c)[1:]
    part.append(d)
    assert list(part) == [b, c, d]
    assert names(part) == ["1", "2", "3"]


def test_insert_keeps_given_names():
    model = nn.Sequential({"one": nn.ReLU()})
    model.append(nn.Tanh()).insert(0, nn.Sigmoid())
    assert names(model) == ["0", "one", "2"]


def test_a_failed_insert_changes_nothing():
    a, b = layers(2)
    row = nn.ModuleList([a, b])
    with pytest.raises(TypeError):
        row.insert(0, "layer")
    assert list(row) == [a, b]


@pytest.mark.parametrize("index", [2, -3])
def test_an_index_out_of_range_is_named(index):
    row = nn.Sequential(*layers(2))
    for use in (
        lambda: row[index],
        lambda: row.__setitem__(index, nn.ReLU()),
        lambda: row.__delitem__(index),
    ):
        with pytest.raises(IndexError, match=f"Sequential: index {index} of 2 layers"):
            use()


def test_a_function_is_no_layer():
    with pytest.raises(TypeError, match=r"'1' must be a Module, got ufunc tanh; use"):
        nn.Sequential(nn.ReLU(), np.tanh)
    with pytest.raises(TypeError, match=r"ModuleList: '0' must be a Module, got int$"):
        nn.ModuleList([3])
    with pytest.raises(TypeError, match="must be a Module, got list"):
        nn.Sequential([nn.ReLU()])


@pytest.mark.parametrize("name", ["", "a.b", "forward", "training", "_walk"])
def test_names_that_cannot_be_used_are_refused(name):
    with pytest.raises(ValueError, match="a name must not be empty"):
        nn.Sequential({name: nn.ReLU()})
    with pytest.raises(ValueError, match="a name must not be empty"):
        nn.ModuleDict({name: nn.ReLU()})


def test_module_dict_is_a_dict_of_modules():
    a, b = layers(2)
    modules = nn.ModuleDict({"a": a})
    modules["b"] = b
    modules.update([("relu", nn.ReLU())])
    assert list(modules) == list(modules.keys()) == ["a", "b", "relu"]
    assert list(modules.values())[:2] == [a, b]
    assert dict(modules.items())["b"] is modules["b"] is b
    assert "a" in modules
    assert "c" not in modules
    assert "training" not in modules
    assert modules.pop("a") is a
    del modules["relu"]
    assert len(modules) == 1
    assert list(modules.state_dict()) == ["b.weight", "b.bias"]
    with pytest.raises(KeyError, match="a"):
        modules["a"]
    with pytest.raises(KeyError, match="forward"):
        del modules["forward"]
    with pytest.raises(TypeError, match="a name must be a str, got 1"):
        modules[1] = a


@pytest.mark.parametrize("container", [nn.ModuleList(), nn.ModuleDict()])
def test_lists_and_dicts_have_no_forward(container):
    with pytest.raises(NotImplementedError, match="does not define forward"):
        container(1)


def test_training_is_switched_inside_containers():
    inner = nn.ReLU()
    nn.Sequential(nn.ModuleList([nn.ModuleDict({"x": inner})])).eval()
    assert not inner.training


def test_names_equal_torch():
    def build(lib):
        return lib.Sequential(
            lib.Linear(2, 2), lib.Sequential(lib.ReLU(), lib.Linear(2, 1))
        )

    assert list(build(nn).state_dict()) == list(build(torch.nn).state_dict())
