"""An interrupted and resumed run ends as the uninterrupted one, to the last bit."""

import numpy as np
import pytest

from dlbook import nn
from dlbook.functional import cross_entropy
from dlbook.optim import SGD, Adam
from dlbook.training import (
    CheckpointError,
    EarlyStopping,
    fit,
    load_checkpoint,
    save_checkpoint,
)
from tests.training.runs import (
    RunningMean,
    accuracy,
    assert_same_bits,
    data,
    loader,
    network,
    sgd,
)

EPOCHS = 6
OPTIMIZERS = {
    "momentum": lambda parameters: SGD(parameters, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda parameters: Adam(parameters, lr=0.02, weight_decay=0.01),
    "amsgrad": lambda parameters: Adam(parameters, lr=0.02, amsgrad=True),
    "groups": lambda parameters: Adam(
        [{"params": [p], "lr": 0.01 * (i + 1)} for i, p in enumerate(parameters)]
    ),
}


class Interrupted(Exception):
    pass


class Run:
    """All that a script makes at its start; two seeds make two different runs."""

    def __init__(self, path, seed=0, optimizer="adam", shared=False, dtype=np.float32):
        rng = np.random.default_rng(seed)
        other = rng if shared else np.random.default_rng(seed + 1)
        inputs, targets = data(22, dtype)
        self.model = nn.Sequential(
            nn.Linear(3, 8, rng=rng),
            RunningMean(8),
            nn.ReLU(),
            nn.Dropout(0.3, rng=other),
            nn.Linear(8, 2, rng=rng),
        ).to(dtype)
        self.arguments = {
            "training": loader(inputs[:16], targets[:16], 3, rng),
            "validation": loader(inputs[16:], targets[16:], 4, rng),
            "metrics": {"accuracy": accuracy},
            "optimizer": OPTIMIZERS[optimizer](self.model.parameters()),
            "clip_norm": 1.0,
            "accumulate": 2,
            "checkpoint": path,
        }
        self.losses_left = None

    def loss(self, outputs, targets):
        if self.losses_left is not None:
            self.losses_left -= 1
            if self.losses_left < 0:
                raise Interrupted
        return cross_entropy(outputs, targets)

    def fit(self, epochs=EPOCHS, **options):
        arguments = self.arguments | options
        self.history = fit(self.model, loss=self.loss, epochs=epochs, **arguments)
        return self

    def everything(self):
        optimizer = self.arguments["optimizer"].state_dict()["state"]
        arrays = {
            f"{i} {name}": np.asarray(value)
            for i, state in optimizer.items()
            for name, value in state.items()
        }
        return self.model.state_dict() | arrays


def assert_same_run(ours, expected):
    assert ours.history == expected.history
    assert_same_bits(ours.everything(), expected.everything())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("shared", [False, True], ids=["generators", "one generator"])
def test_resumed_runs_are_the_same_to_the_last_bit(optimizer, shared, tmp_path):
    options = {"optimizer": optimizer, "shared": shared}
    expected = Run(None, **options).fit()
    for finished in range(EPOCHS + 1):
        path = tmp_path / f"{finished}.npz"
        Run(path, **options).fit(finished)
        assert path.exists() == (finished > 0)
        other = Run(path, seed=0 if finished == 0 else 9, **options)
        assert_same_run(other.fit(), expected)


def test_the_run_depends_on_all_that_is_saved(tmp_path):
    """Leaving any part out of the checkpoint would change the end of the run."""
    expected = Run(None).fit()
    path = tmp_path / "a.npz"
    for part in ("model", "optimizer", "generators"):
        Run(path).fit(3)
        state = load_checkpoint(path)
        fresh = tmp_path / "fresh.npz"
        Run(fresh, seed=9).fit(1)
        state[part] = load_checkpoint(fresh)[part]
        fresh.unlink()
        save_checkpoint(path, state)
        resumed = Run(path, seed=9).fit()
        assert resumed.history["training loss"] != expected.history["training loss"]
        path.unlink()


@pytest.mark.parametrize("losses", [0, 1, 7, 8, 9, 20, 47])
def test_a_run_that_is_cut_off_anywhere_goes_on_from_its_last_epoch(losses, tmp_path):
    expected = Run(None).fit()
    path = tmp_path / "a.npz"
    cut = Run(path)
    cut.losses_left = losses
    with pytest.raises(Interrupted):
        cut.fit()
    epochs_done = losses // 8  # 6 batches of training and 2 of validation
    if epochs_done:
        assert len(load_checkpoint(path)["history"]["columns"]["training loss"]) == (
            epochs_done
        )
    else:
        assert not path.exists()
    assert_same_run(Run(path, seed=9 if epochs_done else 0).fit(), expected)


def test_early_stopping_goes_on_and_stays_stopped(tmp_path):
    def run(epochs, path, seed=0):
        stopping = EarlyStopping(2, monitor="validation loss", min_delta=0.05)
        started = Run(path, seed).fit(epochs, early_stopping=stopping)
        return started, stopping

    expected, stopped = run(40, None)
    assert stopped.stopped
    assert stopped.best_epoch < expected.history.epochs < 40
    path = tmp_path / "a.npz"
    for epochs in (*range(1, expected.history.epochs + 1), 40, 50):
        ours, stopping = run(epochs, path, seed=epochs - 1)
        assert ours.history.epochs == min(epochs, expected.history.epochs)
        if epochs == 1:
            continue
        assert_same_bits(ours.model.state_dict(), stopping.state_dict()["weights"])
    assert_same_run(ours, expected)
    assert stopping.best == stopped.best


def test_more_epochs_continue_a_finished_run(tmp_path):
    path = tmp_path / "a.npz"
    Run(path).fit(2)
    finished = Run(path, seed=9).fit(2)
    assert finished.history.epochs == 2
    assert_same_run(Run(path, seed=9).fit(5), Run(None).fit(5))
    with_more = path.read_bytes()
    assert Run(path, seed=9).fit(3).history.epochs == 5  # nothing is taken back
    assert path.read_bytes() == with_more


def test_the_same_run_writes_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        Run(tmp_path / name).fit(2)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def saved(path, change):
    """Save one epoch of a run with a change to its state."""
    Run(path).fit(1)
    state = load_checkpoint(path)
    change(state)
    save_checkpoint(path, state)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["model"].pop("0.weight"), "missing: 0.weight"),
        (lambda s: s["model"].update(extra=np.zeros(1)), "unexpected: extra"),
        (
            lambda s: s["model"].update({"4.bias": np.zeros(3, np.float32)}),
            r"wrong shape: 4.bias is \(3,\), expected \(2,\)",
        ),
        (
            lambda s: s["model"].update({"4.bias": np.zeros(2)}),
            "wrong dtype: 4.bias is float64, expected float32",
        ),
        (lambda s: s.pop("history"), "other parts .missing: history"),
        (lambda s: s.update(more={}), "other parts .unexpected: more"),
        (lambda s: s["optimizer"].pop("state"), "'state'"),
        (lambda s: s["optimizer"]["param_groups"].pop(), "0 parameter groups, exp"),
        (lambda s: s["generators"].pop("model.3.rng"), "missing: model.3.rng"),
        (
            lambda s: s["generators"].update(
                {"training.rng": np.random.MT19937(0).state}
            ),
            "PCG64",
        ),
        (lambda s: s.update(model=3), "int"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_changes_nothing(
    change, message, tmp_path
):
    path = tmp_path / "a.npz"
    saved(path, change)
    before = path.read_bytes()
    run = Run(path, seed=9)
    weights = run.everything()
    generator = run.arguments["training"].rng.bit_generator.state
    with pytest.raises(CheckpointError, match=message) as caught:
        run.fit()
    assert str(caught.value).startswith(f"{path}: saved by another run than this one:")
    assert "remove the file" in str(caught.value)
    assert_same_bits(run.everything(), weights)
    assert run.arguments["training"].rng.bit_generator.state == generator
    assert path.read_bytes() == before


def test_a_checkpoint_without_early_stopping_does_not_fit_a_run_with_it(tmp_path):
    path = tmp_path / "a.npz"
    Run(path).fit(1)
    with pytest.raises(CheckpointError, match="missing: early stopping"):
        Run(path).fit(early_stopping=EarlyStopping(2))


def test_a_damaged_checkpoint_stops_the_run(tmp_path):
    path = tmp_path / "a.npz"
    Run(path).fit(1)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.npz: damaged"):
        Run(path).fit()


def test_other_columns_than_before_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    Run(path).fit(1)
    with pytest.raises(
        CheckpointError, match=r"other columns \(unexpected: validation acc"
    ):
        Run(path).fit(metrics={})


def test_the_folder_has_to_be_there_before_the_run_begins(tmp_path):
    run = Run(tmp_path / "nowhere" / "a.npz")
    with pytest.raises(CheckpointError, match=r"nowhere/a\.npz: there is no folder"):
        run.fit()
    assert not run.arguments["optimizer"].state


def test_without_a_checkpoint_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = network()
    fit(model, [data(4)], loss=cross_entropy, optimizer=sgd(model), epochs=1)
    assert list(tmp_path.iterdir()) == []
