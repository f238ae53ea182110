"""Check a reader's answer and say in words what is wrong with it."""

from __future__ import annotations

import copy
import sysconfig
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import dlbook
from dlbook.exercises.compare import (
    NOT_GIVEN,
    describe,
    is_value_like,
    largest_difference,
    same,
)
from dlbook.exercises.exercise import Exercise
from dlbook.exercises.registry import find_exercise
from dlbook.exercises.stub import is_stub

NOT_ATTEMPTED = "not attempted yet"
CORRECT = "correct"
NOT_YET = "not yet"

NOT_THE_READERS = (
    Path(dlbook.__file__).resolve().parent,
    Path(sysconfig.get_path("stdlib")).resolve(),
)
"""Folders whose code is not the reader's: the package and Python itself."""


@dataclass(frozen=True)
class CheckResult:
    """What a check found; displays as one short paragraph.

    Parameters
    ----------
    exercise_id : str
        The exercise.
    status : str
        ``"not attempted yet"``, ``"correct"`` or ``"not yet"``.
    message : str
        Markdown: what to do, or what went wrong.
    """

    exercise_id: str
    status: str
    message: str

    def __bool__(self) -> bool:
        """Return whether the answer is correct."""
        return self.status == CORRECT

    def __repr__(self) -> str:
        """Return the result as plain text."""
        return f"{self.exercise_id}: {self.status}. {self.message}".strip()

    def _repr_markdown_(self) -> str:
        """Return the result as Markdown."""
        status = self.status[0].upper() + self.status[1:]
        return f"**{status}.** {self.message}".strip()


def check(exercise_id: str, answer: Any) -> CheckResult:
    """Check an answer on inputs that are not on the page.

    Parameters
    ----------
    exercise_id : str
        The exercise's id, as the page gives it.
    answer : function, class or value
        What the reader wrote. A stub (``...``, ``None``, a body of ``...`` or ``pass``,
        or `NotImplementedError`) is answered "not attempted yet".

    Returns
    -------
    CheckResult
        Whatever the answer does, it raises nothing: an error inside the answer is
        reported with its line.

    Raises
    ------
    ExerciseError
        If no exercise has this id.
    """
    return check_exercise(find_exercise(exercise_id), answer)


def check_exercise(exercise: Exercise, answer: Any) -> CheckResult:
    """Check an answer to an exercise; see `check`."""
    if is_stub(answer):
        return CheckResult(exercise.id, NOT_ATTEMPTED, _invitation(exercise))
    if exercise.asks_for_function:
        status, message = _check_function(exercise, answer)
    else:
        status, message = _check_value(exercise, answer)
    return CheckResult(exercise.id, status, message)


def _invitation(exercise: Exercise) -> str:
    what = "your code" if exercise.asks_for_function else "your answer"
    return f"Replace the `...` by {what} and run this cell again."


def _check_value(exercise: Exercise, answer: Any) -> tuple[str, str]:
    tolerances = exercise.rtol, exercise.atol
    if not is_value_like(answer):
        return NOT_YET, f"The answer is a value, not {describe(answer)}."
    if same(answer, exercise.solution, *tolerances):
        return CORRECT, ""
    for wrong, diagnosis in exercise.wrong:
        if same(answer, wrong, *tolerances):
            return NOT_YET, diagnosis
    return NOT_YET, f"The answer is not {describe(answer)}."


@dataclass(frozen=True)
class _Outcome:
    """What an answer did on one input: an output, or the error it raised."""

    output: Any = NOT_GIVEN
    error: BaseException | None = None
    changed: bool = False


def _check_function(exercise: Exercise, answer: Any) -> tuple[str, str]:
    if not callable(answer):
        kind = "class" if isinstance(exercise.solution, type) else "function"
        return NOT_YET, f"The answer is a {kind}; you passed {describe(answer)}."
    inputs = exercise.argument_tuples()
    outcomes = [_use(exercise, answer, arguments) for arguments in inputs]
    if all(_nothing(outcome) for outcome in outcomes) and is_stub(answer, deep=True):
        return NOT_ATTEMPTED, _invitation(exercise)
    expected = [_use(exercise, exercise.solution, arguments) for arguments in inputs]
    first_wrong = _first_difference(exercise, outcomes, expected)
    if first_wrong is None:
        return CORRECT, f"Checked on {len(inputs)} inputs that are not on the page."
    for wrong, diagnosis in exercise.wrong:
        mistaken = [_use(exercise, wrong, arguments) for arguments in inputs]
        if _first_difference(exercise, outcomes, mistaken) is None:
            return NOT_YET, diagnosis
    return NOT_YET, _explain(
        inputs[first_wrong], outcomes[first_wrong], expected[first_wrong]
    )


def _use(exercise: Exercise, answer: Any, arguments: tuple) -> _Outcome:
    given = copy.deepcopy(arguments)
    try:
        output = exercise.output(answer, given)
    except Exception as error:  # the reader's code may raise anything
        return _Outcome(error=error)
    changed = exercise.run is None and not same(given, arguments, 0.0, 0.0)
    return _Outcome(output=output, changed=changed)


def _nothing(outcome: _Outcome) -> bool:
    if outcome.error is not None:
        return isinstance(
            outcome.error, NotImplementedError | TypeError | AttributeError
        )
    return outcome.output is None or outcome.output is Ellipsis


def _first_difference(
    exercise: Exercise, outcomes: Sequence[_Outcome], others: Sequence[_Outcome]
) -> int | None:
    for i, (one, other) in enumerate(zip(outcomes, others, strict=True)):
        if one.error is not None or other.error is not None:
            agree = type(one.error) is type(other.error)
        else:
            agree = one.changed == other.changed and same(
                one.output, other.output, exercise.rtol, exercise.atol
            )
        if not agree:
            return i
    return None


def _explain(arguments: tuple, outcome: _Outcome, expected: _Outcome) -> str:
    given = ", ".join(describe(argument) for argument in arguments)
    if outcome.error is not None:
        return f"On the input {given} your code raised {_error_text(outcome.error)}"
    if expected.error is not None:
        return (
            f"On the input {given} a {type(expected.error).__name__} was expected; "
            f"your code returned {describe(outcome.output)}."
        )
    if outcome.output is None:
        return "Your function returns nothing: does it end with `return`?"
    if outcome.output is Ellipsis:
        return "Your function still returns `...`."
    if outcome.changed and not expected.changed:
        return "Your function changes its input. Work on a copy, or build a new array."
    return (
        f"On the input {given} the output should be {describe(expected.output)}; yours "
        f"is {describe(outcome.output)}{_hint_at_difference(outcome, expected)}."
    )


def _hint_at_difference(outcome: _Outcome, expected: _Outcome) -> str:
    try:
        got, wanted = np.shape(outcome.output), np.shape(expected.output)
    except ValueError:  # ragged
        return ""
    if got != wanted:
        return f" (shape {got} instead of {wanted})"
    return largest_difference(outcome.output, expected.output)


def _error_text(error: BaseException) -> str:
    """Name the error and the line of the reader's code, without paths."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if _is_readers(frame.filename)
    ]
    if not frames:
        return f"`{text}`."
    line = f": `{frames[-1].line}`" if frames[-1].line else ""
    return f"`{text}` on line {frames[-1].lineno} of the cell{line}."


def _is_readers(filename: str) -> bool:
    """Say whether a frame belongs to a notebook cell or the reader's own file."""
    path = Path(filename).resolve()
    if "site-packages" in path.parts or filename.startswith("<frozen"):
        return False
    return not any(path.is_relative_to(folder) for folder in NOT_THE_READERS)
