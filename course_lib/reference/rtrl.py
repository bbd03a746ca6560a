"""Real-time recurrent learning: the gradient is carried forward with the state (book/bptt/rtrl).

Losses, `y`, `params` and the names of the gradients are as in `course_lib.reference.bptt`.
"""

from dataclasses import dataclass, field
from math import prod

import numpy as np
from jaxtyping import Float

from course_lib.optim import Optimizer
from course_lib.reference.bptt import (
    PARAMS,
    Gradients,
    Loss,
    Params,
    pick,
    require_steps,
    require_targets,
    sequence_loss,
)
from course_lib.reference.output import output_forward
from course_lib.shapes import checked, require_shape, unchecked

#: How the state depends on the parameters: S["W_hh"][n, i, u, v] = dh[n, i] / dW_hh[u, v].
#: W_xh (N, H, D, H), W_hh (N, H, H, H), b_h (N, H, H).
Sensitivities = dict[str, np.ndarray]


def zero_sensitivities(
    N: int, D: int, H: int, dtype: np.dtype | type = np.float64
) -> Sensitivities:
    """S of the start state, which depends on no parameter."""
    return {name: np.zeros(shape, dtype) for name, shape in _shapes(N, D, H).items()}


@checked
def rtrl_step(
    x_t: Float[np.ndarray, "N D"],
    h_prev: Float[np.ndarray, "N H"],
    S_prev: Sensitivities,
    W_xh: Float[np.ndarray, "D H"],
    W_hh: Float[np.ndarray, "H H"],
    b_h: Float[np.ndarray, " H"],
) -> tuple[Float[np.ndarray, "N H"], Sensitivities]:
    """One step of the state and of its total derivatives by the parameters (book/bptt/rtrl).

    S[n, i, u, v] = (1 - h[n, i]^2) * (source[n, u] where v = i, else 0, + sum_j W_hh[j, i]
    S_prev[n, j, u, v]), with source x_t for W_xh, h_prev for W_hh; for b_h it is 1 where v = i.
    Returns h (N, H) and a new S. Raises ValueError if an entry of S_prev is missing or has another
    shape.
    """
    N, D = x_t.shape
    H = len(W_hh)
    for name, shape in _shapes(N, D, H).items():
        if name not in S_prev:
            raise ValueError(f"S_prev: {name} missing, got {', '.join(S_prev)}")
        require_shape(f"S_prev[{name!r}]", S_prev[name], shape)
    h = np.tanh(x_t @ W_xh + h_prev @ W_hh + b_h)
    slope, units = 1 - h**2, np.arange(H)
    S = {}
    for name, source in (("W_xh", x_t), ("W_hh", h_prev), ("b_h", None)):
        before = S_prev[name]
        total = (W_hh.T @ before.reshape(N, H, prod(before.shape[2:]))).reshape(before.shape)
        if source is None:
            total[:, units, units] += 1
        else:
            total[:, units, :, units] += source  # the two index arrays come first: (H, N, u)
        S[name] = slope.reshape(N, H, *[1] * (before.ndim - 2)) * total
    return h, S


@checked
def rtrl_gradients(
    do_t: Float[np.ndarray, "N K"],
    h_t: Float[np.ndarray, "N H"],
    S_t: Sensitivities,
    W_hy: Float[np.ndarray, "H K"],
) -> Gradients:
    """The gradients of L_t alone, of all parameters by name: do_t W_hy^T against S_t."""
    dh_t = do_t @ W_hy.T
    grads = {name: np.tensordot(dh_t, S, axes=([0, 1], [0, 1])) for name, S in S_t.items()}
    return grads | {"W_hy": h_t.T @ do_t, "b_y": do_t.sum(axis=0)}


@checked
def rtrl(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    loss: Loss = "squared",
) -> tuple[np.floating, Gradients]:
    """Loss and gradients in one pass forward; no state but the last is kept.

    Equal to `bptt`. Raises ValueError as `bptt` does.
    """
    W_xh, W_hh, b_h, W_hy, b_y = pick(params)
    require_steps("x", x)
    require_targets(y, len(x))
    L, h_t, grads, M = np.float64(0), h0, dict[str, np.ndarray](), x.shape[0] * x.shape[1]
    S = zero_sensitivities(len(h0), x.shape[-1], len(W_hh), h0.dtype)
    step = rtrl_step  # checks the shapes at the first step, later they are the same
    for t in range(len(x)):
        h_t, S = step(x[t], h_t, S, W_xh, W_hh, b_h)
        step = unchecked(rtrl_step)
        o_t, _ = output_forward(h_t, W_hy, b_y)
        L_t, do_t = sequence_loss(o_t, y[t], loss, M)
        L += L_t
        for name, gradient in rtrl_gradients(do_t, h_t, S, W_hy).items():
            grads[name] = grads.get(name, 0) + gradient
    return L, {name: grads[name] for name in PARAMS}


@dataclass
class RTRLLearner:
    """Learns from an endless stream: after each step, one update by the gradient of its loss
    (book/bptt/rtrl).

    `params` are changed in place by `optimizer`; `h` (N, H) is the state, at first the start state,
    and S its sensitivities. The loss of a step is a mean over the N sequences. S was gathered while
    the parameters moved: the gradient is exact only in the limit of small steps.
    """

    params: dict[str, np.ndarray]
    optimizer: Optimizer
    h: np.ndarray
    loss: Loss = "squared"
    S: Sensitivities = field(init=False, repr=False)

    def __post_init__(self) -> None:
        D, H = pick(self.params)[0].shape
        self.S = zero_sensitivities(len(self.h), D, H, self.h.dtype)

    def step(self, x_t: Float[np.ndarray, "N D"], y_t: np.ndarray) -> np.floating:
        """Read x_t (N, D), predict, learn from y_t ((N, K), or (N,) of classes); returns L_t before
        the update.
        """
        W_xh, W_hh, b_h, W_hy, b_y = pick(self.params)
        self.h, self.S = rtrl_step(x_t, self.h, self.S, W_xh, W_hh, b_h)
        o_t, _ = output_forward(self.h, W_hy, b_y)
        L_t, do_t = sequence_loss(o_t, y_t, self.loss)
        self.optimizer.step(self.params, rtrl_gradients(do_t, self.h, self.S, W_hy))
        return L_t


def _shapes(N: int, D: int, H: int) -> dict[str, tuple[int, ...]]:
    return {"W_xh": (N, H, D, H), "W_hh": (N, H, H, H), "b_h": (N, H, H)}
