"""A U-Net with and without its skips, which names the class of every pixel."""

from __future__ import annotations

import numpy as np

from dlbook.autograd import Tensor, no_grad
from dlbook.claims.runs.experiment import Experiment, Outcome
from dlbook.data import Shapes, make_shapes
from dlbook.metrics import intersection_over_union
from dlbook.models import UNet
from dlbook.nn import CrossEntropyLoss, Module
from dlbook.optim import Adam

__all__ = [
    "EXPERIMENTS",
    "WithoutSkips",
    "pictures",
    "run",
    "score",
    "segment",
    "without_skips",
]

STEPS = 250
WIDTH = 6  # channels at full size
SEEN, NEW = 1000, 300  # pictures to learn from, and new ones


class WithoutSkips(UNet):
    """The same layers; where a map would come across, there are zeros."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> scores, (N, num_classes, H, W)."""
        for block in self.down:
            x = self.pool(block(x))
        x = self.bottom(x)
        for block in self.up:
            n, c, height, width = x.shape
            nothing = np.zeros((n, c // 2, 2 * height, 2 * width), x.dtype)
            x = block(x, Tensor(nothing))
        return self.classifier(x)


def pictures(count: int, rng: np.random.Generator) -> Shapes:
    """Draw pictures of 16 by 16 pixels with one shape each.

    Parameters
    ----------
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    Shapes
        Upright circles, squares and triangles of nearly one area.
    """
    return make_shapes(
        count,
        size=16,
        most_shapes=1,
        radii=(0.26, 0.3),
        turn=0,
        rng=rng,
    )


def segment(
    model: Module, seen: Shapes, *, seed: int, steps: int = STEPS
) -> np.ndarray:
    """Teach a network the class of every pixel.

    Parameters
    ----------
    model : Module
        Takes (N, 3, H, W), gives (N, 4, H, W). Trained in place, and left in
        evaluation mode.
    seen : Shapes
        The pictures to learn from.
    seed : int
        Of the order of the pictures.
    steps : int
        With Adam, on 20 pictures each; the last sixth of them are finer.

    Returns
    -------
    ndarray of float64, shape (steps,)
        The loss of each step's pictures. A pixel of the background counts a quarter
        of another one: there are three times as many.
    """
    rng = np.random.default_rng(seed)
    optimizer = Adam(model.parameters(), lr=0.01)
    loss_of = CrossEntropyLoss(weight=np.array([0.25, 1, 1, 1], np.float32))
    losses = []
    for step in range(steps):
        if 6 * step >= 5 * STEPS:
            optimizer.param_groups[0]["lr"] = 0.001
        chosen = rng.choice(len(seen), 20, replace=False)
        optimizer.zero_grad()
        loss = loss_of(model(Tensor(seen.images[chosen])), seen.masks[chosen])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return np.array(losses)


def score(model: Module, new: Shapes) -> np.ndarray:
    """Return the intersection over union of each class, in percent, shape (4,)."""
    with no_grad():
        scores = model(Tensor(new.images)).data
    return 100 * intersection_over_union(scores, new.masks)


def run(seed: int, *, steps: int | None = None) -> Outcome:
    """Draw pictures, train both networks on them and compare.

    Parameters
    ----------
    seed : int
        Of the pictures, the initial weights and the order.
    steps : int, optional
        Stop the network without skips after so many steps, and leave it at that.

    Returns
    -------
    Outcome
        The losses are those of the network without skips. The figure is the
        intersection over union of the background with skips minus that without, in
        points.
    """
    rng = np.random.default_rng(seed)
    seen, new = pictures(SEEN, rng), pictures(NEW, rng)
    without = WithoutSkips(3, 4, depth=2, width=WIDTH, rng=seed)
    losses = segment(without, seen, seed=seed, steps=STEPS if steps is None else steps)
    if steps is not None:
        return Outcome(losses, float("nan"))
    unet = UNet(3, 4, depth=2, width=WIDTH, rng=seed)
    segment(unet, seen, seed=seed, steps=STEPS)
    return Outcome(losses, float(score(unet, new)[0] - score(without, new)[0]))


def without_skips(*, seed: int, steps: int) -> np.ndarray:
    """Return the first losses of the network without skips, shape (steps,)."""
    return run(seed, steps=steps).losses


EXPERIMENTS = (Experiment("architectures-skips", run, f"{__name__}:without_skips"),)
