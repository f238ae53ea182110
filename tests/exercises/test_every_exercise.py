"""Every exercise of the book: its solution passes, its wrong answers are diagnosed."""

import types

import pytest

from dlbook.exercises import check_exercise, load_exercises
from dlbook.exercises.compare import same

EXERCISES = list(load_exercises().values())
WRONG = [
    pytest.param(exercise, answer, diagnosis, id=f"{exercise.id}-{number}")
    for exercise in EXERCISES
    for number, (answer, diagnosis) in enumerate(exercise.wrong, start=1)
]
each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def stub(*arguments):
    """Stand for a body that the reader has not written."""


@each
def test_the_solution_passes(exercise):
    result = check_exercise(exercise, exercise.solution)
    assert result.status == "correct", result


@each
def test_a_stub_is_answered_not_attempted_yet(exercise):
    for answer in (None, ..., stub):
        assert check_exercise(exercise, answer).status == "not attempted yet"


@each
def test_there_are_at_least_two_wrong_answers_and_three_inputs(exercise):
    assert len(exercise.wrong) >= 2
    if exercise.asks_for_function:
        assert len(exercise.argument_tuples()) >= 3


@each
def test_the_inputs_are_the_same_at_every_call_and_differ_among_themselves(exercise):
    first, again = exercise.argument_tuples(), exercise.argument_tuples()
    for one, other in zip(first, again, strict=True):
        assert same(one, other, 0.0, 0.0)
    for i, one in enumerate(first):
        assert not any(same(one, other, 0.0, 0.0) for other in first[:i])


@each
def test_the_hint_does_not_hold_the_solution(exercise):
    if not isinstance(exercise.solution, types.FunctionType | type):
        answer = str(exercise.solution)
        assert answer not in exercise.hint.split()


@pytest.mark.parametrize(("exercise", "answer", "diagnosis"), WRONG)
def test_a_wrong_answer_gets_its_own_diagnosis(exercise, answer, diagnosis):
    result = check_exercise(exercise, answer)
    assert result.status == "not yet"
    assert result.message == diagnosis
