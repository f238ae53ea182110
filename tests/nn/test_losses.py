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
