"""`fit` and a scheduler: when it steps, what it sees, and that it is resumed."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.optim import SGD, Adam
from dlbook.optim.lr_scheduler import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from dlbook.training import CheckpointError, fit
from tests.training.runs import assert_same_bits, data, in_batches, loader, network, sgd

LOSS = nn.CrossEntropyLoss()
STEPS = 3  # an epoch


def run(scheduler, epochs=4, model=None, **options):
    """Return the history of a run whose scheduler is made from the optimizer."""
    model = network() if model is None else model
    optimizer = sgd(model)
    batches = in_batches(*data(9), 3, 3, 3)
    return fit(
        model,
        batches,
        loss=LOSS,
        optimizer=optimizer,
        epochs=epochs,
        scheduler=scheduler(optimizer),
        **options,
    )


def test_a_schedule_of_epochs_steps_after_each():
    history = run(lambda o: ExponentialLR(o, 0.5))
    assert history["learning rate"] == [0.5, 0.25, 0.125, 0.0625]


def test_a_schedule_of_steps_steps_after_each():
    history = run(lambda o: ExponentialLR(o, 0.5), schedule_each="step")
    assert history["learning rate"] == [0.5 * 0.125**epoch for epoch in range(4)]


def test_the_first_step_has_the_first_rate():
    model = network()
    run(lambda o: LambdaLR(o, lambda t: float(t == 0)), 3, model, schedule_each="step")
    once = network()
    batches = in_batches(*data(9), 3)
    fit(once, batches, loss=LOSS, optimizer=sgd(once), epochs=1)
    assert_same_bits(model.state_dict(), once.state_dict())


def test_combined_batches_are_one_step():
    history = run(
        lambda o: ExponentialLR(o, 0.5), 2, schedule_each="step", accumulate=2
    )
    assert history["learning rate"] == [0.5, 0.125]


def test_one_cycle_ends_with_the_run():
    schedulers = []

    def make(optimizer):
        schedulers.append(OneCycleLR(optimizer, 0.5, epochs=4, steps_per_epoch=STEPS))
        return schedulers[0]

    run(make, schedule_each="step")
    assert schedulers[0].last_epoch == 12
    with pytest.raises(ValueError, match="step 13 of a schedule of 12 steps"):
        run(lambda o: OneCycleLR(o, 0.5, total_steps=12), 5, schedule_each="step")


class Watching(ReduceLROnPlateau):
    """Note what `step` is given."""

    def step(self, metrics):
        vars(self).setdefault("seen", []).append(metrics)
        super().step(metrics)


@pytest.mark.parametrize("validated", [False, True])
def test_a_plateau_watches_the_validation_loss_or_the_training_loss(validated):
    schedulers = []

    def make(optimizer):
        schedulers.append(Watching(optimizer, patience=0, threshold=0.9))
        return schedulers[0]

    options = {"validation": [data(5)]} if validated else {}
    history = run(make, **options)
    column = "validation loss" if validated else "training loss"
    assert schedulers[0].seen == history[column]
    np.testing.assert_allclose(history["learning rate"], [0.5, 0.5, 0.05, 0.005])


SCHEDULES = {
    "one cycle": (lambda o: OneCycleLR(o, 0.1, total_steps=18), "step"),
    "warm-up": (
        lambda o: SequentialLR(o, [LinearLR(o, 0.1), StepLR(o, 2)], [5]),
        "step",
    ),
    "plateau": (lambda o: ReduceLROnPlateau(o, patience=0, threshold=0.9), "epoch"),
    "decay": (lambda o: ExponentialLR(o, 0.7), "epoch"),
}
OPTIMIZERS = {
    "momentum": lambda p: SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: Adam(p, lr=0.03),
}


class Resumable:
    """All that a script makes at its start."""

    def __init__(self, path, schedule, optimizer="adam"):
        rng = np.random.default_rng(0)
        self.model = network(dtype=np.float32)
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        make, each = SCHEDULES[schedule]
        inputs, targets = data(12, np.float32)
        self.arguments = {
            "training": loader(inputs[:9], targets[:9], 3, rng),
            "validation": [(inputs[9:], targets[9:])],
            "loss": LOSS,
            "optimizer": self.optimizer,
            "scheduler": make(self.optimizer),
            "schedule_each": each,
            "checkpoint": path,
        }

    def fit(self, epochs, **options):
        self.history = fit(self.model, epochs=epochs, **(self.arguments | options))
        return self


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_resumed_run_ends_at_the_same_bits(tmp_path, schedule, optimizer):
    whole = Resumable(None, schedule, optimizer).fit(6)
    for epochs in (2, 3, 6):
        resumed = Resumable(tmp_path / "run.npz", schedule, optimizer).fit(epochs)
    assert resumed.history == whole.history
    assert_same_bits(resumed.model.state_dict(), whole.model.state_dict())
    assert len(set(whole.history["learning rate"])) > 1
    groups = [r.optimizer.param_groups[0] for r in (whole, resumed)]
    states = [{k: v for k, v in g.items() if k != "params"} for g in groups]
    assert states[0] == states[1]
    schedulers = [r.arguments["scheduler"].state_dict() for r in (whole, resumed)]
    assert schedulers[0] == schedulers[1]


def test_a_checkpoint_of_another_schedule_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    Resumable(path, "decay").fit(1)
    other = Resumable(path, "plateau")
    before = other.model.state_dict()
    with pytest.raises(CheckpointError, match="no state of a ReduceLROnPlateau"):
        other.fit(2)
    assert_same_bits(other.model.state_dict(), before)
    with pytest.raises(CheckpointError, match=r"other parts \(unexpected: scheduler"):
        Resumable(path, "decay").fit(2, scheduler=None)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"scheduler": "cosine"},
            TypeError,
            "scheduler must be an LRScheduler, got str",
        ),
        (
            {"scheduler": ConstantLR(sgd(network()))},
            ValueError,
            "scheduler belongs to another optimizer",
        ),
        (
            {"schedule_each": "batch"},
            ValueError,
            'schedule_each must be "epoch" or "step", got \'batch\'',
        ),
    ],
)
def test_refuses(change, error, message):
    model = network()
    optimizer = sgd(model)
    with pytest.raises(error, match=message):
        fit(model, [data(4)], loss=LOSS, optimizer=optimizer, epochs=1, **change)


def test_a_plateau_cannot_watch_steps():
    with pytest.raises(ValueError, match=r"watches the loss of every epoch"):
        run(ReduceLROnPlateau, schedule_each="step")
