"""What the exercises of `bptt` share: how a network is drawn, and its loss."""

import numpy as np

from autograder.testing import Inputs, Sizes

Params = dict[str, np.ndarray]


def network(rng: np.random.Generator, shape: tuple[int, ...], sizes: Sizes) -> Params:
    """Draw W_xh (D, H), W_hh (H, H), b_h (H,), W_hy (H, K), b_y (K,)."""
    D, H, K = sizes["D"], sizes["H"], sizes["K"]
    return {
        "W_xh": 0.6 * rng.standard_normal((D, H)),
        "W_hh": 0.6 * rng.standard_normal((H, H)),
        "b_h": 0.3 * rng.standard_normal(H),
        "W_hy": 0.6 * rng.standard_normal((H, K)),
        "b_y": 0.3 * rng.standard_normal(K),
    }


def params_like(arguments: Inputs, rng: np.random.Generator) -> Params:
    """Draw an array for each parameter, of its shape."""
    return {name: rng.standard_normal(p.shape) for name, p in arguments["params"].items()}


def means(T: int, N: int) -> dict[str, float]:
    """By what a sum over all predictions is easily wrong, by name."""
    return {"1 / T": 1 / T, "1 / N": 1 / N, "1 / M": 1 / (T * N)}


def loss_of(x: np.ndarray, y: np.ndarray, h0: np.ndarray, params: Params) -> float:
    """The squared error of the network, without a check of any shape: it is called often.

    Args:
        x: the inputs (T, N, D).
        y: the targets (T, N, K).
        h0: the state before the first step (N, H).
        params: the five parameters by name.
    """
    L, h = 0.0, h0
    for x_t, y_t in zip(x, y, strict=True):
        h = np.tanh(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        L += float(np.sum((h @ params["W_hy"] + params["b_y"] - y_t) ** 2))
    return L / (2 * len(x) * len(h0))
