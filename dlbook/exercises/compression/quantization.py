"""Exercises of the page on quantization."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def grid(low, high, bits):
    """Stretch the interval to hold 0, divide it, and find the integer of 0."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / (2**bits - 1)
    return scale, round(-low / scale)


def not_stretched(low, high, bits):
    scale = (high - low) / (2**bits - 1)
    return scale, round(-low / scale)


def one_step_too_many(low, high, bits):
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 2**bits
    return scale, round(-low / scale)


def signed(low, high, bits):
    scale, zero_point = grid(low, high, bits)
    return scale, zero_point - 2 ** (bits - 1)


def truncated(low, high, bits):
    scale, _ = grid(low, high, bits)
    return scale, int(-min(low, 0.0) / scale)


def wrong_sign(low, high, bits):
    scale, zero_point = grid(low, high, bits)
    return scale, -zero_point


def real_zero_point(low, high, bits):
    scale, _ = grid(low, high, bits)
    return scale, -min(low, 0.0) / scale


INTERVALS = [
    (-1.0, 2.5, 3),
    (-0.43, 0.91, 8),
    (-5.0, 1.0, 4),
    (2.0, 12.0, 4),  # 0 is not inside
    (-7.0, -3.0, 8),
]

ZERO_POINT = Exercise(
    id="quantization-zero-point",
    title="Zero point by hand",
    level="a few lines",
    hint="First stretch the interval so that 0 is in it. $b$ bits give $2^b$ integers; "
    "how many steps are between the first and the last?",
    inputs=INTERVALS,
    solution=grid,
    wrong=[
        (
            not_stretched,
            "Right where the interval holds 0. Where it does not, the zero point lies "
            "outside the integers: stretch the interval first.",
        ),
        (
            one_step_too_many,
            "$2^b$ integers have $2^b - 1$ steps between them: the largest number "
            "would need one integer more.",
        ),
        (
            signed,
            "These are the integers from $-2^{b-1}$ on. The exercise asks for those "
            "from 0 on.",
        ),
        (truncated, "`int` cuts off. Round to the nearest integer."),
        (wrong_sign, "The sign of the zero point is wrong: 0 lies *above* the lowest."),
        (
            real_zero_point,
            "The zero point must be an integer: only then 0 is exact. Round it.",
        ),
    ],
    explanation="The interval may end up shifted by as much as half a step, since the "
    "zero point was rounded. The package's `affine_grid` does the same in float32, for "
    "any range of integers.",
)


def errors(weight, bits):
    """Quantize once with one scale and once with a scale for each row."""
    largest = 2 ** (bits - 1) - 1
    found = []
    for size in (np.abs(weight).max(), np.abs(weight).max(axis=1, keepdims=True)):
        scale = size / largest
        found.append(np.mean((np.round(weight / scale) * scale - weight) ** 2))
    return tuple(found)


def by_columns(weight, bits):
    largest, found = 2 ** (bits - 1) - 1, []
    for size in (np.abs(weight).max(), np.abs(weight).max(axis=0)):
        scale = size / largest
        found.append(np.mean((np.round(weight / scale) * scale - weight) ** 2))
    return tuple(found)


def sums_of_squares(weight, bits):
    return tuple(weight.size * error for error in errors(weight, bits))


def other_way_round(weight, bits):
    return errors(weight, bits)[::-1]


def largest_without_abs(weight, bits):
    largest, found = 2 ** (bits - 1) - 1, []
    for size in (weight.max(), weight.max(axis=1, keepdims=True)):
        scale = size / largest
        q = np.clip(np.round(weight / scale), -largest, largest)
        found.append(np.mean((q * scale - weight) ** 2))
    return tuple(found)


def all_integers(weight, bits):
    found = []
    for size in (np.abs(weight).max(), np.abs(weight).max(axis=1, keepdims=True)):
        scale = size / 2 ** (bits - 1)
        found.append(np.mean((np.round(weight / scale) * scale - weight) ** 2))
    return tuple(found)


def uneven_rows(rng):
    for shape, bits in (((4, 30), 8), ((6, 20), 4), ((3, 50), 3), ((8, 8), 8)):
        sizes = 10.0 ** rng.uniform(-2, 1, (shape[0], 1))
        yield rng.standard_normal(shape) * sizes, bits


PER_CHANNEL = Exercise(
    id="quantization-per-channel",
    title="Why each output has its own scale",
    level="a few lines",
    hint="`keepdims=True` keeps the scales of the rows in a column, which broadcasts.",
    inputs=uneven_rows,
    solution=errors,
    wrong=[
        (
            by_columns,
            "Your scales belong to the columns, the inputs. Those cannot be taken out "
            "of the sum; take one for each row.",
        ),
        (sums_of_squares, "These are sums. The exercise asks for means."),
        (other_way_round, "Both are right, in the wrong order."),
        (
            largest_without_abs,
            "Your scale fits the largest weight, but the smallest may be further from "
            "0. Take the largest magnitude.",
        ),
        (
            all_integers,
            "You divided by $2^{b-1}$, so the largest weight needs an integer that a "
            "signed number of $b$ bits does not have. Divide by $2^{b-1} - 1$.",
        ),
    ],
    explanation="The error of a row grows with its scale. With one scale for all, the "
    "rows with small weights are measured with the rod of the largest: many of their "
    "weights become 0.",
)


def dot(a, b):
    """Widen before multiplying, and add up in 32 bits."""
    return np.sum(a.astype(np.int32) * b.astype(np.int32), dtype=np.int32)


def in_eight_bits(a, b):
    return np.sum(a * b, dtype=np.int8)


def products_in_eight_bits(a, b):
    return np.sum(a * b, dtype=np.int32)


def products_in_sixteen(a, b):
    return np.sum(a.astype(np.int16) * b.astype(np.int16), dtype=np.int16)


def saturated(a, b):
    total = np.sum(a.astype(np.int32) * b.astype(np.int32))
    return np.int32(np.clip(total, -128, 127))


def int8_vectors(rng):
    for size in (8, 64, 300, 2000):
        a, b = rng.integers(-127, 128, (2, size)).astype(np.int8)
        yield np.abs(a), np.abs(b)
        yield a, b


ACCUMULATOR = Exercise(
    id="quantization-accumulator",
    title="Find the bug",
    level="one line",
    hint="How large can one product of two numbers of 8 bits be? And in which type "
    "does NumPy compute `a * b`?",
    inputs=int8_vectors,
    solution=dot,
    wrong=[
        (in_eight_bits, "That is the function as it was."),
        (
            products_in_eight_bits,
            "The sum is wide enough now, but `a * b` is still computed in 8 bits, and "
            "the products have lost their upper half before they are added.",
        ),
        (
            products_in_sixteen,
            "One product fits into 16 bits, but three large ones no longer do.",
        ),
        (
            saturated,
            "The sum is brought back to 8 bits too early; that is the task of the next "
            "layer's scale.",
        ),
    ],
    explanation="$127^2 = 16{,}129$ fits into 16 bits, $2 \\cdot 127^2$ does, "
    "$3 \\cdot 127^2$ does not. In 32 bits there is room for 133,144 products.",
)


def share_weights(weight, k, rounds):
    """Move k shared values to the means of the weights that are nearest to them."""
    values = np.linspace(weight.min(), weight.max(), k)
    for _ in range(rounds):
        codes = np.abs(weight[..., np.newaxis] - values).argmin(axis=-1)
        for code in range(k):
            if (codes == code).any():
                values[code] = weight[codes == code].mean()
    codes = np.abs(weight[..., np.newaxis] - values).argmin(axis=-1)
    return codes, values


def never_moved(weight, k, rounds):
    return share_weights(weight, k, 0)


def from_quantiles(weight, k, rounds):
    values = np.quantile(weight, (np.arange(k) + 0.5) / k)
    for _ in range(rounds):
        codes = np.abs(weight[..., np.newaxis] - values).argmin(axis=-1)
        for code in range(k):
            if (codes == code).any():
                values[code] = weight[codes == code].mean()
    return np.abs(weight[..., np.newaxis] - values).argmin(axis=-1), values


def codes_before_the_last_move(weight, k, rounds):
    values = share_weights(weight, k, rounds - 1)[1]
    codes = np.abs(weight[..., np.newaxis] - values).argmin(axis=-1)
    return codes, share_weights(weight, k, rounds)[1]


def medians(weight, k, rounds):
    values = np.linspace(weight.min(), weight.max(), k)
    for _ in range(rounds):
        codes = np.abs(weight[..., np.newaxis] - values).argmin(axis=-1)
        for code in range(k):
            if (codes == code).any():
                values[code] = np.median(weight[codes == code])
    return np.abs(weight[..., np.newaxis] - values).argmin(axis=-1), values


def weights_to_share(rng):
    for shape, k, rounds in (((6, 9), 4, 1), ((10, 12), 8, 5), ((40,), 3, 20)):
        yield rng.standard_normal(shape), k, rounds
    yield np.array([[-1.0, 1.0, 1.1], [-1.1, 0.9, 1.0]]), 5, 3  # values without weights


SHARING = Exercise(
    id="quantization-weight-sharing",
    title="Levels where the weights are",
    level="a blank page",
    hint="Lloyd's algorithm for k-means in one dimension: give every weight to the "
    "nearest value, then move each value to the mean of its weights. A value that got "
    "no weight stays where it is.",
    inputs=weights_to_share,
    run=lambda answer, weight, k, rounds: answer(weight.copy(), k, rounds),
    solution=share_weights,
    wrong=[
        (never_moved, "These are the values at the start: they should move."),
        (
            from_quantiles,
            "You started with values where weights are dense. The paper compares three "
            "starts, and prefers evenly spaced ones: they keep the few large weights.",
        ),
        (
            codes_before_the_last_move,
            "Your codes belong to the values before the last move. Assign once more.",
        ),
        (medians, "You moved each value to the median; k-means takes the mean."),
    ],
    explanation="A weight then takes $\\log_2 k$ bits, and the $k$ values are stored "
    "once. Such levels fit the weights better than evenly spaced ones, but products of "
    "codes are no products of numbers any more: each weight must be looked up before "
    "it is multiplied.",
)
