"""The runs on MNIST-1D, at a tiny size."""

import numpy as np
import pytest

from dlbook.claims.runs import mnist_1d

REPLAYS = {
    "lenet-1d-linear": (mnist_1d.linear, "linear", False),
    "lenet-1d-mlp": (mnist_1d.mlp, "mlp", False),
    "lenet-1d-cnn": (mnist_1d.cnn, "cnn", False),
    "lenet-1d-shuffled": (mnist_1d.cnn_shuffled, "cnn", True),
}


@pytest.mark.parametrize("model", mnist_1d.MODELS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_run_is_decided_by_its_seed(model, shuffled):
    one, again, other = (
        mnist_1d.run(model, seed, shuffled=shuffled, epochs=1, samples=500)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (4,)  # 400 signals, batches of 100
    assert not np.array_equal(one.losses, other.losses)


@pytest.mark.parametrize("experiment", mnist_1d.EXPERIMENTS, ids=lambda e: e.claim)
def test_a_replay_is_the_start_of_its_own_run(experiment, monkeypatch):
    replay, model, shuffled = REPLAYS[experiment.claim]
    assert experiment.replay == f"{mnist_1d.__name__}:{replay.__name__}"
    calls = []

    def noted(*arguments, **options):
        calls.append((*arguments, options.get("shuffled", False)))
        return run(*arguments, **options | {"steps": 2})

    run = mnist_1d.run
    monkeypatch.setattr(mnist_1d, "run", noted)
    losses = replay(seed=3, steps=2)
    np.testing.assert_array_equal(experiment.run(3).losses, losses)
    assert calls == [(model, 3, shuffled)] * 2


def test_order_matters_to_the_convolution():
    ordered, shuffled = (
        mnist_1d.run("cnn", 0, shuffled=s, epochs=12, samples=2500)
        for s in (False, True)
    )
    assert ordered.figure > shuffled.figure + 10
