"""Exercises of the page on attention."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def causal_mask(length, source):
    """Let each of the last queries see the keys up to its own place."""
    return np.tri(length, source, source - length, dtype=bool)


def first_queries(length, source):
    return np.tri(length, source, dtype=bool)


def strictly_before(length, source):
    return np.tri(length, source, source - length - 1, dtype=bool)


def one_ahead(length, source):
    return np.tri(length, source, source - length + 1, dtype=bool)


def forbidden(length, source):
    return ~causal_mask(length, source)


def sees_the_future(length, source):
    return np.triu(np.ones((length, source), dtype=bool), k=source - length)


def added_mask(length, source):
    return np.where(causal_mask(length, source), 0.0, -np.inf)


def as_numbers(length, source):
    return np.tri(length, source, source - length)


def keys_by_queries(length, source):
    return causal_mask(length, source).T


CAUSAL = Exercise(
    id="attention-causal",
    title="The causal mask of the last tokens",
    level="one line",
    hint="Row i belongs to the token at place $S - L + i$ of the text. Which columns "
    "j may it see? `np.tri(rows, columns, k)` has ones where $j \\le i + k$.",
    inputs=[(4, 4), (1, 5), (3, 7), (2, 3)],
    solution=causal_mask,
    wrong=[
        (
            first_queries,
            "Your queries are the first L tokens. They are the last L of S, so the "
            "last row sees everything. (`is_causal=True` counts from the first.)",
        ),
        (
            strictly_before,
            "A token may see itself. Yours sees what is before it alone, and the first "
            "of a text would see nothing.",
        ),
        (one_ahead, "A leak by one: each query sees the token after its own."),
        (
            forbidden,
            "True means *may attend* here. Yours is the mask of what is forbidden.",
        ),
        (sees_the_future, "That is the other triangle: from its own place on."),
        (
            added_mask,
            "That mask is added to the scores. Asked for are booleans: True where a "
            "query may look.",
        ),
        (
            as_numbers,
            "The places are right, but those are numbers, and attention *adds* a mask "
            "of numbers to the scores. Booleans, please: `dtype=bool`.",
        ),
        (keys_by_queries, "A row for each query and a column for each key, please."),
    ],
    explanation="With $L = S$ it is the lower triangle, diagonal included. With "
    "$L = 1$ it is all True: the newest token sees every token before it, and "
    "needs no mask, which is how text is generated token by token.",
)


def score_variance(width, query_variance, key_variance, key_mean):
    """Add up the variances of the products."""
    return width * query_variance * (key_variance + key_mean**2)


def mean_forgotten(width, query_variance, key_variance, key_mean):
    return width * query_variance * key_variance


def mean_alone_squared(width, query_variance, key_variance, key_mean):
    return width * (query_variance * key_variance + key_mean**2)


def mean_not_squared(width, query_variance, key_variance, key_mean):
    return width * query_variance * (key_variance + key_mean)


def variances_added(width, query_variance, key_variance, key_mean):
    return width * (query_variance + key_variance)


def deviation(width, query_variance, key_variance, key_mean):
    return score_variance(width, query_variance, key_variance, key_mean) ** 0.5


def already_scaled(width, query_variance, key_variance, key_mean):
    return query_variance * (key_variance + key_mean**2)


VARIANCE = Exercise(
    id="attention-variance",
    title="The variance of a score",
    level="one line",
    hint="The $d$ products $q_i k_i$ are independent, so their variances add up. For "
    "one of them, $\\operatorname{var}(qk) = E[q^2 k^2] - E[qk]^2$, and the mean of "
    "$q$ is 0. What is $E[k^2]$?",
    inputs=[
        (64, 1.0, 1.0, 0.0),
        (16, 2.0, 0.5, 1.5),
        (9, 0.25, 3.0, -2.0),
        (100, 1.0, 0.0, 0.5),
    ],
    solution=score_variance,
    wrong=[
        (
            mean_forgotten,
            "That holds for keys of mean 0. A mean is a part of $E[k^2]$.",
        ),
        (
            mean_alone_squared,
            "The mean of a key is multiplied by the query as well: "
            "$E[q^2] E[k^2]$ is a product of two sums.",
        ),
        (mean_not_squared, "$E[k^2]$ is the variance plus the *square* of the mean."),
        (
            variances_added,
            "Variances of a sum add up; $qk$ is a product. Its mean square is the "
            "product of the mean squares.",
        ),
        (deviation, "That is the standard deviation."),
        (
            already_scaled,
            "That is the variance after the division by $\\sqrt d$. The sum has $d$ "
            "terms.",
        ),
    ],
    explanation="$\\operatorname{var}(q_i k_i) = E[q_i^2]\\,E[k_i^2] - 0$, and there "
    "are $d$ of them, independent of each other. A common mean of all keys makes "
    "scores vary more from query to query, and yet not a single weight: it adds the "
    "same $q \\cdot m$ to all scores of a query, and softmax does not notice. Measure "
    "it: `(q * k).sum(axis=1).var()` for a hundred thousand random pairs.",
)


def who_sees_whom(attend, x):
    """Change one input after the other, and see which outputs move."""
    before = attend(x)
    found = np.empty((len(x), len(x)), dtype=bool)
    for j in range(len(x)):
        changed = x.copy()
        changed[j] = 1.0 - 2.0 * x[j]
        moved = np.abs(attend(changed) - before).max(axis=1)
        found[:, j] = moved > 1e-9
    return found


def inputs_in_rows(attend, x):
    return who_sees_whom(attend, x).T


def changes_kept(attend, x):
    before, changed = attend(x), x.copy()
    found = np.empty((len(x), len(x)), dtype=bool)
    for j in range(len(x)):
        changed[j] = 1.0 - 2.0 * x[j]
        found[:, j] = np.abs(attend(changed) - before).max(axis=1) > 1e-9
    return found


def compared_with_input(attend, x):
    found = np.empty((len(x), len(x)), dtype=bool)
    for j in range(len(x)):
        changed = x.copy()
        changed[j] = 1.0 - 2.0 * x[j]
        found[:, j] = np.abs(attend(changed) - changed).max(axis=1) > 1e-9
    return found


def what_is_forbidden(attend, x):
    return ~who_sees_whom(attend, x)


def what_it_should_be(attend, x):
    return np.tri(len(x), dtype=bool)


def _self_attention(weights, kind):
    """Return self-attention with these weights and one of four masks."""
    w_query, w_key, w_value = weights  # (D, D) each

    def attend(x):
        lower = np.tri(len(x), dtype=bool)
        mask = {
            "causal": lower,
            "by one": np.tri(len(x), k=1, dtype=bool),
            "transposed": lower.T,
            "after": np.ones_like(lower),
        }[kind]
        scores = (x @ w_query) @ (x @ w_key).T / np.sqrt(x.shape[1])
        scores = np.where(mask, scores, -np.inf)
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights = exps / exps.sum(axis=1, keepdims=True)
        if kind == "after":
            weights = weights * lower
        return weights @ (x @ w_value)

    return attend


def suspects(rng):
    for length, width, kind in (
        (4, 3, "causal"),
        (5, 3, "by one"),
        (4, 2, "transposed"),
        (5, 4, "after"),
    ):
        weights = rng.normal(size=(3, width, width))
        yield weights, kind, 0.5 * rng.normal(size=(length, width))


def measure(answer, weights, kind, x):
    """Hand a suspect to the reader's function."""
    return answer(_self_attention(weights, kind), x)


LEAK = Exercise(
    id="attention-leak",
    title="Find the leak",
    level="a few lines",
    hint="`before = attend(x)`. Then for each j: copy `x`, change row j of the copy, "
    "and call `attend` again. The rows that moved see j.",
    inputs=suspects,
    run=measure,
    solution=who_sees_whom,
    wrong=[
        (
            inputs_in_rows,
            "Row i belongs to output i and column j to input j; yours is transposed.",
        ),
        (
            changes_kept,
            "You left earlier changes in place, so every column also shows what the "
            "columns before it did. Start from a fresh copy of `x`.",
        ),
        (
            compared_with_input,
            "Compare with the output for the unchanged `x`, not with the input.",
        ),
        (what_is_forbidden, "True means that output i *does* see input j."),
        (
            what_it_should_be,
            "That is what a causal mask should give. The task is to measure what "
            "`attend` does: one of these functions leaks.",
        ),
    ],
    explanation="A model is causal if nothing above the diagonal is True. The test "
    "knows nothing about masks, and so it also finds a leak through the denominator "
    "of a softmax that was taken before the mask, through a normalization over time, "
    "or through a convolution with padding on the wrong side.",
)


def grouped_attention(query, key, value):
    """Let each head of keys and values serve several heads of queries."""
    times = len(query) // len(key)
    outputs = []
    for head, q in enumerate(query):
        k, v = key[head // times], value[head // times]
        scores = q @ k.T / np.sqrt(q.shape[1])  # (T, T)
        scores = np.where(np.tri(len(q), dtype=bool), scores, -np.inf)
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        outputs.append(exps / exps.sum(axis=1, keepdims=True) @ v)
    return np.stack(outputs)  # (heads, T, d_v)


def in_turn(query, key, value):
    times = len(query) // len(key)
    return grouped_attention(
        query, np.tile(key, (times, 1, 1)), np.tile(value, (times, 1, 1))
    )


def one_for_all(query, key, value):
    return grouped_attention(query, key[:1], value[:1])


def mean_of_heads(query, key, value):
    times = len(query) // len(key)
    groups = query.reshape(len(key), times, *query.shape[1:]).mean(axis=1)
    return grouped_attention(groups, key, value)


def not_scaled(query, key, value):
    return grouped_attention(query * np.sqrt(query.shape[2]), key, value)


def scaled_by_width(query, key, value):
    return grouped_attention(query / np.sqrt(query.shape[2]), key, value)


def not_causal(query, key, value):
    times = len(query) // len(key)
    outputs = []
    for head, q in enumerate(query):
        scores = q @ key[head // times].T / np.sqrt(q.shape[1])
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights = exps / exps.sum(axis=1, keepdims=True)
        outputs.append(weights @ value[head // times])
    return np.stack(outputs)


def masked_with_zeros(query, key, value):
    times = len(query) // len(key)
    outputs = []
    for head, q in enumerate(query):
        scores = q @ key[head // times].T / np.sqrt(q.shape[1])
        scores = scores * np.tri(len(q))
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights = exps / exps.sum(axis=1, keepdims=True)
        outputs.append(weights @ value[head // times])
    return np.stack(outputs)


def masked_late(query, key, value):
    times = len(query) // len(key)
    outputs = []
    for head, q in enumerate(query):
        scores = q @ key[head // times].T / np.sqrt(q.shape[1])
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights = exps / exps.sum(axis=1, keepdims=True) * np.tri(len(q))
        outputs.append(weights @ value[head // times])
    return np.stack(outputs)


def heads_of_queries_and_keys(rng):
    for heads, groups, length, width, out in (
        (4, 2, 5, 4, 3),
        (6, 2, 4, 3, 3),
        (6, 3, 3, 2, 5),
        (4, 1, 4, 5, 2),
    ):
        yield (
            rng.normal(size=(heads, length, width)),
            rng.normal(size=(groups, length, width)),
            rng.normal(size=(groups, length, out)),
        )


GROUPED = Exercise(
    id="attention-grouped",
    title="Fewer keys than queries, from a blank page",
    level="a blank page",
    hint="With six heads of queries and two of keys, heads 0, 1, 2 take keys 0, and "
    "heads 3, 4, 5 take keys 1: `head // 3`. Write it for one head first.",
    inputs=heads_of_queries_and_keys,
    solution=grouped_attention,
    wrong=[
        (
            in_turn,
            "You dealt the keys out in turn, 0, 1, 0, 1. *Neighboring* heads share "
            "their keys: 0, 0, 1, 1.",
        ),
        (
            one_for_all,
            "All your queries take the first keys. That is multi-query attention; "
            "here each group has keys of its own.",
        ),
        (
            mean_of_heads,
            "You averaged the queries of a group. Each head of queries keeps its own "
            "weights and output; keys and values alone are shared.",
        ),
        (not_scaled, "The scores are not divided by $\\sqrt d$."),
        (scaled_by_width, "You divided by $d$, or twice by $\\sqrt d$."),
        (
            not_causal,
            "Your queries see later keys as well: the causal mask is missing.",
        ),
        (
            masked_with_zeros,
            "You set forbidden scores to 0, and $e^0 = 1$ is a weight like any other. "
            "A forbidden score is $-\\infty$.",
        ),
        (
            masked_late,
            "You masked the weights after softmax: they no longer sum to 1, and later "
            "keys still count in the sum that divides. Mask the scores.",
        ),
    ],
    explanation="`scaled_dot_product_attention(..., is_causal=True, enable_gqa=True)` "
    "gives the same. A language model that writes keeps the keys and values of all "
    "tokens so far; with a quarter of the heads they take a quarter of the memory.",
)
