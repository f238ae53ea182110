"""nan and infinity stop a run before the step, and their origin is named."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.functional import cross_entropy, mse_loss
from dlbook.training import NonFiniteLossError, fit
from tests.training.runs import (
    RunningMean,
    assert_same_bits,
    data,
    in_batches,
    network,
    sgd,
)


class Apply(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x)


def stopped(model, batches, loss=cross_entropy, **options):
    """Run until the error; return it."""
    with pytest.raises(NonFiniteLossError) as caught:
        fit(model, batches, loss=loss, optimizer=sgd(model), epochs=3, **options)
    return caught.value


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_inputs(value):
    inputs, targets = data(6)
    inputs[4, 1] = value
    error = stopped(network(), in_batches(inputs, targets, 3, 3))
    assert (error.epoch, error.step) == (1, 2)
    assert error.origin == (
        "the inputs, of which 1 of 9 values are not finite, "
        f"the first {value} at [1, 1]"
    )
    assert str(error) == (
        f"epoch 1, step 2: the loss is {error.loss:.6g}. Not finite first: "
        f"{error.origin}. The model is as it was before this step."
    )


def test_an_infinite_input_that_only_the_gradient_shows():
    """The tanh of infinity is 1: the loss is finite, and wrong."""
    inputs, targets = data(6)
    inputs[1, 0] = np.inf
    for accumulate in (1, 3):
        batches = in_batches(inputs, targets, 2, 2, 2)
        error = stopped(network(), batches, accumulate=accumulate)
        assert np.isfinite(error.loss)
        assert error.origin.startswith("the inputs, of which 1 of 6 values")


def test_targets():
    inputs, _ = data(6)
    targets = np.zeros((6, 2))
    targets[0, 1] = np.nan
    error = stopped(network(), [(inputs, targets)], mse_loss)
    assert error.origin.startswith("the targets, of which 1 of 12 values")


@pytest.mark.parametrize("kind", [list, Tensor])
def test_targets_that_are_no_array(kind):
    inputs, _ = data(2)
    targets = kind([[1.0, np.nan], [0.0, 0.0]])
    error = stopped(
        network(),
        [(inputs, targets)],
        lambda o, t: mse_loss(o, Tensor(np.asarray(getattr(t, "data", t)))),
    )
    assert error.origin.startswith("the targets, of which 1 of 4 values")


def test_parameters():
    model = network()
    model[2].bias.data[1] = np.inf
    error = stopped(model, [data(6)])
    assert error.origin.startswith("parameter 2.bias, of which 1 of 2 values")


def test_the_first_layer_whose_output_is_not_finite():
    inner = nn.Sequential(nn.Identity(), Apply(lambda x: x - x.exp()), nn.Identity())
    model = nn.Sequential(nn.Linear(3, 2, rng=0), inner, nn.Identity()).to(np.float64)
    inputs, targets = data(6)
    model[0].bias.data[:] = [5, 800]  # exp(800) is too large
    error = stopped(model, [(inputs, targets)])
    assert error.origin == (
        "the output of layer 1.1 (Apply), of which 6 of 12 values are not finite, "
        "the first -inf at [0, 1]"
    )
    assert not any("forward" in vars(module) for module in model.modules())


def test_a_model_that_is_one_layer():
    class Model(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.ones((3, 2)))

        def forward(self, x):
            return (x @ self.weight - 1000.0).log()

    error = stopped(Model(), [data(6)])
    assert error.origin.startswith("the output of the model (Model), of which 12 of 12")


def test_a_layer_that_returns_several_tensors():
    class Pair(nn.Module):
        def forward(self, x):
            return x, [(x * 0).log(), x]

    class Model(nn.Module):
        def __init__(self):
            self.layer, self.pair = nn.Linear(3, 2, rng=0).to(np.float64), Pair()

        def forward(self, x):
            x, (y, _) = self.pair(self.layer(x))
            return x + y

    error = stopped(Model(), [data(6)])
    assert error.origin.startswith("the output of layer pair (Pair), of which 12 of 12")


def test_the_loss_itself():
    error = stopped(network(), [data(6)], lambda o, t: (o * 0).log().mean())
    assert error.origin == "the loss itself, from finite outputs"
    assert error.loss == -np.inf


def test_gradients_though_the_loss_is_finite():
    model = network()
    error = stopped(model, [data(6)], lambda o, t: (o * 0).sqrt().mean())
    assert np.isfinite(error.loss)
    assert error.origin == "the gradient of 2.bias, 2.weight, 0.bias, ..."
    three = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Linear(2, 2, bias=False, rng=0))
    error = stopped(three.to(np.float64), [data(6)], lambda o, t: (o * 0).sqrt().mean())
    assert error.origin == "the gradient of 1.weight, 0.bias, 0.weight"
    single = nn.Linear(3, 2, bias=False, rng=0).to(np.float64)
    error = stopped(single, [data(6)], lambda o, t: (o * 0).sqrt().mean())
    assert error.origin == "the gradient of weight"


def test_an_overflow_after_some_steps_leaves_the_weights_of_the_step_before():
    inputs, _ = data(6)
    targets = np.zeros((6, 2))
    batches = in_batches(inputs, targets, 2, 2, 2)
    options = {"lr": 1e30, "momentum": 0.9}  # every step makes it far worse
    model, same = network(), network()
    with pytest.raises(NonFiniteLossError) as caught:
        fit(model, batches, loss=mse_loss, optimizer=sgd(model, **options), epochs=9)
    steps = caught.value.step - 1
    assert caught.value.epoch == 1 + steps // 3 > 1
    optimizer = sgd(same, **options)
    for i in range(steps):  # the good steps alone
        one = [batches[i % 3]]
        fit(same, one, loss=mse_loss, optimizer=optimizer, epochs=1)
    assert_same_bits(model.state_dict(), same.state_dict())


@pytest.mark.parametrize("accumulate", [1, 3])
def test_buffers_and_generators_are_as_before_the_step_too(accumulate):
    rng = np.random.default_rng(2)
    model = nn.Sequential(
        nn.Linear(3, 4, rng=rng),
        RunningMean(4),
        nn.Dropout(rng=rng),
        nn.Linear(4, 2, rng=rng),
    ).to(np.float64)
    inputs, targets = data(6)
    inputs[5] = np.nan
    seen = []

    class Batches:  # notes the state before every step, and gives the bad batch third
        def __iter__(self):
            for i, batch in enumerate(in_batches(inputs, targets, 2, 2, 2)):
                if i % accumulate == 0:
                    seen.append((model.state_dict(), rng.bit_generator.state))
                yield batch

    error = stopped(model, Batches(), accumulate=accumulate)
    assert error.origin.startswith("the inputs, of which 3 of 6")
    assert error.step == 3 // accumulate
    before, generator = seen[-1]
    assert_same_bits(model.state_dict(), before)
    assert rng.bit_generator.state == generator


def test_the_search_sees_the_very_forward_pass_that_failed():
    """Dropout decides whether the overflow happens; earlier batches move its state."""
    rng = np.random.default_rng(28)  # of the first six masks, the third alone is 0
    model = nn.Sequential(
        nn.Linear(3, 1, rng=0),
        nn.Dropout(rng=rng),
        Apply(lambda x: 1.0 / x),
        nn.Linear(1, 2, rng=0),
    ).to(np.float64)
    inputs, targets = data(16)
    error = stopped(model, in_batches(inputs, targets, *[1] * 16), accumulate=16)
    assert error.origin.startswith("the output of layer 2 (Apply), of which 1 of 1")


def test_a_gradient_whose_length_is_infinite():
    """Every entry is finite, so that the layers and the gradients look well."""
    with pytest.raises(ValueError, match="the norm of the gradients is inf"):
        fit(
            model := network(),
            [data(6)],
            loss=lambda outputs, targets: (
                (outputs - outputs.detach()) * 1.7e308
            ).mean(),
            optimizer=sgd(model),
            epochs=1,
            clip_norm=1.0,
        )


def test_an_overflow_that_does_no_harm_is_no_error():
    def step(x):  # exp(200) is inf in float32, and 1 / inf the right result
        return x + Tensor(1 / (1 + np.exp(200 - x.data)))

    model = nn.Sequential(nn.Linear(3, 2, rng=0), Apply(step))
    fit(
        model,
        [data(6, np.float32)],
        loss=cross_entropy,
        optimizer=sgd(model),
        epochs=1,
    )
