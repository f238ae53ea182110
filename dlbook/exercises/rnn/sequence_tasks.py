"""Exercises of the page on sequence tasks."""

from collections import Counter

import numpy as np

from dlbook.exercises.exercise import Exercise


def table_gradient(indices, grad, num_rows):
    """Add every gradient to the row that was looked up."""
    total = np.zeros((num_rows, grad.shape[-1]))
    np.add.at(total, indices, grad)
    return total


def last_one_kept(indices, grad, num_rows):
    total = np.zeros((num_rows, grad.shape[-1]))
    total[indices] += grad
    return total


def mean_of_uses(indices, grad, num_rows):
    counts = np.bincount(indices.ravel(), minlength=num_rows)
    total = table_gradient(indices, grad, num_rows)
    return total / np.maximum(counts, 1)[:, np.newaxis]


def as_many_rows_as_used(indices, grad, num_rows):
    return table_gradient(indices, grad, indices.max() + 1)


def every_row(indices, grad, num_rows):
    total = grad.reshape(-1, grad.shape[-1]).sum(axis=0)
    return np.tile(total, (num_rows, 1))


def first_axis_alone(indices, grad, num_rows):
    total = np.zeros((num_rows, grad.shape[-1]))
    for index, row in zip(indices, grad, strict=True):
        total[index] += row
    return total


def sentences_with_repeated_words(rng):
    for shape, num_rows, width in (((7,), 4, 2), ((5, 3), 6, 4), ((9, 2), 3, 1)):
        indices = rng.integers(0, num_rows - 1, shape)  # the last row is not used
        yield indices, rng.normal(size=(*shape, width)), num_rows


TABLE = Exercise(
    id="sequence-tasks-table",
    title="The gradient of a table",
    level="one line",
    hint="Try `indices = np.array([2, 2])` with two different gradients. What does "
    "`total[indices] += grad` leave in row 2? `np.add.at` adds one after the other.",
    inputs=sentences_with_repeated_words,
    solution=table_gradient,
    wrong=[
        (
            last_one_kept,
            "A word that occurs twice keeps its last gradient alone: NumPy computes "
            "`total[indices] + grad` first and then writes, so that the last one wins.",
        ),
        (
            first_axis_alone,
            "Your loop runs over the first axis alone. With more axes `index` is an "
            "array, in which a word may still occur twice.",
        ),
        (
            mean_of_uses,
            "You divided by how often a word occurs. The loss depends on the row in "
            "each of its places, so the gradients add up.",
        ),
        (
            as_many_rows_as_used,
            "The gradient needs a row for each row of the table, also for words with "
            "a larger index than any in this batch.",
        ),
        (
            every_row,
            "You gave every row the sum of all gradients. A row that was not looked "
            "up has no influence on the loss: its gradient is 0.",
        ),
    ],
    explanation="As a product: the one-hot matrix of the indices, transposed, times "
    "the gradients. With 10,000 words nearly all of its entries are zeros, and so are "
    "nearly all rows of the result. The package sorts the indices and adds equal ones "
    "in runs, which is many times faster than `np.add.at`.",
)


def continued(past, weights, bias, steps):
    """Forecast one step, take the forecast for the truth, and go on."""
    known = list(past)
    for _step in range(steps):
        latest_first = known[: -len(weights) - 1 : -1]
        known.append(np.dot(weights, latest_first) + bias)
    return np.array(known[len(past) :])


def oldest_first(past, weights, bias, steps):
    return continued(past, weights[::-1], bias, steps)


def bias_left_out(past, weights, bias, steps):
    return continued(past, weights, 0.0, steps)


def same_forecast_again(past, weights, bias, steps):
    return np.repeat(continued(past, weights, bias, 1), steps)


def last_value_repeated(past, weights, bias, steps):
    return np.repeat(past[-1], steps)


def past_included(past, weights, bias, steps):
    return np.concatenate([past, continued(past, weights, bias, steps)])


def last_forecast_alone(past, weights, bias, steps):
    return continued(past, weights, bias, steps)[-1]


def forecasts_not_fed_back(past, weights, bias, steps):
    order = len(weights)
    first = continued(past, weights, bias, 1)[0]
    window = [first, *past[: -order - 1 : -1]]
    found = [first]
    for _step in range(1, steps):
        window = [window[1], *window[1:]]
        found.append(np.dot(weights, window[:order]) + bias)
    return np.array(found)


def pasts_and_weights(rng):
    for length, order, steps in ((6, 2, 5), (8, 3, 4), (5, 4, 7)):
        weights = 0.4 * rng.normal(size=order)
        yield rng.normal(size=length), weights, float(rng.normal()), steps


CONTINUED = Exercise(
    id="sequence-tasks-steps",
    title="Several steps ahead",
    level="a few lines",
    hint="Keep a list of what is known. After each forecast, append it. The newest "
    "value belongs to the first weight.",
    inputs=pasts_and_weights,
    solution=continued,
    wrong=[
        (
            oldest_first,
            "Your weights meet the values in the wrong order: the first weight belongs "
            "to the latest value.",
        ),
        (bias_left_out, "The bias is missing."),
        (
            same_forecast_again,
            "You repeated the first forecast. It is part of the past of the second.",
        ),
        (last_value_repeated, "That is the naive forecast: the weights are unused."),
        (last_forecast_alone, "Return all forecasts, not the last one alone."),
        (past_included, "Return the forecasts alone, `steps` numbers."),
        (
            forecasts_not_fed_back,
            "You took only values of the past, for every step. From the second step "
            "on, the latest value is your own forecast.",
        ),
    ],
    explanation="The errors of the first steps enter the later ones. The alternative "
    "is a model of its own for each horizon, as on the page: then nothing is fed back, "
    "and each fit minimizes the error that it is judged by.",
)


def causal_bound(texts, tags):
    """Let each beginning say its most frequent tag."""
    counts = Counter(
        (tuple(text[:end]), tag)
        for text, row in zip(texts, tags, strict=True)
        for end, tag in enumerate(row, start=1)
    )
    best = {}
    for (beginning, _tag), count in counts.items():
        best[beginning] = max(best.get(beginning, 0), count)
    return sum(best.values()) / counts.total()


def _bound(seen, texts, tags):
    """Bound a model that knows `seen(text, place)` of the word at a place."""
    counts = Counter(
        (seen(text, place), tag)
        for text, row in zip(texts, tags, strict=True)
        for place, tag in enumerate(row)
    )
    best = {}
    for (known, _tag), count in counts.items():
        best[known] = max(best.get(known, 0), count)
    return sum(best.values()) / counts.total()


def word_alone(texts, tags):
    return _bound(lambda text, place: text[place], texts, tags)


def words_before_alone(texts, tags):
    return _bound(lambda text, place: tuple(text[:place]), texts, tags)


def whole_text(texts, tags):
    return _bound(lambda text, place: (tuple(text), place), texts, tags)


def bag_of_the_beginning(texts, tags):
    return _bound(lambda text, place: tuple(sorted(text[: place + 1])), texts, tags)


def same_weight_for_texts(texts, tags):
    counts = Counter()
    for text, row in zip(texts, tags, strict=True):
        for end, tag in enumerate(row, start=1):
            counts[tuple(text[:end]), tag] += 1 / len(row)
    best = {}
    for (beginning, _tag), count in counts.items():
        best[beginning] = max(best.get(beginning, 0), count)
    return sum(best.values()) / len(texts)


def same_weight_for_beginnings(texts, tags):
    counts, times = Counter(), Counter()
    for text, row in zip(texts, tags, strict=True):
        for end, tag in enumerate(row, start=1):
            counts[tuple(text[:end]), tag] += 1
            times[tuple(text[:end])] += 1
    best = {}
    for (beginning, _tag), count in counts.items():
        best[beginning] = max(best.get(beginning, 0), count / times[beginning])
    return sum(best.values()) / len(best)


def divided_by_texts(texts, tags):
    return causal_bound(texts, tags) * sum(map(len, texts)) / len(texts)


def short_texts(rng):
    for samples, words, longest in ((12, 2, 3), (40, 2, 4), (25, 3, 3)):
        lengths = rng.integers(1, longest + 1, samples)
        texts = [["ant", "bee", "cat"][:words] for _ in lengths]
        texts = [
            rng.choice(choice, length).tolist()
            for choice, length in zip(texts, lengths, strict=True)
        ]
        yield texts, [rng.integers(0, 2, length).tolist() for length in lengths]


ONE_WAY = Exercise(
    id="sequence-tasks-one-way",
    title="What one direction can know",
    level="a few lines",
    hint="`best_bag` above counts pairs of a bag and a label. Here a pair is counted "
    "for every word: its beginning, `tuple(text[:end])` with the word itself, and "
    "its tag.",
    inputs=short_texts,
    solution=causal_bound,
    wrong=[
        (
            word_alone,
            "Your model knows one word. It also remembers those before it.",
        ),
        (
            words_before_alone,
            "Your model knows the words before, and not the one that it tags. With "
            "`text[:end]` the last word is `text[end - 1]`.",
        ),
        (
            whole_text,
            "Your model knows the whole text. That is what a bidirectional network "
            "sees; here the beginning alone is known.",
        ),
        (
            bag_of_the_beginning,
            "Your model knows which words there were and not in which order: you "
            "sorted the beginning.",
        ),
        (
            same_weight_for_texts,
            "You averaged over texts, so that a word of a short text counts more than "
            "one of a long text. The denominator counts each text once for each word.",
        ),
        (
            same_weight_for_beginnings,
            "You averaged over different beginnings. One that many texts share counts "
            "as many times.",
        ),
        (
            divided_by_texts,
            "You divided by the number of texts. A share of words has the number of "
            "words below it.",
        ),
    ],
    explanation="On 500 texts it gives more than $11/13$, and on more texts less. Most "
    "long beginnings occur once, so that the sample seems to settle their tags: the "
    "trap of `best_bag` once more. On a sample the formula overrates what can be "
    "known; the bound has to come from the grammar.",
)


def bidirectional(x, lengths, forward, backward):
    """Read every sequence in both directions, padding left out."""
    steps, samples, _ = x.shape

    def read(weights, column, places):
        w_in, w_state, bias = weights
        states = np.zeros((steps, len(bias)))
        h = np.zeros(len(bias))
        for t in places:
            h = np.tanh(w_in @ x[t, column] + w_state @ h + bias)
            states[t] = h
        return states

    output = [
        np.concatenate(
            [
                read(forward, n, range(lengths[n])),
                read(backward, n, reversed(range(lengths[n]))),
            ],
            axis=1,
        )
        for n in range(samples)
    ]
    return np.stack(output, axis=1)  # (T, N, 2 H)


def lengths_ignored(x, lengths, forward, backward):
    full = np.full(len(lengths), len(x))
    return bidirectional(x, full, forward, backward)


def lengths_ignored_then_masked(x, lengths, forward, backward):
    found = lengths_ignored(x, lengths, forward, backward)
    real = np.arange(len(x))[:, np.newaxis] < lengths
    return found * real[:, :, np.newaxis]


def padding_as_zeros(x, lengths, forward, backward):
    real = (np.arange(len(x))[:, np.newaxis] < lengths)[:, :, np.newaxis]
    return real * lengths_ignored(x * real, lengths, forward, backward)


def not_turned_back(x, lengths, forward, backward):
    found = bidirectional(x, lengths, forward, backward)
    width = len(forward[2])
    for n, length in enumerate(lengths):
        found[:length, n, width:] = found[:length, n, width:][::-1]
    return found


def one_set_of_weights(x, lengths, forward, backward):
    return bidirectional(x, lengths, forward, forward)


def directions_exchanged(x, lengths, forward, backward):
    found = bidirectional(x, lengths, forward, backward)
    width = len(forward[2])
    return np.concatenate([found[:, :, width:], found[:, :, :width]], axis=2)


def directions_added(x, lengths, forward, backward):
    found = bidirectional(x, lengths, forward, backward)
    width = len(forward[2])
    return found[:, :, :width] + found[:, :, width:]


def padded_sequences(rng):
    for steps, samples, inputs, width in ((4, 3, 2, 3), (6, 2, 1, 2), (5, 4, 3, 1)):
        lengths = rng.integers(1, steps + 1, samples)
        lengths[0], lengths[1] = steps, steps - 1
        forward, backward = (
            (
                rng.normal(size=(width, inputs)),
                0.7 * rng.normal(size=(width, width)),
                rng.normal(size=width),
            )
            for _direction in range(2)
        )
        yield rng.normal(size=(steps, samples, inputs)), lengths, forward, backward


BIDIRECTIONAL = Exercise(
    id="sequence-tasks-both-ways",
    title="Both ways, from a blank page",
    level="a blank page",
    hint="One sequence and one direction first: a loop over its real places, "
    "`range(length)` or `reversed(range(length))`, that writes the state of place `t` "
    "into row `t`. Then the loop over sequences, and `np.concatenate`.",
    inputs=padded_sequences,
    solution=bidirectional,
    wrong=[
        (
            lengths_ignored,
            "You read the padding as well. The output there must be 0, and the "
            "backward direction begins at the last real place.",
        ),
        (
            lengths_ignored_then_masked,
            "You set the output at padding to 0 afterwards. That mends the forward "
            "half alone: the backward one has already read the padding when it comes "
            "to the last real place.",
        ),
        (
            padding_as_zeros,
            "You set the padding to 0, but the backward direction still reads it: its "
            "bias moves the state before the last real place is reached.",
        ),
        (
            not_turned_back,
            "The backward states are in the order in which they were computed. Row "
            "`t` must hold the state after reading place `t`, in both halves.",
        ),
        (
            one_set_of_weights,
            "Both directions have the forward weights. They are two networks.",
        ),
        (directions_exchanged, "The forward half comes first."),
        (
            directions_added,
            "You added the halves. Put them side by side, $2H$ numbers for a place.",
        ),
    ],
    explanation="Beside `nn.RNN(D, H, bidirectional=True)` with `lengths=`, which "
    "gives the same: torch calls the backward weights `weight_ih_l0_reverse` and so "
    "on. The last state of the backward direction stands at place 0, which is why "
    "`output[-1]` of a bidirectional network is no summary of the sequence: its "
    "backward half has read a single place.",
)
