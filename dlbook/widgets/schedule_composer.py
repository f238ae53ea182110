"""Compose a schedule of the learning rate: form, warm-up, peak, cycles or decay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim import SGD, Optimizer
from dlbook.optim.lr_scheduler import (
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    PolynomialLR,
    SequentialLR,
    StepLR,
)
from dlbook.plots.palette import BLUE, GREY_LINE, INK
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene, number

STEPS = 100
WARM_UPS = (1, 5, 10, 30)
PEAKS = (0.1, 0.3, 1.0)
TIMES = (1, 2, 3, 4)
TOLD = (0, 25, 50, 75, 99)  # the steps whose rates the sentence tells

Make = Callable[[Optimizer, int, int], LRScheduler]


def _constant(optimizer: Optimizer, steps: int, n: int) -> LRScheduler:
    return StepLR(optimizer, steps + 1)  # never comes to a step


def _steps(optimizer: Optimizer, steps: int, n: int) -> LRScheduler:
    return StepLR(optimizer, -(-steps // (n + 1)), gamma=0.3)


def _exponential(optimizer: Optimizer, steps: int, n: int) -> LRScheduler:
    return ExponentialLR(optimizer, gamma=10 ** (-n / steps))


def _polynomial(optimizer: Optimizer, steps: int, n: int) -> LRScheduler:
    return PolynomialLR(optimizer, steps, power=n)


def _cosine(optimizer: Optimizer, steps: int, n: int) -> LRScheduler:
    return CosineAnnealingWarmRestarts(optimizer, -(-steps // n))


def _triangles(optimizer: Optimizer, steps: int, n: int) -> LRScheduler:
    peak = optimizer.param_groups[0]["initial_lr"]
    half = -(-steps // (2 * n))
    return CyclicLR(optimizer, peak / 10, peak, half, cycle_momentum=False)


FORMS: dict[str, Make] = {
    "constant": _constant,
    "steps": _steps,
    "exponential": _exponential,
    "polynomial": _polynomial,
    "cosine": _cosine,
    "triangles": _triangles,
}


def composed(form: str, warm: int, peak: float, n: int) -> np.ndarray:
    """Return the rates of a schedule of 100 steps, shape (100,).

    Parameters
    ----------
    form : str
        A key of `FORMS`: what follows the warm-up.
    warm : int
        The step of the highest rate counts as the last of the warm-up: with 1 there is
        none.
    peak : float
        The highest rate.
    n : int
        Steps: how often the rate falls to 0.3. Exponential: to which power of a tenth
        it falls. Polynomial: the power. Cosine and triangles: how many. Constant:
        nothing.
    """
    optimizer = SGD([Tensor(np.zeros(1), requires_grad=True)], lr=peak)
    optimizer.param_groups[0]["initial_lr"] = peak
    begin = warm - 1
    schedule = FORMS[form](optimizer, STEPS - begin, n)
    if begin:
        rise = LinearLR(optimizer, start_factor=1 / warm, total_iters=begin)
        schedule = SequentialLR(optimizer, [rise, schedule], [begin])
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return np.array(rates)


def schedule_composer() -> InteractiveFigure:
    """Draw the rate of a schedule that the reader composes.

    Returns
    -------
    InteractiveFigure
        With sliders for form, warm-up, peak, and cycles or decay.
    """
    scene = Scene(392)
    axes = Axes(scene, (0, STEPS), (0, 1), (52, 40, 460, 332), "step", "rate")
    scene.add(
        "line",
        "mean",
        x1=axes.x(0),
        x2=axes.x(STEPS),
        y1=0.0,
        y2=0.0,
        stroke=GREY_LINE,
        stroke_width=2,
        stroke_dasharray="6 5",
    )
    scene.add("path", "rate", d="", stroke=BLUE, stroke_width=3, fill="none")
    for step in TOLD:
        scene.add("circle", f"at-{step}", cx=axes.x(step), cy=0.0, r=5, fill=INK)
    scene.text(460, 22, "dashed: mean rate", text_anchor="end")

    factors: dict[tuple[str, int, int], np.ndarray] = {}

    def frame(form: str, warm: int, peak: float, n: int) -> Frame:
        if (form, warm, n) not in factors:
            factors[form, warm, n] = composed(form, warm, 1.0, n)
        rates = peak * factors[form, warm, n]
        mean = axes.y(rates.mean())
        places = np.array([(axes.x(t), axes.y(rate)) for t, rate in enumerate(rates)])
        told = ", ".join(f"{rates[step]:.3f}" for step in TOLD)
        changes = {
            ("rate", "d"): _path(places),
            ("mean", "y1"): mean,
            ("mean", "y2"): mean,
        }
        changes |= {(f"at-{step}", "cy"): axes.y(rates[step]) for step in TOLD}
        listed = ", ".join(map(str, TOLD[:-1]))
        return Frame(
            changes,
            f"{_in_words(form, n).capitalize()}{_after(warm)}: rates {told} at steps "
            f"{listed} and {TOLD[-1]}; on average {rates.mean():.3f}.",
        )

    return InteractiveFigure(
        "schedule-composer",
        "Learning rate against step, 0 to 99, as a curve with dots at the steps of the "
        "sentence below, and the mean rate as a dashed line.",
        scene,
        [
            Slider("form", list(FORMS), list(FORMS), start=4),
            Slider(
                "warm-up", list(WARM_UPS), ["none", "5 steps", "10 steps", "30 steps"]
            ),
            Slider("peak rate", list(PEAKS), [f"{p:g}" for p in PEAKS], start=2),
            Slider("cycles or decay", list(TIMES), [str(n) for n in TIMES]),
        ],
        frame,
    )


def _path(places: np.ndarray) -> str:
    """Draw through as few of the places as stay within half a unit of all others."""
    kept, begin = [0], 0
    for end in range(2, len(places)):
        x, y = places[begin : end + 1].T
        chord = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
        if np.abs(y - chord).max() > 0.5:
            begin = end - 1
            kept.append(begin)
    kept.append(len(places) - 1)
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places[kept])


def _in_words(form: str, n: int) -> str:
    times = "once" if n == 1 else f"{n} times"
    plural = "s" if n > 1 else ""
    return {
        "constant": "constant",
        "steps": f"falling to 0.3 of itself {times}",
        "exponential": f"falling exponentially to {10.0**-n:g} of the peak",
        "polynomial": "falling along a straight line"
        if n == 1
        else f"falling along the power {n}",
        "cosine": f"{n} half wave{plural} of a cosine",
        "triangles": f"{n} triangle{plural}",
    }[form]


def _after(warm: int) -> str:
    return f" after a warm-up of {warm} steps" if warm > 1 else ""
