"""Truncated backpropagation through time: by windows, by a limit on the steps back, and at random
(book/bptt/truncated).

Losses, `y`, `params` and the names of the gradients are as in `course_lib.reference.bptt`.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from course_lib.optim import Optimizer
from course_lib.reference.bptt import (
    PARAMS,
    Gradients,
    Loss,
    Params,
    parameter_gradients,
    pick,
    require_steps,
    require_targets,
    sequence_gradients,
    sequence_loss,
    states_and_outputs,
)
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_backward, rnn_cell_forward
from course_lib.shapes import checked, require_shape


@checked
def truncated_bptt(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    k: int,
    loss: Loss = "squared",
    carry: bool = True,
) -> tuple[np.floating, Gradients]:
    """Loss and gradients with the sequence cut into windows of k steps (the last may be shorter).

    The gradient stays inside a window. The state goes on to the next window as a mere number with
    `carry`; without, every window but the first starts from 0, and so the loss is another one too.
    k >= T is `bptt`. Raises ValueError if k < 1, and as `bptt` does.
    """
    require_steps_back(k)
    require_steps("x", x)
    require_targets(y, len(x))
    M = x.shape[0] * x.shape[1]
    L, grads = np.float64(0), {name: np.zeros_like(value) for name, value in _named(params)}
    for start in range(0, len(x), k):
        window = slice(start, start + k)
        h, o = states_and_outputs(x[window], h0, params)
        L_window, do = sequence_loss(o, y[window], loss, M)
        grads_window, _, _ = sequence_gradients(x[window], h0, h, do, params)
        L += L_window
        grads = {name: grads[name] + grads_window[name] for name in grads}
        h0 = h[-1] if carry else np.zeros_like(h0)
    return L, grads


@checked
def windowed_bptt(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    k: int,
    loss: Loss = "squared",
) -> tuple[np.floating, Gradients]:
    """Loss and gradients with the gradient of each L_t going back through k steps: t, ..., t-k+1.

    k = 1 sees only the step itself, k >= T is `bptt`. Raises ValueError if k < 1, and as `bptt`
    does.
    """
    h, o = states_and_outputs(x, h0, params)
    L, do = sequence_loss(o, y, loss)
    dh = windowed_state_gradients(do, h, params["W_hy"], params["W_hh"], k)
    return L, parameter_gradients(x, h0, h, do, dh)


@checked
def windowed_state_gradients(
    do: Float[np.ndarray, "T N K"],
    h: Float[np.ndarray, "T N H"],
    W_hy: Float[np.ndarray, "H K"],
    W_hh: Float[np.ndarray, "H H"],
    k: int,
) -> Float[np.ndarray, "T N H"]:
    """dh[t] = the gradient of L_t + ... + L_{t+k-1} alone with respect to h_t.

    All T losses go back together, one step at a time: k - 1 products with (T, N, H) arrays.
    """
    require_steps_back(k)
    require_steps("h", h)
    by_loss = do @ W_hy.T  # of each L_t, with respect to the state that it has come down to
    dh = by_loss.copy()
    for lag in range(1, min(k, len(h))):
        by_loss = (by_loss[1:] * (1 - h[1 : len(h) - lag + 1] ** 2)) @ W_hh.T
        dh[: len(by_loss)] += by_loss
    return dh


@checked
def randomized_bptt(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    keep: float,
    rng: np.random.Generator,
    loss: Loss = "squared",
) -> tuple[np.floating, Gradients]:
    """Loss and gradients with the way back cut at random: an estimate without bias of `bptt`'s.

    Between any two steps, what comes from the right is dropped with probability 1 - keep and
    multiplied by 1 / keep otherwise. Raises ValueError unless 0 < keep <= 1, and as `bptt` does.
    """
    require_steps("x", x)
    return passed_bptt(x, y, h0, params, random_passes(rng, len(x), keep), loss)


@checked
def passed_bptt(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    passes: Float[np.ndarray, " T-1"],
    loss: Loss = "squared",
) -> tuple[np.floating, Gradients]:
    """Loss and gradients where what step t + 1 sends back to step t is multiplied by `passes[t]`.

    Here t counts from 0. All ones: `bptt`; 0 at the ends of windows: `truncated_bptt` with the
    state carried; `random_passes`: `randomized_bptt`.
    """
    h, o = states_and_outputs(x, h0, params)
    L, do = sequence_loss(o, y, loss)
    dh = passed_state_gradients(do, h, params["W_hy"], params["W_hh"], passes)
    return L, parameter_gradients(x, h0, h, do, dh)


@checked
def passed_state_gradients(
    do: Float[np.ndarray, "T N K"],
    h: Float[np.ndarray, "T N H"],
    W_hy: Float[np.ndarray, "H K"],
    W_hh: Float[np.ndarray, "H H"],
    passes: Float[np.ndarray, " T_minus_1"],
) -> Float[np.ndarray, "T N H"]:
    """dh[t] = do[t] W_hy^T + passes[t] (dh[t+1] * (1 - h[t+1]^2)) W_hh^T, t counted from 0."""
    require_steps("h", h)
    require_shape("passes", passes, (len(h) - 1,))
    dh = do @ W_hy.T
    for t in range(len(h) - 2, -1, -1):
        dh[t] += passes[t] * (dh[t + 1] * (1 - h[t + 1] ** 2)) @ W_hh.T
    return dh


def random_passes(rng: np.random.Generator, T: int, keep: float) -> Float[np.ndarray, " {T}-1"]:
    """T - 1 independent factors of mean 1: 1 / keep with probability keep, otherwise 0.

    Raises ValueError unless 0 < keep <= 1.
    """
    if not 0 < keep <= 1:
        raise ValueError(f"keep: {keep}, expected 0 < keep <= 1")
    return (rng.random(max(T - 1, 0)) < keep) / keep


@dataclass
class WindowLearner:
    """Learns from an endless stream: after each step, one update by the gradient of its loss
    through the last k steps (book/bptt/rtrl, to compare with `RTRLLearner`).

    `params` are changed in place by `optimizer`; `h` (N, H) is the state, at first the start state.
    The loss of a step is a mean over the N sequences. The states of the last k steps are kept, not
    computed again with the new parameters.
    """

    params: dict[str, np.ndarray]
    optimizer: Optimizer
    h: np.ndarray
    k: int
    loss: Loss = "squared"
    caches: deque = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require_steps_back(self.k)
        pick(self.params)
        self.caches = deque(maxlen=self.k)

    def step(self, x_t: Float[np.ndarray, "N D"], y_t: np.ndarray) -> np.floating:
        """Read x_t (N, D), predict, learn from y_t ((N, K), or (N,) of classes); returns L_t before
        the update.
        """
        W_xh, W_hh, b_h, W_hy, b_y = pick(self.params)
        self.h, cache = rnn_cell_forward(x_t, self.h, W_xh, W_hh, b_h)
        self.caches.append((*cache[:2], cache[4]))
        o_t, _ = output_forward(self.h, W_hy, b_y)
        L_t, do_t = sequence_loss(o_t, y_t, self.loss)
        grads = {name: np.zeros_like(value) for name, value in _named(self.params)}
        grads["W_hy"], grads["b_y"] = self.h.T @ do_t, do_t.sum(axis=0)
        dh = do_t @ W_hy.T
        for x, h_prev, h in reversed(self.caches):
            _, dh, *step = rnn_cell_backward(dh, (x, h_prev, W_xh, W_hh, h))
            for name, gradient in zip(("W_xh", "W_hh", "b_h"), step, strict=True):
                grads[name] += gradient
        self.optimizer.step(self.params, grads)
        return L_t


def require_steps_back(k: int) -> None:
    """Raise ValueError unless k is at least 1."""
    if k < 1:
        raise ValueError(f"k: {k}, expected at least 1 step")


def _named(params: Params) -> list[tuple[str, np.ndarray]]:
    return list(zip(PARAMS, pick(params), strict=True))
