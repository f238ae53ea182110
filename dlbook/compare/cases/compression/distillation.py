"""Cases of the page on distillation: the loss, and a student that learns by it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, OperationCase, Run, Shape, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase
from dlbook.compression import distillation_loss

TEMPERATURE, WEIGHT = 4.0, 0.7


class DistillationCase(OperationCase):
    """Soft targets at temperature 4 with the share 0.7, and labels with the rest."""

    name = "distillation"
    title = "Distillation loss"
    axes = ("batch", "classes")
    sizes = ((6, 5), (64, 10), (2048, 100))
    bench_size = (2048, 100)
    input_names = ("student", "teacher", "labels")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw the logits of student and teacher (N, C), and labels (N,)."""
        batch, classes = size
        student, teacher = 3 * rng.standard_normal((2, batch, classes))
        labels = rng.integers(0, classes, batch)
        return student.astype(dtype), teacher.astype(dtype), labels

    @staticmethod
    def ours(student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
        """Return the loss with dlbook."""
        return distillation_loss(
            student,
            teacher.detach(),
            labels,
            temperature=TEMPERATURE,
            weight=WEIGHT,
        )

    @staticmethod
    def theirs(student: Any, teacher: Any, labels: Any) -> Any:
        """Return the loss with torch: logarithms first, probabilities second."""
        from torch.nn import functional as F

        soft = F.kl_div(
            F.log_softmax(student / TEMPERATURE, dim=1),
            F.softmax(teacher.detach() / TEMPERATURE, dim=1),
            reduction="batchmean",
        )
        hard = F.cross_entropy(student, labels)
        return WEIGHT * TEMPERATURE**2 * soft + (1 - WEIGHT) * hard

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read both logits and write the gradient of the student's."""
        return Cost(0, 3 * size[0] * size[1] * np.dtype(dtype).itemsize)


class DigitsDistillationCase(DigitsAdamCase):
    """A network with one hidden layer learns the logits of a linear teacher."""

    name = "digits-distillation"
    title = "Distillation on digits"
    sizes = ((64, 16, 10, 32, 1), (64, 30, 10, 64, 3))
    bench_size = (64, 30, 10, 64, 3)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw as for labels; a teacher fitted by least squares gives the logits."""
        weights, batches = DigitsAdamCase.problem(size, dtype, rng, generated=generated)
        inputs = np.concatenate([x for x, _ in batches])
        labels = np.concatenate([y for _, y in batches])
        scores = np.where(labels[:, np.newaxis] == np.arange(size[2]), 9.0, -1.0)
        teacher = np.linalg.lstsq(inputs.astype(np.float64), scores, rcond=1e-6)[0]
        return weights, [(x, (x @ teacher).astype(dtype)) for x, _ in batches]

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.Adam(model.parameters(), lr=0.003)
        losses = []
        for inputs, teacher in batches:
            optimizer.zero_grad()
            student = model(Tensor(inputs))
            loss = distillation_loss(student, teacher, temperature=TEMPERATURE)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return Run(np.array(losses), dict(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch."""
        import torch
        from torch import nn
        from torch.nn import functional as F

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        losses = []
        for batch in batches:
            inputs, teacher = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            student = model(inputs)
            soft = F.kl_div(
                F.log_softmax(student / TEMPERATURE, dim=1),
                F.softmax(teacher / TEMPERATURE, dim=1),
                reduction="batchmean",
            )
            loss = TEMPERATURE**2 * soft
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)


CASES = (DistillationCase(), DigitsDistillationCase())
