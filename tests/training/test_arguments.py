"""Arguments that `fit` refuses, by name and before it changes anything."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.training import EarlyStopping, fit
from dlbook.training.arguments import check_arguments
from tests.training.runs import accuracy, assert_same_bits, data, network, sgd

LOSS = nn.CrossEntropyLoss()
GOOD = data(6)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"epochs": -1}, ValueError, "epochs must be at least 0, got -1"),
        ({"epochs": 1.0}, TypeError, "epochs must be an int, got 1.0"),
        ({"epochs": True}, TypeError, "epochs must be an int, got True"),
        ({"accumulate": 0}, ValueError, "accumulate must be at least 1, got 0"),
        ({"accumulate": "2"}, TypeError, "accumulate must be an int, got '2'"),
        ({"clip_norm": 0.0}, ValueError, "clip_norm must be greater than 0, got 0.0"),
        ({"clip_norm": np.nan}, ValueError, "clip_norm must be greater than 0"),
        ({"clip_value": -1}, ValueError, "clip_value must be greater than 0, got -1"),
        ({"clip_value": "1"}, TypeError, "clip_value must be a number or None"),
        ({"training": []}, ValueError, "training: there is no batch"),
        ({"training": iter([GOOD])}, TypeError, "training must give its batches anew"),
        ({"training": 3}, TypeError, "training must be iterable, got int"),
        ({"validation": []}, ValueError, "validation: there is no batch"),
        ({"validation": iter([GOOD])}, TypeError, "validation must give its batches"),
        ({"training": [(GOOD[0][:0], GOOD[1][:0])]}, ValueError, "batch is empty"),
        ({"model": lambda x: x}, TypeError, "model must be a Module, got function"),
        ({"optimizer": "sgd"}, TypeError, "optimizer must be an Optimizer, got str"),
        ({"optimizer": sgd(network())}, ValueError, "no parameter of model"),
        ({"loss": "mse"}, TypeError, "loss must be callable, got str"),
        (
            {"loss": nn.CrossEntropyLoss(reduction="sum")},
            ValueError,
            "loss must have reduction \"mean\".*'sum'",
        ),
        ({"loss": lambda o, t: o}, ValueError, r"single number, got shape \(6, 2\)"),
        ({"loss": lambda o, t: 1.0}, TypeError, "must return a Tensor, got float"),
        ({"metrics": {"accuracy": accuracy}}, ValueError, "validation, which is None"),
        (
            {"metrics": {"loss": accuracy}, "validation": [GOOD]},
            ValueError,
            '"loss" is the name of the loss',
        ),
        (
            {"early_stopping": EarlyStopping(2)},
            ValueError,
            "watches 'validation loss', which this run does not record; it records "
            r"\['training loss', 'learning rate'\]",
        ),
        (
            {
                "early_stopping": EarlyStopping(2, monitor="validation accuracy"),
                "validation": [GOOD],
            },
            ValueError,
            "watches 'validation accuracy'",
        ),
    ],
)
def test_refuses(change, error, message):
    model = network()
    arguments = {
        "model": model,
        "training": [GOOD],
        "loss": LOSS,
        "optimizer": sgd(model),
        "epochs": 1,
    }
    before = model.state_dict()
    with pytest.raises(error, match=message):
        fit(**(arguments | change))
    assert_same_bits(model.state_dict(), before)


def test_accepts_numpy_numbers_and_a_divergence():
    model = network()
    check_arguments(
        model=model,
        training=[GOOD],
        loss=nn.KLDivLoss(reduction="batchmean"),  # also a mean over examples
        optimizer=sgd(model),
        epochs=np.int64(1),
        validation=[GOOD],
        metrics={"accuracy": accuracy},
        clip_norm=np.float32(1),
        clip_value=np.inf,
        accumulate=np.int32(2),
        early_stopping=EarlyStopping(1, monitor="validation accuracy"),
        scheduler=None,
        schedule_each="epoch",
    )
