"""Bidirectional networks: one reads to the right, one to the left (book/rnn/bidirectional)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from course_lib.reference.deep import Layer, require_layers
from course_lib.reference.rnn import CellCache, rnn_backward, rnn_forward
from course_lib.shapes import checked, require_shape

BiCache = tuple[list[CellCache], list[CellCache]]


@checked
def birnn_forward(
    x: Float[np.ndarray, "T N D"], h0: Float[np.ndarray, "2 N H"], forward: Layer, backward: Layer
) -> tuple[Float[np.ndarray, "T N 2*H"], BiCache]:
    """At each step the two states side by side: [what the right-going network has read up to and
    with x[t], what the left-going one has read from the end down to x[t]]. Each has its own weights
    (W_xh, W_hh, b_h).
    """
    h_right, cache_right = rnn_forward(x, h0[0], *forward)
    h_left, cache_left = rnn_forward(x[::-1], h0[1], *backward)
    return np.concatenate([h_right, h_left[::-1]], axis=-1), (cache_right, cache_left)


def birnn_backward(
    dh: Float[np.ndarray, "T N two_H"], cache: BiCache
) -> tuple[Float[np.ndarray, "T N D"], Float[np.ndarray, "2 N H"], Layer, Layer]:
    """From dL/dh to (dx, dh0, gradients of the forward network, gradients of the backward one)."""
    T, (N, H) = len(cache[0]), cache[0][0][4].shape
    require_shape("dh", dh, (T, N, 2 * H))
    dx_right, dh0_right, *right = rnn_backward(dh[..., :H], cache[0])
    dx_left, dh0_left, *left = rnn_backward(dh[::-1, :, H:], cache[1])
    dx, dh0 = dx_right + dx_left[::-1], np.stack([dh0_right, dh0_left])
    return dx, dh0, (right[0], right[1], right[2]), (left[0], left[1], left[2])


@checked
def deep_birnn_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "states N H"],
    layers: Sequence[tuple[Layer, Layer]],
) -> tuple[Float[np.ndarray, "T N 2*H"], list[BiCache]]:
    """L bidirectional layers; above the first, W_xh is (2H, H). `layers` holds pairs (forward,
    backward).

    h0 is (2L, N, H) in PyTorch's order: forward and backward of the first layer, then of the
    second, ...
    """
    require_layers(h0, 2 * len(layers), "directions of all layers")
    h, cache = x, []
    for number, (forward, backward) in enumerate(layers):
        try:
            h, layer_cache = birnn_forward(h, h0[2 * number : 2 * number + 2], forward, backward)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from error
        cache.append(layer_cache)
    return h, cache


def deep_birnn_backward(
    dh: Float[np.ndarray, "T N two_H"], cache: list[BiCache]
) -> tuple[Float[np.ndarray, "T N D"], Float[np.ndarray, "states N H"], list[tuple[Layer, Layer]]]:
    """From dL/dh of the top layer to (dx, dh0, [(forward, backward) gradients of each layer])."""
    dh0, grads = [], []
    for layer_cache in reversed(cache):
        dh, dh0_l, right, left = birnn_backward(dh, layer_cache)
        dh0.append(dh0_l)
        grads.append((right, left))
    return dh, np.concatenate(dh0[::-1]), grads[::-1]
