"""Cases of the part "compression", one module a page."""

from dlbook.compare.cases.compression import (
    acceleration,
    distillation,
    pruning,
    quantization,
)

CASES = (
    *pruning.CASES,
    *quantization.CASES,
    *distillation.CASES,
    *acceleration.CASES,
)
