"""Cases of the page on augmentation: soft targets, and images that are moved."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook.arrays import one_hot
from dlbook.autograd import Tensor, stack
from dlbook.compare.case import Cost, OperationCase, Shape
from dlbook.data.augmentation.geometry import affine

WEIGHT = 0.7  # what an example keeps in mixup
DEGREES, RIGHT, DOWN, SCALE, SHEAR = 20.0, 0.8, -0.3, 1.1, 8.0


class SoftTargetsCase(OperationCase):
    """Cross-entropy with smoothed labels, with the targets of mixup, and with both."""

    name = "soft-targets"
    title = "Cross-entropy with soft targets"
    axes = ("batch", "classes")
    sizes = ((6, 5), (64, 10), (2048, 100))
    bench_size = (2048, 100)
    input_names = ("logits", "labels", "partners")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw logits (N, C), and labels (N,) of the examples and of their partners."""
        batch, classes = size
        return (
            (3 * rng.standard_normal((batch, classes))).astype(dtype),
            rng.integers(0, classes, batch),
            rng.integers(0, classes, batch),
        )

    @staticmethod
    def ours(logits: Tensor, labels: Tensor, partners: Tensor) -> Tensor:
        """Return the three losses, shape (3,)."""
        own, other = (
            one_hot(y.data, logits.shape[1], logits.dtype) for y in (labels, partners)
        )
        mixed = WEIGHT * own + (1 - WEIGHT) * other
        losses = [
            F.cross_entropy(logits, labels, label_smoothing=0.1),
            F.cross_entropy(logits, mixed),
            F.cross_entropy(logits, mixed, label_smoothing=0.1),
        ]
        return stack(losses)

    @staticmethod
    def theirs(logits: Any, labels: Any, partners: Any) -> Any:
        """Compute the same with torch."""
        import torch
        from torch.nn import functional as F

        own, other = (
            F.one_hot(y, logits.shape[1]).to(logits.dtype) for y in (labels, partners)
        )
        mixed = WEIGHT * own + (1 - WEIGHT) * other
        losses = [
            F.cross_entropy(logits, labels, label_smoothing=0.1),
            F.cross_entropy(logits, mixed),
            F.cross_entropy(logits, mixed, label_smoothing=0.1),
        ]
        return torch.stack(losses)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Read the logits twice and write their gradient, three times."""
        return Cost(0, 9 * size[0] * size[1] * np.dtype(dtype).itemsize)


class AffineCase(OperationCase):
    """Square images rotated, sheared, zoomed and shifted; ours as a matrix product."""

    name = "affine"
    title = "Images moved"
    axes = ("batch", "side")
    sizes = ((3, 8), (64, 8), (64, 16))
    bench_size = (64, 8)
    input_names = ("images",)

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw images (N, 1, H, H), uniform in [0, 1)."""
        batch, side = size
        return (rng.random((batch, 1, side, side)).astype(dtype),)

    @staticmethod
    def ours(images: Tensor) -> Tensor:
        """Move with dlbook: the moved unit images are the rows of a matrix."""
        number, _, side, _ = images.shape
        units = np.eye(side * side).reshape(-1, side, side)
        matrix = affine(
            units,
            degrees=DEGREES,
            translate=(RIGHT, DOWN),
            scale=SCALE,
            shear=SHEAR,
        ).reshape(side * side, side * side)
        moved = images.reshape(number, side * side) @ Tensor(
            matrix.astype(images.dtype)
        )
        return moved.reshape(number, 1, side, side)

    @staticmethod
    def theirs(images: Any) -> Any:
        """Move with torch, which wants the way back, with y down and sides at ±1."""
        import torch
        from torch.nn import functional as F

        number, _, side, _ = images.shape
        angle, lean = np.radians(DEGREES), np.radians(SHEAR)
        rotation = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        forth = SCALE * np.array(rotation) @ [[1, np.tan(lean)], [0, 1]]
        upside_down = np.diag([1, -1])
        back = upside_down @ np.linalg.inv(forth) @ upside_down
        offset = -back @ [2 * RIGHT / side, 2 * DOWN / side]
        theta = torch.tensor(np.column_stack([back, offset]), dtype=images.dtype)
        grid = F.affine_grid(
            theta.to(images.device).expand(number, 2, 3),
            [number, 1, side, side],
            align_corners=False,
        )
        return F.grid_sample(images, grid, align_corners=False)


CASES = (SoftTargetsCase(), AffineCase())
