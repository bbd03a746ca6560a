"""Backpropagation through time, derived line by line: each gradient is a function of its own
(book/bptt/derivation).

The loss is the mean over all M predictions, as in `course_lib.reference.losses`: L = sum_t L_t with
L_t = 1/M sum_n 1/2 |o_t - y_t|^2 or 1/M sum_n -log softmax(o_t)[y_t], and M = T N. Where a function
sees a part of a sequence, it is told the M of the whole. dX is the total derivative dL/dX, of the
shape of X. `params` holds W_xh (D, H), W_hh (H, H), b_h (H,), W_hy (H, K), b_y (K,).
"""

from collections.abc import Mapping
from math import prod
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.losses import (
    cross_entropy_backward,
    cross_entropy_forward,
    squared_error_backward,
    squared_error_forward,
)
from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_forward
from course_lib.shapes import checked, entries, unchecked

Loss = Literal["squared", "cross-entropy"]
Params = Mapping[str, np.ndarray]
Gradients = dict[str, np.ndarray]

PARAMS = ("W_xh", "W_hh", "b_h", "W_hy", "b_y")


@checked
def squared_loss(
    o: Float[np.ndarray, "*B K"], y: Float[np.ndarray, "*B K"], M: int | None = None
) -> tuple[np.floating, Float[np.ndarray, "*B K"]]:
    """L = 1/(2M) times the sum over all predictions of |o - y|^2, and do = (o - y) / M
    (book/bptt/loss).

    M is the number of predictions in o, if not given.
    """
    mean, cache = squared_error_forward(o, y)
    share = _share(o, M)
    return mean * share, squared_error_backward(cache) * share


@checked
def cross_entropy_loss(
    o: Float[np.ndarray, "*B K"], y: Integer[np.ndarray, "*B"], M: int | None = None
) -> tuple[np.floating, Float[np.ndarray, "*B K"]]:
    """L = 1/M times the sum over all predictions of -log softmax(o)[y], and
    do = (softmax(o) - one_hot(y)) / M (book/bptt/loss).

    M is the number of predictions in o, if not given. Raises ValueError for a class outside 0..K-1.
    """
    mean, cache = cross_entropy_forward(o, y)
    share = _share(o, M)
    return mean * share, cross_entropy_backward(cache) * share


def sequence_loss(
    o: Float[np.ndarray, "*B K"], y: np.ndarray, loss: Loss = "squared", M: int | None = None
) -> tuple[np.floating, Float[np.ndarray, "*B K"]]:
    """`squared_loss` with y (*B, K) or `cross_entropy_loss` with y (*B,) of classes, by name.

    Raises ValueError for another name.
    """
    if loss == "squared":
        return squared_loss(o, y, M)
    if loss == "cross-entropy":
        return cross_entropy_loss(o, y, M)
    raise ValueError(f"loss: {loss!r}, expected 'squared' or 'cross-entropy'")


@checked
def output_error(
    o: Float[np.ndarray, "*B K"], y: np.ndarray, loss: Loss = "squared"
) -> Float[np.ndarray, "*B K"]:
    """do = dL/do of the mean over the M predictions in o (book/bptt/derivation).

    (o - y) / M with y (*B, K), or (softmax(o) - one_hot(y)) / M with y (*B,) of classes.
    """
    return sequence_loss(o, y, loss)[1]


@checked
def last_state_gradient(
    do_T: Float[np.ndarray, "N K"], W_hy: Float[np.ndarray, "H K"]
) -> Float[np.ndarray, "N H"]:
    """dh_T = do_T W_hy^T: the last state acts on the loss through its own output alone
    (book/bptt/derivation).
    """
    return do_T @ W_hy.T


@checked
def state_gradient(
    do_t: Float[np.ndarray, "N K"],
    dh_next: Float[np.ndarray, "N H"],
    h_next: Float[np.ndarray, "N H"],
    W_hy: Float[np.ndarray, "H K"],
    W_hh: Float[np.ndarray, "H H"],
) -> Float[np.ndarray, "N H"]:
    """dh_t = do_t W_hy^T + (dh_{t+1} * (1 - h_{t+1}^2)) W_hh^T: from above and from the right.

    `h_next` is h_{t+1} and `dh_next` its total gradient (book/bptt/derivation).
    """
    return do_t @ W_hy.T + (dh_next * (1 - h_next**2)) @ W_hh.T


@checked
def state_gradients(
    do: Float[np.ndarray, "T N K"],
    h: Float[np.ndarray, "T N H"],
    W_hy: Float[np.ndarray, "H K"],
    W_hh: Float[np.ndarray, "H H"],
    from_right: Float[np.ndarray, "N H"] | None = None,
) -> Float[np.ndarray, "T N H"]:
    """The total gradient dh of every state, last one first (book/bptt/derivation).

    `from_right` is what steps after the last one here send back to its state; 0 if there are none.
    """
    require_steps("h", h)
    dh = np.empty_like(h)
    dh[-1] = last_state_gradient(do[-1], W_hy)
    if from_right is not None:
        dh[-1] += from_right
    step = unchecked(state_gradient)
    for t in range(len(h) - 2, -1, -1):
        dh[t] = step(do[t], dh[t + 1], h[t + 1], W_hy, W_hh)
    return dh


@checked
def output_bias_gradient(do: Float[np.ndarray, "T N K"]) -> Float[np.ndarray, " K"]:
    """db_y = sum over t and n of do_t (book/bptt/derivation)."""
    return do.sum(axis=(0, 1))


@checked
def state_bias_gradient(
    dh: Float[np.ndarray, "T N H"], h: Float[np.ndarray, "T N H"]
) -> Float[np.ndarray, " H"]:
    """db_h = sum over t and n of dh_t * (1 - h_t^2) (book/bptt/derivation)."""
    return (dh * (1 - h**2)).sum(axis=(0, 1))


@checked
def output_weight_gradient(
    h: Float[np.ndarray, "T N H"], do: Float[np.ndarray, "T N K"]
) -> Float[np.ndarray, "H K"]:
    """dW_hy = sum over t of h_t^T do_t (book/bptt/derivation)."""
    return sum_of_products(h, do)


@checked
def recurrent_weight_gradient(
    h0: Float[np.ndarray, "N H"], h: Float[np.ndarray, "T N H"], dh: Float[np.ndarray, "T N H"]
) -> Float[np.ndarray, "H H"]:
    """dW_hh = sum over t of h_{t-1}^T (dh_t * (1 - h_t^2)), from t = 1, with h_0 = h0, on
    (book/bptt/derivation).
    """
    return sum_of_products(np.concatenate([h0[None], h])[: len(h)], dh * (1 - h**2))


@checked
def input_weight_gradient(
    x: Float[np.ndarray, "T N D"], h: Float[np.ndarray, "T N H"], dh: Float[np.ndarray, "T N H"]
) -> Float[np.ndarray, "D H"]:
    """dW_xh = sum over t of x_t^T (dh_t * (1 - h_t^2)) (book/bptt/derivation)."""
    return sum_of_products(x, dh * (1 - h**2))


@checked
def bptt(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    loss: Loss = "squared",
) -> tuple[np.floating, Gradients, Float[np.ndarray, "T N D"], Float[np.ndarray, "N H"]]:
    """The loss, the gradients of all parameters by name, dx and dh0 (book/bptt/code).

    y is (T, N, K) for the squared loss, (T, N) of classes for the cross-entropy. Raises ValueError
    for parameters that are missing, shapes that do not fit and names of losses that do not exist.
    """
    h, o = states_and_outputs(x, h0, params)
    L, do = sequence_loss(o, y, loss)
    return L, *sequence_gradients(x, h0, h, do, params)


@checked
def states_and_outputs(
    x: Float[np.ndarray, "T N D"], h0: Float[np.ndarray, "N H"], params: Params
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N K"]]:
    """The forward pass: the states h and the outputs o of every step.

    Raises ValueError for parameters that are missing and for shapes that do not fit.
    """
    W_xh, W_hh, b_h, W_hy, b_y = pick(params)
    h, _ = rnn_forward(x, h0, W_xh, W_hh, b_h)
    return h, output_forward(h, W_hy, b_y)[0]


def sequence_gradients(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    h: Float[np.ndarray, "T N H"],
    do: Float[np.ndarray, "T N K"],
    params: Params,
    from_right: Float[np.ndarray, "N H"] | None = None,
) -> tuple[Gradients, Float[np.ndarray, "T N D"], Float[np.ndarray, "N H"]]:
    """The backward pass: the gradients of all parameters by name, dx and dh0 (book/bptt/code).

    `from_right` is as in `state_gradients`: a sequence may be the part of a longer one.
    """
    W_xh, W_hh, _, W_hy, _ = pick(params)
    dh = state_gradients(do, h, W_hy, W_hh, from_right)
    da = dh * (1 - h**2)
    return parameter_gradients(x, h0, h, do, dh), da @ W_xh.T, da[0] @ W_hh.T


def parameter_gradients(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    h: Float[np.ndarray, "T N H"],
    do: Float[np.ndarray, "T N K"],
    dh: Float[np.ndarray, "T N H"],
) -> Gradients:
    """The gradients of W_xh, W_hh, b_h, W_hy, b_y from those of all outputs and states."""
    return {
        "W_xh": input_weight_gradient(x, h, dh),
        "W_hh": recurrent_weight_gradient(h0, h, dh),
        "b_h": state_bias_gradient(dh, h),
        "W_hy": output_weight_gradient(h, do),
        "b_y": output_bias_gradient(do),
    }


def pick(params: Params) -> tuple[np.ndarray, ...]:
    """W_xh, W_hh, b_h, W_hy, b_y out of a dict; ValueError if one is missing."""
    return tuple(entries("params", params, PARAMS))


def require_steps(name: str, array: np.ndarray) -> None:
    """Raise ValueError if a sequence, time first, has no step."""
    if len(array) == 0:
        raise ValueError(f"{name}: a sequence needs at least one step, got T = 0")


def require_targets(y: np.ndarray, T: int) -> None:
    """Raise ValueError unless there is a target for each of T steps, for loops over parts of y."""
    if len(y) != T:
        raise ValueError(f"y: {len(y)} steps, expected {T}")


def _share(o: np.ndarray, M: int | None) -> float:
    """How many of the M predictions of the whole are in o."""
    return 1.0 if M is None else prod(o.shape[:-1]) / max(M, 1)


def sum_of_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum over t of a_t^T b_t, for a (T, N, I) and b (T, N, J): an (I, J)."""
    rows = prod(a.shape[:-1])
    return a.reshape(rows, a.shape[-1]).T @ b.reshape(rows, b.shape[-1])
