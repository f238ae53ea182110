"""Learning curves against the rate: what a frame says is computed again."""

import numpy as np
import pytest

from dlbook.autograd import Tensor
from dlbook.data import make_blobs
from dlbook.functional import cross_entropy
from dlbook.widgets import rate_explorer
from dlbook.widgets.rate_explorer import EPOCHS, HIDDEN, RATES, learn


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    return tuple(make_blobs(n, noise=0.5, rng=rng) for n in (70, 40))


def test_sgd_takes_the_steps_that_its_rule_says(blobs):
    training, test = blobs
    losses, _ = learn(training, test, "SGD", 0.1)
    rng = np.random.default_rng(0)
    weights = []
    for fan_in, fan_out in ((2, HIDDEN), (HIDDEN, 3)):
        k = 1 / np.sqrt(fan_in)
        for shape in ((fan_out, fan_in), (fan_out,)):
            value = rng.uniform(-k, k, shape).astype(np.float32)
            weights.append(Tensor(value, requires_grad=True))
    first, second, third, fourth = weights
    for epoch in range(2):
        order, total = rng.permutation(70), 0.0
        for start in (0, 32, 64):
            chosen = order[start : start + 32]
            x, y = training.inputs[chosen], training.targets[chosen]
            hidden = (Tensor(x) @ first.T + second).clip(min=0)
            loss = cross_entropy(hidden @ third.T + fourth, y)
            loss.backward()
            total += len(chosen) * loss.item()
            for weight in weights:
                weight.data -= np.float32(0.1) * weight.grad
                weight.grad = None
        assert losses[epoch] == pytest.approx(total / 70, rel=1e-5)


def test_a_run_that_blows_up_says_so(blobs):
    training, test = blobs
    losses, accuracy = learn(training, test, "SGD", 1e30)
    assert accuracy is None
    assert len(losses) < EPOCHS


def test_the_sentence_tells_loss_and_accuracy(blobs):
    figure = rate_explorer(*blobs)
    frame = figure.frames[len(RATES) + 4]  # Adam, 0.01
    losses, accuracy = learn(*blobs, "Adam", RATES[4])
    assert frame.sentence.startswith("Adam, 0.01: ")
    assert f"loss {losses[-1]:.3g} in the last epoch" in frame.sentence
    assert f"{accuracy:.1%} of 40 held-out examples" in frame.sentence
    assert len(figure._repr_html_().encode()) < 100_000
