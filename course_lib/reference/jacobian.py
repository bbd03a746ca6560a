"""How much of a change in a state is left some steps later: products of Jacobians
(book/bptt/vanishing).

Row vectors: J[i, j] = dh_t[j] / dh_{t-1}[i], so a gradient goes back by dh_{t-1} = dh_t J_t^T, and
dh_T / dh_{T-2} = J_{T-1} J_T.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from course_lib.reference.activations import Name, get_activation
from course_lib.reference.bptt import require_steps
from course_lib.shapes import checked


@checked
def step_jacobian(
    h_t: Float[np.ndarray, "N H"], W_hh: Float[np.ndarray, "H H"], activation: Name = "tanh"
) -> Float[np.ndarray, "N H H"]:
    """J[n, i, j] = dh_t[n, j] / dh_{t-1}[n, i] = W_hh[i, j] (1 - h_t[n, j]^2).

    For an activation other than tanh, its slope stands for 1 - h^2.
    """
    return W_hh * get_activation(activation).slope(h_t)[:, None, :]


@checked
def jacobian_products(
    h: Float[np.ndarray, "T N H"], W_hh: Float[np.ndarray, "H H"], activation: Name = "tanh"
) -> Float[np.ndarray, "T-1 N H H"]:
    """products[lag - 1, n, i, j] = dh_T[n, j] / dh_{T-lag}[n, i], for the lags 1 to T - 1."""
    require_steps("h", h)
    T, N, H = h.shape
    products = np.empty((T - 1, N, H, H), dtype=h.dtype)
    product = np.broadcast_to(np.eye(H, dtype=h.dtype), (N, H, H))
    for lag in range(1, T):
        product = step_jacobian(h[T - lag], W_hh, activation) @ product
        products[lag - 1] = product
    return products


def gradient_norms_by_lag(
    h: Float[np.ndarray, "T N H"],
    W_hh: Float[np.ndarray, "H H"],
    activation: Name = "tanh",
    norm: Literal["spectral", "frobenius"] = "spectral",
) -> Float[np.ndarray, "T-1 N"]:
    """norms[lag - 1, n] = |dh_T / dh_{T-lag}| of sequence n, for the lags 1 to T - 1.

    The spectral norm (largest singular value) is what the longest gradient of length 1 becomes on
    the way. Raises ValueError for another name of a norm.
    """
    orders: dict[str, Literal["fro"] | int] = {"spectral": 2, "frobenius": "fro"}
    if norm not in orders:
        raise ValueError(f"norm: {norm!r}, expected 'spectral' or 'frobenius'")
    products = jacobian_products(h, W_hh, activation)
    return np.linalg.norm(products, ord=orders[norm], axis=(-2, -1))


@checked
def vector_norms_by_lag(
    dh_T: Float[np.ndarray, "N H"],
    h: Float[np.ndarray, "T N H"],
    W_hh: Float[np.ndarray, "H H"],
    activation: Name = "tanh",
) -> Float[np.ndarray, "T N"]:
    """norms[lag, n]: the length of one gradient dh_T[n] when it has come down to h_{T-lag}.

    Lags 0 to T - 1. Costs a product with a vector a step, not with a matrix.
    """
    require_steps("h", h)
    slope = get_activation(activation).slope(h)
    norms, dh = np.empty(h.shape[:2], dtype=h.dtype), dh_T
    for lag in range(len(h)):
        norms[lag] = np.linalg.norm(dh, axis=-1)
        dh = (dh * slope[len(h) - 1 - lag]) @ W_hh.T
    return norms


@checked
def norm_bounds_by_lag(
    h: Float[np.ndarray, "T N H"], W_hh: Float[np.ndarray, "H H"], activation: Name = "tanh"
) -> Float[np.ndarray, "T-1 N"]:
    """bounds[lag - 1, n], never below `gradient_norms_by_lag`: over the steps in between, the
    product of the largest singular value of W_hh and the largest slope of a unit.
    """
    require_steps("h", h)
    if h.shape[-1] == 0:
        raise ValueError(f"h: shape {h.shape}, expected at least one unit")
    steepest = get_activation(activation).slope(h).max(axis=-1)
    return np.cumprod((np.linalg.norm(W_hh, ord=2) * steepest[1:])[::-1], axis=0)
