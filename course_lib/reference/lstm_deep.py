"""Deep and bidirectional LSTMs: one layer's states are the next one's inputs, and a layer may read
both ways (book/lstm/variants).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.bidirectional import reverse
from course_lib.reference.deep import naming, require_layers
from course_lib.reference.lstm import lstm_backward, lstm_forward
from course_lib.reference.over_time import SequenceCache, last_states
from course_lib.shapes import checked, require_shape

#: The weights of one direction of a layer, or their gradients: (W_x, W_h, b).
Weights = tuple[np.ndarray, np.ndarray, np.ndarray]
#: A layer: the direction that reads from the first input on, and perhaps the one from the last on.
Layer = tuple[Weights, ...]


@dataclass(frozen=True)
class DeepCache:
    """The caches of the directions of each layer, and the lengths."""

    layers: list[list[SequenceCache]]
    lengths: np.ndarray | None


@checked
def deep_lstm_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "states N H"],
    c0: Float[np.ndarray, "states N H"],
    layers: Sequence[Layer],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N outputs"], DeepCache]:
    """Run layers of one or of two directions, one above the other. Above a layer of two directions,
    W_x is (2H, 4H).

    h0 and c0 hold one entry for each direction of each layer, in PyTorch's order: both directions
    of the first layer, then those of the second, ... With `lengths`, as in `lstm_forward`, the
    direction from the last input on begins at each sequence's own end.

    Returns the states of the top layer, both directions side by side, and the cache. Raises
    ValueError for shapes and lengths that do not fit, and names the layer.
    """
    require_layers(h0, sum(map(len, layers)), "directions of all layers")
    start = iter(zip(h0, c0, strict=True))
    h, cache = x, []
    for number, directions in enumerate(layers):
        outputs, caches = [], []
        for from_the_end, weights in enumerate(directions):
            inputs = reverse(h, lengths) if from_the_end else h
            with naming(f"layer {number}"):
                states, _, way = lstm_forward(inputs, *next(start), *weights, lengths)
            outputs.append(reverse(states, lengths) if from_the_end else states)
            caches.append(way)
        h = np.concatenate(outputs, axis=2)
        cache.append(caches)
    return h, DeepCache(cache, lengths)


def deep_lstm_backward(
    dh: Float[np.ndarray, "T N outputs"],
    cache: DeepCache,
    dh_last: Float[np.ndarray, "states N H"] | None = None,
    dc_last: Float[np.ndarray, "states N H"] | None = None,
) -> tuple[
    Float[np.ndarray, "T N D"],
    Float[np.ndarray, "states N H"],
    Float[np.ndarray, "states N H"],
    list[Layer],
]:
    """From dL/dh of the top layer to (dx, dh0, dc0, [the gradients of each layer's weights]).

    dh_last and dc_last are the gradients of `deep_last_states(cache)`; 0 if they are left out.
    """
    h_last, c_last = deep_last_states(cache)
    dh_last = np.zeros_like(h_last) if dh_last is None else dh_last
    dc_last = np.zeros_like(c_last) if dc_last is None else dc_last
    require_shape("dh_last", dh_last, h_last.shape)
    require_shape("dc_last", dc_last, c_last.shape)
    require_shape("dh", dh, (*dh.shape[:2], len(cache.layers[-1]) * h_last.shape[2]))

    dh0, dc0 = np.empty_like(h_last), np.empty_like(c_last)
    first, dlayers = len(h_last), []
    for caches in reversed(cache.layers):
        first -= len(caches)
        dinputs, dlayer = [], []
        for from_the_end, dh_way in enumerate(np.split(dh, len(caches), axis=2)):
            n = first + from_the_end
            dx, dh0[n], dc0[n], *dweights = lstm_backward(
                reverse(dh_way, cache.lengths) if from_the_end else dh_way,
                caches[from_the_end],
                dh_last[n],
                dc_last[n],
            )
            dinputs.append(reverse(dx, cache.lengths) if from_the_end else dx)
            dlayer.append((dweights[0], dweights[1], dweights[2]))
        dh = np.sum(dinputs, axis=0)
        dlayers.append(tuple(dlayer))
    return dh, dh0, dc0, dlayers[::-1]


def deep_last_states(
    cache: DeepCache,
) -> tuple[Float[np.ndarray, "states N H"], Float[np.ndarray, "states N H"]]:
    """The states and the memories in which each direction of each layer ends, in the order of h0:
    PyTorch's h_n and c_n. A direction from the last input on ends at the first step.
    """
    last = [last_states(way) for layer in cache.layers for way in layer]
    return np.stack([h for h, _ in last]), np.stack([c for _, c in last])
