"""Bidirectional networks: one reads to the right, one to the left (book/rnn/bidirectional)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.deep import Layer, as_layer, naming, require_layers
from course_lib.reference.joining import (
    Join,
    JoinCache,
    join_backward,
    join_forward,
)
from course_lib.reference.rnn import Cache, last_state, rnn_backward, rnn_forward
from course_lib.shapes import checked, require_shape


class BiCache(NamedTuple):
    """What one bidirectional layer remembers."""

    right: Cache
    left: Cache
    joined: JoinCache
    lengths: np.ndarray | None


@checked
def birnn_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "2 N H"],
    forward: Layer,
    backward: Layer,
    lengths: Integer[np.ndarray, " N"] | None = None,
    join: Join = "concat",
) -> tuple[Float[np.ndarray, "T N J"], BiCache]:
    """At each step the two states side by side: [what the right-going network has read up to and
    with x[t], what the left-going one has read from the end down to x[t]]. Each has its own weights
    (W_xh, W_hh, b_h).

    With `lengths`, the left-going network begins at each sequence's own end; they are else as in
    `rnn_forward`. `join` says how the two states become one, as in `join_forward`; side by side,
    J = 2H, else H. Raises ValueError for shapes that do not fit and other names.
    """
    with naming("forward"):
        h_right, right = rnn_forward(x, h0[0], *as_layer(forward), lengths)
    with naming("backward"):
        h_left, left = rnn_forward(reverse(x, lengths), h0[1], *as_layer(backward), lengths)
    h, joined = join_forward(h_right, reverse(h_left, lengths), join)
    return h, BiCache(right, left, joined, lengths)


def birnn_backward(
    dh: Float[np.ndarray, "T N J"],
    cache: BiCache,
    dh_last: Float[np.ndarray, "2 N H"] | None = None,
) -> tuple[Float[np.ndarray, "T N D"], Float[np.ndarray, "2 N H"], Layer, Layer]:
    """From dL/dh to (dx, dh0, gradients of the forward network, gradients of the backward one).

    `dh_last` is the gradient of `birnn_last_states(cache)`; 0 if it is left out.
    """
    if dh_last is not None:
        require_shape("dh_last", dh_last, birnn_last_states(cache).shape)
    last_right, last_left = (None, None) if dh_last is None else dh_last
    dh_right, dh_left = join_backward(dh, cache.joined)
    dx_right, dh0_right, *right = rnn_backward(dh_right, cache.right, last_right)
    dx_left, dh0_left, *left = rnn_backward(reverse(dh_left, cache.lengths), cache.left, last_left)
    dx, dh0 = dx_right + reverse(dx_left, cache.lengths), np.stack([dh0_right, dh0_left])
    return dx, dh0, (right[0], right[1], right[2]), (left[0], left[1], left[2])


def birnn_last_states(cache: BiCache) -> Float[np.ndarray, "2 N H"]:
    """The state of each direction that has read the whole sequence: PyTorch's h_n.

    That of the left-going network stands at the first step.
    """
    return np.stack([last_state(cache.right), last_state(cache.left)])


@checked
def deep_birnn_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "states N H"],
    layers: Sequence[tuple[Layer, Layer]],
    lengths: Integer[np.ndarray, " N"] | None = None,
    join: Join = "concat",
) -> tuple[Float[np.ndarray, "T N J"], list[BiCache]]:
    """L bidirectional layers; above the first, W_xh is (J, H). `layers` holds pairs (forward,
    backward).

    h0 is (2L, N, H) in PyTorch's order: forward and backward of the first layer, then of the
    second, ... `lengths`, `join` and J are as in `birnn_forward`.
    """
    require_layers(h0, 2 * len(layers), "directions of all layers")
    h, cache = x, []
    for number, pair in enumerate(layers):
        with naming(f"layer {number}"):
            if len(pair) != 2:
                raise ValueError(f"{len(pair)} directions, expected (forward, backward)")
            h, layer_cache = birnn_forward(h, h0[2 * number : 2 * number + 2], *pair, lengths, join)
        cache.append(layer_cache)
    return h, cache


def deep_birnn_backward(
    dh: Float[np.ndarray, "T N J"],
    cache: list[BiCache],
    dh_last: Float[np.ndarray, "states N H"] | None = None,
) -> tuple[Float[np.ndarray, "T N D"], Float[np.ndarray, "states N H"], list[tuple[Layer, Layer]]]:
    """From dL/dh of the top layer to (dx, dh0, [(forward, backward) gradients of each layer]).

    `dh_last` is the gradient of `deep_birnn_last_states(cache)`; 0 if it is left out.
    """
    if dh_last is not None:
        require_shape("dh_last", dh_last, deep_birnn_last_states(cache).shape)
    dh0, grads = [], []
    for number in range(len(cache) - 1, -1, -1):
        from_right = None if dh_last is None else dh_last[2 * number : 2 * number + 2]
        dh, dh0_l, right, left = birnn_backward(dh, cache[number], from_right)
        dh0.append(dh0_l)
        grads.append((right, left))
    return dh, np.concatenate(dh0[::-1]), grads[::-1]


def deep_birnn_last_states(cache: list[BiCache]) -> Float[np.ndarray, "states N H"]:
    """The last states of both directions in all layers, in the order of h0: PyTorch's h_n."""
    return np.concatenate([birnn_last_states(layer_cache) for layer_cache in cache])


def reverse(
    x: Float[np.ndarray, "T N F"], lengths: Integer[np.ndarray, " N"] | None = None
) -> Float[np.ndarray, "T N F"]:
    """Turn each sequence round within its own length; what comes after its end stays there.

    Done twice, it gives x again.
    """
    if lengths is None:
        return x[::-1]
    t = np.arange(len(x))[:, None]
    return x[np.where(t < lengths, lengths - 1 - t, t), np.arange(x.shape[1])]
