"""The visible checks: their stored numbers, and what they say to answers of a wrong form."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib.checks import CheckFailed, call_unchanged, expect, expect_form, pair, rnn, wave
from course_lib.reference.bidirectional import birnn_forward
from course_lib.reference.deep import deep_rnn_forward
from course_lib.reference.language_model import sample_sequence, sentence_log_prob
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_forward, rnn_forward

T, N, D, H = rnn.T, rnn.N, rnn.D, rnn.H


def stored(text: str, expected: np.ndarray) -> None:
    numbers = np.array([float(number) for number in text.split()]).reshape(expected.shape)
    np.testing.assert_allclose(numbers, expected, rtol=0, atol=5.01e-9)


def test_stored_numbers_of_the_cell_are_the_references() -> None:
    x, h_prev, (W_xh, W_hh, b_h) = wave(N, D), wave(N, H, start=1), rnn.weights(D, H)
    no_x, no_h, no_b = np.zeros_like(x), np.zeros_like(h_prev), np.zeros_like(b_h)
    stored(rnn.CELL_STATE, rnn_cell_forward(x, h_prev, W_xh, W_hh, b_h)[0])
    stored(rnn.FROM_X, rnn_cell_forward(x, no_h, W_xh, W_hh, no_b)[0])
    stored(rnn.FROM_H_PREV, rnn_cell_forward(no_x, h_prev, W_xh, W_hh, no_b)[0])
    stored(rnn.FROM_BIAS, rnn_cell_forward(no_x, no_h, W_xh, W_hh, b_h)[0])


def test_stored_numbers_of_sequences_are_the_references() -> None:
    h0, shared = wave(N, H, start=1), rnn.weights(D, H)
    stored(rnn.STATES, rnn_forward(wave(T, N, D), h0, *shared)[0])
    both = rnn.weights(2, 3), rnn.weights(2, 3, start=5)
    stored(rnn.BOTH_DIRECTIONS, birnn_forward(wave(T, N, 2), wave(2, N, 3, start=1), *both)[0])
    layers = [rnn.weights(D, 3), rnn.weights(3, 3, start=5)]
    stored(rnn.TOP_LAYER, deep_rnn_forward(wave(T, N, D), wave(2, N, 3, start=1), layers)[0])


def test_stored_numbers_of_the_language_model_are_the_references() -> None:
    for ids, expected in rnn.LOG_PROBS.items():
        got = sentence_log_prob(np.array(ids), rnn._language_model())
        assert got == pytest.approx(expected, abs=5.01e-9)
    u = np.array([0.3, 0.9, 0.6, 0.5, 0.2, 0.8, 0.7, 0.45])
    ids = sample_sequence(rnn._language_model(), u, 1.0, 9)
    np.testing.assert_array_equal(ids, [1, 2, 1, 2, 1, 2, 2, 1])


def gives(value: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: value


def test_predictions_are_run_with_the_students_own_network() -> None:
    words = {"a": "zero", "b": "positive", "c": "negative", "d": "swings", "e": "zero", "f": "zero"}
    with pytest.raises(CheckFailed, match="Exercise 2 is used here"):
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
    with pytest.raises(CheckFailed, match="Exercises 2 and 4 are used here"):
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
