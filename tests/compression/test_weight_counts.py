"""Which weights are worth pruning, and how many of them are 0."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.compression import (
    count_weights,
    custom_from_mask,
    identity,
    l1_unstructured,
    prunable,
    sparsity,
)
from dlbook.models import LeNet5


def names(model, **options):
    places = {id(m): n for n, m in model.named_modules()}
    return [f"{places[id(m)]}.{name}" for m, name in prunable(model, **options)]


def test_weights_of_all_layers_and_no_biases():
    model = LeNet5(input_size=8, rng=0)
    layers = ["conv1", "conv2", "fc1", "fc2", "fc3"]
    assert names(model) == [f"{layer}.weight" for layer in layers]
    identity(model.fc1, "weight")
    identity(model.fc1, "bias")
    assert sorted(names(model)) == [f"{layer}.weight" for layer in layers]
    assert "fc1.weight" not in names(model, skip=["fc1"])


def test_layers_and_parameters_can_be_skipped():
    model = LeNet5(input_size=8, rng=0)
    assert names(model, skip=["fc3", "conv1.weight"]) == [
        "conv2.weight",
        "fc1.weight",
        "fc2.weight",
    ]
    nested = nn.Sequential(nn.Sequential(nn.Linear(2, 3)), nn.Linear(3, 2))
    assert names(nested, skip=["0"]) == ["1.weight"]
    assert names(nn.Linear(2, 3)) == [".weight"]
    with pytest.raises(ValueError, match="skip: 'fc' is no layer"):
        prunable(model, skip=["fc"])
    with pytest.raises(TypeError, match="got the str 'fc3'"):
        prunable(model, skip="fc3")


def test_norms_are_left_out_and_so_is_what_is_shared():
    first, second = nn.Linear(4, 4, rng=0), nn.Linear(4, 4, rng=1)
    second.weight = first.weight
    model = nn.Sequential(first, nn.BatchNorm1d(4), second, nn.Linear(4, 2))
    assert names(model) == ["3.weight"]
    same = nn.Sequential(first, first)  # one layer, run twice
    assert names(same) == ["0.weight"]
    lstm = nn.LSTM(3, 4)
    assert names(lstm) == [".weight_ih_l0", ".weight_hh_l0"]


def test_counts():
    model = nn.Sequential(nn.Linear(4, 5, rng=0), nn.Linear(5, 2, rng=1))
    l1_unstructured(model[0], "weight", 8)
    model[1].weight.data[0, 0] = 0  # a zero counts, masked or not
    assert count_weights(prunable(model)) == [(12, 20), (9, 10)]
    assert sparsity(model) == sparsity(iter(prunable(model))) == 1 - 21 / 30
    assert sparsity([(model[1], "bias")]) == 0
    custom_from_mask(model[0], "weight", np.zeros((5, 4)))
    custom_from_mask(model[1], "weight", np.zeros((2, 5)))
    assert sparsity(model) == 1
    with pytest.raises(ValueError, match="no weight to count"):
        sparsity(nn.ReLU())
