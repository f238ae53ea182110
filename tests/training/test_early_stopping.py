"""When a run stops early, and which weights it ends with."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.training import EarlyStopping, History, fit
from tests.training.runs import accuracy, assert_same_bits, data, network, sgd

LOSS = "validation loss"


def follow(stopping, values, name=LOSS):
    """Feed values until it stops; return the number of epochs."""
    history, model = History(), nn.Linear(1, 1, rng=0)
    for value in values:
        history.append({name: value})
        model.weight.data[:] = history.epochs
        if stopping.update(history, model):
            break
    stopping.restore(model)
    return history.epochs, model.weight.data.item()


@pytest.mark.parametrize(
    ("values", "patience", "min_delta", "epochs", "best"),
    [
        ([3, 2, 1, 2, 3, 4], 2, 0.0, 5, 3),
        ([3, 2, 1, 2, 3, 4], 1, 0.0, 4, 3),
        ([3, 2, 1, 2, 0.5, 2, 2], 2, 0.0, 7, 5),  # patience starts over
        ([3, 3, 3, 3], 2, 0.0, 3, 1),  # as good is not better
        ([3, 2.5, 2, 1.5, 1], 3, 1.0, 5, 4),  # small gains add up, against the best
        ([3, 2.75, 2.5, 2.25], 2, 1.0, 3, 1),
        ([5, np.nan, np.nan, 1], 2, 0.0, 3, 1),
        ([np.inf, 5, 4], 2, 0.0, 3, 3),
    ],
)
def test_stops_after_patience_epochs_without_a_new_best(
    values, patience, min_delta, epochs, best
):
    stopping = EarlyStopping(patience, min_delta=min_delta)
    assert follow(stopping, values) == (epochs, best)
    assert stopping.best_epoch == best
    assert stopping.best == values[best - 1]


def test_nothing_but_nan_stops_too_and_keeps_the_last_weights():
    stopping = EarlyStopping(2)
    assert follow(stopping, [np.nan] * 5) == (2, 2)
    assert stopping.best_epoch is None


def test_large_values_may_be_better():
    name = "validation accuracy"
    assert follow(EarlyStopping(2, monitor=name), [1, 3, 2, 2, 5], name) == (4, 2)
    name = "validation score"
    stopping = EarlyStopping(2, monitor=name, mode="max")
    assert follow(stopping, [-3, -1, -2, -1, 5], name) == (4, 2)


def test_the_best_weights_are_copies_and_only_kept_on_demand():
    assert follow(EarlyStopping(3), [2, 1, 5]) == (3, 2)  # no stop, still the best
    stopping = EarlyStopping(1, restore_best=False)
    assert follow(stopping, [2, 1, 5]) == (3, 3)
    assert stopping.state_dict()["weights"] is None


def test_its_state_lets_another_one_go_on():
    values = [3, 2, 1, 2, 3, 4]
    for cut in range(1, 5):
        first, second = EarlyStopping(2), EarlyStopping(2)
        history, model = History(), nn.Linear(1, 1, rng=0)
        stopping = first
        for value in values:
            history.append({LOSS: value})
            model.weight.data[:] = history.epochs
            if stopping.update(history, model):
                break
            if history.epochs == cut:
                second.load_state_dict(first.state_dict())
                stopping = second
        stopping.restore(model)
        assert (history.epochs, model.weight.data.item()) == (5, 3)


def test_a_state_of_another_value_is_refused():
    other = EarlyStopping(2, monitor="training loss")
    with pytest.raises(ValueError, match="watched 'training loss', expected 'validati"):
        EarlyStopping(2).load_state_dict(other.state_dict())


def test_fit_stops_and_puts_the_best_weights_back():
    inputs, targets = data(12)
    stopping = EarlyStopping(3)
    model = network()

    def run(epochs, **options):
        model = network()
        history = fit(
            model,
            [(inputs[:6], targets[:6])],
            loss=nn.CrossEntropyLoss(),
            optimizer=sgd(model, lr=2.0),
            epochs=epochs,
            validation=[(inputs[6:], 1 - targets[6:])],  # what is learned is wrong here
            metrics={"accuracy": accuracy},
            **options,
        )
        return model, history

    for _ in range(2):  # a second run starts afresh
        model, history = run(50, early_stopping=stopping)
        best = history.best(LOSS)
        assert stopping.stopped
        assert history.epochs == best.epoch + 3 < 50
        assert (stopping.best, stopping.best_epoch) == best
        expected, _ = run(best.epoch)
        assert_same_bits(model.state_dict(), expected.state_dict())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"patience": 0}, ValueError, "patience must be at least 1, got 0"),
        ({"patience": 2.0}, TypeError, "patience must be an int, got 2.0"),
        ({"patience": True}, TypeError, "patience must be an int, got True"),
        ({"patience": 1, "min_delta": -1}, ValueError, "min_delta must be at least 0"),
        ({"patience": 1, "min_delta": np.nan}, ValueError, "min_delta must be at"),
        ({"patience": 1, "mode": "up"}, ValueError, 'must be "min" or "max", got .up'),
        ({"patience": 1, "monitor": "validation f1"}, ValueError, "got None"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        EarlyStopping(**arguments)


def test_a_value_that_was_not_recorded_is_named():
    history = History()
    history.append({"training loss": 1.0})
    with pytest.raises(KeyError, match="no 'validation loss' was recorded"):
        EarlyStopping(1).update(history, network())


def test_repr():
    assert repr(EarlyStopping(3, monitor="validation accuracy")) == (
        "EarlyStopping(patience=3, monitor='validation accuracy', mode='max', "
        "min_delta=0.0, restore_best=True)"
    )
