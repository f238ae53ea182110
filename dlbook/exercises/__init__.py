"""Exercises: `check` an answer, take a `hint`, unfold the `solution`.

The exercises of a page live in ``dlbook/exercises/<part>/<page>.py``, one
`dlbook.exercises.exercise.Exercise` for each.
"""

from dlbook.exercises.checking import CheckResult, check, check_exercise
from dlbook.exercises.exercise import Exercise
from dlbook.exercises.folded import Folded, hint, solution
from dlbook.exercises.registry import ExerciseError, all_exercises, load_exercises

__all__ = [
    "CheckResult",
    "Exercise",
    "ExerciseError",
    "Folded",
    "all_exercises",
    "check",
    "check_exercise",
    "hint",
    "load_exercises",
    "solution",
]
