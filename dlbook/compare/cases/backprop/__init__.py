"""Cases of the part "backprop", one module a page."""

from dlbook.compare.cases.backprop import autograd, training

CASES = (*autograd.CASES, *training.CASES)
