"""The visible checks: what is stored, and what they say to answers of a wrong form."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from answers import BY_NAME

from course_lib.checks import CheckFailed, call_unchanged, expect, expect_form, pair, rnn, wave
from course_lib.checks.judging import Case
from course_lib.checks.stored import read_checks
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


def test_a_check_says_that_an_earlier_exercise_is_not_right() -> None:
    cell = """
def rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h):
    h = np.tanh(x @ W_xh + h_prev @ W_hh)
    return h, (x, h_prev, W_xh, W_hh, h)
"""
    names = RNN.namespace(rnn_cell_forward=cell)
    with pytest.raises(CheckFailed, match=r"^Exercise 1 \(rnn_cell_forward\) is used here"):
        rnn.check_rnn_forward(names["rnn_forward"])


def gives(value: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: value


def test_predictions_are_run_with_the_students_own_network() -> None:
    words = {"a": "zero", "b": "positive", "c": "negative", "d": "swings", "e": "zero", "f": "zero"}
    with pytest.raises(CheckFailed, match=r"Exercise 2 .* is used here"):
        rnn.check_predict_after_silence(gives(words), gives((np.zeros(3), [])))
    for wrong in ({**words, "d": "swing"}, {**words, "a": np.zeros(3)}, {**words, "b": None}):
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
    with pytest.raises(CheckFailed, match=r"^For 1 \+ 1 your network answers \[1, 0, 0, 0, 0\]"):
        rnn.check_adder_weights(gives(good), rnn_forward, output_forward)


def test_tools() -> None:
    expect("h", np.ones(2), np.ones(2) + 1e-8)
    with pytest.raises(CheckFailed, match=r"^With T = 1: h: all values differ"):
        expect("h", np.ones(2), np.zeros(2), note="With T = 1:")
    with pytest.raises(CheckFailed, match="is it transposed"):
        expect_form("h", np.zeros((2, 3)), (3, 2))
    assert pair([1, 2], "(h, cache)") == (1, 2)
    with pytest.raises(CheckFailed, match="is the `return` missing"):
        pair(None, "(h, cache)")
    with pytest.raises(CheckFailed, match=r"`return h, cache`"):
        pair(np.zeros(2), "(h, cache)")
    assert call_unchanged(lambda x: x + 1, ("x",), (np.ones(1),)) == 2

    def spoils(x: np.ndarray) -> None:
        x += 1

    with pytest.raises(CheckFailed, match=r"^x has another content"):
        call_unchanged(spoils, ("x",), (np.ones(1),))
    assert np.abs(wave(100)).max() <= 1
    assert len(np.unique(wave(5, 5))) == 25
