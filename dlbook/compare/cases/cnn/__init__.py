"""Cases of the part "cnn", one module a page."""

from dlbook.compare.cases.cnn import architectures, convolution, lenet, pooling

CASES = (*convolution.CASES, *pooling.CASES, *lenet.CASES, *architectures.CASES)
