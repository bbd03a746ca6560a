"""The visible checks of the assignment `bptt`.

Most are stored as cases. Here is that of the prediction: it takes the student's function, raises
`CheckFailed` with what is wrong, or prints what happens.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course_lib.checks import CheckFailed
from course_lib.checks.running import require_right, stored_check
from course_lib.compare import type_in_words
from course_lib.plain import as_plain

HUNDRED_STEPS = {"a": (0.5, 0), "b": (1, 0), "c": (2, 0), "d": (2, 1), "e": (-1, 0), "f": (2, 1e-3)}
WORDS = ("vanishes", "stays", "explodes")

_WORDS_QUOTED = ", ".join(f'"{word}"' for word in WORDS)

Function = Callable[..., Any]

__getattr__ = partial(stored_check, __name__)


def check_predict_first_gradient(
    predict_first_gradient: Function, state_gradient: Function
) -> None:
    """Exercise 4: the form of the answers; then the student's own exercise 2 is run beside them."""
    answers = as_plain(predict_first_gradient())
    if type(answers) is not dict:
        raise CheckFailed(f"It gives back {type_in_words(answers)}, expected a dict.")
    for case in HUNDRED_STEPS:
        word = answers.get(case)
        if type(word) is not str or word not in WORDS:
            raise CheckFailed(f"Case {case}: choose one of {_WORDS_QUOTED}.")
    require_right("bptt", state_gradient=state_gradient)
    print("case     w    h_0   your prediction   the size of dh_t at t = 90, 50, 10, 0")
    none = np.zeros((1, 1))
    for case, (w, start) in HUNDRED_STEPS.items():
        h = [np.full((1, 1), float(start))]
        for _ in range(100):
            h.append(np.tanh(w * h[-1]))
        dh, sizes = np.ones((1, 1)), {}
        for t in range(99, -1, -1):
            dh = state_gradient(none, dh, h[t + 1], none, np.full((1, 1), float(w)))
            sizes[t] = abs(dh[0, 0])
        seen = "  ".join(f"{sizes[t]:8.1e}" for t in (90, 50, 10, 0))
        print(f"{case:<5}{w:>5} {start:>6}   {answers[case]:<15}   {seen}")
    print("Where they do not agree: what did you expect, and what happens?")
