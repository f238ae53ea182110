"""Ensembles average what they say; dropout asked many times answers many times."""

import numpy as np
import pytest

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.training import Ensemble, predict, predict_many
from tests.training.runs import RunningMean, data, network

INPUTS, TARGETS = data()
X = Tensor(INPUTS)


def members():
    return [network(seed) for seed in range(3)]


def test_probabilities_are_averaged():
    models = members()
    expected = np.mean([F.softmax(model(X)).data for model in models], axis=0)
    for ensemble in (Ensemble(models), Ensemble(models, of="probabilities")):
        p = ensemble(X).data
        np.testing.assert_allclose(p, expected, rtol=1e-12)
        np.testing.assert_allclose(p.sum(axis=1), 1)


def test_logits_are_averaged():
    models = members()
    z = Ensemble(models, of="logits")(X)
    expected = np.mean([model(X).data for model in models], axis=0)
    np.testing.assert_allclose(z.data, expected, rtol=1e-12)
    logs = np.mean([F.log_softmax(model(X)).data for model in models], axis=0)
    geometric = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(F.softmax(z).data, geometric, rtol=1e-12)


@pytest.mark.parametrize("of", ["probabilities", "logits"])
def test_the_mean_is_at_least_as_good_as_its_members_are_on_average(of):
    models = members()
    alone = np.mean([F.cross_entropy(m(X), TARGETS).item() for m in models])
    out = Ensemble(models, of=of)(X)
    logs = out.log() if of == "probabilities" else F.log_softmax(out)
    assert F.nll_loss(logs, TARGETS).item() < alone


def test_the_members_are_parts_of_it_and_learn_with_it():
    models = members()
    ensemble = Ensemble(tuple(models))
    assert ensemble.num_parameters() == 3 * models[0].num_parameters()
    assert "models.2.0.weight" in ensemble.state_dict()
    F.nll_loss(ensemble(X).log(), TARGETS).backward()
    assert all(np.abs(p.grad).max() > 0 for p in ensemble.parameters())
    assert not any(model.training for model in ensemble.eval().models)
    assert repr(ensemble).startswith(
        "Ensemble(\n  of='probabilities'\n  (models.0): Seq"
    )
    np.testing.assert_array_equal(
        predict(ensemble, [INPUTS[:4], INPUTS[4:]]), ensemble(X).data
    )


def test_one_alone_says_what_it_says():
    (model,) = members()[:1]
    np.testing.assert_array_equal(Ensemble([model], of="logits")(X).data, model(X).data)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: Ensemble([]), ValueError, "Ensemble: models is empty"),
        (lambda: Ensemble(network()), TypeError, "a list of Modules, got Sequential"),
        (lambda: Ensemble(3), TypeError, "a list of Modules, got int"),
        (lambda: Ensemble([network(), np.tanh]), TypeError, "model 1 is a ufunc"),
        (lambda: Ensemble(members(), of="votes"), ValueError, "of must .* 'votes'"),
        (
            lambda: Ensemble([nn.Linear(3, 2, rng=0), nn.Linear(3, 1, rng=0)])(
                Tensor(np.ones((4, 3), np.float32))
            ),
            ValueError,
            r"model 1 gives shape \(4, 1\), model 0 \(4, 2\)",
        ),
    ],
)
def test_what_cannot_be_averaged_is_refused(make, error, match):
    with pytest.raises(error, match=match):
        make()


# --- Monte-Carlo dropout --------------------------------------------------------------


def dropping(seed=0, p=0.5):
    first, _, second = network()
    return nn.Sequential(RunningMean(3), first, nn.Dropout(p, rng=seed), second)


def test_each_draw_has_masks_of_its_own():
    outputs = predict_many(dropping(), [INPUTS[:4], INPUTS[4:]], 5)
    assert outputs.shape == (5, 10, 2)
    assert outputs.dtype == np.float64
    for i in range(5):
        for j in range(i):
            assert (outputs[i] != outputs[j]).any(axis=1).mean() > 0.5


def test_the_draws_are_those_of_the_layers_generator():
    model, same = dropping(3), dropping(3).eval()
    pairs = [(INPUTS[:4], TARGETS[:4]), (INPUTS[4:], TARGETS[4:])]
    outputs = predict_many(model, iter(pairs), np.int64(3))  # goes through them once
    same[2].training = True
    expected = [[same(Tensor(inputs)).data for _ in range(3)] for inputs, _ in pairs]
    np.testing.assert_array_equal(outputs, np.concatenate(expected, axis=1))


def test_their_mean_is_the_prediction_where_the_rest_is_linear():
    model = dropping(p=0.3)
    outputs = predict_many(model, [INPUTS], 4000)
    errors = outputs.std(axis=0) / np.sqrt(4000)
    assert (np.abs(outputs.mean(axis=0) - predict(model, [INPUTS])) < 5 * errors).all()


def test_every_kind_of_dropout_stays_at_work():
    for layer in (nn.AlphaDropout(rng=0), nn.FeatureAlphaDropout(rng=0)):
        model = nn.Sequential(nn.Linear(3, 8, rng=0), layer).to(np.float64)
        first, second = predict_many(model, [INPUTS], 2)
        assert (first != second).any()


@pytest.mark.parametrize("training", [True, False])
def test_modes_and_buffers_are_left_as_they_were(training):
    model = dropping().train(training)
    model[1].training = not training
    before = [module.training for module in model.modules()]
    mean = model[0].mean.data.copy()
    predict_many(model, [INPUTS], 2)
    assert [module.training for module in model.modules()] == before
    np.testing.assert_array_equal(model[0].mean.data, mean)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: predict_many(network(), [INPUTS], 3),
            ValueError,
            "has no Dropout",
        ),
        (lambda: predict_many(dropping(), [], 3), ValueError, "there is no batch"),
        (
            lambda: predict_many(dropping(), [INPUTS], 0),
            ValueError,
            "least 1, got 0",
        ),
        (lambda: predict_many(dropping(), [INPUTS], 2.0), TypeError, "int, got float"),
        (lambda: predict_many(dropping(), [INPUTS], True), TypeError, "int, got bool"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, error, match):
    with pytest.raises(error, match=f"predict_many: .*{match}"):
        call()


def test_one_draw_is_one():
    assert predict_many(dropping(), [INPUTS], 1).shape == (1, 10, 2)
