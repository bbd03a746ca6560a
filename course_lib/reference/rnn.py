"""The simple recurrent network: one step and its gradient, a sequence and its gradient
(book/rnn/cell).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Integer

from course_lib.data.padding import mask_of
from course_lib.shapes import checked, require_shape, unchecked

#: What one step remembers for its gradient: (x, h_prev, W_xh, W_hh, h).
CellCache = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PaddedCache:
    """What sequences of different lengths remember: the caches of all steps, which steps are real,
    and the last state of each sequence.
    """

    steps: list[CellCache]
    inside: Bool[np.ndarray, "T N 1"]
    last: Float[np.ndarray, "N H"]


#: What a sequence remembers: the caches of its steps.
Cache = list[CellCache] | PaddedCache


@checked
def rnn_cell_forward(
    x: Float[np.ndarray, "N D"],
    h_prev: Float[np.ndarray, "N H"],
    W_xh: Float[np.ndarray, "D H"],
    W_hh: Float[np.ndarray, "H H"],
    b_h: Float[np.ndarray, " H"],
) -> tuple[Float[np.ndarray, "N H"], CellCache]:
    """One step, h = tanh(x W_xh + h_prev W_hh + b_h). Returns the new state h and the cache."""
    h = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return h, (x, h_prev, W_xh, W_hh, h)


def rnn_cell_backward(
    dh: Float[np.ndarray, "N H"], cache: CellCache
) -> tuple[
    Float[np.ndarray, "N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D H"],
    Float[np.ndarray, "H H"],
    Float[np.ndarray, " H"],
]:
    """Gradient of one step: from dL/dh to (dx, dh_prev, dW_xh, dW_hh, db_h)."""
    x, h_prev, W_xh, W_hh, h = cache
    require_shape("dh", dh, h.shape)
    da = dh * (1 - h**2)
    return da @ W_xh.T, da @ W_hh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@checked
def rnn_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    W_xh: Float[np.ndarray, "D H"],
    W_hh: Float[np.ndarray, "H H"],
    b_h: Float[np.ndarray, " H"],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], Cache]:
    """The same step T times, from h0 on. Returns every state h[t] and the T caches.

    With `lengths`, sequence n ends after lengths[n] steps: what x holds after that is not read, h
    is 0 there, and the cache is a `PaddedCache`; so does PyTorch with a packed batch. Raises
    ValueError if T = 0 and for a length outside 0..T.
    """
    if len(x) == 0:
        raise ValueError("x: a sequence needs at least one step, got T = 0")
    cell = unchecked(rnn_cell_forward)
    if lengths is not None:
        inside = mask_of(lengths, len(x))[..., None]
        x = np.where(inside, x, 0)
    h, steps, h_t = [], [], h0
    for t, x_t in enumerate(x):
        h_new, step = cell(x_t, h_t, W_xh, W_hh, b_h)
        h_t = h_new if lengths is None else np.where(inside[t], h_new, h_t)
        h.append(h_t if lengths is None else np.where(inside[t], h_t, 0))
        steps.append(step)
    return np.stack(h), steps if lengths is None else PaddedCache(steps, inside, h_t)


def rnn_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: Cache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[
    Float[np.ndarray, "T N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D H"],
    Float[np.ndarray, "H H"],
    Float[np.ndarray, " H"],
]:
    """Back-propagation through time: from dL/dh[t], what comes from above at every step, to
    (dx, dh0, dW_xh, dW_hh, db_h). What comes from the right, dh_next, is added on the way.

    `dh_last` is what comes from the right to the last state of each sequence, `last_state(cache)`;
    0 if it is left out. What dh holds after the end of a sequence does not matter.
    """
    steps, inside = (cache.steps, cache.inside) if isinstance(cache, PaddedCache) else (cache, None)
    _, h0, W_xh, W_hh, _ = steps[0]
    require_shape("dh", dh, (len(steps), *h0.shape))
    dx, dh_next = [], np.zeros_like(h0)
    if dh_last is not None:
        require_shape("dh_last", dh_last, h0.shape)
        dh_next = dh_last
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros(len(W_hh), W_hh.dtype)
    for t in range(len(steps) - 1, -1, -1):
        dh_t = dh[t] + dh_next
        if inside is not None:
            dh_t = np.where(inside[t], dh_t, 0)
        dx_t, dh_prev, dW_xh_t, dW_hh_t, db_h_t = rnn_cell_backward(dh_t, steps[t])
        dh_next = dh_prev if inside is None else np.where(inside[t], dh_prev, dh_next)
        dx.append(dx_t)
        dW_xh += dW_xh_t
        dW_hh += dW_hh_t
        db_h += db_h_t
    return np.stack(dx[::-1]), dh_next, dW_xh, dW_hh, db_h


def last_state(cache: Cache) -> Float[np.ndarray, "N H"]:
    """The state after the last step of each sequence, (N, H): h0 where a sequence has no step.

    Its gradient goes into `rnn_backward` as dh_last.
    """
    return cache.last if isinstance(cache, PaddedCache) else cache[-1][4]
