"""Solutions, alternatives and mistakes, each against the hidden tests and the visible checks."""

import re

import numpy as np
import pytest
from answers import (
    ASSIGNMENTS,
    Assignment,
    for_each_alternative,
    for_each_assignment,
    for_each_exercise,
    for_each_mistake,
)

from autograder.testing import Entry, as_student, source_of
from course_lib.checks import CheckFailed

A_PREDICTION = "the check of a prediction shows what happens, and does not judge"
#: Mistakes that a visible check lets through, each with the reason why it should.
ONLY_HIDDEN = {
    "rnn": {
        "everything_fades": A_PREDICTION,
        "sign_of_the_weight": "the same",
        "every_negative_weight_swings": "the same",
        "forgets_the_sign_of_the_sound": "the same",
        "large_weight_wakes_up_alone": "the same",
        "nothing_is_forgotten": "the same",
        "lowers_capitals": "a case that students are to think of themselves",
        "a_sum_that_equals_u_is_enough": "the same: the task says it in words",
        "falls_off_the_end": "the same: the task says it in words",
        "soft_switches": "right for the short numbers of the check",
        "one_set_of_weights_above_the_first": "shows with three layers only",
    },
    "bptt": {
        "only_the_weight_counts": A_PREDICTION,
        "everything_vanishes": "the same",
        "the_slope_is_below_one": "the same",
        "a_small_state_stays_small": "the same",
        "a_lasting_memory_keeps_its_gradient": "the same",
        "a_negative_weight_swings_out": "the same",
        "divides_by_what_was_measured": "the same order, but for errors close to the tolerance",
    },
}
#: Exercises that ask for a prediction: their checks say more than one line, and judge nothing.
PREDICTIONS = {"predict_after_silence", "predict_first_gradient"}
#: How many known mistakes there are at least.
MISTAKES = {"rnn": 100, "bptt": 140}


@for_each_exercise
def test_solution_gets_full_marks_and_no_hint(of: Assignment, name: str) -> None:
    verdict = of.hidden.grade(name, as_student(of.namespace()[name]))
    assert verdict.passed, verdict.text()
    assert verdict.fraction == 1
    assert (verdict.mistake, verdict.hint) == (None, None)


@for_each_exercise
def test_reference_gets_full_marks(of: Assignment, name: str) -> None:
    verdict = of.hidden.grade(name, as_student(of.hidden.REFERENCE[name]))
    assert verdict.passed, verdict.text()


@for_each_exercise
def test_solution_passes_its_visible_check_and_prints_a_line(
    of: Assignment, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(of.exercises[name].check, of.namespace())
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(len(line) <= 100 for line in lines)
    if name not in PREDICTIONS:
        assert len(lines) == 1
        assert lines[0].startswith(f"{name}: ")


@for_each_alternative
def test_alternative_gets_full_marks_and_no_hint(of: Assignment, entry: Entry) -> None:
    verdict = of.verdict_on(entry)
    assert verdict.passed, verdict.text()
    assert verdict.hint is None


@for_each_alternative
def test_alternative_passes_the_visible_check(of: Assignment, entry: Entry) -> None:
    exec(of.exercises[entry.exercise].check, of.namespace(**{entry.exercise: source_of(entry)}))


@for_each_mistake
def test_mistake_is_rejected_and_named(of: Assignment, entry: Entry) -> None:
    verdict = of.verdict_on(entry)
    assert not verdict.passed
    assert verdict.fraction <= 0.9
    assert verdict.mistake == entry.name, verdict.text()
    assert verdict.hint == entry.hint
    assert f"Hint: {entry.hint}" in verdict.text()


@for_each_mistake
def test_visible_check_fails_on_the_mistake_with_a_message(of: Assignment, entry: Entry) -> None:
    check = of.exercises[entry.exercise].check
    names = of.namespace(**{entry.exercise: source_of(entry)})
    if entry.name in ONLY_HIDDEN[of.name]:
        exec(check, names)
        return
    # Some mistakes raise by themselves, as they will in the student's notebook.
    with np.errstate(all="ignore"), pytest.raises((CheckFailed, ValueError)) as caught:
        exec(check, names)
    assert 20 <= len(str(caught.value)) <= 400 or caught.type is ValueError


@for_each_assignment
def test_bank_is_large_and_told_apart(of: Assignment) -> None:
    assert len(of.mistakes) >= MISTAKES[of.name]
    assert set(ONLY_HIDDEN[of.name]) <= {entry.name for entry in of.mistakes}
    for entries in (of.mistakes, of.alternatives):
        names = [entry.name for entry in entries]
        assert len(set(names)) == len(names)
    assert not {e.name for e in of.mistakes} & {e.name for e in of.alternatives}


def test_every_assignment_of_the_course_is_tested_here() -> None:
    folders = {path.parent.name for path in ASSIGNMENTS[0].folder.parent.glob("*/hidden.py")}
    assert {of.name for of in ASSIGNMENTS} == folders == set(MISTAKES)


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


@pytest.mark.parametrize(
    "name", ["forgets_bias", "cell_without_slope", "drops_what_comes_from_the_right"]
)
def test_a_mistake_in_an_early_rung_costs_that_rung_only(name: str) -> None:
    ((of, wrong),) = [(of, e) for of in ASSIGNMENTS for e in of.mistakes if e.name == name]
    names = of.namespace(**{wrong.exercise: source_of(wrong)})
    for exercise in of.exercises:
        verdict = of.hidden.grade(exercise, as_student(names[exercise]))
        assert verdict.passed == (exercise != wrong.exercise), verdict.text()
