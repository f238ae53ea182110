"""Exercises of the page on recurrent networks."""

import numpy as np

from dlbook.autograd import Tensor
from dlbook.exercises.exercise import Exercise
from dlbook.functional import rnn_cell

TWO_STEPS = Exercise(
    id="recurrent-two-steps",
    title="Two steps by hand",
    level="a few lines",
    hint="Forward first: both sums and both states. Then the gradient at the second "
    "sum, from there through the recurrent weight to the first state, and through "
    "tanh to the first sum. Each weight collects one term for each step; for which of "
    "the two is the first term 0?",
    solution=(0.14958, 0.71177),
    atol=2e-3,
    rtol=0.0,
    wrong=[
        (
            (0.93457, 0.71177),
            "You counted the last step alone. The input weight was used in the first "
            "step, too, and that step reaches the loss through the recurrent weight.",
        ),
        (
            (-0.93457, 0.71177),
            "On the way back you left out the derivative of tanh at the first step, "
            "1 - 0.7616 squared.",
        ),
        (
            (1.71963, 0.71177),
            "On the way from the second step to the first you left out the recurrent "
            "weight, -1, and so its sign.",
        ),
        (
            (0.16002, 0.76159),
            "You left out the derivative of tanh at the second step.",
        ),
        (
            (0.14958, -0.53797),
            "The recurrent weight meets the state *before* the step: the gradient at "
            "each sum times the state that went into it.",
        ),
        ((0.71177, 0.14958), "Right numbers, in the other order."),
        (
            (-0.78499, 0.71177),
            "You counted only the first step's part of the input weight. The second "
            "step uses it, too: add its gradient times $x_2$.",
        ),
        (
            (-1.0, 0.76159),
            "You left out the derivative of tanh at both steps.",
        ),
        (
            (0.93157, 0.70948),
            "The derivative of tanh is 1 minus the square of its *value*, "
            "$1 - h_t^2$, not of the sum $z_t$.",
        ),
    ],
    explanation="Forward: $z_1 = 0.5 \\cdot 2 = 1$, $h_1 = 0.7616$; $z_2 = 0.5 - "
    "0.7616 = -0.2616$, $h_2 = -0.2558$. Back: $\\delta_2 = 1 - h_2^2 = 0.9346$ and "
    "$\\delta_1 = (-1) \\cdot 0.9346 \\cdot (1 - 0.7616^2) = -0.3925$. So "
    "$\\bar w_{ih} = \\delta_1 x_1 + \\delta_2 x_2 = -0.785 + 0.935 = 0.150$ and "
    "$\\bar w_{hh} = \\delta_1 h_0 + \\delta_2 h_1 = 0 + 0.712$. The two steps pull "
    "$w_{ih}$ in opposite directions; without the first one you would take a step six "
    "times too long.",
)


def in_pieces(x, h, cell, every):
    """Run cell over all steps; the gradient ends at the start of a piece."""
    for t in range(len(x)):
        if t > 0 and t % every == 0:
            h = h.detach()
        h = cell(x[t], h)
    return h


def never_cut(x, h, cell, every):
    for t in range(len(x)):
        h = cell(x[t], h)
    return h


def always_cut(x, h, cell, every):
    for t in range(len(x)):
        h = cell(x[t], h.detach())
    return h


def first_state_cut(x, h, cell, every):
    return in_pieces(x, h.detach(), cell, every)


def started_again(x, h, cell, every):
    for t in range(len(x)):
        if t > 0 and t % every == 0:
            h = Tensor(np.zeros(h.shape))
        h = cell(x[t], h)
    return h


def cut_behind(x, h, cell, every):
    for t in range(len(x)):
        h = cell(x[t], h)
        if t > 0 and t % every == 0:
            h = h.detach()
    return h


def last_cut_too(x, h, cell, every):
    for t in range(len(x)):
        h = cell(x[t], h)
        if (t + 1) % every == 0:
            h = h.detach()
    return h


def inputs_cut(x, h, cell, every):
    for t in range(len(x)):
        h = cell(x[t].detach(), h)
    return h


def counted_from_the_end(x, h, cell, every):
    for t in range(len(x)):
        if t > 0 and (len(x) - t) % every == 0:
            h = h.detach()
        h = cell(x[t], h)
    return h


def one_cut_at_the_end(x, h, cell, every):
    return never_cut(x, h, cell, every).detach()


def state_thrown_away(x, h, cell, every):
    for t in range(len(x)):
        if t > 0 and t % every == 0:
            h = h.detach()
        cell(x[t], h)
    return h


def state_and_gradients(answer, x, h, w_ih, w_hh, every):
    """Return the last state, and what its sum hands back to x, h and the weights."""
    leaves = [Tensor(array, requires_grad=True) for array in (x, h, w_ih, w_hh)]
    x, h, w_ih, w_hh = leaves
    last = answer(x, h, lambda x_t, h: rnn_cell(x_t, h, w_ih, w_hh), every)
    if last.requires_grad:
        last.sum().backward()
    grads = [np.zeros(a.shape) if a.grad is None else a.grad for a in leaves]
    return last.data, *grads


def sequences_in_pieces(rng):
    for steps, every in ((6, 2), (7, 3), (4, 4), (5, 10)):
        yield (
            rng.standard_normal((steps, 2, 3)),
            rng.standard_normal((2, 4)),
            rng.standard_normal((4, 3)) / 2,
            rng.standard_normal((4, 4)) / 2,
            every,
        )


TRUNCATED = Exercise(
    id="recurrent-truncated",
    title="Cut the way back",
    level="a few lines",
    hint="A loop over the steps, with the state in `h`. Which steps begin a piece, and "
    "which of them has no piece before it? `h.detach()` *returns* a tensor.",
    inputs=sequences_in_pieces,
    run=state_and_gradients,
    solution=in_pieces,
    wrong=[
        (
            never_cut,
            "The state is right, but the gradient flows through the whole sequence. "
            "`h.detach()` changes nothing in place: go on with the tensor that it "
            "returns.",
        ),
        (
            always_cut,
            "You cut before every step, so only the last step has a gradient at all.",
        ),
        (
            first_state_cut,
            "You cut before the first step, too. There the first piece begins, and "
            "whoever gave you `h` may want its gradient.",
        ),
        (
            started_again,
            "You started every piece from zeros. Only the gradient ends there; the "
            "state goes on.",
        ),
        (
            cut_behind,
            "You cut one step too late: behind the first step of a piece, not before "
            "it.",
        ),
        (
            last_cut_too,
            "You also cut behind the last step when it ends a piece. Then the result "
            "has no gradient at all.",
        ),
        (
            counted_from_the_end,
            "You counted the pieces from the end. The first piece begins at step 0, "
            "and the last one may be shorter.",
        ),
        (
            one_cut_at_the_end,
            "You cut once, behind the last step. Then the result has no gradient at "
            "all; cut between the pieces.",
        ),
        (
            state_thrown_away,
            "`cell` returns the new state and changes nothing in place: assign what "
            "it returns to `h`.",
        ),
        (
            inputs_cut,
            "You detached the inputs. It is the state through which the steps hang "
            "together.",
        ),
    ],
    explanation="The steps of the last piece keep their exact share of the gradient. "
    "All earlier ones lose theirs: their inputs and their use of the weights count as "
    "if they did not exist. With a loss at every step, a step gets a gradient from the "
    "losses behind it in its own piece, many if it stands at the beginning and one if "
    "it stands at the end.",
)


def masked_mean(losses, lengths):
    """Take the mean over the real steps of all sequences."""
    real = np.arange(len(losses))[:, np.newaxis] < lengths  # (T, N)
    return losses[real].mean()


def as_given(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] <= lengths
    return (losses * real).mean()


def still_over_all_places(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] < lengths
    return (losses * real).mean()


def selected_but_over_all_places(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] < lengths
    return np.where(real, losses, 0).mean()


def selected_one_step_too_many(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] <= lengths
    return np.where(real, losses, 0).sum() / np.sum(lengths)


def still_one_step_too_many(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] <= lengths
    return losses[real].mean()


def times_the_mask(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] < lengths
    return (losses * real).sum() / real.sum()


def mean_of_the_means(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] < lengths
    return np.mean(np.where(real, losses, 0).sum(axis=0) / lengths)


def divided_by_sequences(losses, lengths):
    real = np.arange(len(losses))[:, np.newaxis] < lengths
    return losses[real].sum() / len(lengths)


def no_mask(losses, lengths):
    return losses.mean()


def padded_losses(rng):
    for lengths, padding in (
        ([3, 5, 1], 0.7),
        ([2, 2, 4, 6], 1.3),
        ([4, 1], np.nan),
    ):
        losses = rng.random((max(lengths), len(lengths)))
        behind = np.arange(len(losses))[:, np.newaxis] >= np.array(lengths)
        losses[behind] = padding
        yield losses, np.array(lengths)


MASK = Exercise(
    id="recurrent-mask",
    title="Find the bugs",
    level="one line",
    hint="Which steps has a sequence of length 3, counted from 0? By how many numbers "
    "do you divide? And what is `0 * np.nan`?",
    inputs=padded_losses,
    solution=masked_mean,
    wrong=[
        (as_given, "That is the code as it was, with its three mistakes."),
        (no_mask, "You take the mean over all places, padding included."),
        (
            still_over_all_places,
            "The mask is right now. But the mean still divides by all places, padding "
            "included, and a batch with more padding gets a smaller loss.",
        ),
        (
            still_one_step_too_many,
            "The divisor is right now. But a sequence of length 3 has the steps 0, 1 "
            "and 2: `<`, not `<=`.",
        ),
        (
            selected_but_over_all_places,
            "You select the right steps. But the mean still divides by all places, "
            "padding included.",
        ),
        (
            selected_one_step_too_many,
            "You divide by the right number. But a sequence of length 3 has the steps "
            "0, 1 and 2: `<`, not `<=`.",
        ),
        (
            times_the_mask,
            "Mask and divisor are right. But zero times nan is nan: what stands at the "
            "padding must not be computed with. Select, do not multiply.",
        ),
        (
            mean_of_the_means,
            "You averaged within each sequence first. Then a step of a short sequence "
            "weighs more than one of a long sequence.",
        ),
        (
            divided_by_sequences,
            "You divided by the number of sequences; divide by the number of real "
            "steps.",
        ),
    ],
    explanation="`losses[real].mean()` does all three: it selects, so that the padding "
    "is never touched, and it divides by what it has selected. In tensors, "
    "`where(real, losses, 0).sum() / real.sum()` is the same, and hands back a zero at "
    "padding.",
)


def parity_network():
    """Exclusive or of the parity so far, h_1 - 2 h_2, with the next bit."""
    w_ih = np.array([[1.0], [1.0]])
    w_hh = np.array([[1.0, -2.0], [1.0, -2.0]])  # each unit reads the parity
    b = np.array([0.0, -1.0])  # relu(p + x) and relu(p + x - 1)
    w_out = np.array([1.0, -2.0])
    return w_ih, w_hh, b, w_out


def counting_network():
    return np.ones((1, 1)), np.ones((1, 1)), np.zeros(1), np.ones(1)


def last_bit_network():
    return np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), np.ones(1)


def or_network():
    w_ih, w_hh, b, _ = parity_network()
    w_hh = np.array([[1.0, -1.0], [1.0, -1.0]])
    return w_ih, w_hh, b, np.array([1.0, -1.0])


def without_threshold_network():
    w_ih, w_hh, _, w_out = parity_network()
    return w_ih, w_hh, np.zeros(2), w_out


def or_readout_network():
    w_ih, w_hh, b, _ = parity_network()
    return w_ih, w_hh, b, np.array([1.0, -1.0])


def opposite_network():
    w_ih, w_hh, b, w_out = parity_network()
    return w_ih, w_hh, b, -w_out


def outputs_of_network(answer, bits):
    """Run relu units from zeros over bits; return the output after every step."""
    arrays = [np.asarray(a, dtype=float) for a in answer()]
    if len(arrays) != 4:
        raise ValueError(f"expected w_ih, w_hh, b and w_out, got {len(arrays)} arrays")
    w_ih, w_hh, b, w_out = arrays
    units = b.size
    shapes = {"w_ih": (units, 1), "w_hh": (units, units), "b": (units,)}
    shapes["w_out"] = (units,)
    for array, (name, shape) in zip(arrays, shapes.items(), strict=True):
        if array.shape != shape:
            raise ValueError(
                f"{name} has shape {array.shape}, expected {shape}: b has {units} "
                "numbers, one for each unit"
            )
    h, outputs = np.zeros(units), []
    for bit in bits:
        h = np.maximum(0, w_ih @ [bit] + w_hh @ h + b)
        outputs.append(w_out @ h)
    return np.array(outputs)


PARITY = Exercise(
    id="recurrent-parity",
    title="A network that needs no training, from a blank page",
    level="a blank page",
    hint="One step is an exclusive or: of the parity so far, $p$, and the bit $x$. "
    "Draw it as a function of $p + x$, which is 0, 1 or 2: up, then down again. Two "
    "units make such a tent. Then let the next step read $p$ from these two units.",
    inputs=[
        ([1.0, 0.0, 1.0, 1.0, 0.0],),
        ([0.0, 0.0, 1.0],),
        ([1.0] * 9,),
        ([0.0, 1.0] * 100,),
    ],
    run=outputs_of_network,
    solution=parity_network,
    wrong=[
        (
            counting_network,
            "Your network counts the ones. The parity is 0 again after the second.",
        ),
        (last_bit_network, "Your network repeats the last bit and remembers nothing."),
        (
            or_network,
            "Your network says whether there has been a one. Two ones must give 0: "
            "make the tent fall by 2 for each unit that it rises by 1.",
        ),
        (
            without_threshold_network,
            "Without a bias both units are the same, and the tent has no top.",
        ),
        (
            or_readout_network,
            "Your state is right. But the output falls by 1 where it must fall by 2: "
            "two ones give 0.",
        ),
        (opposite_network, "The sign of the output is the wrong way round."),
    ],
    explanation="With $p + x \\in \\{0, 1, 2\\}$, $\\operatorname{relu}(p + x) - 2 "
    "\\operatorname{relu}(p + x - 1)$ is 0, 1, 0: the exclusive or. The state holds "
    "the two units, and $p = h_1 - 2 h_2$ is a sum of them, so each row of $W_{hh}$ "
    "is (1, -2). It works for every length: no rounding, no training. To *find* these "
    "weights by gradient descent from long sequences is hard: each bit turns the "
    "answer, so no single step tells anything about it.",
)
