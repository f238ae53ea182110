"""Hints and solutions that stay folded until the reader opens them."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlbook.exercises.exercise import Exercise
from dlbook.exercises.registry import find_exercise
from dlbook.notebook import show_source


@dataclass(frozen=True)
class Folded:
    """Markdown behind a line to unfold.

    Parameters
    ----------
    summary : str
        The line that is always seen.
    body : str
        Markdown. A notebook's viewer shows it once unfolded, ``print(....body)`` in a
        terminal. It is not part of the plain text, so that nothing is given away.
    """

    summary: str
    body: str = field(repr=False)

    def __repr__(self) -> str:
        """Return the summary alone."""
        return f"{self.summary} (folded; print(....body) shows it)"

    def _repr_markdown_(self) -> str:
        """Return a `details` element with the body as Markdown."""
        return (
            f"<details><summary>{self.summary}</summary>\n\n{self.body}\n\n</details>"
        )


def hint(exercise_id: str) -> Folded:
    """Return the hint of an exercise, folded.

    Raises
    ------
    ExerciseError
        If no exercise has this id.
    """
    return Folded("Hint", find_exercise(exercise_id).hint)


def solution(exercise_id: str) -> Folded:
    """Return the solution of an exercise, folded: its live source or its value.

    Raises
    ------
    ExerciseError
        If no exercise has this id.
    """
    exercise = find_exercise(exercise_id)
    parts = [_answer(exercise), exercise.explanation]
    return Folded("Solution", "\n\n".join(part for part in parts if part))


def _answer(exercise: Exercise) -> str:
    if exercise.asks_for_function:
        return show_source(exercise.solution)._repr_markdown_()
    value = exercise.solution
    return f"**Answer:** {value if isinstance(value, str) else f'`{value!r}`'}"
