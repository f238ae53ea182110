"""Exercises of the page on networks of neurons."""

from itertools import pairwise

import numpy as np

from dlbook.exercises.exercise import Exercise


def count_parameters(sizes):
    """Count a weight for each input of a neuron, and its bias."""
    return sum(after * (before + 1) for before, after in pairwise(sizes))


def without_biases(sizes):
    return sum(after * before for before, after in pairwise(sizes))


def bias_for_each_input(sizes):
    return sum((after + 1) * before for before, after in pairwise(sizes))


def one_bias_a_layer(sizes):
    return without_biases(sizes) + len(sizes) - 1


COUNT = Exercise(
    id="network-count-parameters",
    title="Count the parameters",
    level="one line",
    hint="Equation (2) of this page. `itertools.pairwise(sizes)` gives each layer's "
    "number of inputs and of neurons.",
    inputs=[([2, 2, 1],), ([64, 32, 10],), ([784, 300, 100, 10],), ([5, 1],)],
    solution=count_parameters,
    wrong=[
        (
            without_biases,
            "You counted the weights and left out the biases, one for each neuron.",
        ),
        (
            bias_for_each_input,
            "You gave a bias to each input of a layer. A bias belongs to a neuron, "
            "that is, to an output.",
        ),
        (
            one_bias_a_layer,
            "You counted one bias a layer. Every neuron of the layer has its own.",
        ),
    ],
)


def merge(weight1, bias1, weight2, bias2):
    """Multiply out W2 (W1 x + b1) + b2."""
    return weight2 @ weight1, weight2 @ bias1 + bias2


def biases_added(weight1, bias1, weight2, bias2):
    return weight2 @ weight1, bias1.sum() + bias2


def first_bias_lost(weight1, bias1, weight2, bias2):
    return weight2 @ weight1, bias2


def in_the_other_order(weight1, bias1, weight2, bias2):
    return weight1.T @ weight2.T, weight2 @ bias1 + bias2


def pairs_of_layers(rng):
    for first, middle, last in ((3, 4, 2), (2, 5, 2), (4, 1, 3)):
        yield (
            rng.normal(size=(middle, first)),
            rng.normal(size=middle),
            rng.normal(size=(last, middle)),
            rng.normal(size=last),
        )


MERGE = Exercise(
    id="network-merge-layers",
    title="Merge two linear layers",
    level="a few lines",
    hint="Write the second layer's input as $W^{[1]} x + b^{[1]}$ and multiply out: "
    "what stands before $x$, and what is left?",
    inputs=pairs_of_layers,
    solution=merge,
    wrong=[
        (
            biases_added,
            "You added the biases. The first one passes through the second layer: "
            "`weight2 @ bias1`.",
        ),
        (first_bias_lost, "The bias of the first layer got lost."),
        (
            in_the_other_order,
            "That is the transposed weight. The layer that acts first stands on the "
            "right of the product: `weight2 @ weight1`.",
        ),
    ],
)


def parity_weights(bits):
    """Let the sum of the bits climb by 1, then zigzag: one more kink for each bit."""
    weight1 = np.ones((bits, bits))  # every hidden neuron sees the sum
    bias1 = -np.arange(bits, dtype=float)  # kinks at 0, 1, 2, ...
    weight2 = np.array([[1.0 if k == 0 else 2.0 * (-1) ** k for k in range(bits)]])
    return weight1, bias1, weight2, np.zeros(1)


def two_bits_only(bits):
    weight1 = np.ones((2, bits))
    return weight1, np.array([0.0, -1.0]), np.array([[1.0, -2.0]]), np.zeros(1)


def slopes_of_one(bits):
    weight1, bias1, weight2, bias2 = parity_weights(bits)
    return weight1, bias1, np.sign(weight2), bias2


def kinks_too_late(bits):
    weight1, bias1, weight2, bias2 = parity_weights(bits)
    return weight1, bias1 - 1, weight2, bias2


def outputs_at_the_corners(answer, bits):
    """Run the network on every combination of bits."""
    weight1, bias1, weight2, bias2 = answer(bits)
    corners = (np.arange(2**bits)[:, None] >> np.arange(bits)) & 1
    return np.maximum(corners @ weight1.T + bias1, 0) @ weight2.T + bias2


PARITY = Exercise(
    id="network-parity",
    title="Parity of any number of bits",
    level="a few lines",
    hint="Only the sum $s$ of the bits matters. Parity over $s = 0, 1, 2, \\dots$ is "
    "a zigzag. How much does the slope change at each kink, and which hidden neuron "
    "makes that kink?",
    inputs=[(2,), (3,), (4,), (5,)],
    run=outputs_at_the_corners,
    solution=parity_weights,
    wrong=[
        (
            two_bits_only,
            "That is the network for two bits. With three bits set it goes on "
            "falling: each further bit needs a kink of its own.",
        ),
        (
            slopes_of_one,
            "The kinks are in the right places, but the slope must change by 2 at "
            "each: from $+1$ to $-1$ and back.",
        ),
        (
            kinks_too_late,
            "Your zigzag starts one bit too late: the first kink belongs at the sum "
            "0, so its bias is 0.",
        ),
    ],
    explanation="Over the sum $s$ of the bits, the output climbs from 0 to 1, falls "
    "back to 0, and so on. A hidden neuron $\\max(0, s - k)$ changes the slope at "
    "$s = k$ by its output weight: $+1$ at 0, then $-2, +2, -2, \\dots$",
)


def count_pieces(weight1, bias1, weight2, low, high):
    """Count the places inside the interval where the slope really changes."""
    changes = {}
    for w, b, v in zip(weight1, bias1, weight2, strict=True):
        if w != 0 and low < -b / w < high:
            kink = -b / w
            changes[kink] = changes.get(kink, 0.0) + v * abs(w)
    return 1 + sum(abs(change) > 1e-12 for change in changes.values())


def every_neuron_a_kink(weight1, bias1, weight2, low, high):
    return 1 + len(weight1)


def kinks_only(weight1, bias1, weight2, low, high):
    return count_pieces(weight1, bias1, weight2, low, high) - 1


def dead_weights_counted(weight1, bias1, weight2, low, high):
    with np.errstate(divide="ignore"):
        kinks = -bias1 / weight1
    return 1 + int(((low < kinks) & (kinks < high)).sum())


def curves(rng):
    for width in (3, 8, 20):
        yield (*(rng.normal(size=width) for _ in range(3)), -1, 1)
    # one kink at two neurons, one output weight 0, one pair that cancels
    weight1 = np.array([1.0, 1.0, 2.0, 1.0, -1.0, 0.0])
    bias1 = np.array([0.5, 0.5, 0.2, -0.25, 0.25, 1.0])
    weight2 = np.array([1.0, 2.0, 0.0, 1.0, -1.0, 3.0])
    yield weight1, bias1, weight2, -1, 1


PIECES = Exercise(
    id="network-count-pieces",
    title="Count the pieces",
    level="an experiment",
    hint="Neuron $i$ bends at $-b_i / w_i$. From left to right, its term changes its "
    "slope there by $v_i |w_i|$, whichever way the neuron looks. What if two neurons "
    "bend at one place?",
    inputs=curves,
    solution=count_pieces,
    wrong=[
        (
            every_neuron_a_kink,
            "$D_1 + 1$ is the most there can be. Many kinks lie outside the interval.",
        ),
        (kinks_only, "You counted the kinks; there is one more piece than kinks."),
        (
            dead_weights_counted,
            "You counted every kink of a hidden neuron. One with output weight 0 does "
            "not bend the curve, two at one place make one kink, and two may cancel.",
        ),
    ],
)
