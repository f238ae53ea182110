"""Cases of the part "backprop", one module a page."""

from dlbook.compare.cases.backprop import autograd, chain_rule, training

CASES = (*chain_rule.CASES, *autograd.CASES, *training.CASES)
