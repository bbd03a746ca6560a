"""The visible checks: what is stored, and what they say to answers of a wrong form."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from answers import BY_NAME

from course_lib.checks import CheckFailed, bptt, rnn
from course_lib.checks.judging import Case
from course_lib.checks.stored import read_checks
from course_lib.reference.bptt import state_gradient
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_forward
from course_lib.sameness import same

RNN = BY_NAME["rnn"]


def test_what_is_stored_comes_back_as_it_was() -> None:
    checks = RNN.hidden.checks()
    read = read_checks("rnn")
    assert read.keys() == checks.keys()
    for name, check in checks.items():
        assert (read[name].number, read[name].says) == (check.number, check.says)
        for one, other in zip(check.cases, read[name].cases, strict=True):
            for field in fields(Case):
                assert same(getattr(one, field.name), getattr(other, field.name), rtol=0)


CELL_WITHOUT_BIAS = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh)
    return h, (x, h_prev, W_xh, W_hh, h)
"""
STUB = "def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):\n    raise NotImplementedError()"
WORDS = {"a": "zero", "b": "positive", "c": "negative", "d": "swings", "e": "zero", "f": "zero"}


@pytest.mark.parametrize(("cell", "state"), [(CELL_WITHOUT_BIAS, "right"), (STUB, "answered")])
def test_the_exercise_to_begin_with_is_found_behind_those_that_use_it(
    cell: str, state: str
) -> None:
    names = RNN.namespace(rnn_cell_forward=cell)
    names["predict_after_silence"] = gives(WORDS)
    words = rf"^Exercise 1 \(rnn_cell_forward\) is used here, and is not {state} yet"
    for name in ("rnn_forward", "predict_after_silence", "birnn_forward", "sample_sequence"):
        with pytest.raises(CheckFailed, match=words):
            exec(RNN.exercises[name].check, names)


def test_a_right_answer_is_not_held_up_by_an_earlier_one() -> None:
    names = RNN.namespace(softmax="def softmax(o):\n    return o")
    exec(RNN.exercises["cross_entropy"].check, names)


def gives(value: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: value


def test_predictions_are_run_with_the_students_own_network() -> None:
    with pytest.raises(CheckFailed, match=r"Exercise 2 .* is used here"):
        rnn.check_predict_after_silence(gives(WORDS), gives((np.zeros(3), [])))
    for wrong in ({**WORDS, "d": "swing"}, {**WORDS, "a": np.zeros(3)}, {**WORDS, "b": None}):
        with pytest.raises(CheckFailed, match="choose one of"):
            rnn.check_predict_after_silence(gives(wrong), rnn_forward)


def test_a_wrong_prediction_is_shown_beside_what_happens(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rnn.check_predict_after_silence(gives(dict.fromkeys("abcdef", "zero")), rnn_forward)
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].split() == ["d", "-2", "1", "zero", "-0.957504", "0.957504", "-0.957504"]


def test_the_adder_uses_the_students_own_network() -> None:
    good = {"W_xh": np.ones((2, 3)), "W_hh": np.zeros((3, 3)), "b_h": np.zeros(3)}
    good |= {"W_hy": np.ones((3, 1)), "b_y": np.zeros(1)}
    with pytest.raises(CheckFailed, match=r"Exercise 4 .* is used here"):
        rnn.check_adder_weights(gives(good), rnn_forward, gives((np.zeros(2), ())))
    for name, array in (("W_xh", np.ones((3, 2))), ("b_y", np.zeros((1, 1))), ("W_hy", np.ones(3))):
        with pytest.raises(CheckFailed, match=rf"^{name}: shape .*, expected "):
            rnn.check_adder_weights(gives({**good, name: array}), rnn_forward, output_forward)
    for units in (0, 101):
        other = {"W_xh": np.ones((2, units)), "W_hh": np.zeros((units, units))}
        other |= {"b_h": np.zeros(units), "W_hy": np.ones((units, 1))}
        with pytest.raises(CheckFailed, match=rf"^b_h: it has {units} units, expected from 1 to"):
            rnn.check_adder_weights(gives({**good, **other}), rnn_forward, output_forward)
    with pytest.raises(CheckFailed, match=r"^For 1 \+ 1 your network answers \[1, 0, 0, 0, 0\]"):
        rnn.check_adder_weights(gives(good), rnn_forward, output_forward)


def test_a_predicted_gradient_is_sent_back_by_the_students_own_exercise(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = dict.fromkeys("abcdef", "vanishes")
    with pytest.raises(CheckFailed, match=r"Exercise 2 .* is used here"):
        bptt.check_predict_first_gradient(gives(words), gives(np.zeros((1, 1))))
    with pytest.raises(CheckFailed, match="choose one of"):
        bptt.check_predict_first_gradient(gives({**words, "b": "stay"}), state_gradient)
    bptt.check_predict_first_gradient(gives(words), state_gradient)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["b", "1", "0", "vanishes", *4 * ["1.0e+00"]]


def test_an_exception_in_an_answer_says_in_which_case() -> None:
    def two_axes_only(h: np.ndarray, W_hy: np.ndarray, b_y: np.ndarray) -> object:
        if h.ndim > 2:
            raise IndexError("too many axes")
        return output_forward(h, W_hy, b_y)

    with pytest.raises(IndexError) as caught:
        rnn.check_output_forward(two_axes_only)
    assert "The call had h (" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("exercise", "old", "new", "words"),
    [
        ("rnn_cell_forward", "W_hh, h)", "W_hh, b_h)", r"cache\[4\]: it is b_h, expected h\."),
        ("rnn_cell_forward", "(x, h_prev, W_xh, W_hh, h)", "(h_prev, x)", "it is a tuple of 2"),
        ("rnn_cell_forward", "W_hh, h)", "h, W_hh)", r"cache\[3\]: it is h, expected W_hh\."),
        ("rnn_forward", "    return np", "        return np", "end after its first step"),
        ("rnn_forward", "np.stack(h)", "h_prev", r"^With h0 = 0, h: shape \(4, 5\)"),
        ("sequence_to_class", "b_y)[0]", "b_y)", "of which the first is right"),
        ("one_hot", "np.eye(V)[ids]", "None", "Is the return missing"),
    ],
)
def test_a_check_names_what_came_instead(exercise: str, old: str, new: str, words: str) -> None:
    source = RNN.hidden.solutions[exercise]
    assert old in source
    names = RNN.namespace(**{exercise: source.replace(old, new)})
    with pytest.raises(CheckFailed, match=words):
        exec(RNN.exercises[exercise].check, names)


def test_none_among_several_results_is_no_missing_return() -> None:
    source = RNN.hidden.solutions["rnn_cell_forward"].replace("return h,", "return None,")
    names = RNN.namespace(rnn_cell_forward=source)
    with pytest.raises(CheckFailed) as caught:
        exec(RNN.exercises["rnn_cell_forward"].check, names)
    assert "h: it is None, expected a NumPy array" in str(caught.value)
    assert "return" not in str(caught.value)
