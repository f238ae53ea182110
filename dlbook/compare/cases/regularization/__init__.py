"""Cases of the part "regularization", one module a page."""

from dlbook.compare.cases.regularization import (
    augmentation,
    dropout,
    normalization,
    penalties,
)

CASES = (*penalties.CASES, *dropout.CASES, *normalization.CASES, *augmentation.CASES)
