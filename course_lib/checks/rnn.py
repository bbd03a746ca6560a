"""The visible checks of the assignment `rnn`.

Most are stored as cases. Here are those of answers that are no arrays: each takes the student's
function, raises `CheckFailed` with what is wrong, or prints what was checked.
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course_lib.checks import CheckFailed
from course_lib.checks.running import require_right, stored_check
from course_lib.compare import type_in_words
from course_lib.plain import as_plain

SILENCE = {"a": (0.5, 1), "b": (2, 1), "c": (2, -1), "d": (-2, 1), "e": (-0.5, 1), "f": (2, 0)}
MOST_UNITS = 100
WORDS = ("zero", "positive", "negative", "swings")

_WORDS_QUOTED = ", ".join(f'"{word}"' for word in WORDS)

Function = Callable[..., Any]

__getattr__ = partial(stored_check, __name__)


def check_predict_after_silence(predict_after_silence: Function, rnn_forward: Function) -> None:
    """Exercise 3: the form of the answers; then the student's own network is run beside them."""
    answers = as_plain(predict_after_silence())
    if type(answers) is not dict:
        raise CheckFailed(f"It gives back {type_in_words(answers)}, expected a dict.")
    for case in SILENCE:
        word = answers.get(case)
        if type(word) is not str or word not in WORDS:
            raise CheckFailed(f"Case {case}: choose one of {_WORDS_QUOTED}.")
    require_right("rnn", rnn_forward=rnn_forward)
    x = np.zeros((60, 1, 1))
    print("case     w  x_1   your prediction   the state at t = 58, 59, 60")
    for case, (w, sound) in SILENCE.items():
        x[0] = sound
        W_xh, W_hh, b_h = np.ones((1, 1)), np.full((1, 1), float(w)), np.zeros(1)
        h, _ = rnn_forward(x, np.zeros((1, 1)), W_xh, W_hh, b_h)
        last = "  ".join(f"{value:9.6f}" for value in h[-3:, 0, 0])
        print(f"{case:<5}{w:>5} {sound:>4}   {answers[case]:<15}   {last}")
    print("Where they do not agree: what did you expect, and what happens?")


def check_adder_weights(
    adder_weights: Function, rnn_forward: Function, output_forward: Function
) -> None:
    """Exercise 13: the form of the weights; then the student's own network adds short numbers."""
    w = as_plain(adder_weights())
    if type(w) is not dict:
        raise CheckFailed(f"It gives back {type_in_words(w)}, expected a dict.")
    for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y"):
        if name not in w:
            raise CheckFailed(f"{name} is missing in the dict.")
        if type(w[name]) is not np.ndarray:
            raise CheckFailed(f"{name}: it is {type_in_words(w[name])}, expected a NumPy array.")
    units = len(np.ravel(w["b_h"]))
    if not 1 <= units <= MOST_UNITS:
        raise CheckFailed(f"b_h: it has {units} units, expected from 1 to {MOST_UNITS}.")
    shapes = {"W_xh": (2, units), "W_hh": (units, units), "b_h": (units,), "W_hy": (units, 1)}
    for name, shape in (shapes | {"b_y": (1,)}).items():
        if w[name].shape != shape:
            raise CheckFailed(
                f"{name}: shape {w[name].shape}, expected {shape}, where b_h has {units} units."
            )
    bits = 4
    pairs = list(itertools.product(range(2**bits), repeat=2))
    x = np.array(
        [[[a >> t & 1, b >> t & 1] for a, b in pairs] for t in range(bits + 1)], dtype=float
    )
    require_right("rnn", rnn_forward=rnn_forward, output_forward=output_forward)
    h, _ = rnn_forward(x, np.zeros((len(pairs), units)), w["W_xh"], w["W_hh"], w["b_h"])
    o, _ = output_forward(h, w["W_hy"], w["b_y"])
    got = o[:, :, 0] > 0.5
    for n, (a, b) in sorted(enumerate(pairs), key=lambda item: sum(item[1])):
        wanted = [a + b >> t & 1 for t in range(bits + 1)]
        answer = [int(bit) for bit in got[:, n]]
        if answer != wanted:
            raise CheckFailed(
                f"For {a} + {b} your network answers {answer}, lowest bit first; expected "
                f"{wanted}. It goes wrong at step {1 + _first_difference(answer, wanted)}."
            )
    print(f"adder_weights: all sums of numbers of {bits} bits are right. Tests go on to 500 bits.")


def _first_difference(one: list[int], other: list[int]) -> int:
    return next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
