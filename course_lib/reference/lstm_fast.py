"""The LSTM of `course_lib.reference.lstm`, the same numbers in less time (book/lstm/fast).

Only what depends on the step before stays in the loop. The products with the inputs, and those that
give the gradients of the weights, are one large product each for all steps.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from jaxtyping import Float

from course_lib.reference.bptt import sum_of_products
from course_lib.shapes import checked, require_shape


@dataclass(frozen=True)
class FastCache:
    """What the backward pass needs: x (T, N, D), the weights, h and c (T + 1, N, H) that begin with
    h0 and c0, gates (T, N, 4H) with i, f, g, o, and tanh_c (T, N, H).
    """

    x: np.ndarray
    W_x: np.ndarray
    W_h: np.ndarray
    h: np.ndarray
    c: np.ndarray
    gates: np.ndarray
    tanh_c: np.ndarray


@checked
def lstm_fast_forward(
    x: Float[np.ndarray, "T N D"],
    h0: Float[np.ndarray, "N H"],
    c0: Float[np.ndarray, "N H"],
    W_x: Float[np.ndarray, "D 4*H"],
    W_h: Float[np.ndarray, "H 4*H"],
    b: Float[np.ndarray, " 4*H"],
) -> tuple[Float[np.ndarray, "T N H"], Float[np.ndarray, "T N H"], FastCache]:
    """As `lstm_forward` for sequences of one length: every state, every memory, and the cache, of
    whose arrays they are parts.

    One tanh serves all four gates: sigmoid(a) = (1 + tanh(a / 2)) / 2, and the half goes into the
    weights.

    Raises ValueError if T = 0.
    """
    if len(x) == 0:
        raise ValueError("x: a sequence needs at least one step, got T = 0")
    T, (N, H) = len(x), h0.shape
    half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype=b.dtype), H)
    one = np.repeat(np.array([1.0, 1.0, 0.0, 1.0], dtype=b.dtype), H)
    W_half = W_h * half
    gates = _product(x, W_x * half)
    gates += b * half
    parts = _parts(gates)
    h = np.empty((T + 1, N, H), dtype=gates.dtype)
    c, tanh_c = np.empty_like(h), np.empty_like(h[1:])
    h[0], c[0] = h0, c0
    for t in range(T):
        a = gates[t]
        a += h[t] @ W_half
        np.tanh(a, out=a)
        a += one
        a *= half
        i, f, g, o = parts[t]
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])
    return h[1:], c[1:], FastCache(x, W_x, W_h, h, c, gates, tanh_c)


def lstm_fast_backward(
    dh: Float[np.ndarray, "T N H"],
    cache: FastCache,
    dh_last: Float[np.ndarray, "N H"] | None = None,
    dc_last: Float[np.ndarray, "N H"] | None = None,
) -> tuple[
    Float[np.ndarray, "T N D"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "N H"],
    Float[np.ndarray, "D 4*H"],
    Float[np.ndarray, "H 4*H"],
    Float[np.ndarray, " 4*H"],
]:
    """As `lstm_backward`: to (dx, dh0, dc0, dW_x, dW_h, db)."""
    require_shape("dh", dh, cache.tanh_c.shape)
    x, h, c, gates, tanh_c = cache.x, cache.h, cache.c, cache.gates, cache.tanh_c
    W_h_T, da = np.ascontiguousarray(cache.W_h.T), np.empty_like(gates)
    dh_next = np.zeros_like(h[0]) if dh_last is None else dh_last.copy()
    dc_next = np.zeros_like(c[0]) if dc_last is None else dc_last.copy()
    require_shape("dh_last", dh_next, h[0].shape)
    require_shape("dc_last", dc_next, c[0].shape)
    parts, da_parts = _parts(gates), _parts(da)
    for t in reversed(range(len(x))):
        i, f, g, o = parts[t]
        da_i, da_f, da_g, da_o = da_parts[t]
        dh_next += dh[t]
        slope = o - h[t + 1] * tanh_c[t]  # o (1 - tanh(c)^2)
        slope *= dh_next
        dc_next += slope

        np.subtract(1, gates[t], out=da[t])
        da[t] *= gates[t]
        np.multiply(g, g, out=da_g)
        np.subtract(1, da_g, out=da_g)
        da_i *= g
        da_f *= c[t]
        da_g *= i
        da_o *= tanh_c[t]
        da_parts[t, :3] *= dc_next
        da_o *= dh_next
        dc_next *= f
        dh_next = da[t] @ W_h_T
    dW_x, dW_h = sum_of_products(x, da), sum_of_products(h[:-1], da)
    return _product(da, cache.W_x.T), dh_next, dc_next, dW_x, dW_h, da.sum(axis=(0, 1))


def _product(x: np.ndarray, W: np.ndarray) -> np.ndarray:
    """x[t] W for all steps, as one product of matrices."""
    return (x.reshape(prod(x.shape[:-1]), x.shape[-1]) @ W).reshape(*x.shape[:-1], W.shape[1])


def _parts(packed: np.ndarray) -> np.ndarray:
    """The four parts of each step as views, (T, 4, N, H)."""
    T, N, four_H = packed.shape
    return packed.reshape(T, N, 4, four_H // 4).swapaxes(1, 2)
