"""The simple recurrent network: one step and its gradient, a sequence and its gradient
(book/rnn/cell).
"""

import numpy as np
from jaxtyping import Float

from course_lib.shapes import checked, require_shape, unchecked

#: What one step remembers for its gradient: (x, h_prev, W_xh, W_hh, h).
CellCache = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


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
) -> tuple[Float[np.ndarray, "T N H"], list[CellCache]]:
    """The same step T times, from h0 on. Returns every state h[t] and the T caches."""
    if len(x) == 0:
        raise ValueError("x: a sequence needs at least one step, got T = 0")
    cell = unchecked(rnn_cell_forward)
    h, cache, h_t = [], [], h0
    for x_t in x:
        h_t, step = cell(x_t, h_t, W_xh, W_hh, b_h)
        h.append(h_t)
        cache.append(step)
    return np.stack(h), cache


def rnn_backward(
    dh: Float[np.ndarray, "T N H"], cache: list[CellCache]
) -> tuple[
    Float[np.ndarray, "T N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D H"],
    Float[np.ndarray, "H H"],
    Float[np.ndarray, " H"],
]:
    """Back-propagation through time: from dL/dh[t], what comes from above at every step, to
    (dx, dh0, dW_xh, dW_hh, db_h). What comes from the right, dh_next, is added on the way.
    """
    _, h0, W_xh, W_hh, _ = cache[0]
    require_shape("dh", dh, (len(cache), *h0.shape))
    dx, dh_next = [], np.zeros_like(h0)
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(W_hh[0])
    for dh_t, step in zip(dh[::-1], cache[::-1], strict=True):
        dx_t, dh_next, dW_xh_t, dW_hh_t, db_h_t = rnn_cell_backward(dh_t + dh_next, step)
        dx.append(dx_t)
        dW_xh += dW_xh_t
        dW_hh += dW_hh_t
        db_h += db_h_t
    return np.stack(dx[::-1]), dh_next, dW_xh, dW_hh, db_h
