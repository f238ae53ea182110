"""Exercises of the page on the chain rule."""

from functools import cache
from itertools import pairwise

import numpy as np

from dlbook.exercises.exercise import Exercise


def output_delta(a, y):
    """Multiply (a - y) / (a (1 - a)) by the slope a (1 - a), which cancels."""
    return (a - y) / len(a)


def summed(a, y):
    return a - y


def slope_of_squared_error(a, y):
    return (a - y) * a * (1 - a) / len(a)


def slope_at_the_activation(a, y):
    return (a - y) / (a * (1 - a)) / len(a)


def towards_the_target(a, y):
    return (y - a) / len(a)


def mean_over_outputs_too(a, y):
    return (a - y) / a.size


def outputs_and_targets(rng):
    for shape in ((4, 2), (2, 3), (7, 5)):
        yield rng.uniform(0.05, 0.95, shape), rng.integers(0, 2, shape).astype(float)


CROSS_ENTROPY = Exercise(
    id="chain-rule-cross-entropy",
    title="The delta of cross-entropy",
    level="one line",
    hint="The slope of the loss at an output is −y/a + (1 − y)/(1 − a); bring it to "
    "one denominator. The first of the four equations multiplies it by a (1 − a). Do "
    "not forget the mean over the samples.",
    inputs=outputs_and_targets,
    solution=output_delta,
    wrong=[
        (
            slope_of_squared_error,
            "This is the delta of the squared error. For cross-entropy the factor "
            "a (1 - a) cancels.",
        ),
        (
            slope_at_the_activation,
            "This is the slope at the activation. The delta is the slope at the "
            "weighted sum: multiply by a (1 - a).",
        ),
        (summed, "The loss is averaged over the N samples: divide by N."),
        (
            mean_over_outputs_too,
            "You divided by all N D elements. The loss is a sum over the D outputs "
            "and a mean over the N samples.",
        ),
        (
            towards_the_target,
            "The sign is turned round: where a is above the target, the loss rises "
            "with the sum.",
        ),
    ],
    explanation="Far from the target the delta is large, whatever the slope of the "
    "sigmoid. With the squared error it is multiplied by a (1 - a), which is nearly 0 "
    "for an output that is wrong and sure of it.",
)


def softmax_delta(grad_a, a):
    """For each sample, subtract the mean slope, weighted by the probabilities."""
    mean = (grad_a * a).sum(axis=1, keepdims=True)  # (N, 1)
    return a * (grad_a - mean)


def element_by_element(grad_a, a):
    return grad_a * a * (1 - a)


def sum_over_samples(grad_a, a):
    return a * (grad_a - (grad_a * a).sum(axis=0, keepdims=True))


def sum_without_weights(grad_a, a):
    return a * (grad_a - grad_a.sum(axis=1, keepdims=True))


def without_the_sum(grad_a, a):
    return a * grad_a


def slopes_and_probabilities(rng):
    for shape in ((3, 4), (1, 5), (6, 2)):
        e = np.exp(rng.normal(size=shape))
        yield rng.normal(size=shape), e / e.sum(axis=1, keepdims=True)


SOFTMAX_DELTA = Exercise(
    id="chain-rule-softmax-delta",
    title="Back through a softmax",
    level="a few lines",
    hint="The sum in the equation is one number for each sample: sum over the classes "
    "(`axis=1`) and keep the axis (`keepdims=True`), so that it broadcasts.",
    inputs=slopes_and_probabilities,
    solution=softmax_delta,
    wrong=[
        (
            element_by_element,
            "You multiplied by a (1 - a), element by element: that keeps j = k and "
            "drops the effect of each sum on the other classes.",
        ),
        (
            sum_over_samples,
            "You summed over the samples (axis 0). Samples do not know of each other; "
            "the sum is over the classes.",
        ),
        (
            sum_without_weights,
            "The slopes in the sum are weighted by the probabilities: sum grad_a * a.",
        ),
        (without_the_sum, "The sum over the classes is missing."),
    ],
    explanation="The result adds up to 0 over the classes: raising all sums by the "
    "same amount changes no probability.",
)


def wrong_slope(loss, parameters, slopes):
    """Compare each parameter's slopes with central differences."""
    errors = {}
    for name, values in parameters.items():
        numerical = np.empty_like(values)
        for place in np.ndindex(values.shape):
            value = values[place]
            values[place] = value + 1e-5
            above = loss(parameters)
            values[place] = value - 1e-5
            numerical[place] = (above - loss(parameters)) / 2e-5
            values[place] = value
        errors[name] = np.abs(numerical - slopes[name]).max()
    return max(errors, key=errors.get)


def first_element_only(loss, parameters, slopes):
    errors = {}
    for name, values in parameters.items():
        first = (0,) * values.ndim
        value = values[first]
        values[first] = value + 1e-5
        above = loss(parameters)
        values[first] = value - 1e-5
        below = loss(parameters)
        values[first] = value
        errors[name] = abs((above - below) / 2e-5 - slopes[name][first])
    return max(errors, key=errors.get)


def largest_slope(loss, parameters, slopes):
    return max(slopes, key=lambda name: np.abs(slopes[name]).max())


def the_most_right(loss, parameters, slopes):
    errors = {}
    for name, values in parameters.items():
        numerical = np.empty_like(values)
        for place in np.ndindex(values.shape):
            value = values[place]
            values[place] = value + 1e-5
            above = loss(parameters)
            values[place] = value - 1e-5
            numerical[place] = (above - loss(parameters)) / 2e-5
            values[place] = value
        errors[name] = np.abs(numerical - slopes[name]).max()
    return min(errors, key=errors.get)


@cache
def tanh_loss(seed):
    """Return the loss of two tanh layers on a batch of its own, and x and y."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))

    def loss(parameters):
        a1 = np.tanh(x @ parameters["weight1"].T + parameters["bias1"])
        a2 = np.tanh(a1 @ parameters["weight2"].T + parameters["bias2"])
        return float(((a2 - y) ** 2).sum() / (2 * len(x)))

    return loss, x, y


def losses_with_a_fault(rng):
    """Spoil the slopes of one parameter, each time another and in another way."""
    faults = [
        ("bias1", lambda slope: -slope),
        ("weight2", lambda slope: np.where(np.arange(3) == 2, 0.0, slope)),
        ("weight1", lambda slope: slope * np.array([[1.0], [2.0], [1.0]])),
        ("bias2", lambda slope: slope / 5),
    ]
    for seed, (name, spoil) in enumerate(faults):
        loss, x, y = tanh_loss(seed)
        w1, b1 = rng.normal(size=(3, 2)), rng.normal(size=3)
        w2, b2 = rng.normal(size=(2, 3)), rng.normal(size=2)
        (grad_w1, grad_w2), (grad_b1, grad_b2) = slopes([w1, w2], [b1, b2], x, y)
        parameters = {"weight1": w1, "bias1": b1, "weight2": w2, "bias2": b2}
        found = dict(zip(parameters, (grad_w1, grad_b1, grad_w2, grad_b2), strict=True))
        yield loss, parameters, {**found, name: spoil(found[name])}


WRONG_SLOPE = Exercise(
    id="chain-rule-wrong-slope",
    title="Find the wrong slope",
    level="an experiment",
    hint="For each array, visit every place with `np.ndindex(values.shape)`, nudge it "
    "to both sides by 1e-5, and compare the central difference with the slope given.",
    inputs=losses_with_a_fault,
    solution=wrong_slope,
    wrong=[
        (
            first_element_only,
            "You looked at the first element of each array. A fault may spoil others "
            "only: check them all, or draw the places at random.",
        ),
        (
            largest_slope,
            "You named the largest slopes. Large is not wrong; compare with the change "
            "of the loss.",
        ),
        (
            the_most_right,
            "You named the parameter whose slopes agree best. The wrong one has the "
            "largest difference.",
        ),
    ],
)


def slopes(weights, biases, x, y):
    """Keep every layer's activations on the way forward; use them on the way back."""
    activations = [x]
    for weight, bias in zip(weights, biases, strict=True):
        activations.append(np.tanh(activations[-1] @ weight.T + bias))
    blame = (activations[-1] - y) / len(x)
    grad_weights, grad_biases = [], []
    for layer in reversed(range(len(weights))):
        delta = blame * (1 - activations[layer + 1] ** 2)
        grad_weights.insert(0, delta.T @ activations[layer])
        grad_biases.insert(0, delta.sum(axis=0))
        blame = delta @ weights[layer]
    return grad_weights, grad_biases


def _variant(weights, biases, x, y, slope, *, order=1, mean=True):
    activations = [x]
    for weight, bias in zip(weights, biases, strict=True):
        activations.append(np.tanh(activations[-1] @ weight.T + bias))
    delta = (activations[-1] - y) / (len(x) if mean else 1)
    grad_weights, grad_biases = [], []
    for layer in reversed(range(len(weights))):
        delta = delta * slope(activations[layer + 1], layer == len(weights) - 1)
        grad_weights.insert(0, delta.T @ activations[layer])
        grad_biases.insert(0, delta.sum(axis=0))
        delta = delta @ weights[layer]
    return grad_weights[::order], grad_biases[::order]


def slope_of_the_sigmoid(weights, biases, x, y):
    return _variant(weights, biases, x, y, lambda a, last: a * (1 - a))


def output_slope_forgotten(weights, biases, x, y):
    return _variant(weights, biases, x, y, lambda a, last: 1.0 if last else 1 - a**2)


def hidden_slopes_forgotten(weights, biases, x, y):
    return _variant(weights, biases, x, y, lambda a, last: 1 - a**2 if last else 1.0)


def last_layer_first(weights, biases, x, y):
    return _variant(weights, biases, x, y, lambda a, last: 1 - a**2, order=-1)


def not_averaged(weights, biases, x, y):
    return _variant(weights, biases, x, y, lambda a, last: 1 - a**2, mean=False)


def networks(rng):
    for widths in ((3, 4, 2), (2, 5, 4, 3), (4, 3, 3, 2, 1)):
        sizes = list(pairwise(widths))
        yield (
            [rng.normal(size=(o, i)) for i, o in sizes],
            [rng.normal(size=o) for _, o in sizes],
            rng.normal(size=(6, widths[0])),
            rng.normal(size=(6, widths[-1])),
        )


ANY_DEPTH = Exercise(
    id="chain-rule-any-depth",
    title="Any number of layers",
    level="a few lines",
    hint="On the way forward keep the activations of every layer in a list, the input "
    "first. On the way back each layer does the same three things: delta, slopes, "
    "and what goes on to the layer before. The slope of tanh is 1 − a².",
    inputs=networks,
    solution=slopes,
    wrong=[
        (
            slope_of_the_sigmoid,
            "a (1 - a) is the slope of the sigmoid. The slope of tanh is 1 - a².",
        ),
        (
            output_slope_forgotten,
            "The output layer has a tanh too: its delta needs the factor 1 - a².",
        ),
        (
            hidden_slopes_forgotten,
            "The deltas of the hidden layers lack their factor 1 - a².",
        ),
        (last_layer_first, "The lists are in reverse order: return layer 1 first."),
        (not_averaged, "The loss has a 1/N: divide by the number of samples."),
    ],
)
