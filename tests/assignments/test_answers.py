"""Solutions, alternatives and mistakes, each against the hidden tests and the visible checks."""

import re

import numpy as np
import pytest
from answers import (
    Assignment,
    for_each_alternative,
    for_each_assignment,
    for_each_exercise,
    for_each_mistake,
)

from autograder.testing import SLIP_PRICE, Entry, as_student, price
from course_lib.checks import CheckFailed

#: Some mistakes raise by themselves.
RAISED = (ValueError, TypeError, IndexError, KeyError)


@for_each_exercise
def test_solution_gets_full_marks_and_no_hint(of: Assignment, name: str) -> None:
    verdict = of.hidden.grade(name, as_student(of.namespace()[name]))
    assert verdict.passed, verdict.text()
    assert verdict.fraction == 1
    assert (verdict.mistake, verdict.hint) == (None, None)


@for_each_exercise
def test_reference_gets_full_marks(of: Assignment, name: str) -> None:
    verdict = of.hidden.grade(name, as_student(of.reference(name)))
    assert verdict.passed, verdict.text()


@for_each_exercise
def test_solution_passes_its_visible_check_and_prints_a_line(
    of: Assignment, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(of.exercises[name].check, of.namespace())
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(len(line) <= 100 for line in lines)
    if not name.startswith("predict_"):
        assert len(lines) == 1
        assert lines[0].startswith(f"{name}: ")


@for_each_alternative
def test_alternative_gets_full_marks_and_no_hint(of: Assignment, entry: Entry) -> None:
    verdict = of.verdict_on(entry)
    assert verdict.passed, verdict.text()
    assert verdict.hint is None


@for_each_alternative
def test_alternative_passes_the_visible_check(of: Assignment, entry: Entry) -> None:
    exec(of.exercises[entry.exercise].check, of.namespace(**{entry.exercise: entry.source}))


@for_each_mistake
def test_mistake_is_rejected_and_named(of: Assignment, entry: Entry) -> None:
    verdict = of.verdict_on(entry)
    points = of.exercises[entry.exercise].points
    assert not verdict.passed
    assert price([verdict], [points])[0] <= max(0.9 * points, points - SLIP_PRICE)
    assert verdict.mistake == entry.name, verdict.text()
    assert verdict.hint == entry.hint
    assert f"Hint: {entry.hint}" in verdict.text()


@for_each_mistake
def test_visible_check_fails_on_the_mistake_with_a_message(of: Assignment, entry: Entry) -> None:
    check = of.exercises[entry.exercise].check
    names = of.namespace(**{entry.exercise: entry.source})
    if entry.unseen:
        exec(check, names)
        return
    # Some mistakes raise by themselves, as they will in the student's notebook.
    with np.errstate(all="ignore"), pytest.raises((CheckFailed, *RAISED)) as caught:
        exec(check, names)
    assert 20 <= len(str(caught.value)) <= 400 or caught.type in RAISED


@for_each_assignment
def test_bank_is_large_and_told_apart(of: Assignment) -> None:
    assert len(of.mistakes) >= 7 * len(of.exercises)
    for entries in (of.mistakes, of.alternatives):
        names = [entry.label for entry in entries]
        assert len(set(names)) == len(names)
    assert not {e.name for e in of.mistakes} & {e.name for e in of.alternatives}


@for_each_mistake
def test_mistake_says_what_is_believed_and_a_hint_without_the_line(
    of: Assignment, entry: Entry
) -> None:
    assert entry.belief.endswith((".", "!"))
    assert entry.hint is not None
    assert entry.hint.endswith((".", "?"))
    solution = of.exercises[entry.exercise].answer.split("### BEGIN SOLUTION")[1]
    for line in solution.splitlines():
        code = line.strip()
        if len(code) > 12 and not code.startswith("#"):
            assert code not in entry.hint


@for_each_exercise
def test_stub_raises_exactly_not_implemented_and_scores_nothing(of: Assignment, name: str) -> None:
    answer = of.exercises[name].answer
    stub = re.sub(
        r"( *)### BEGIN SOLUTION.*### END SOLUTION",
        r"\1raise NotImplementedError()",
        answer,
        flags=re.DOTALL,
    )
    verdict = of.hidden.grade(name, of.student_with(name, stub))
    assert verdict.fraction == 0
    assert verdict.hint is None
    assert verdict.text() == (
        f"None of {len(verdict.parts)} parts passed. It is not answered yet (NotImplementedError)."
    )
    with pytest.raises(NotImplementedError) as caught:
        exec(of.exercises[name].check, of.namespace(**{name: stub}))
    assert caught.type is NotImplementedError


@for_each_assignment
def test_a_mistake_in_the_first_exercise_costs_that_one_only(of: Assignment) -> None:
    wrong = of.mistakes[0]
    names = of.namespace(**{wrong.exercise: wrong.source})
    for exercise in of.exercises:
        verdict = of.hidden.grade(exercise, as_student(names[exercise]))
        assert verdict.passed == (exercise != wrong.exercise), verdict.text()
