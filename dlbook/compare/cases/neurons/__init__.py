"""Cases of the part "neurons", one module a page."""

from dlbook.compare.cases.neurons import activations, losses, network, neuron

CASES = (*neuron.CASES, *activations.CASES, *network.CASES, *losses.CASES)
