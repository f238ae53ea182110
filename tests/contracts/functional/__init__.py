"""Rows of `dlbook.functional`."""

from tests.contracts.functional import (
    activations,
    binary_losses,
    class_losses,
    convolution,
    distances,
    divergences,
    dropout,
    embedding,
    linear,
    margin_losses,
    normalization,
    pooling,
    recurrent,
    regression_losses,
    spatial,
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
    *pooling.ROWS,
    *convolution.ROWS,
    *spatial.ROWS,
    *recurrent.ROWS,
]
