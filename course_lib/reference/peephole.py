"""The LSTM whose gates also see the memory, through peepholes (book/lstm/variants).

Packed as in `course_lib.reference.lstm`; the peepholes p are (3H,), in the order i, f, o: one
weight for each gate and unit, from a unit's own memory. The candidate has none.
"""

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.activations import sigmoid
from course_lib.reference.over_time import SequenceCache, backward_over_time, forward_over_time
from course_lib.shapes import checked, require_shape, unchecked

#: What one step remembers for its gradient: (x, h_prev, c_prev, W_x, W_h, p, i, f, g, o, c).
CellCache = tuple[np.ndarray, ...]


@checked
def peephole_cell_forward(
    x: Float[np.ndarray, "N D"],
    h_prev: Float[np.ndarray, "N H"],
    c_prev: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
    p: Float[np.ndarray, " 3*H"],
) -> tuple[Float[np.ndarray, "N H"], Float[np.ndarray, "N H"], CellCache]:
    """One step (eq-lstm-peepholes): the input and the forget gate see the memory before it, c_prev,
    the output gate the one after it, c. Returns the state h, the memory c and the cache.
    """
    a_i, a_f, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=1)
    p_i, p_f, p_o = np.split(p, 3)
    i, f, g = sigmoid(a_i + p_i * c_prev), sigmoid(a_f + p_f * c_prev), np.tanh(a_g)
    c = f * c_prev + i * g
    o = sigmoid(a_o + p_o * c)
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, W_x, W_h, p, i, f, g, o, c)


def peephole_cell_backward(
    dh: Float[np.ndarray, "N H"], dc: Float[np.ndarray, "N H"], cache: CellCache
) -> tuple[
    Float[np.ndarray, "N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D 4*H"],
    Float[np.ndarray, "H 4*H"],
    Float[np.ndarray, " 4*H"],
    Float[np.ndarray, " 3*H"],
]:
    """Gradient of one step: from dL/dh and dL/dc to (dx, dh_prev, dc_prev, dW_x, dW_h, db, dp)
    (eq-lstm-peepholes-backward).

    da_o comes first: through its peephole it is a part of dc, which the other gates need. The other
    two peepholes lead to dc_prev.
    """
    x, h_prev, c_prev, W_x, W_h, p, i, f, g, o, c = cache
    require_shape("dh", dh, c.shape)
    require_shape("dc", dc, c.shape)
    p_i, p_f, p_o = np.split(p, 3)
    tanh_c = np.tanh(c)
    da_o = dh * tanh_c * o * (1 - o)
    dc = dc + dh * o * (1 - tanh_c**2) + da_o * p_o
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    dc_prev = dc * f + da_i * p_i + da_f * p_f
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    dp = np.concatenate([da_i * c_prev, da_f * c_prev, da_o * c], axis=1).sum(axis=0)
    return da @ W_x.T, da @ W_h.T, dc_prev, x.T @ da, h_prev.T @ da, da.sum(axis=0), dp


@checked
def peephole_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    c0: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
    p: Float[np.ndarray, " 3*H"],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N H"], SequenceCache]:
    """The same step T times, as `lstm_forward`: every state, every memory and the cache."""
    cell = unchecked(peephole_cell_forward)
    return forward_over_time(cell, x, h0, c0, (W_x, W_h, b, p), lengths)


def peephole_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: SequenceCache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
    dc_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[np.ndarray, ...]:
    """As `lstm_backward`, to (dx, dh0, dc0, dW_x, dW_h, db, dp)."""
    return backward_over_time(peephole_cell_backward, dh, cache, dh_last, dc_last)
