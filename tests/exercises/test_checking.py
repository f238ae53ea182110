"""What the reader is told about an answer."""

import textwrap
import types

import numpy as np
import pytest

from dlbook.exercises import Exercise, ExerciseError, check, check_exercise, hint
from dlbook.exercises import registry as registry_module
from dlbook.exercises.compare import describe, largest_difference, same
from dlbook.exercises.folded import Folded
from dlbook.exercises.stub import is_stub


def mean(x):
    return x.sum() / len(x)


def by_one_less(x):
    return x.sum() / (len(x) - 1)


def total(x):
    return x.sum()


def refuses(x):
    raise ValueError("no")


def inputs(rng):
    for size in (2, 5, 9):
        yield (rng.normal(size=size),)


def exercise(**changes):
    fields = {
        "id": "page-mean",
        "title": "The mean",
        "hint": "Add, then divide.",
        "inputs": inputs,
        "solution": mean,
        "wrong": [
            (by_one_less, "You divided by N - 1 instead of N."),
            (total, "You did not divide."),
        ],
    }
    return Exercise(**{**fields, **changes})


def value_exercise(**changes):
    return exercise(
        inputs=None,
        solution=0.25,
        explanation="The slope at zero.",
        wrong=[(0.5, "That is the value."), (1.0, "That is the limit.")],
        **changes,
    )


MEAN, VALUE = exercise(), value_exercise()


def from_cell(source, name="answer", **names):
    """Define a function as a notebook cell does, with its source known."""
    import linecache

    source = textwrap.dedent(source)
    filename = f"<ipython-input-{abs(hash(source))}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    names.setdefault("np", np)
    exec(compile(source, filename, "exec"), names)
    return names[name]


STUBS = [
    "def answer(x): ...",
    "def answer(x):\n    pass",
    'def answer(x):\n    """Return the mean."""',
    'def answer(x):\n    """Return the mean."""\n    ...',
    "def answer(x):\n    raise NotImplementedError",
    "def answer(x):\n    raise NotImplementedError('write me')",
    "def answer(x):\n    return None",
    "def answer(x):\n    return ...",
    "def answer(x):\n    total = ...\n    return total",
    "def answer(x):\n    total = ...\n    return total / len(x)",
    "answer = ...",
    "answer = None",
    "answer = (..., ...)",
]


@pytest.mark.parametrize("source", STUBS)
def test_a_stub_is_not_attempted_yet(source):
    result = check_exercise(MEAN, from_cell(source))
    assert result.status == "not attempted yet"
    assert "Replace the `...`" in result.message
    assert not result


def test_a_class_of_stubs_is_not_attempted_yet():
    answer = from_cell("class answer:\n    def f(self): ...\n    def g(self): ...")
    assert is_stub(answer)


def test_an_answer_without_source_is_judged_by_its_code():
    names = {}
    exec(
        "def dots(x): ...\ndef documented(x):\n  'Return the mean.'\n  pass\n"
        "def real(x): return x\ndef one(x): return 1",
        names,
    )
    assert is_stub(names["dots"])
    assert is_stub(names["documented"])
    assert not is_stub(names["real"])
    assert not is_stub(names["one"])


def test_dots_in_brackets_are_code():
    answer = from_cell("def answer(x):\n    return x[..., 0]")
    assert not is_stub(answer, deep=True)


def test_the_right_answer_is_correct_however_it_is_written():
    for answer in (
        mean,
        np.mean,
        lambda x: float(np.mean(x)),
        lambda x: np.array(mean(x)),
    ):
        result = check_exercise(MEAN, answer)
        assert result.status == "correct", result
        assert bool(result)
    assert "3 inputs that are not on the page" in result.message


def test_a_typical_mistake_is_diagnosed():
    result = check_exercise(MEAN, lambda x: np.mean(x) * len(x) / (len(x) - 1))
    assert repr(result) == "page-mean: not yet. You divided by N - 1 instead of N."
    assert result._repr_markdown_() == "**Not yet.** You divided by N - 1 instead of N."


def test_another_mistake_shows_the_first_input_that_differs():
    message = check_exercise(MEAN, lambda x: 7.0).message
    assert message.startswith("On the input `[")
    assert message.endswith("yours is `7`.")


def test_a_wrong_shape_is_named():
    message = check_exercise(MEAN, lambda x: x).message
    assert "shape (2,) instead of ()" in message


def test_a_forgotten_return_is_named():
    answer = from_cell("def answer(x):\n    y = x.sum() / len(x)")
    result = check_exercise(MEAN, answer)
    assert result.status == "not yet"
    assert "does it end with `return`?" in result.message


def test_an_error_is_reported_with_its_line_and_without_a_path():
    answer = from_cell("def answer(x):\n    y = 1\n    return x @ np.ones(77)")
    message = check_exercise(MEAN, answer).message
    assert "raised `ValueError: " in message
    assert "on line 3 of the cell: `return x @ np.ones(77)`" in message
    assert "/" not in message.split("`")[-2]


def test_an_answer_that_changes_its_input_is_told_so():
    def answer(x):
        result = x.sum() / len(x)
        x[:] = 0
        return result

    assert "changes its input" in check_exercise(MEAN, answer).message


def test_an_answer_cannot_spoil_the_inputs_of_the_next():
    def answer(x):
        x[:] = 0
        return 0.0

    before = MEAN.argument_tuples()
    check_exercise(MEAN, answer)
    assert check_exercise(MEAN, mean)
    assert same(before, MEAN.argument_tuples(), 0.0, 0.0)


@pytest.mark.parametrize("answer", [3, "mean", [1, 2]])
def test_what_is_not_a_function_is_named(answer):
    assert "The answer is a function" in check_exercise(MEAN, answer).message


def test_an_expected_error_is_part_of_the_answer():
    strict = exercise(
        solution=refuses,
        wrong=[(mean, "You compute where you should refuse."), (total, "No sum.")],
    )
    assert check_exercise(strict, refuses)
    assert (
        check_exercise(strict, mean).message == "You compute where you should refuse."
    )
    assert "a ValueError was expected" in check_exercise(strict, lambda x: 7).message


def test_a_runner_decides_how_an_answer_is_used():
    doubled = exercise(run=lambda answer, x: 2 * answer(x))
    assert check_exercise(doubled, mean)
    assert "divided by N - 1" in check_exercise(doubled, by_one_less).message


@pytest.mark.parametrize("answer", [0.25, 1 / 4, np.float32(0.25), np.array(0.25)])
def test_a_right_value_is_correct(answer):
    assert check_exercise(VALUE, answer).status == "correct"


def test_a_wrong_value_is_diagnosed_or_said_to_be_wrong():
    assert check_exercise(VALUE, 0.5).message == "That is the value."
    assert check_exercise(VALUE, 0.3).message == "The answer is not `0.3`."
    assert "not the function `mean`" in check_exercise(VALUE, mean).message


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.1, False),
        (1, 1.0, True),
        (True, 1, False),
        (np.nan, np.nan, True),
        ([1, 2], (1, 2), True),
        ([1, 2], np.array([1, 2]), True),
        ([[1, 2]], [1, 2], False),
        ([1, [2, 3]], [1, [2, 3]], True),
        ([1, [2, 3]], [1, [2, 4]], False),
        ("Yes.", " yes", True),
        ("yes", "no", False),
        ("1", 1, False),
        ({"a": 1.0}, {"a": 1.0}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        ({1, 2}, {2, 1}, True),
        (None, None, True),
        (None, 0, False),
        (types.SimpleNamespace(data=np.ones(2)), np.ones(2), True),
    ],
)
def test_outputs_are_compared_by_structure_and_size(one, other, verdict):
    assert same(one, other, 1e-6, 1e-9) is verdict
    assert same(other, one, 1e-6, 1e-9) is verdict


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([1.0, 0.33333]), "`[1. , 0.3333]`"),
        (np.zeros((5, 5)), "an array of shape (5, 5)"),
        (1 / 3, "`0.3333`"),
        (np.float64(2), "`2`"),
        (np.True_, "`True`"),
        ([1, 0.5], "`[1, 0.5]`"),
        (list(range(9)), "a list of length 9"),
        ("no", "`'no'`"),
        (None, "`None`"),
        (object(), "a object"),
        (mean, "the function `mean`"),
    ],
)
def test_values_are_described_shortly_and_without_addresses(value, text):
    assert describe(value) == text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "mean"}, "an id reads page-name"),
        ({"title": " "}, "title must not be empty"),
        ({"hint": ""}, "hint must not be empty"),
        ({"level": "hard"}, "level must be one of"),
        ({"inputs": None}, "a function or class needs inputs"),
        ({"solution": 0.5}, "a value has none"),
        ({"wrong": [(total, "a")]}, "at least 2 wrong answers"),
        ({"wrong": [(total, "a"), (mean, "a")]}, "a diagnosis of its own"),
        ({"wrong": [(total, "a"), (mean, " ")]}, "a diagnosis of its own"),
        ({"solution": 0.5, "inputs": None}, "give an explanation"),
    ],
)
def test_an_incomplete_exercise_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        exercise(**changes)


@pytest.mark.parametrize("given", [[(1,), (2,)], [1, 2, 3]])
def test_too_few_inputs_are_refused(given):
    with pytest.raises(ValueError, match="at least 3 tuples"):
        exercise(inputs=given).argument_tuples()


def test_an_unknown_id_is_refused(monkeypatch):
    monkeypatch.setattr(registry_module, "load_exercises", lambda: {"page-mean": MEAN})
    assert check("page-mean", mean)
    with pytest.raises(ExerciseError, match="did you mean 'page-mean'"):
        check("page-maen", mean)


def test_an_id_must_begin_with_its_page_and_be_unique():
    found = {}
    with pytest.raises(ExerciseError, match="begins with 'other-'"):
        registry_module._register(MEAN, "part/other", found)
    registry_module._register(exercise(), "part/page", found)
    assert found["page-mean"].page == "book/part/page"
    with pytest.raises(ExerciseError, match="two exercises"):
        registry_module._register(MEAN, "part/page", found)


def test_hints_and_solutions_stay_folded(monkeypatch):
    monkeypatch.setattr(registry_module, "load_exercises", lambda: {"page-mean": MEAN})
    folded = hint("page-mean")
    assert folded._repr_markdown_() == (
        "<details><summary>Hint</summary>\n\nAdd, then divide.\n\n</details>"
    )
    assert "divide" not in repr(folded)


def test_the_solution_of_a_value_comes_with_its_explanation(monkeypatch):
    from dlbook.exercises import solution

    monkeypatch.setattr(registry_module, "load_exercises", lambda: {"page-mean": VALUE})
    folded = solution("page-mean")
    assert isinstance(folded, Folded)
    assert folded.body == "**Answer:** `0.25`\n\nThe slope at zero."
    assert "0.25" not in repr(folded)


def changed(shape, *entries, dtype=float):
    values = np.zeros(shape, dtype)
    for place, value in entries:
        values[place] = value
    return values


@pytest.mark.parametrize(
    ("answer", "expected", "text"),
    [
        (
            changed((5, 5), ((1, 2), 3.0), ((4, 0), -7.0)),
            changed((5, 5), ((1, 2), 1.0)),
            "; at `[4, 0]` it should be `0` and is `-7`",
        ),
        (
            changed(25, (3, np.nan), (4, 9.0)),
            np.zeros(25),
            "; at `[3]` it should be `0` and is `nan`",
        ),
        (
            changed(25, (3, np.nan), (4, 9.0)),
            changed(25, (3, np.nan)),
            "; at `[4]` it should be `0` and is `9`",
        ),
        (
            changed(25, (3, np.inf), (4, 9.0)),
            changed(25, (3, np.inf)),
            "; at `[4]` it should be `0` and is `9`",
        ),
        (
            changed(25, (6, 1j), dtype=complex),
            np.zeros(25),
            "; at `[6]` it should be `0j` and is `1j`",
        ),
        (
            changed(25, (6, True), dtype=bool),
            changed(25, dtype=bool),
            "; at `[6]` it should be `0` and is `1`",
        ),
        (np.zeros(25), np.zeros(25), ""),
        (np.zeros(24), np.ones(24), ""),  # both are written whole
        (np.zeros(26), np.zeros(25), ""),
        ("no", np.zeros(25), ""),
        (np.zeros(25), None, ""),
    ],
)
def test_of_large_arrays_the_largest_difference_is_named(answer, expected, text):
    assert largest_difference(answer, expected) == text


def test_a_wrong_large_array_is_told_where():
    grid = exercise(
        inputs=lambda rng: iter([(6,), (7,), (8,)]),
        solution=lambda n: np.add.outer(np.arange(n), np.arange(n)),
        wrong=[(lambda n: np.zeros((n, n)), "Zeros."), (lambda n: n, "A number.")],
    )
    result = check_exercise(grid, lambda n: np.add.outer(np.arange(n), np.ones(n)))
    assert "; at `[0, 5]` it should be `5` and is `1`." in repr(result)
