"""Exercises of the page on GPT."""

import itertools

import numpy as np

from dlbook.exercises.exercise import Exercise


def count(V, T, D, L):
    """Count the parameters, and the operations on a token that attends to T."""
    block = 12 * D**2 + 13 * D  # two norms, four matrices with biases
    parameters = (V + T) * D + L * block + 2 * D
    operations = 2 * (12 * L * D**2 + V * D) + 4 * L * T * D
    return parameters, operations


def count_variant(
    biases=13,
    tied=True,
    last=2,
    positions=True,
    looked_up=False,
    attends=4,
    scored=True,
    biased=False,
):
    def variant(V, T, D, L):
        parameters = (V if tied else 2 * V) * D + L * (12 * D**2 + biases * D)
        parameters += last * D + (T * D if positions else 0)
        multiplied = 12 * L * D**2 + (V * D if scored else 0)
        multiplied += (V + T) * D if looked_up else 0
        multiplied += L * 13 * D + 2 * D if biased else 0
        return parameters, 2 * multiplied + attends * L * T * D

    return variant


def multiplications_alone(V, T, D, L):
    parameters, operations = count(V, T, D, L)
    return parameters, operations // 2


def whole_text(V, T, D, L):
    parameters, operations = count(V, T, D, L)
    return parameters, T * operations


def models(rng):
    yield from ((50_257, 1024, 768, 12), (50_257, 1024, 1600, 48), (103, 64, 80, 3))


COUNT = Exercise(
    id="gpt-count",
    title="Count GPT-2",
    level="a few lines",
    hint="A block has two norms with $2 D$ numbers each, and linear layers from $D$ to "
    "$3 D$, $D$ to $D$, $D$ to $4 D$ and $4 D$ to $D$, all with biases. Operations: "
    "each number of a weight *matrix* is used once a token, in one multiplication "
    "and one addition; the rows of the tables are looked up, but the scores multiply "
    "by the token vectors. What does attention multiply that is no weight?",
    inputs=models,
    solution=count,
    wrong=[
        (
            count_variant(tied=False),
            "You counted the token vectors twice: the scores use the same ones.",
        ),
        (
            count_variant(biases=9),
            "The blocks' linear layers have their biases; the norms are missing.",
        ),
        (
            count_variant(biases=4),
            "The linear layers have biases: $3 D + D + 4 D + D$ a block.",
        ),
        (
            count_variant(last=0),
            "One more norm stands after the last block.",
        ),
        (
            count_variant(positions=False),
            "The $T$ positions have vectors of their own.",
        ),
        (
            count_variant(attends=0),
            "You counted the weights alone. A query is multiplied with $T$ keys, too, "
            "and $T$ values are summed, in every layer.",
        ),
        (
            count_variant(attends=2),
            "Attention has two products: queries with keys, and weights with values.",
        ),
        (
            count_variant(looked_up=True),
            "A row that is looked up is not multiplied: the two tables cost nothing "
            "at the input.",
        ),
        (
            count_variant(scored=False),
            "The scores are a product with all $V$ token vectors.",
        ),
        (
            count_variant(attends=0, looked_up=True, scored=False, biased=True),
            "Two for each parameter is the rule of thumb. A token looks its vectors up "
            "without a product, biases and norms are no matrices, and what attention "
            "multiplies are no parameters.",
        ),
        (
            multiplications_alone,
            "These are the multiplications. Each comes with an addition.",
        ),
        (
            whole_text,
            "These are the operations on a whole text. Of one token alone, please.",
        ),
    ],
    explanation="For GPT-2 small: 124,439,808 parameters and 284,812,800 operations "
    "for a token that attends to 1,024, about 2.3 for each parameter. The rule of "
    "thumb is 2 a parameter to read and 6 to train.",
)


def encode(word, merges):
    """Merge as it was learned: the earliest merge first, everywhere."""
    tokens = list(word)
    for left, right in merges:
        place = 0
        while place < len(tokens) - 1:
            if (tokens[place], tokens[place + 1]) == (left, right):
                tokens[place : place + 2] = [left + right]
            place += 1
    return " ".join(tokens)


def longest_first(word, merges):
    known = {left + right for left, right in merges} | set(word)
    tokens = []
    while word:
        size = max(n for n in range(1, len(word) + 1) if word[:n] in known)
        tokens.append(word[:size])
        word = word[size:]
    return " ".join(tokens)


def first_place_alone(word, merges):
    tokens = list(word)
    for left, right in merges:
        for place in range(len(tokens) - 1):
            if (tokens[place], tokens[place + 1]) == (left, right):
                tokens[place : place + 2] = [left + right]
                break
    return " ".join(tokens)


def latest_first(word, merges):
    tokens = list(word)
    merges = list(merges)
    while True:
        pairs = list(itertools.pairwise(tokens))
        found = [pair for pair in reversed(merges) if pair in pairs]
        if not found:
            return " ".join(tokens)
        place = pairs.index(found[0])
        tokens[place : place + 2] = ["".join(found[0])]


def last_learned_first(word, merges):
    return encode(word, tuple(reversed(merges)))


def replaced_in_the_text(word, merges):
    text = " ".join(word)
    for left, right in merges:
        text = text.replace(f"{left} {right}", left + right)
    return text


def leftmost_first(word, merges):
    tokens = list(word)
    while True:
        pairs = list(itertools.pairwise(tokens))
        places = [place for place, pair in enumerate(pairs) if pair in merges]
        if not places:
            return " ".join(tokens)
        place = places[0]
        tokens[place : place + 2] = ["".join(pairs[place])]


def from_the_right(word, merges):
    tokens = list(word)
    for left, right in merges:
        place = len(tokens) - 2
        while place >= 0:
            if tokens[place : place + 2] == [left, right]:
                tokens[place : place + 2] = [left + right]
                place -= 1
            place -= 1
    return " ".join(tokens)


def learned_words(rng):
    yield "lower", (("o", "w"), ("l", "ow"), ("e", "r"))
    yield "ababab", (("b", "a"), ("a", "b"), ("ba", "b"))
    yield "aaaaa", (("a", "a"), ("aa", "aa"))
    yield "abcd", (("a", "b"), ("b", "c"))
    yield "unsung", (("n", "g"), ("u", "n"), ("u", "ng"), ("un", "s"), ("s", "ung"))
    yield "abcbc", (("b", "c"), ("a", "b"), ("ab", "c"), ("a", "bc"))


MERGES = Exercise(
    id="gpt-merges",
    title="Merges by hand",
    level="a few lines",
    hint="Go through the merges in the order in which they were learned. For each, go "
    "through the word from left to right and join every such pair of neighbors. Then "
    "comes the next merge; none has to be tried twice.",
    inputs=learned_words,
    solution=encode,
    wrong=[
        (
            longest_first,
            "You take the longest token that fits. That is another algorithm: a token "
            "made late wins over one made early.",
        ),
        (
            first_place_alone,
            "Each merge is applied once. It joins *every* such pair of the word.",
        ),
        (latest_first, "You begin with the last merge. The first one comes first."),
        (
            last_learned_first,
            "You go through the merges from the last to the first. The first one comes "
            "first.",
        ),
        (
            replaced_in_the_text,
            "You search the text with its spaces. There the end of one token and the "
            "start of the next look like a pair: compare whole tokens.",
        ),
        (
            leftmost_first,
            "You join the leftmost pair that can be merged. The one that was learned "
            "first comes first, wherever it stands.",
        ),
        (
            from_the_right,
            "Go from left to right: of aaa, the first two are joined.",
        ),
    ],
    explanation="`unsung`: n g comes first, then u n, and of `un s u ng` the pair u ng "
    "is joined before un s. What was learned first was the most frequent. Encoding "
    "repeats on a word what learning did to it, so a word of the training text gets "
    "the tokens that it had when learning ended.",
)


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def read(x, positions, Wq, Wk, Wv, pieces):
    """Place and mask count from the start of the text, not of the piece."""
    outputs, past = [], 0
    keys = values = np.zeros((0, Wk.shape[1]))
    for size in pieces:
        new = x[past : past + size] + positions[past : past + size]
        keys = np.concatenate([keys, new @ Wk])
        values = np.concatenate([values, new @ Wv])
        scores = new @ Wq @ keys.T / np.sqrt(keys.shape[1])
        seen = np.tri(size, past + size, past, dtype=bool)
        outputs.append(softmax(np.where(seen, scores, -np.inf)) @ values)
        past += size
    return np.concatenate(outputs)


def reading(place=True, mask="right", kept=True):
    def variant(x, positions, Wq, Wk, Wv, pieces):
        outputs, past = [], 0
        keys = values = np.zeros((0, Wk.shape[1]))
        for size in pieces:
            start = past if place else 0
            new = x[past : past + size] + positions[start : start + size]
            if not kept:
                keys, values = keys[:0], values[:0]
            keys = np.concatenate([keys, new @ Wk])
            values = np.concatenate([values, new @ Wv])
            scores = new @ Wq @ keys.T / np.sqrt(keys.shape[1])
            shift = {
                "right": past,
                "own": 0,
                "one more": past + 1,
                "none": len(keys),
            }[mask]
            if not kept:
                shift = 0
            seen = np.tri(size, len(keys), shift, dtype=bool)
            outputs.append(softmax(np.where(seen, scores, -np.inf)) @ values)
            past += size
        return np.concatenate(outputs)

    return variant


def texts_in_pieces(rng):
    for pieces in ((3, 1, 1), (1, 4, 2), (2, 2, 1, 3)):
        length = sum(pieces)
        matrices = [rng.standard_normal((4, 4)) for _ in range(3)]
        x, positions = rng.standard_normal((2, length, 4))
        yield x, positions, *matrices, pieces


CACHE = Exercise(
    id="gpt-cache-bug",
    title="Find the bugs",
    level="a few lines",
    hint="Give the function a text in one piece and in two, and compare row by row: "
    "the first piece is right. Which place in the text has the first token of the "
    "second piece, and which keys may it see?",
    inputs=texts_in_pieces,
    solution=read,
    wrong=[
        (
            reading(place=False, mask="own"),
            "Two things count from the start of the *piece* and should count from the "
            "start of the text: the places, and the mask.",
        ),
        (
            reading(place=False),
            "The mask is right now. Each piece still begins at position 0.",
        ),
        (
            reading(mask="own"),
            "The positions are right now. The mask still lets the first token of a "
            "piece see the first key alone, that is, of the whole text.",
        ),
        (
            reading(mask="none"),
            "Without a mask one token at a time is right, but in a piece of several "
            "the first sees the ones after it.",
        ),
        (
            reading(mask="one more"),
            "Each token sees one that comes after it: the first of a piece has `past` "
            "keys before it and its own.",
        ),
        (
            reading(place=False, mask="none"),
            "Without a mask a token sees those after it, where a piece has several; "
            "and each piece still begins at position 0.",
        ),
        (
            reading(kept=False),
            "You throw the keys of earlier pieces away: nothing is cached.",
        ),
    ],
    explanation="Neither mistake raises an error, and both vanish when the text comes "
    "in one piece. The test that finds them is that of the page: the same text in "
    "several pieces must give the same numbers.",
)


def induction(ids, V):
    """Attend to the places whose left neighbor equals the token here."""
    T = len(ids)
    tokens = np.eye(V)[ids]  # (T, V)
    before = np.eye(T, k=-1) @ tokens  # layer 1: who stood before me
    match = (tokens @ before.T) * np.tri(T)  # layer 2: (query, key)
    total = match.sum(axis=1, keepdims=True)
    return match / np.maximum(total, 1) @ tokens


def followers(ids, V, include_self=True, shift=1, latest=False, scaled=True):
    found = np.zeros((len(ids), V))
    for t, token in enumerate(ids):
        places = [s for s in range(t) if ids[s] == token and s + shift <= t]
        if latest:
            places = places[-1:]
        for s in places:
            found[t, ids[s + shift]] += 1
    if scaled:
        found /= np.maximum(found.sum(axis=1, keepdims=True), 1)
    return found


def itself(ids, V):
    return followers(ids, V, shift=0)


def latest_alone(ids, V):
    return followers(ids, V, latest=True)


def unscaled(ids, V):
    return followers(ids, V, scaled=False)


def whole_row(ids, V):
    tokens = np.eye(V)[ids]
    before = np.eye(len(ids), k=-1) @ tokens
    match = tokens @ before.T
    return match / np.maximum(match.sum(axis=1, keepdims=True), 1) @ tokens


def around_the_end(ids, V):
    tokens = np.eye(V)[ids]
    match = (tokens @ np.roll(tokens, 1, axis=0).T) * np.tri(len(ids))
    return match / np.maximum(match.sum(axis=1, keepdims=True), 1) @ tokens


def softened(ids, V):
    tokens = np.eye(V)[ids]
    before = np.eye(len(ids), k=-1) @ tokens
    scores = np.where(np.tri(len(ids)) > 0, 50 * tokens @ before.T, -np.inf)
    return softmax(scores) @ tokens


def strictly_before(ids, V):
    tokens = np.eye(V)[ids]
    before = np.eye(len(ids), k=-1) @ tokens
    match = (tokens @ before.T) * np.tri(len(ids), k=-1)
    return match / np.maximum(match.sum(axis=1, keepdims=True), 1) @ tokens


def token_sequences(rng):
    yield np.array([1, 0, 1, 1, 0]), 2
    yield np.array([1, 1, 1, 0]), 2
    yield np.array([2, 0, 1, 3, 2, 0, 1, 3]), 5
    for length, V in ((12, 4), (20, 6), (9, 3)):
        yield rng.integers(0, V, length), V


INDUCTION = Exercise(
    id="gpt-induction",
    title="An induction head, from a blank page",
    level="a blank page",
    hint="Write tokens as one-hot rows. A matrix of weights with ones below the "
    "diagonal hands every place the token before it. Then a query is the token here, "
    "and a key is what was handed on: their product is 1 where they agree.",
    inputs=token_sequences,
    solution=induction,
    wrong=[
        (itself, "You return the token that was matched, not the one after it."),
        (
            latest_alone,
            "You took the latest occurrence alone. All of them have the same weight.",
        ),
        (unscaled, "These are counts. The weights of a row sum to 1."),
        (whole_row, "A place sees what comes after it."),
        (
            around_the_end,
            "The first place has nobody before it. `np.roll` hands it the last token.",
        ),
        (
            softened,
            "Where nothing matches, softmax spreads the weights over all places; zeros "
            "are asked for.",
        ),
        (
            strictly_before,
            "Where a token comes twice in a row, the place here is itself one that "
            "follows. Attention may look at its own place.",
        ),
    ],
    explanation="This is what the two layers of the page learn: the first writes the "
    "token before into every place, the second looks for the places where that is "
    "the token here, and copies. With one layer, a key knows its own token and "
    "place, and nothing of its neighbor.",
)
