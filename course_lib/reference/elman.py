"""Elman's simple recurrent network, step by step, with its context units in sight (book/rnn/cell).

The context units hold a copy of the hidden units one step ago. This is the same network as in
`course_lib.reference.rnn`; only the copy is drawn as units of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from course_lib.shapes import checked


@dataclass(frozen=True)
class ElmanStep:
    """What all units of one network hold in one step."""

    x: Float[np.ndarray, " D"]
    context: Float[np.ndarray, " H"]
    hidden: Float[np.ndarray, " H"]
    output: Float[np.ndarray, " K"]


@checked
def elman_run(
    x: Float[np.ndarray, "T D"],
    context: Float[np.ndarray, " H"],
    W_xh: Float[np.ndarray, "D H"],
    W_hh: Float[np.ndarray, "H H"],
    b_h: Float[np.ndarray, " H"],
    W_hy: Float[np.ndarray, "H K"],
    b_y: Float[np.ndarray, " K"],
    activation: Callable[[np.ndarray], np.ndarray] = np.tanh,
) -> list[ElmanStep]:
    """Run one sequence and return every step's units, for tables and worked examples.

    hidden = activation(x W_xh + context W_hh + b_h), output = hidden W_hy + b_y; then context :=
    hidden.
    """
    steps = []
    for x_t in x:
        hidden = activation(x_t @ W_xh + context @ W_hh + b_h)
        steps.append(ElmanStep(x_t, context, hidden, hidden @ W_hy + b_y))
        context = hidden.copy()
    return steps
