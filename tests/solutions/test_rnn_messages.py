"""What a verdict says may hold no hidden input, no expected value, and no text of a student's."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from answers import case_name, exercises, hidden, mistakes, namespace, verdict_on

from course_lib.testing import Call, Entry, Given, Recorder, as_student

#: Numbers of three and more digits that the messages may hold: they stand in the tasks, too.
PUBLIC = {"100", "500"}


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, np.ndarray):
        yield from (float(entry) for entry in value.flat if value.dtype.kind in "biuf")
    elif isinstance(value, dict):
        yield from (number for item in value.values() for number in numbers_in(item))
    elif isinstance(value, (list, tuple)):
        yield from (number for item in value for number in numbers_in(item))
    elif isinstance(value, (int, float)):
        yield float(value)


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings_in(item))
    elif isinstance(value, (list, tuple)):
        yield from (text for item in value for text in strings_in(item))


def records(name: str) -> list[Any]:
    """Every call that the hidden test of an exercise makes of a right answer."""
    recorder = Recorder(as_student(namespace()[name]), hidden().given(name))
    for part in hidden().PARTS[name]:
        part.test(recorder)
    return recorder.records


def test_no_message_holds_a_number_that_is_more_than_a_size() -> None:
    """Sizes are small; inputs and expected values have a point, an exponent or three digits."""
    for entry in mistakes():
        verdict = verdict_on(entry)
        for part in verdict.parts:
            text = part.message
            assert set(re.findall(r"\d{3,}", text)) <= PUBLIC, (entry.name, text)
            assert not re.search(r"\d\.\d|\de[-+]?\d", text), (entry.name, text)


@pytest.mark.parametrize("entry", mistakes(), ids=case_name)
def test_no_message_holds_a_hidden_word(entry: Entry) -> None:
    if entry.exercise not in ("build_vocabulary", "encode"):
        return
    words = {text for record in records(entry.exercise) for text in strings_in(record.args)}
    verdict = verdict_on(entry)
    for part in verdict.parts:
        said = set(re.findall(r"[\w<>]+", part.message.lower()))
        assert not said & (words - {"a", "the", "was", "b"}), part.message


class Marked:
    """A student who answers right, with a recognisable number or word in the place of one entry."""

    def __init__(self, name: str, mark: float) -> None:
        self.student = as_student(hidden().REFERENCE[name])
        self.mark = mark

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    def call(self, args: tuple[Any, ...], kwargs: Any = None, given: Given | None = None) -> Call:
        call = self.student.call(args, kwargs)
        return Call(_marked(call.value, self.mark), call.args_after)


def _marked(value: Any, mark: float) -> Any:
    if isinstance(value, np.ndarray):
        marked = np.array(value)
        if marked.size:
            marked.flat[0] = mark if marked.dtype.kind == "f" else int(mark)
        return marked
    if isinstance(value, (tuple, list)) and value and not isinstance(value[0], str):
        return type(value)([_marked(value[0], mark), *value[1:]])
    if isinstance(value, (float, int)):
        return mark
    if isinstance(value, dict):
        return {key: _marked(item, mark) for key, item in value.items()}
    return "seven-seven-seven" if isinstance(value, str) else ["seven-seven-seven", *value]


@pytest.mark.parametrize("mark", [777.777777, -7.77e77])
@pytest.mark.parametrize("name", exercises())
def test_no_message_holds_what_the_student_gave(name: str, mark: float) -> None:
    mark = float(mark) if name not in ("encode", "sample_sequence") else 777.0
    verdict = hidden().grade(name, Marked(name, mark))
    assert not verdict.passed
    text = verdict.text()
    assert "7.7" not in text
    assert "777" not in text
    assert "seven" not in text


class Sized:
    """A student who hides numbers in the shape of the result."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs).value

    def call(self, args: tuple[Any, ...], kwargs: Any = None, given: Given | None = None) -> Call:
        return Call((np.zeros((7001, 31)), ()), args)


@pytest.mark.parametrize("name", exercises())
def test_no_message_holds_a_shape_that_the_sizes_do_not_explain(name: str) -> None:
    text = hidden().grade(name, Sized()).text()
    assert "7001" not in text
    assert "31" not in text


@pytest.mark.parametrize("name", exercises())
def test_hidden_calls_differ_from_those_of_the_check(name: str) -> None:
    """Other numbers and other sizes than the visible check, so that answers made for it fail."""
    seen: list[tuple[Any, ...]] = []
    names = namespace()
    solution = names[name]

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(args)
        return solution(*args, **kwargs)

    names[name] = watched
    exec(exercises()[name].check, names)
    visible = {number for args in seen for number in numbers_in(args) if number % 0.25}
    used = {number for record in records(name) for number in numbers_in(record.args)}
    if name != "sample_sequence":  # u = 0.2 and the like stand in both
        assert not {round(n, 9) for n in visible} & {round(n, 9) for n in used}


def test_needs_name_an_earlier_part() -> None:
    for name, parts in hidden().PARTS.items():
        before: set[str] = set()
        for part in parts:
            assert set(part.needs) <= before, (name, part.name)
            assert part.name not in before
            before.add(part.name)


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_is_tested_in_few_calls(name: str) -> None:
    """Each call crosses to another process and back."""
    assert len(records(name)) <= 30
