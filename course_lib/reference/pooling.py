"""From all states to one vector a sequence: the last state, or the mean of the states
(book/rnn/classification).
"""

import numpy as np
from jaxtyping import Float, Integer

from course_lib.shapes import checked, require_shape

#: (number of steps T, length of each sequence)
PoolCache = tuple[int, np.ndarray]


@checked
def last_state_forward(
    h: Float[np.ndarray, "T N H"], lengths: Integer[np.ndarray, " N"] | None = None
) -> tuple[Float[np.ndarray, "N H"], PoolCache]:
    """The state at each sequence's own last step, h[lengths[n] - 1, n]; else h[T - 1]."""
    T, N, _ = h.shape
    lengths = _lengths(lengths, T, N)
    return h[lengths - 1, np.arange(N)], (T, lengths)


def last_state_backward(
    dp: Float[np.ndarray, "N H"], cache: PoolCache
) -> Float[np.ndarray, "T N H"]:
    """dL/dh: the upstream gradient at the last step of each sequence, 0 at all others."""
    T, lengths = cache
    require_shape("dp", dp, (len(lengths), *dp.shape[1:]))
    dh = np.zeros((T, *dp.shape), dtype=dp.dtype)
    dh[lengths - 1, np.arange(len(lengths))] = dp
    return dh


@checked
def mean_state_forward(
    h: Float[np.ndarray, "T N H"], lengths: Integer[np.ndarray, " N"] | None = None
) -> tuple[Float[np.ndarray, "N H"], PoolCache]:
    """The mean of each sequence's states over its own steps; later ones do not count."""
    T, N, _ = h.shape
    lengths = _lengths(lengths, T, N)
    total = np.where(_inside(T, lengths), h, 0).sum(axis=0)
    return total / lengths[:, None].astype(h.dtype), (T, lengths)


def mean_state_backward(
    dp: Float[np.ndarray, "N H"], cache: PoolCache
) -> Float[np.ndarray, "T N H"]:
    """dL/dh: the upstream gradient shared out equally over the steps of each sequence."""
    T, lengths = cache
    require_shape("dp", dp, (len(lengths), *dp.shape[1:]))
    return np.where(_inside(T, lengths), dp / lengths[:, None].astype(dp.dtype), 0)


def _inside(T: int, lengths: np.ndarray) -> np.ndarray:
    return (np.arange(T)[:, None] < lengths)[:, :, None]


def _lengths(lengths: np.ndarray | None, T: int, N: int) -> np.ndarray:
    if T == 0:
        raise ValueError("h: a sequence needs at least one step, got T = 0")
    if lengths is None:
        return np.full(N, T)
    if np.any((lengths < 1) | (lengths > T)):
        raise ValueError(f"lengths: must lie in 1..{T}, got {lengths.min()}..{lengths.max()}")
    return lengths
