"""The LSTM: one step and its gradient, a sequence and its gradient (book/lstm/cell).

The four gates are packed side by side in the order i, f, g, o: input gate, forget gate, candidate
(also called c tilde), output gate. W_x is (D, 4H), W_h (H, 4H), b (4H,).
"""

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.activations import sigmoid
from course_lib.reference.over_time import SequenceCache, backward_over_time, forward_over_time
from course_lib.shapes import checked, require_shape, unchecked

#: What one step remembers for its gradient: (x, h_prev, c_prev, W_x, W_h, i, f, g, o, c).
CellCache = tuple[np.ndarray, ...]


@checked
def lstm_cell_forward(
    x: Float[np.ndarray, "N D"],
    h_prev: Float[np.ndarray, "N H"],
    c_prev: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
) -> tuple[Float[np.ndarray, "N H"], Float[np.ndarray, "N H"], CellCache]:
    """One step: the gates (eq-lstm-gates), c = f * c_prev + i * g (eq-lstm-memory) and
    h = o * tanh(c) (eq-lstm-state). Returns the state h, the memory c and the cache.
    """
    a_i, a_f, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, W_x, W_h, i, f, g, o, c)


def lstm_cell_backward(
    dh: Float[np.ndarray, "N H"], dc: Float[np.ndarray, "N H"], cache: CellCache
) -> tuple[
    Float[np.ndarray, "N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D 4*H"],
    Float[np.ndarray, "H 4*H"],
    Float[np.ndarray, " 4*H"],
]:
    """Gradient of one step: from dL/dh and dL/dc to (dx, dh_prev, dc_prev, dW_x, dW_h, db).

    The memory gets its gradient from the right, dc, and from above, through h
    (eq-lstm-memory-backward); the gates get theirs from it and from h (eq-lstm-gates-backward).
    """
    x, h_prev, c_prev, W_x, W_h, i, f, g, o, c = cache
    require_shape("dh", dh, c.shape)
    require_shape("dc", dc, c.shape)
    tanh_c = np.tanh(c)
    dc = dc + dh * o * (1 - tanh_c**2)
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * tanh_c * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@checked
def lstm_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    c0: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N H"], SequenceCache]:
    """The same step T times, from h0 and c0 on (eq-lstm-sequence). Returns every state h[t], every
    memory c[t] and the cache.

    With `lengths`, sequence n ends after lengths[n] steps: what x holds after that is not read, and
    h and c are 0 there; `last_states(cache)` has the last ones of each sequence. Raises ValueError
    if T = 0 and for a length outside 0..T.
    """
    cell = unchecked(lstm_cell_forward)
    return forward_over_time(cell, x, h0, c0, (W_x, W_h, b), lengths)


def lstm_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: SequenceCache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
    dc_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[
    Float[np.ndarray, "T N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D 4*H"],
    Float[np.ndarray, "H 4*H"],
    Float[np.ndarray, " 4*H"],
]:
    """Back-propagation through time: from dL/dh[t], what comes from above at every step, to
    (dx, dh0, dc0, dW_x, dW_h, db) (eq-lstm-sequence-backward).

    dh_last and dc_last are what comes from the right to `last_states(cache)`; 0 if they are left
    out. What dh holds after the end of a sequence does not matter.
    """
    dx, dh0, dc0, dW_x, dW_h, db = backward_over_time(
        lstm_cell_backward, dh, cache, dh_last, dc_last
    )
    return dx, dh0, dc0, dW_x, dW_h, db
