"""The training loop: what a step is, what an epoch records, what is refused."""

from unittest import mock

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.functional import cross_entropy
from dlbook.optim import SGD, Adam, clip_grad_norm_
from dlbook.training import fit
from dlbook.training.progress import ProgressBar
from tests.training.runs import (
    RunningMean,
    accuracy,
    assert_same_bits,
    data,
    in_batches,
    loader,
    network,
    sgd,
)

LOSS = nn.CrossEntropyLoss()


def test_equals_torchs_loop():
    inputs, targets = data(11)
    model = network()
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)
    ).double()
    state = {name: torch.tensor(array) for name, array in model.state_dict().items()}
    theirs.load_state_dict(state)
    options = {"lr": 0.3, "momentum": 0.9}
    batches = in_batches(inputs, targets, 4, 4, 3)
    history = fit(
        model,
        batches,
        loss=LOSS,
        optimizer=sgd(model, **options),
        epochs=5,
        clip_norm=0.5,
    )
    optimizer = torch.optim.SGD(theirs.parameters(), **options)
    losses, norms = [], []
    for _ in range(5):
        for x, y in batches:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                theirs(torch.tensor(x)), torch.tensor(y)
            )
            loss.backward()
            norms.append(torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.5))
            losses.append(loss.item())
            optimizer.step()
    np.testing.assert_allclose(history.step_losses, losses, rtol=1e-12)
    np.testing.assert_allclose(history.gradient_norms, norms, rtol=1e-12)
    assert min(norms) < 0.5 < max(norms)  # some steps were clipped, some not
    for name, array in theirs.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[name], array, rtol=1e-10)


@pytest.mark.parametrize(
    ("sizes", "accumulate", "steps"),
    [
        ((5, 5), 2, [10]),
        ((4, 4, 2), 3, [10]),  # batches that differ in size
        ((1, 7, 2), 3, [10]),
        ((2, 2, 2, 2, 2), 2, [4, 4, 2]),  # a last group that is short
        ((3, 3, 3, 1), 3, [9, 1]),
        ((4, 6), 5, [10]),  # fewer batches than one group
    ],
)
def test_accumulated_batches_step_like_one_big_batch(sizes, accumulate, steps):
    inputs, targets = data(10)
    small, big = network(), network()
    options = {"loss": LOSS, "epochs": 4}
    ours = fit(
        small,
        in_batches(inputs, targets, *sizes),
        optimizer=sgd(small, momentum=0.9),
        accumulate=accumulate,
        **options,
    )
    expected = fit(
        big,
        in_batches(inputs, targets, *steps),
        optimizer=sgd(big, momentum=0.9),
        **options,
    )
    np.testing.assert_allclose(
        ours.step_losses, expected.step_losses, rtol=1e-12, atol=1e-12
    )
    for name, array in big.state_dict().items():
        np.testing.assert_allclose(
            small.state_dict()[name], array, rtol=1e-12, atol=1e-12
        )


def test_training_loss_is_the_mean_over_examples_not_over_batches():
    inputs, targets = data(10)
    model = network()
    scores = model(Tensor(inputs[9:])).data * 10
    model[2].weight.data *= 10  # sure of itself, and in the short batch wrong
    model[2].bias.data *= 10
    targets[9] = scores.argmin()
    history = fit(
        model,
        in_batches(inputs, targets, 9, 1),
        loss=LOSS,
        optimizer=sgd(model, lr=0.0),
        epochs=1,
    )
    whole = cross_entropy(model(Tensor(inputs)), targets).item()
    assert history["training loss"] == [pytest.approx(whole, rel=1e-14)]
    assert abs(np.mean(history.step_losses) - whole) > 0.1


def test_records_every_epoch_and_every_step():
    inputs, targets = data(10)
    model = network()
    history = fit(
        model,
        loader(inputs, targets, 4),
        loss=LOSS,
        optimizer=sgd(model, lr=0.25),
        epochs=3,
        validation=loader(inputs, targets, 3),
        metrics={"accuracy": accuracy},
    )
    assert list(history) == [
        "training loss",
        "validation loss",
        "validation accuracy",
        "learning rate",
    ]
    assert (history.epochs, history.steps) == (3, 9)
    assert history["learning rate"] == [0.25] * 3
    assert history["validation loss"][-1] == pytest.approx(
        cross_entropy(model(Tensor(inputs)), targets).item()
    )
    assert history["validation loss"][2] < history["validation loss"][0]
    assert history["training loss"][0] == pytest.approx(
        np.average(history.step_losses[:3], weights=[4, 4, 2])
    )
    assert history.gradient_norms == []


def test_learns():
    inputs, targets = data(40)
    model = network()
    fit(
        model,
        loader(inputs, targets, 8, np.random.default_rng(0)),
        loss=LOSS,
        optimizer=Adam(model.parameters(), lr=0.05),
        epochs=30,
    )
    assert accuracy(model(Tensor(inputs)).data, targets) > 0.95


def test_float32_stays_float32():
    inputs, targets = data(10, np.float32)
    model = network(dtype=np.float32)
    seen = set()

    def loss(outputs, targets):
        result = cross_entropy(outputs, targets)
        seen.update({outputs.dtype, result.dtype})
        return result

    fit(
        model,
        in_batches(inputs, targets, 4, 4, 2),
        loss=loss,
        optimizer=sgd(model, momentum=0.9),
        epochs=2,
        accumulate=2,
        clip_norm=0.1,
        clip_value=0.1,
    )
    assert seen == {np.dtype(np.float32)}
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert {p.grad.dtype for p in model.parameters()} == {np.dtype(np.float32)}


def test_integers_reach_the_model_as_integers():
    class Lookup(nn.Module):
        def __init__(self):
            self.table = nn.Parameter(np.zeros((4, 2)))

        def forward(self, tokens):
            assert tokens.dtype == np.int64
            return self.table[tokens]

    model = Lookup()
    tokens = np.array([0, 1, 2, 3, 3, 0])
    fit(
        model,
        [(tokens, tokens % 2)],
        loss=LOSS,
        optimizer=sgd(model),
        epochs=20,
    )
    assert accuracy(model.table.data[tokens], tokens % 2) == 1.0


def test_clip_value_limits_entries_before_clip_norm_limits_the_length():
    inputs, targets = data(10)
    model, by_hand = network(), network()
    history = fit(
        model,
        [(inputs * 10, targets)],
        loss=LOSS,
        optimizer=sgd(model),
        epochs=1,
        clip_value=0.01,
        clip_norm=0.02,
    )
    cross_entropy(by_hand(Tensor(inputs * 10)), targets).backward()
    for parameter in by_hand.parameters():
        parameter.grad = np.clip(parameter.grad, -0.01, 0.01)
    norm = clip_grad_norm_(by_hand.parameters(), 0.02)
    sgd(by_hand).step()
    assert history.gradient_norms == [norm]
    assert norm > 0.02
    assert_same_bits(model.state_dict(), by_hand.state_dict())


def test_modes_are_set_and_put_back():
    inputs, targets = data(6)
    modes = []

    class Noting(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(3, 2, rng=0).to(np.float64)

        def forward(self, x):
            modes.append((self.training, self.layer.training))
            return self.layer(x)

    model = Noting()
    model.training = False  # the model and its layer in different modes
    fit(
        model,
        [(inputs, targets)],
        loss=LOSS,
        optimizer=sgd(model),
        epochs=2,
        validation=[(inputs, targets)],
    )
    assert modes == [(True, True), (False, False)] * 2
    assert (model.training, model.layer.training) == (False, True)


def test_modes_are_put_back_after_an_error():
    inputs, targets = data(6)
    model = network().eval()
    with pytest.raises(ValueError, match="single number"):
        fit(
            model,
            [(inputs, targets)],
            loss=lambda outputs, targets: outputs,
            optimizer=sgd(model),
            epochs=1,
        )
    assert not model.training


def test_no_epochs_change_nothing():
    inputs, targets = data(6)
    model = network()
    before = model.state_dict()
    history = fit(model, [(inputs, targets)], loss=LOSS, optimizer=sgd(model), epochs=0)
    assert history.epochs == history.steps == 0
    assert_same_bits(model.state_dict(), before)


def test_the_same_seeds_give_the_same_run():
    def run():
        rng = np.random.default_rng(3)
        model = nn.Sequential(
            nn.Linear(3, 5, rng=rng),
            nn.Dropout(rng=rng),
            RunningMean(5),
            nn.Linear(5, 2, rng=rng),
        ).to(np.float64)
        batches = loader(*data(), 4, rng)
        history = fit(model, batches, loss=LOSS, optimizer=sgd(model), epochs=3)
        return model.state_dict(), history

    (ours, history), (again, same) = run(), run()
    assert_same_bits(ours, again)
    assert history == same


def test_gradients_of_an_earlier_run_do_not_count():
    inputs, targets = data(6)
    model, clean = network(), network()
    for parameter in model.parameters():
        parameter.grad = np.full(parameter.shape, 1e3)
    for each in (model, clean):
        fit(each, [(inputs, targets)], loss=LOSS, optimizer=sgd(each), epochs=1)
    assert_same_bits(model.state_dict(), clean.state_dict())


def test_refuses_a_loader_that_gives_nothing():
    class Empty:
        def __iter__(self):
            return iter(())

    model = network()
    with pytest.raises(ValueError, match="training: there is no batch"):
        fit(model, Empty(), loss=LOSS, optimizer=sgd(model), epochs=1)


def test_an_optimizer_of_a_part_of_the_model_is_fine():
    inputs, targets = data(6)
    model = network()
    first = model[0].weight.data.copy()
    fit(
        model,
        [(inputs, targets)],
        loss=LOSS,
        optimizer=SGD(model[2].parameters(), lr=0.1),
        epochs=1,
    )
    assert (model[0].weight.data == first).all()


def test_the_bar_is_told_of_every_step():
    model = network()
    inputs, targets = data(10)
    with mock.patch.object(ProgressBar, "advance") as advance:
        history = fit(
            model,
            in_batches(inputs, targets, *[2] * 5),
            loss=cross_entropy,
            optimizer=SGD(model.parameters(), lr=0.1),
            epochs=2,
            accumulate=2,
        )
    shown = [call.args for call in advance.call_args_list]
    epochs, batches = [1] * 3 + [2] * 3, [2, 2, 1] * 2
    assert shown == list(zip(epochs, batches, history.step_losses, strict=True))
