"""First values for weights. All take the random generator and a shape (rows in, columns out)."""

import numpy as np
from jaxtyping import Float


def uniform_init(
    rng: np.random.Generator, shape: tuple[int, ...], H: int
) -> Float[np.ndarray, "..."]:
    """Uniform in [-1/sqrt(H), 1/sqrt(H)), H the number of hidden units: what `torch.nn.RNN` starts
    from.
    """
    _require_sizes((*shape, H))
    bound = 1 / np.sqrt(H)
    return rng.uniform(-bound, bound, size=shape)


def glorot(rng: np.random.Generator, shape: tuple[int, int]) -> Float[np.ndarray, "rows columns"]:
    """Uniform with variance 2 / (rows + columns), so that signals and gradients keep their size."""
    _require_sizes(shape)
    bound = np.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, size=shape)


def orthogonal(
    rng: np.random.Generator, shape: tuple[int, int], gain: float = 1.0
) -> Float[np.ndarray, "rows columns"]:
    """Orthonormal rows or columns (whichever are fewer), times `gain`: products keep lengths."""
    _require_sizes(shape)
    rows, columns = shape
    q, r = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    q = q * np.sign(np.diag(r))  # otherwise the distribution is not uniform over rotations
    return gain * (q if rows >= columns else q.T)


def _require_sizes(sizes: tuple[int, ...]) -> None:
    if any(size < 1 for size in sizes):
        raise ValueError(f"sizes must be at least 1, got {sizes}")
