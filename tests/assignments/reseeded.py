"""The hidden tests with other numbers and other sizes than those that mark students."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from answers import Assignment

from autograder.testing import Exercises, Numbers, Recorder, as_student


@cache
def reseeded(of: Assignment, seed: int, *, larger: bool = False) -> Exercises:
    """The hidden tests with all numbers drawn from another seed, and with larger arrays."""
    return of.tests(Numbers(seed, grow=2 if larger else 0))


def calls(tests: Exercises, exercise: str, answer: Callable[..., Any]) -> list[Any]:
    """Every call that the hidden test of an exercise makes of a right answer."""
    recorder = Recorder(as_student(answer))
    for part in tests.parts(exercise):
        problem = part.test(recorder)
        assert problem is None, (exercise, part.name, problem)
    return recorder.records


def sizes_in(value: Any) -> Iterator[int]:
    """The lengths of all axes of all arrays."""
    if hasattr(value, "shape"):
        yield from value.shape
    elif isinstance(value, dict):
        for item in value.values():
            yield from sizes_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from sizes_in(item)
