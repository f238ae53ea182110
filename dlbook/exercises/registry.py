"""Find every exercise of the book by its id."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from collections.abc import Mapping

import dlbook.exercises
from dlbook.exercises.exercise import Exercise


class ExerciseError(Exception):
    """An unknown id, an id used twice, or one that does not begin with its page."""


@functools.cache
def load_exercises() -> Mapping[str, Exercise]:
    """Return all exercises by id: part by part, page by page, in order of definition.

    Raises
    ------
    ExerciseError
        If an id is used twice or does not begin with the name of its page.
    """
    exercises: dict[str, Exercise] = {}
    for part in sorted(
        entry.name
        for entry in pkgutil.iter_modules(dlbook.exercises.__path__)
        if entry.ispkg
    ):
        package = importlib.import_module(f"dlbook.exercises.{part}")
        pages = sorted(entry.name for entry in pkgutil.iter_modules(package.__path__))
        for page in pages:
            module = importlib.import_module(f"dlbook.exercises.{part}.{page}")
            for exercise in vars(module).values():
                if isinstance(exercise, Exercise):
                    _register(exercise, f"{part}/{page.replace('_', '-')}", exercises)
    return exercises


def _register(exercise: Exercise, page: str, exercises: dict[str, Exercise]) -> None:
    if exercise.id in exercises:
        raise ExerciseError(f"two exercises have the id {exercise.id!r}")
    prefix = page.split("/")[1] + "-"
    if not exercise.id.startswith(prefix):
        raise ExerciseError(
            f"exercise {exercise.id!r} of page {page} must have an id that begins with "
            f"{prefix!r}"
        )
    object.__setattr__(exercise, "page", f"book/{page}")
    exercises[exercise.id] = exercise


def find_exercise(exercise_id: str) -> Exercise:
    """Return the exercise with this id.

    Raises
    ------
    ExerciseError
        If there is none; the message names the nearest id.
    """
    exercises = load_exercises()
    if exercise_id not in exercises:
        near = difflib.get_close_matches(str(exercise_id), exercises, n=1)
        suggestion = f"; did you mean {near[0]!r}?" if near else ""
        raise ExerciseError(f"no exercise has the id {exercise_id!r}{suggestion}")
    return exercises[exercise_id]


def all_exercises() -> list[dict[str, str]]:
    """Return every exercise as plain data: ``id``, ``page``, ``title``, ``level``."""
    return [
        {
            "id": exercise.id,
            "page": exercise.page,
            "title": exercise.title,
            "level": exercise.level,
        }
        for exercise in load_exercises().values()
    ]
