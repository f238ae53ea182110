"""The run with two teachers, at a tiny size."""

import numpy as np
import pytest

from dlbook.claims.runs import smooth_teacher
from dlbook.functional import cross_entropy
from dlbook.optim import Adam


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
    smoothings, smoothing_of, lessons = [], {}, []
    learn = smooth_teacher._learn

    def loss(z, y, *, label_smoothing):
        smoothings.append(label_smoothing)
        return cross_entropy(z, y, label_smoothing=label_smoothing)

    def taught(model, *args, **options):
        before = len(smoothings)
        losses = learn(model, *args, **options)
        if len(smoothings) > before:  # a teacher
            smoothing_of[model] = smoothings[-1]
        return losses

    def answers(model, batches):
        (inputs,) = batches
        if model in smoothing_of:
            lessons.append(smoothing_of[model])
            return np.zeros((len(inputs), 10), np.float32)
        _, test = smooth_teacher.stratified_split(
            smooth_teacher.load_digits(), rng=np.random.default_rng(0)
        )
        right = len(test) if lessons[-1] == 0 else len(test) // 2
        wrong = np.arange(len(test)) >= right
        return np.eye(10)[(test.targets + wrong) % 10]

    for name, double in (("cross_entropy", loss), ("_learn", taught)):
        monkeypatch.setattr(smooth_teacher, name, double)
    monkeypatch.setattr(smooth_teacher, "predict", answers)
    # the usual teacher's student is always right, the other every second time
    assert smooth_teacher.run(0).figure == 50
    assert set(lessons) == {0.0, 0.1}


def test_every_digit_is_learned_from_once_in_an_epoch():
    rng = np.random.default_rng(0)
    batches = []

    def loss_of(z, chosen):
        batches.append(chosen.tolist())
        return cross_entropy(z, chosen % 10)

    model = smooth_teacher._network((64, 10), rng)
    inputs = rng.random((150, 64), np.float32)
    losses = smooth_teacher._learn(model, inputs, loss_of, rng, lr=0.01, epochs=2)
    assert [len(batch) for batch in batches] == [64, 64, 22] * 2
    for epoch in (batches[:3], batches[3:]):
        assert sorted(chosen for batch in epoch for chosen in batch) == [*range(150)]
    assert batches[:3] != batches[3:]
    assert losses.shape == (6,)


@pytest.mark.usefixtures("tiny")
def test_teachers_and_students_learn_at_their_rates(monkeypatch):
    rates = []
    init = Adam.__init__

    def noted(self, parameters, *, lr):
        rates.append(lr)
        init(self, parameters, lr=lr)

    monkeypatch.setattr(Adam, "__init__", noted)
    smooth_teacher.run(0)
    assert rates == [2e-3, 2e-3, 8e-3, 8e-3]
