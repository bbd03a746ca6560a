"""Optimisers and gradient clipping for parameters kept in a dict of arrays."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np

Arrays = Mapping[str, np.ndarray]


@runtime_checkable
class Optimizer(Protocol):
    """Whatever changes parameters in place, given their gradients."""

    def step(self, params: Arrays, grads: Arrays) -> None: ...


class SGD:
    """Gradient descent, with momentum as in PyTorch: v = momentum * v + gradient, parameter -= lr *
    v.
    """

    def __init__(self, lr: float, momentum: float = 0.0) -> None:
        _require(lr > 0, f"lr: {lr}, expected a positive number")
        _require(0 <= momentum < 1, f"momentum: {momentum}, expected 0 <= momentum < 1")
        self.lr, self.momentum = lr, momentum
        self.velocity: dict[str, np.ndarray] = {}

    def step(self, params: Arrays, grads: Arrays) -> None:
        """Change the arrays in `params` in place, one step down the gradient."""
        _require_matching(params, grads)
        for name, g in grads.items():
            v = self.momentum * self.velocity.get(name, np.zeros_like(g)) + g
            self.velocity[name] = v
            params[name][...] -= self.lr * v


class Adam:
    """Adam, with the bias correction of the original paper and PyTorch's defaults."""

    def __init__(
        self, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        _require(lr > 0, f"lr: {lr}, expected a positive number")
        _require(all(0 <= b < 1 for b in betas), f"betas: {betas}, expected both in [0, 1)")
        self.lr, self.betas, self.eps = lr, betas, eps
        self.steps = 0
        self.mean: dict[str, np.ndarray] = {}
        self.square: dict[str, np.ndarray] = {}

    def step(self, params: Arrays, grads: Arrays) -> None:
        """Change the arrays in `params` in place, one Adam step."""
        _require_matching(params, grads)
        self.steps += 1
        beta1, beta2 = self.betas
        for name, g in grads.items():
            m = beta1 * self.mean.get(name, np.zeros_like(g)) + (1 - beta1) * g
            v = beta2 * self.square.get(name, np.zeros_like(g)) + (1 - beta2) * g**2
            self.mean[name], self.square[name] = m, v
            m_hat, v_hat = m / (1 - beta1**self.steps), v / (1 - beta2**self.steps)
            params[name][...] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def clip_by_norm(grads: Arrays, max_norm: float) -> tuple[dict[str, np.ndarray], float]:
    """Shorten all gradients together, so that their common norm is at most `max_norm`; the
    direction stays.

    Returns new arrays and the norm as it was before.
    """
    _require(max_norm > 0, f"max_norm: {max_norm}, expected a positive number")
    norm = total_norm(grads)
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: g * scale for name, g in grads.items()}, norm


def clip_by_value(grads: Arrays, limit: float) -> tuple[dict[str, np.ndarray], float]:
    """Cut every entry to [-limit, limit] by itself; the direction may change.

    Returns new arrays and the norm as it was before.
    """
    _require(limit > 0, f"limit: {limit}, expected a positive number")
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, total_norm(grads)


def total_norm(grads: Arrays) -> float:
    """The Euclidean norm of all gradients, as if they were one long vector."""
    return float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads.values())))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _require_matching(params: Arrays, grads: Arrays) -> None:
    _require(set(params) == set(grads), f"grads: names {sorted(grads)}, expected {sorted(params)}")
    for name, g in grads.items():
        expected = params[name].shape
        _require(g.shape == expected, f"{name}: gradient of shape {g.shape}, expected {expected}")
