"""Exercises of the page on language models."""

import math
from fractions import Fraction

import numpy as np

from dlbook.autograd import Tensor
from dlbook.exercises.exercise import Exercise


def bits_from_words(perplexity, words, characters):
    """Share the bits of all words out among the characters."""
    return words * np.log2(perplexity) / characters


def bits_per_word(perplexity, words, characters):
    return np.log2(perplexity)


def in_nats(perplexity, words, characters):
    return words * np.log(perplexity) / characters


def perplexity_shared_out(perplexity, words, characters):
    return np.log2(perplexity * words / characters)


def times_characters_per_word(perplexity, words, characters):
    return np.log2(perplexity) * characters / words


def one_word_shared_out(perplexity, words, characters):
    return np.log2(perplexity) / characters


def perplexity_per_character(perplexity, words, characters):
    return perplexity ** (words / characters)


def reports(rng):
    yield from ((64.0, 100, 600), (113.7, 8200, 45_000), (20.5, 82_430, 442_424))


WORDS = Exercise(
    id="language-model-words",
    title="From words to characters",
    level="one line",
    hint="How many bits does a word cost on average, and how many all of them "
    "together? The probability of the whole text does not depend on what you call a "
    "token.",
    inputs=reports,
    solution=bits_from_words,
    wrong=[
        (bits_per_word, "These are the bits of a word. Share them out."),
        (
            in_nats,
            "These are nats. The logarithm to the base 2 gives bits.",
        ),
        (
            perplexity_shared_out,
            "You shared out the perplexity. It is a number of choices, which multiply; "
            "what adds up, and can be shared out, are the bits.",
        ),
        (
            times_characters_per_word,
            "Upside down: a word has several characters, so a character has fewer bits "
            "than a word.",
        ),
        (
            one_word_shared_out,
            "You shared out the bits of one word among all characters. There are more "
            "words than one.",
        ),
        (
            perplexity_per_character,
            "This is the perplexity per character. Its logarithm to the base 2 is the "
            "bits.",
        ),
    ],
    explanation="A perplexity of 64 per word is 6 bits per word. With 6 characters a "
    "word, the space included, that is 1 bit per character. If some words were "
    "replaced by `<unk>`, the report's bits are too few: how they are spelled was "
    "never predicted.",
)


def nucleus(p, share):
    """Sort each row, keep what comes before the share is reached, and put back."""
    order = np.argsort(-p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    before = np.cumsum(ranked, axis=1) - ranked  # the sum of all larger ones
    kept = np.where(before < share, ranked, 0.0)
    result = np.empty_like(p)
    np.put_along_axis(result, order, kept, axis=1)
    return result / result.sum(axis=1, keepdims=True)


def nucleus_variant(keep, scaled=True, put_back=True, by=np.negative):
    def variant(p, share):
        order = np.argsort(by(p), axis=1, kind="stable")
        ranked = np.take_along_axis(p, order, axis=1)
        kept = np.where(keep(np.cumsum(ranked, axis=1), ranked, share), ranked, 0.0)
        result = kept
        if put_back:
            result = np.empty_like(p)
            np.put_along_axis(result, order, kept, axis=1)
        total = result.sum(axis=1, keepdims=True)
        return result / np.where(total > 0, total, 1.0) if scaled else result

    return variant


def reached_later(total, ranked, share):
    return total - ranked < share


def one_too_few(total, ranked, share):
    return total <= share


def one_too_many(total, ranked, share):
    return total - ranked <= share


def rows_of_probabilities(rng):
    for size, sharpness, share in (((3, 5), 1.0, 0.8), ((6, 9), 2.0, 0.5)):
        p = np.exp(sharpness * rng.standard_normal(size))
        yield p / p.sum(axis=1, keepdims=True), share
    yield np.array([[0.9375, 0.03125, 0.03125], [0.25, 0.5, 0.25]]), 0.625
    yield np.array([[0.125, 0.5, 0.25, 0.125], [0.25, 0.25, 0.25, 0.25]]), 0.75


NUCLEUS = Exercise(
    id="language-model-nucleus",
    title="The nucleus",
    level="a few lines",
    hint="Sort, take running sums, and ask for each token what the *larger* ones sum "
    "to: if that is already enough, it is not needed. `np.take_along_axis` brings "
    "rows into an order, and `np.put_along_axis` puts them back.",
    inputs=rows_of_probabilities,
    solution=nucleus,
    wrong=[
        (
            nucleus_variant(one_too_few),
            "You stop before the share is reached. The token that reaches it is kept; "
            "otherwise nothing is left where one token has more than the share.",
        ),
        (
            nucleus_variant(one_too_many),
            "One token too many where the larger ones sum to the share exactly: they "
            "are enough.",
        ),
        (
            nucleus_variant(reached_later, scaled=False),
            "The right tokens, but their probabilities do not sum to 1.",
        ),
        (
            nucleus_variant(reached_later, by=np.zeros_like),
            "You took the sums in the order of the tokens. The most probable ones come "
            "first.",
        ),
        (
            nucleus_variant(reached_later, by=np.positive),
            "You began with the least probable tokens.",
        ),
        (
            nucleus_variant(reached_later, put_back=False),
            "Your rows are still sorted: put each probability back to its token.",
        ),
    ],
    explanation="The number of tokens that are kept adapts itself: one where the model "
    "is sure, dozens where it is not. A fixed top-k cannot do both.",
)


def read(documents, steps, forward):
    """Start each document from zeros, cut the graph, and weight by the length."""
    total, count = 0.0, 0
    for ids in documents:
        state = None
        for start in range(0, len(ids) - 1, steps):
            y = ids[start + 1 : start + 1 + steps]
            x = ids[start : start + len(y)]
            loss, state = forward(x, y, state)
            loss.backward()
            state = state.detach()
            total += loss.item() * len(y)
            count += len(y)
    return total / count


def reading(reset="document", detach=True, weighted=True, retain=False, learn=True):
    def variant(documents, steps, forward):
        losses, sizes, state = [], [], None
        for ids in documents:
            if reset == "document":
                state = None
            for start in range(0, len(ids) - 1, steps):
                if reset == "piece":
                    state = None
                y = ids[start + 1 : start + 1 + steps]
                x = ids[start : start + len(y)]
                loss, state = forward(x, y, state)
                if learn:
                    loss.backward(retain_graph=retain)
                if detach:
                    state = state.detach()
                losses.append(loss.item())
                sizes.append(len(y))
        return np.average(losses, weights=sizes if weighted else None)

    return variant


def mean_over_the_batch_of_all(documents, steps, forward):
    means = [read([ids], steps, forward) for ids in documents]
    return np.mean(means)


def over_all_characters(documents, steps, forward):
    predicted = sum(len(ids) - 1 for ids in documents)
    total = predicted * read(documents, steps, forward)
    return total / sum(len(ids) for ids in documents)


def some_documents(rng):
    for lengths, steps in (((7, 5), 3), ((4, 9, 6), 4), ((12,), 5)):
        documents = tuple(rng.integers(0, 6, length) for length in lengths)
        yield documents, steps, rng.standard_normal(3)


def loss_and_gradient(answer, documents, steps, weights):
    """Run a reader with one recurrent unit; return its number and the gradient."""
    w = Tensor(weights.copy(), requires_grad=True)

    def forward(x, y, state):
        state = Tensor(0.0 * weights[:1]) if state is None else state
        total = 0.0
        for now, following in zip(x, y, strict=True):
            state = (w[0] * (float(now) / 5) + w[1] * state).tanh()
            total = total + (w[2] * state - float(following) / 5) ** 2
        return total.sum() / float(len(x)), state

    found = answer([ids.copy() for ids in documents], steps, forward)
    return found, w.grad


READ = Exercise(
    id="language-model-read",
    title="Find the bugs",
    level="a few lines",
    hint="When a second document begins, what does the network remember? When "
    "`backward` runs for the second piece, where does it stop? And the last piece of "
    "a document is shorter: how much does it count in the mean of all pieces?",
    inputs=some_documents,
    run=loss_and_gradient,
    solution=read,
    wrong=[
        (
            reading(reset="never", detach=False, weighted=False),
            "`backward` refuses to go through the piece before a second time: the "
            "state still hangs on it. Detach it.",
        ),
        (
            reading(detach=False, retain=True),
            "The error is gone and the mistake is not: the gradient goes back through "
            "all pieces of a document, whose graphs have to be kept. Detach the state.",
        ),
        (
            reading(detach=False, weighted=False, retain=True),
            "`retain_graph=True` silences the error, and the gradient goes back "
            "through all pieces of a document: detach the state. And the number is "
            "still the mean of the pieces.",
        ),
        (
            reading(learn=False),
            "The number is right, but no gradient is left behind: nothing calls "
            "`backward`.",
        ),
        (
            reading(reset="never"),
            "A document still begins with the state of the one before it.",
        ),
        (
            reading(weighted=False),
            "The number is still the mean of the pieces. The last piece of a document "
            "is shorter, so each of its characters counts too much.",
        ),
        (
            reading(reset="never", weighted=False),
            "The gradient is cut now. The state and the number are left.",
        ),
        (
            reading(reset="piece"),
            "You reset the state before each piece, so the network forgets in the "
            "middle of a document. Reset it before each document.",
        ),
        (
            over_all_characters,
            "You divided by the number of all characters. The first of a document is "
            "not predicted.",
        ),
        (
            mean_over_the_batch_of_all,
            "You averaged over the documents. Each character shall count the same, "
            "wherever it stands.",
        ),
    ],
    explanation="The graph that is not cut makes an error, here and in torch, and "
    "the message names a way to silence it, `retain_graph=True`, that gives up the "
    "truncation. "
    "The other two are silent, and the loss falls in spite of them: a state that is "
    "carried into the wrong document costs some bits at its beginning, and a wrong "
    "mean makes figures differ that should be equal.",
)


def encode(ids, predict):
    """Narrow an interval token by token, and name a binary one inside it."""
    low, width = Fraction(0), Fraction(1)
    for t, token in enumerate(ids):
        p = predict(ids[:t])
        low += width * sum(p[:token])
        width *= p[token]
    digits = 1
    while Fraction(2, 2**digits) > width:  # until two of its size fit
        digits += 1
    number = math.ceil(low * 2**digits)
    return f"{number:0{digits}b}"


def interval(ids, predict, order=lambda p: range(len(p)), context=True):
    low, width = Fraction(0), Fraction(1)
    for t, token in enumerate(ids):
        p = predict(ids[:t] if context else [])
        for other in order(p):
            if other == token:
                break
            low += width * p[other]
        width *= p[token]
    return low, width


def digits_of(low, width, more=1, rounded=math.ceil):
    digits = more
    while Fraction(2**more, 2**digits) > width:
        digits += 1
    return f"{rounded(low * 2**digits):0{digits}b}"


def first_digits_of_the_lower_end(ids, predict):
    return digits_of(*interval(ids, predict), rounded=math.floor)


def one_digit_too_few(ids, predict):
    return digits_of(*interval(ids, predict), more=0, rounded=math.floor)


def without_context(ids, predict):
    return digits_of(*interval(ids, predict, context=False))


def most_probable_first(ids, predict):
    def order(p):
        return sorted(range(len(p)), key=lambda token: -p[token])

    return digits_of(*interval(ids, predict, order=order))


def without_leading_zeros(ids, predict):
    return digits_of(*interval(ids, predict)).lstrip("0") or "0"


def with_its_own_piece(ids, predict):
    low, width = interval(ids, predict)
    for t, token in enumerate(ids):
        _low, before = interval(ids[:t], predict)
        low += before * predict(ids[:t])[token]
    return digits_of(low, width)


def one_number_inside(ids, predict):
    low, width = interval(ids, predict)
    digits = 1
    while math.ceil(low * 2**digits) >= (low + width) * 2**digits:
        digits += 1
    return f"{math.ceil(low * 2**digits):0{digits}b}"


def twice_as_long(ids, predict):
    low, width = interval(ids, predict)
    return digits_of(low, width**2)


def numbers_in_binary(ids, predict):
    size = max(1, (len(predict([])) - 1).bit_length())
    return "".join(f"{token:0{size}b}" for token in ids)


def texts_and_counts(rng):
    for length, size in ((3, 2), (8, 3), (14, 5), (30, 4)):
        counts = rng.integers(1, 12, (size + 1, size))
        ids = [int(token) for token in rng.integers(0, size, length)]
        yield ids, counts


def decoded(answer, ids, counts):
    """Return the text that the digits stand for, and in words how they are."""
    shares = [[Fraction(int(count), int(row.sum())) for count in row] for row in counts]

    def predict(before):
        return list(shares[before[-1] if before else -1])

    digits = answer(list(ids), predict)
    if not isinstance(digits, str) or not digits or set(digits) - {"0", "1"}:
        return "no string of 0 and 1", "not decoded", "not measured"
    start = Fraction(int(digits, 2), 2 ** len(digits))
    low, width, found = Fraction(0), Fraction(1), []
    for _token in ids:
        for token, share in enumerate(predict(found)):
            if start < low + width * share or token == len(counts[0]) - 1:
                break
            low += width * share
        found.append(token)
        width *= share
    inside = start >= low and start + Fraction(1, 2 ** len(digits)) <= low + width
    _low, own = interval(ids, predict)
    short = Fraction(2, 2 ** (len(digits) - 1)) > own  # ceil(-log2 p) + 1 at most
    return (
        " ".join(str(token) for token in found),
        "all numbers inside" if inside else "not all numbers inside",
        "short enough" if short else "too long",
    )


CODER = Exercise(
    id="language-model-coder",
    title="A coder, from a blank page",
    level="a blank page",
    hint="Two fractions are enough: where the interval begins, and how long it is. "
    "When all tokens are done, let there be n digits. They stand for an interval of "
    "length $2^{-n}$ that begins at a multiple of $2^{-n}$. How long must yours be, so "
    "that one of these lies inside it for certain?",
    inputs=texts_and_counts,
    run=decoded,
    solution=encode,
    wrong=[
        (
            first_digits_of_the_lower_end,
            "The digits of the lower end, cut off, are a number *below* the interval. "
            "Round up.",
        ),
        (
            one_digit_too_few,
            "The interval that your digits stand for is not inside that of the text: "
            "rounded up, and with one digit more, it is.",
        ),
        (
            one_number_inside,
            "The number that ends with your digits lies in the interval. Not all that "
            "go on after them do.",
        ),
        (
            without_leading_zeros,
            "Zeros in front are digits, too: 0.01 is not 0.1.",
        ),
        (
            with_its_own_piece,
            "Your interval begins where the piece of the token ends. Only the pieces "
            "of the tokens before it lie below.",
        ),
        (
            without_context,
            "You ask for the probabilities of the first token each time. Pass on what "
            "has come before.",
        ),
        (
            most_probable_first,
            "Your pieces are in the order of the probabilities. The decoder cuts them "
            "in the order of the tokens.",
        ),
        (
            twice_as_long,
            "The text can be read from your digits, but there are more of them than "
            "are needed.",
        ),
        (
            numbers_in_binary,
            "You wrote down the tokens' numbers. The model has no part in that: a "
            "token that it expects shall cost less than another one.",
        ),
    ],
    explanation="An interval of length at least $2 \\cdot 2^{-n}$ contains a whole "
    "one of the grid with step $2^{-n}$, whence the one digit more. A coder for real "
    "files works with integers of fixed size in place of fractions, which get longer "
    "with each token, and writes digits as soon as they are certain.",
)
