"""What an exercise consists of: `Exercise`."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LEVELS = ("one line", "a few lines", "an experiment", "a blank page")
"""How much there is to write; one exercise in every part starts from a blank page."""

FEWEST_INPUTS = 3
FEWEST_WRONG_ANSWERS = 2

Inputs = Callable[[np.random.Generator], Iterable[tuple]] | Sequence[tuple]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A task with its hint, check, solution and typical wrong answers.

    The answer is a function or class, checked on inputs that are not on the page, or a
    value: a number, an array, a short text, or a tuple of these.

    Parameters
    ----------
    id : str
        ``"<page>-<name>"``: lower case, digits, hyphens; unique in the book.
    title : str
        The exercise's heading on the page.
    hint : str
        Markdown; points the way without giving the answer.
    solution : function, class or value
        The published answer. A function's source is shown, so write it for reading.
    wrong : sequence of (answer, diagnosis)
        At least two typical wrong answers, of the same kind as the solution. The
        diagnosis tells the reader in words what went wrong. A reader's answer is
        recognized by giving the same outputs on every input.
    inputs : function of rng, or sequence of tuples
        At least three tuples of arguments; a function receives the generator
        ``numpy.random.default_rng(0)``. Left out where the answer is a value.
    run : function
        ``run(answer, *arguments)`` uses the answer and returns what is compared; by
        default ``answer(*arguments)``.
    level : str
        One of `LEVELS`.
    explanation : str
        Markdown shown with the solution. A value's solution needs one.
    rtol, atol : float
        Relative and absolute tolerance for comparing floats.

    Raises
    ------
    ValueError
        If a field is empty or out of range, naming the exercise and the field.
    """

    id: str
    title: str
    hint: str
    solution: Any
    wrong: Sequence[tuple[Any, str]]
    inputs: Inputs | None = None
    run: Callable[..., Any] | None = None
    level: str = "a few lines"
    explanation: str = ""
    rtol: float = 1e-6
    atol: float = 1e-9
    page: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Refuse an incomplete exercise."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", str(self.id)):
            raise ValueError(
                f"exercise {self.id!r}: an id reads page-name, in lower-case letters, "
                "digits and hyphens"
            )
        for name in ("title", "hint"):
            if not getattr(self, name).strip():
                raise ValueError(f"exercise {self.id!r}: {name} must not be empty")
        if self.level not in LEVELS:
            raise ValueError(
                f"exercise {self.id!r}: level must be one of {LEVELS}, "
                f"got {self.level!r}"
            )
        if self.asks_for_function != (self.inputs is not None):
            raise ValueError(
                f"exercise {self.id!r}: a function or class needs inputs, a value has "
                "none"
            )
        if not self.asks_for_function and not self.explanation.strip():
            raise ValueError(
                f"exercise {self.id!r}: the solution is a value, so give an explanation"
            )
        if len(self.wrong) < FEWEST_WRONG_ANSWERS:
            raise ValueError(
                f"exercise {self.id!r}: needs at least {FEWEST_WRONG_ANSWERS} wrong "
                f"answers with a diagnosis, got {len(self.wrong)}"
            )
        diagnoses = [diagnosis.strip() for _, diagnosis in self.wrong]
        if not all(diagnoses) or len(set(diagnoses)) < len(diagnoses):
            raise ValueError(
                f"exercise {self.id!r}: every wrong answer needs a diagnosis of its own"
            )

    @property
    def asks_for_function(self) -> bool:
        """Whether the answer is a function or a class rather than a value."""
        return isinstance(self.solution, types.FunctionType | type)

    def argument_tuples(self) -> list[tuple]:
        """Return the inputs, made anew, the same at every call.

        Raises
        ------
        ValueError
            If there are fewer than three, or one is not a tuple.
        """
        if self.inputs is None:
            return []
        if callable(self.inputs):
            tuples = list(self.inputs(np.random.default_rng(0)))
        else:
            tuples = list(self.inputs)
        if len(tuples) < FEWEST_INPUTS or not all(isinstance(t, tuple) for t in tuples):
            raise ValueError(
                f"exercise {self.id!r}: inputs must give at least {FEWEST_INPUTS} "
                "tuples of arguments"
            )
        return tuples

    def output(self, answer: Any, arguments: tuple) -> Any:
        """Use an answer on one tuple of arguments."""
        if self.run is not None:
            return self.run(answer, *arguments)
        return answer(*arguments)
