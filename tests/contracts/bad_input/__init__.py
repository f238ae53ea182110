"""Input that makes no sense.

Where torch raises, so does dlbook; where torch answers with nan or nonsense, dlbook
raises too. Every message names the argument or the sizes.
"""

from tests.contracts.bad_input import (
    activations,
    binary_losses,
    class_losses,
    convolution,
    distances,
    dropout,
    embedding,
    engine,
    init,
    margin_losses,
    normalization,
    optimizers,
    padding,
    pooling,
    recurrent,
    recurrent_layers,
    reductions,
    regression_losses,
    schedulers,
    shapes,
    spatial,
)

ROWS = [
    *engine.ROWS,
    *reductions.ROWS,
    *shapes.ROWS,
    *class_losses.ROWS,
    *regression_losses.ROWS,
    *binary_losses.ROWS,
    *margin_losses.ROWS,
    *distances.ROWS,
    *activations.ROWS,
    *optimizers.ROWS,
    *schedulers.ROWS,
    *embedding.ROWS,
    *dropout.ROWS,
    *init.ROWS,
    *normalization.ROWS,
    *pooling.ROWS,
    *convolution.ROWS,
    *padding.ROWS,
    *spatial.ROWS,
    *recurrent.ROWS,
    *recurrent_layers.ROWS,
]
