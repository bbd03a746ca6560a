"""Answers that compute nothing: constants, arguments, and what was right for an earlier call.

`python tests/assignments/test_no_points_for_nothing.py` prints the best of them for each exercise.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from answers import ASSIGNMENTS, Assignment, for_each_exercise

from autograder.testing import VISIBLE, Call, Recorder, as_student

#: The most that such an answer may earn: a share of the exercise's points.
MOST = 0.15

Answer = Callable[..., Any]


def filled(value: Any, number: float) -> Any:
    """The same form with one number everywhere."""
    if isinstance(value, np.ndarray):
        return np.full_like(value, number)
    if isinstance(value, (tuple, list)):
        return type(value)(filled(item, number) for item in value)
    if isinstance(value, dict):
        return {key: filled(item, number) for key, item in value.items()}
    return float(number) if value is None or isinstance(value, (str, bool)) else type(value)(number)


def words_in(value: Any) -> set[str | None]:
    """The words of a result that is one, a list or a dict of them; None is one too."""
    if value is None or isinstance(value, str):
        return {value}
    items = value.values() if isinstance(value, dict) else value
    return set().union(*map(words_in, items)) if isinstance(value, (dict, list)) else set()


def saying(value: Any, word: str | None) -> Any:
    """The same form with one word everywhere."""
    if isinstance(value, dict):
        return {key: saying(item, word) for key, item in value.items()}
    return [saying(item, word) for item in value] if isinstance(value, list) else word


def answers_that_compute_nothing(of: Assignment, name: str) -> Iterator[tuple[str, Answer]]:
    """Such answers, each with what it gives in words.

    A result that is not marked, as a cache is not in the parts of the state, comes right.
    """
    exercise = of.hidden.exercises[name]
    right = of.namespace()[name]
    marked = len(exercise.compared)

    def form(change: Callable[[Any], Any]) -> Answer:
        def answer(*args: Any, **kwargs: Any) -> Any:
            value = right(*args, **kwargs)
            if len(exercise.results) == 1:
                return change(value)
            return (*(change(item) for item in value[:marked]), *value[marked:])

        return answer

    for number in (0, 1):
        yield f"{number} everywhere", form(lambda value, number=number: filled(value, number))
    for place in range(len(exercise.parameters)):
        yield f"its argument {exercise.parameters[place].name}", argument(place, form)
    seen = [r.outcome.value for r in of.calls(name) if isinstance(r.outcome, Call)]
    for word in sorted(set().union(*map(words_in, seen)), key=str):
        yield f"{word!r} throughout", form(lambda value, word=word: saying(value, word))
    recorder = Recorder(as_student(right))
    for part in of.tests(VISIBLE).parts(name):
        part.test(recorder)
    if recorder.records[0].args:
        came = [r.outcome.value for r in recorder.records if isinstance(r.outcome, Call)]
        yield "what the check wants, by counting calls", counting(came)


def argument(place: int, form: Callable[[Callable[[Any], Any]], Answer]) -> Answer:
    """Give an argument back for each result."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        return form(lambda _: given[place] if place < len(given) else None)(*args, **kwargs)

    return answer


def counting(values: list[Any]) -> Answer:
    """Give these values one after the other, whatever comes in."""
    following = itertools.cycle(values)
    return lambda *args, **kwargs: next(following)


def best(of: Assignment, name: str) -> tuple[float, str]:
    """The largest share of an exercise's points for computing nothing, and by what."""
    return max(
        (of.hidden.grade(name, as_student(answer)).fraction, what)
        for what, answer in answers_that_compute_nothing(of, name)
    )


@for_each_exercise
def test_what_computes_nothing_earns_next_to_nothing(of: Assignment, name: str) -> None:
    share, what = best(of, name)
    assert share <= MOST, what


if __name__ == "__main__":
    for of in ASSIGNMENTS:
        for name in of.exercises:
            share, what = best(of, name)
            print(f"{of.name:<5} {name:<26} {share:4.2f}  {what if share else ''}")
