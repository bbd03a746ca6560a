"""Verdicts and hints do not hang on the hidden numbers: with others they are the same.

The hidden tests are run with their numbers drawn from other seeds, and with larger arrays.
"""

from types import ModuleType

import numpy as np
import pytest
from answers import alternatives, exercises, hidden, mistakes, namespace, student_of
from reseeded import calls, reseeded, sizes_in

from course_lib.testing import as_student

SEEDS = (1, 22, 333)
#: Here nothing is drawn that goes into a call: words and cases are fixed, or there is no argument.
WITHOUT_CHANCE = {"predict_after_silence", "build_vocabulary", "encode", "adder_weights"}
#: Here the sizes belong to what is asked.
OF_FIXED_SIZE = WITHOUT_CHANCE | {"one_hot", "softmax"}


@pytest.fixture(params=[(s, larger) for s in SEEDS for larger in (False, True)], ids=str)
def others(request: pytest.FixtureRequest) -> ModuleType:
    """The hidden tests with other numbers."""
    seed, larger = request.param
    return reseeded(seed, larger=larger)


def test_every_mistake_gets_its_hint(others: ModuleType) -> None:
    named = {}
    for entry in mistakes():
        verdict = others.grade(entry.exercise, student_of(entry))
        assert not verdict.passed, entry.name
        assert verdict.fraction <= 0.9
        named[entry.name] = (verdict.mistake, verdict.hint)
    assert named == {entry.name: (entry.name, entry.hint) for entry in mistakes()}


def test_right_answers_get_full_marks_and_no_hint(others: ModuleType) -> None:
    names = namespace()
    right = [(name, as_student(names[name])) for name in exercises()]
    right += [(entry.exercise, student_of(entry)) for entry in alternatives()]
    for exercise, student in right:
        verdict = others.grade(exercise, student)
        assert verdict.passed, verdict.text()
        assert (verdict.fraction, verdict.mistake, verdict.hint) == (1, None, None)


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [n for item in value.values() for n in _numbers(item)]
    if isinstance(value, (list, tuple)):
        return [n for item in value for n in _numbers(item)]
    return np.ravel(value).tolist() if isinstance(value, np.ndarray) else []


@pytest.mark.parametrize("name", exercises())
def test_the_numbers_are_others_indeed(name: str) -> None:
    answer = namespace()[name]
    usual, other, larger = (
        calls(module, name, answer) for module in (hidden(), reseeded(1), reseeded(1, larger=True))
    )
    if name not in WITHOUT_CHANCE:
        before, now = (_numbers([r.args for r in records]) for records in (usual, other))
        assert before != now
    if name not in OF_FIXED_SIZE:
        before, now = (sum(sizes_in([r.args for r in records])) for records in (usual, larger))
        assert now > before
