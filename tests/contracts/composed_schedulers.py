"""Schedules made of others, and the one that watches a loss, beside torch's."""

import math
from collections.abc import Callable
from typing import Any

from tests.contracts.schedulers import SchedulerRow


def composed(name: str, case: str, make: Callable, *adds: str) -> SchedulerRow:
    """Return a row of a scheduler that is made of others."""
    return SchedulerRow(f"lr_scheduler.{name}", case, make=make, adds=adds)


def sequence(*parts: Callable, at: list[int]) -> Callable:
    """Return a maker of a SequentialLR."""
    return lambda L, o: L.SequentialLR(o, [part(L, o) for part in parts], at)


def plateau(case: str, values: Callable[[int], float], **options: Any) -> SchedulerRow:
    return SchedulerRow(
        "lr_scheduler.ReduceLROnPlateau",
        case,
        options,
        arguments=lambda step: (values(step),),
    )


def waves(step: int) -> float:
    """Return a loss that falls, rests and rises."""
    return 2.0 + math.cos(step / 5) / (1 + step / 20)


def falls_slowly(step: int) -> float:
    return 5.0 * 0.99**step


ROWS = [
    composed(
        "SequentialLR",
        "warm-up and a cosine",
        sequence(
            lambda L, o: L.LinearLR(o, 0.01, total_iters=10),
            lambda L, o: L.CosineAnnealingLR(o, 60),
            at=[10],
        ),
    ),
    composed(
        "SequentialLR",
        "one alone",
        sequence(lambda L, o: L.ExponentialLR(o, 0.9), at=[]),
    ),
    composed(
        "SequentialLR",
        "schedules that multiply",
        sequence(
            lambda L, o: L.ConstantLR(o, 0.1, 30),
            lambda L, o: L.StepLR(o, 3),
            lambda L, o: L.MultiStepLR(o, [0, 2, 5], 0.5),
            lambda L, o: L.PolynomialLR(o, 10, 2.0),
            lambda L, o: L.MultiplicativeLR(o, lambda t: 0.9 - t / 100),
            lambda L, o: L.ConstantLR(o, 0.5, 4),
            at=[10, 20, 30, 40, 50],
        ),
    ),
    composed(
        "SequentialLR",
        "schedules that compute",
        sequence(
            lambda L, o: L.LambdaLR(o, lambda t: 0.9**t),
            lambda L, o: L.CosineAnnealingWarmRestarts(o, 4, 2),
            lambda L, o: L.LinearLR(o),
            lambda L, o: L.CyclicLR(o, 0.01, 0.2, 6, mode="triangular2"),
            at=[10, 20, 40],
        ),
    ),
    composed(
        "SequentialLR",
        "one cycle after a warm-up, which starts from its rate",
        sequence(
            lambda L, o: L.LinearLR(o),
            lambda L, o: L.OneCycleLR(o, 0.5, 70),
            at=[10],
        ),
    ),
    composed(
        "ChainedScheduler",
        "warm-up and decay",
        lambda L, o: L.ChainedScheduler(
            [L.LinearLR(o, 0.1, total_iters=20), L.ExponentialLR(o, 0.97)]
        ),
    ),
    composed(
        "ChainedScheduler",
        "schedules that multiply",
        lambda L, o: L.ChainedScheduler(
            [
                L.ConstantLR(o, 0.5, 12),
                L.CosineAnnealingLR(o, 90),
                L.StepLR(o, 15),
                L.MultiplicativeLR(o, lambda t: 0.99),
            ],
            optimizer=o,
        ),
        "optimizer",
    ),
    composed(
        "ChainedScheduler",
        "a sequence and a decay",
        lambda L, o: L.ChainedScheduler(
            [
                L.SequentialLR(o, [L.ConstantLR(o), L.StepLR(o, 7)], [20]),
                L.ExponentialLR(o, 0.98),
            ]
        ),
    ),
    plateau("default options", waves),
    plateau("no improvement at all", lambda step: 1.0, patience=4),
    plateau("no patience", waves, patience=0, factor=0.9),
    plateau("factor 0", waves, patience=3, factor=0.0),
    plateau("cooldown", lambda step: 1.0, patience=2, factor=0.8, cooldown=5),
    plateau("cooldown that ends an improvement", waves, patience=1, cooldown=4),
    plateau("larger is better", waves, mode="max", patience=2, factor=0.7),
    plateau("a threshold", falls_slowly, patience=1, threshold=0.025, factor=0.7),
    plateau(
        "an absolute threshold",
        falls_slowly,
        patience=1,
        threshold=0.09,
        threshold_mode="abs",
        factor=0.7,
    ),
    plateau(
        "an absolute threshold upward",
        lambda step: -falls_slowly(step),
        mode="max",
        patience=1,
        threshold=0.09,
        threshold_mode="abs",
        factor=0.7,
    ),
    plateau(
        "a threshold upward",
        lambda step: 1.01**step,
        mode="max",
        patience=1,
        threshold=0.025,
        factor=0.7,
    ),
    plateau("a lowest rate", lambda step: 1.0, patience=1, min_lr=0.005),
    plateau(
        "a lowest rate for each group",
        lambda step: 1.0,
        patience=1,
        min_lr=[0.005, 0.02],
    ),
    plateau("reductions too small", lambda step: 1.0, patience=1, eps=0.004),
    plateau(
        "nan is no improvement", lambda step: math.nan if step % 3 else 1.0, patience=4
    ),
    SchedulerRow(
        "lr_scheduler.ReduceLROnPlateau",
        "someone else changes the rate",
        {"patience": 3},
        arguments=lambda step: (waves(step),),
        outside={3: 2.0, 17: 0.3, 40: 1.5},
    ),
]
