"""Learning curves of one small network, for a learning rate that the reader sets."""

from __future__ import annotations

import numpy as np

from dlbook import metrics, nn, optim
from dlbook.data import DataLoader, Dataset
from dlbook.plots.palette import BLUE, GREY_TEXT, INK
from dlbook.training import NonFiniteLossError, fit, predict
from dlbook.widgets.interactive import Frame, InteractiveFigure, Slider
from dlbook.widgets.scene import Axes, Scene

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
RULES = {"SGD": optim.SGD, "Adam": optim.Adam}
EPOCHS = 12
HIDDEN = 32
_LEAST, _MOST = 1e-3, 1e2  # of the loss that the picture shows


def rate_explorer(training: Dataset, test: Dataset) -> InteractiveFigure:
    """Show the loss of every epoch for a rule and a learning rate.

    Every run starts from the same weights and sees the same mini-batches of 32.

    Parameters
    ----------
    training, test : Dataset
        Classes; the same features in both.

    Returns
    -------
    InteractiveFigure
    """
    runs = {
        (rule, rate): learn(training, test, rule, rate)
        for rule in RULES
        for rate in RATES
    }
    scene = Scene(400)
    decades = np.log10(_LEAST), np.log10(_MOST)
    axes = Axes(
        scene, (1, EPOCHS), decades, (60, 44, 468, 340), "epoch", "log10 of the loss"
    )
    guess = np.log10(np.log(len(training.class_names)))
    scene.add(
        "line",
        x1=60,
        x2=468,
        y1=axes.y(guess),
        y2=axes.y(guess),
        stroke=INK,
        stroke_dasharray="6 4",
    )
    scene.text(464, axes.y(guess) - 6, "guessing", text_anchor="end", fill=GREY_TEXT)
    scene.add("path", "curve", d="", stroke=BLUE, stroke_width=3, fill="none")

    def frame(rule: str, rate: float) -> Frame:
        losses, accuracy = runs[rule, rate]
        shown = np.log10(np.clip(losses, _LEAST, _MOST))
        points = np.column_stack([np.arange(1, len(losses) + 1), shown])
        if accuracy is None:
            epoch = len(losses) + 1
            end = f"the loss is no finite number in epoch {epoch}, and the run stops."
        else:
            end = f"loss {losses[-1]:.3g} in the last epoch, {accuracy:.1%} of "
            end += f"{len(test)} held-out examples right."
        return Frame({("curve", "d"): axes.path([points])}, f"{rule}, {rate:g}: {end}")

    return InteractiveFigure(
        "rate-explorer",
        f"Training loss against epoch, logarithmic, of a network with {HIDDEN} hidden "
        f"neurons on {training.name}. A dashed line marks the loss of guessing.",
        scene,
        [
            Slider("rule", list(RULES), list(RULES)),
            Slider(
                "learning rate",
                list(RATES),
                [f"{rate:g}" for rate in RATES],
                start=2,
            ),
        ],
        frame,
    )


def learn(
    training: Dataset, test: Dataset, rule: str, rate: float
) -> tuple[list[float], float | None]:
    """Return the training loss of each epoch, and the test accuracy.

    The accuracy is None, and the losses end early, if a loss was not finite.
    """
    rng = np.random.default_rng(0)
    features, classes = training.inputs.shape[1], len(training.class_names)
    model = nn.Sequential(
        nn.Linear(features, HIDDEN, rng=rng),
        nn.ReLU(),
        nn.Linear(HIDDEN, classes, rng=rng),
    )
    optimizer = RULES[rule](model.parameters(), lr=rate)
    batches = DataLoader(training, 32, shuffle=True, rng=rng)
    losses: list[float] = []
    for _ in range(EPOCHS):
        try:
            history = fit(
                model,
                batches,
                loss=nn.CrossEntropyLoss(),
                optimizer=optimizer,
                epochs=1,
                progress=False,
            )
        except NonFiniteLossError:
            return losses, None
        losses += history["training loss"]
    outputs = predict(model, [test.inputs])
    return losses, metrics.accuracy(outputs, test.targets)
