"""Rows of `dlbook.functional`."""

from tests.contracts.functional import (
    activations,
    binary_losses,
    class_losses,
    distances,
    divergences,
    dropout,
    embedding,
    linear,
    margin_losses,
    normalization,
    regression_losses,
)

ROWS = [
    *linear.ROWS,
    *activations.ROWS,
    *class_losses.ROWS,
    *binary_losses.ROWS,
    *divergences.ROWS,
    *regression_losses.ROWS,
    *margin_losses.ROWS,
    *distances.ROWS,
    *embedding.ROWS,
    *dropout.ROWS,
    *normalization.ROWS,
]
