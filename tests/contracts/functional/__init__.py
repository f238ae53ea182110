"""Rows of `dlbook.functional`."""

from tests.contracts.functional import activations, linear, losses

ROWS = [*linear.ROWS, *activations.ROWS, *losses.ROWS]
