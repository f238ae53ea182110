"""What a student learns from a usual teacher, and from one that smooths labels.

Networks, rates and epochs are those of the page on distillation, which shows the
student of the usual teacher live.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from dlbook.autograd import Tensor
from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.compression import distillation_loss
from dlbook.data import load_digits, stratified_split
from dlbook.functional import cross_entropy
from dlbook.nn import Linear, Module, ReLU, Sequential
from dlbook.optim import Adam
from dlbook.training import predict

__all__ = ["EXPERIMENTS", "run", "smooth_teacher"]

TEACHER, STUDENT = (64, 300, 100, 10), (64, 60, 30, 10)
TEACHER_EPOCHS, STUDENT_EPOCHS = 20, 200
SMOOTHING, TEMPERATURE = 0.1, 8.0
FEW = 40  # digits for the student


def _network(sizes: tuple[int, ...], rng: np.random.Generator) -> Sequential:
    layers: list[Module] = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [Linear(fan_in, fan_out, rng=rng), ReLU()]
    return Sequential(*layers[:-1])


def _learn(
    model: Module,
    inputs: np.ndarray,
    loss_of: Callable[[Tensor, np.ndarray], Tensor],
    rng: np.random.Generator,
    *,
    lr: float,
    epochs: int,
    steps: int | None = None,
) -> np.ndarray:
    """Train on batches of 64; `loss_of` gets logits and the places of their digits."""
    optimizer = Adam(model.parameters(), lr=lr)
    losses: list[float] = []
    for _epoch in range(epochs):
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), 64):
            if len(losses) == steps:
                return np.array(losses)
            chosen = order[start : start + 64]
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(inputs[chosen])), chosen)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return np.array(losses)


def run(seed: int, *, steps: int | None = None) -> Outcome:
    """Train two teachers and a student of each.

    Parameters
    ----------
    seed : int
        Of the split, the initial weights, the order, and the students' 40 digits.
    steps : int, optional
        Stop the teacher that smooths after so many steps, and leave it at that.

    Returns
    -------
    Outcome
        The losses are those of the teacher that smooths. The figure is the accuracy of
        the student of the usual teacher minus that of the other's student, in points.
    """
    training, test = stratified_split(load_digits(), rng=np.random.default_rng(seed))

    def teach(smoothing: float) -> tuple[Module, np.ndarray]:
        def loss_of(z: Tensor, chosen: np.ndarray) -> Tensor:
            y = training.targets[chosen]
            return cross_entropy(z, y, label_smoothing=smoothing)

        rng = np.random.default_rng(seed)
        model = _network(TEACHER, rng)
        losses = _learn(
            model,
            training.inputs,
            loss_of,
            rng,
            lr=2e-3,
            epochs=TEACHER_EPOCHS,
            steps=steps,
        )
        return model, losses

    def accuracy_of_student(teacher: Module) -> float:
        few = np.random.default_rng(seed).permutation(len(training))[:FEW]
        v = predict(teacher, [training.inputs])[few]

        def loss_of(z: Tensor, chosen: np.ndarray) -> Tensor:
            return distillation_loss(z, v[chosen], temperature=TEMPERATURE)

        rng = np.random.default_rng(seed)
        model = _network(STUDENT, rng)
        inputs = training.inputs[few]
        _learn(model, inputs, loss_of, rng, lr=8e-3, epochs=STUDENT_EPOCHS)
        said = predict(model, [test.inputs]).argmax(axis=1)
        return 100 * float(np.mean(said == test.targets))

    smooth, losses = teach(SMOOTHING)
    if steps is not None:
        return Outcome(losses, float("nan"))
    usual, _ = teach(0.0)
    return Outcome(losses, accuracy_of_student(usual) - accuracy_of_student(smooth))


def smooth_teacher(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the teacher that smooths, shape (steps,)."""
    return run(seed, steps=steps).losses


EXPERIMENTS = (
    Experiment("distillation-smooth-teacher", run, f"{__name__}:smooth_teacher"),
)
