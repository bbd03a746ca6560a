"""Recurrent networks with another activation, and with a second connection that skips steps
(book/bptt/remedies).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from course_lib.data.padding import mask_of
from course_lib.init import identity, uniform_init
from course_lib.reference.activations import Name, get_activation
from course_lib.reference.bptt import (
    PARAMS,
    Gradients,
    Loss,
    Params,
    pick,
    require_steps,
    sequence_loss,
    sum_of_products,
)
from course_lib.reference.output import output_backward, output_forward
from course_lib.reference.pooling import last_state_backward, last_state_forward
from course_lib.shapes import checked, require_shape


@dataclass(frozen=True)
class VariantCache:
    """What the backward pass needs: inputs, all states, weights, and how they were used."""

    x: np.ndarray
    h0: np.ndarray
    h: np.ndarray
    W_xh: np.ndarray
    W_hh: np.ndarray
    W_skip: np.ndarray | None
    d: int
    activation: Name
    inside: np.ndarray | None  # (T, N, 1), which steps are real, if not all of them are


class VariantGradients(NamedTuple):
    """dL of inputs, start state and weights; W_skip is None where there is no such weight."""

    x: Float[np.ndarray, "T N D"]
    h0: Float[np.ndarray, "N H"]
    W_xh: Float[np.ndarray, "D H"]
    W_hh: Float[np.ndarray, "H H"]
    b_h: Float[np.ndarray, " H"]
    W_skip: Float[np.ndarray, "H H"] | None


@checked
def variant_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    W_xh: Float[np.ndarray, "D H"],
    W_hh: Float[np.ndarray, "H H"],
    b_h: Float[np.ndarray, " H"],
    W_skip: Float[np.ndarray, "H H"] | None = None,
    d: int = 2,
    activation: Name = "tanh",
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], VariantCache]:
    """h_t = f(x_t W_xh + h_{t-1} W_hh + h_{t-d} W_skip + b_h), f by name (book/bptt/remedies).

    Without W_skip there is no skip connection, and d does not matter. States before h_0 are 0.
    `lengths` is as in `course_lib.reference.rnn.rnn_forward`. Returns every state h[t] and the
    cache. Raises ValueError if d < 2 (d = 1 would be W_hh again).
    """
    require_steps("x", x)
    if d < 2:
        raise ValueError(f"d: {d}, expected at least 2 steps")
    f = get_activation(activation).value
    inside = None if lengths is None else mask_of(lengths, len(x))[..., None]
    if inside is not None:
        x = np.where(inside, x, 0)
    h = np.empty((len(x), *h0.shape), dtype=np.result_type(x, h0, W_hh))
    for t in range(len(x)):
        a = x[t] @ W_xh + (h[t - 1] if t else h0) @ W_hh + b_h
        if W_skip is not None and t - d >= -1:
            a += (h[t - d] if t >= d else h0) @ W_skip
        h[t] = f(a) if inside is None else np.where(inside[t], f(a), 0)
    return h, VariantCache(x, h0, h, W_xh, W_hh, W_skip, d, activation, inside)


def variant_backward(dh: Float[np.ndarray, "T N H"], cache: VariantCache) -> VariantGradients:
    """From dL/dh[t], what comes from above at every step, to the gradients of all inputs and
    weights.

    A state gets its gradient from above, from one step to the right, and from d steps to the right.
    """
    x, h, W_hh, W_skip, d = cache.x, cache.h, cache.W_hh, cache.W_skip, cache.d
    require_shape("dh", dh, h.shape)
    if cache.inside is not None:
        dh = np.where(cache.inside, dh, 0)
    T = len(h)
    slope = get_activation(cache.activation).slope(h)
    total = np.concatenate([np.zeros_like(cache.h0)[None], dh])  # of h_0, h_1, ..., h_T
    da = np.empty_like(h)
    for t in range(T - 1, -1, -1):  # h[t] is h_{t+1}, whose gradient is total[t + 1]
        da[t] = total[t + 1] * slope[t]
        total[t] += da[t] @ W_hh.T
        if W_skip is not None and t + 1 >= d:
            total[t + 1 - d] += da[t] @ W_skip.T
    before = np.concatenate([cache.h0[None], h])  # h_0, h_1, ..., h_T

    dW_skip = None
    if W_skip is not None:
        skipping = max(T + 1 - d, 0)  # h_0, ..., h_{T-d} act on h_d, ..., h_T
        dW_skip = sum_of_products(before[:skipping], da[T - skipping :])
    return VariantGradients(
        da @ cache.W_xh.T,
        total[0],
        sum_of_products(x, da),
        sum_of_products(before[:T], da),
        da.sum(axis=(0, 1)),
        dW_skip,
    )


def variant_bptt(
    x: Float[np.ndarray, "T N D"],
    y: np.ndarray,
    h0: Float[np.ndarray, "N H"],
    params: Params,
    loss: Loss = "squared",
    d: int = 2,
    activation: Name = "tanh",
) -> tuple[np.floating, Gradients]:
    """As `bptt` (loss of every step), with the activation and, if `params` holds W_skip (H, H), the
    connection over d steps.
    """
    h, cache = variant_forward(*_arguments(x, h0, params), d=d, activation=activation)
    o, output_cache = output_forward(h, params["W_hy"], params["b_y"])
    L, do = sequence_loss(o, y, loss)
    dh, dW_hy, db_y = output_backward(do, output_cache)
    return L, _by_name(params, variant_backward(dh, cache), dW_hy, db_y)


def variant_classifier_loss(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    y: Integer[np.ndarray, " N"],
    d: int = 2,
    activation: Name = "tanh",
    lengths: Integer[np.ndarray, " N"] | None = None,
    h0: Float[np.ndarray, "N H"] | None = None,
) -> tuple[np.floating, Gradients]:
    """Mean cross-entropy of one class a sequence, told from its last state, and its gradients.

    h0 is 0 if it is left out. For tanh without W_skip it is `models.classifier_loss`;
    `models.train` takes both.
    """
    start = _arguments(x, _zero(x, params) if h0 is None else h0, params)
    h, cache = variant_forward(*start, d=d, activation=activation, lengths=lengths)
    last, pool_cache = last_state_forward(h, lengths)
    o, output_cache = output_forward(last, params["W_hy"], params["b_y"])
    L, do = sequence_loss(o, y, "cross-entropy")
    dlast, dW_hy, db_y = output_backward(do, output_cache)
    dh = last_state_backward(dlast, pool_cache)
    return L, _by_name(params, variant_backward(dh, cache), dW_hy, db_y)


def variant_classifier_scores(
    params: Params,
    x: Float[np.ndarray, "T N D"],
    d: int = 2,
    activation: Name = "tanh",
    lengths: Integer[np.ndarray, " N"] | None = None,
    h0: Float[np.ndarray, "N H"] | None = None,
) -> Float[np.ndarray, "N K"]:
    """A score for each of K classes, from the last state of each sequence."""
    start = _arguments(x, _zero(x, params) if h0 is None else h0, params)
    h, _ = variant_forward(*start, d=d, activation=activation, lengths=lengths)
    return output_forward(last_state_forward(h, lengths)[0], params["W_hy"], params["b_y"])[0]


def init_identity_params(
    rng: np.random.Generator, D: int, H: int, K: int, scale: float = 0.001
) -> dict[str, np.ndarray]:
    """First weights for a ReLU network that begins as a sum over its inputs: W_hh the identity,
    biases 0, W_xh normal with standard deviation `scale`, W_hy uniform in +-1/sqrt(H).
    """
    return {
        "W_xh": scale * rng.normal(size=(D, H)),
        "W_hh": identity(H),
        "b_h": np.zeros(H),
        "W_hy": uniform_init(rng, (H, K), H),
        "b_y": np.zeros(K),
    }


def _arguments(
    x: np.ndarray, h0: np.ndarray, params: Params
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    W_xh, W_hh, b_h, _, _ = pick(params)
    return x, h0, W_xh, W_hh, b_h, params.get("W_skip")


def _zero(x: np.ndarray, params: Params) -> np.ndarray:
    return np.zeros((x.shape[1], len(pick(params)[1])), dtype=x.dtype)


def _by_name(
    params: Params, grads: VariantGradients, dW_hy: np.ndarray, db_y: np.ndarray
) -> Gradients:
    values = (grads.W_xh, grads.W_hh, grads.b_h, dW_hy, db_y)
    named = dict(zip(PARAMS, values, strict=True))
    if grads.W_skip is not None:
        named["W_skip"] = grads.W_skip
    return {name: named[name] for name in params if name in named}
