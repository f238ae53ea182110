"""Losses and metrics over a whole data set, and predictions."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.functional import cross_entropy
from dlbook.training import evaluate, predict
from tests.training.runs import (
    accuracy,
    data,
    in_batches,
    loader,
    network,
)

LOSS = nn.CrossEntropyLoss()


def precision(outputs, targets):
    chosen = outputs.argmax(axis=1) == 1
    return (targets[chosen] == 1).mean()


@pytest.mark.parametrize("sizes", [(11,), (4, 4, 3), (10, 1), (1,) * 11])
def test_results_do_not_depend_on_the_batches(sizes):
    inputs, targets = data(11)
    targets[::2] = 1 - targets[::2]  # some answers are wrong
    model = network(5)
    results = evaluate(
        model,
        in_batches(inputs, targets, *sizes),
        loss=LOSS,
        metrics={"accuracy": accuracy, "precision": precision},
    )
    outputs = model(Tensor(inputs))
    assert list(results) == ["loss", "accuracy", "precision"]
    assert results["loss"] == pytest.approx(
        cross_entropy(outputs, targets).item(), rel=1e-13
    )
    assert results["accuracy"] == accuracy(outputs.data, targets)
    assert results["precision"] == precision(outputs.data, targets)
    assert 0 < results["precision"] < 1
    assert {type(value) for value in results.values()} == {float}


def test_the_model_is_in_evaluation_mode_and_records_nothing():
    inputs, targets = data(6)
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(3, 2, rng=rng).to(np.float64), nn.Dropout(rng=rng))
    model[0].training = False
    state = rng.bit_generator.state
    seen = []

    def loss(outputs, targets):
        seen.append((outputs.requires_grad, is_grad_enabled(), model.training))
        return cross_entropy(outputs, targets)

    evaluate(model, [(inputs, targets)], loss=loss)
    predict(model, [inputs])
    assert seen == [(False, False, False)]
    assert rng.bit_generator.state == state
    assert [m.training for m in model.modules()] == [True, False, True]
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_mode_comes_back_after_an_error():
    model = network()

    def fail(outputs, targets):
        raise RuntimeError("no loss")

    with pytest.raises(RuntimeError, match="no loss"):
        evaluate(model, [data(4)], loss=fail)
    assert model.training
    assert is_grad_enabled()


def test_a_loss_that_is_not_finite_is_told_as_it_is():
    inputs, targets = data(4)
    inputs[0] = np.nan
    assert np.isnan(evaluate(network(), [(inputs, targets)], loss=LOSS)["loss"])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"batches": []}, ValueError, "batches: there is none to evaluate"),
        ({"batches": [(np.zeros((0, 3)), [])]}, ValueError, "a batch is empty"),
        (
            {"loss": nn.MSELoss(reduction="none")},
            ValueError,
            'reduction "mean".*\'none',
        ),
        ({"loss": lambda o, t: o}, ValueError, r"single number, got shape \(4, 2\)"),
        ({"loss": lambda o, t: 1.0}, TypeError, "must return a Tensor, got float"),
        ({"metrics": {"loss": accuracy}}, ValueError, "choose another"),
        ({"metrics": {"m": lambda o, t: o}}, TypeError, "metric 'm' must return a num"),
        ({"metrics": {"m": lambda o, t: "1"}}, TypeError, "a number, got '1'"),
    ],
)
def test_refuses(change, error, message):
    arguments = {"batches": [data(4)], "loss": LOSS}
    with pytest.raises(error, match=message):
        evaluate(network(), **(arguments | change))


def test_predict_concatenates_the_outputs():
    inputs, targets = data(11)
    model = network()
    expected = model(Tensor(inputs)).data
    for batches in (
        loader(inputs, targets, 4),
        [inputs[:4], inputs[4:]],
        [[inputs, targets]],
    ):
        outputs = predict(model, batches)
        np.testing.assert_allclose(outputs, expected, rtol=1e-13)
        assert type(outputs) is np.ndarray


def test_predict_refuses_no_batches():
    with pytest.raises(ValueError, match="batches: there is none to predict from"):
        predict(network(), [])
