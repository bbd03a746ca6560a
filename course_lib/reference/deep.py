"""Deep networks: one layer's states are the next one's inputs (book/rnn/deep)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from course_lib.reference.rnn import CellCache, rnn_backward, rnn_forward
from course_lib.shapes import checked

#: The weights of one layer, or their gradients: (W_xh, W_hh, b_h).
Layer = tuple[np.ndarray, np.ndarray, np.ndarray]


@checked
def deep_rnn_forward(
    x: Float[np.ndarray, "T N D"], h0: Float[np.ndarray, "L N H"], layers: Sequence[Layer]
) -> tuple[Float[np.ndarray, "T N H"], list[list[CellCache]]]:
    """L layers, the first with W_xh (D, H), the others (H, H). Returns the top layer's states and
    all caches.
    """
    require_layers(h0, len(layers), "layers")
    h, cache = x, []
    for number, (h0_l, layer) in enumerate(zip(h0, layers, strict=True)):
        try:
            h, layer_cache = rnn_forward(h, h0_l, *layer)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from error
        cache.append(layer_cache)
    return h, cache


def deep_rnn_backward(
    dh: Float[np.ndarray, "T N H"], cache: list[list[CellCache]]
) -> tuple[Float[np.ndarray, "T N D"], Float[np.ndarray, "L N H"], list[Layer]]:
    """From dL/dh of the top layer to (dx, dh0, [(dW_xh, dW_hh, db_h) of each layer])."""
    dh0, grads = [], []
    for layer_cache in reversed(cache):
        dh, dh0_l, *layer_grads = rnn_backward(dh, layer_cache)
        dh0.append(dh0_l)
        grads.append((layer_grads[0], layer_grads[1], layer_grads[2]))
    return dh, np.stack(dh0[::-1]), grads[::-1]


def require_layers(h0: np.ndarray, count: int, what: str) -> None:
    """Raise ValueError unless there is a start state in `h0` for each of `count` layers, and at
    least one.
    """
    if count == 0:
        raise ValueError(f"{what}: expected at least one layer")
    if len(h0) != count:
        raise ValueError(
            f"h0: shape {h0.shape}, expected ({count}, N, H), one state for each of the {what}"
        )
