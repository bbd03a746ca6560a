"""Verdicts and hints do not hang on the hidden numbers: with others they are the same.

The hidden tests are run with their numbers drawn from other seeds, and with larger arrays.
"""

import numpy as np
import pytest
from answers import Assignment, for_each_assignment, for_each_exercise
from reseeded import calls, reseeded, sizes_in

from autograder.testing import as_student

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_checked_signatures")]

SEEDS = (1, 22, 333)
#: Here nothing is drawn that goes into a call: words and cases are fixed, or there is no argument.
WITHOUT_CHANCE = {
    *("predict_after_silence", "build_vocabulary", "encode", "adder_weights"),
    "predict_first_gradient",
}
#: Here the sizes belong to what is asked.
OF_FIXED_SIZE = WITHOUT_CHANCE | {"one_hot", "softmax"}


OTHERS = pytest.mark.parametrize(
    ("seed", "larger"), [(s, larger) for s in SEEDS for larger in (False, True)]
)


@OTHERS
@for_each_assignment
def test_every_mistake_gets_its_hint(of: Assignment, seed: int, larger: bool) -> None:
    tests = reseeded(of, seed, larger=larger)
    named = {}
    for entry in of.mistakes:
        verdict = tests.grade(entry.exercise, of.student_of(entry))
        assert not verdict.passed, entry.name
        named[entry.label] = (verdict.mistake, verdict.hint)
    assert named == {entry.label: (entry.name, entry.hint) for entry in of.mistakes}


@OTHERS
@for_each_assignment
def test_right_answers_get_full_marks_and_no_hint(of: Assignment, seed: int, larger: bool) -> None:
    tests = reseeded(of, seed, larger=larger)
    names = of.namespace()
    right = [(name, as_student(names[name])) for name in of.exercises]
    right += [(entry.exercise, of.student_of(entry)) for entry in of.alternatives]
    for exercise, student in right:
        verdict = tests.grade(exercise, student)
        assert verdict.passed, verdict.text()
        assert (verdict.fraction, verdict.mistake, verdict.hint) == (1, None, None)


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [n for item in value.values() for n in _numbers(item)]
    if isinstance(value, (list, tuple)):
        return [n for item in value for n in _numbers(item)]
    return np.ravel(value).tolist() if isinstance(value, np.ndarray) else []


@for_each_exercise
def test_the_numbers_are_others_indeed(of: Assignment, name: str) -> None:
    answer = of.namespace()[name]
    usual, other, larger = (
        calls(module, name, answer)
        for module in (of.hidden, reseeded(of, 1), reseeded(of, 1, larger=True))
    )
    if name not in WITHOUT_CHANCE:
        before, now = (_numbers([r.args for r in records]) for records in (usual, other))
        assert before != now
    if name not in OF_FIXED_SIZE:
        before, now = (sum(sizes_in([r.args for r in records])) for records in (usual, larger))
        assert now > before
