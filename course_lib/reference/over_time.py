"""A cell with a state h and a memory c, run over a sequence and back (book/lstm/sequence).

A cell is a pair of functions: cell_forward(x, h_prev, c_prev, *weights) -> (h, c, cache) and
cell_backward(dh, dc, cache) -> (dx, dh_prev, dc_prev, *dweights).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from course_lib.data.padding import mask_of
from course_lib.shapes import require_shape

CellForward = Callable[..., tuple[np.ndarray, np.ndarray, Any]]
CellBackward = Callable[..., tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class SequenceCache:
    """What a sequence remembers: the caches of its steps, which steps (T, N, 1) lie inside their
    sequence, and the last state and memory of each sequence, (N, H).
    """

    steps: list[Any]
    inside: np.ndarray
    h_last: np.ndarray
    c_last: np.ndarray


def forward_over_time(
    cell_forward: CellForward,
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    c0: Float[np.ndarray, "N H"],
    weights: Sequence[np.ndarray],
    lengths: Integer[np.ndarray, " N"] | None = None,
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N H"], SequenceCache]:
    """The same cell T times, from h0 and c0 on (eq-lstm-sequence). Returns every state h[t], every
    memory c[t] and the cache.

    With `lengths`, sequence n ends after lengths[n] steps: what x holds after that is not read, and
    h and c are 0 there. Raises ValueError if T = 0 and for a length outside 0..T.
    """
    T, N, _ = x.shape
    if T == 0:
        raise ValueError("x: a sequence needs at least one step, got T = 0")
    inside = mask_of(np.full(N, T) if lengths is None else lengths, T)[..., None]
    h, c, steps, h_t, c_t = [], [], [], h0, c0
    for x_t, inside_t in zip(np.where(inside, x, 0), inside, strict=True):
        h_new, c_new, step = cell_forward(x_t, h_t, c_t, *weights)
        h_t, c_t = np.where(inside_t, h_new, h_t), np.where(inside_t, c_new, c_t)
        h.append(np.where(inside_t, h_t, 0))
        c.append(np.where(inside_t, c_t, 0))
        steps.append(step)
    return np.stack(h), np.stack(c), SequenceCache(steps, inside, h_t, c_t)


def backward_over_time(
    cell_backward: CellBackward,
    dh: Float[np.ndarray, "T N H"],
    cache: SequenceCache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
    dc_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[np.ndarray, ...]:
    """From dL/dh[t], what comes from above at every step, to (dx, dh0, dc0, *dweights)
    (eq-lstm-sequence-backward). What comes from the right, dh_next and dc_next, is added on the
    way.

    dh_last and dc_last are what comes from the right to the last state and memory of each sequence,
    `last_states(cache)`; 0 if they are left out. What dh holds after the end of a sequence does not
    matter.
    """
    steps, inside = cache.steps, cache.inside
    require_shape("dh", dh, (len(steps), *cache.h_last.shape))
    dh_next = np.zeros_like(cache.h_last) if dh_last is None else dh_last
    dc_next = np.zeros_like(cache.c_last) if dc_last is None else dc_last
    require_shape("dh_last", dh_next, cache.h_last.shape)
    require_shape("dc_last", dc_next, cache.c_last.shape)
    dx: list[np.ndarray] = []
    sums: list[np.ndarray] = []
    for t in reversed(range(len(steps))):
        dx_t, dh_prev, dc_prev, *dweights = cell_backward(
            np.where(inside[t], dh[t] + dh_next, 0), np.where(inside[t], dc_next, 0), steps[t]
        )
        dh_next = np.where(inside[t], dh_prev, dh_next)
        dc_next = np.where(inside[t], dc_prev, dc_next)
        dx.append(dx_t)
        sums = [s + d for s, d in zip(sums, dweights, strict=True)] if sums else dweights
    return np.stack(dx[::-1]), dh_next, dc_next, *sums


def last_states(
    cache: SequenceCache,
) -> tuple[Float[np.ndarray, "N H"], Float[np.ndarray, "N H"]]:
    """The state and the memory after the last step of each sequence, (N, H): h0 and c0 where a
    sequence has no step. Their gradients go into the backward pass as dh_last and dc_last.
    """
    return cache.h_last, cache.c_last
