"""Solutions, alternatives and mistakes, each against the hidden tests and the visible checks."""

import re

import numpy as np
import pytest
from answers import (
    alternatives,
    case_name,
    exercises,
    hidden,
    mistakes,
    namespace,
    student_with,
    verdict_on,
)

from course_lib.checks import CheckFailed
from course_lib.testing import Entry, as_student, source_of

#: Mistakes that a visible check lets through, each with the reason why it should.
ONLY_HIDDEN = {
    "everything_fades": "the check of a prediction shows what happens, and does not judge",
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
}


@pytest.mark.parametrize("name", exercises())
def test_solution_gets_full_marks_and_no_hint(name: str) -> None:
    verdict = hidden().grade(name, as_student(namespace()[name]))
    assert verdict.passed, verdict.text()
    assert verdict.fraction == 1
    assert (verdict.mistake, verdict.hint) == (None, None)


@pytest.mark.parametrize("name", exercises())
def test_reference_gets_full_marks(name: str) -> None:
    verdict = hidden().grade(name, as_student(hidden().REFERENCE[name]))
    assert verdict.passed, verdict.text()


@pytest.mark.parametrize("name", exercises())
def test_solution_passes_its_visible_check_and_prints_a_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(exercises()[name].check, namespace())
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(len(line) <= 100 for line in lines)
    if name != "predict_after_silence":
        assert len(lines) == 1
        assert lines[0].startswith(f"{name}: ")


@pytest.mark.parametrize("entry", alternatives(), ids=case_name)
def test_alternative_gets_full_marks_and_no_hint(entry: Entry) -> None:
    verdict = verdict_on(entry)
    assert verdict.passed, verdict.text()
    assert verdict.hint is None


@pytest.mark.parametrize("entry", alternatives(), ids=case_name)
def test_alternative_passes_the_visible_check(entry: Entry) -> None:
    exec(
        exercises()[entry.exercise].check,
        namespace(**{entry.exercise: source_of(entry)}),
    )


@pytest.mark.parametrize("entry", mistakes(), ids=case_name)
def test_mistake_is_rejected_and_named(entry: Entry) -> None:
    verdict = verdict_on(entry)
    assert not verdict.passed
    assert verdict.fraction <= 0.9
    assert verdict.mistake == entry.name, verdict.text()
    assert verdict.hint == entry.hint
    assert f"Hint: {entry.hint}" in verdict.text()


@pytest.mark.parametrize("entry", mistakes(), ids=case_name)
def test_visible_check_fails_on_the_mistake_with_a_message(entry: Entry) -> None:
    check = exercises()[entry.exercise].check
    names = namespace(**{entry.exercise: source_of(entry)})
    if entry.name in ONLY_HIDDEN:
        exec(check, names)
        return
    # Some mistakes raise by themselves, as they will in the student's notebook.
    with np.errstate(all="ignore"), pytest.raises((CheckFailed, ValueError)) as caught:
        exec(check, names)
    assert 20 <= len(str(caught.value)) <= 400 or caught.type is ValueError


def test_bank_is_large_and_told_apart() -> None:
    assert len(mistakes()) >= 35
    assert set(ONLY_HIDDEN) <= {entry.name for entry in mistakes()}
    for entries in (mistakes(), alternatives()):
        names = [entry.name for entry in entries]
        assert len(set(names)) == len(names)
    assert not {e.name for e in mistakes()} & {e.name for e in alternatives()}


@pytest.mark.parametrize("entry", mistakes(), ids=case_name)
def test_mistake_says_what_is_believed_and_a_hint_without_the_line(entry: Entry) -> None:
    assert entry.belief.endswith((".", "!"))
    assert entry.hint is not None
    assert entry.hint.endswith((".", "?"))
    solution = exercises()[entry.exercise].answer.split("### BEGIN SOLUTION")[1]
    for line in solution.splitlines():
        code = line.strip()
        if len(code) > 12 and not code.startswith("#"):
            assert code not in entry.hint


@pytest.mark.parametrize("name", exercises())
def test_stub_raises_exactly_not_implemented_and_scores_nothing(name: str) -> None:
    answer = exercises()[name].answer
    stub = re.sub(
        r"( *)### BEGIN SOLUTION.*### END SOLUTION",
        r"\1raise NotImplementedError()",
        answer,
        flags=re.DOTALL,
    )
    verdict = hidden().grade(name, student_with(name, stub))
    assert verdict.fraction == 0
    assert verdict.hint is None
    assert verdict.text() == (
        f"None of {len(verdict.parts)} parts passed. It is not answered yet (NotImplementedError)."
    )
    with pytest.raises(NotImplementedError) as caught:
        exec(exercises()[name].check, namespace(**{name: stub}))
    assert caught.type is NotImplementedError


def test_a_mistake_in_an_early_rung_costs_that_rung_only() -> None:
    wrong = next(entry for entry in mistakes() if entry.name == "forgets_bias")
    names = namespace(rnn_cell_forward=source_of(wrong))
    for name in exercises():
        verdict = hidden().grade(name, as_student(names[name]))
        assert verdict.passed == (name != "rnn_cell_forward"), verdict.text()


def test_rungs_that_fit_only_each_other_count_as_well() -> None:
    cell = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
"""
    sequence = """
def rnn_forward(x, h0, W_xh, W_hh, b_h):
    h, cache = [h0], []
    for x_t in x:
        h.append(rnn_cell_forward(x_t, h[-1], W_xh, W_hh, b_h))
        cache.append((x_t, h[-2], W_xh, W_hh, h[-1]))
    return np.stack(h[1:]), cache
"""
    names = namespace(rnn_cell_forward=cell, rnn_forward=sequence)
    assert hidden().grade("rnn_forward", as_student(names["rnn_forward"])).passed


def test_two_mistakes_at_once_are_named_by_the_one_in_the_state() -> None:
    source = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh)
    return h, {"what": "ever"}
"""
    verdict = hidden().grade("rnn_cell_forward", student_with("rnn_cell_forward", source))
    assert verdict.mistake == "forgets_bias"


def test_another_mistake_in_the_cache_is_not_named() -> None:
    source = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (W_xh, W_hh, b_h, h)
"""
    verdict = hidden().grade("rnn_cell_forward", student_with("rnn_cell_forward", source))
    assert not verdict.passed
    assert verdict.mistake is None


def test_weights_that_add_the_same_wrong_way_are_named() -> None:
    source = """
def adder_weights():
    return {
        "W_xh": np.full((2, 4), 70.0),
        "W_hh": np.zeros((4, 4)),
        "b_h": np.array([-30.0, -110.0, 5.0, -400.0]),
        "W_hy": np.array([[4.0], [-4.0], [0.0], [0.0]]),
        "b_y": np.array([0.1]),
    }
"""
    verdict = hidden().grade("adder_weights", student_with("adder_weights", source))
    assert verdict.mistake == "adds_without_carry"
