"""Exercises of the page on pruning."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def n_of_m(weight, n, m):
    """Keep the n largest of every m neighbors of a row."""
    groups = np.abs(weight).reshape(-1, m)
    rank = np.argsort(np.argsort(-groups, axis=1), axis=1)  # 0: the largest
    return (rank < n).reshape(weight.shape)


def n_smallest(weight, n, m):
    groups = np.abs(weight).reshape(-1, m)
    rank = np.argsort(np.argsort(groups, axis=1), axis=1)
    return (rank < n).reshape(weight.shape)


def with_signs(weight, n, m):
    groups = weight.reshape(-1, m)
    rank = np.argsort(np.argsort(-groups, axis=1), axis=1)
    return (rank < n).reshape(weight.shape)


def down_the_columns(weight, n, m):
    return n_of_m(weight.T.copy(), n, m).T


def over_the_whole_row(weight, n, m):
    return n_of_m(weight, n * weight.shape[1] // m, weight.shape[1])


def order_for_rank(weight, n, m):
    order = np.argsort(-np.abs(weight).reshape(-1, m), axis=1)
    return (order < n).reshape(weight.shape)


def matrices_in_groups(rng):
    for shape, n, m in (
        ((4, 8), 2, 4),
        ((8, 12), 1, 4),
        ((6, 6), 2, 3),
        ((4, 4), 1, 2),
    ):
        yield rng.standard_normal(shape), n, m


N_OF_M = Exercise(
    id="pruning-n-of-m",
    title="Two of every four",
    level="a few lines",
    hint="`reshape(-1, m)` puts every group into a row of its own. `argsort` of "
    "`argsort` is the rank of each entry in its row.",
    inputs=matrices_in_groups,
    solution=n_of_m,
    wrong=[
        (n_smallest, "You kept the smallest of every group."),
        (with_signs, "You ranked the weights with their signs; −3 is a large weight."),
        (
            down_the_columns,
            "Your groups run down the columns. They are neighbors of a row: inputs of "
            "one and the same output.",
        ),
        (
            over_the_whole_row,
            "You kept the right number in each row, but not in each group of m.",
        ),
        (
            order_for_rank,
            "`argsort` says which entry comes first, second, ...; it is not the rank "
            "of each entry. Take `argsort` once more.",
        ),
    ],
    explanation="The package has `n_m_mask`, which also settles ties. Every group has "
    "the same number of weights, so each position takes 2 bits of index, and hardware "
    "can fetch the right inputs without a search.",
)


def honest_costs(mask1, mask2, pixels1, pixels2):
    """Count for dense kernels, for the nonzeros, and after shrinking."""
    dense = mask1.size * pixels1 + mask2.size * pixels2
    nonzero = int(mask1.sum()) * pixels1 + int(mask2.sum()) * pixels2
    channels = int((mask1.any(axis=(1, 2, 3)) & mask2.any(axis=(0, 2, 3))).sum())
    shrunk1 = mask1.size // len(mask1) * channels * pixels1
    shrunk2 = mask2.size // len(mask1) * channels * pixels2
    return dense, nonzero, shrunk1 + shrunk2


def masks_save_time(mask1, mask2, pixels1, pixels2):
    _, nonzero, shrunk = honest_costs(mask1, mask2, pixels1, pixels2)
    return nonzero, nonzero, shrunk


def weights_only(mask1, mask2, pixels1, pixels2):
    return honest_costs(mask1, mask2, 1, 1)


def first_layer_alone(mask1, mask2, pixels1, pixels2):
    dense, nonzero, _ = honest_costs(mask1, mask2, pixels1, pixels2)
    channels = int(mask1.any(axis=(1, 2, 3)).sum())
    shrunk = mask1.size // len(mask1) * channels * pixels1 + mask2.size * pixels2
    return dense, nonzero, shrunk


def unread_stay(mask1, mask2, pixels1, pixels2):
    dense, nonzero, _ = honest_costs(mask1, mask2, pixels1, pixels2)
    channels = int(mask1.any(axis=(1, 2, 3)).sum())
    shrunk1 = mask1.size // len(mask1) * channels * pixels1
    return dense, nonzero, shrunk1 + mask2.size // len(mask1) * channels * pixels2


def nonzeros_after_shrinking(mask1, mask2, pixels1, pixels2):
    dense, nonzero, _ = honest_costs(mask1, mask2, pixels1, pixels2)
    alive = mask1.any(axis=(1, 2, 3)) & mask2.any(axis=(0, 2, 3))
    left = mask1[alive].sum() * pixels1 + mask2[:, alive].sum() * pixels2
    return dense, nonzero, int(left)


def two_masks(rng):
    for c0, c1, c2, k, gone, unread in (
        (1, 6, 8, 3, 2, 1),
        (3, 4, 5, 3, 1, 1),
        (2, 8, 4, 1, 3, 2),
        (4, 5, 6, 5, 0, 1),
    ):
        mask1 = rng.random((c1, c0, k, k)) < 0.6
        mask2 = rng.random((c2, c1, k, k)) < 0.6
        mask1[:, 0, 0, 0] = True  # of each channel, something is left, ...
        mask2[0, :, 0, 0] = True
        mask1[:gone] = False  # ... but of these nothing, ...
        mask2[:, len(mask1) - unread :] = False  # ... and these nobody reads
        yield mask1, mask2, 64, 16


COSTS = Exercise(
    id="pruning-honest-costs",
    title="Count multiplications honestly",
    level="a few lines",
    hint="A convolution uses each of its weights once for every output pixel. A "
    "channel can go if nothing is left that computes it, or nothing that reads it; it "
    "takes with it a piece of both weights.",
    inputs=two_masks,
    solution=honest_costs,
    wrong=[
        (
            masks_save_time,
            "The first number should be that of an ordinary, dense product: it "
            "multiplies by the zeros, too.",
        ),
        (
            weights_only,
            "You counted weights. A convolution uses each of them once for every "
            "output pixel.",
        ),
        (
            first_layer_alone,
            "A channel that goes also leaves the *second* weight: the kernels that "
            "read it.",
        ),
        (
            unread_stay,
            "A channel that nobody reads can go, too: all of `mask2[:, channel]` is 0.",
        ),
        (
            nonzeros_after_shrinking,
            "After shrinking the product is still dense: count zeros in the channels "
            "that stay.",
        ),
    ],
    explanation="This chain has no biases. With a bias, a channel without weights is a "
    "constant, and may not go before its bias is 0, too: `prune_outputs` sees to that.",
)


def train_pruned(weight, mask, velocity, gradient, lr, momentum, steps):
    """Hold the zeros by multiplying with the mask wherever the weights are used."""
    weight = weight * mask
    for _ in range(steps):
        velocity = momentum * velocity + gradient(weight) * mask
        weight = (weight - lr * velocity) * mask
    return weight


def mask_on_the_gradient(weight, mask, velocity, gradient, lr, momentum, steps):
    weight = weight * mask
    for _ in range(steps):
        velocity = momentum * velocity + gradient(weight) * mask
        weight = weight - lr * velocity
    return weight


def mask_at_the_end(weight, mask, velocity, gradient, lr, momentum, steps):
    weight = mask_on_the_gradient(weight, mask, velocity, gradient, lr, momentum, steps)
    return weight * mask


def momentum_forgotten(weight, mask, velocity, gradient, lr, momentum, steps):
    weight, velocity = weight * mask, 0 * velocity
    for _ in range(steps):
        velocity = momentum * velocity + gradient(weight) * mask
        weight = weight - lr * velocity
    return weight


def frozen(weight, mask, velocity, gradient, lr, momentum, steps):
    return weight * mask


def kept_for_dropped(weight, mask, velocity, gradient, lr, momentum, steps):
    return train_pruned(weight, 1 - mask, velocity, gradient, lr, momentum, steps)


def pruned_in_training(rng):
    for size, steps in ((5, 1), (6, 3), (8, 6), (4, 10)):
        a = rng.standard_normal((2 * size, size))
        b = rng.standard_normal(2 * size)
        yield (
            rng.standard_normal(size),
            np.arange(size) % 2 * 1.0,
            rng.standard_normal(size),
            a,
            b,
            steps,
        )


def with_its_gradient(answer, weight, mask, velocity, a, b, steps):
    """Let the answer train a linear regression, where anything can be measured."""

    def gradient(w):
        return a.T @ (a @ w - b) / len(b)

    return answer(weight.copy(), mask, velocity.copy(), gradient, 0.1, 0.9, steps)


FAULT = Exercise(
    id="pruning-find-the-fault",
    title="Find the fault",
    level="a few lines",
    hint="The gradient of a pruned weight is 0 in every step. What else moves it?",
    inputs=pruned_in_training,
    run=with_its_gradient,
    solution=train_pruned,
    wrong=[
        (
            mask_on_the_gradient,
            "That is the loop as it was. The velocity is from the time before pruning "
            "and carries pruned weights away from 0, whatever their gradient.",
        ),
        (
            mask_at_the_end,
            "You cut once more at the end. Until then the revived weights took part: "
            "the others have learned to work with them.",
        ),
        (
            momentum_forgotten,
            "You threw away all momentum, also that of the weights that stay.",
        ),
        (frozen, "Nothing is trained any more."),
        (kept_for_dropped, "The mask is 1 where a weight *stays*."),
    ],
    explanation="Masking the velocity as well would do here, since this optimizer has "
    "nothing else that moves weights; weight decay leaves a zero at 0. Adam divides "
    "one memory by the root of another, and libraries add more. Forming the product "
    "with the mask wherever the weight is *used* is right whatever the optimizer "
    "does: `custom_from_mask` does that.",
)


def surgeon(x, y, number):
    """Remove weights one by one, and let the others make up for it."""
    hessian = x.T @ x / len(x)
    weight = np.linalg.solve(hessian, x.T @ y / len(x))
    left = list(range(x.shape[1]))
    for _ in range(number):
        inverse = np.linalg.inv(hessian[np.ix_(left, left)])
        saliency = weight[left] ** 2 / (2 * np.diag(inverse))
        q = int(saliency.argmin())
        weight[left] -= weight[left[q]] / inverse[q, q] * inverse[:, q]
        weight[left.pop(q)] = 0.0  # in place of a rounding error
    return weight


def surgeon_as(saliency_of, adjust=True):
    """Return a surgeon with another saliency, or one that does not adjust."""

    def remove(x, y, number):
        hessian = x.T @ x / len(x)
        weight = np.linalg.solve(hessian, x.T @ y / len(x))
        left = list(range(x.shape[1]))
        for _ in range(number):
            inner = hessian[np.ix_(left, left)]
            inverse = np.linalg.inv(inner)
            q = int(saliency_of(weight[left], inner, inverse).argmin())
            if adjust:
                weight[left] -= weight[left[q]] / inverse[q, q] * inverse[:, q]
            weight[left.pop(q)] = 0.0
        return weight

    return remove


by_magnitude = surgeon_as(lambda w, h, inverse: w**2)
by_the_diagonal = surgeon_as(lambda w, h, inverse: w**2 * np.diag(h))
not_adjusted = surgeon_as(lambda w, h, inverse: w**2 / np.diag(inverse), adjust=False)
brain_damage = surgeon_as(lambda w, h, inverse: w**2 * np.diag(h), adjust=False)


def all_at_once(x, y, number):
    hessian = x.T @ x / len(x)
    weight = np.linalg.solve(hessian, x.T @ y / len(x))
    inverse = np.linalg.inv(hessian)
    gone = np.argsort(weight**2 / np.diag(inverse))[:number]
    left = np.setdiff1d(np.arange(len(weight)), gone)
    result = np.zeros(len(weight))
    result[left] = np.linalg.lstsq(x[:, left], y, rcond=None)[0]
    return result


def correlated_features(rng):
    for samples, features, number in ((30, 4, 1), (40, 6, 3), (60, 8, 5), (50, 7, 4)):
        mixing = rng.standard_normal((features, features)) + np.eye(features)
        x = rng.standard_normal((samples, features)) @ mixing
        x[:, -1] = x[:, 0] + 0.3 * x[:, -1]  # two that say nearly the same
        y = x @ rng.standard_normal(features) + rng.standard_normal(samples)
        yield x, y, number


SURGEON = Exercise(
    id="pruning-brain-surgeon",
    title="The brain surgeon",
    level="a blank page",
    hint="Start at the minimum: `np.linalg.solve`. Keep a list of the weights that are "
    "left, and invert the part of the Hessian that belongs to them, anew after each "
    "removal.",
    inputs=correlated_features,
    solution=surgeon,
    wrong=[
        (by_magnitude, "You removed the smallest weight, not that of least saliency."),
        (
            by_the_diagonal,
            "You multiplied by the diagonal of the Hessian. The paper divides by the "
            "diagonal of its *inverse*: the others will make up for the loss.",
        ),
        (
            not_adjusted,
            "The right weights go, but the others stay as they were. They should move "
            "to where the error is least without the one that went.",
        ),
        (
            brain_damage,
            "That is optimal brain damage (1990): diagonal, and nothing is adjusted.",
        ),
        (
            all_at_once,
            "You chose all weights at the start. After each removal saliencies change: "
            "of two features that say the same, either can go, but not both.",
        ),
    ],
    rtol=1e-5,
    atol=1e-8,
    explanation="For a squared error the second-order expansion is exact: after each "
    "step the weights are those of least squares on the features that are left. No "
    "network is that simple, and none of some size has a Hessian that can be inverted: "
    "magnitude pruning with retraining lets the optimizer do the adjusting.",
)
