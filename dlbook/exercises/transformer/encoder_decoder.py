"""Exercises of the page on encoder and decoder."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def leaks(score, source, target):
    """Change what must not be seen, and look whether any score moves."""
    scores = score(source, target)
    later = target.copy()
    later[:, -1] = target[:, -1] % 5 + 3  # another token than before, never padding
    future = not np.allclose(score(source, later)[:, :-1], scores[:, :-1])
    others = target.copy()
    others[1:] = target[1:] % 5 + 3
    neighbors = not np.allclose(score(source, others)[0], scores[0])
    longer = np.pad(source, ((0, 0), (0, 2)))
    padding = not np.allclose(score(longer, target), scores)
    return future, neighbors, padding


def leaks_at_all(score, source, target):
    scores = score(source, target)
    later = target.copy()
    later[:, -1] = target[:, -1] % 5 + 3
    future = not np.allclose(score(source, later), scores)
    return future, *leaks(score, source, target)[1:]


def leaks_from_itself(score, source, target):
    scores = score(source, target)
    others = target % 5 + 3
    neighbors = not np.allclose(score(source, others)[0], scores[0])
    future, _, padding = leaks(score, source, target)
    return future, neighbors, padding


def all_is_well(score, source, target):
    return False, False, False


def leaks_by_shape(score, source, target):
    longer = np.pad(source, ((0, 0), (0, 2)), constant_values=3)
    padding = not np.allclose(score(longer, target), score(source, target))
    return *leaks(score, source, target)[:2], padding


def leaks_in_place(score, source, target):
    scores = score(source, target)
    target = target.copy()
    target[:, -1] = target[:, -1] % 5 + 3
    future = not np.allclose(score(source, target)[:, :-1], scores[:, :-1])
    target[1:] = target[1:] % 5 + 3
    neighbors = not np.allclose(score(source, target)[0], scores[0])
    longer = np.pad(source, ((0, 0), (0, 2)))
    return future, neighbors, not np.allclose(score(longer, target), scores)


def a_model(future, neighbors, padding, tables):
    """Return scores that depend on what they must, and on what is True."""
    source_table, target_table = tables

    def score(source, target):
        seen = np.ones(source.shape) if padding else (source != 0).astype(float)
        summary = (source_table[source] * seen[..., np.newaxis]).sum(axis=1)
        summary = summary / seen.sum(axis=1, keepdims=True)  # (N, V)
        if neighbors:
            summary = summary.mean(axis=0, keepdims=True) + summary
        words = target_table[target]  # (N, T, V)
        if neighbors:
            words = words + words.mean(axis=0, keepdims=True)
        said = np.cumsum(words, axis=1)
        if future:
            said[:, :-1] += words[:, 1:]
        return said + summary[:, np.newaxis]

    return score


def models(rng):
    for case in (
        (False, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (True, False, True),
    ):
        source = rng.integers(3, 9, (3, 5))
        source[1, 3:] = 0
        target = rng.integers(3, 9, (3, 4))
        yield case, rng.standard_normal((2, 9, 4)), source, target


def search_model(answer, case, tables, source, target):
    """Give the answer a model, and do not tell it which one."""
    return answer(a_model(*case, tables), source, target)


LEAKS = Exercise(
    id="encoder-decoder-leak",
    title="Find the leak",
    level="a few lines",
    hint="Three experiments. Change the last token of every target: which scores may "
    "move? Change all targets but the first: which scores may move? Append two columns "
    "of 0 to the source: which scores may move?",
    inputs=models,
    run=search_model,
    solution=leaks,
    wrong=[
        (
            leaks_at_all,
            "You compared all scores after changing the last target token. The last "
            "row of scores reads this token, and may move; no row before it may.",
        ),
        (
            leaks_from_itself,
            "You changed the first target too. Its own scores may move then. Change "
            "the *other* targets, and look at the first.",
        ),
        (
            leaks_in_place,
            "You changed the same array again and again: each experiment begins where "
            "the one before ended. Give each its own copy.",
        ),
        (
            all_is_well,
            "You found no leak anywhere; some of these models have one. Is the changed "
            "array really another one than before?",
        ),
        (
            leaks_by_shape,
            "You appended tokens that are not padding; a model has to read those. "
            "Padding is token 0.",
        ),
    ],
    explanation="None of the three needs the inside of the model. Run them on every "
    "model that you are about to train for long.",
)


def beam(step, beams, end, max_length):
    """Keep the best beginnings; put those that ended aside."""
    alive, done = [((), 1.0)], []
    for _ in range(max_length):
        longer = [
            ((*text, token), p * q)
            for text, p in alive
            for token, q in enumerate(step(text))
        ]
        longer = sorted(longer, key=lambda pair: -pair[1])[:beams]
        done += [pair for pair in longer if pair[0][-1] == end]
        alive = [pair for pair in longer if pair[0][-1] != end]
    return max(done, key=lambda pair: pair[1])


def greedy(step, beams, end, max_length):
    return beam(step, 1, end, max_length)


def best_for_each(step, beams, end, max_length):
    alive, done = [((), 1.0)], []
    for round_ in range(max_length):
        longer = []
        for text, p in alive:
            probabilities = step(text)
            order = np.argsort(-np.asarray(probabilities))
            keep = order[:beams] if not round_ else order[:1]
            longer += [((*text, int(t)), p * probabilities[t]) for t in keep]
        done += [pair for pair in longer if pair[0][-1] == end]
        alive = [pair for pair in longer if pair[0][-1] != end]
    return max(done, key=lambda pair: pair[1], default=((), 0.0))


def last_token_alone(step, beams, end, max_length):
    alive, done = [((), 1.0, 1.0)], []
    for _ in range(max_length):
        longer = [
            ((*text, token), q, p * q)
            for text, _last, p in alive
            for token, q in enumerate(step(text))
        ]
        longer = sorted(longer, key=lambda triple: -triple[1])[:beams]
        done += [(t, p) for t, _last, p in longer if t[-1] == end]
        alive = [triple for triple in longer if triple[0][-1] != end]
    return max(done, key=lambda pair: pair[1], default=((), 0.0))


def first_to_end(step, beams, end, max_length):
    alive = [((), 1.0)]
    for _ in range(max_length):
        longer = [
            ((*text, token), p * q)
            for text, p in alive
            for token, q in enumerate(step(text))
        ]
        alive = sorted(longer, key=lambda pair: -pair[1])[:beams]
        ended = [pair for pair in alive if pair[0][-1] == end]
        if ended:
            return ended[0]
    return (), 0.0


def outside_the_beam(step, beams, end, max_length):
    alive, done = [((), 1.0)], []
    for _ in range(max_length):
        longer = [
            ((*text, token), p * q)
            for text, p in alive
            for token, q in enumerate(step(text))
        ]
        longer.sort(key=lambda pair: -pair[1])
        done += [pair for pair in longer if pair[0][-1] == end]
        alive = [pair for pair in longer if pair[0][-1] != end][:beams]
    return max(done, key=lambda pair: pair[1])


def logarithms(step, beams, end, max_length):
    text, probability = beam(step, beams, end, max_length)
    return text, np.log(probability)


def trees(rng):
    """Yield tables of next-token probabilities, by the last token and the place."""
    for beams in (2, 2, 3, 3, 2, 3):
        while True:
            table = rng.dirichlet(np.full(4, 0.7), size=(4, 4))  # (place, last, V)
            table[-1] = np.array([0.0, 0.0, 0.0, 1.0])  # the fourth token is the end
            table[0, :, 3] *= 0.2
            table = table / table.sum(axis=-1, keepdims=True)

            others = (greedy, best_for_each, last_token_alone, first_to_end)
            answers = {grow(other, table, beams)[0] for other in (beam, *others)}
            if len(answers) >= 4:
                yield table, beams
                break


def grow(answer, table, beams):
    """Call the answer with a step that looks probabilities up; token 3 is the end."""

    def step(text):
        return table[len(text), text[-1] if text else 0]

    return answer(step, beams, end=3, max_length=4)


BEAM = Exercise(
    id="encoder-decoder-beam",
    title="Beam search by hand",
    level="a few lines",
    hint="Hold two lists of pairs (text, probability): living beginnings, and "
    "ended texts. In each round extend every living beginning by every token, "
    "sort all of them *together*, keep `beams`, and put those that end aside.",
    inputs=trees,
    run=grow,
    solution=beam,
    wrong=[
        (
            greedy,
            "That is greedy decoding, one beam. Keep `beams` beginnings.",
        ),
        (
            best_for_each,
            "You kept the best continuation of each beginning. Let continuations of "
            "all beginnings compete: two of the best may have the same beginning.",
        ),
        (
            last_token_alone,
            "You ranked by the last token alone. The probability of a text "
            "is the product over its tokens.",
        ),
        (
            outside_the_beam,
            "You put aside texts that are not among the `beams` best of their round. "
            "Sort all longer texts, keep `beams`, and only then look which have ended.",
        ),
        (
            logarithms,
            "The texts are right. Return the probability, not its logarithm.",
        ),
        (
            first_to_end,
            "You stopped at the first text that ended. A longer one may still be more "
            "probable: go on until `max_length`.",
        ),
    ],
    explanation="The package multiplies no probabilities but adds logarithms, which do "
    "not become 0, and stops as soon as no beginning can win any more.",
)


def costs(width, hidden, source, target):
    """Count a decoder layer: two attentions, a feed-forward network, three norms."""
    attention = 4 * width * width + 4 * width
    feed_forward = 2 * width * hidden + hidden + width
    parameters = 2 * attention + feed_forward + 3 * 2 * width
    own = 4 * target * width**2 + 2 * target**2 * width
    cross = 2 * (target + source) * width**2 + 2 * target * source * width
    products = own + cross + 2 * target * width * hidden
    return parameters, products


def encoder_costs(width, hidden, source, target):
    parameters = 4 * width * width + 4 * width + 2 * width * hidden
    parameters += hidden + width + 4 * width
    products = 4 * source * width**2 + 2 * source**2 * width
    return parameters, products + 2 * source * width * hidden


def one_norm_short(width, hidden, source, target):
    parameters, products = costs(width, hidden, source, target)
    return parameters - 2 * width, products


def without_biases(width, hidden, source, target):
    parameters, products = costs(width, hidden, source, target)
    return parameters - 9 * width - hidden, products


def keys_at_the_target(width, hidden, source, target):
    parameters, products = costs(width, hidden, source, target)
    return parameters, products + 2 * (target - source) * width**2


def lengths_exchanged(width, hidden, source, target):
    return costs(width, hidden, target, source)


def no_scores(width, hidden, source, target):
    parameters, products = costs(width, hidden, source, target)
    return parameters, products - 2 * target * (target + source) * width


def twice(width, hidden, source, target):
    parameters, products = costs(width, hidden, source, target)
    return parameters, 2 * products


COSTS = Exercise(
    id="encoder-decoder-costs",
    title="What a decoder layer costs",
    level="a few lines",
    hint="A product of $(a, b)$ and $(b, c)$ matrices takes $a b c$ multiplications. "
    "In cross-attention, which of the four projections are made for each of the $T$ "
    "target places, and which for each of the $S$ source places?",
    inputs=[(4, 16, 3, 2), (8, 8, 5, 9), (64, 256, 14, 16), (512, 2048, 30, 25)],
    solution=costs,
    wrong=[
        (
            encoder_costs,
            "These are an encoder layer's. A decoder layer has a second attention, to "
            "the source, and a third norm.",
        ),
        (
            one_norm_short,
            "The multiplications are right. Each of the *three* sublayers has a norm "
            "with a weight and a bias.",
        ),
        (
            without_biases,
            "The multiplications are right. The linear maps have biases, too: four "
            "in each attention, two in the feed-forward network.",
        ),
        (
            keys_at_the_target,
            "The parameters are right. In cross-attention keys and values are made of "
            "the $S$ source vectors, not of the $T$ target vectors.",
        ),
        (
            lengths_exchanged,
            "The parameters are right. You exchanged $S$ and $T$: the decoder has a "
            "vector for each of the $T$ target places.",
        ),
        (
            no_scores,
            "The parameters are right. You left out the scores and the weighted means: "
            "$T T D$ multiplications each in self-attention, $T S D$ in "
            "cross-attention.",
        ),
        (
            twice,
            "The parameters are right. You counted additions as well; this exercise "
            "asks for multiplications.",
        ),
    ],
    explanation="With additions a layer has about twice as many floating-point "
    "operations. Backward passes of both factors make it about six times as many in "
    "training, the usual rule of thumb of 6 operations for a parameter and a token.",
)


def both_ways(pairs, directions):
    """Make one data set of both directions; the source's first token says which."""
    special = ["<pad>", "<begin>", "<end>", *directions]
    texts = []
    for one, other in pairs:
        texts += [([directions[0], *one], other), ([directions[1], *other], one)]
    words = [word for source, target in texts for word in (*source, *target)]
    tokens = list(dict.fromkeys([*special, *words]))
    ids = {token: n for n, token in enumerate(tokens)}
    sources = [[ids[word] for word in source] for source, _ in texts]
    targets = [[1, *(ids[word] for word in target), 2] for _, target in texts]
    return tokens, padded(sources), padded(targets)


def padded(rows):
    """Fill rows up with 0."""
    filled = np.zeros((len(rows), max(map(len, rows))), int)
    for row, into in zip(rows, filled, strict=True):
        into[: len(row)] = row
    return filled


def direction_behind(pairs, directions):
    tokens, sources, targets = both_ways(pairs, directions)
    rows = [[*row[row != 0][1:], row[0]] for row in sources]
    return tokens, padded(rows), targets


def direction_in_target(pairs, directions):
    tokens, sources, targets = both_ways(pairs, directions)
    targets = targets.copy()
    targets[:, 0] = sources[:, 0]
    return tokens, padded([row[row != 0][1:] for row in sources]), targets


def no_end(pairs, directions):
    tokens, sources, targets = both_ways(pairs, directions)
    return tokens, sources, padded([row[row > 0][:-1] for row in targets])


def no_begin(pairs, directions):
    tokens, sources, targets = both_ways(pairs, directions)
    return tokens, sources, targets[:, 1:]


def one_way(pairs, directions):
    tokens, sources, targets = both_ways(pairs, directions)
    return (
        tokens,
        padded([row[row > 0] for row in sources[::2]]),
        padded([row[row > 0] for row in targets[::2]]),
    )


def directions_exchanged(pairs, directions):
    tokens, sources, targets = both_ways(pairs, directions)
    sources = sources.copy()
    sources[:, 0] = 7 - sources[:, 0]  # 3 and 4
    return tokens, sources, targets


TWO_WAYS = Exercise(
    id="encoder-decoder-both-ways",
    title="A special token, from a blank page",
    level="a blank page",
    hint="Make a list of all (source, target) texts first, with the direction in front "
    "of each source. `dict.fromkeys` keeps the first of equal tokens, in order.",
    inputs=[
        ([(["two"], ["二"]), (["twelve"], ["十", "二"])], ("<zh>", "<en>")),
        (
            [(["one", "hundred"], ["一", "百"]), (["six"], ["六"])],
            ("<to zh>", "<to en>"),
        ),
        ([(["ja"], ["yes"]), (["ach", "so"], ["oh", "I", "see"])], ("<en>", "<de>")),
    ],
    solution=both_ways,
    wrong=[
        (direction_behind, "The direction stands at the end; it goes in front."),
        (
            direction_in_target,
            "You put the direction in place of the begin token. That works too, but "
            "here the source shall carry it, so that the encoder knows it as well.",
        ),
        (no_end, "Your targets have no end token: a model would never stop."),
        (no_begin, "Your targets have no begin token, which the decoder reads first."),
        (one_way, "Each pair gives two examples, one for each direction."),
        (
            directions_exchanged,
            "The token names the language to write; you named the one that is read.",
        ),
    ],
    explanation="One model for both directions, told apart by a token: so "
    "Johnson et al. (2017) made one network translate among many languages. BERT marks "
    "with such tokens where a text begins and what is hidden, GPT-2 where one ends.",
)
