"""What a verdict says may hold no hidden input, no expected value, and no text of a student's."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from answers import BY_NAME, Assignment, for_each_assignment, for_each_exercise

from autograder.testing import Call, Given, OneByOne, as_student

RNN = BY_NAME["rnn"]


#: Numbers of three and more digits that the messages may hold: they stand in the tasks, too.
PUBLIC = {"100", "500"}


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, np.ndarray):
        yield from (float(entry) for entry in value.flat if value.dtype.kind in "biuf")
    elif isinstance(value, dict):
        yield from (number for item in value.values() for number in numbers_in(item))
    elif isinstance(value, (list, tuple)):
        yield from (number for item in value for number in numbers_in(item))


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings_in(item))
    elif isinstance(value, (list, tuple)):
        yield from (text for item in value for text in strings_in(item))


def records(of: Assignment, name: str) -> list[Any]:
    """Every call that the hidden test of an exercise makes of a right answer."""
    return of.calls(name)


@for_each_assignment
def test_no_message_holds_a_number_that_is_more_than_a_size(of: Assignment) -> None:
    """Sizes are small; inputs and expected values have a point, an exponent or three digits."""
    for entry in of.mistakes:
        for part in of.verdict_on(entry).parts:
            text = re.sub(r"\d+ of \d+ values|float\d\d", "", part.message)
            assert set(re.findall(r"\d{3,}", text)) <= PUBLIC, (entry.name, text)
            assert not re.search(r"\d\.\d|\d[eE][-+]?\d", text), (entry.name, text)


@pytest.mark.parametrize("name", ["build_vocabulary", "encode"])
def test_no_message_holds_a_hidden_word(name: str) -> None:
    words = {text for record in records(RNN, name) for text in strings_in(record.args)}
    entries = [entry for entry in RNN.mistakes if entry.exercise == name]
    assert entries
    for entry in entries:
        for part in RNN.verdict_on(entry).parts:
            said = set(re.findall(r"[\w<>]+", part.message.lower()))
            assert not said & (words - {"a", "the", "was", "b"}), part.message


class Gives(OneByOne):
    """A student whose every call gives what a function makes of the arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def call(self, args: tuple[Any, ...], kwargs: Any = None, given: Given | None = None) -> Call:
        return Call(self.function(*args, **(kwargs or {})), args)


def marked(value: Any, mark: float) -> Any:
    """A recognisable number or word in the place of one entry."""
    if isinstance(value, np.ndarray):
        changed = np.array(value)
        if changed.size:
            with np.errstate(over="ignore"):
                changed.flat[0] = mark if changed.dtype.kind == "f" else int(mark)
        return changed
    if isinstance(value, (tuple, list)) and value and not isinstance(value[0], str):
        return type(value)([marked(value[0], mark), *value[1:]])
    if isinstance(value, (float, int)):
        return mark
    if isinstance(value, dict):
        return {key: marked(item, mark) for key, item in value.items()}
    if value is None or isinstance(value, str):
        return "seven-seven-seven"
    return ["seven-seven-seven", *value]


@pytest.mark.parametrize("mark", [777.777777, -7.77e77])
@for_each_exercise
def test_no_message_holds_what_the_student_gave(of: Assignment, name: str, mark: float) -> None:
    mark = mark if name not in ("encode", "sample_sequence") else 777.0
    right = as_student(of.reference(name))
    verdict = of.hidden.grade(name, Gives(lambda *a, **k: marked(right(*a, **k), mark)))
    assert not verdict.passed
    for word in ("7.7", "777", "seven"):
        assert word not in verdict.text()


@for_each_exercise
def test_no_message_holds_a_shape_that_the_sizes_do_not_explain(of: Assignment, name: str) -> None:
    large = np.zeros((7001, 31))
    for value in (large, (large, ()), (large, {}), (large,) * 5):
        text = of.hidden.grade(name, Gives(lambda *a, value=value, **k: value)).text()
        assert "7001" not in text
        assert "31" not in text


def telling(number: float) -> bool:
    """Zeros, halves, NaN and infinity stand in many calls."""
    return bool(np.isfinite(number) and round(number, 9) % 0.25)


@for_each_exercise
def test_hidden_calls_differ_from_those_of_the_check(of: Assignment, name: str) -> None:
    """Other numbers than the visible check, so that answers made for it fail."""
    seen: list[tuple[Any, ...]] = []
    names = of.namespace()
    solution = names[name]

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(args)
        return solution(*args, **kwargs)

    names[name] = watched
    exec(of.exercises[name].check, names)
    visible, used = (
        {round(n, 9) for args in calls for n in numbers_in(args) if telling(n)}
        for calls in (seen, [record.args for record in records(of, name)])
    )
    assert not visible & used


@for_each_assignment
def test_needs_name_an_earlier_part(of: Assignment) -> None:
    for name in of.exercises:
        parts = of.parts(name)
        before: set[str] = set()
        for part in parts:
            assert set(part.needs) <= before, (name, part.name)
            assert part.name not in before
            before.add(part.name)


@for_each_exercise
def test_an_exercise_is_tested_in_few_calls(of: Assignment, name: str) -> None:
    """Each call crosses to another process and back."""
    assert len(records(of, name)) <= 30
