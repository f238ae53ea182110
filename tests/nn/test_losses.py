"""Loss layers: same as their function, options passed on, weight as a buffer."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor

LOGITS = Tensor(np.array([[0.5, -1.0, 2.0], [1.0, 1.0, -3.0], [0.1, 0.2, 0.3]]))
LABELS = np.array([2, 0, 1])
WEIGHT = np.array([1.0, 2.0, 0.5])


@pytest.mark.parametrize(
    "options",
    [
        {"weight": WEIGHT},
        {"ignore_index": 2},
        {"reduction": "sum"},
        {"label_smoothing": 0.2},
    ],
    ids=lambda options: next(iter(options)),
)
def test_cross_entropy_passes_its_options_on(options):
    loss = nn.CrossEntropyLoss(**options)(LOGITS, LABELS)
    assert loss.item() == F.cross_entropy(LOGITS, LABELS, **options).item()
    assert loss.item() != nn.CrossEntropyLoss()(LOGITS, LABELS).item()


@pytest.mark.parametrize(
    "options",
    [{"weight": WEIGHT}, {"ignore_index": 2}, {"reduction": "sum"}],
    ids=lambda options: next(iter(options)),
)
def test_nll_passes_its_options_on(options):
    loss = nn.NLLLoss(**options)(LOGITS, LABELS)
    assert loss.item() == F.nll_loss(LOGITS, LABELS, **options).item()
    assert loss.item() != nn.NLLLoss()(LOGITS, LABELS).item()


def test_mse_passes_its_reduction_on():
    targets = LOGITS.data + 2
    assert nn.MSELoss()(LOGITS, targets).item() == pytest.approx(4)
    assert nn.MSELoss(reduction="sum")(LOGITS, targets).item() == pytest.approx(36)


@pytest.mark.parametrize("layer", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_weight_is_a_buffer_that_moves_with_the_module(layer):
    loss = layer(WEIGHT)
    assert list(loss.state_dict()) == ["weight"]
    assert loss.num_parameters() == 0
    loss.to(np.float32)
    assert loss(LOGITS.astype(np.float32), LABELS).dtype == np.float32
    assert layer().state_dict() == {}


@pytest.mark.parametrize(
    "layer", [nn.BCELoss, nn.BCEWithLogitsLoss, nn.MultiMarginLoss]
)
def test_every_weight_is_a_buffer(layer):
    loss = layer(weight=WEIGHT)
    assert list(loss.state_dict()) == ["weight"]
    assert layer().state_dict() == {}


def test_pos_weight_is_a_buffer_of_its_own():
    loss = nn.BCEWithLogitsLoss(WEIGHT, pos_weight=2 * WEIGHT)
    assert list(loss.state_dict()) == ["weight", "pos_weight"]
    loss.to(np.float32)
    targets = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0]])
    assert loss(LOGITS.astype(np.float32), targets).dtype == np.float32


def test_losses_in_a_list_go_by_configuration():
    """What the layers are for: a loss chosen by its name."""
    losses = {"squared": nn.MSELoss(), "absolute": nn.L1Loss(), "Huber": nn.HuberLoss()}
    found = {
        name: loss(LOGITS, LOGITS.data + 2).item() for name, loss in losses.items()
    }
    assert found == pytest.approx({"squared": 4, "absolute": 2, "Huber": 1.5})
