"""Input that makes no sense.

Where torch raises, so does dlbook; where torch answers with nan or nonsense, dlbook
raises too. Every message names the argument or the sizes.
"""

from tests.contracts.bad_input import (
    activations,
    engine,
    losses,
    optimizers,
    reductions,
    shapes,
)

ROWS = [
    *engine.ROWS,
    *reductions.ROWS,
    *shapes.ROWS,
    *losses.ROWS,
    *activations.ROWS,
    *optimizers.ROWS,
]
