"""The same gradients with few states in memory: some are kept, the others computed twice
(book/bptt/cost).

Losses, `y`, `params` and the names of the gradients are as in `course_lib.reference.bptt`.
"""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from jaxtyping import Float

from course_lib.reference.bptt import (
    Gradients,
    Loss,
    Params,
    pick,
    require_steps,
    require_targets,
    sequence_gradients,
    sequence_loss,
    states_and_outputs,
)
from course_lib.reference.rnn import rnn_cell_forward
from course_lib.shapes import checked, unchecked


@dataclass
class StateCount:
    """How many states (N, H) are kept now, how many were at the most, how many were computed."""

    now: int = 0
    most: int = 0
    computed: int = 0

    def keep(self, states: int) -> None:
        self.now += states
        self.most = max(self.most, self.now)

    def drop(self, states: int) -> None:
        self.now -= states


@checked
def checkpointed_backward(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    loss: Loss = "squared",
    every: int | None = None,
    count: StateCount | None = None,
) -> tuple[np.floating, Gradients]:
    """Loss and gradients as `bptt`'s, from one state in `every` steps; the others are computed
    again.

    `every` is the square root of T, rounded up, if not given: then about 2 sqrt(T) states are in
    memory at the most. `count`, if given, is told what is kept. Raises ValueError if every < 1, and
    as `bptt` does.
    """
    W_xh, W_hh, b_h, *_ = pick(params)
    require_steps("x", x)
    require_targets(y, len(x))
    every = ceil(sqrt(len(x))) if every is None else every
    if every < 1:
        raise ValueError(f"every: {every}, expected at least 1 step")
    count = StateCount() if count is None else count

    cell = rnn_cell_forward  # checks the shapes at the first step, later they are the same
    checkpoints, h_t = [], h0
    for t in range(len(x)):
        if t % every == 0:
            checkpoints.append(h_t)
            count.keep(1)
        if t < (len(x) - 1) // every * every:  # the last segment is run once, below
            h_t, _ = cell(x[t], h_t, W_xh, W_hh, b_h)
            cell = unchecked(rnn_cell_forward)
            count.computed += 1

    L, grads, M = np.float64(0), dict[str, np.ndarray](), x.shape[0] * x.shape[1]
    from_right = np.zeros_like(h0)
    for start in range((len(checkpoints) - 1) * every, -1, -every):
        segment = slice(start, start + every)
        h_start = checkpoints.pop()
        h, o = states_and_outputs(x[segment], h_start, params)
        count.keep(len(h))
        count.computed += len(h)
        L_segment, do = sequence_loss(o, y[segment], loss, M)
        segment_grads, _, from_right = sequence_gradients(
            x[segment], h_start, h, do, params, from_right
        )
        L += L_segment
        grads = {name: grads.get(name, 0) + value for name, value in segment_grads.items()}
        count.drop(len(h) + 1)
    return L, grads
