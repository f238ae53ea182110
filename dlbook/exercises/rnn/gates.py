"""Exercises of the page on LSTM and GRU."""

import numpy as np

from dlbook.exercises.exercise import Exercise


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def open_forget_gates(state, value):
    """Write the second quarter of every bias: the value, or zero."""
    opened = {}
    for name, array in state.items():
        array = array.copy()
        if name.startswith("bias"):
            hidden_size = len(array) // 4
            forget = slice(hidden_size, 2 * hidden_size)
            array[forget] = value if name.startswith("bias_ih") else 0
        opened[name] = array
    return opened


def writes(change, quarter=1, kind="bias"):
    """Return a wrong answer that writes `change(in_ih, old rows, value)`."""

    def answer(state, value):
        changed = {name: array.copy() for name, array in state.items()}
        for name, array in changed.items():
            if kind in name:
                hidden_size = len(array) // 4
                rows = slice(quarter * hidden_size, (quarter + 1) * hidden_size)
                array[rows] = change("_ih" in name, array[rows], value)
        return changed

    return answer


def value_and_zero(in_ih, old, value):
    return value if in_ih else 0


def only_where(part):
    """Return a wrong answer that sees only the names that hold `part`, or lack it."""

    def set_some(state, value):
        opened = open_forget_gates(state, value)
        return {
            name: opened[name] if part(name) else array.copy()
            for name, array in state.items()
        }

    return set_some


def biases_alone(state, value):
    opened = open_forget_gates(state, value)
    return {name: opened[name] for name in opened if name.startswith("bias")}


def written_in_place(state, value):
    for name, array in open_forget_gates(state, value).items():
        state[name][...] = array
    return state


def states_of_layers(rng):
    for layers, ways, hidden, value in (
        (2, ("",), 1, 1.0),
        (1, ("", "_reverse"), 3, 3.0),
        (2, ("", "_reverse"), 2, -0.5),
    ):
        yield (
            {
                f"{kind}_{end}_l{layer}{way}": rng.standard_normal(
                    (4 * hidden, *columns)
                )
                for layer in range(layers)
                for way in ways
                for kind, columns in (("weight", (hidden,)), ("bias", ()))
                for end in ("ih", "hh")
            },
            value,
        )


def what_became_of(answer, state, value):
    """Report the forget gates' biases, and what else is not as it was."""
    given = {name: array.copy() for name, array in state.items()}
    new = answer(given, value)
    if not isinstance(new, dict):
        return new
    if set(new) != set(state):
        return ("names", *sorted(new))
    elsewhere, found = 0.0, {"bias_ih": [], "bias_hh": []}
    for name, array in state.items():
        changed = np.abs(np.asarray(new[name]) - array)
        if name.startswith("bias"):
            forget = slice(len(array) // 4, len(array) // 2)
            found[name[:7]].extend(np.asarray(new[name])[forget])
            changed[forget] = 0
        elsewhere = max(elsewhere, changed.max())
    kept = all(np.array_equal(given[name], state[name]) for name in state)
    return (
        *("bias_ih of the forget gates", np.array(found["bias_ih"])),
        *("bias_hh of the forget gates", np.array(found["bias_hh"])),
        *("largest change elsewhere", elsewhere),
        "what you were given is " + ("as it was" if kept else "changed"),
    )


FORGET_BIAS = Exercise(
    id="gates-forget-bias",
    title="The bias of the forget gate",
    level="a few lines",
    hint="Only names that begin with `bias` matter, and $H$ is a quarter of the length "
    "of such an array. The blocks have the order i, f, g, o. And what does a forget "
    "gate see of the *two* biases?",
    inputs=states_of_layers,
    run=what_became_of,
    solution=open_forget_gates,
    wrong=[
        (
            writes(lambda in_ih, old, value: value),
            "The two biases are added, so the forget gates now have twice the value. "
            "Put it in one, and zero in the other.",
        ),
        (
            writes(lambda in_ih, old, value: value if in_ih else old),
            "`bias_hh` still holds its random numbers for the forget gates, and they "
            "are added to yours.",
        ),
        (
            writes(value_and_zero, quarter=0),
            "You set the first quarter, which belongs to the input gates.",
        ),
        (
            writes(value_and_zero, quarter=2),
            "You set the third quarter: that is g, the candidate, not a gate.",
        ),
        (
            only_where(lambda name: "_l0" in name),
            "You changed the lowest layer only. `_l1` has forget gates as well.",
        ),
        (
            only_where(lambda name: not name.endswith("_reverse")),
            "You left out the backward direction, the names that end in `_reverse`.",
        ),
        (
            writes(lambda in_ih, old, value: old + value if in_ih else old),
            "You added the value to what was there. The total is to be the value.",
        ),
        (
            writes(lambda in_ih, old, value: value / 2),
            "The total is right, but all of it belongs in `bias_ih`, and 0 in "
            "`bias_hh`.",
        ),
        (
            writes(value_and_zero, kind=""),
            "You overwrote weights as well. Only arrays whose name begins with `bias` "
            "change.",
        ),
        (
            biases_alone,
            "The weights are missing. `load_state_dict` needs every name, so return "
            "all arrays.",
        ),
        (
            written_in_place,
            "The answer is right, but the arrays that you were given have changed as "
            "well. Copy them first.",
        ),
    ],
    explanation="Two biases are one too many for the mathematics: only their sum "
    "counts. Torch keeps both because cuDNN's layout has both. A program that sets "
    "every array whose name contains `bias` to 1 at the forget gates gives them 2. "
    "`layer.load_state_dict(open_forget_gates(layer.state_dict(), 1.0))` uses it.",
)


def peephole_step(x, h, c, weight_ih, weight_hh, bias, peep):
    """Let the input and forget gates see the old cell, the output gate the new."""
    z_i, z_f, z_g, z_o = np.split(weight_ih @ x + weight_hh @ h + bias, 4)
    i = sigmoid(z_i + peep[0] * c)
    f = sigmoid(z_f + peep[1] * c)
    c = f * c + i * np.tanh(z_g)
    o = sigmoid(z_o + peep[2] * c)
    return o * np.tanh(c), c


def peephole_variant(
    seen=lambda c: c,
    gate=lambda z, seen: sigmoid(z + seen),
    new_cell=True,
    candidate_sees=False,
    show=np.tanh,
    order=(0, 1, 2, 3),
):
    def step(x, h, c, weight_ih, weight_hh, bias, peep):
        z = np.split(weight_ih @ x + weight_hh @ h + bias, 4)
        z_i, z_f, z_g, z_o = (z[k] for k in order)
        i, f = gate(z_i, peep[0] * seen(c)), gate(z_f, peep[1] * seen(c))
        new = f * c + i * np.tanh(z_g + candidate_sees * peep[2] * c)
        from_cell = (not candidate_sees) * peep[2] * seen(new if new_cell else c)
        return gate(z_o, from_cell) * show(new), new

    return step


def cells_with_peepholes(rng):
    for features, hidden in ((1, 1), (3, 4), (2, 5)):
        yield (
            rng.standard_normal(features),
            rng.standard_normal(hidden),
            2 * rng.standard_normal(hidden),
            rng.standard_normal((4 * hidden, features)),
            rng.standard_normal((4 * hidden, hidden)),
            rng.standard_normal(4 * hidden),
            rng.standard_normal((3, hidden)),
        )


PEEPHOLE = Exercise(
    id="gates-peephole",
    title="Gates that see the cell",
    level="a few lines",
    hint="Change the order of `lstm_step`: the output gate can be computed only when "
    "the new cell is there. A peephole is one weight for each unit, so the product is "
    "element by element, inside the sigmoid.",
    inputs=cells_with_peepholes,
    solution=peephole_step,
    wrong=[
        (
            peephole_variant(new_cell=False),
            "Your output gate sees the old cell. It decides what to show of the *new* "
            "one, so it looks at that.",
        ),
        (
            lambda *arguments: peephole_step(*arguments[:-1], np.zeros((3, 1))),
            "That is the LSTM without peepholes: `peep` has no effect.",
        ),
        (
            lambda *arguments: peephole_step(*arguments[:-1], arguments[-1][[1, 0, 2]]),
            "Exchanged: the first row of `peep` belongs to the input gate, the second "
            "to the forget gate.",
        ),
        (
            peephole_variant(seen=np.tanh),
            "You showed the gates tanh(c). A peephole passes the cell itself, which "
            "can be larger than 1.",
        ),
        (
            peephole_variant(gate=lambda z, seen: sigmoid(z) + seen),
            "You added the peephole behind the sigmoid, so the gate can leave (0, 1). "
            "It belongs to the weighted sum.",
        ),
        (
            peephole_variant(candidate_sees=True),
            "The third row of `peep` belongs to the output gate. The candidate has no "
            "peephole.",
        ),
        (
            peephole_variant(show=lambda c: c),
            "The cell passes a tanh before the output gate: $h = o \\odot \\tanh c$.",
        ),
        (
            peephole_variant(order=(0, 1, 3, 2)),
            "You took the third block for the output gate. The order is i, f, g, o.",
        ),
        (
            lambda *arguments: peephole_step(*arguments)[::-1],
            "Return the hidden state first, then the cell.",
        ),
    ],
    explanation="Without a peephole a unit whose output gate is closed ($h = 0$) does "
    "not know what it remembers, and its gates cannot react to it. Gers and "
    "Schmidhuber needed that for counting and timing. In a large comparison "
    "peepholes gave no significant gain on speech, handwriting and music "
    "(Greff et al. 2017), and torch's LSTM has none.",
)


def from_keras(kernel, recurrent_kernel, bias):
    """Exchange the first two thirds, z and r, and transpose the weights."""

    def packed(array):  # (..., 3 H) from z, r, h to (3 H, ...) as r, z, n
        z, r, n = np.split(array, 3, axis=-1)
        return np.concatenate([r, z, n], axis=-1).T

    bias_ih, bias_hh = bias
    return packed(kernel), packed(recurrent_kernel), packed(bias_ih), packed(bias_hh)


def packed_by(pack):
    """Return an answer that packs all four arrays in the same way."""
    return lambda kernel, recurrent_kernel, bias: (
        *(pack(kernel), pack(recurrent_kernel)),
        *(pack(bias[0]), pack(bias[1])),
    )


def in_the_order(*places):
    def pack(array):
        thirds = np.split(array, 3, axis=-1)
        return np.concatenate([thirds[place] for place in places], axis=-1).T

    return packed_by(pack)


def reshaped(array):
    z, r, n = np.split(array, 3, axis=-1)
    return np.concatenate([r, z, n], axis=-1).reshape(array.shape[::-1])


def biases_in_the_old_order(kernel, recurrent_kernel, bias):
    weight_ih, weight_hh, _, _ = from_keras(kernel, recurrent_kernel, bias)
    return weight_ih, weight_hh, bias[0], bias[1]


def biases_added_up(kernel, recurrent_kernel, bias):
    weight_ih, weight_hh, bias_ih, bias_hh = from_keras(kernel, recurrent_kernel, bias)
    return weight_ih, weight_hh, bias_ih + bias_hh, 0 * bias_hh


def not_transposed(kernel, recurrent_kernel, bias):
    weight_ih, weight_hh, bias_ih, bias_hh = from_keras(kernel, recurrent_kernel, bias)
    return weight_ih.T, weight_hh.T, bias_ih, bias_hh


def weights_of_keras(rng):
    for features, hidden in ((2, 2), (3, 4), (5, 3)):
        yield (
            rng.standard_normal((features, 3 * hidden)),
            rng.standard_normal((hidden, 3 * hidden)),
            rng.standard_normal((2, 3 * hidden)),
        )


FROM_KERAS = Exercise(
    id="gates-from-keras",
    title="Weights from elsewhere",
    level="a few lines",
    hint="Split the last axis in three, join the parts in the new order, transpose. "
    "The same function then serves all four.",
    inputs=weights_of_keras,
    solution=from_keras,
    wrong=[
        (
            in_the_order(0, 1, 2),
            "The shapes are right and the gates are not: what was the update gate now "
            "resets. Keras packs z, r, h and torch r, z, n.",
        ),
        (
            in_the_order(1, 2, 0),
            "You moved the update gate to the end. Only the first two change places.",
        ),
        (
            in_the_order(2, 0, 1),
            "You moved the candidate to the front. It stays last; the two gates change "
            "places.",
        ),
        (
            biases_in_the_old_order,
            "The weights are right. The biases are packed in the same order, so they "
            "have to be rearranged as well.",
        ),
        (
            biases_added_up,
            "In an LSTM the two biases could be added up. In a GRU the recurrent bias "
            "of the candidate is multiplied by the reset gate, the other is not.",
        ),
        (
            lambda kernel, recurrent, bias: from_keras(kernel, recurrent, bias[::-1]),
            "You exchanged the two biases: the first row is the input's.",
        ),
        (
            not_transposed,
            "The order is right, but Keras multiplies `x @ kernel`; torch stores the "
            "transposed matrix.",
        ),
        (
            packed_by(reshaped),
            "`reshape` gives the right shape, but leaves the numbers in their order. A "
            "transpose is needed.",
        ),
    ],
    explanation="Nothing would have warned you: all shapes fit, and the network runs. "
    "What helps is to push one input through both networks and compare. Keras's LSTM "
    "has the order i, f, c, o, torch's i, f, g, o under other names, so there the "
    "matrices have only to be transposed.",
)


def minimal_gated_unit(x, h, weight_ih, weight_hh, bias):
    """One gate forgets, resets and updates (Zhou et al. 2016)."""
    hidden = len(h)
    from_input = x @ weight_ih.T + bias  # (T, 2 H): all steps at once
    states = []
    for row in from_input:
        f = sigmoid(row[:hidden] + weight_hh[:hidden] @ h)
        candidate = np.tanh(row[hidden:] + weight_hh[hidden:] @ (f * h))
        h = (1 - f) * h + f * candidate
        states.append(h)
    return np.array(states)


def mgu_variant(
    see=lambda f, h, weight: weight @ (f * h),
    update=lambda f, h, n: (1 - f) * h + f * n,
    squash=np.tanh,
):
    def unit(x, h, weight_ih, weight_hh, bias):
        hidden, states = len(h), []
        for row in x @ weight_ih.T + bias:
            f = sigmoid(row[:hidden] + weight_hh[:hidden] @ h)
            h = update(f, h, squash(row[hidden:] + see(f, h, weight_hh[hidden:])))
            states.append(h)
        return np.array(states)

    return unit


def candidate_first(x, h, *weights):
    swapped = (np.roll(array, len(h), axis=0) for array in weights)
    return minimal_gated_unit(x, h, *swapped)


def same_state_at_every_step(x, *state_and_weights):
    rows = [minimal_gated_unit(row[np.newaxis], *state_and_weights) for row in x]
    return np.concatenate(rows)


def sequences_for_one_gate(rng):
    for steps, features, hidden in ((1, 2, 3), (4, 3, 2), (9, 1, 4)):
        yield (
            rng.standard_normal((steps, features)),
            rng.standard_normal(hidden),
            rng.standard_normal((2 * hidden, features)),
            rng.standard_normal((2 * hidden, hidden)),
            rng.standard_normal(2 * hidden),
        )


MINIMAL = Exercise(
    id="gates-minimal",
    title="One gate, from a blank page",
    level="a blank page",
    hint="The part of the input needs no loop: one product for all steps. In the loop: "
    "first the gate, then the candidate, then the mixture. Keep every state.",
    inputs=sequences_for_one_gate,
    solution=minimal_gated_unit,
    wrong=[
        (
            mgu_variant(update=lambda f, h, n: f * h + (1 - f) * n),
            "Exchanged: here the gate is the share of what is *new*, as in Chung's "
            "GRU, and 1 - f the share that is kept.",
        ),
        (
            mgu_variant(see=lambda f, h, weight: weight @ h),
            "The candidate sees the whole state. It is to see f times the state.",
        ),
        (
            mgu_variant(see=lambda f, h, weight: f * (weight @ h)),
            "You multiply by f after the product, as torch's GRU does. Here it comes "
            "before.",
        ),
        (
            mgu_variant(update=lambda f, h, n: h + f * n),
            "Nothing is ever forgotten: the old state keeps the share 1 - f.",
        ),
        (
            mgu_variant(squash=sigmoid),
            "Your candidate lies in (0, 1). It passes a tanh; only the gate has a "
            "sigmoid.",
        ),
        (candidate_first, "The gate's rows come first, then the candidate's."),
        (
            lambda *arguments: minimal_gated_unit(*arguments[:-1], 0.0),
            "The biases have no effect.",
        ),
        (
            lambda x, h, *weights: minimal_gated_unit(x, 0 * h, *weights),
            "You started from zeros, not from the state that was given.",
        ),
        (
            lambda *arguments: minimal_gated_unit(*arguments)[-1],
            "These are the numbers of the last step only.",
        ),
        (
            same_state_at_every_step,
            "Every step starts from the state that you were given. Carry it along.",
        ),
    ],
    explanation="With $2 (H D + H^2 + H)$ parameters the unit has two thirds of a GRU "
    "and half of an LSTM, if those have one bias for each block. Which gates a task "
    "needs is a question for experiments: Jozefowicz et al. (2015) searched through "
    "ten thousand units and found none that beats these everywhere.",
)
