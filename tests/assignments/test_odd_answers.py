"""Answers that are no answers: what they return or raise must give a right and clear verdict."""

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from answers import BY_NAME, Assignment, for_each_exercise

from autograder.testing import Call, Given, OneByOne, StudentError, Verdict, as_student
from course_lib.checks import CheckFailed

RNN = BY_NAME["rnn"]


class EqualsEverything:
    """Claims to equal whatever it is compared with, and to have whatever it is asked for."""

    __array_ufunc__ = None

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __getitem__(self, key: object) -> Any:
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise AssertionError("nothing of it may be converted")


class Matrix(np.ndarray):
    """An array whose comparisons say what the student likes."""

    def __array_finalize__(self, other: object) -> None: ...

    def __eq__(self, other: object) -> Any:
        return True


ODD: dict[str, Any] = {
    "None": None,
    "True": True,
    "a number": 3,
    "an enormous number": 10**400,
    "a large negative number": -(10**30),
    "a list of enormous numbers": [10**30, -(10**400)],
    "infinity": float("inf"),
    "a string": "h",
    "bytes": b"h",
    "an empty tuple": (),
    "a pair of None": (None, None),
    "a pair of strings": ("h", "cache"),
    "three things": ("h", {}, []),
    "a pair of odd dicts": ({"W_xh": "x"}, {"W_hh": object()}),
    "a long list": list(range(100)),
    "a nested list": [[1.0, 2.0], [3.0]],
    "a dict": {"h": 1, 2: 3},
    "a set": {1, 2},
    "a function": len,
    "NaN": float("nan"),
    "an empty array": np.zeros(0),
    "an array without axes": np.array(0.5),
    "an object array without axes": np.array(None, dtype=object),
    "an object array": np.array([object(), "h"], dtype=object),
    "an array of strings": np.array(["h", "cache"]),
    "an array of NaN": np.full((3, 4), np.nan),
    "a complex array": np.ones((3, 4), dtype=complex),
    "a structured array": np.zeros(3, dtype=[("password", float)]),
    "an array of many axes": np.zeros((1,) * 30),
    "a pair of arrays of NaN": (np.full((3, 4), np.nan), np.full((3, 4), np.nan)),
    "five arrays of NaN": (np.full((3, 4), np.nan),) * 5,
    "a masked array": np.ma.array([1.0, 2.0], mask=[True, False]),
    "a subclass of array": np.zeros((3, 4)).view(Matrix),
    "a date": np.datetime64("2024-01-01"),
    "what equals everything": EqualsEverything(),
    "a pair of what equals everything": (EqualsEverything(), EqualsEverything()),
    "a dict of what equals everything": dict.fromkeys(
        ("a", "b", "c", "d", "e", "f", "W_xh", "W_hh", "b_h", "W_hy", "b_y"), EqualsEverything()
    ),
}


def returns(value: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: value


def graded(of: Assignment, name: str, student: Any) -> Verdict:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return of.hidden.grade(name, student)


@pytest.mark.parametrize("what", ODD)
@for_each_exercise
def test_odd_value_scores_nothing_and_is_described(of: Assignment, name: str, what: str) -> None:
    verdict = graded(of, name, Opaque(ODD[what]))
    assert verdict.fraction == 0, verdict.text()
    assert verdict.hint is None
    for part in verdict.parts:
        assert len(part.message) > 10
    assert "password" not in verdict.text()


#: In the place of an array or a number of a right answer.
ODD_LEAVES: dict[str, Callable[[Any], Any]] = {
    **{str(odd): (lambda leaf, odd=odd: odd) for odd in (None, True, "h", 1j, math.inf, -math.nan)},
    "an enormous number": lambda leaf: 10**400,
    "a large negative number": lambda leaf: -(10**30),
    "the least integer": lambda leaf: np.int64(-(2**63)),
    "a list of enormous numbers": lambda leaf: [10**30] * np.size(leaf),
    "an empty list": lambda leaf: [],
    "a list of different lengths": lambda leaf: [[1.0], [1.0, 2.0]],
    "an array of the largest numbers": lambda leaf: np.full(np.shape(leaf), 1.7e308),
    "an array of infinities": lambda leaf: np.full(np.shape(leaf), np.inf),
    "an array of complex numbers": lambda leaf: np.full(np.shape(leaf), 1j),
    "an array of bytes": lambda leaf: np.full(np.shape(leaf), 255, np.uint8),
    "an array of truths": lambda leaf: np.ones(np.shape(leaf), bool),
    "an array of half precision": lambda leaf: np.full(np.shape(leaf), 7e4, np.float16),
    "an array with another axis": lambda leaf: np.zeros((0, *np.shape(leaf))),
    "what cannot be read": lambda leaf: object(),
}


def with_leaves(value: Any, odd: Callable[[Any], Any], only: int = -1) -> Any:
    """The value with something odd for each array and number in it, or ``only`` for one of them."""
    count = itertools.count()

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: changed(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(changed(item) for item in value)
        return odd(value) if only in (-1, next(count)) else value

    return changed(value)


@pytest.mark.parametrize("what", ODD_LEAVES)
@for_each_exercise
def test_an_odd_value_in_a_right_form_is_a_failed_part(
    of: Assignment, name: str, what: str
) -> None:
    right = of.reference(name)
    for only in (-1, 0, 1):

        def answer(*args: Any, only: int = only, **kwargs: Any) -> Any:
            return with_leaves(right(*args, **kwargs), ODD_LEAVES[what], only)

        verdict = graded(of, name, as_student(answer))
        assert verdict.fraction < 1 or only == 1
        assert all(part.passed or len(part.message) > 10 for part in verdict.parts)


#: None of these is an answer to any exercise.
NO_ANSWERS = (
    *(None, 3, "h", (), [], {}, (None, None), ({}, ()), {"a": 1}, np.zeros((2, 2))),
    *((np.zeros((2, 2)), ()), (np.zeros(3),) * 3, (np.zeros(3),) * 5),
)


@for_each_exercise
def test_a_check_says_what_is_wrong_with_a_wrong_form(of: Assignment, name: str) -> None:
    names = of.namespace()
    for odd in NO_ANSWERS:
        names[name] = returns(odd)
        with pytest.raises(CheckFailed) as caught:
            exec(of.exercises[name].check, names)
        assert str(caught.value).endswith((".", "?")), odd


def test_what_judging_breaks_over_is_a_slip_or_a_failed_part() -> None:
    solution = RNN.namespace()["sentence_log_prob"]
    as_array = as_student(lambda ids, params: np.array([solution(ids, params)]))
    verdict = graded(RNN, "sentence_log_prob", as_array)
    assert list(verdict.charged) == ["axis"], verdict.text()


class Opaque(OneByOne):
    """A student whose every call gives the same value, without copying it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def call(self, args: tuple[Any, ...], kwargs: Any = None, given: Given | None = None) -> Call:
        return Call(self.value, args)


@for_each_exercise
def test_a_missing_return_is_said(of: Assignment, name: str) -> None:
    verdict = graded(of, name, as_student(returns(None)))
    assert verdict.fraction == 0
    if name != "worst_parameter":  # None is an answer there
        assert "Is the return missing?" in verdict.text()


RAISED = {
    "ValueError": "It raises ValueError. See line 7 of your cell.",
    "ZeroDivisionError": "It raises ZeroDivisionError. See line 7 of your cell.",
    "LinAlgError": "It raises LinAlgError. See line 7 of your cell.",
    "NotImplementedError": "It is not answered yet (NotImplementedError).",
    "NameError": "It uses a name that is not defined (NameError). See line 7 of your cell.",
    "SecretsOfTheTestError": "It raises an exception of its own. See line 7 of your cell.",
}


class Fails(OneByOne):
    """A student whose every call ends in the same StudentError."""

    def __init__(self, error: StudentError) -> None:
        self.error = error
        self.calls = 0

    def call(self, args: tuple[Any, ...], kwargs: Any = None, given: Given | None = None) -> Call:
        self.calls += 1
        raise self.error


@pytest.mark.parametrize("exception", RAISED)
@for_each_exercise
def test_what_an_answer_raises_is_said_without_its_message(
    of: Assignment, name: str, exception: str
) -> None:
    verdict = graded(of, name, Fails(StudentError("raised", exception, "x = [[0.123]]", 7)))
    assert verdict.text() == f"None of {len(verdict.parts)} parts passed. {RAISED[exception]}"
    assert (verdict.fraction, verdict.hint) == (0, None)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("timeout", "a loop that never ends"),
        ("crashed", "ended the Python process"),
        ("memory", "more memory than there is"),
        ("protocol", "not plain data"),
        ("missing", "not defined in your notebook"),
    ],
)
@for_each_exercise
def test_what_ends_a_call_is_said_in_words(
    of: Assignment, name: str, kind: Any, words: str
) -> None:
    student = Fails(StudentError(kind))
    verdict = graded(of, name, student)
    assert words in verdict.text()
    assert (verdict.fraction, verdict.hint) == (0, None)
    if kind in ("timeout", "crashed", "memory"):
        # Once with the student's own earlier answers, twice with those that are given.
        assert student.calls <= 3


@for_each_exercise
def test_a_name_that_is_no_function_scores_nothing(of: Assignment, name: str) -> None:
    for value, words in (
        (None, "It is None in your notebook, expected a function."),
        (np.zeros(3), "It is a NumPy array in your notebook, expected a function."),
        ({}, "It is a dict in your notebook, expected a function."),
        (StudentError("missing"), "It is not defined in your notebook"),
    ):
        verdict = graded(of, name, value)
        assert verdict.fraction == 0
        assert words in verdict.text()


@pytest.mark.parametrize("module", ["torch", "course_lib.reference.rnn", "sklearn"])
def test_an_answer_by_a_library_gets_a_plain_message(module: str) -> None:
    def rnn_cell_forward(*args: Any) -> Any:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    verdict = graded(RNN, "rnn_cell_forward", as_student(rnn_cell_forward))
    assert verdict.fraction == 0
    assert "answered in plain Python and NumPy" in verdict.text()


@for_each_exercise
def test_wrong_arguments_in_the_signature(of: Assignment, name: str) -> None:
    verdict = graded(of, name, as_student(lambda a, b, c, d, e, f, g, more: None))
    assert verdict.fraction == 0
    assert "It raises TypeError." in verdict.text()
