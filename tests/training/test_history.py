"""What a run records, and how it shows itself."""

import json

import numpy as np
import pytest

from dlbook.training import Best, History
from dlbook.training.history import goal


def history(*losses, lr=0.1):
    recorded = History()
    for epoch, loss in enumerate(losses, start=1):
        rate = lr(epoch) if callable(lr) else lr
        recorded.append({"training loss": loss, "learning rate": rate})
        recorded.step_losses += [loss, loss]
    return recorded


def test_is_a_mapping_from_names_to_one_value_per_epoch():
    recorded = history(3.0, 2.0)
    assert dict(recorded) == {"training loss": [3.0, 2.0], "learning rate": [0.1, 0.1]}
    assert len(recorded) == 2
    assert "training loss" in recorded
    assert "validation loss" not in recorded
    assert (recorded.epochs, recorded.steps) == (2, 4)
    with pytest.raises(KeyError, match=r"no 'loss' was recorded; recorded: \['train"):
        recorded["loss"]


def test_every_epoch_has_the_same_names():
    recorded = history(3.0)
    with pytest.raises(ValueError, match=r"this epoch has .*, those before"):
        recorded.append({"training loss": 1.0})
    assert recorded == history(3.0)


def test_values_become_python_floats():
    recorded = History()
    recorded.append({"training loss": np.float32(0.5), "epoch": 1})
    assert [type(values[0]) for values in recorded.values()] == [float, float]


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [
        ("training loss", None, Best(1.0, 2)),
        ("validation accuracy", None, Best(0.9, 3)),
        ("validation perplexity", "min", Best(2.0, 1)),
        ("training loss", "max", Best(3.0, 1)),
    ],
)
def test_best_is_the_first_of_the_best_values(name, mode, expected):
    recorded = History()
    columns = {
        "training loss": [3.0, 1.0, 1.0, np.nan],
        "validation accuracy": [np.nan, 0.1, 0.9, 0.9],
        "validation perplexity": [2.0, 2.0, 3.0, np.inf],
    }
    for values in zip(*columns.values(), strict=True):
        recorded.append(dict(zip(columns, values, strict=True)))
    assert recorded.best(name, mode) == expected


def test_best_refuses_to_guess():
    recorded = history(np.nan, np.nan)
    with pytest.raises(ValueError, match="every value of 'training loss' is nan"):
        recorded.best("training loss")
    with pytest.raises(ValueError, match="mode for 'learning rate' must be \"min\" or"):
        recorded.best("learning rate")
    with pytest.raises(ValueError, match="got 'low'"):
        goal("training loss", "low")


def test_its_state_goes_through_json():
    recorded = history(0.1, 1 / 3)
    recorded.gradient_norms.append(0.7)
    again = History()
    again.load_state_dict(json.loads(json.dumps(recorded.state_dict())))
    assert again == recorded
    assert again != history(0.1, 1 / 3)
    assert again != 3


def test_its_state_is_a_copy():
    recorded = history(0.1)
    state = recorded.state_dict()
    again = History()
    again.load_state_dict(state)
    state["columns"]["training loss"].append(1.0)
    state["step losses"].append(1.0)
    assert again == recorded == history(0.1)


def test_repr_of_a_short_run():
    assert repr(history(0.25, 0.0001234567)) == (
        "History of 2 epochs, 4 steps, learning rate 0.1\n"
        "epoch  training loss\n"
        "    1           0.25\n"
        "    2      0.0001235"
    )
    assert repr(History()) == "History of 0 epochs, 0 steps"


def test_repr_of_a_long_run_shows_first_and_last_epochs():
    lines = repr(history(*range(1, 101), lr=lambda epoch: 1 / epoch)).splitlines()
    assert lines[0] == "History of 100 epochs, 200 steps"
    assert lines[1].split() == ["epoch", "training", "loss", "learning", "rate"]
    shown = [line.split()[0] for line in lines[2:]]
    assert shown == ["1", "2", "3", "4", "5", "6", "...", *map(str, range(96, 101))]


def test_repr_of_twelve_epochs_is_whole():
    lines = repr(history(*range(12))).splitlines()
    assert [line.split()[0] for line in lines[2:]] == [str(i) for i in range(1, 13)]


def test_markdown_is_a_table():
    assert history(0.25)._repr_markdown_() == (
        "History of 1 epoch, 2 steps, learning rate 0.1\n"
        "\n"
        "| epoch | training loss |\n"
        "| ---: | ---: |\n"
        "| 1 | 0.25 |"
    )
    assert History()._repr_markdown_() == "History of 0 epochs, 0 steps"
