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

    With momentum it remembers the arrays of its first step, and refuses others: what it knows of
    one model would push another about.
    """

    def __init__(self, lr: float, momentum: float = 0.0) -> None:
        _require_positive("lr", lr)
        _require(0 <= momentum < 1, f"momentum: {momentum}, expected 0 <= momentum < 1")
        self.lr, self.momentum = lr, momentum
        self.velocity: dict[str, np.ndarray] = {}
        self._params: dict[str, np.ndarray] = {}

    def step(self, params: Arrays, grads: Arrays) -> None:
        """Change the arrays in `params` in place, one step down the gradient.

        Raises ValueError for gradients with other names or shapes than the parameters, for
        parameters that are no float arrays, and for another model than before.
        """
        _require_matching(params, grads)
        if self.momentum:
            self._params = _require_same(self._params, params)
        for name, g in grads.items():
            v = self.momentum * self.velocity.get(name, np.zeros_like(g)) + g
            self.velocity[name] = v
            params[name][...] -= self.lr * v


class Adam:
    """Adam, with the bias correction of the original paper and PyTorch's defaults.

    It remembers the arrays of its first step, and refuses others, as `SGD` with momentum does.
    """

    def __init__(
        self, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        _require_positive("lr", lr)
        _require(
            len(betas) == 2 and all(0 <= b < 1 for b in betas),
            f"betas: {betas}, expected two numbers in [0, 1)",
        )
        _require_positive("eps", eps)
        self.lr, self.betas, self.eps = lr, betas, eps
        self._params: dict[str, np.ndarray] = {}
        self.steps = 0
        self.mean: dict[str, np.ndarray] = {}
        self.square: dict[str, np.ndarray] = {}

    def step(self, params: Arrays, grads: Arrays) -> None:
        """Change the arrays in `params` in place, one Adam step; raises as `SGD` does."""
        _require_matching(params, grads)
        self._params = _require_same(self._params, params)
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

    Returns new arrays and the norm as it was before. Raises ValueError for an entry that is not
    finite: no factor makes it shorter.
    """
    _require(max_norm > 0, f"max_norm: {max_norm}, expected a positive number")
    for name, g in _as_arrays(grads).items():
        _require(bool(np.isfinite(g).all()), f"grads: {name}: an entry is not finite")
    norm = total_norm(grads)
    if norm <= max_norm:
        return {name: np.array(g) for name, g in grads.items()}, norm
    if np.isfinite(norm):
        return {name: g * (max_norm / norm) for name, g in grads.items()}, norm
    largest = _largest(grads)  # the norm is beyond float64, though no entry is
    scaled = {name: g / largest for name, g in grads.items()}
    factor = max_norm / total_norm(scaled)
    return {name: g * factor for name, g in scaled.items()}, norm


def clip_by_value(grads: Arrays, limit: float) -> tuple[dict[str, np.ndarray], float]:
    """Cut every entry to [-limit, limit] by itself; the direction may change.

    Returns new arrays and the norm as it was before. Raises ValueError for an entry that is nan.
    """
    _require(limit > 0, f"limit: {limit}, expected a positive number")
    for name, g in _as_arrays(grads).items():
        _require(not np.isnan(g).any(), f"grads: {name}: an entry is nan")
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, total_norm(grads)


def total_norm(grads: Arrays) -> float:
    """The Euclidean norm of all gradients, as if they were one long vector.

    It is infinite only if an entry is, or if it is itself beyond float64.
    """
    with np.errstate(over="ignore", under="ignore"):
        arrays = _as_arrays(grads).values()
        norm = float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in arrays)))
        if 1e-150 < norm < np.inf or np.isnan(norm):
            return norm
        largest = _largest(grads)  # squares would overflow, or vanish
        if largest in (0, np.inf):
            return largest
        return largest * total_norm({name: g / largest for name, g in grads.items()})


def _largest(grads: Arrays) -> float:
    return max((float(np.max(np.abs(g), initial=0)) for g in grads.values()), default=0.0)


def _as_arrays(grads: Arrays) -> Arrays:
    for name, g in grads.items():
        _require(
            isinstance(g, np.ndarray | np.floating) and g.dtype.kind == "f",
            f"grads: {name}: expected a float array, got {getattr(g, 'dtype', type(g).__name__)}",
        )
    return grads


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _require_positive(name: str, value: float) -> None:
    _require(0 < value < np.inf, f"{name}: {value}, expected a positive number")


def _require_matching(params: Arrays, grads: Arrays) -> None:
    _require(set(params) == set(grads), f"grads: names {sorted(grads)}, expected {sorted(params)}")
    for name, g in _as_arrays(grads).items():
        p = params[name]
        _require(
            isinstance(p, np.ndarray) and p.dtype.kind == "f",
            f"params: {name}: expected a float array, got {getattr(p, 'dtype', type(p).__name__)}",
        )
        _require(g.shape == p.shape, f"{name}: gradient of shape {g.shape}, expected {p.shape}")


def _require_same(before: dict[str, np.ndarray], params: Arrays) -> dict[str, np.ndarray]:
    """The arrays of a model; ValueError if they do not lie where those of the steps before lay."""
    for name, array in params.items():
        known = before.get(name, array if not before else None)
        _require(
            known is array
            or (
                known is not None and known.shape == array.shape and _start(known) == _start(array)
            ),
            f"params: {name} is another array than in the steps before;"
            " another model needs an optimiser of its own",
        )
    return before or dict(params)


def _start(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])
