"""The LSTM with gates taken away, made linear or coupled: one cell for all of them
(book/lstm/variants).
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from jaxtyping import Float, Integer

from course_lib.reference.activations import Name, get_activation
from course_lib.reference.over_time import SequenceCache, backward_over_time, forward_over_time
from course_lib.shapes import checked, require_shape, unchecked

Gate = Literal["sigmoid", "identity"]


@dataclass(frozen=True)
class LSTMVariant:
    """How a cell differs from the LSTM, which `LSTMVariant()` is.

    i, f, o: the activation of each gate. None: there is no such gate, it is 1. f may also be
    "coupled", 1 - i. squash: the function of the memory that the output gate lets through.
    """

    i: Gate | None = "sigmoid"
    f: Gate | Literal["coupled"] | None = "sigmoid"
    o: Gate | None = "sigmoid"
    squash: Literal["tanh", "identity"] = "tanh"

    @property
    def activations(self) -> dict[str, Name]:
        """The parts that W_x, W_h and b hold, in order, each with its activation: i, f, g, o
        without the gates that need no weights.
        """
        f = None if self.f == "coupled" else self.f
        parts: dict[str, Name | None] = {"i": self.i, "f": f, "g": "tanh", "o": self.o}
        return {part: name for part, name in parts.items() if name}


#: By name. Greff et al. call "i = 1" NIG, "f = 1" NFG, "o = 1" NOG, "h = o * c" NOAF and
#: "coupled" CIFG.
VARIANTS = {
    "LSTM": LSTMVariant(),
    "i = 1": LSTMVariant(i=None),
    "f = 1": LSTMVariant(f=None),
    "f linear": LSTMVariant(f="identity"),
    "o = 1": LSTMVariant(o=None),
    "o linear": LSTMVariant(o="identity"),
    "h = o * c": LSTMVariant(squash="identity"),
    "coupled": LSTMVariant(f="coupled"),
    "coupled, h = o * c": LSTMVariant(f="coupled", squash="identity"),
}


@dataclass(frozen=True)
class VariantCache:
    """What one step remembers for its gradient."""

    variant: LSTMVariant
    x: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray
    W_x: np.ndarray
    W_h: np.ndarray
    gates: dict[str, np.ndarray]
    squashed_c: np.ndarray


@checked
def lstm_variant_cell_forward(
    x: Float[np.ndarray, "N D"],
    h_prev: Float[np.ndarray, "N H"],
    c_prev: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D packed"],
    W_h: Float[np.ndarray, "H packed"],
    b: Float[np.ndarray, " packed"],
    variant: LSTMVariant = VARIANTS["LSTM"],
) -> tuple[Float[np.ndarray, "N H"], Float[np.ndarray, "N H"], VariantCache]:
    """One step: c = f * c_prev + i * g and h = o * squash(c), with the gates of the variant
    (eq-lstm-variants). Returns the state h, the memory c and the cache.

    The weights hold the parts that the variant has, H columns each. Raises ValueError for another
    number of columns.
    """
    activations = variant.activations
    require_shape("b", b, (len(activations) * h_prev.shape[1],))
    a = np.split(x @ W_x + h_prev @ W_h + b, len(activations), axis=1)
    gates = dict.fromkeys("ifgo", np.ones_like(h_prev))
    for (part, name), a_part in zip(activations.items(), a, strict=True):
        gates[part] = get_activation(name).value(a_part)
    if variant.f == "coupled":
        gates["f"] = 1 - gates["i"]

    c = gates["f"] * c_prev + gates["i"] * gates["g"]
    squashed_c = get_activation(variant.squash).value(c)
    h = gates["o"] * squashed_c
    return h, c, VariantCache(variant, x, h_prev, c_prev, W_x, W_h, gates, squashed_c)


def lstm_variant_cell_backward(
    dh: Float[np.ndarray, "N H"], dc: Float[np.ndarray, "N H"], cache: VariantCache
) -> tuple[
    Float[np.ndarray, "N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D packed"],
    Float[np.ndarray, "H packed"],
    Float[np.ndarray, " packed"],
]:
    """Gradient of one step: from dL/dh and dL/dc to (dx, dh_prev, dc_prev, dW_x, dW_h, db)
    (eq-lstm-variants-backward).
    """
    variant, gates = cache.variant, cache.gates
    require_shape("dh", dh, cache.squashed_c.shape)
    require_shape("dc", dc, cache.squashed_c.shape)
    dc = dc + dh * gates["o"] * get_activation(variant.squash).slope(cache.squashed_c)
    dgates = {
        "i": dc * gates["g"],
        "f": dc * cache.c_prev,
        "g": dc * gates["i"],
        "o": dh * cache.squashed_c,
    }
    if variant.f == "coupled":
        dgates["i"] -= dgates["f"]
    da = np.concatenate(
        [
            dgates[part] * get_activation(name).slope(gates[part])
            for part, name in variant.activations.items()
        ],
        axis=1,
    )
    dx, dh_prev = da @ cache.W_x.T, da @ cache.W_h.T
    dc_prev = dc * gates["f"]
    return dx, dh_prev, dc_prev, cache.x.T @ da, cache.h_prev.T @ da, da.sum(axis=0)


@checked
def lstm_variant_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    c0: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D packed"],
    W_h: Float[np.ndarray, "H packed"],
    b: Float[np.ndarray, " packed"],
    variant: LSTMVariant = VARIANTS["LSTM"],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N H"], SequenceCache]:
    """The same step T times, as `lstm_forward`: every state, every memory and the cache."""
    cell = partial(unchecked(lstm_variant_cell_forward), variant=variant)
    return forward_over_time(cell, x, h0, c0, (W_x, W_h, b), lengths)


def lstm_variant_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: SequenceCache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
    dc_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[np.ndarray, ...]:
    """As `lstm_backward`, to (dx, dh0, dc0, dW_x, dW_h, db)."""
    return backward_over_time(lstm_variant_cell_backward, dh, cache, dh_last, dc_last)
