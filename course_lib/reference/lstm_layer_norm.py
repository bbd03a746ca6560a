"""The layer-normalised LSTM of Ba, Kiros and Hinton, 2016 (book/lstm/variants).

Packed as in `course_lib.reference.lstm`. The gains gain_x and gain_h are (4H,), gain_c and the
shift b_c (H,). The shift of the gates is b.
"""

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.activations import sigmoid
from course_lib.reference.over_time import SequenceCache, backward_over_time, forward_over_time
from course_lib.shapes import checked, require_shape, unchecked

#: What keeps a row of equal entries from being divided by 0; PyTorch's value.
EPSILON = 1e-5

#: The normalised entries, and one over the standard deviation of each row.
NormCache = tuple[np.ndarray, np.ndarray]
#: What one step remembers for its gradient: (x, h_prev, c_prev, W_x, W_h, gain_x, gain_h, gain_c,
#: i, f, g, o, tanh_c), and the caches of the three normalisations: of x W_x, of h_prev W_h, of c.
CellCache = tuple[tuple[np.ndarray, ...], tuple[NormCache, NormCache, NormCache]]


def normalize_forward(a: Float[np.ndarray, "N K"]) -> tuple[Float[np.ndarray, "N K"], NormCache]:
    """Each row less its mean, over its standard deviation (eq-lstm-layer-norm); and the cache.

    Raises ValueError for rows without an entry.
    """
    if a.shape[1] == 0:
        raise ValueError(f"a: shape {a.shape}, expected rows of at least one entry")
    centred = a - a.mean(axis=1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
    return centred * scale, (centred * scale, scale)


def normalize_backward(da: Float[np.ndarray, "N K"], cache: NormCache) -> Float[np.ndarray, "N K"]:
    """From the gradient of the normalised rows to that of the rows (eq-lstm-layer-norm-backward):
    mean and standard deviation depend on every entry.
    """
    normal, scale = cache
    mean = da.mean(axis=1, keepdims=True)
    along = (da * normal).mean(axis=1, keepdims=True)
    return scale * (da - mean - normal * along)


@checked
def layer_norm_lstm_cell_forward(
    x: Float[np.ndarray, "N D"],
    h_prev: Float[np.ndarray, "N H"],
    c_prev: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
    gain_x: Float[np.ndarray, " 4*H"],
    gain_h: Float[np.ndarray, " 4*H"],
    gain_c: Float[np.ndarray, " H"],
    b_c: Float[np.ndarray, " H"],
) -> tuple[Float[np.ndarray, "N H"], Float[np.ndarray, "N H"], CellCache]:
    """One step: the products x W_x and h_prev W_h are normalised over all 4H entries, each by
    itself, and the memory on its way to h; the memory that goes to the next step is not
    (eq-lstm-layer-norm-cell). Returns the state h, the memory c and the cache.
    """
    normal_x, cache_x = normalize_forward(x @ W_x)
    normal_h, cache_h = normalize_forward(h_prev @ W_h)
    a_i, a_f, a_g, a_o = np.split(gain_x * normal_x + gain_h * normal_h + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c_prev + i * g
    normal_c, cache_c = normalize_forward(c)
    tanh_c = np.tanh(gain_c * normal_c + b_c)
    cache = (x, h_prev, c_prev, W_x, W_h, gain_x, gain_h, gain_c, i, f, g, o, tanh_c)
    return o * tanh_c, c, (cache, (cache_x, cache_h, cache_c))


def layer_norm_lstm_cell_backward(
    dh: Float[np.ndarray, "N H"], dc: Float[np.ndarray, "N H"], cache: CellCache
) -> tuple[
    Float[np.ndarray, "N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D 4*H"],
    Float[np.ndarray, "H 4*H"],
    Float[np.ndarray, " 4*H"],
    Float[np.ndarray, " 4*H"],
    Float[np.ndarray, " 4*H"],
    Float[np.ndarray, " H"],
    Float[np.ndarray, " H"],
]:
    """Gradient of one step: from dL/dh and dL/dc to (dx, dh_prev, dc_prev, dW_x, dW_h, db, dgain_x,
    dgain_h, dgain_c, db_c) (eq-lstm-layer-norm-cell-backward).
    """
    arrays, (cache_x, cache_h, cache_c) = cache
    x, h_prev, c_prev, W_x, W_h, gain_x, gain_h, gain_c, i, f, g, o, tanh_c = arrays
    require_shape("dh", dh, c_prev.shape)
    require_shape("dc", dc, c_prev.shape)
    da_c = dh * o * (1 - tanh_c**2)
    dc = dc + normalize_backward(da_c * gain_c, cache_c)
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * tanh_c * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    da_x = normalize_backward(da * gain_x, cache_x)
    da_h = normalize_backward(da * gain_h, cache_h)
    dgain_x, dgain_h, dgain_c = (
        (gradient * normal).sum(axis=0)
        for gradient, (normal, _) in ((da, cache_x), (da, cache_h), (da_c, cache_c))
    )
    dW_x, dW_h, db, db_c = x.T @ da_x, h_prev.T @ da_h, da.sum(axis=0), da_c.sum(axis=0)
    dx, dh_prev, dc_prev = da_x @ W_x.T, da_h @ W_h.T, dc * f
    return dx, dh_prev, dc_prev, dW_x, dW_h, db, dgain_x, dgain_h, dgain_c, db_c


@checked
def layer_norm_lstm_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    c0: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
    gain_x: Float[np.ndarray, " 4*H"],
    gain_h: Float[np.ndarray, " 4*H"],
    gain_c: Float[np.ndarray, " H"],
    b_c: Float[np.ndarray, " H"],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N H"], SequenceCache]:
    """The same step T times, as `lstm_forward`: every state, every memory and the cache."""
    cell = unchecked(layer_norm_lstm_cell_forward)
    weights = (W_x, W_h, b, gain_x, gain_h, gain_c, b_c)
    return forward_over_time(cell, x, h0, c0, weights, lengths)


def layer_norm_lstm_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: SequenceCache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
    dc_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[np.ndarray, ...]:
    """As `lstm_backward`, to (dx, dh0, dc0, dW_x, dW_h, db, dgain_x, dgain_h, dgain_c, db_c)."""
    return backward_over_time(layer_norm_lstm_cell_backward, dh, cache, dh_last, dc_last)
