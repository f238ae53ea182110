"""The learning-rate range test: which rates let the loss fall."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.nn import Module
from dlbook.optim import Optimizer
from dlbook.optim.options import require_in_range
from dlbook.training.arguments import check_arguments, require_int
from dlbook.training.evaluation import Batch, Loss, mode, require_scalar
from dlbook.training.forward_state import ForwardState
from dlbook.training.progress import ProgressBar

__all__ = ["RangeTest", "learning_rate_range_test"]


@dataclass(frozen=True, eq=False)
class RangeTest:
    """The course of a learning-rate range test.

    Attributes
    ----------
    rates : ndarray, shape (n,)
        The rate of every step made, each greater than the one before.
    losses : ndarray, shape (n,)
        The loss of the batch before that step; it shows what the rates before did.
    smoothed : ndarray, shape (n,)
        The running mean of the losses that decided when to stop.
    diverged : bool
        Whether the test stopped before the highest rate, the loss having grown too
        large or not finite.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    diverged: bool

    @property
    def steepest(self) -> float:
        """The rate at which the smoothed loss falls fastest, on a logarithmic axis.

        Raises
        ------
        ValueError
            If fewer than three steps were made.
        """
        if len(self.rates) < 3:
            raise ValueError(
                f"a slope needs at least 3 steps, the test made {len(self.rates)}"
            )
        slopes = np.gradient(self.smoothed, np.log(self.rates))
        return float(self.rates[slopes.argmin()])

    def __repr__(self) -> str:
        end = ", diverged" if self.diverged else ""
        if not len(self.rates):
            return f"RangeTest(0 steps{end})"
        return (
            f"RangeTest({len(self.rates)} steps, rates {self.rates[0]:.3g} to "
            f"{self.rates[-1]:.3g}, lowest loss {self.losses.min():.4g}{end})"
        )


def learning_rate_range_test(
    model: Module,
    training: Iterable[Batch],
    *,
    loss: Loss,
    optimizer: Optimizer,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
    stop_at: float = 4.0,
    progress: bool | None = None,
) -> RangeTest:
    r"""Train for some steps with a growing rate, and take all of it back.

    .. math:: \gamma_k = \gamma_{low}
        \left(\frac{\gamma_{high}}{\gamma_{low}}\right)^{k / (K - 1)}
        \qquad k = 0, \ldots, K - 1

    A good rate for a schedule lies where the loss falls, some way below the rate at
    which it begins to rise.

    Parameters
    ----------
    model : Module
        At the end it has its weights, buffers, gradients, random generators and mode
        as before, also after an error.
    training : iterable of (inputs, targets)
        As of `fit`; begun anew when it ends. A generator found as its ``rng`` is put
        back, too.
    loss : callable
        As of `fit`.
    optimizer : Optimizer
        Of the model's parameters. Every group takes the rate of the test. State and
        options are as before at the end.
    low, high : float
        :math:`\gamma_{low}` and :math:`\gamma_{high}`, 0 < low < high.
    steps : int, at least 2
        K.
    smoothing : float
        The share of the running mean of losses that each step keeps, in [0, 1); its
        bias towards 0 at first is corrected, as in Adam.
    stop_at : float, at least 1
        Stop when the smoothed loss exceeds the lowest one by this factor.
    progress : bool, optional
        As of `fit`.

    Returns
    -------
    RangeTest
        `rates`, `losses`, `smoothed`, `diverged`. A loss that is not finite ends the
        test and is not recorded.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it.
    ModuleNotFoundError
        If `progress` is True and tqdm is not installed.

    Notes
    -----
    The factor `stop_at` means little for a loss that can be negative.

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks,
    arXiv:1506.01186, section 3.3, raises the rate along a straight line; the geometric
    steps here cover several powers of ten.
    """
    check_arguments(
        model=model,
        training=training,
        loss=loss,
        optimizer=optimizer,
        epochs=1,
        validation=None,
        metrics=None,
        clip_norm=None,
        clip_value=None,
        accumulate=1,
        early_stopping=None,
        scheduler=None,
        schedule_each="epoch",
    )
    _check_range(low, high, steps, smoothing, stop_at)
    rates = low * (high / low) ** (np.arange(steps) / (steps - 1))
    made: list[tuple[float, float, float]] = []
    mean, best = 0.0, math.inf
    bar = ProgressBar(range(steps), 1, 0, progress)
    with _taken_back(model, training, optimizer), mode(model, training=True), bar:
        for rate, (inputs, targets) in zip(
            rates.tolist(), _endlessly(training), strict=False
        ):
            optimizer.zero_grad()
            with np.errstate(all="ignore"):  # the loss is looked at instead
                batch_loss = loss(model(Tensor(inputs)), targets)
                require_scalar(batch_loss)
                value = batch_loss.item()
                mean = smoothing * mean + (1 - smoothing) * value
                smoothed = mean / (1 - smoothing ** (len(made) + 1))
                diverged = not math.isfinite(value)
                if diverged:
                    break
                made.append((rate, value, smoothed))
                best = min(best, smoothed)
                diverged = smoothed > stop_at * best
                if diverged:
                    break
                for group in optimizer.param_groups:
                    group["lr"] = rate
                batch_loss.backward()
                optimizer.step()
            bar.advance(1, 1, value)
    columns = np.array(made, dtype=np.float64).reshape(-1, 3).T
    return RangeTest(*columns, diverged=diverged)


def _endlessly(training: Iterable[Batch]) -> Iterator[Batch]:
    while True:
        batch = None
        for batch in training:
            yield batch
        if batch is None:
            raise ValueError("training: there is no batch to learn from")


class _taken_back:
    """Remember model, generators and optimizer, and bring them back at the end."""

    def __init__(self, model: Module, training: Any, optimizer: Optimizer) -> None:
        self._parameters = [(p, p.data.copy(), p.grad) for p in model.parameters()]
        self._forward = ForwardState(model)
        self._optimizer = optimizer
        self._options = optimizer.state_dict()
        self._rng = getattr(training, "rng", None)
        self._drawn = None if self._rng is None else self._rng.bit_generator.state

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        for parameter, values, gradient in self._parameters:
            parameter.data[...] = values
            parameter.grad = gradient
        self._forward.restore()
        self._optimizer.load_state_dict(self._options)
        if self._rng is not None:
            self._rng.bit_generator.state = self._drawn


def _check_range(low: Any, high: Any, steps: Any, smoothing: Any, stop_at: Any) -> None:
    require_in_range("low", low, 0, math.inf)
    require_in_range("high", high, 0, math.inf)
    if not 0 < low < high:
        raise ValueError(f"low and high must be 0 < low < high, got {low} and {high}")
    require_int("steps", steps, 2)
    require_in_range("smoothing", smoothing, 0, 1)
    if smoothing == 1:
        raise ValueError("smoothing must be less than 1, got 1")
    require_in_range("stop_at", stop_at, 1, math.inf)
