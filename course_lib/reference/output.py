"""The output layer, o = h W_hy + b_y, at one step or at all of them at once (book/rnn/cell)."""

from math import prod

import numpy as np
from jaxtyping import Float

from course_lib.shapes import checked, require_shape

OutputCache = tuple[np.ndarray, np.ndarray]


@checked
def output_forward(
    h: Float[np.ndarray, "*B H"],
    W_hy: Float[np.ndarray, "H K"],
    b_y: Float[np.ndarray, " K"],
) -> tuple[Float[np.ndarray, "*B K"], OutputCache]:
    """The scores o = h W_hy + b_y, with whatever axes stand in front of H. cache = (h, W_hy)."""
    return h @ W_hy + b_y, (h, W_hy)


def output_backward(
    do: Float[np.ndarray, "*B K"], cache: OutputCache
) -> tuple[Float[np.ndarray, "*B H"], Float[np.ndarray, "H K"], Float[np.ndarray, " K"]]:
    """From dL/do to (dh, dW_hy, db_y); the weights are shared, so their gradient sums over all
    positions.
    """
    h, W_hy = cache
    H, K = W_hy.shape
    require_shape("do", do, (*h.shape[:-1], K))
    N = prod(h.shape[:-1])
    rows = do.reshape(N, K)
    return do @ W_hy.T, h.reshape(N, H).T @ rows, rows.sum(axis=0)
