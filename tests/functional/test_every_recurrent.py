"""What the three recurrent layers share: their steps, their padding, their memory."""

import pytest

from tests.functional.recurrent_steps import (
    WAYS,
    assert_each_input_alone_gets_its_gradient,
    assert_fused_equals_composed,
    assert_gradients_of_all_results_add_up,
    assert_padding_is_never_read,
    draw,
    numbers_per_step,
)

MEMORY = {"rnn": (1, 2), "gru": (5, 10), "lstm": (8, 14)}
"""Numbers a step and unit, of the docstrings: kept for the way back, and at most."""

kinds = pytest.mark.parametrize("kind", MEMORY)
ways = pytest.mark.parametrize("way", WAYS)
functions = pytest.mark.parametrize(
    ("kind", "options"),
    [("rnn", {}), ("rnn", {"nonlinearity": "relu"}), ("gru", {}), ("lstm", {})],
    ids=str,
)


@ways
@functions
def test_fused_equals_composed(kind, options, way, rng):
    assert_fused_equals_composed(kind, draw(kind, rng), way, **options)


@ways
@kinds
def test_gradients_of_all_results_add_up(kind, way, rng):
    assert_gradients_of_all_results_add_up(kind, draw(kind, rng), way)


@ways
@kinds
def test_each_input_alone_gets_its_gradient(kind, way, rng):
    assert_each_input_alone_gets_its_gradient(kind, draw(kind, rng), way)


@functions
def test_padding_is_never_read(kind, options, rng):
    assert_padding_is_never_read(kind, rng, **options)


@kinds
@pytest.mark.parametrize("way", [{}, {"reverse": True}], ids=str)
def test_memory_grows_linearly_with_the_stated_constant(kind, way):
    inputs, hidden = 24, 32
    kept_of_each, most_of_each = MEMORY[kind]
    kept, most = numbers_per_step(kind, inputs=inputs, hidden=hidden, **way)
    slack = 0.2 * hidden  # Python's own objects, spread over 16 sequences
    assert kept_of_each * hidden <= kept < kept_of_each * hidden + slack
    assert most < most_of_each * hidden + inputs + slack


@kinds
def test_lengths_add_the_stated_memory(kind):
    inputs, hidden = 24, 32
    _, most = numbers_per_step(kind, inputs=inputs, hidden=hidden, lengths=True)
    bound = (MEMORY[kind][1] + 2) * hidden + 3 * inputs + 24
    assert most < bound + 0.2 * hidden


@kinds
def test_without_gradients_only_the_output_is_kept(kind):
    kept, _ = numbers_per_step(kind, trained=False)
    assert kept == pytest.approx(32, rel=0.02)
