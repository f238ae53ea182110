"""The run with two teachers, at a tiny size."""

import numpy as np
import pytest

from dlbook.claims.runs import smooth_teacher
from dlbook.functional import cross_entropy


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(smooth_teacher, "TEACHER", (64, 8, 10))
    monkeypatch.setattr(smooth_teacher, "STUDENT", (64, 4, 10))
    monkeypatch.setattr(smooth_teacher, "TEACHER_EPOCHS", 1)
    monkeypatch.setattr(smooth_teacher, "STUDENT_EPOCHS", 2)


@pytest.mark.usefixtures("tiny")
def test_a_run_is_decided_by_its_seed():
    one, again, other = (smooth_teacher.run(seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.losses, again.losses)
    assert one.figure == again.figure
    assert one.losses.shape == (22,)  # 1,347 digits, batches of 64
    assert not np.array_equal(one.losses, other.losses)
    assert -100 <= one.figure <= 100


@pytest.mark.usefixtures("tiny")
def test_the_replay_is_the_start_of_the_run():
    (experiment,) = smooth_teacher.EXPERIMENTS
    assert experiment.replay == f"{smooth_teacher.__name__}:smooth_teacher"
    losses = smooth_teacher.smooth_teacher(seed=3, steps=2)
    np.testing.assert_array_equal(losses, experiment.run(3).losses[:2])


@pytest.mark.usefixtures("tiny")
def test_one_teacher_smooths_and_is_the_one_whose_losses_are_kept(monkeypatch):
    smoothings, losses = [], []

    def noted(z, y, *, label_smoothing):
        loss = cross_entropy(z, y, label_smoothing=label_smoothing)
        smoothings.append(label_smoothing)
        losses.append(loss.item())
        return loss

    monkeypatch.setattr(smooth_teacher, "cross_entropy", noted)
    outcome = smooth_teacher.run(0)
    assert smoothings == [0.1] * 22 + [0.0] * 22
    np.testing.assert_array_equal(outcome.losses, losses[:22])


@pytest.mark.usefixtures("tiny")
def test_the_figure_is_zero_for_two_teachers_alike(monkeypatch):
    monkeypatch.setattr(smooth_teacher, "TEACHER_EPOCHS", 5)
    monkeypatch.setattr(smooth_teacher, "STUDENT_EPOCHS", 50)
    assert smooth_teacher.run(1).figure != 0  # so that zero says something
    monkeypatch.setattr(smooth_teacher, "SMOOTHING", 0.0)
    assert smooth_teacher.run(1).figure == 0


@pytest.mark.usefixtures("tiny")
def test_the_figure_is_the_usual_teachers_student_minus_the_other(monkeypatch):
    kept = []

    def answers(model, batches):
        (inputs,) = batches
        if len(inputs) > 1000:  # a teacher's lesson
            return np.zeros((len(inputs), 10), np.float32)
        kept.append(model)
        right = len(inputs) if len(kept) == 1 else len(inputs) // 2
        _, test = smooth_teacher.stratified_split(
            smooth_teacher.load_digits(), rng=np.random.default_rng(0)
        )
        said = np.where(np.arange(len(inputs)) < right, test.targets, -1)
        return np.eye(11)[:, :10][said]

    monkeypatch.setattr(smooth_teacher, "predict", answers)
    # the usual teacher's student answers first: all right, and half at least
    assert 40 <= smooth_teacher.run(0).figure <= 50
