"""From the states of two directions to one vector (book/rnn/bidirectional)."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from course_lib.shapes import checked, require_shape

#: Side by side, added, averaged, or multiplied entry by entry.
Join = Literal["concat", "sum", "mean", "product"]
#: (how, states of the right-going network, states of the left-going one)
JoinCache = tuple[str, np.ndarray, np.ndarray]


@checked
def join_forward(
    right: Float[np.ndarray, "*B H"], left: Float[np.ndarray, "*B H"], join: Join = "concat"
) -> tuple[Float[np.ndarray, "*B J"], JoinCache]:
    """Join the states of both directions: J is 2H for "concat", H for all others.

    Raises ValueError for another name.
    """
    cache = (join, right, left)
    if join == "concat":
        return np.concatenate([right, left], axis=-1), cache
    if join == "product":
        return right * left, cache
    return (right + left) / (2 if join == "mean" else 1), cache


def join_backward(
    dh: Float[np.ndarray, "*B J"], cache: JoinCache
) -> tuple[Float[np.ndarray, "*B H"], Float[np.ndarray, "*B H"]]:
    """Compute the gradients of the right-going and the left-going states from dL/dh."""
    join, right, left = cache
    *front, H = right.shape
    require_shape("dh", dh, (*front, 2 * H if join == "concat" else H))
    if join == "concat":
        return dh[..., :H], dh[..., H:]
    if join == "product":
        return dh * left, dh * right
    share = dh / (2 if join == "mean" else 1)
    return share, share
