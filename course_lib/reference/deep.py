"""Deep networks: one layer's states are the next one's inputs (book/rnn/deep)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.rnn import Cache, last_state, rnn_backward, rnn_forward
from course_lib.shapes import checked, require_shape

#: The weights of one layer, or their gradients: (W_xh, W_hh, b_h).
Layer = tuple[np.ndarray, np.ndarray, np.ndarray]


@checked
def deep_rnn_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "L N H"],
    layers: Sequence[Layer],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], list[Cache]]:
    """L layers, the first with W_xh (D, H), the others (H, H). Returns the top layer's states and
    all caches. `lengths` is as in `rnn_forward`.
    """
    require_layers(h0, len(layers), "layers")
    h, cache = x, []
    for number, (h0_l, layer) in enumerate(zip(h0, layers, strict=True)):
        with naming(f"layer {number}"):
            h, layer_cache = rnn_forward(h, h0_l, *as_layer(layer), lengths)
        cache.append(layer_cache)
    return h, cache


def deep_rnn_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: list[Cache],
    dh_last: Float[np.ndarray, "L N H"] | None = None,
) -> tuple[Float[np.ndarray, "T N D"], Float[np.ndarray, "L N H"], list[Layer]]:
    """From dL/dh of the top layer to (dx, dh0, [(dW_xh, dW_hh, db_h) of each layer]).

    `dh_last` is the gradient of `deep_last_states(cache)`; 0 if it is left out.
    """
    if dh_last is not None:
        require_shape("dh_last", dh_last, deep_last_states(cache).shape)
    dh0, grads = [], []
    for number in range(len(cache) - 1, -1, -1):
        from_right = None if dh_last is None else dh_last[number]
        dh, dh0_l, *layer_grads = rnn_backward(dh, cache[number], from_right)
        dh0.append(dh0_l)
        grads.append((layer_grads[0], layer_grads[1], layer_grads[2]))
    return dh, np.stack(dh0[::-1]), grads[::-1]


def deep_last_states(cache: list[Cache]) -> Float[np.ndarray, "L N H"]:
    """The last state of each sequence in each layer, in the order of h0: PyTorch's h_n."""
    return np.stack([last_state(layer_cache) for layer_cache in cache])


def as_layer(layer: Sequence[np.ndarray]) -> Layer:
    """The three weights of a layer; ValueError for another number of arrays."""
    if not isinstance(layer, Sequence) or len(layer) != 3:
        count = len(layer) if isinstance(layer, Sequence) else f"{type(layer).__name__}, not"
        raise ValueError(f"{count} arrays, expected (W_xh, W_hh, b_h)")
    W_xh, W_hh, b_h = layer
    return W_xh, W_hh, b_h


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Put `place` before the message of a ValueError."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


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
